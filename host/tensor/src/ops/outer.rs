//! Sums of outer products: the weight gradients of rules.

use super::compose;
use super::number::{Float, by_real};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{contiguous, elements, plain, room, tensor_of};
use crate::{Phase, Session, SynapticOps};
use candle_core::Tensor;
use neurotrain_kernels::cost::{Form, Kernel};
use neurotrain_kernels::dense::{Matrix, product};
use neurotrain_kernels::gradient::{weight_gradient, weight_gradient_into};
use neurotrain_kernels::{Events, Order};
use neurotrain_plugin_api::Result;
use std::sync::Arc;

/// `selfᵀ t0` over all leading axes: `[.., n]` and `[.., i]` to `[n, i]`. Event-driven where one of them is an event
/// index with the last axis as columns, and it pays.
pub(crate) fn outer_sum(call: &Call<'_>) -> Result<Results> {
    let pre = call.tensor(0)?;
    call.expect_reals(&[pre])?;
    let ([lead @ .., n], [lead_pre @ .., i]) = (&call.receiver.shape()[..], &pre.shape()[..]) else {
        return Err(call.mismatch(pre, "both need a last axis"));
    };
    if lead != lead_pre {
        return Err(call.mismatch(pre, "all axes but the last must agree"));
    }
    let job = Job {
        rows: lead.iter().product(),
        post: *n,
        pre: *i,
    };
    let index =
        |t: &crate::HostTensor, cols| t.event_index().filter(|e| e.cols == cols && e.rows == job.rows);
    let dense_mac = (job.rows * job.post * job.pre) as u64;
    if let Some(events) = index(pre, job.pre) {
        let ac = events.nnz() as u64 * job.post as u64;
        count(
            call,
            SynapticOps {
                dense_mac,
                effective_ac: ac,
                effective_mac: 0,
            },
        );
        let cost = call.session().cost();
        let kernel = cost.choose_for_index(Form::Gradient, job.rows, job.pre, job.post, events.nnz());
        if kernel == Kernel::Events && plain_receiver(call)? {
            let post = call.view()?;
            let made = by_real!(call.name, post.dtype(), R => by_pre::<R>(&post, &events, job))?;
            return Ok(results::one(results::fresh(call.session(), made)));
        }
    } else if let Some(events) = index(call.receiver, job.post) {
        let ac = events.nnz() as u64 * job.pre as u64;
        count(
            call,
            SynapticOps {
                dense_mac,
                effective_ac: ac,
                effective_mac: 0,
            },
        );
        let pre = call.view_of(pre)?;
        let cost = call.session().cost();
        let kernel = cost.choose_for_index(Form::GradientTurned, job.rows, job.post, job.pre, events.nnz());
        if kernel == Kernel::Events && plain(&[&pre]) {
            let made =
                by_real!(call.name, pre.dtype(), R => by_post::<R>(call.session(), &events, &pre, job))?;
            return Ok(results::one(results::fresh(call.session(), made)));
        }
    } else {
        count(
            call,
            SynapticOps {
                dense_mac,
                effective_ac: 0,
                effective_mac: dense_mac,
            },
        );
    }
    let (a, b) = (call.view()?, call.view_of(pre)?);
    results::computed(
        call,
        &[&a, &b],
        || by_real!(call.name, a.dtype(), R => dense::<R>(call.session(), &a, &b, job)),
        || compose::outer_sum(&a, &b, job.rows),
    )
}

#[derive(Clone, Copy)]
struct Job {
    rows: usize,
    post: usize,
    pre: usize,
}

fn plain_receiver(call: &Call<'_>) -> Result<bool> {
    // An event index has no history; asking for its dense form would make one.
    if call.receiver.event_index().is_some() {
        return Ok(call.session().device().is_cpu());
    }
    Ok(plain(&[&call.view()?]))
}

fn dense<R: Float>(session: &Session, post: &Tensor, pre: &Tensor, job: Job) -> Result<Tensor> {
    let (post, pre) = (contiguous(post)?, contiguous(pre)?);
    let (post, pre) = (elements(&post), elements(&pre));
    let mut out = room::<R>(session, job.post * job.pre)?;
    let post = Matrix::new(post.slice::<R>()?, job.rows, job.post);
    product(
        post.t(),
        Matrix::new(pre.slice::<R>()?, job.rows, job.pre),
        &mut out,
        false,
    );
    tensor_of(out, &[job.post, job.pre])
}

fn by_pre<R: Float>(post: &Tensor, events: &Arc<Events>, job: Job) -> Result<Tensor> {
    let dense = contiguous(post)?;
    let lock = elements(&dense);
    let out = weight_gradient(events, lock.slice::<R>()?, job.post);
    tensor_of(out, &[job.post, job.pre])
}

fn by_post<R: Float>(session: &Session, events: &Arc<Events>, pre: &Tensor, job: Job) -> Result<Tensor> {
    let dense = contiguous(pre)?;
    let lock = elements(&dense);
    let mut out = room::<R>(session, job.post * job.pre)?;
    weight_gradient_into(events, lock.slice::<R>()?, job.pre, Order::Columns, &mut out);
    tensor_of(out, &[job.post, job.pre])
}

fn count(call: &Call<'_>, ops: SynapticOps) {
    call.session().meter().count(Phase::Learning, ops);
}
