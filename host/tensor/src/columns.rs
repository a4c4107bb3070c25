//! Matrices whose elements lie column by column, as event-driven products leave the gradients of weights.
//!
//! To every operation they are matrices like others; those that know the order spare turning them.

use crate::cell::candle_tensor;
use crate::ops::{candle, copied};
use crate::{Category, HostTensor, Session, loan};
use candle_core::Tensor;
use neurotrain_kernels::Real;
use neurotrain_plugin_api::{Error, Result};
use std::sync::Arc;

impl HostTensor {
    /// The matrix `[rows, cols]` whose elements `values` holds column by column, without copying them on the CPU.
    ///
    /// # Errors
    /// `shape-mismatch` when their number does not fit.
    pub fn from_columns<R: Real>(
        session: &Arc<Session>,
        values: Vec<R>,
        [rows, cols]: [usize; 2],
        category: Category,
    ) -> Result<HostTensor> {
        if values.len() != rows * cols {
            let message = format!("{} values do not fill shape [{rows}, {cols}]", values.len());
            return Err(Error::new("shape-mismatch", message));
        }
        let tensor = candle_tensor(session, values, &[cols, rows])?
            .t()
            .map_err(candle)?;
        Ok(Self::owned(session, tensor, category))
    }

    /// Whether it is a matrix on the CPU that lies column by column and not row by row.
    pub fn lies_by_columns(&self) -> bool {
        let known =
            self.session().device().is_cpu() && self.shape().len() == 2 && self.event_index().is_none();
        known
            && self
                .view()
                .is_ok_and(|view| !view.is_contiguous() && turned(&view).is_some())
    }

    /// Lends the elements of a matrix column by column; a copy where they lie otherwise.
    ///
    /// # Errors
    /// As [`with_slice`](HostTensor::with_slice).
    pub fn with_columns<R: 'static, T>(&self, body: impl FnOnce(&[R]) -> T) -> Result<T> {
        let view = self.view()?;
        match turned(&view) {
            Some(turned) => loan::read(&turned, body),
            None => loan::read(&columns_of(&view)?, body),
        }
    }

    /// Lends the elements of a matrix to be written column by column, in place or in a fresh copy when the memory is shared
    /// or lies otherwise; afterwards they lie so, but for variables.
    ///
    /// # Errors
    /// As [`modify`](HostTensor::modify).
    pub fn modify_columns<R: Real>(&self, body: impl FnOnce(&mut [R])) -> Result<()> {
        if self.view()?.is_variable() {
            let mut values = self.with_columns(<[R]>::to_vec)?;
            body(&mut values);
            let shape = [self.shape()[0], self.shape()[1]];
            return self.assign(&Self::from_columns(
                self.session(),
                values,
                shape,
                self.category(),
            )?);
        }
        self.exclusive_as(
            |tensor| turned(tensor).is_some(),
            |tensor| columns_of(&tensor.detach())?.t().map_err(candle),
            |tensor| match turned(tensor) {
                Some(turned) => loan::write(&turned, body),
                None => Err(Error::new("host-fault", "a matrix does not lie column by column")),
            },
        )
    }
}

/// The transpose of a matrix that lies column by column: it lies row by row.
pub(crate) fn turned(matrix: &Tensor) -> Option<Tensor> {
    let transpose = matrix.t().ok().filter(|_| matrix.rank() == 2)?;
    transpose.is_contiguous().then_some(transpose)
}

/// The transpose, row by row in memory of its own.
fn columns_of(matrix: &Tensor) -> Result<Tensor> {
    copied(&matrix.t().map_err(candle)?)
}
