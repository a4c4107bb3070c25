//! Pseudo-derivatives of the spike function.

use super::compose;
use super::number::{Float, by_real};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{contiguous, elements, room, tensor_of};
use crate::Session;
use candle_core::Tensor;
use neurotrain_kernels::surrogate;
use neurotrain_plugin_api::{Error, Result, Surrogate};

/// The derivative `text` at `self - r0`, with parameters `r1..`.
pub(crate) fn pseudo_derivative(call: &Call<'_>) -> Result<Results> {
    call.expect_reals(&[])?;
    let threshold = call.real(0)?;
    let (kind, parameters) = (call.args.text.as_str(), &call.args.reals.as_slice()[1..]);
    let Some(kernel) = Surrogate::from_parts(kind, parameters)
        .as_ref()
        .and_then(kernel_of)
    else {
        let message = format!(
            "`{}`: no derivative `{kind}` with {} parameters",
            call.name,
            parameters.len()
        );
        return Err(Error::new("unsupported", message).with_hint(
            "kinds: fast_sigmoid, sigmoid, atan, boxcar (1 parameter), triangular (2), tanh (0)",
        ));
    };
    let a = call.view()?;
    results::computed(
        call,
        &[&a],
        || by_real!(call.name, a.dtype(), R => evaluate::<R>(call.session(), kernel, &a, threshold)),
        || compose::pseudo_derivative(kernel, &a, threshold),
    )
}

/// The kernels' form; `None` for a kind that this host does not have.
pub(crate) fn kernel_of(kind: &Surrogate) -> Option<surrogate::Surrogate> {
    use surrogate::Surrogate as Kernel;
    Some(match *kind {
        Surrogate::FastSigmoid { slope } => Kernel::FastSigmoid { slope },
        Surrogate::Sigmoid { slope } => Kernel::Sigmoid { slope },
        Surrogate::Atan { scale } => Kernel::Atan { scale },
        Surrogate::Triangular { scale, width } => Kernel::Triangular { scale, width },
        Surrogate::Tanh => Kernel::Tanh,
        Surrogate::Boxcar { half_width } => Kernel::Boxcar { half_width },
        _ => return None,
    })
}

fn evaluate<R: Float>(
    session: &Session,
    kernel: surrogate::Surrogate,
    a: &Tensor,
    threshold: f64,
) -> Result<Tensor> {
    let dense = contiguous(a)?;
    let lock = elements(&dense);
    let membrane = lock.slice::<R>()?;
    let mut out = room(session, membrane.len())?;
    surrogate::derivative(kernel, membrane, R::of(threshold), &mut out);
    tensor_of(out, a.dims())
}
