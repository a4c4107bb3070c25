//! Memory of dropped tensors, for the next buffers of the same length: a training step asks for the same lengths as the one
//! before.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Fewest bytes worth keeping.
pub(crate) const LEAST: usize = 64 << 10;
/// Most buffers of one length that are kept: what is asked for at once, with little to spare.
const MOST: usize = 2;

/// Buffers of a run that nobody uses.
#[derive(Debug, Default)]
pub(crate) struct Recycled {
    single: Mutex<Shelf<f32>>,
    double: Mutex<Shelf<f64>>,
}

#[derive(Debug, Default)]
struct Shelf<E> {
    /// Only lengths that were asked for: nobody would take the others.
    by_length: HashMap<usize, Vec<Vec<E>>>,
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

    /// Keeps a buffer of single precision; returns its bytes, 0 when it was not kept.
    pub(crate) fn keep_single(&self, buffer: Vec<f32>) -> usize {
        keep(&self.single, buffer)
    }

    /// Keeps a buffer of double precision; returns its bytes, 0 when it was not kept.
    pub(crate) fn keep_double(&self, buffer: Vec<f64>) -> usize {
        keep(&self.double, buffer)
    }
}

fn take<E: 'static>(shelf: &Mutex<Shelf<E>>, length: usize) -> Option<Box<dyn Any>> {
    let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
    let buffer = shelf.by_length.entry(length).or_default().pop()?;
    Some(Box::new(buffer))
}

fn keep<E>(shelf: &Mutex<Shelf<E>>, buffer: Vec<E>) -> usize {
    let bytes = size_of_val(&buffer[..]);
    let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
    match shelf.by_length.get_mut(&buffer.len()) {
        Some(kept) if bytes >= LEAST && kept.len() < MOST => {
            kept.push(buffer);
            bytes
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::Recycled;

    #[test]
    fn buffers_come_back_by_type_and_length() {
        let recycled = Recycled::default();
        let length = 1 << 16;
        let buffer = vec![3.0f32; length];
        let at = buffer.as_ptr();
        assert_eq!(recycled.keep_single(vec![1.0; length]), 0, "nobody asked for it");
        assert_eq!(recycled.take::<f32>(length), None);
        assert_eq!(recycled.keep_single(buffer), 4 * length);
        assert_eq!(recycled.take::<f64>(length), None);
        assert_eq!(recycled.keep_double(vec![4.0; length]), 8 * length);
        assert_eq!(recycled.keep_single(vec![5.0; 8]), 0, "small ones are not kept");
        assert_eq!(recycled.take::<f32>(8), None);
        assert_eq!(recycled.take::<f32>(length + 1), None);
        let again = recycled.take::<f32>(length).expect("the kept buffer");
        assert!(again.as_ptr() == at && again.len() == length);
        assert_eq!(recycled.take::<f64>(length).expect("the kept buffer")[0], 4.0);
        assert_eq!(recycled.take::<f64>(length), None, "it was given away");
    }
}
