//! The loader: a data set divided, ordered and coded.

use crate::config::LoaderConfig;
use crate::encode::Encoder;
use crate::epoch::Epoch;
use crate::framing::check_sensor;
use crate::source::Source;
use crate::splits::{Split, SplitInfo, Splits};
use candle_core::DType;
use neurotrain_plugin_api::abi::RawDatasetBox;
use neurotrain_plugin_api::{DatasetInfo, Result};
use neurotrain_tensor::Session;
use std::sync::Arc;

/// Gives the batches of a data set. Any number of epochs may be open at once.
#[derive(Debug)]
pub struct Loader {
    session: Arc<Session>,
    pipeline: Arc<Pipeline>,
}

/// What the loading thread shares with the loader.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) source: Source,
    pub(crate) config: LoaderConfig,
    pub(crate) splits: Splits,
    pub(crate) encoder: Encoder,
}

impl Loader {
    /// Checks the description of the data set and divides it.
    ///
    /// # Errors
    /// `bad-config` for a value of `config` that cannot work, `bad-plugin` for a description that cannot be true,
    /// `bad-data` for a data set without training samples.
    pub fn open(dataset: RawDatasetBox, session: &Arc<Session>, config: LoaderConfig) -> Result<Loader> {
        config.check()?;
        let source = Source::new(dataset)?;
        check_sensor(source.info(), config.framing)?;
        let splits = Splits::new(source.info(), config.validation_fraction, config.seed)?;
        let encoder = Encoder::new(&source, &config, session.dtype() == DType::F64);
        let pipeline = Arc::new(Pipeline {
            source,
            config,
            splits,
            encoder,
        });
        Ok(Loader {
            session: session.clone(),
            pipeline,
        })
    }

    /// What the data set says about itself.
    pub fn info(&self) -> &DatasetInfo {
        self.pipeline.source.info()
    }

    /// What the loader was opened with.
    pub fn config(&self) -> &LoaderConfig {
        &self.pipeline.config
    }

    /// Number of samples of a split; 0 when there is none.
    pub fn samples(&self, split: Split) -> usize {
        self.pipeline.splits.get(split).indices.len()
    }

    /// Number of batches of a split.
    pub fn batches(&self, split: Split) -> usize {
        self.pipeline.config.batches(split, self.samples(split))
    }

    /// How the data was divided, for the archive: train, validation and test.
    pub fn splits(&self) -> [SplitInfo; 3] {
        Split::ALL.map(|split| self.pipeline.splits.info(split))
    }

    /// The batches of epoch `epoch` (from 0) of a split: training samples in an order of the epoch's own, all others
    /// in the order of the data set.
    ///
    /// # Errors
    /// `empty-split` when the split has no samples. What goes wrong while loading comes out of the iterator.
    pub fn epoch(&self, split: Split, epoch: u64) -> Result<Epoch> {
        self.epoch_from(split, epoch, 0)
    }

    /// As [`epoch`](Loader::epoch), without its first `first` batches, which are not loaded.
    ///
    /// # Errors
    /// Those of [`epoch`](Loader::epoch).
    pub fn epoch_from(&self, split: Split, epoch: u64, first: usize) -> Result<Epoch> {
        Epoch::new(&self.session, &self.pipeline, split, epoch, first)
    }
}
