//! A network of one real type behind its lock.

use crate::graph::{Layer, Plan};
use crate::scalar::{Held, Scalar};
use crate::state::State;
use neurotrain_plugin_api::abi::RawModelBox;
use neurotrain_plugin_api::{Error, LayerInfo, Result};
use neurotrain_tensor::{Category, Session};
use std::sync::{Arc, Mutex, PoisonError};

/// Plan and state of a network.
pub(crate) struct Core<R> {
    plan: Arc<Plan>,
    session: Arc<Session>,
    model: Option<Arc<RawModelBox>>,
    /// Taken out while a call works on it, so that the lock is never held while foreign code runs.
    state: Mutex<Option<State<R>>>,
}

impl<R: Scalar> Core<R> {
    pub(crate) fn new(
        session: &Arc<Session>,
        plan: Arc<Plan>,
        model: Option<Arc<RawModelBox>>,
    ) -> Result<Self> {
        let state = State::new(session, &plan)?;
        Ok(Core {
            plan,
            session: session.clone(),
            model,
            state: Mutex::new(Some(state)),
        })
    }

    /// Runs `body` on the state.
    ///
    /// # Errors
    /// `borrowed` while another call works on the network, from another thread or from inside a node of a plugin's own.
    pub(crate) fn work<T>(&self, body: impl FnOnce(&mut Work<'_, R>) -> Result<T>) -> Result<T> {
        let state = self.slot().take().ok_or_else(|| {
            Error::new("borrowed", "the network is in use by another call")
                .with_hint("use a network from one thread at a time, and not from inside its own nodes")
        })?;
        let mut taken = Taken {
            core: self,
            state: Some(state),
        };
        match &mut taken.state {
            Some(state) => body(&mut Work {
                plan: &self.plan,
                session: &self.session,
                model: self.model.as_deref(),
                state,
                repeat: 1,
            }),
            None => Err(Error::new("host-fault", "the network lost its state")),
        }
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<State<R>>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the state back, also when the call panics.
struct Taken<'a, R: Scalar> {
    core: &'a Core<R>,
    state: Option<State<R>>,
}

impl<R: Scalar> Drop for Taken<'_, R> {
    fn drop(&mut self) {
        *self.core.slot() = self.state.take();
    }
}

/// A network during one call.
pub(crate) struct Work<'a, R> {
    pub(crate) plan: &'a Plan,
    pub(crate) session: &'a Arc<Session>,
    pub(crate) model: Option<&'a RawModelBox>,
    pub(crate) state: &'a mut State<R>,
    /// How many equal steps one counted product stands for.
    pub(crate) repeat: usize,
}

impl<'a, R: Scalar> Work<'a, R> {
    /// Layer `index`, as nodes and as rules see it.
    pub(crate) fn layer(&self, name: &str, index: usize) -> Result<(&'a Layer, &'a LayerInfo)> {
        match (self.plan.layers.get(index), self.plan.info.layers.get(index)) {
            (Some(layer), Some(info)) => Ok((layer, info)),
            _ => {
                let count = self.plan.layers.len();
                Err(Error::new(
                    "bad-operand",
                    format!("`{name}`: layer {index} of {count} does not exist"),
                ))
            }
        }
    }

    /// Counts the bytes of `values` as scratch until the guard is dropped.
    pub(crate) fn scratch<T>(&self, values: &[T]) -> Held<()> {
        Held::scratch(self.session, size_of_val(values))
    }

    /// What tensors that are made now are metered as: state of the step, or activations kept of a sequence.
    pub(crate) fn category(&self, lead: &[usize]) -> Category {
        if lead.len() > 1 {
            Category::Activation
        } else {
            Category::NeuronState
        }
    }
}

/// A shape that does not fit, in the words of the operation.
pub(crate) fn misfit(name: &str, layer: &LayerInfo, what: &str, found: &[usize], wanted: &str) -> Error {
    Error::new(
        "shape-mismatch",
        format!(
            "`{name}` of layer {} (`{}`): {what} has shape {found:?}, not {wanted}",
            layer.index, layer.name
        ),
    )
}
