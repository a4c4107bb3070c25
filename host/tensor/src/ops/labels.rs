//! Operations with class labels, without ever forming a one-hot code.

use super::compose;
use super::index::read_index;
use super::number::{Float, by_real};
use super::operands::Call;
use super::results::{self, Results};
use super::softmax::{EXPONENTIAL, ROWS};
use super::storage::{contiguous, elements, tensor_of};
use candle_core::Tensor;
use neurotrain_kernels::parallel::chunks_mut;
use neurotrain_kernels::softmax::{log_sum_exp, softmax};
use neurotrain_plugin_api::Result;

/// `r0 * (self - one_hot(t0))`.
pub(crate) fn minus_one_hot(call: &Call<'_>) -> Result<Results> {
    scores(call, Scores::MinusOneHot)
}

/// `r0 * (softmax(self) - one_hot(t0))`.
pub(crate) fn softmax_minus_one_hot(call: &Call<'_>) -> Result<Results> {
    scores(call, Scores::SoftmaxMinusOneHot)
}

/// Mean of `-log softmax(self)[label]` over all rows.
pub(crate) fn cross_entropy(call: &Call<'_>) -> Result<Results> {
    scores(call, Scores::CrossEntropy)
}

#[derive(Clone, Copy, PartialEq)]
enum Scores {
    MinusOneHot,
    SoftmaxMinusOneHot,
    CrossEntropy,
}

fn scores(call: &Call<'_>, what: Scores) -> Result<Results> {
    call.expect_reals(&[])?;
    let labels = call.tensor(0)?;
    call.expect_indices(labels)?;
    let [.., batch, classes] = call.receiver.shape()[..] else {
        return Err(call.mismatch(labels, "scores [.., B, C] and labels [B] are wanted"));
    };
    if labels.shape()[..] != [batch] {
        return Err(call.mismatch(labels, "scores [.., B, C] and labels [B] are wanted"));
    }
    let index = read_index(call, labels, classes)?;
    let factor = call.real_or(0, 1.0);
    let a = call.view()?;
    let labels = call.view_of(labels)?;
    results::computed(
        call,
        &[&a, &labels],
        || {
            by_real!(call.name, a.dtype(), R => match what {
                Scores::MinusOneHot => error_kernel::<R>(&a, &index, factor, false),
                Scores::SoftmaxMinusOneHot => error_kernel::<R>(&a, &index, factor, true),
                Scores::CrossEntropy => loss_kernel::<R>(&a, &index),
            })
        },
        || match what {
            Scores::MinusOneHot => compose::minus_one_hot(&a, &labels, factor),
            Scores::SoftmaxMinusOneHot => compose::softmax_minus_one_hot(&a, &labels, factor),
            Scores::CrossEntropy => compose::cross_entropy(&a, &labels),
        },
    )
}

/// Rows of a table `[C, n]` by label, times `r0` where given.
pub(crate) fn gather_rows(call: &Call<'_>) -> Result<Results> {
    call.expect_reals(&[])?;
    let labels = call.tensor(0)?;
    let [rows, width] = call.receiver.shape()[..] else {
        return Err(call.mismatch(labels, "a table [C, n] and labels [B] are wanted"));
    };
    let index = read_index(call, labels, rows)?;
    let factor = call.real_or(0, 1.0);
    let a = call.view()?;
    let labels = call.view_of(labels)?;
    results::computed(
        call,
        &[&a, &labels],
        || by_real!(call.name, a.dtype(), R => gather_kernel::<R>(&a, &index, width, factor)),
        || compose::gather_rows(&a, &labels, factor),
    )
}

fn error_kernel<R: Float>(a: &Tensor, index: &[i64], factor: f64, soften: bool) -> Result<Tensor> {
    let factor = R::of(factor);
    let classes = a.dims().last().copied().unwrap_or(0).max(1);
    let dense = contiguous(a)?;
    let mut values = elements(&dense).slice::<R>()?.to_vec();
    let work = values.len() * if soften { EXPONENTIAL } else { 1 };
    chunks_mut(&mut values, ROWS * classes, work, |first, part| {
        if soften {
            softmax(part, classes);
        }
        let labels = index.iter().cycle().skip(first / classes % index.len().max(1));
        for (row, label) in part.chunks_exact_mut(classes).zip(labels) {
            row[*label as usize] -= R::UNIT;
            row.iter_mut().for_each(|v| *v = factor * *v);
        }
    });
    tensor_of(values, a.dims())
}

fn loss_kernel<R: Float>(a: &Tensor, index: &[i64]) -> Result<Tensor> {
    let classes = a.dims().last().copied().unwrap_or(0).max(1);
    let dense = contiguous(a)?;
    let lock = elements(&dense);
    let values = lock.slice::<R>()?;
    let mut losses = vec![R::NOUGHT; values.len() / classes];
    chunks_mut(&mut losses, ROWS, EXPONENTIAL * values.len(), |first, part| {
        let rows = &values[first * classes..][..part.len() * classes];
        log_sum_exp(rows, classes, part);
        let labels = index.iter().cycle().skip(first % index.len().max(1));
        for (loss, (row, label)) in part.iter_mut().zip(rows.chunks_exact(classes).zip(labels)) {
            *loss -= row[*label as usize];
        }
    });
    // In the order of the rows, whoever computed them.
    let mean = losses.iter().map(|loss| loss.double()).sum::<f64>() / losses.len() as f64;
    tensor_of(vec![R::of(mean)], &[])
}

fn gather_kernel<R: Float>(a: &Tensor, index: &[i64], width: usize, factor: f64) -> Result<Tensor> {
    let factor = R::of(factor);
    let dense = contiguous(a)?;
    let lock = elements(&dense);
    let table = lock.slice::<R>()?;
    let mut out = Vec::with_capacity(index.len() * width);
    for label in index {
        let row = &table[*label as usize * width..(*label as usize + 1) * width];
        out.extend(row.iter().map(|v| factor * *v));
    }
    tensor_of(out, &[index.len(), width])
}
