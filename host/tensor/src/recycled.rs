//! Memory of dropped tensors, for the next buffers of the same length, or one that is little less: a training step asks for
//! the same lengths as the one before, and parts of a batch are nearly equal.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Fewest bytes worth keeping.
pub(crate) const LEAST: usize = 64 << 10;
/// Most buffers of one length that are kept: what rules ask for at once.
const MOST: usize = 8;

/// A buffer serves lengths down to one of so many parts less; what it has to spare then is not metered.
const SPARE: usize = 8;

/// Buffers of a run that nobody uses.
#[derive(Debug, Default)]
pub(crate) struct Recycled {
    single: Mutex<Shelf<f32>>,
    double: Mutex<Shelf<f64>>,
}

#[derive(Debug, Default)]
struct Shelf<E> {
    /// Only lengths that were asked for: nobody would take the others.
    by_length: BTreeMap<usize, Slot<E>>,
    /// Questions so far.
    asked: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Slot<E> {
    buffers: Vec<Vec<E>>,
    /// The last question.
    asked: u64,
}

/// Bytes that came to the shelf and that left it for good.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) kept: usize,
    pub(crate) dropped: usize,
}

impl Recycled {
    /// A kept buffer of `length` elements with arbitrary values.
    pub(crate) fn take<E: 'static>(&self, length: usize) -> Option<Vec<E>> {
        let wanted = TypeId::of::<E>();
        let found: Box<dyn Any> = if wanted == TypeId::of::<f32>() {
            take(&self.single, length)?
        } else if wanted == TypeId::of::<f64>() {
            take(&self.double, length)?
        } else {
            return None;
        };
        found.downcast::<Vec<E>>().ok().map(|buffer| *buffer)
    }

    /// Keeps a buffer of single precision where it is wanted, among `most` bytes in all.
    pub(crate) fn keep_single(&self, buffer: Vec<f32>, most: usize) -> Change {
        keep(&self.single, buffer, most)
    }

    /// Keeps a buffer of double precision where it is wanted, among `most` bytes in all.
    pub(crate) fn keep_double(&self, buffer: Vec<f64>, most: usize) -> Change {
        keep(&self.double, buffer, most)
    }
}

fn take<E: Clone + Default + 'static>(shelf: &Mutex<Shelf<E>>, length: usize) -> Option<Box<dyn Any>> {
    let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
    shelf.asked += 1;
    let now = shelf.asked;
    let slot = shelf.by_length.entry(length).or_insert(Slot {
        buffers: Vec::new(),
        asked: now,
    });
    slot.asked = now;
    let most = length + length / SPARE;
    let (_, slot) = shelf
        .by_length
        .range_mut(length..=most)
        .find(|(_, slot)| !slot.buffers.is_empty())?;
    slot.asked = now;
    let mut buffer = slot.buffers.pop()?;
    shelf.bytes -= bytes_of(&buffer);
    buffer.resize(length, E::default());
    Some(Box::new(buffer))
}

/// All that a buffer occupies.
pub(crate) fn bytes_of<E>(buffer: &Vec<E>) -> usize {
    buffer.capacity() * size_of::<E>()
}

fn keep<E>(shelf: &Mutex<Shelf<E>>, buffer: Vec<E>, most: usize) -> Change {
    let bytes = bytes_of(&buffer);
    let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
    // As it was before it served a shorter one.
    let length = match shelf.by_length.contains_key(&buffer.capacity()) {
        true => buffer.capacity(),
        false => buffer.len(),
    };
    // One that was to serve a longer length which is forgotten would serve ever shorter ones.
    let shrunk = length + length / SPARE < buffer.capacity();
    let wanted = shelf.by_length.get(&length).filter(|_| !shrunk);
    if bytes < LEAST || wanted.is_none_or(|slot| slot.buffers.len() >= MOST) {
        return Change::default();
    }
    let dropped = shelf.make_room(most.saturating_sub(bytes), length);
    let fits = shelf.bytes + bytes <= most;
    if let Some(slot) = shelf.by_length.get_mut(&length).filter(|_| fits) {
        slot.buffers.push(buffer);
        shelf.bytes += bytes;
    }
    Change {
        kept: if fits { bytes } else { 0 },
        dropped,
    }
}

