use crate::eligibility::Eligibility;
use crate::manifest;
use crate::neuron::Neuron;
use crate::readout::Objective;
use crate::update::{Gradient, Update};
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Ctx, Error, Field, LayerInfo, Network, NetworkInfo, Report, Result,
    Scores, Tensor, Trainer,
};

/// The eligibilities of OSTL times a label projected by fixed random matrices.
#[derive(Debug)]
pub struct Osttp {
    neuron: Neuron,
    eligibility: Eligibility,
    objective: Objective,
    /// Parameter index of the feedback matrix `[C, n]` of each hidden layer.
    feedback: Vec<usize>,
    update: Update,
}

impl Trainer for Osttp {
    const KEY: &'static str = "osttp";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn check(_config: &Config, network: &NetworkInfo) -> Result<()> {
        let [hidden @ .., readout] = &network.layers[..] else {
            return Err(Error::refused("the network has no layers"));
        };
        if readout.neuron.kind == "none" {
            return Err(Error::refused(format!(
                "OSTTP reads an error from neurons, but `{}` has none",
                readout.name
            )));
        }
        if let Some(layer) = network.layers.iter().find(|l| l.synapse != "linear") {
            return Err(Error::refused(format!(
                "OSTTP trains linear synapses; `{}` is {}",
                layer.name, layer.synapse
            ))
            .with_hint("use model `fc_snn` or `r_snn`"));
        }
        match hidden.iter().find(|l| !l.spiking()) {
            Some(layer) => Err(Error::refused(format!(
                "OSTTP trains spiking hidden neurons; `{}` is of kind `{}`",
                layer.name, layer.neuron.kind
            ))),
            None => Ok(()),
        }
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        let train_recurrent_bias = !config.switch("rec_bias_frozen")?;
        for layer in net.layers() {
            if let Some(bias) = layer.recurrent.as_ref().and_then(|r| r.bias) {
                net.mark_trained(bias, train_recurrent_bias)?;
            }
        }
        Ok(Osttp {
            neuron: Neuron::new(config)?,
            eligibility: Eligibility::configured(config)?,
            objective: Objective::new(config)?,
            feedback: feedback(config, net, ctx)?,
            update: Update::new(config, train_recurrent_bias)?,
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.reset(batch.len())?;
        net.run(batch.input())?;
        let predictions = Scores::of_run(net)?.argmax(-1)?;
        let mut loss = 0.0;
        for layer in net.layers() {
            let factors = self.neuron.factors(net, layer)?;
            let post = match self.feedback.get(layer.index) {
                Some(matrix) => {
                    let label = net.param(*matrix)?.gather_rows(batch.labels(), 1.0)?; // [B, n]
                    factors.psi.mul(&label)?
                }
                None => {
                    let judged = self
                        .objective
                        .evaluate(net, layer, &self.neuron, &factors, batch)?;
                    loss = judged.loss;
                    judged.post
                }
            };
            let matrix = match &layer.recurrent {
                Some(recurrent) => Some(net.param(recurrent.weight)?),
                None => None,
            };
            let post = self.eligibility.factors(post, factors, matrix.as_ref())?;
            let gradient = gradient(net, batch, layer, post)?;
            // Every layer has its own signal: no other one needs the weights that move here.
            self.update
                .apply(net, layer, &gradient, 1.0 / batch.len() as f64, ctx)?;
        }
        Ok(Report::new(loss, predictions))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.update.save(state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.update.load(state)
    }
}

/// `Σ_τ post_τᵀ x_τ` of the sequence that `net` has just run, in factors.
fn gradient(net: &Network, batch: &Batch, layer: &LayerInfo, post: Tensor) -> Result<Gradient> {
    let input = net.input(layer)?;
    // Where every step has the same input, only the sum over time of the other factor counts.
    let input = if batch.constant_input() && layer.sources.is_empty() {
        (post.sum(&[0])?, input.select(0, 0)?)
    } else {
        (post.clone(), input)
    };
    let previous = match &layer.recurrent {
        Some(_) => Some(net.field(layer, Field::PreviousSpikes)?),
        None => None,
    };
    Ok(Gradient {
        input,
        post,
        previous,
    })
}

/// Fixed matrices `[C, n]` of the hidden layers, normal with variance scale²/C, from a seed of their own.
fn feedback(config: &Config, net: &Network, ctx: &Ctx) -> Result<Vec<usize>> {
    let classes = net.readout()?.size();
    let std = config.f64("feedback_scale")? / (classes as f64).sqrt();
    let seed = config.usize("feedback_seed")? as u64;
    net.hidden()
        .iter()
        .map(|layer| {
            let mut random = Stream::new(seed, "osttp.feedback", layer.index as u64);
            let values: Vec<f64> = (0..classes * layer.size())
                .map(|_| std * random.normal())
                .collect();
            let matrix = ctx.tensor(&values, &[classes, layer.size()])?;
            net.register_fixed(&format!("feedback.{}", layer.index), &matrix)
        })
        .collect()
}
