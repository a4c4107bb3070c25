//! Which elements are not zero, or meet another condition, many at a time.

use crate::Real;
use multiversion::multiversion;

/// Elements that are marked together.
pub(crate) const GROUP: usize = 32;
/// Elements whose places are listed together.
const LIST: usize = 256;
/// Elements of a byte of marks.
const BYTE: usize = u8::BITS as usize;

/// What an element may be marked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test<R> {
    /// It is not this value; what is no number is not.
    Not(R),
    /// It is greater.
    Above(R),
    /// It is not less.
    AtLeast(R),
}

/// Calls `body` for every element that is not zero with its place, ascending. To be inlined where vector instructions may be
/// used.
#[inline(always)]
pub(crate) fn each_nonzero<R: Real>(values: &[R], mut body: impl FnMut(usize, R)) {
    each_list(values, Test::Not(R::ZERO), |first, places| {
        let part = &values[first..];
        for place in places {
            body(first + *place as usize, part[*place as usize]);
        }
    });
}

/// Appends the places of the elements that meet a test, ascending. To be inlined like [`each_nonzero`].
#[inline(always)]
pub(crate) fn append_where<R: Real>(values: &[R], test: Test<R>, list: &mut Vec<u32>) {
    each_list(values, test, |first, places| match first {
        0 => list.extend_from_slice(places),
        _ => list.extend(places.iter().map(|place| first as u32 + place)),
    });
}

/// Appends the places of the ones among the bits of `words`, ascending.
#[multiversion(targets("x86_64+avx2+bmi1+popcnt", "aarch64+neon"))]
pub(crate) fn append_ones(words: &[u64], list: &mut Vec<u32>) {
    const TOGETHER: usize = 4;
    let (ones, first) = (words.iter().map(|word| word.count_ones() as usize), list.len());
    list.resize(first + ones.sum::<usize>() + TOGETHER, 0);
    let mut count = first;
    for (k, word) in words.iter().enumerate() {
        let mut rest = *word;
        // Some at once, and none as some: how many a word has cannot be predicted.
        while let Some(places) = list[count..].first_chunk_mut::<TOGETHER>() {
            count += (rest.count_ones() as usize).min(TOGETHER);
            for place in places {
                *place = (k * u64::BITS as usize) as u32 + rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
            }
            if rest == 0 {
                break;
            }
        }
    }
    list.truncate(count);
}

/// Calls `body` with lists of places, each with what is to be added to them. Lists are written without a branch for every
/// element: spikes cannot be predicted.
#[inline(always)]
fn each_list<R: Real>(values: &[R], test: Test<R>, mut body: impl FnMut(usize, &[u32])) {
    let mut places = [0; LIST + BYTE];
    for (k, part) in values.chunks(LIST).enumerate() {
        let count = list(part, test, &mut places);
        body(k * LIST, &places[..count]);
    }
}

/// The number of places that are listed.
#[inline(always)]
fn list<R: Real>(values: &[R], test: Test<R>, places: &mut [u32; LIST + BYTE]) -> usize {
    let (groups, rest) = values.as_chunks::<GROUP>();
    let mut count = 0;
    for (g, group) in groups.iter().enumerate() {
        let marks = R::marks(group, test);
        for (b, byte) in marks.to_le_bytes().into_iter().enumerate() {
            let first = (g * GROUP + b * BYTE) as u32;
            // Eight at once, of which those that are marked stay.
            if let Some(targets) = places[count..].first_chunk_mut::<BYTE>() {
                let marked = &MARKED[usize::from(byte)];
                for (target, place) in targets.iter_mut().zip(marked) {
                    *target = first + *place;
                }
            }
            count += usize::from(COUNTS[usize::from(byte)]);
        }
    }
    for (k, value) in rest.iter().enumerate() {
        places[count] = (groups.len() * GROUP + k) as u32;
        count += usize::from(met(*value, test));
    }
    count
}

/// The places of the ones of every byte, ascending, with anything behind them.
static MARKED: [[u32; BYTE]; 256] = {
    let mut marked = [[0; BYTE]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut place, mut count) = (0, 0);
        while place < BYTE {
            if byte >> place & 1 == 1 {
                marked[byte][count] = place as u32;
                count += 1;
            }
            place += 1;
        }
        byte += 1;
    }
    marked
};

/// How many ones every byte has.
static COUNTS: [u8; 256] = {
    let mut counts = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        counts[byte] = (byte as u8).count_ones() as u8;
        byte += 1;
    }
    counts
};

#[inline(always)]
fn met<R: PartialOrd>(value: R, test: Test<R>) -> bool {
    match test {
        Test::Not(bound) => value != bound,
        Test::Above(bound) => value > bound,
        Test::AtLeast(bound) => value >= bound,
    }
}

