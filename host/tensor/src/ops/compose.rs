//! The operations as compositions of candle's own: the path of other devices and of automatic differentiation, and
//! what the kernels are tested against.

use super::arith::Binary;
use super::pointwise::{Signed, Unary};
use candle_core::{D, DType, Result, Tensor};
use neurotrain_kernels::surrogate::Surrogate;

pub(crate) fn binary(op: Binary, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    match op {
        Binary::Add => a.broadcast_add(b),
        Binary::Sub => a.broadcast_sub(b),
        Binary::Mul => a.broadcast_mul(b),
        Binary::Div => a.broadcast_div(b),
        Binary::Maximum => a.broadcast_maximum(b),
        Binary::Minimum => a.broadcast_minimum(b),
        Binary::Greater => a.broadcast_gt(b)?.to_dtype(a.dtype()),
        Binary::GreaterEqual => a.broadcast_ge(b)?.to_dtype(a.dtype()),
        Binary::Equal => a.broadcast_eq(b)?.to_dtype(a.dtype()),
    }
}

pub(crate) fn unary(op: Unary, a: &Tensor) -> Result<Tensor> {
    match op {
        Unary::Affine { scale, shift } => a.affine(scale, shift),
        Unary::Signed(Signed::Neg) => a.neg(),
        Unary::Exp => a.exp(),
        Unary::Log => a.log(),
        Unary::Sqrt => a.sqrt(),
        Unary::Signed(Signed::Abs) => a.abs(),
        Unary::Signed(Signed::Relu) => a.relu(),
        Unary::Sigmoid => candle_nn::ops::sigmoid(a),
        Unary::Tanh => a.tanh(),
        Unary::Signed(Signed::Sign) => a.sign(),
        Unary::Clamp { low, high } => a.clamp(low, high),
        Unary::Power { exponent } => a.powf(exponent),
        Unary::Floor => a.floor(),
        Unary::Greater { bound } => a.gt(bound)?.to_dtype(a.dtype()),
        Unary::GreaterEqual { bound } => a.ge(bound)?.to_dtype(a.dtype()),
        Unary::NanTo {
            nan,
            positive,
            negative,
        } => {
            let with = |value: f64| Tensor::full(value, a.shape(), a.device())?.to_dtype(a.dtype());
            let known = a.eq(a)?.where_cond(a, &with(nan)?)?;
            let finite = known
                .gt(f64::NEG_INFINITY)?
                .where_cond(&known, &with(negative)?)?;
            finite.lt(f64::INFINITY)?.where_cond(&finite, &with(positive)?)
        }
    }
}

pub(crate) fn choose(condition: &Tensor, yes: &Tensor, no: &Tensor, dims: &[usize]) -> Result<Tensor> {
    let mask = condition.ne(&condition.zeros_like()?)?;
    mask.broadcast_as(dims)?.contiguous()?.where_cond(
        &yes.broadcast_as(dims)?.contiguous()?,
        &no.broadcast_as(dims)?.contiguous()?,
    )
}

pub(crate) fn add_product(x: &Tensor, a: &Tensor, b: &Tensor, factor: f64) -> Result<Tensor> {
    x.broadcast_add(&a.broadcast_mul(b)?.affine(factor, 0.0)?)
}

pub(crate) fn sum(a: &Tensor, axes: &[usize]) -> Result<Tensor> {
    a.sum(axes)
}

pub(crate) fn mean(a: &Tensor, axes: &[usize], count: usize) -> Result<Tensor> {
    a.sum(axes)?.affine(1.0 / count as f64, 0.0)
}

pub(crate) fn count_nonzero(a: &Tensor) -> Result<f64> {
    let ones = a.ne(&a.zeros_like()?)?.to_dtype(DType::F32)?;
    // Row sums stay exact in single precision; their total is formed in double.
    let rows: Vec<f32> = ones.flatten_all()?.unsqueeze(0)?.sum(1)?.to_vec1()?;
    Ok(rows.into_iter().map(f64::from).sum())
}

pub(crate) fn norm(a: &Tensor) -> Result<Tensor> {
    a.sqr()?.sum_all()?.sqrt()
}

pub(crate) fn softmax(a: &Tensor, axis: usize) -> Result<Tensor> {
    candle_nn::ops::softmax(a, axis)
}

pub(crate) fn log_softmax(a: &Tensor, axis: usize) -> Result<Tensor> {
    candle_nn::ops::log_softmax(a, axis)
}

pub(crate) fn matmul(a: &Tensor, b: &Tensor, turn_left: bool, turn_right: bool) -> Result<Tensor> {
    let a = if turn_left { a.t()? } else { a.clone() };
    let b = if turn_right { b.t()? } else { b.clone() };
    let (rows, inner, cols) = (a.dim(D::Minus2)?, a.dim(D::Minus1)?, b.dim(D::Minus1)?);
    if b.rank() == 2 && a.rank() > 2 {
        // One product over all leading axes.
        let lead: usize = a.dims()[..a.rank() - 1].iter().product();
        let mut dims = a.dims().to_vec();
        dims[a.rank() - 1] = cols;
        return matrix_product(&a.reshape((lead, inner))?, &b)?.reshape(dims);
    }
    if a.rank() == 2 && b.rank() == 2 {
        return matrix_product(&a, &b);
    }
    if a.elem_count() == 0 || b.elem_count() == 0 || inner == 0 {
        let lead =
            super::walk::broadcast(&a.dims()[..a.rank() - 2], &b.dims()[..b.rank() - 2]).unwrap_or_default();
        let dims: Vec<usize> = lead.iter().copied().chain([rows, cols]).collect();
        return Tensor::zeros(dims, a.dtype(), a.device());
    }
    a.contiguous()?.broadcast_matmul(&b.contiguous()?)
}

