//! The presynaptic side of a weight gradient, in the form in which it is cheapest.

use super::{Rows, accumulates, effective, rows_of};
use crate::scalar::{Held, Scalar, read};
use neurotrain_kernels::Events;
use neurotrain_kernels::cost::{Form, Kernel};
use neurotrain_kernels::weighted::{Support, Weighted};
use neurotrain_plugin_api::Result;
use neurotrain_tensor::{Category, HostTensor, Session, SynapticOps};
use std::sync::Arc;

/// What becomes of the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is formed.
    Gradient,
    /// It is added to weights.
    Update,
}

/// A presynaptic operand.
pub(super) enum Pre<R> {
    /// Binary, worth doing event by event.
    Events(Arc<Events>),
    /// Of any values, so many of them zero that it is worth doing element by element.
    Weighted(Held<Weighted<R>>),
    /// Every element.
    Dense,
}

/// How `x` of `rows` samples enters a weight gradient `[outputs, inputs]`, and the effective operations of that.
pub(super) fn presynaptic<R: Scalar>(
    session: &Arc<Session>,
    what: Use,
    x: &HostTensor,
    rows: usize,
    [outputs, inputs]: [usize; 2],
) -> Result<(Pre<R>, SynapticOps)> {
    let (binary, any) = match what {
        Use::Gradient => (Form::Gradient, Form::GradientWeighted),
        Use::Update => (Form::Update, Form::UpdateWeighted),
    };
    if let Rows::Events(events) = rows_of::<R>(session, binary, x, rows, [outputs, inputs])? {
        let effective = accumulates(events.nnz() * outputs);
        return Ok((Pre::Events(events), effective));
    }
    read(x, |x: &[R]| {
        let support = Support::of(x, rows, inputs);
        let effective = effective(x, support.nonzero() * outputs);
        let pre = match session
            .cost()
            .choose(any, rows, inputs, outputs, support.nonzero())
        {
            Kernel::Events => {
                let weighted = Weighted::new(x, &support);
                let bytes = weighted.bytes();
                Pre::Weighted(Held::new(session, weighted, bytes, Category::Scratch))
            }
            Kernel::Dense => Pre::Dense,
        };
        (pre, effective)
    })
}
