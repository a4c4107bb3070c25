//! Softmax and its logarithm.

use super::axis::Split;
use super::compose;
use super::number::{Float, by_real};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{contiguous, elements, tensor_of};
use candle_core::Tensor;
use neurotrain_kernels::Real;
use neurotrain_plugin_api::Result;

/// Softmax along axis `i0`, or its logarithm.
pub(crate) fn softmax(call: &Call<'_>, logarithm: bool) -> Result<Results> {
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
    let mut row = vec![R::NOUGHT; length];
    for block in values.chunks_exact_mut((length * inner).max(1)) {
        if inner == 1 {
            soften(block, logarithm);
            continue;
        }
        for k in 0..inner {
            for (i, r) in row.iter_mut().enumerate() {
                *r = block[i * inner + k];
            }
            soften(&mut row, logarithm);
            for (i, r) in row.iter().enumerate() {
                block[i * inner + k] = *r;
            }
        }
    }
    tensor_of(values, a.dims())
}

fn soften<R: Real>(row: &mut [R], logarithm: bool) {
    if logarithm {
        let shift = log_sum_exp(row);
        row.iter_mut().for_each(|v| *v -= shift);
    } else {
        softmax_row(row);
    }
}

/// Softmax of one row in place.
pub(crate) fn softmax_row<R: Real>(row: &mut [R]) {
    let top = row.iter().fold(R::NEG_INFINITY, |m, v| m.max(*v));
    let mut sum = R::ZERO;
    for v in row.iter_mut() {
        *v = (*v - top).exp();
        sum += *v;
    }
    row.iter_mut().for_each(|v| *v /= sum);
}

/// Logarithm of the sum of exponentials of one row.
pub(crate) fn log_sum_exp<R: Real>(row: &[R]) -> R {
    let top = row.iter().fold(R::NEG_INFINITY, |m, v| m.max(*v));
    let mut sum = R::ZERO;
    for v in row {
        sum += (*v - top).exp();
    }
    top + sum.ln()
}
