//! The operations of [`Tensor`].

use crate::abi::{dtype, ops};
use crate::{Result, Surrogate, Tensor};

/// Element-wise operations; binary ones broadcast.
impl Tensor {
    /// `self + other`.
    pub fn add(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::ADD, &[other], &[], &[], "")
    }
    /// `self - other`.
    pub fn sub(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::SUB, &[other], &[], &[], "")
    }
    /// `self * other`.
    pub fn mul(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::MUL, &[other], &[], &[], "")
    }
    /// `self / other`.
    pub fn div(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::DIV, &[other], &[], &[], "")
    }
    /// Element-wise maximum.
    pub fn maximum(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::MAXIMUM, &[other], &[], &[], "")
    }
    /// Element-wise minimum.
    pub fn minimum(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::MINIMUM, &[other], &[], &[], "")
    }
    /// `scale * self + shift`.
    pub fn affine(&self, scale: f64, shift: f64) -> Result<Tensor> {
        self.op(ops::AFFINE, &[], &[scale, shift], &[], "")
    }
    /// `factor * self`.
    pub fn scale(&self, factor: f64) -> Result<Tensor> {
        self.affine(factor, 0.0)
    }
    /// `-self`.
    pub fn neg(&self) -> Result<Tensor> {
        self.op(ops::NEG, &[], &[], &[], "")
    }
    /// Exponential.
    pub fn exp(&self) -> Result<Tensor> {
        self.op(ops::EXP, &[], &[], &[], "")
    }
    /// Natural logarithm.
    pub fn log(&self) -> Result<Tensor> {
        self.op(ops::LOG, &[], &[], &[], "")
    }
    /// Square root.
    pub fn sqrt(&self) -> Result<Tensor> {
        self.op(ops::SQRT, &[], &[], &[], "")
    }
    /// Absolute value.
    pub fn abs(&self) -> Result<Tensor> {
        self.op(ops::ABS, &[], &[], &[], "")
    }
    /// `max(self, 0)`.
    pub fn relu(&self) -> Result<Tensor> {
        self.op(ops::RELU, &[], &[], &[], "")
    }
    /// Logistic function.
    pub fn sigmoid(&self) -> Result<Tensor> {
        self.op(ops::SIGMOID, &[], &[], &[], "")
    }
    /// Hyperbolic tangent.
    pub fn tanh(&self) -> Result<Tensor> {
        self.op(ops::TANH, &[], &[], &[], "")
    }
    /// Sign: -1, 0 or 1.
    pub fn sign(&self) -> Result<Tensor> {
        self.op(ops::SIGN, &[], &[], &[], "")
    }
    /// Largest whole number not above.
    pub fn floor(&self) -> Result<Tensor> {
        self.op(ops::FLOOR, &[], &[], &[], "")
    }
    /// Clamped to `[low, high]`.
    pub fn clamp(&self, low: f64, high: f64) -> Result<Tensor> {
        self.op(ops::CLAMP, &[], &[low, high], &[], "")
    }
    /// `self ^ exponent`.
    pub fn powf(&self, exponent: f64) -> Result<Tensor> {
        self.op(ops::POWF, &[], &[exponent], &[], "")
    }
    /// 1 where `self > other`, else 0.
    pub fn gt(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::GT, &[other], &[], &[], "")
    }
    /// 1 where `self >= other`, else 0.
    pub fn ge(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::GE, &[other], &[], &[], "")
    }
    /// 1 where equal, else 0.
    pub fn eq(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::EQ, &[other], &[], &[], "")
    }
    /// 1 where `self > value`, else 0.
    pub fn gt_scalar(&self, value: f64) -> Result<Tensor> {
        self.op(ops::GT_SCALAR, &[], &[value], &[], "")
    }
    /// 1 where `self >= value`, else 0.
    pub fn ge_scalar(&self, value: f64) -> Result<Tensor> {
        self.op(ops::GE_SCALAR, &[], &[value], &[], "")
    }
    /// `yes` where self is non-zero, else `no`.
    pub fn select_where(&self, yes: &Tensor, no: &Tensor) -> Result<Tensor> {
        self.op(ops::WHERE, &[yes, no], &[], &[], "")
    }
    /// NaN becomes `nan`, infinities `pos` and `neg`.
    pub fn nan_to_num(&self, nan: f64, pos: f64, neg: f64) -> Result<Tensor> {
        self.op(ops::NAN_TO_NUM, &[], &[nan, pos, neg], &[], "")
    }
}

