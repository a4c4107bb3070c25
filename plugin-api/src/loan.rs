//! Borrowing the memory of a tensor for the length of a closure.

use crate::abi::{SliceVisitor, catch};
use crate::{Error, Result, Tensor};
use core::ffi::c_void;
use std::marker::PhantomData;

/// The elements of a tensor while the host lends them.
///
/// Shared loans of one tensor may overlap, so a slice is made only of the kind that is asked for: two
/// exclusive slices of the same memory must never exist, not even unwritten.
pub(crate) struct Loan<'a> {
    data: *mut u8,
    bytes: usize,
    exclusive: bool,
    lent: PhantomData<&'a mut [u8]>,
}

impl Loan<'_> {
    /// The elements.
    pub(crate) fn read<E: Element>(&self) -> Result<&[E]> {
        match self.count::<E>()? {
            0 => Ok(&[]),
            // SAFETY: the host lends that many initialised, aligned elements until the callback returns, which
            // `self` does not outlive; every bit pattern is a valid `E`.
            n => Ok(unsafe { std::slice::from_raw_parts(self.data.cast::<E>(), n) }),
        }
    }

    /// The elements, to be written.
    pub(crate) fn write<E: Element>(&mut self) -> Result<&mut [E]> {
        if !self.exclusive {
            return Err(Error::new("borrowed", "a shared loan cannot be written"));
        }
        match self.count::<E>()? {
            0 => Ok(&mut []),
            // SAFETY: as in `read`, and the loan is exclusive.
            n => Ok(unsafe { std::slice::from_raw_parts_mut(self.data.cast::<E>(), n) }),
        }
    }

    // Checked in every build: a host that lends something else would otherwise be read wrongly.
    fn count<E>(&self) -> Result<usize> {
        let fits = self.bytes == 0 || (!self.data.is_null() && self.data.cast::<E>().is_aligned());
        if fits && self.bytes.is_multiple_of(size_of::<E>()) {
            return Ok(self.bytes / size_of::<E>());
        }
        Err(Error::new(
            "host-fault",
            format!(
                "the host lent {} bytes at {:p}, which are no elements of {} bytes",
                self.bytes,
                self.data,
                size_of::<E>()
            ),
        ))
    }
}

/// Plain numbers: every bit pattern is a value, and there is no padding.
pub(crate) trait Element: Copy {}
impl Element for f32 {}
impl Element for f64 {}
impl Element for i64 {}
impl Element for i32 {}
impl Element for u32 {}
impl Element for u16 {}
impl Element for u8 {}

struct Visit<F, T> {
    body: Option<F>,
    exclusive: bool,
    result: Option<Result<T>>,
}

impl Tensor {
    /// Runs `body` on the elements while the host lends them; a panic in it becomes an error.
    pub(crate) fn lend<T, F>(&self, exclusive: bool, body: F) -> Result<T>
    where
        F: FnOnce(Loan<'_>) -> T,
    {
        let mut visit = Visit {
            body: Some(body),
            exclusive,
            result: None,
        };
        let callback = SliceVisitor {
            call: trampoline::<F, T>,
        };
        self.raw()
            .borrow(exclusive, (&raw mut visit).cast(), callback)
            .into_result()?;
        visit
            .result
            .unwrap_or_else(|| Err(Error::new("host-fault", "the host did not lend the tensor")))
    }
}

extern "C" fn trampoline<F, T>(user: *mut c_void, data: *mut u8, bytes: usize)
where
    F: FnOnce(Loan<'_>) -> T,
{
    // SAFETY: `user` is the `Visit` of the enclosing call, which outlives this callback.
    let visit = unsafe { &mut *user.cast::<Visit<F, T>>() };
    let loan = Loan {
        data,
        bytes,
        exclusive: visit.exclusive,
        lent: PhantomData,
    };
    if let Some(body) = visit.body.take() {
        visit.result = Some(
            catch("slice closure", || Ok(body(loan)))
                .into_result()
                .map_err(Error::from),
        );
    }
}
