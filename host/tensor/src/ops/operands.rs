//! Reading the operands of a call.

use super::number::is_real;
use crate::value::DenseView;
use crate::{HostTensor, Session};
use candle_core::DType;
use neurotrain_plugin_api::abi::Args;
use neurotrain_plugin_api::{Error, Result};
use std::sync::Arc;

/// One tensor operation under way.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) name: &'static str,
    pub(crate) receiver: &'a HostTensor,
    pub(crate) args: Args<'a>,
}

impl<'a> Call<'a> {
    pub(crate) fn session(&self) -> &'a Arc<Session> {
        self.receiver.session()
    }

    /// Tensor operand `index`.
    pub(crate) fn tensor(&self, index: usize) -> Result<&'a HostTensor> {
        tensor_of(self.name, &self.args, index)
    }

    pub(crate) fn real(&self, index: usize) -> Result<f64> {
        real_of(self.name, &self.args, index)
    }

    pub(crate) fn real_or(&self, index: usize, default: f64) -> f64 {
        self.args.reals.get(index).copied().unwrap_or(default)
    }

    pub(crate) fn int(&self, index: usize) -> Result<i64> {
        int_of(self.name, &self.args, index)
    }

    pub(crate) fn flag(&self, index: usize) -> bool {
        self.args.ints.get(index).is_some_and(|v| *v != 0)
    }

    pub(crate) fn ints(&self) -> &'a [i64] {
        self.args.ints.as_slice()
    }

    /// Integer `index` as an axis of a tensor of `rank` axes; negative ones count from the end.
    pub(crate) fn axis(&self, index: usize, rank: usize) -> Result<usize> {
        self.normal_axis(self.int(index)?, rank)
    }

    pub(crate) fn normal_axis(&self, axis: i64, rank: usize) -> Result<usize> {
        let from_start = if axis < 0 { axis + rank as i64 } else { axis };
        if (0..rank as i64).contains(&from_start) {
            return Ok(from_start as usize);
        }
        let message = format!(
            "`{}`: axis {axis} of shape {:?} does not exist",
            self.name,
            self.receiver.shape()
        );
        Err(Error::new("shape-mismatch", message))
    }

    /// The receiver as dense tensor.
    pub(crate) fn view(&self) -> Result<DenseView> {
        self.view_of(self.receiver)
    }

    pub(crate) fn view_of(&self, operand: &HostTensor) -> Result<DenseView> {
        operand
            .view()
            .map_err(|e| e.context(format_args!("`{}`", self.name)))
    }

    /// The error of two shapes that do not fit.
    pub(crate) fn mismatch(&self, other: &HostTensor, why: &str) -> Error {
        let message = format!(
            "`{}` of {:?} and {:?}: {why}",
            self.name,
            self.receiver.shape(),
            other.shape()
        );
        Error::new("shape-mismatch", message)
    }

    /// The error of a receiver whose shape does not serve.
    pub(crate) fn bad_shape(&self, why: &str) -> Error {
        Error::new(
            "shape-mismatch",
            format!("`{}` of {:?}: {why}", self.name, self.receiver.shape()),
        )
    }

    pub(crate) fn bad_args(&self, why: impl std::fmt::Display) -> Error {
        Error::new("bad-args", format!("`{}`: {why}", self.name))
    }

    /// That the receiver and `others` have one real type.
    pub(crate) fn expect_reals(&self, others: &[&HostTensor]) -> Result<()> {
        if !is_real(self.receiver.dtype()) {
            return Err(not_real(self.name, self.receiver.dtype()));
        }
        self.expect_same_types(others)
    }

    pub(crate) fn expect_same_types(&self, others: &[&HostTensor]) -> Result<()> {
        for other in others {
            if other.dtype() != self.receiver.dtype() {
                let (a, b) = (self.receiver.dtype().as_str(), other.dtype().as_str());
                return Err(Error::new(
                    "dtype",
                    format!("`{}` of {a} and {b}: the element types differ", self.name),
                )
                .with_hint("cast one of them"));
            }
        }
        Ok(())
    }

    /// That `other` is an i64 vector.
    pub(crate) fn expect_indices(&self, other: &HostTensor) -> Result<()> {
        if other.dtype() != DType::I64 {
            let message = format!(
                "`{}` wants i64 labels or indices, not {}",
                self.name,
                other.dtype().as_str()
            );
            return Err(
                Error::new("dtype", message).with_hint("make them with `Ctx::indices` or `Tensor::to_i64`")
            );
        }
        if other.shape().len() != 1 {
            let message = format!(
                "`{}` wants a vector of labels or indices, not {:?}",
                self.name,
                other.shape()
            );
            return Err(Error::new("shape-mismatch", message));
        }
        Ok(())
    }
}

pub(crate) fn tensor_of<'a>(name: &str, args: &Args<'a>, index: usize) -> Result<&'a HostTensor> {
    match args.tensors.as_slice().get(index) {
        Some(raw) => HostTensor::peek(raw).map_err(|e| e.context(format_args!("`{name}`"))),
        None => Err(missing(name, "tensor", index)),
    }
}

pub(crate) fn real_of(name: &str, args: &Args<'_>, index: usize) -> Result<f64> {
    args.reals
        .get(index)
        .copied()
        .ok_or_else(|| missing(name, "real", index))
}

pub(crate) fn int_of(name: &str, args: &Args<'_>, index: usize) -> Result<i64> {
    args.ints
        .get(index)
        .copied()
        .ok_or_else(|| missing(name, "integer", index))
}

/// A shape from integers; none may be negative.
pub(crate) fn dims_of(name: &str, ints: &[i64]) -> Result<crate::Dims> {
    let mut dims = [0; crate::dims::MAX_RANK];
    if ints.len() > dims.len() {
        let message = format!("`{name}`: shape {ints:?} has more than {} axes", dims.len());
        return Err(Error::new("shape-mismatch", message));
    }
    for (to, from) in dims.iter_mut().zip(ints) {
        *to = usize::try_from(*from).map_err(|_| {
            Error::new(
                "bad-args",
                format!("`{name}`: shape {ints:?} has a negative length"),
            )
        })?;
    }
    let dims = &dims[..ints.len()];
    if dims
        .iter()
        .try_fold(1_usize, |n, d| n.checked_mul(*d))
        .is_none_or(|n| n > isize::MAX as usize / 8)
    {
        return Err(Error::new(
            "bad-args",
            format!("`{name}`: shape {ints:?} is larger than memory can be"),
        ));
    }
    crate::Dims::new(dims)
}

pub(crate) fn not_real(name: &str, found: DType) -> Error {
    Error::new(
        "dtype",
        format!("`{name}` of {}: only real tensors can be used", found.as_str()),
    )
    .with_hint("cast it with `to_f32` or `to_f64`, whichever the run's type is")
}

fn missing(name: &str, kind: &str, index: usize) -> Error {
    Error::new("bad-args", format!("`{name}`: {kind} operand {index} is missing"))
        .with_hint("this is a defect of the plugin's raw call; the methods of `Tensor` give all operands")
}
