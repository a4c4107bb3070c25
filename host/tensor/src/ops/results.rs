//! What operations return.

use super::operands::Call;
use super::storage::{self, same_memory};
use crate::charge::Charge;
use crate::history::History;
use crate::value::DenseView;
use crate::{Category, Dims, HostTensor, Session};
use abi_stable::std_types::RVec;
use candle_core::Tensor;
use neurotrain_plugin_api::Result;
use neurotrain_plugin_api::abi::RawTensorBox;
use std::sync::Arc;

/// The results of a call as they cross the boundary.
pub(crate) type Results = RVec<RawTensorBox>;

pub(crate) fn none() -> Results {
    RVec::new()
}

pub(crate) fn one(tensor: HostTensor) -> Results {
    RVec::from(vec![tensor.into_raw()])
}

/// A tensor in memory of its own, without history. What rules make is metered as their state.
pub(crate) fn fresh(session: &Arc<Session>, tensor: Tensor) -> HostTensor {
    HostTensor::owned(session, tensor, Category::RuleState)
}

/// The result of an operation on `sources`, whose memory it may share, or keep for the sake of gradients.
pub(crate) fn derived(call: &Call<'_>, tensor: Tensor, sources: &[&DenseView]) -> HostTensor {
    let session = call.session();
    let history = tensor.track_op().then(|| History::of(sources));
    let token = match sources.iter().find(|s| same_memory(&tensor, s)) {
        Some(source) => source.token.clone(),
        None => Charge::new(session, Category::RuleState, DenseView::bytes_of(&tensor)),
    };
    HostTensor::from_view(
        session,
        DenseView {
            tensor,
            token,
            history,
        },
        Category::RuleState,
    )
}

/// The result of an operation on `sources`: of its kernel where these are on the CPU and track no gradients, else of
/// the composition of candle operations.
pub(crate) fn computed(
    call: &Call<'_>,
    sources: &[&DenseView],
    kernel: impl FnOnce() -> Result<Tensor>,
    composed: impl FnOnce() -> candle_core::Result<Tensor>,
) -> Result<Results> {
    if storage::plain(sources) {
        return Ok(one(fresh(call.session(), kernel()?)));
    }
    Ok(one(derived(call, composed().map_err(storage::candle)?, sources)))
}

/// The same tensor: another cell that shares all forms of the receiver.
pub(crate) fn unchanged(call: &Call<'_>) -> Result<HostTensor> {
    if let Some(events) = call.receiver.event_view() {
        let dims = Dims::new(call.receiver.shape())?;
        return Ok(HostTensor::from_events(
            call.session(),
            events,
            dims,
            call.receiver.category(),
        ));
    }
    Ok(HostTensor::from_view(
        call.session(),
        call.view()?,
        Category::RuleState,
    ))
}
