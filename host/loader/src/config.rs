//! How samples become batches.

use crate::cache::FrameCache;
use crate::coding::Coding;
use crate::splits::Split;
use neurotrain_plugin_api::{Config, Error, EventFraming, Result};

/// What a loader is opened with.
#[derive(Debug, Clone, PartialEq)]
pub struct LoaderConfig {
    /// Number of time steps of a sequence.
    pub steps: usize,
    /// Coding of static samples; data that has time steps of its own is taken as it is, unless the coding is delta.
    pub coding: Coding,
    /// Samples per batch; the last batch of an epoch may be shorter.
    pub batch_size: usize,
    /// Share of the training data that is held out for validation when the data set has no validation split of its
    /// own; in `[0, 1)`, 0 for none.
    pub validation_fraction: f64,
    /// The seed of the split, the order, the noise and the augmentation.
    pub seed: u64,
    /// Whether training images are cropped and mirrored as the data set allows (direct coding only).
    pub augment: bool,
    /// Whether the noise of rate-coded validation and test samples is drawn anew each epoch (defect D-25 of
    /// NeuroTrain) instead of being fixed per sample.
    pub random_test: bool,
    /// How frames are made of recordings of event cameras.
    pub framing: EventFraming,
    /// Whether a last training batch that is not full is left out, as NeuroTrain does with event data.
    pub drop_last: bool,
    /// Batches that are prepared in the background, ahead of the one in use; 0 prepares each when it is asked for.
    pub prefetch: usize,
    /// Where frames of recordings are kept between runs; none to make them whenever they are used. Batches are the same.
    pub cache: Option<FrameCache>,
}

impl Default for LoaderConfig {
    fn default() -> Self {
        LoaderConfig {
            steps: 10,
            coding: Coding::Rate,
            batch_size: 256,
            validation_fraction: 0.1,
            seed: 42,
            augment: true,
            random_test: false,
            framing: EventFraming::default(),
            drop_last: false,
            prefetch: 2,
            cache: None,
        }
    }
}

impl LoaderConfig {
    /// Takes `T`, `coding` (or NeuroTrain's `direct_coding`), `augment` and `random_test` (or `compat`), and the
    /// framing of events, from a data set's configuration, see [`coding_params`](neurotrain_plugin_api::coding_params)
    /// and [`event_params`](neurotrain_plugin_api::event_params); what it does not say stays
    /// as it is.
    ///
    /// # Errors
    /// `bad-config` for a value of the wrong type or range.
    pub fn with_params(mut self, params: &Config) -> Result<Self> {
        if params.get("T").is_some() {
            self.steps = params.usize("T")?;
        }
        if params.get("coding").is_some() {
            self.coding = Coding::from_params(params.text("coding")?, params)?;
        }
        // NeuroTrain's spelling.
        if params.get("direct_coding").is_some() {
            self.coding = if params.bool("direct_coding")? {
                Coding::Direct
            } else {
                Coding::Rate
            };
        }
        if params.get("augment").is_some() {
            self.augment = params.bool("augment")?;
        }
        self.framing = EventFraming::from_config(params)?;
        // Only data sets of events have these parameters.
        if params.get("framing").is_some() {
            self.drop_last = params.switch("drop_last")?;
        }
        if params.get("random_test").is_some() || params.get("compat").is_some() {
            self.random_test = params.switch("random_test")?;
        }
        Ok(self)
    }

    /// Number of batches of `samples` samples. A last training batch that is not full may be left out, unless it is the
    /// only one.
    pub(crate) fn batches(&self, split: Split, samples: usize) -> usize {
        match self.drop_last && split == Split::Train && samples >= self.batch_size {
            true => samples / self.batch_size,
            false => samples.div_ceil(self.batch_size),
        }
    }

    /// Refuses what cannot work, naming the field.
    pub(crate) fn check(&self) -> Result<()> {
        let fault = |message: String| Err(Error::new("bad-config", message));
        if self.steps == 0 {
            return fault("`T` is 0, but a sequence has at least one time step".into());
        }
        if self.batch_size == 0 {
            return fault("`batch_size` is 0, but a batch has at least one sample".into());
        }
        if !(0.0..1.0).contains(&self.validation_fraction) {
            return fault(format!(
                "`validation_fraction` is {}, but must be at least 0 and below 1",
                self.validation_fraction
            ));
        }
        Ok(())
    }
}
