//! A batch, and what a rule reports about it.

use crate::abi::Bundle;
use crate::{Error, Result, Tensor};

/// A batch of samples, time first.
#[derive(Debug)]
pub struct Batch {
    input: Tensor,
    labels: Tensor,
    label_values: Vec<i64>,
    steps: usize,
    samples: usize,
    classes: usize,
    epoch: u64,
    index: u64,
    nominal: usize,
    constant_input: bool,
    extra: Extra,
}

struct Extra(Bundle);

impl std::fmt::Debug for Extra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.arrays.iter().map(|a| a.name.as_str()))
            .finish()
    }
}

impl Batch {
    /// From what the host sends; called by the export macro.
    ///
    /// Arrays of API 1.0: `input` (tensor), `labels` (tensor, i64 `[B]`), `label_values`, `classes`, `epoch`,
    /// `batch`, `nominal_batch`, `constant_input`. Reserved for later: `lengths` (`[B]`), `target_kind`,
    /// `targets` (a class per step or a real sequence), `reward`.
    pub fn from_bundle(bundle: Bundle) -> Result<Self> {
        let input = bundle.tensor("input")?;
        let shape = input.shape();
        let [steps, samples, ..] = shape[..] else {
            return Err(Error::new(
                "bad-batch",
                format!("the input has shape {shape:?} instead of [T, B, ..]"),
            ));
        };
        Ok(Batch {
            input,
            steps,
            samples,
            labels: bundle.tensor("labels")?,
            label_values: bundle.ints("label_values")?,
            classes: bundle.int("classes")? as usize,
            epoch: bundle.int("epoch")? as u64,
            index: bundle.int("batch")? as u64,
            nominal: bundle.int("nominal_batch")? as usize,
            constant_input: bundle.int("constant_input")? != 0,
            extra: Extra(bundle),
        })
    }

    /// The whole input `[T, B, ..]`.
    pub fn input(&self) -> &Tensor {
        &self.input
    }

    /// Labels `[B]`, i64; empty where the samples have none.
    pub fn labels(&self) -> &Tensor {
        &self.labels
    }

    /// Labels as plain numbers; empty where the samples have none.
    pub fn label_values(&self) -> &[i64] {
        &self.label_values
    }

    /// Number of samples, labelled or not.
    pub fn len(&self) -> usize {
        self.samples
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// Number of time steps.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The input at step `t`, `[B, ..]`.
    pub fn step(&self, t: usize) -> Result<Tensor> {
        self.input.select(0, t)
    }

    /// The `len` samples from `first` on, as a batch of their own, without what the host sent beside (see
    /// [`extra`](Batch::extra)).
    pub fn samples(&self, first: usize, len: usize) -> Result<Batch> {
        let whole = (first, len) == (0, self.samples);
        Ok(Batch {
            input: if whole {
                self.input.clone()
            } else {
                self.input.narrow(1, first, len)?
            },
            labels: if whole || self.label_values.is_empty() {
                self.labels.clone()
            } else {
                self.labels.narrow(0, first, len)?
            },
            label_values: self.label_values.iter().skip(first).take(len).copied().collect(),
            samples: len,
            extra: Extra(Bundle::new()),
            ..*self
        })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Epoch, from 0.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Position in the epoch, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The configured batch size; the last batch of an epoch may be shorter.
    pub fn nominal_len(&self) -> usize {
        self.nominal
    }

    /// Whether every step holds the same frame (direct coding).
    pub fn constant_input(&self) -> bool {
        self.constant_input
    }

    /// Everything else the host sent, by name.
    pub fn extra(&self) -> &Bundle {
        &self.extra.0
    }
}

/// What a rule reports about a batch. The host computes accuracy itself, from the predictions.
#[derive(Debug, Default)]
pub struct Report {
    loss: f64,
    predictions: Option<Tensor>,
    scalars: Vec<(String, f64)>,
}

impl Report {
    /// The loss, a mean over the samples of the batch, and the predicted classes `[B]` (i64).
    pub fn new(loss: f64, predictions: Tensor) -> Self {
        Report {
            loss,
            predictions: Some(predictions),
            scalars: Vec::new(),
        }
    }

    /// A report without predictions, for rules that do not classify while they learn.
    pub fn loss_only(loss: f64) -> Self {
        Report {
            loss,
            ..Report::default()
        }
    }

    /// Adds a named scalar, archived as its mean over the epoch.
    #[must_use]
    pub fn scalar(mut self, name: &str, value: f64) -> Self {
        self.scalars.push((name.to_owned(), value));
        self
    }

    /// As it crosses the boundary: `loss`, `predictions`, and scalars as `scalar.NAME`.
    pub fn into_bundle(self) -> Bundle {
        let mut bundle = Bundle::new();
        bundle.put_real("loss", self.loss);
        if let Some(predictions) = self.predictions {
            bundle.put_tensor("predictions", predictions);
        }
        for (name, value) in &self.scalars {
            bundle.put_real(&format!("scalar.{name}"), *value);
        }
        bundle
    }
}
