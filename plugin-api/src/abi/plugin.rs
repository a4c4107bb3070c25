//! What a plugin offers: trainers, model families and data sets.

use super::{Bundle, RawResult};
use abi_stable::sabi_trait;
use abi_stable::std_types::{RBox, RSlice, RStr, RString};

// `sabi_trait` does not see `cfg`, so the appended methods come through a macro.
macro_rules! raw_trainer {
    ($($appended:tt)*) => {
/// A learning rule bound to one network.
#[sabi_trait]
pub trait RawTrainer: Send + 'static {
    /// Called once before the first batch.
    fn begin_training(&mut self) -> RawResult<()>;

    /// Called before each epoch, counted from 0.
    fn begin_epoch(&mut self, epoch: u64) -> RawResult<()>;

    /// Learns from one batch, see [`Batch`](crate::Batch) and [`Report`](crate::Report).
    fn train_batch(&mut self, batch: Bundle) -> RawResult<Bundle>;

    /// Class scores `[B, C]` of a batch by the rule's own readout, as array `scores`; an empty bundle
    /// leaves the prediction to the network's readout.
    fn predict(&mut self, batch: Bundle) -> RawResult<Bundle>;

    /// Called after each epoch; may return named scalars.
    fn end_epoch(&mut self, epoch: u64) -> RawResult<Bundle>;

    /// Called once after the last epoch.
    fn end_training(&mut self) -> RawResult<()>;

    /// Everything needed to continue bit for bit, beyond the network's parameters.
    fn save(&mut self) -> RawResult<Bundle>;

    /// Restores what [`save`](RawTrainer::save) gave.
    #[sabi(last_prefix_field)]
    fn load(&mut self, state: Bundle) -> RawResult<()>;

    $($appended)*
}
    };
}

#[cfg(not(feature = "next-minor"))]
raw_trainer! {}
#[cfg(feature = "next-minor")]
raw_trainer! {
    /// Stands for whatever the next minor version appends.
    fn remarks(&mut self) -> RawResult<RString> {
        abi_stable::std_types::RResult::ROk(RString::new())
    }
}

/// An owned trainer.
pub type RawTrainerBox = RawTrainer_TO<RBox<()>>;

/// A model family.
#[sabi_trait]
pub trait RawModel: Send + Sync + 'static {
    /// The network graph as JSON for a configuration (JSON), a sample shape and a number of classes.
    fn build(&self, config: RStr<'_>, input_shape: RSlice<'_, u64>, classes: u64) -> RawResult<RString>;

    /// Output of a node kind of the plugin's own: arrays `input.0`, … to array `output`.
    fn node_forward(&self, node: RStr<'_>, inputs: Bundle) -> RawResult<Bundle>;

    /// Vector-Jacobian product of such a node: arrays `input.0`, …, `grad_output` to `grad_input.0`, …
    #[sabi(last_prefix_field)]
    fn node_vjp(&self, node: RStr<'_>, inputs: Bundle) -> RawResult<Bundle>;
}

/// An owned model family.
pub type RawModelBox = RawModel_TO<RBox<()>>;

/// An open data set.
#[sabi_trait]
pub trait RawDataset: Send + Sync + 'static {
    /// Splits, shapes and encoding as JSON, see [`DatasetInfo`](crate::DatasetInfo).
    fn describe(&self) -> RString;

    /// Samples of a split by index, see [`Samples`](crate::Samples).
    #[sabi(last_prefix_field)]
    fn read(&self, split: RStr<'_>, indices: RSlice<'_, u64>) -> RawResult<Bundle>;
}

/// An owned data set.
pub type RawDatasetBox = RawDataset_TO<RBox<()>>;