fn matrix_product(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.elem_count() == 0 || b.elem_count() == 0 {
        return Tensor::zeros((a.dim(0)?, b.dim(1)?), a.dtype(), a.device());
    }
    // candle takes a matrix and its transpose as they are, but not every other view.
    let regular = |t: &Tensor| t.is_contiguous() || t.t().is_ok_and(|t| t.is_contiguous());
    let a = if regular(a) { a.clone() } else { a.contiguous()? };
    let b = if regular(b) { b.clone() } else { b.contiguous()? };
    a.matmul(&b)
}

pub(crate) fn outer_sum(post: &Tensor, pre: &Tensor, rows: usize) -> Result<Tensor> {
    let last = |t: &Tensor| t.dims().last().copied().unwrap_or(1);
    let (post, pre) = (post.reshape((rows, last(post)))?, pre.reshape((rows, last(pre)))?);
    matrix_product(&post.t()?, &pre)
}

fn one_hot(labels: &Tensor, like: &Tensor) -> Result<Tensor> {
    let classes = like.dim(D::Minus1)?;
    let codes = Tensor::arange(0_i64, classes as i64, like.device())?;
    labels
        .unsqueeze(1)?
        .broadcast_eq(&codes.unsqueeze(0)?)?
        .to_dtype(like.dtype())
}

pub(crate) fn minus_one_hot(a: &Tensor, labels: &Tensor, factor: f64) -> Result<Tensor> {
    a.broadcast_sub(&one_hot(labels, a)?)?.affine(factor, 0.0)
}

pub(crate) fn softmax_minus_one_hot(a: &Tensor, labels: &Tensor, factor: f64) -> Result<Tensor> {
    minus_one_hot(&candle_nn::ops::softmax(a, D::Minus1)?, labels, factor)
}

pub(crate) fn cross_entropy(a: &Tensor, labels: &Tensor) -> Result<Tensor> {
    let rows: usize = a.dims()[..a.rank() - 1].iter().product();
    let chosen = candle_nn::ops::log_softmax(a, D::Minus1)?.broadcast_mul(&one_hot(labels, a)?)?;
    chosen.sum_all()?.affine(-1.0 / rows as f64, 0.0)
}

pub(crate) fn gather_rows(table: &Tensor, labels: &Tensor, factor: f64) -> Result<Tensor> {
    table
        .contiguous()?
        .index_select(&labels.contiguous()?, 0)?
        .affine(factor, 0.0)
}

pub(crate) fn trace(a: &Tensor, x: &Tensor, decay: f64, factor: f64) -> Result<Tensor> {
    a.affine(decay, 0.0)?.broadcast_add(&x.affine(factor, 0.0)?)
}

pub(crate) fn lif_step(
    u: &Tensor,
    current: &Tensor,
    reset: &Tensor,
    decay: f64,
    threshold: f64,
    inclusive: bool,
) -> Result<(Tensor, Tensor)> {
    let membrane = u
        .affine(decay, 0.0)?
        .add(current)?
        .sub(&reset.affine(threshold, 0.0)?)?;
    let spikes = if inclusive {
        membrane.ge(threshold)?
    } else {
        membrane.gt(threshold)?
    };
    let spikes = spikes.to_dtype(membrane.dtype())?;
    Ok((membrane, spikes))
}

pub(crate) fn pseudo_derivative(kind: Surrogate, membrane: &Tensor, threshold: f64) -> Result<Tensor> {
    let x = membrane.affine(1.0, -threshold)?;
    match kind {
        Surrogate::FastSigmoid { slope } => x.abs()?.affine(slope, 1.0)?.sqr()?.recip(),
        Surrogate::Sigmoid { slope } => {
            let e = x.abs()?.affine(-slope.abs(), 0.0)?.exp()?;
            e.div(&e.affine(1.0, 1.0)?.sqr()?)?.affine(slope, 0.0)
        }
        Surrogate::Atan { scale } => x
            .affine(std::f64::consts::PI, 0.0)?
            .sqr()?
            .affine(1.0, 1.0)?
            .recip()?
            .affine(scale, 0.0),
        Surrogate::Triangular { scale, width } => x
            .affine(1.0 / width, 0.0)?
            .abs()?
            .affine(-1.0, 1.0)?
            .relu()?
            .affine(scale, 0.0),
        Surrogate::Tanh => x.tanh()?.sqr()?.affine(-1.0, 1.0),
        Surrogate::Boxcar { half_width } => x.abs()?.le(half_width)?.to_dtype(x.dtype()),
    }
}

pub(crate) fn scan_decay(x: &Tensor, decay: f64, reverse: bool) -> Result<Tensor> {
    scan(x, reverse, |_, before| before.affine(decay, 0.0))
}

pub(crate) fn scan_gain(x: &Tensor, gain: &Tensor, reverse: bool) -> Result<Tensor> {
    scan(x, reverse, |t, before| {
        gain.get(if reverse { t + 1 } else { t })?.mul(before)
    })
}

/// `y_t = carry(t, y before t) + x_t`.
fn scan(x: &Tensor, reverse: bool, carry: impl Fn(usize, &Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let steps = x.dim(0)?;
    if steps == 0 {
        return Ok(x.clone());
    }
    let mut made: Vec<Tensor> = Vec::with_capacity(steps);
    for k in 0..steps {
        let t = if reverse { steps - 1 - k } else { k };
        let now = x.get(t)?;
        made.push(match made.last() {
            Some(before) => carry(t, before)?.add(&now)?,
            None => now,
        });
    }
    if reverse {
        made.reverse();
    }
    Tensor::stack(&made, 0)
}
