//! Automatic differentiation on demand.

use super::operands::Call;
use super::results::{self, Results};
use super::storage;
use crate::Category;
use crate::HostTensor;
use crate::cell::variable as new_variable;
use crate::value::DenseView;
use abi_stable::std_types::RVec;
use candle_core::backprop::GradStore;
use neurotrain_plugin_api::{Error, Result};

/// Operations in a row that candle's recursive sweep may follow on the stack of the caller.
const DEPTH_ON_THIS_STACK: usize = 200;

/// Stack for longer ones, some 300,000 operations; only what is touched takes memory.
const STACK: usize = 256 << 20;

/// A leaf with the receiver's values.
pub(crate) fn variable(call: &Call<'_>) -> Result<Results> {
    call.expect_reals(&[])?;
    let leaf = new_variable(&*call.view()?)?;
    Ok(results::one(results::fresh(call.session(), leaf)))
}

/// Gradients of the scalar receiver with respect to the variables `t0, …`; zeros where it does not depend on one.
pub(crate) fn backward(call: &Call<'_>) -> Result<Results> {
    call.expect_reals(&[])?;
    if call.receiver.shape().count() != 1 {
        return Err(call.bad_shape("only a tensor with one element has a gradient; reduce it first"));
    }
    let loss = call.view()?;
    let mut variables = Vec::with_capacity(call.args.tensors.len());
    for index in 0..call.args.tensors.len() {
        let view = call.view_of(call.tensor(index)?)?;
        if !view.is_variable() {
            let why =
                format!("operand {index} is not a variable: make it one before it is used in the expression");
            return Err(call.bad_args(why));
        }
        variables.push(view);
    }
    let found = if loss.track_op() {
        Some(gradients_of(&loss)?)
    } else {
        None
    };
    let mut gradients = RVec::with_capacity(variables.len());
    for variable in &variables {
        let gradient = match found.as_ref().and_then(|g| g.get(variable)) {
            Some(gradient) => gradient.detach().force_contiguous(),
            None => variable.zeros_like(),
        };
        gradients.push(results::fresh(call.session(), gradient.map_err(storage::candle)?).into_raw());
    }
    Ok(gradients)
}

/// All gradients of a scalar.
fn gradients_of(loss: &DenseView) -> Result<GradStore> {
    if loss.depth() <= DEPTH_ON_THIS_STACK {
        return loss.backward().map_err(storage::candle);
    }
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new()
            .name("gradients".to_owned())
            .stack_size(STACK);
        let thread = builder.spawn_scoped(scope, || loss.backward())?;
        match thread.join() {
            Ok(found) => found.map_err(storage::candle),
            Err(_) => Err(Error::new("host-fault", "the computation of gradients panicked")),
        }
    })
}

/// The values without history.
pub(crate) fn detach(call: &Call<'_>) -> Result<Results> {
    if call.receiver.event_index().is_some() {
        return Ok(results::one(results::unchanged(call)?));
    }
    let view = call.view()?.detached();
    Ok(results::one(HostTensor::from_view(
        call.session(),
        view,
        Category::RuleState,
    )))
}
