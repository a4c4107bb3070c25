//! Binary element-wise operations with broadcasting.

use super::number::{Number, by_number, one_if};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{elements, tensor_of};
use super::walk::{Run, Walk, broadcast, run2};
use super::{compose, storage};
use crate::Session;
use candle_core::{DType, Tensor};
use neurotrain_plugin_api::Result;

/// Which operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Maximum,
    Minimum,
    Greater,
    GreaterEqual,
    Equal,
}

pub(crate) fn binary(call: &Call<'_>, op: Binary) -> Result<Results> {
    let other = call.tensor(0)?;
    call.expect_same_types(&[other])?;
    let Some(dims) = broadcast(call.receiver.shape(), other.shape()) else {
        return Err(call.mismatch(other, "the shapes do not broadcast to each other"));
    };
    let (a, b) = (call.view()?, call.view_of(other)?);
    if op == Binary::Div && a.dtype() == DType::I64 && has_zero(&b)? {
        return Err(call.bad_args("whole numbers cannot be divided by zero"));
    }
    results::computed(
        call,
        &[&a, &b],
        || by_number!(call.name, a.dtype(), N => kernel::<N>(call.session(), op, &a, &b, &dims)),
        || compose::binary(op, &a, &b),
    )
}

fn kernel<N: Number>(
    session: &Session,
    op: Binary,
    a: &Tensor,
    b: &Tensor,
    dims: &[usize],
) -> Result<Tensor> {
    let to = (session, dims);
    match op {
        Binary::Add => zip::<N>(to, a, b, N::plus),
        Binary::Sub => zip::<N>(to, a, b, N::minus),
        Binary::Mul => zip::<N>(to, a, b, N::times),
        Binary::Div => zip::<N>(to, a, b, N::over),
        Binary::Maximum => zip::<N>(to, a, b, N::larger),
        Binary::Minimum => zip::<N>(to, a, b, N::smaller),
        Binary::Greater => zip::<N>(to, a, b, |x, y| one_if(x > y)),
        Binary::GreaterEqual => zip::<N>(to, a, b, |x, y| one_if(x >= y)),
        Binary::Equal => zip::<N>(to, a, b, |x, y| one_if(x == y)),
    }
}

fn zip<N: Number>(
    (session, dims): (&Session, &[usize]),
    a: &Tensor,
    b: &Tensor,
    f: impl Fn(N, N) -> N + Sync,
) -> Result<Tensor> {
    let (a, b) = (elements(a), elements(b));
    let walk = Walk::new(dims, [a.layout(), b.layout()]);
    let (a, b) = (a.all::<N>()?, b.all::<N>()?);
    let count = dims.iter().product();
    if let Some(Run {
        at: [i, j],
        step: [1, 1],
    }) = walk.single(count)
    {
        let pairs = a[i..i + count].iter().zip(&b[j..j + count]);
        return tensor_of(pairs.map(|(x, y)| f(*x, *y)).collect(), dims);
    }
    let mut out = storage::room::<N>(session, count)?;
    walk.fill(&mut out, |part, run| run2(part, run, a, b, &f));
    tensor_of(out, dims)
}

fn has_zero(divisor: &Tensor) -> Result<bool> {
    let divisor = divisor
        .to_device(&candle_core::Device::Cpu)
        .map_err(storage::candle)?;
    let divisor = storage::contiguous(&divisor)?;
    let zero = elements(&divisor).slice::<i64>()?.contains(&0);
    Ok(zero)
}
