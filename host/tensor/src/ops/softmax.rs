//! Softmax and its logarithm.

use super::axis::Split;
use super::compose;
use super::number::{Float, by_real};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{contiguous, elements, tensor_of};
use candle_core::Tensor;
use neurotrain_kernels::parallel::chunks_mut;
use neurotrain_kernels::{Real, softmax};
use neurotrain_plugin_api::Result;

/// Rows of one task.
pub(crate) const ROWS: usize = 256;
/// Element operations that an exponential counts for.
pub(crate) const EXPONENTIAL: usize = 4;

/// Softmax along axis `i0`, or its logarithm.
pub(crate) fn softmax_along(call: &Call<'_>, logarithm: bool) -> Result<Results> {
    call.expect_reals(&[])?;
    let axis = call.axis(0, call.receiver.shape().len())?;
    let a = call.view()?;
    results::computed(
        call,
        &[&a],
        || by_real!(call.name, a.dtype(), R => kernel::<R>(&a, axis, logarithm)),
        || {
            if logarithm {
                compose::log_softmax(&a, axis)
            } else {
                compose::softmax(&a, axis)
            }
        },
    )
}

fn kernel<R: Float>(a: &Tensor, axis: usize, logarithm: bool) -> Result<Tensor> {
    let Split { length, inner, .. } = Split::around(a.dims(), axis, axis + 1);
    let dense = contiguous(a)?;
    let mut values = elements(&dense).slice::<R>()?.to_vec();
    if length == 0 {
        return tensor_of(values, a.dims());
    }
    if inner == 1 {
        let work = values.len() * EXPONENTIAL;
        chunks_mut(&mut values, ROWS * length, work, |_, part| {
            soften(part, length, logarithm);
        });
        return tensor_of(values, a.dims());
    }
    let mut row = vec![R::NOUGHT; length];
    for block in values.chunks_exact_mut((length * inner).max(1)) {
        for k in 0..inner {
            for (i, r) in row.iter_mut().enumerate() {
                *r = block[i * inner + k];
            }
            soften(&mut row, length, logarithm);
            for (i, r) in row.iter().enumerate() {
                block[i * inner + k] = *r;
            }
        }
    }
    tensor_of(values, a.dims())
}

/// Rows of `length` in place.
fn soften<R: Real>(rows: &mut [R], length: usize, logarithm: bool) {
    if !logarithm {
        return softmax::softmax(rows, length);
    }
    let mut shifts = vec![R::ZERO; rows.len() / length];
    softmax::log_sum_exp(rows, length, &mut shifts);
    for (row, shift) in rows.chunks_exact_mut(length).zip(shifts) {
        row.iter_mut().for_each(|v| *v -= shift);
    }
}