/// Shapes.
impl Tensor {
    /// The same elements in another shape.
    pub fn reshape(&self, shape: &[usize]) -> Result<Tensor> {
        self.op(ops::RESHAPE, &[], &[], &ints(shape), "")
    }
    /// Axes `a` and `b` exchanged.
    pub fn transpose(&self, a: i64, b: i64) -> Result<Tensor> {
        self.op(ops::TRANSPOSE, &[], &[], &[a, b], "")
    }
    /// `len` indices of `axis` from `start` on.
    pub fn narrow(&self, axis: i64, start: usize, len: usize) -> Result<Tensor> {
        self.op(ops::NARROW, &[], &[], &[axis, start as i64, len as i64], "")
    }
    /// Index `index` of `axis`, which disappears.
    pub fn select(&self, axis: i64, index: usize) -> Result<Tensor> {
        self.op(ops::SELECT, &[], &[], &[axis, index as i64], "")
    }
    /// Concatenation along `axis`.
    pub fn cat(parts: &[&Tensor], axis: i64) -> Result<Tensor> {
        match parts {
            [] => Err(crate::Error::new("shape-mismatch", "`cat` of no tensors")),
            [first, rest @ ..] => first.op(ops::CAT, rest, &[], &[axis], ""),
        }
    }
    /// Stacks tensors of one shape along a new `axis`.
    pub fn stack(parts: &[&Tensor], axis: i64) -> Result<Tensor> {
        match parts {
            [] => Err(crate::Error::new("shape-mismatch", "`stack` of no tensors")),
            [first, rest @ ..] => first.op(ops::STACK, rest, &[], &[axis], ""),
        }
    }
    /// Broadcast to `shape`.
    pub fn broadcast_to(&self, shape: &[usize]) -> Result<Tensor> {
        self.op(ops::BROADCAST_TO, &[], &[], &ints(shape), "")
    }
    /// The rows `index` (i64 `[k]`) of `axis`.
    pub fn index_select(&self, axis: i64, index: &Tensor) -> Result<Tensor> {
        self.op(ops::INDEX_SELECT, &[index], &[], &[axis], "")
    }
    /// With `source` added at the rows `index` of `axis`.
    pub fn index_add(&self, axis: i64, index: &Tensor, source: &Tensor) -> Result<Tensor> {
        self.op(ops::INDEX_ADD, &[index, source], &[], &[axis], "")
    }
    /// An independent dense copy.
    pub fn copy(&self) -> Result<Tensor> {
        self.op(ops::COPY, &[], &[], &[], "")
    }
    /// As 64-bit integers (truncated).
    pub fn to_i64(&self) -> Result<Tensor> {
        self.op(ops::CAST, &[], &[], &[i64::from(dtype::I64)], "")
    }
    /// As single precision.
    pub fn to_f32(&self) -> Result<Tensor> {
        self.op(ops::CAST, &[], &[], &[i64::from(dtype::F32)], "")
    }
    /// As double precision.
    pub fn to_f64(&self) -> Result<Tensor> {
        self.op(ops::CAST, &[], &[], &[i64::from(dtype::F64)], "")
    }
    /// Stored as events where binary.
    pub fn sparsify(&self) -> Result<Tensor> {
        self.op(ops::SPARSIFY, &[], &[], &[], "")
    }
}

