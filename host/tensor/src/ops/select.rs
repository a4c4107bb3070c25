//! Choice between two tensors by a third.

use super::compose;
use super::number::{Number, by_number};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{self, elements, tensor_of};
use super::walk::{Walk, broadcast, run3};
use crate::Session;
use candle_core::Tensor;
use neurotrain_plugin_api::{Error, Result};

/// `t0` where the receiver is not 0, else `t1`; all three broadcast.
pub(crate) fn choose(call: &Call<'_>) -> Result<Results> {
    let (yes, no) = (call.tensor(0)?, call.tensor(1)?);
    if yes.dtype() != no.dtype() {
        let (a, b) = (yes.dtype().as_str(), no.dtype().as_str());
        let message = format!("`{}`: the choices are {a} and {b}", call.name);
        return Err(Error::new("dtype", message).with_hint("cast one of them"));
    }
    let Some(dims) = broadcast(yes.shape(), no.shape()) else {
        return Err(call.mismatch(no, "the shapes of the two choices do not broadcast to each other"));
    };
    let Some(dims) = broadcast(call.receiver.shape(), &dims) else {
        return Err(call.mismatch(
            yes,
            "the shapes of condition and choices do not broadcast to each other",
        ));
    };
    let (mut a, b, c) = (call.view()?, call.view_of(yes)?, call.view_of(no)?);
    if a.dtype() != b.dtype() {
        // Comparisons of labels choose between reals.
        a.tensor = a.tensor.detach().to_dtype(b.dtype()).map_err(storage::candle)?;
    }
    results::computed(
        call,
        &[&a, &b, &c],
        || by_number!(call.name, b.dtype(), N => kernel::<N>(call.session(), &a, &b, &c, &dims)),
        || compose::choose(&a, &b, &c, &dims),
    )
}

fn kernel<N: Number>(
    session: &Session,
    a: &Tensor,
    b: &Tensor,
    c: &Tensor,
    dims: &[usize],
) -> Result<Tensor> {
    let (a, b, c) = (elements(a), elements(b), elements(c));
    let walk = Walk::new(dims, [a.layout(), b.layout(), c.layout()]);
    let (a, b, c) = (a.all::<N>()?, b.all::<N>()?, c.all::<N>()?);
    let mut out = storage::room::<N>(session, dims.iter().product())?;
    walk.fill(&mut out, |part, run| {
        run3(part, run, a, b, c, |x, y, z| if x != N::NOUGHT { y } else { z })
    });
    tensor_of(out, dims)
}
