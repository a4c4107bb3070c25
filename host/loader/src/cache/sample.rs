//! The frames of a sample as bytes: the ends of the steps (u32 each), then the cells of all steps in the shorter of
//! three forms, then the values (i32 each) where cells have some.

use crate::framing::Framed;
use crate::rate::Spikes;

/// Indices of 32 bits.
const WIDE: u32 = 0;
/// Indices of 16 bits.
const NARROW: u32 = 1;
/// A bit for every cell, each step in words of 64.
const BITS: u32 = 2;

/// Shape of the frames of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) steps: usize,
    pub(super) cells: usize,
    /// Whether cells have values other than 0 and 1.
    pub(super) valued: bool,
}

/// Appends a sample to `to`; the form it was given.
pub(super) fn write(framed: &Framed, shape: Shape, to: &mut Vec<u8>) -> u32 {
    let Framed { spikes, values } = framed;
    to.extend(spikes.ends.iter().flat_map(|end| (*end as u32).to_le_bytes()));
    let words = shape.cells.div_ceil(64);
    let index = if shape.cells <= 1 << 16 { NARROW } else { WIDE };
    let bytes = spikes.index.len() * if index == NARROW { 2 } else { 4 };
    let form = if bytes <= shape.steps * words * 8 {
        index
    } else {
        BITS
    };
    match form {
        WIDE => to.extend(spikes.index.iter().flat_map(|cell| cell.to_le_bytes())),
        NARROW => to.extend(spikes.index.iter().flat_map(|cell| (*cell as u16).to_le_bytes())),
        _ => {
            let mut start = 0;
            let mut bits = vec![0_u64; words];
            for end in &spikes.ends {
                bits.fill(0);
                for cell in &spikes.index[start..*end] {
                    bits[*cell as usize / 64] |= 1 << (cell % 64);
                }
                to.extend(bits.iter().flat_map(|word| word.to_le_bytes()));
                start = *end;
            }
        }
    }
    to.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    form
}

/// Reads a sample; none where the bytes cannot be one of `shape`.
pub(super) fn read(bytes: &[u8], form: u32, shape: Shape) -> Option<Framed> {
    let (ends, rest) = bytes.split_at_checked(shape.steps * 4)?;
    let ends: Vec<usize> = words(ends).map(|end| u32::from_le_bytes(end) as usize).collect();
    let n = *ends.last()?;
    let words_of_step = shape.cells.div_ceil(64);
    let size = match form {
        WIDE => n.checked_mul(4)?,
        NARROW => n.checked_mul(2)?,
        BITS => shape.steps * words_of_step * 8,
        _ => return None,
    };
    let (cells, values) = rest.split_at_checked(size)?;
    let valued = if shape.valued { n } else { 0 };
    if !ends.is_sorted() || values.len() != valued * 4 {
        return None;
    }
    let index: Vec<u32> = match form {
        WIDE => words(cells).map(u32::from_le_bytes).collect(),
        NARROW => words(cells)
            .map(|cell| u32::from(u16::from_le_bytes(cell)))
            .collect(),
        _ => {
            let mut index = Vec::with_capacity(n);
            for step in cells.chunks_exact(words_of_step * 8) {
                for (at, word) in words(step).map(u64::from_le_bytes).enumerate() {
                    let mut bits = word;
                    while bits != 0 {
                        index.push((at * 64) as u32 + bits.trailing_zeros());
                        bits &= bits - 1;
                    }
                }
            }
            index
        }
    };
    let inside = index
        .iter()
        .copied()
        .max()
        .is_none_or(|most| (most as usize) < shape.cells);
    (index.len() == n && inside).then(|| Framed {
        values: words(values).map(i32::from_le_bytes).collect(),
        spikes: Spikes { ends, index },
    })
}

fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks::<N>().0.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sample_comes_back(
            steps in prop::collection::vec(prop::collection::btree_set(0..300_u32, 0..300), 1..5),
            valued: bool, cells in prop_oneof![Just(300_usize), Just(1 << 20)],
        ) {
            let shape = Shape { steps: steps.len(), cells, valued };
            let mut framed = Framed { spikes: Spikes::with_room(1, 1), values: Vec::new() };
            for step in &steps {
                framed.spikes.index.extend(step);
                framed.spikes.ends.push(framed.spikes.index.len());
            }
            if valued {
                framed.values = framed.spikes.index.iter().map(|cell| 7 - *cell as i32).collect();
            }
            let mut bytes = Vec::new();
            let form = write(&framed, shape, &mut bytes);
            prop_assert_eq!(read(&bytes, form, shape), Some(framed));
            prop_assert_eq!(read(&bytes[..bytes.len() - 1], form, shape), None);
        }

        #[test]
        fn other_bytes_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), form in 0..4_u32, valued: bool) {
            if let Some(framed) = read(&bytes, form, Shape { steps: 3, cells: 70, valued }) {
                prop_assert!(framed.spikes.index.iter().all(|cell| *cell < 70));
                prop_assert_eq!(framed.spikes.ends.len(), 3);
            }
        }
    }

    #[test]
    fn the_shorter_form_is_taken() {
        let form = |n: u32, cells| {
            let framed = Framed {
                spikes: Spikes {
                    ends: vec![n as usize],
                    index: (0..n).collect(),
                },
                values: Vec::new(),
            };
            let shape = Shape {
                steps: 1,
                cells,
                valued: false,
            };
            let mut bytes = Vec::new();
            (write(&framed, shape, &mut bytes), bytes.len())
        };
        assert_eq!(form(3, 2312), (NARROW, 4 + 6));
        assert_eq!(form(2312, 2312), (BITS, 4 + 296));
        assert_eq!(form(3, 70_000), (WIDE, 4 + 12));
    }
}