/// Reductions and products.
impl Tensor {
    /// Sum over `axes` (all when empty).
    pub fn sum(&self, axes: &[i64]) -> Result<Tensor> {
        self.op(ops::SUM, &[], &[], axes, "")
    }
    /// Mean over `axes` (all when empty).
    pub fn mean(&self, axes: &[i64]) -> Result<Tensor> {
        self.op(ops::MEAN, &[], &[], axes, "")
    }
    /// Maximum along `axis`.
    pub fn max(&self, axis: i64) -> Result<Tensor> {
        self.op(ops::MAX, &[], &[], &[axis], "")
    }
    /// Minimum along `axis`.
    pub fn min(&self, axis: i64) -> Result<Tensor> {
        self.op(ops::MIN, &[], &[], &[axis], "")
    }
    /// Index of the first maximum along `axis`, i64.
    pub fn argmax(&self, axis: i64) -> Result<Tensor> {
        self.op(ops::ARGMAX, &[], &[], &[axis], "")
    }
    /// Matrix product over the last two axes.
    pub fn matmul(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::MATMUL, &[other], &[], &[0, 0], "")
    }
    /// `self otherᵀ`.
    pub fn matmul_transposed(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::MATMUL, &[other], &[], &[0, 1], "")
    }
    /// `selfᵀ other`.
    pub fn transposed_matmul(&self, other: &Tensor) -> Result<Tensor> {
        self.op(ops::MATMUL, &[other], &[], &[1, 0], "")
    }
    /// Softmax along `axis`.
    pub fn softmax(&self, axis: i64) -> Result<Tensor> {
        self.op(ops::SOFTMAX, &[], &[], &[axis], "")
    }
    /// Logarithm of the softmax along `axis`.
    pub fn log_softmax(&self, axis: i64) -> Result<Tensor> {
        self.op(ops::LOG_SOFTMAX, &[], &[], &[axis], "")
    }
    /// Number of non-zero elements.
    pub fn count_nonzero(&self) -> Result<f64> {
        self.op(ops::COUNT_NONZERO, &[], &[], &[], "")?.item()
    }
    /// Euclidean norm of all elements.
    pub fn norm(&self) -> Result<f64> {
        self.op(ops::NORM, &[], &[], &[], "")?.item()
    }
}