impl<E> Shelf<E> {
    /// Forgets the lengths that were not asked for longest, but for `spared`, until `most` bytes are left; returns how many
    /// went. Lengths that come once, as those of a growing history, would add up otherwise.
    fn make_room(&mut self, most: usize, spared: usize) -> usize {
        let before = self.bytes;
        while self.bytes > most {
            let others = self.by_length.iter().filter(|(length, _)| **length != spared);
            let Some(length) = others
                .min_by_key(|(_, slot)| slot.asked)
                .map(|(length, _)| *length)
            else {
                break;
            };
            let slot = self.by_length.remove(&length);
            let buffers = slot.iter().flat_map(|slot| &slot.buffers);
            self.bytes -= buffers.map(bytes_of).sum::<usize>();
        }
        before - self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Recycled};

    const MOST: usize = 4 << 20;

    fn kept(bytes: usize) -> Change {
        Change {
            kept: bytes,
            dropped: 0,
        }
    }

    #[test]
    fn buffers_come_back_by_type_and_length() {
        let recycled = Recycled::default();
        let length = 1 << 16;
        let buffer = vec![3.0f32; length];
        let at = buffer.as_ptr();
        assert_eq!(
            recycled.keep_single(vec![1.0; length], MOST),
            kept(0),
            "nobody asked for it"
        );
        assert_eq!(recycled.take::<f32>(length), None);
        assert_eq!(recycled.keep_single(buffer, MOST), kept(4 * length));
        assert_eq!(recycled.take::<f64>(length), None);
        assert_eq!(recycled.keep_double(vec![4.0; length], MOST), kept(8 * length));
        assert_eq!(
            recycled.keep_single(vec![5.0; 8], MOST),
            kept(0),
            "small ones are not kept"
        );
        assert_eq!(recycled.take::<f32>(8), None);
        assert_eq!(recycled.take::<f32>(length + 1), None);
        let again = recycled.take::<f32>(length).expect("the kept buffer");
        assert!(again.as_ptr() == at && again.len() == length);
        assert_eq!(recycled.take::<f64>(length).expect("the kept buffer")[0], 4.0);
        assert_eq!(recycled.take::<f64>(length), None, "it was given away");
    }

    #[test]
    fn nearly_equal_lengths_share_memory() {
        let recycled = Recycled::default();
        let (long, short, other) = (86_000, 84_000, 60_000);
        assert_eq!(recycled.take::<f32>(long), None);
        let mut buffer = vec![1.0f32; long];
        let at = buffer.as_ptr();
        for length in [short, long, short] {
            assert_eq!(recycled.keep_single(buffer, MOST), kept(4 * long));
            assert_eq!(recycled.take::<f32>(other), None, "much would be wasted");
            buffer = recycled.take(length).expect("the kept buffer");
            assert_eq!((buffer.as_ptr(), buffer.len()), (at, length));
        }
    }

    #[test]
    fn lengths_that_come_once_do_not_add_up() {
        let recycled = Recycled::default();
        let bytes = |length: usize| 4 * length;
        let (mut held, mut usual) = (0, 0);
        for length in (1 << 15..1 << 18).step_by(1 << 12) {
            // One length is used all the time.
            for length in [1 << 16, length] {
                let buffer = recycled.take::<f32>(length);
                held -= buffer.as_ref().map_or(0, |b| bytes(b.capacity()));
                usual += usize::from(buffer.is_some());
                let change = recycled.keep_single(vec![0.0; length], MOST);
                held += change.kept;
                held -= change.dropped;
                assert!(held <= MOST, "{held} bytes are kept");
            }
        }
        assert!(usual > 50, "what is asked for again stays: {usual}");
    }
}
