//! Products of synapses: forward, with respect to the weights, and with respect to the input.

mod conv;
mod forward;
mod input;
mod taps;
mod values;
mod weight;

pub(crate) use conv::{Back, Maxima};

use crate::core::Work;
use crate::scalar::{Scalar, read};
use crate::shape::count;
use neurotrain_kernels::cost::{Form, Kernel};
use neurotrain_kernels::dense::{is_binary, nonzero};
use neurotrain_kernels::{Events, Majority, Real};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{HostTensor, Phase, Session, SynapticOps};
use std::sync::Arc;

/// A presynaptic operand as rows of `inputs` elements.
enum Rows {
    /// Binary, worth doing event by event.
    Events(Arc<Events>),
    /// The same for spikes that repeat from step to step, where the form knows what to do with them.
    Repeated(Arc<Events>, Arc<Majority>),
    /// Every element.
    Dense,
}

impl<R: Scalar> Work<'_, R> {
    /// Runs `body` for the one step that stands for `times` equal ones.
    fn repeating<T>(&mut self, times: usize, body: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.repeat = times;
        let outcome = body(self);
        self.repeat = 1;
        outcome
    }

    /// Outputs and inputs of a parameter seen as a matrix.
    pub(crate) fn matrix_shape(&self, param: usize) -> (usize, usize) {
        (self.state.params[param].rows(), self.state.params[param].cols())
    }

    /// Counts the synaptic operations of a product.
    pub(crate) fn count(&self, phase: Phase, dense: usize, effective: SynapticOps) {
        let times = self.repeat as u64;
        let ops = SynapticOps {
            dense_mac: dense as u64 * times,
            effective_ac: effective.effective_ac * times,
            effective_mac: effective.effective_mac * times,
        };
        self.session.meter().count(phase, ops);
    }
}

/// What is missing when a call needs the value of a node that was not kept.
pub(crate) fn not_recorded(node: &str) -> Error {
    Error::new("not-recorded", format!("the input of node `{node}` was not kept"))
        .with_hint("step the network, or run it with its record, before asking for gradients through it")
}

/// How a presynaptic operand of `rows` samples enters a product of `form` with `outputs` columns.
fn rows_of<R: Scalar>(
    session: &Session,
    form: Form,
    x: &HostTensor,
    rows: usize,
    [outputs, inputs]: [usize; 2],
) -> Result<Rows> {
    let found = count(x.shape());
    if found != rows * inputs {
        let message = format!("{found} presynaptic elements are not {rows} rows of {inputs}");
        return Err(Error::new("shape-mismatch", message));
    }
    let events = match x.event_index() {
        Some(events) if events.cols == inputs => Some(events),
        Some(events) => events.reshape(rows, inputs).map(Arc::new),
        // A dense operand that happens to be binary is as good as events.
        None => read(x, |x: &[R]| Events::from_dense(x, rows, inputs))?.map(Arc::new),
    };
    let Some(events) = events else {
        return Ok(Rows::Dense);
    };
    let choose = |terms| {
        let cost = session.cost();
        match x.event_index() {
            Some(_) => cost.choose_for_index(form, rows, inputs, outputs, terms),
            None => cost.choose(form, rows, inputs, outputs, terms),
        }
    };
    if let Some(majority) = majority_of(form, x, &events, outputs)
        && choose(majority.terms()) == Kernel::Events
    {
        return Ok(Rows::Repeated(events, majority));
    }
    Ok(match choose(events.nnz()) {
        Kernel::Events => Rows::Events(events),
        Kernel::Dense => Rows::Dense,
    })
}

/// Spikes `[T, B, ..]` as a majority, for products that are wide enough to repay its making.
fn majority_of(form: Form, x: &HostTensor, events: &Events, outputs: usize) -> Option<Arc<Majority>> {
    const WIDE: usize = 128;
    let known = matches!(form, Form::Forward | Form::Gradient);
    if known && outputs >= WIDE {
        repeats_of(x, events)
    } else {
        None
    }
}

/// Spikes `[T, B, ..]` as a majority, where they repeat so much that it pays.
fn repeats_of(x: &HostTensor, events: &Events) -> Option<Arc<Majority>> {
    // The fewest leading axes: one of length 1 behind them belongs to the sample.
    let mut rows = 1;
    let axes = x.shape().iter().position(|length| {
        rows *= length;
        rows == events.rows
    });
    let batch = axes.filter(|last| *last == 1).map(|last| x.shape()[last])?;
    let majority = x.majority(batch)?;
    (majority.base.cols == events.cols).then_some(majority)
}

/// Effective operations of a dense operand, each of whose non-zero elements meets `taps` weights.
fn effective_of<R: Real>(x: &[R], taps: usize) -> SynapticOps {
    effective(x, nonzero(x) * taps)
}

/// `products` with a dense operand: accumulates where it is binary.
fn effective<R: Real>(x: &[R], products: usize) -> SynapticOps {
    if is_binary(x) {
        accumulates(products)
    } else {
        multiplies(products)
    }
}

fn accumulates(n: usize) -> SynapticOps {
    SynapticOps {
        effective_ac: n as u64,
        ..SynapticOps::default()
    }
}

/// Multiply-accumulates.
pub(crate) fn multiplies(n: usize) -> SynapticOps {
    SynapticOps {
        effective_mac: n as u64,
        ..SynapticOps::default()
    }
}
