//! BELL: backpropagation through time within each layer and its classifier.

use crate::classifier::{Activity, Classifier, flat, unflat};
use crate::local::{Local, Losses, check, slope_of_mean_square};
use crate::manifest;
use crate::slope::Slope;
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Ctx, Error, LayerInfo, Network, NetworkInfo, Report, Result, Scores,
    Tensor, Trainer,
};

/// Every layer follows the error of its own classifier back through time, but never into another layer.
#[derive(Debug)]
pub struct Bell {
    local: Local,
}

impl Trainer for Bell {
    const KEY: &'static str = "bell";

    fn manifest() -> Component {
        manifest::manifest(
            "bell",
            "Backward efficient local learning",
            "every layer learns from a trained classifier of its own spikes, backwards through time",
            false,
            "linear",
        )
    }

    fn check(config: &Config, network: &NetworkInfo) -> Result<()> {
        check(network)?;
        match network.layers.iter().find(|l| l.neuron.reset == "zero") {
            Some(layer) if config.text("surrogate")? == "exponential" => Err(Error::refused(format!(
                "with `surrogate: exponential`, BELL knows resets that subtract; that of `{}` is `zero`",
                layer.name
            ))
            .with_hint("set `surrogate: network`")),
            _ => Ok(()),
        }
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        Ok(Bell {
            local: Local::new(config, net, ctx)?,
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.run(batch.input())?;
        let losses = Losses::new(batch, ctx)?;
        let predictions = Scores::of_run(net)?.argmax(-1)?;
        let mut grads = Vec::new();
        for (layer, classifier) in net.hidden().iter().zip(&self.local.classifiers) {
            let spikes = flat(&net.spikes(layer)?, layer)?; // [T, B, n]
            let weight = net.param(classifier.weight)?;
            let current = spikes.matmul_transposed(&weight)?;
            let at_classifier = self.classify(classifier, &current, batch, &losses, ctx)?; // [T, B, C]
            let at_spikes = unflat(&at_classifier.matmul(&weight)?, layer)?;
            let post = self.through_neurons(net, layer, &at_spikes)?;
            grads.push((classifier.weight, at_classifier.outer_sum(&spikes)?));
            grads.append(&mut net.layer_grads(layer, &post, &net.input(layer)?, None)?);
        }
        let readout = net.readout()?;
        let error = net.spikes(readout)?.minus_one_hot(batch.labels(), 1.0)?;
        losses.add_sequence(&error)?;
        let post = self.through_neurons(net, readout, &error.scale(slope_of_mean_square(batch))?)?;
        grads.append(&mut net.layer_grads(readout, &post, &net.input(readout)?, None)?);
        self.local.update(net, grads, ctx)?;
        Ok(Report::new(losses.mean(net, batch)?, predictions))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.local.optimizer.save("optimizer", state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.local.optimizer.load("optimizer", state)
    }
}

impl Bell {
    /// Runs a classifier on `current [T, B, C]`; returns the gradient with respect to it.
    fn classify(
        &self,
        classifier: &Classifier,
        current: &Tensor,
        batch: &Batch,
        losses: &Losses,
        ctx: &Ctx,
    ) -> Result<Tensor> {
        let mut activity = Activity::at_rest(batch.len(), batch.classes(), ctx)?;
        let mut posts = Vec::new();
        for t in 0..batch.steps() {
            classifier.fire(&mut activity, &current.select(0, t)?)?;
            let error = activity.spikes.minus_one_hot(batch.labels(), 1.0)?;
            losses.add(&error)?;
            let error = error.scale(slope_of_mean_square(batch))?;
            posts.push(classifier.post(self.local.slope, &activity.membrane, &error)?);
        }
        Tensor::stack(&posts.iter().collect::<Vec<_>>(), 0)?.scan_decay_reverse(classifier.neuron.beta)
    }

    /// From spikes to current, back through time.
    fn through_neurons(&self, net: &Network, layer: &LayerInfo, spikes: &Tensor) -> Result<Tensor> {
        match self.local.slope {
            Slope::Network => net.neuron_adjoint(layer, Some(spikes), None, true),
            Slope::Exponential => spikes
                .mul(&self.local.slope.of_layer(net, layer)?)?
                .scan_decay_reverse(layer.neuron.beta),
        }
    }
}
