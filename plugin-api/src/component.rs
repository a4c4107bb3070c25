//! The traits a rule or a model family implements.

use crate::abi::Bundle;
use crate::{
    Batch, Component, Config, Ctx, Error, Graph, Network, NetworkInfo, Node, Report, Result, Tensor,
};

/// A learning rule. It owns its state, receives the network and a batch, and changes weights.
pub trait Trainer: Send + Sized + 'static {
    /// The key used in campaigns, for instance `bptt`.
    const KEY: &'static str;

    /// What the rule says about itself.
    fn manifest() -> Component;

    /// Refuses a network it cannot train, before anything is built; the reason is shown to the user.
    fn check(config: &Config, network: &NetworkInfo) -> Result<()> {
        let _ = (config, network);
        Ok(())
    }

    /// Binds the rule to a network.
    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self>;

    /// Learns from one batch. Start with [`Network::reset`]: states do not outlive a batch.
    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report>;

    /// Class scores `[B, C]` by the rule's own readout; `None` leaves prediction to the network's readout
    /// (spike counts, or the last membrane of an integrator).
    fn predict(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Option<Tensor>> {
        let _ = (net, batch, ctx);
        Ok(None)
    }

    /// Called once before the first batch.
    fn begin_training(&mut self, net: &Network, ctx: &Ctx) -> Result<()> {
        let _ = (net, ctx);
        Ok(())
    }

    /// Called before epoch `epoch`, from 0.
    fn begin_epoch(&mut self, net: &Network, epoch: u64, ctx: &Ctx) -> Result<()> {
        let _ = (net, epoch, ctx);
        Ok(())
    }

    /// Called after epoch `epoch`; may return named scalars for the archive.
    fn end_epoch(&mut self, net: &Network, epoch: u64, ctx: &Ctx) -> Result<Vec<(String, f64)>> {
        let _ = (net, epoch, ctx);
        Ok(Vec::new())
    }

    /// Called once after the last epoch.
    fn end_training(&mut self, net: &Network, ctx: &Ctx) -> Result<()> {
        let _ = (net, ctx);
        Ok(())
    }

    /// Writes everything needed to continue bit for bit: optimiser moments, counters, adapted thresholds.
    /// The network's parameters are saved by the host.
    fn save(&self, state: &mut Bundle) -> Result<()> {
        let _ = state;
        Ok(())
    }

    /// Restores what [`save`](Trainer::save) wrote, after [`begin_training`](Trainer::begin_training), within an epoch
    /// also after [`begin_epoch`](Trainer::begin_epoch), and before the next batch. The network has its parameters back
    /// by then.
    fn load(&mut self, state: &Bundle) -> Result<()> {
        let _ = state;
        Ok(())
    }
}

/// A model family: turns a configuration into a network graph. The host instantiates and runs it.
pub trait Model: Send + Sync + Sized + 'static {
    /// The key used in campaigns, for instance `fc_snn`.
    const KEY: &'static str;

    /// What the family says about itself.
    fn manifest() -> Component;

    /// Creates the family.
    fn new(ctx: &Ctx) -> Result<Self>;

    /// The graph for samples of `input_shape` at one step.
    fn build(&self, config: &Config, input_shape: &[usize], classes: usize) -> Result<Graph>;

    /// Output of a node of the family's own kind.
    fn node_forward(&self, node: &Node, inputs: &[Tensor]) -> Result<Tensor> {
        let _ = inputs;
        Err(unknown_node(node))
    }

    /// Gradients with respect to the inputs of such a node, given the gradient of its output.
    fn node_vjp(&self, node: &Node, inputs: &[Tensor], grad_output: &Tensor) -> Result<Vec<Tensor>> {
        let _ = (inputs, grad_output);
        Err(unknown_node(node))
    }
}

fn unknown_node(node: &Node) -> Error {
    Error::new(
        "unsupported",
        format!("this model family does not implement node kind `{}`", node.kind),
    )
}
