//! Dense products of matrices and of stacks of matrices.

use super::number::Float;
use super::storage::{elements, room, tensor_of};
use super::walk::broadcast;
use crate::{Dims, Session};
use candle_core::Tensor;
use neurotrain_kernels::dense::{Matrix, product};
use neurotrain_plugin_api::Result;
use std::borrow::Cow;

/// The leading axes of a product of stacks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lead {
    /// Those of the result.
    pub(crate) dims: Dims,
    left: Dims,
    right: Dims,
}

impl Lead {
    /// `None` when the two do not broadcast to each other.
    pub(crate) fn new(left: &[usize], right: &[usize]) -> Option<Lead> {
        Some(Lead {
            dims: broadcast(left, right)?,
            left: Dims::new(left).ok()?,
            right: Dims::new(right).ok()?,
        })
    }

    /// For each matrix of the result the positions of its factors.
    fn pairs(&self) -> Vec<(usize, usize)> {
        let count = self.dims.count();
        (0..count)
            .map(|k| (self.position(k, &self.left), self.position(k, &self.right)))
            .collect()
    }

    fn position(&self, flat: usize, own: &[usize]) -> usize {
        let (mut rest, mut at, mut stride) = (flat, 0, 1);
        for (axis, length) in self.dims.iter().enumerate().rev() {
            let index = rest % length;
            rest /= length;
            if let Some(k) = (axis + own.len()).checked_sub(self.dims.len()) {
                at += stride * if own[k] == 1 { 0 } else { index };
                stride *= own[k];
            }
        }
        at
    }
}

/// The product of `a` and `b`, whose shapes fit, the last two axes swapped first where asked.
pub(crate) fn dense_product<R: Float>(
    session: &Session,
    a: &Tensor,
    b: &Tensor,
    lead: &Lead,
    turn_left: bool,
    turn_right: bool,
) -> Result<Tensor> {
    let (a, b) = (Operand::of(a, turn_left)?, Operand::of(b, turn_right)?);
    let (rows, cols) = (a.shape().0, b.shape().1);
    let mut dims = lead.dims.to_vec();
    dims.extend([rows, cols]);
    let mut out = room::<R>(session, dims.iter().product())?;
    let (left, right) = (elements(&a.tensor), elements(&b.tensor));
    let (left, right) = (left.slice::<R>()?, right.slice::<R>()?);
    if lead.right.is_empty() && !a.turned {
        // One product over all leading axes.
        let rows = lead.dims.count() * rows;
        product(
            Matrix::new(left, rows, a.cols),
            b.matrix(right, 0),
            &mut out,
            false,
        );
    } else if rows * cols > 0 {
        for (part, (i, j)) in out.chunks_exact_mut(rows * cols).zip(lead.pairs()) {
            product(a.matrix(left, i), b.matrix(right, j), part, false);
        }
    }
    tensor_of(out, &dims)
}

/// A stack of matrices in contiguous memory, to be read as they are or transposed.
struct Operand<'a> {
    tensor: Cow<'a, Tensor>,
    rows: usize,
    cols: usize,
    turned: bool,
}

impl<'a> Operand<'a> {
    fn of(tensor: &'a Tensor, turned: bool) -> Result<Operand<'a>> {
        let candle = super::storage::candle;
        let (tensor, turned) = if tensor.is_contiguous() {
            (Cow::Borrowed(tensor), turned)
        } else {
            // A transposed view is read in the order in which it lies.
            match tensor.t().map_err(candle)? {
                straight if straight.is_contiguous() => (Cow::Owned(straight), !turned),
                _ => (Cow::Owned(tensor.contiguous().map_err(candle)?), turned),
            }
        };
        let [.., rows, cols] = *tensor.dims() else {
            return Err(neurotrain_plugin_api::Error::new(
                "host-fault",
                "a matrix was expected",
            ));
        };
        Ok(Operand {
            tensor,
            rows,
            cols,
            turned,
        })
    }

    /// Rows and columns as read.
    fn shape(&self) -> (usize, usize) {
        if self.turned {
            (self.cols, self.rows)
        } else {
            (self.rows, self.cols)
        }
    }

    fn matrix<'v, R: Float>(&self, values: &'v [R], position: usize) -> Matrix<'v, R> {
        let size = self.rows * self.cols;
        let matrix = Matrix::new(
            &values[position * size..(position + 1) * size],
            self.rows,
            self.cols,
        );
        if self.turned { matrix.t() } else { matrix }
    }
}