/// A bit for each element that meets the test, that of the first the lowest.
#[cfg_attr(target_arch = "x86_64", expect(dead_code, reason = "for other processors"))]
#[inline(always)]
pub(crate) fn marks<R: Copy + PartialOrd>(group: &[R; GROUP], test: Test<R>) -> u32 {
    (0..GROUP).fold(0, |marks, k| marks | u32::from(met(group[k], test)) << k)
}

/// [`marks`] by masks of comparisons, which compilers do not find.
#[cfg(target_arch = "x86_64")]
macro_rules! by_masks {
    ($name:ident, $real:ty, $load:ident, $set:ident, $mask:ident, $not:ident, $above:ident, $at_least:ident) => {
        #[inline(always)]
        pub(crate) fn $name(group: &[$real; GROUP], test: Test<$real>) -> u32 {
            use std::arch::x86_64::{$above, $at_least, $load, $mask, $not, $set};
            const LANES: usize = 16 / size_of::<$real>();
            let (vectors, _) = group.as_chunks::<LANES>();
            let mut marks = 0;
            for (k, vector) in vectors.iter().enumerate() {
                // SAFETY: every x86_64 has SSE2; a vector's elements are read from an array of as many.
                let mask = unsafe {
                    let vector = $load(vector.as_ptr());
                    $mask(match test {
                        Test::Not(bound) => $not(vector, $set(bound)),
                        Test::Above(bound) => $above(vector, $set(bound)),
                        Test::AtLeast(bound) => $at_least(vector, $set(bound)),
                    })
                };
                marks |= mask.cast_unsigned() << (k * LANES);
            }
            marks
        }
    };
}

#[cfg(target_arch = "x86_64")]
by_masks!(
    marks_single,
    f32,
    _mm_loadu_ps,
    _mm_set1_ps,
    _mm_movemask_ps,
    _mm_cmpneq_ps,
    _mm_cmpgt_ps,
    _mm_cmpge_ps
);
#[cfg(target_arch = "x86_64")]
by_masks!(
    marks_double,
    f64,
    _mm_loadu_pd,
    _mm_set1_pd,
    _mm_movemask_pd,
    _mm_cmpneq_pd,
    _mm_cmpgt_pd,
    _mm_cmpge_pd
);

#[cfg(not(target_arch = "x86_64"))]
pub(crate) use marks as marks_single;
#[cfg(not(target_arch = "x86_64"))]
pub(crate) use marks as marks_double;

#[cfg(test)]
mod tests {
    use super::{Test, append_ones, append_where, each_nonzero, met};
    use crate::Real;

    #[test]
    fn every_place_is_met_once_in_order() {
        for n in [0, 1, 31, 32, 33, 100, 256, 257, 700] {
            let values: Vec<f64> = (0..n)
                .map(|k| if k % 3 == 0 { f64::from(k) } else { 0.0 })
                .collect();
            let mut met = Vec::new();
            each_nonzero(&values, |k, v| met.push((k, v)));
            let want = (1..n).filter(|k| k % 3 == 0).map(|k| (k as usize, f64::from(k)));
            assert_eq!(met, want.collect::<Vec<_>>(), "{n}");
        }
    }

    #[test]
    fn ones_among_bits() {
        let words = [0, u64::MAX, 1 << 63, 0b1011 << 7, 0];
        let mut found = vec![9];
        append_ones(&words, &mut found);
        let one = |k: &u32| words[(k / 64) as usize] >> (k % 64) & 1 == 1;
        let want: Vec<u32> = (0..words.len() as u32 * 64).filter(one).collect();
        assert_eq!(found[1..], want);
        append_ones(&[], &mut found);
        assert_eq!(found.len(), 1 + want.len());
    }

    #[test]
    fn tests_are_those_of_single_elements() {
        fn check<R: Real>() {
            let special = [
                0.0,
                -0.0,
                1.0,
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                0.999_999,
                1.5,
                -2.0,
            ];
            let values: Vec<R> = (0..600)
                .map(|k| R::from_f64(special[k * 5 % special.len()]))
                .collect();
            for bound in special.map(R::from_f64) {
                for test in [Test::Not(bound), Test::Above(bound), Test::AtLeast(bound)] {
                    let mut found = vec![7];
                    append_where(&values, test, &mut found);
                    let want = (0..values.len()).filter(|k| met(values[*k], test));
                    let want: Vec<u32> = want.map(|k| k as u32).collect();
                    assert_eq!(found[1..], want, "{test:?}");
                }
            }
        }
        check::<f32>();
        check::<f64>();
    }
}
