//! A batch as the engine and the rules see it.

use crate::encode::{Dense, Encoded};
use candle_core::Tensor as Candle;
use neurotrain_kernels::Real;
use neurotrain_plugin_api::{Bundle, Error, Result, Tensor};
use neurotrain_tensor::{Category, HostTensor, Session};
use std::sync::Arc;

/// A batch of samples, time first.
#[derive(Debug)]
pub struct Batch {
    /// The input `[T, B, ..shape]`: an event index where it is binary.
    pub input: HostTensor,
    /// The labels `[B]`, i64.
    pub labels: HostTensor,
    /// The labels as plain numbers.
    pub label_values: Vec<i64>,
    /// Number of each sample in the data set's split.
    pub samples: Vec<u64>,
    /// Number of classes.
    pub classes: usize,
    /// Epoch, from 0.
    pub epoch: u64,
    /// Position in the epoch, from 0.
    pub index: u64,
    /// The configured batch size; the last batch may be shorter.
    pub nominal_batch: usize,
    /// Whether every step holds the same frame (direct coding).
    pub constant_input: bool,
}

impl Batch {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.label_values.len()
    }

    /// Whether there is no sample; a loader never gives such a batch.
    pub fn is_empty(&self) -> bool {
        self.label_values.is_empty()
    }

    /// What a plugin is sent, see [`Batch::from_bundle`](neurotrain_plugin_api::Batch::from_bundle). The tensors are
    /// further handles of those in this batch.
    pub fn bundle(&self) -> Bundle {
        let mut bundle = Bundle::new();
        bundle.put_tensor("input", Tensor::from_raw(self.input.clone().into_raw()));
        bundle.put_tensor("labels", Tensor::from_raw(self.labels.clone().into_raw()));
        bundle.put_ints("label_values", &self.label_values);
        bundle.put_int("classes", self.classes as i64);
        bundle.put_int("epoch", self.epoch as i64);
        bundle.put_int("batch", self.index as i64);
        bundle.put_int("nominal_batch", self.nominal_batch as i64);
        bundle.put_int("constant_input", i64::from(self.constant_input));
        bundle
    }
}

/// A batch before it becomes tensors; made in any thread.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) input: Encoded,
    pub(crate) labels: Vec<i64>,
    pub(crate) samples: Vec<u64>,
    pub(crate) index: u64,
}

/// The input `[T, B, ..shape]` as a tensor of the run. A constant frame is repeated by a stride of 0, not by copies.
pub(crate) fn input_tensor(session: &Arc<Session>, input: Encoded, dims: &[usize]) -> Result<HostTensor> {
    match input {
        Encoded::Events(events) => Ok(HostTensor::events(
            session,
            Arc::new(events),
            dims,
            Category::Input,
        )),
        Encoded::F32(dense) => dense_tensor(session, dense, dims),
        Encoded::F64(dense) => dense_tensor(session, dense, dims),
    }
}

fn dense_tensor<R: Real + candle_core::WithDType>(
    session: &Arc<Session>,
    dense: Dense<R>,
    dims: &[usize],
) -> Result<HostTensor> {
    if !dense.constant {
        return HostTensor::from_vec(session, dense.values, dims, Category::Input);
    }
    let mut frame = dims.to_vec();
    frame[0] = 1;
    let tensor = Candle::from_vec(dense.values, frame, session.device())
        .and_then(|frame| frame.broadcast_as(dims))
        .map_err(|e| {
            Error::new(
                "tensor-op",
                format!("a batch of shape {dims:?} could not be made: {e}"),
            )
        })?;
    Ok(HostTensor::owned(session, tensor, Category::Input))
}
