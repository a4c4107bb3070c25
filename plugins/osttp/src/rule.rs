use crate::eligibility::Eligibility;
use crate::manifest;
use crate::neuron::Neuron;
use crate::readout::Objective;
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Ctx, Descent, Eligibilities, Error, Execution, Field, LayerGrads,
    LayerInfo, Network, NetworkInfo, Report, Result, Scores, Tensor, Trainer,
};

/// Arrays `[T, B, n]` that live at once in [`Osttp::sequence`].
const KEPT: usize = 4;
/// Fewest samples of a part of a batch that runs as a sequence; fewer make the products slow.
const FEWEST: usize = 16;

/// The eligibilities of OSTL times a label projected by fixed random matrices.
#[derive(Debug)]
pub struct Osttp {
    neuron: Neuron,
    eligibility: Eligibility,
    execution: Execution,
    objective: Objective,
    /// Parameter index of the feedback matrix `[C, n]` of each hidden layer.
    feedback: Vec<usize>,
    descent: Descent,
}

impl Trainer for Osttp {
    const KEY: &'static str = "osttp";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn check(config: &Config, network: &NetworkInfo) -> Result<()> {
        let (hidden, readout) = network.require_readout()?;
        if readout.neuron.kind == "none" {
            return Err(Error::refused(format!(
                "OSTTP reads an error from neurons, but `{}` has none",
                readout.name
            )));
        }
        network.require_linear("OSTTP")?;
        for layer in hidden {
            layer.require_spiking("OSTTP", "spiking hidden neurons")?;
        }
        let recurrent = network.layers.iter().find(|l| l.recurrent.is_some());
        let diagonal = Eligibility::configured(config)? == Eligibility::Diagonal;
        match recurrent.filter(|_| !diagonal) {
            Some(layer) if config.execution()? == Execution::Online => Err(Error::refused(format!(
                "`execution: online` carries a trace per synapse, which `{}` does not have: only diagonal eligibilities \
                 stay with their own synapse",
                layer.name
            ))
            .with_hint("set `eligibility: diagonal`, or leave `execution` at `auto`")),
            _ => Ok(()),
        }
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        Ok(Osttp {
            neuron: Neuron::new(config)?,
            eligibility: Eligibility::configured(config)?,
            execution: config.execution()?,
            objective: Objective::new(config)?,
            feedback: feedback(config, net, ctx)?,
            descent: Descent::new(config, net, config.f64("lr")?, config.bool("use_optimizer")?)?,
        })
    }

    /// One update per sequence. Samples add up, so that they may be processed part by part.
    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        let grads = net
            .layers()
            .iter()
            .map(|layer| LayerGrads::zeros(layer, ctx))
            .collect::<Result<Vec<_>>>()?;
        let online = self.execution == Execution::Online;
        let parts = if online {
            let reals = net.layers().iter().map(|l| Eligibilities::reals(l, batch)).sum();
            ctx.parts(batch.len(), reals, 1)
        } else {
            let neurons: usize = net.layers().iter().map(LayerInfo::size).sum();
            ctx.parts(batch.len(), KEPT * batch.steps() * neurons, FEWEST)
        };
        let (mut loss, mut predictions) = (0.0, Vec::new());
        for (first, len) in parts {
            let part = batch.samples(first, len)?;
            net.reset(len)?;
            let (mean, classes) = if online {
                self.stream(net, &part, &grads, ctx)?
            } else {
                self.sequence(net, &part, &grads)?
            };
            loss += mean * len as f64 / batch.len() as f64;
            predictions.push(classes);
        }
        for (layer, grads) in net.layers().iter().zip(&grads) {
            self.descent
                .apply(net, layer, grads, 1.0 / batch.len() as f64, ctx)?;
        }
        let predictions = Tensor::cat(&predictions.iter().collect::<Vec<_>>(), 0)?;
        Ok(Report::new(loss, predictions))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.descent.save(state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.descent.load(state)
    }
}

impl Osttp {
    /// All steps at once: a run, a sweep, one product per matrix. Returns the mean loss and the predictions.
    fn sequence(&self, net: &Network, batch: &Batch, grads: &[LayerGrads]) -> Result<(f64, Tensor)> {
        net.run(batch.input())?;
        let predictions = Scores::of_run(net)?.argmax(-1)?;
        let mut loss = 0.0;
        for (layer, grads) in net.layers().iter().zip(grads) {
            let factors = self.neuron.factors(net, layer)?;
            let post = self.signal(net, layer, &factors.psi, batch, &mut loss)?;
            let matrix = match &layer.recurrent {
                Some(recurrent) => Some(net.param(recurrent.weight)?),
                None => None,
            };
            let post = self.eligibility.factors(post, factors, matrix.as_ref())?;
            add_products(net, batch, layer, &post, grads)?;
        }
        Ok((loss, predictions))
    }

    /// As [`sequence`](Osttp::sequence), step by step with a trace per synapse.
    fn stream(&self, net: &Network, batch: &Batch, grads: &[LayerGrads], ctx: &Ctx) -> Result<(f64, Tensor)> {
        let mut pasts = Vec::new();
        for layer in net.layers() {
            let gain = ctx.zeros(&[batch.len(), layer.size()])?;
            pasts.push((Eligibilities::new(layer, batch, ctx)?, gain));
        }
        let (mut loss, mut scores) = (0.0, Scores::new());
        for t in 0..batch.steps() {
            net.step(&batch.step(t)?)?;
            scores.add_step(net)?;
            for (layer, (traces, gain)) in net.layers().iter().zip(&mut pasts) {
                let (psi, next_gain) = self.neuron.slope_and_gain(net, layer)?;
                let post = self.signal(net, layer, &psi, batch, &mut loss)?;
                traces.step(net, layer, gain, &post, &grads[layer.index])?;
                *gain = next_gain;
            }
        }
        Ok((loss / batch.steps() as f64, scores.total()?.argmax(-1)?))
    }

    /// Learning signal of `layer` times ψ, `[.., B, n]`, at what `net` has just run; adds the loss of the readout.
    fn signal(
        &self,
        net: &Network,
        layer: &LayerInfo,
        psi: &Tensor,
        batch: &Batch,
        loss: &mut f64,
    ) -> Result<Tensor> {
        match self.feedback.get(layer.index) {
            Some(matrix) => psi.mul(&net.param(*matrix)?.gather_rows(batch.labels(), 1.0)?),
            None => {
                let judged = self.objective.evaluate(net, layer, &self.neuron, psi, batch)?;
                *loss += judged.loss;
                Ok(judged.post)
            }
        }
    }
}

/// Adds `Σ_τ post_τᵀ x_τ` of the sequence that `net` has just run.
fn add_products(
    net: &Network,
    batch: &Batch,
    layer: &LayerInfo,
    post: &Tensor,
    grads: &LayerGrads,
) -> Result<()> {
    let input = net.input(layer)?;
    let previous = match &layer.recurrent {
        Some(_) => Some(net.field(layer, Field::PreviousSpikes)?),
        None => None,
    };
    // Where every step has the same input, only the sum over time of the other factor counts.
    if batch.constant_input() && layer.sources.is_empty() {
        let of_input = (&post.sum(&[0])?, &input.select(0, 0)?);
        return grads.add(net, layer, of_input, post, previous.as_ref());
    }
    grads.add(net, layer, (post, &input), post, previous.as_ref())
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
