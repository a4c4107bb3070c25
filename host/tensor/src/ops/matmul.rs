//! Matrix products.

use super::compose;
use super::matrix::{Lead, dense_product};
use super::number::{Float, by_real};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{self, contiguous, elements, tensor_of};
use crate::{HostTensor, Phase, Session, SynapticOps};
use candle_core::Tensor;
use neurotrain_kernels::cost::{Form, Kernel};
use neurotrain_kernels::{Events, Panels, gather, product};
use neurotrain_plugin_api::Result;

/// The product over the last two axes, of which `i0` and `i1` swap those of the receiver and of `t0` first. Leading
/// axes agree or broadcast. Event-driven where the receiver is an event index, `t0` a matrix, and it pays.
pub(crate) fn matmul(call: &Call<'_>) -> Result<Results> {
    let other = call.tensor(0)?;
    call.expect_reals(&[other])?;
    let shape = product_shape(call, other)?;
    if let Some(made) = event_product(call, other, &shape)? {
        return Ok(results::one(made));
    }
    count(call, &shape);
    let (a, b) = (call.view()?, call.view_of(other)?);
    results::computed(
        call,
        &[&a, &b],
        || by_real!(call.name, a.dtype(), R => dense_product::<R>(call.session(), &a, &b, &shape.lead, shape.turn_left, shape.turn_right)),
        || compose::matmul(&a, &b, shape.turn_left, shape.turn_right),
    )
}

struct ProductShape {
    lead: Lead,
    /// Result.
    dims: Vec<usize>,
    /// Summed length.
    inner: usize,
    turn_left: bool,
    turn_right: bool,
}

fn product_shape(call: &Call<'_>, other: &HostTensor) -> Result<ProductShape> {
    let (turn_left, turn_right) = (call.flag(0), call.flag(1));
    let (a, b) = (call.receiver.shape(), other.shape());
    let ([lead_a @ .., a0, a1], [lead_b @ .., b0, b1]) = (&a[..], &b[..]) else {
        return Err(call.mismatch(other, "both need at least two axes"));
    };
    let (rows, inner) = if turn_left { (a1, a0) } else { (a0, a1) };
    let (inner_b, cols) = if turn_right { (b1, b0) } else { (b0, b1) };
    if inner != inner_b {
        let turned = if turn_left || turn_right {
            " after transposition"
        } else {
            ""
        };
        return Err(call.mismatch(
            other,
            &format!("the inner lengths {inner} and {inner_b} differ{turned}"),
        ));
    }
    let Some(lead) = Lead::new(lead_a, lead_b) else {
        return Err(call.mismatch(other, "the leading axes do not broadcast to each other"));
    };
    let mut dims = lead.dims.to_vec();
    dims.extend([*rows, *cols]);
    Ok(ProductShape {
        lead,
        dims,
        inner: *inner,
        turn_left,
        turn_right,
    })
}

fn event_product(call: &Call<'_>, other: &HostTensor, shape: &ProductShape) -> Result<Option<HostTensor>> {
    if shape.turn_left || other.shape().len() != 2 {
        return Ok(None);
    }
    let Some(events) = call.receiver.event_index().filter(|e| e.cols == shape.inner) else {
        return Ok(None);
    };
    let width = shape.dims.last().copied().unwrap_or(0);
    let form = if shape.turn_right {
        Form::ForwardTurned
    } else {
        Form::ForwardPlain
    };
    let cost = call.session().cost();
    let kernel = cost.choose_for_index(form, events.rows, events.cols, width, events.nnz());
    let table = call.view_of(other)?;
    if kernel == Kernel::Dense || !storage::plain(&[&table]) {
        return Ok(None);
    }
    count(call, shape);
    let made = by_real!(call.name, table.dtype(), R => {
        event_kernel::<R>(call.session(), &events, &table, width, shape.turn_right, &shape.dims)
    })?;
    Ok(Some(results::fresh(call.session(), made)))
}

fn event_kernel<R: Float>(
    session: &Session,
    events: &Events,
    table: &Tensor,
    width: usize,
    turned: bool,
    dims: &[usize],
) -> Result<Tensor> {
    let dense = contiguous(table)?;
    let lock = elements(&dense);
    let table = lock.slice::<R>()?;
    let mut out = storage::room::<R>(session, events.rows * width)?;
    if turned {
        gather::sum_rows(
            events,
            &Panels::pack_transposed(table, events.cols, width),
            &mut out,
        );
    } else {
        product::sum_rows(events, table, width, &mut out);
    }
    tensor_of(out, dims)
}

/// Counts the product under learning. Events are accumulates however the product is computed.
fn count(call: &Call<'_>, shape: &ProductShape) {
    let dense_mac = shape.dims.iter().product::<usize>() as u64 * shape.inner as u64;
    let width = shape.dims.last().copied().unwrap_or(0) as u64;
    let events = call
        .receiver
        .event_index()
        .filter(|e| !shape.turn_left && e.cols == shape.inner);
    let ops = match events {
        Some(events) => SynapticOps {
            dense_mac,
            effective_ac: events.nnz() as u64 * width,
            effective_mac: 0,
        },
        None => SynapticOps {
            dense_mac,
            effective_ac: 0,
            effective_mac: dense_mac,
        },
    };
    call.session().meter().count(Phase::Learning, ops);
}
