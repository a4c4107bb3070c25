//! A learning rule bound to a network.

use super::plugin::blame;
use crate::process::attentive;
use abi_stable::std_types::{ROption, RString};
use neurotrain_plugin_api::abi::{Bundle, RawError, RawTrainerBox};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::HostTensor;

/// A trainer of a plugin. Every error says which plugin and which call it came from.
pub struct Trainer {
    raw: RawTrainerBox,
    label: String,
}

/// What a rule reports about a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trained {
    /// The rule's loss, a mean over the batch.
    pub loss: f64,
    /// Predicted classes, where the rule predicts while it learns.
    pub predictions: Option<Vec<i64>>,
    /// Named scalars.
    pub scalars: Vec<(String, f64)>,
}

impl Trainer {
    pub(super) fn new(raw: RawTrainerBox, label: String) -> Self {
        Trainer { raw, label }
    }

    /// Before the first batch.
    pub fn begin_training(&mut self) -> Result<()> {
        self.raw
            .begin_training()
            .into_result()
            .map_err(|e| self.blame("begin_training", e))
    }

    /// Before epoch `epoch`, from 0.
    pub fn begin_epoch(&mut self, epoch: u64) -> Result<()> {
        self.raw
            .begin_epoch(epoch)
            .into_result()
            .map_err(|e| self.blame("begin_epoch", e))
    }

    /// Learns from one batch.
    pub fn train_batch(&mut self, batch: Bundle) -> Result<Trained> {
        let report = attentive(|| self.raw.train_batch(batch))
            .into_result()
            .map_err(|e| self.blame("train_batch", e))?;
        read_report(&report).map_err(|e| blame(&self.label, "report of train_batch", e))
    }

    /// Class scores `[B, C]` by the rule's own readout, where it has one.
    pub fn predict(&mut self, batch: Bundle) -> Result<Option<HostTensor>> {
        let answer = attentive(|| self.raw.predict(batch))
            .into_result()
            .map_err(|e| self.blame("predict", e))?;
        match answer.get("scores").map(|array| &array.tensor) {
            Some(ROption::RSome(raw)) => HostTensor::of(raw)
                .map(Some)
                .map_err(|e| blame(&self.label, "scores of predict", e)),
            _ => Ok(None),
        }
    }

    /// After epoch `epoch`; named scalars for the archive.
    pub fn end_epoch(&mut self, epoch: u64) -> Result<Vec<(String, f64)>> {
        let answer = self
            .raw
            .end_epoch(epoch)
            .into_result()
            .map_err(|e| self.blame("end_epoch", e))?;
        scalars(&answer).map_err(|e| blame(&self.label, "report of end_epoch", e))
    }

    /// After the last epoch.
    pub fn end_training(&mut self) -> Result<()> {
        self.raw
            .end_training()
            .into_result()
            .map_err(|e| self.blame("end_training", e))
    }

    /// Everything needed to continue bit for bit, beyond the network's parameters.
    pub fn save(&mut self) -> Result<Bundle> {
        self.raw.save().into_result().map_err(|e| self.blame("save", e))
    }

    /// Restores what [`save`](Trainer::save) gave.
    pub fn load(&mut self, state: Bundle) -> Result<()> {
        self.raw
            .load(state)
            .into_result()
            .map_err(|e| self.blame("load", e))
    }

    /// What the next minor version appends; the default answers for a rule of this version.
    #[cfg(feature = "next-minor")]
    pub fn remarks(&mut self) -> Result<String> {
        self.raw
            .remarks()
            .into_result()
            .map(Into::into)
            .map_err(|e| self.blame("remarks", e))
    }

    fn blame(&self, call: &str, error: RawError) -> Error {
        blame(&self.label, call, error.into())
    }
}

impl std::fmt::Debug for Trainer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Trainer of {}", self.label)
    }
}

fn read_report(report: &Bundle) -> Result<Trained> {
    let predictions = match report.get("predictions").map(|array| &array.tensor) {
        Some(ROption::RSome(_)) => Some(report.tensor("predictions")?.to_ints()?),
        _ => None,
    };
    Ok(Trained {
        loss: report.real("loss")?,
        predictions,
        scalars: scalars(report)?,
    })
}

fn scalars(bundle: &Bundle) -> Result<Vec<(String, f64)>> {
    let named = |name: &RString| name.as_str().strip_prefix("scalar.").map(str::to_owned);
    bundle
        .arrays
        .iter()
        .filter_map(|array| named(&array.name).map(|name| (name, array)))
        .map(|(name, array)| Ok((name, array.to_reals()?.first().copied().unwrap_or(f64::NAN))))
        .collect()
}
