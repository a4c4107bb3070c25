//! Element-wise operations on one tensor.

use super::compose;
use super::number::{Float, Number, by_number, by_real, one_if};
use super::operands::{Call, not_real};
use super::results::{self, Results};
use super::storage::{self, elements, tensor_of};
use super::walk::{Run, Walk, run1};
use crate::Session;
use crate::columns::turned;
use candle_core::{DType, Tensor};
use neurotrain_kernels::parallel::chunks_mut;
use neurotrain_kernels::{Events, Real};
use neurotrain_plugin_api::Result;

/// Which operation, with its constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unary {
    Signed(Signed),
    Affine { scale: f64, shift: f64 },
    Exp,
    Log,
    Sqrt,
    Sigmoid,
    Tanh,
    Clamp { low: f64, high: f64 },
    Power { exponent: f64 },
    Floor,
    Greater { bound: f64 },
    GreaterEqual { bound: f64 },
    NanTo { nan: f64, positive: f64, negative: f64 },
}

/// The operations that whole numbers have too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Signed {
    Neg,
    Abs,
    Relu,
    Sign,
}

pub(crate) fn unary(call: &Call<'_>, op: Unary) -> Result<Results> {
    if let Unary::Affine { scale, shift } = op
        && let Some(events) = call.receiver.event_index()
        && call.session().device().is_cpu()
    {
        let dims = call.receiver.shape();
        let made = by_real!(call.name, call.receiver.dtype(), R => {
            affine_of_events::<R>(call.session(), &events, scale, shift, dims)
        })?;
        return Ok(results::one(results::fresh(call.session(), made)));
    }
    let a = call.view()?;
    let whole_numbers = matches!(op, Unary::Signed(_)) && a.dtype() == DType::I64;
    if !whole_numbers && !super::number::is_real(a.dtype()) {
        return Err(not_real(call.name, a.dtype()));
    }
    results::computed(
        call,
        &[&a],
        || match op {
            Unary::Signed(op) => by_number!(call.name, a.dtype(), N => signed::<N>(call.session(), op, &a)),
            _ => by_real!(call.name, a.dtype(), R => kernel::<R>(call.session(), op, &a)),
        },
        || compose::unary(op, &a),
    )
}

fn signed<N: Number>(session: &Session, op: Signed, a: &Tensor) -> Result<Tensor> {
    match op {
        Signed::Neg => map::<N>(session, a, N::negated),
        Signed::Abs => map::<N>(session, a, N::magnitude),
        Signed::Relu => map::<N>(session, a, |x| x.larger(N::NOUGHT)),
        Signed::Sign => map::<N>(session, a, N::signum_or_zero),
    }
}

fn kernel<R: Float>(session: &Session, op: Unary, a: &Tensor) -> Result<Tensor> {
    let r = R::of;
    match op {
        Unary::Signed(op) => signed::<R>(session, op, a),
        Unary::Affine { scale, shift } => {
            let (scale, shift) = (r(scale), r(shift));
            map::<R>(session, a, |x| scale * x + shift)
        }
        Unary::Exp => map::<R>(session, a, Real::exp),
        Unary::Log => map::<R>(session, a, Real::ln),
        Unary::Sqrt => map::<R>(session, a, Real::sqrt),
        Unary::Sigmoid => map::<R>(session, a, |x| R::UNIT / (R::UNIT + Real::exp(-x))),
        Unary::Tanh => map::<R>(session, a, Real::tanh),
        Unary::Clamp { low, high } => {
            let (low, high) = (r(low), r(high));
            map::<R>(session, a, |x| x.larger(low).smaller(high))
        }
        Unary::Power { exponent } => {
            let exponent = r(exponent);
            map::<R>(session, a, |x| x.power(exponent))
        }
        Unary::Floor => map::<R>(session, a, Float::round_down),
        Unary::Greater { bound } => {
            let bound = r(bound);
            map::<R>(session, a, |x| one_if(x > bound))
        }
        Unary::GreaterEqual { bound } => {
            let bound = r(bound);
            map::<R>(session, a, |x| one_if(x >= bound))
        }
        Unary::NanTo {
            nan,
            positive,
            negative,
        } => {
            let (nan, positive, negative) = (r(nan), r(positive), r(negative));
            map::<R>(session, a, |x| match x {
                x if Number::is_nan(x) => nan,
                x if x.is_finite() => x,
                x if x > R::NOUGHT => positive,
                _ => negative,
            })
        }
    }
}

/// Without the zeros and ones in between.
fn affine_of_events<R: Float>(
    session: &Session,
    events: &Events,
    scale: f64,
    shift: f64,
    dims: &[usize],
) -> Result<Tensor> {
    const TASK: usize = 1 << 14;
    // As the dense kernel has them, also where the factor is no number.
    let [silent, fired] = [R::NOUGHT, R::UNIT].map(|x| R::of(scale) * x + R::of(shift));
    let mut out = storage::room::<R>(session, events.rows * events.cols)?;
    let (cols, work) = (events.cols.max(1), out.len());
    chunks_mut(&mut out, (TASK / cols).max(1) * cols, work, |first, part| {
        part.fill(silent);
        for (k, row) in part.chunks_exact_mut(cols).enumerate() {
            for col in events.row(first / cols + k) {
                row[*col as usize] = fired;
            }
        }
    });
    tensor_of(out, dims)
}

fn map<N: Number>(session: &Session, a: &Tensor, f: impl Fn(N) -> N + Sync) -> Result<Tensor> {
    // What lies column by column stays so.
    match turned(a) {
        Some(turned) if !a.is_contiguous() => map_straight(session, &turned, f)?.t().map_err(storage::candle),
        _ => map_straight(session, a, f),
    }
}

fn map_straight<N: Number>(session: &Session, a: &Tensor, f: impl Fn(N) -> N + Sync) -> Result<Tensor> {
    let dims = a.dims();
    let a = elements(a);
    let walk = Walk::new(dims, [a.layout()]);
    let a = a.all::<N>()?;
    let count = dims.iter().product();
    if let Some(Run { at: [i], step: [1] }) = walk.single(count) {
        return tensor_of(a[i..i + count].iter().map(|x| f(*x)).collect(), dims);
    }
    let mut out = storage::room::<N>(session, count)?;
    walk.fill(&mut out, |part, run| run1(part, run, a, &f));
    tensor_of(out, dims)
}