/// The vocabulary of learning rules.
impl Tensor {
    /// `factor * (self - one_hot(labels))` for scores `[.., C]` and i64 labels `[B]`.
    pub fn minus_one_hot(&self, labels: &Tensor, factor: f64) -> Result<Tensor> {
        self.op(ops::MINUS_ONE_HOT, &[labels], &[factor], &[], "")
    }
    /// `factor * (softmax(self) - one_hot(labels))`: the gradient of the cross-entropy.
    pub fn softmax_minus_one_hot(&self, labels: &Tensor, factor: f64) -> Result<Tensor> {
        self.op(ops::SOFTMAX_MINUS_ONE_HOT, &[labels], &[factor], &[], "")
    }
    /// Mean cross-entropy of logits `[.., C]` against labels `[B]`.
    pub fn cross_entropy(&self, labels: &Tensor) -> Result<f64> {
        self.op(ops::CROSS_ENTROPY, &[labels], &[], &[], "")?.item()
    }
    /// Rows of a table `[C, n]` by label, `[B, n]`: direct random target projection.
    pub fn gather_rows(&self, labels: &Tensor, factor: f64) -> Result<Tensor> {
        self.op(ops::GATHER_ROWS, &[labels], &[factor], &[], "")
    }
    /// In place `self <- decay * self + x`: a low-pass trace.
    pub fn trace(&self, decay: f64, x: &Tensor) -> Result<()> {
        self.op_unit(ops::TRACE, &[x], &[decay, 1.0], &[], "")
    }
    /// In place `self <- decay * self + factor * x`.
    pub fn trace_scaled(&self, decay: f64, factor: f64, x: &Tensor) -> Result<()> {
        self.op_unit(ops::TRACE, &[x], &[decay, factor], &[], "")
    }
    /// In place `self <- self + factor * x`.
    pub fn add_scaled(&self, factor: f64, x: &Tensor) -> Result<()> {
        self.op_unit(ops::ADD_SCALED, &[x], &[factor], &[], "")
    }
    /// In place `self <- x`.
    pub fn assign(&self, x: &Tensor) -> Result<()> {
        self.op_unit(ops::ASSIGN, &[x], &[], &[], "")
    }
    /// `self + factor * a * b`.
    pub fn add_product(&self, factor: f64, a: &Tensor, b: &Tensor) -> Result<Tensor> {
        self.op(ops::ADD_PRODUCT, &[a, b], &[factor], &[], "")
    }
    /// One step of the per-synapse trace `self [B, n, i]` and its use in a gradient, in one pass:
    /// `self <- decay * self + post preᵀ` for every sample (`post [B, n]`, `pre [B, i]`), then
    /// `gradient [n, i] += Σ_b signal self` (`signal [B, n]`).
    pub fn eligibility_step(
        &self,
        decay: f64,
        post: &Tensor,
        pre: &Tensor,
        signal: &Tensor,
        gradient: &Tensor,
    ) -> Result<()> {
        self.op_unit(
            ops::ELIGIBILITY_STEP,
            &[post, pre, signal, gradient],
            &[decay],
            &[0],
            "",
        )
    }
    /// As [`eligibility_step`](Tensor::eligibility_step) with a gain `[B, n]` in place of the decay.
    pub fn eligibility_step_gain(
        &self,
        gain: &Tensor,
        post: &Tensor,
        pre: &Tensor,
        signal: &Tensor,
        gradient: &Tensor,
    ) -> Result<()> {
        self.op_unit(
            ops::ELIGIBILITY_STEP,
            &[post, pre, signal, gradient, gain],
            &[],
            &[1],
            "",
        )
    }
    /// Pseudo-derivative at membrane `self` with threshold `threshold`.
    pub fn pseudo_derivative(&self, surrogate: &Surrogate, threshold: f64) -> Result<Tensor> {
        let mut reals = vec![threshold];
        reals.extend(surrogate.parameters());
        self.op(ops::PSEUDO_DERIVATIVE, &[], &reals, &[], surrogate.kind())
    }
    /// `selfᵀ pre` summed over all leading axes: post `[.., n]`, pre `[.., i]`, result `[n, i]`.
    pub fn outer_sum(&self, pre: &Tensor) -> Result<Tensor> {
        self.op(ops::OUTER_SUM, &[pre], &[], &[], "")
    }
    /// One LIF step with delayed subtractive reset on a free state: `(u', s)` from membrane `self`, the
    /// current and the previous spikes.
    pub fn lif_step(
        &self,
        current: &Tensor,
        previous_spikes: &Tensor,
        beta: f64,
        threshold: f64,
        inclusive: bool,
    ) -> Result<(Tensor, Tensor)> {
        let mut out = self.op_many(
            ops::LIF_STEP,
            &[current, previous_spikes],
            &[beta, threshold],
            &[i64::from(inclusive)],
            "",
        )?;
        match (out.pop(), out.pop()) {
            (Some(spikes), Some(membrane)) => Ok((membrane, spikes)),
            _ => Err(crate::tensor::missing_result(ops::LIF_STEP)),
        }
    }
    /// `y_t = decay * y_{t-1} + self_t` along axis 0.
    pub fn scan_decay(&self, decay: f64) -> Result<Tensor> {
        self.op(ops::SCAN_DECAY, &[], &[decay], &[0], "")
    }
    /// `y_t = decay * y_{t+1} + self_t` along axis 0.
    pub fn scan_decay_reverse(&self, decay: f64) -> Result<Tensor> {
        self.op(ops::SCAN_DECAY, &[], &[decay], &[1], "")
    }
    /// `y_t = gain_t * y_{t-1} + self_t` along axis 0.
    pub fn scan_gain(&self, gain: &Tensor) -> Result<Tensor> {
        self.op(ops::SCAN_GAIN, &[gain], &[], &[0], "")
    }
    /// `y_t = gain_{t+1} * y_{t+1} + self_t` along axis 0: the deferred adjoint scan.
    pub fn scan_gain_reverse(&self, gain: &Tensor) -> Result<Tensor> {
        self.op(ops::SCAN_GAIN, &[gain], &[], &[1], "")
    }
}

/// Automatic differentiation, for rules that want it.
impl Tensor {
    /// A leaf with these values that gradients can be asked of.
    pub fn variable(&self) -> Result<Tensor> {
        self.op(ops::VARIABLE, &[], &[], &[], "")
    }
    /// Gradients of this scalar with respect to `variables`. Element-wise, shape, reduction and matrix
    /// operations are differentiable; the SNN vocabulary is not.
    pub fn backward(&self, variables: &[&Tensor]) -> Result<Vec<Tensor>> {
        self.op_many(ops::BACKWARD, variables, &[], &[], "")
    }
    /// The values without history.
    pub fn detach(&self) -> Result<Tensor> {
        self.op(ops::DETACH, &[], &[], &[], "")
    }
}

pub(crate) fn ints(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|d| *d as i64).collect()
}
