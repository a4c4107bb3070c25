//! Destructors behind the boundary.

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A value of the author's whose destructor may panic: the host drops it through a foreign call, where
/// unwinding would abort the process, and with it a run that has been trained to its end.
pub(crate) struct Fenced<T>(ManuallyDrop<T>);

impl<T> Fenced<T> {
    pub(crate) fn new(value: T) -> Self {
        Fenced(ManuallyDrop::new(value))
    }
}

impl<T> Deref for Fenced<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Fenced<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Drop for Fenced<T> {
    fn drop(&mut self) {
        // SAFETY: dropped here only, and not used afterwards.
        let dropped = catch_unwind(AssertUnwindSafe(|| unsafe { ManuallyDrop::drop(&mut self.0) }));
        if let Err(payload) = dropped {
            // It may panic when it is dropped, in its turn.
            std::mem::forget(payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fenced;

    struct Bomb<'a>(&'a std::cell::Cell<u32>);
    impl Drop for Bomb<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
            panic!("in a destructor");
        }
    }

    #[test]
    fn a_destructor_runs_once_and_does_not_unwind() {
        let count = std::cell::Cell::new(0);
        drop(Fenced::new(Bomb(&count)));
        assert_eq!(count.get(), 1);
    }
}
