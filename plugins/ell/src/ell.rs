//! ELL: the dependencies of one step alone.

use crate::classifier::{Activity, flat, unflat};
use crate::local::{Local, Losses, check, slope_of_mean_square};
use crate::manifest;
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Ctx, Network, NetworkInfo, ParamSchema, Report, Result, Scores, Trainer,
};

/// Every layer follows the error of its own classifier in the same step.
#[derive(Debug)]
pub struct Ell {
    local: Local,
    first_frame: bool,
}

impl Trainer for Ell {
    const KEY: &'static str = "ell";

    fn manifest() -> Component {
        manifest::manifest(
            "ell",
            "Efficient local learning",
            "every layer learns from a trained classifier of its own spikes, within one step",
            false,
            "constant",
        )
        .param(ParamSchema::compat())
        .param(ParamSchema::switch(
            "first_frame",
            "train on the first step of the input, repeated",
        ))
    }

    fn check(_config: &Config, network: &NetworkInfo) -> Result<()> {
        check(network)
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        Ok(Ell {
            local: Local::new(config, net, ctx)?,
            first_frame: config.switch("first_frame")?,
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.reset(batch.len())?;
        let mut activities = Vec::new();
        for _ in net.hidden() {
            activities.push(Activity::at_rest(batch.len(), batch.classes(), ctx)?);
        }
        let (losses, mut scores) = (Losses::new(batch, ctx)?, Scores::new());
        for t in 0..batch.steps() {
            net.step(&batch.step(if self.first_frame { 0 } else { t })?)?;
            scores.add_step(net)?;
            let mut grads = Vec::new();
            for (layer, (classifier, activity)) in net
                .hidden()
                .iter()
                .zip(self.local.classifiers.iter().zip(&mut activities))
            {
                let spikes = flat(&net.spikes(layer)?, layer)?;
                let weight = net.param(classifier.weight)?;
                classifier.fire(activity, &spikes.matmul_transposed(&weight)?)?;
                let error = activity.spikes.minus_one_hot(batch.labels(), 1.0)?;
                losses.add(&error)?;
                let error = error.scale(slope_of_mean_square(batch))?;
                let at_classifier = classifier.post(self.local.slope, &activity.membrane, &error)?;
                let post = unflat(&at_classifier.matmul(&weight)?, layer)?
                    .mul(&self.local.slope.of_layer(net, layer)?)?;
                grads.push((classifier.weight, at_classifier.outer_sum(&spikes)?));
                grads.append(&mut net.layer_grads(layer, &post, &net.input(layer)?, None)?);
            }
            let readout = net.readout()?;
            let error = net.spikes(readout)?.minus_one_hot(batch.labels(), 1.0)?;
            losses.add(&error)?;
            let post = self
                .local
                .slope
                .of_layer(net, readout)?
                .mul(&error.scale(slope_of_mean_square(batch))?)?;
            grads.append(&mut net.layer_grads(readout, &post, &net.input(readout)?, None)?);
            self.local.update(net, grads, ctx)?;
        }
        Ok(Report::new(losses.mean(net, batch)?, scores.total()?.argmax(-1)?))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.local.optimizer.save("optimizer", state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.local.optimizer.load("optimizer", state)
    }
}
