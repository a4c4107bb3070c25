//! What the three rules have in common.

use crate::classifier::Classifier;
use crate::slope::Slope;
use neurotrain_plugin_api::{Batch, Config, Ctx, Error, Network, NetworkInfo, Optimizer, Result, Tensor};

/// Classifiers and their optimiser.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) classifiers: Vec<Classifier>,
    pub(crate) slope: Slope,
    pub(crate) optimizer: Optimizer,
}

/// Refuses networks that no local classifier can be put on.
pub(crate) fn check(network: &NetworkInfo) -> Result<()> {
    let (hidden, readout) = network.require_readout()?;
    if hidden.is_empty() {
        return Err(
            Error::refused("local classifiers are put on hidden layers, and this network has none")
                .with_hint("give the model at least one entry in `hidden_sizes`"),
        );
    }
    if !readout.spiking() {
        return Err(Error::refused(format!(
            "the readout's spikes are compared with the label at every step, but `{}` is of kind `{}`",
            readout.name, readout.neuron.kind
        ))
        .with_hint("set `out_integrator: false` on the model"));
    }
    for layer in &network.layers {
        let fault = match (&layer.recurrent, layer.spiking()) {
            (Some(_), _) => "recurrent",
            (None, false) => "without spikes",
            (None, true) => continue,
        };
        return Err(Error::refused(format!(
            "local classifiers train feed-forward layers of spiking neurons; `{}` is {fault}",
            layer.name
        )));
    }
    Ok(())
}

impl Local {
    pub(crate) fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        let lr = config.f64("lr")?;
        Ok(Local {
            classifiers: Classifier::all(net, ctx)?,
            slope: Slope::configured(config)?,
            optimizer: match config.bool("use_optimizer")? {
                true => Optimizer::adam(lr),
                false => Optimizer::sgd(lr),
            },
        })
    }

    pub(crate) fn update(&mut self, net: &Network, grads: Vec<(usize, Tensor)>, ctx: &Ctx) -> Result<()> {
        grads
            .into_iter()
            .try_for_each(|(param, grad)| self.optimizer.step(net, param, &grad, ctx))
    }
}

/// Derivative of the mean over samples and classes of a squared error.
pub(crate) fn slope_of_mean_square(batch: &Batch) -> f64 {
    2.0 / (batch.len() * batch.classes()).max(1) as f64
}

/// Squared errors summed over steps and layers, `[B, C]`.
pub(crate) struct Losses(Tensor);

impl Losses {
    pub(crate) fn new(batch: &Batch, ctx: &Ctx) -> Result<Self> {
        ctx.zeros(&[batch.len(), batch.classes()]).map(Losses)
    }

    /// Takes in errors `[B, C]`.
    pub(crate) fn add(&self, error: &Tensor) -> Result<()> {
        self.0.add_scaled(1.0, &error.mul(error)?)
    }

    /// Takes in errors `[T, B, C]`.
    pub(crate) fn add_sequence(&self, errors: &Tensor) -> Result<()> {
        self.0.add_scaled(1.0, &errors.mul(errors)?.sum(&[0])?)
    }

    /// Mean over samples, classes, steps and layers.
    pub(crate) fn mean(&self, net: &Network, batch: &Batch) -> Result<f64> {
        let terms = (batch.steps() * net.layers().len()).max(1) as f64;
        Ok(self.0.mean(&[])?.item()? / terms)
    }
}
