//! The rule's own readout: leaky integration of the network's output current.

use neurotrain_plugin_api::{Batch, Field, Network, Result, Tensor};

/// `y_t = κ y_{t-1} + W_out s_t` of the sequence that `net` has just run, `[T, B, C]`.
pub(crate) fn outputs(net: &Network, kappa: f64) -> Result<Tensor> {
    net.field(net.readout()?, Field::Current)?.scan_decay(kappa)
}

/// Class scores `Σ_t y_t [B, C]` of a batch, without a record of the hidden layer.
pub(crate) fn scores(net: &Network, batch: &Batch, kappa: f64) -> Result<Tensor> {
    net.reset(batch.len())?;
    net.run_readout(batch.input())?;
    outputs(net, kappa)?.sum(&[0])
}
