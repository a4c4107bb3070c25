//! FELL: the past enters through presynaptic traces.

use crate::classifier::{Activity, Classifier, flat, unflat};
use crate::local::{Local, Losses, check, slope_of_mean_square};
use crate::manifest;
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Ctx, LayerInfo, Network, NetworkInfo, ParamSchema, Report, Result,
    Scores, Tensor, Trainer,
};

/// As ELL, with traces of what reached each synapse in place of the spikes of one step.
#[derive(Debug)]
pub struct Fell {
    local: Local,
    online_updates: bool,
}

impl Trainer for Fell {
    const KEY: &'static str = "fell";

    fn manifest() -> Component {
        manifest::manifest(
            "fell",
            "Forward efficient local learning",
            "every layer learns from a trained classifier of its own spikes, with presynaptic traces",
            true,
            "constant",
        )
        .param(ParamSchema::bool(
            "online_updates",
            true,
            "true: an optimiser step after every time step; false: one at the end of the sequence",
        ))
    }

    fn check(_config: &Config, network: &NetworkInfo) -> Result<()> {
        check(network)
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        Ok(Fell {
            local: Local::new(config, net, ctx)?,
            online_updates: config.bool("online_updates")?,
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.reset(batch.len())?;
        let mut blocks = Vec::new();
        for (layer, classifier) in net.hidden().iter().zip(self.local.classifiers.clone()) {
            blocks.push(Block {
                classifier,
                activity: Activity::at_rest(batch.len(), batch.classes(), ctx)?,
                spikes: ctx.zeros(&[batch.len(), layer.size()])?,
                input: Trace::new(layer, batch.len(), ctx)?,
            });
        }
        let mut readout_input = Trace::new(net.readout()?, batch.len(), ctx)?;
        let (losses, mut scores) = (Losses::new(batch, ctx)?, Scores::new());
        let mut sums: Vec<(usize, Tensor)> = Vec::new();
        for t in 0..batch.steps() {
            net.step(&batch.step(t)?)?;
            scores.add_step(net)?;
            let mut grads = Vec::new();
            for (layer, block) in net.hidden().iter().zip(&mut blocks) {
                self.block_gradients(net, layer, block, batch, &losses, &mut grads)?;
            }
            let readout = net.readout()?;
            let error = net.spikes(readout)?.minus_one_hot(batch.labels(), 1.0)?;
            losses.add(&error)?;
            let slope = self.local.slope.of_layer(net, readout)?;
            let post = slope.mul(&error.scale(slope_of_mean_square(batch))?)?;
            readout_input.gradients(net, readout, &post, &mut grads)?;
            if self.online_updates {
                self.local.update(net, grads, ctx)?;
            } else {
                accumulate(&mut sums, grads)?;
            }
        }
        self.local.update(net, sums, ctx)?;
        Ok(Report::new(losses.mean(net, batch)?, scores.total()?.argmax(-1)?))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.local.optimizer.save("optimizer", state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.local.optimizer.load("optimizer", state)
    }
}

/// A hidden layer and its classifier.
struct Block {
    classifier: Classifier,
    activity: Activity,
    /// Trace of the spikes that reach the classifier, with the decay of its membranes.
    spikes: Tensor,
    input: Trace,
}

impl Fell {
    fn block_gradients(
        &self,
        net: &Network,
        layer: &LayerInfo,
        block: &mut Block,
        batch: &Batch,
        losses: &Losses,
        grads: &mut Vec<(usize, Tensor)>,
    ) -> Result<()> {
        let Block {
            classifier,
            activity,
            spikes: trace,
            input,
        } = block;
        let spikes = flat(&net.spikes(layer)?, layer)?;
        let weight = net.param(classifier.weight)?;
        classifier.fire(activity, &spikes.matmul_transposed(&weight)?)?;
        trace.trace(classifier.neuron.beta, &spikes)?;
        let error = activity.spikes.minus_one_hot(batch.labels(), 1.0)?;
        losses.add(&error)?;
        let error = error.scale(slope_of_mean_square(batch))?;
        let at_classifier = classifier.post(self.local.slope, &activity.membrane, &error)?;
        grads.push((classifier.weight, at_classifier.outer_sum(trace)?));
        let post =
            unflat(&at_classifier.matmul(&weight)?, layer)?.mul(&self.local.slope.of_layer(net, layer)?)?;
        input.gradients(net, layer, &post, grads)
    }
}

/// Trace of a layer's input, with the decay of its membranes.
struct Trace {
    values: Tensor,
    /// Of a constant 1, the input of a bias.
    one: f64,
}

impl Trace {
    fn new(layer: &LayerInfo, samples: usize, ctx: &Ctx) -> Result<Self> {
        let mut shape = vec![samples];
        shape.extend(&layer.input_shape);
        Ok(Trace {
            values: ctx.zeros(&shape)?,
            one: 0.0,
        })
    }

    /// Takes in the step just made, and adds the gradients of the layer's parameters.
    fn gradients(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        post: &Tensor,
        grads: &mut Vec<(usize, Tensor)>,
    ) -> Result<()> {
        self.values.trace(layer.neuron.beta, &net.input(layer)?)?;
        self.one = layer.neuron.beta * self.one + 1.0;
        for (param, grad) in net.layer_grads(layer, post, &self.values, None)? {
            let is_bias = Some(param) == layer.bias;
            grads.push((param, if is_bias { grad.scale(self.one)? } else { grad }));
        }
        Ok(())
    }
}

fn accumulate(sums: &mut Vec<(usize, Tensor)>, grads: Vec<(usize, Tensor)>) -> Result<()> {
    for (param, grad) in grads {
        match sums.iter().find(|(known, _)| *known == param) {
            Some((_, sum)) => sum.add_scaled(1.0, &grad)?,
            None => sums.push((param, grad)),
        }
    }
    Ok(())
}
