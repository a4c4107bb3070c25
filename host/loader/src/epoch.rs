//! The batches of one pass through a split.

use crate::batch::{Batch, Prepared, input_tensor};
use crate::loader::Pipeline;
use crate::prefetch::Prefetch;
use crate::splits::Split;
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{HostTensor, PROFILE, Session};
use std::sync::Arc;

/// Gives the batches of an epoch in order; ends after the last one or after the first error. Dropping it early ends
/// the loading in the background.
#[derive(Debug)]
pub struct Epoch {
    session: Arc<Session>,
    pass: Arc<Pass>,
    background: Option<Prefetch<Prepared>>,
    next: usize,
    failed: bool,
}

/// The fixed plan of an epoch.
#[derive(Debug)]
struct Pass {
    pipeline: Arc<Pipeline>,
    split: Split,
    epoch: u64,
    /// Samples in the order of use.
    order: Vec<u64>,
}

impl Epoch {
    pub(crate) fn new(
        session: &Arc<Session>,
        pipeline: &Arc<Pipeline>,
        split: Split,
        epoch: u64,
        first: usize,
    ) -> Result<Self> {
        let members = pipeline.splits.get(split);
        if members.indices.is_empty() {
            return Err(
                Error::new("empty-split", format!("there are no {split} samples")).with_hint(match split {
                    Split::Validation => "hold some training samples out with `validation_fraction`",
                    _ => "use a data set that has them",
                }),
            );
        }
        let order = match split {
            Split::Train => Stream::new(pipeline.config.seed, "loader.shuffle", epoch)
                .permutation(members.indices.len())
                .into_iter()
                .map(|i| members.indices[i])
                .collect(),
            _ => members.indices.clone(),
        };
        let pass = Arc::new(Pass {
            pipeline: pipeline.clone(),
            split,
            epoch,
            order,
        });
        let background = match pipeline.config.prefetch {
            0 => None,
            depth => {
                let pass = pass.clone();
                let count = pass.batches().saturating_sub(first);
                Some(Prefetch::start(depth, count, move |index| {
                    pass.prepare(first + index)
                })?)
            }
        };
        Ok(Epoch {
            session: session.clone(),
            pass,
            background,
            next: first,
            failed: false,
        })
    }

    fn batch(&mut self) -> Result<Batch> {
        let prepared = match &mut self.background {
            Some(queue) => queue.next()?,
            None => self.pass.prepare(self.next)?,
        };
        let pipeline = &self.pass.pipeline;
        let mut dims = vec![pipeline.config.steps, prepared.labels.len()];
        dims.extend(&pipeline.source.info().shape);
        Ok(Batch {
            input: input_tensor(&self.session, prepared.input, &dims)?,
            labels: HostTensor::labels(&self.session, &prepared.labels)?,
            label_values: prepared.labels,
            samples: prepared.samples,
            classes: pipeline.source.info().classes,
            epoch: self.pass.epoch,
            index: prepared.index,
            nominal_batch: pipeline.config.batch_size,
            constant_input: pipeline.encoder.is_constant(),
        })
    }

    fn left(&self) -> usize {
        if self.failed {
            0
        } else {
            self.pass.batches().saturating_sub(self.next)
        }
    }
}

impl Iterator for Epoch {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left() == 0 {
            return None;
        }
        let batch = self.batch();
        self.failed = batch.is_err();
        self.next += 1;
        Some(batch)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // An error ends the epoch early.
        (self.left().min(1), Some(self.left()))
    }
}

impl Pass {
    fn batches(&self) -> usize {
        self.pipeline.config.batches(self.split, self.order.len())
    }

    fn prepare(&self, index: usize) -> Result<Prepared> {
        let _span = tracing::trace_span!(target: PROFILE, "part", op = "load").entered();
        let pipeline = &self.pipeline;
        let first = index * pipeline.config.batch_size;
        let last = self.order.len().min(first + pipeline.config.batch_size);
        let samples = self.order[first..last].to_vec();
        let part = pipeline.splits.get(self.split).source;
        let (input, labels) =
            pipeline
                .encoder
                .batch(&pipeline.source, part, &samples, self.split, self.epoch)?;
        Ok(Prepared {
            input,
            labels,
            samples,
            index: index as u64,
        })
    }
}
