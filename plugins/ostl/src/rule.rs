use crate::eligibility::{Recurrence, Transport};
use crate::gain::{Factors, Neuron, ResetModel};
use crate::gradient::{Gradient, descent};
use crate::history::has_constant_input;
use crate::manifest;
use crate::past::{Past, Traces};
use crate::signal::Feedback;
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Credit, Ctx, Descent, Eligibilities, Error, Execution, Field,
    LayerGrads, LayerInfo, Network, NetworkInfo, Report, Result, Scores, Tensor, Trainer,
};

/// Arrays `[T, B, n]` that live at once in [`Ostl::sequence`].
const KEPT: usize = 4;
/// Fewest samples of a part of a batch that runs as a sequence; fewer make the products slow.
const FEWEST: usize = 16;

/// Eligibilities that carry the past of each neuron's state, times an error propagated through the layers.
#[derive(Debug)]
pub struct Ostl {
    deferred: bool,
    /// Eligibilities of recurrent layers with all their neurons' influence on each other.
    complete: bool,
    execution: Execution,
    neuron: Neuron,
    feedback: Feedback,
    descent: Descent,
}

impl Trainer for Ostl {
    const KEY: &'static str = "ostl";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn check(config: &Config, network: &NetworkInfo) -> Result<()> {
        network.require_spiking_readout("OSTL")?;
        network.require_linear("OSTL")?;
        for layer in &network.layers {
            layer.require_spiking("OSTL", "spiking neurons")?;
        }
        if config.bool("feedback_alignment")? {
            Feedback::check_random(network)?;
        }
        let recurrent = network.layers.iter().find(|l| l.recurrent.is_some());
        match recurrent.filter(|_| config.bool("ostl_complete") == Ok(true)) {
            Some(layer) if config.execution()? == Execution::Online => Err(Error::refused(format!(
                "`execution: online` carries a trace per synapse, but with `ostl_complete` the eligibilities of `{}` are \
                 those of every neuron by every synapse, which are never formed",
                layer.name
            ))
            .with_hint("set `ostl_complete: false`, or leave `execution` at `auto`")),
            _ => Ok(()),
        }
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        let resets = ResetModel::configured(config)?;
        resets.impose(net)?;
        Ok(Ostl {
            deferred: config.bool("deferred")?,
            complete: config.bool("ostl_complete")?,
            execution: config.execution()?,
            neuron: Neuron {
                resets,
                membrane: if config.switch("post_reset_psi")? {
                    Field::Reported
                } else {
                    Field::Membrane
                },
            },
            feedback: if config.bool("feedback_alignment")? {
                Feedback::random(net, config.switch("unscaled_feedback")?, ctx)?
            } else {
                Feedback::Symmetric
            },
            descent: descent(config, net)?,
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        if self.deferred {
            self.deferred(net, batch, ctx)
        } else {
            self.online(net, batch, ctx)
        }
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.descent.save(state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.descent.load(state)
    }
}

impl Ostl {
    /// An update after every step.
    fn online(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        let mut pasts = net
            .layers()
            .iter()
            .map(|layer| Past::new(self.execution, layer, batch, self.complete, ctx))
            .collect::<Result<Vec<_>>>()?;
        let mut scores = Scores::new();
        let squared = ctx.zeros(&[batch.len(), batch.classes()])?;
        net.reset(batch.len())?;
        for t in 0..batch.steps() {
            net.step(&batch.step(t)?)?;
            scores.add_step(net)?;
            let error = readout_error(net, batch)?;
            squared.add_scaled(1.0, &error.mul(&error)?)?;
            // All signals of the step come before any weight moves.
            let mut signals = Vec::new();
            self.descend(net, error, |layer, factors, post| {
                pasts[layer.index].step(net, layer, factors, &post, ctx)?;
                signals.push((layer, post));
                Ok(())
            })?;
            for (layer, post) in signals {
                pasts[layer.index].apply(&mut self.descent, net, layer, &post, share(batch), ctx)?;
            }
        }
        let loss = squared.mean(&[])?.item()? / batch.steps() as f64;
        Ok(Report::new(loss, scores.total()?.argmax(-1)?).scalar("lr", self.descent.lr()))
    }

    /// One update per sequence. Samples add up, so that they may be processed part by part.
    fn deferred(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
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
        let (mut squares, mut predictions) = (0.0, Vec::new());
        for (first, len) in parts {
            let part = batch.samples(first, len)?;
            net.reset(len)?;
            let (sum, classes) = if online {
                self.stream(net, &part, &grads, ctx)?
            } else {
                self.sequence(net, &part, &grads)?
            };
            squares += sum;
            predictions.push(classes);
        }
        for layer in net.layers().iter().rev() {
            self.descent
                .apply(net, layer, &grads[layer.index], share(batch), ctx)?;
        }
        let loss = squares / (batch.steps() * batch.len() * batch.classes()) as f64;
        let predictions = Tensor::cat(&predictions.iter().collect::<Vec<_>>(), 0)?;
        Ok(Report::new(loss, predictions).scalar("lr", self.descent.lr()))
    }

    /// All steps at once: a run, a sweep, one product per matrix. Returns the sum of squared errors and the predictions.
    fn sequence(&self, net: &Network, batch: &Batch, grads: &[LayerGrads]) -> Result<(f64, Tensor)> {
        net.run(batch.input())?;
        let predictions = Scores::of_run(net)?.argmax(-1)?;
        let error = readout_error(net, batch)?; // [T, B, C]
        let squares = error.mul(&error)?.sum(&[])?.item()?;
        self.descend(net, error, |layer, factors, post| {
            sequence_gradient(net, batch, layer, factors, post, self.complete)?.add_to(
                net,
                layer,
                &grads[layer.index],
            )
        })?;
        Ok((squares, predictions))
    }

    /// As [`sequence`](Ostl::sequence), step by step with a trace per synapse.
    fn stream(&self, net: &Network, batch: &Batch, grads: &[LayerGrads], ctx: &Ctx) -> Result<(f64, Tensor)> {
        let mut pasts = net
            .layers()
            .iter()
            .map(|layer| Traces::new(layer, batch, ctx))
            .collect::<Result<Vec<_>>>()?;
        let mut scores = Scores::new();
        let squared = ctx.zeros(&[batch.len(), batch.classes()])?;
        for t in 0..batch.steps() {
            net.step(&batch.step(t)?)?;
            scores.add_step(net)?;
            let error = readout_error(net, batch)?;
            squared.add_scaled(1.0, &error.mul(&error)?)?;
            self.descend(net, error, |layer, factors, post| {
                pasts[layer.index].step(net, layer, factors, &post, &grads[layer.index])
            })?;
        }
        Ok((squared.sum(&[])?.item()?, scores.total()?.argmax(-1)?))
    }

    /// Hands the signal times `h'` of every layer to `take`, from the readout to the input: at one step, or at
    /// all steps of a run.
    fn descend<'n>(
        &self,
        net: &'n Network,
        error: Tensor,
        mut take: impl FnMut(&'n LayerInfo, Factors, Tensor) -> Result<()>,
    ) -> Result<()> {
        let mut credit = Credit::new(net);
        credit.add(net.readout()?.index, error)?;
        for layer in net.layers().iter().rev() {
            let Some(signal) = credit.take(layer) else {
                continue;
            };
            let factors = self.neuron.factors(net, layer)?;
            let post = signal.mul(&factors.slope)?;
            drop(signal); // of a run it is as large as what follows
            credit.add_all(self.feedback.pass(net, layer, &post)?)?;
            take(layer, factors, post)?;
        }
        Ok(())
    }
}

/// `Σ_t post_t ε_t` of the sequence that `net` has just run, `post [T, B, n]`.
fn sequence_gradient(
    net: &Network,
    batch: &Batch,
    layer: &LayerInfo,
    factors: Factors,
    post: Tensor,
    complete: bool,
) -> Result<Gradient> {
    let post = carried_back(net, layer, factors, post, complete)?;
    let input = net.input(layer)?;
    let input = if has_constant_input(layer, batch) {
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

/// `A_τ` of all steps. Takes what it reads, so that nothing of the size of a sequence outlives its use.
fn carried_back(
    net: &Network,
    layer: &LayerInfo,
    factors: Factors,
    post: Tensor,
    complete: bool,
) -> Result<Tensor> {
    let Factors { slope, gain } = factors;
    let gains = shifted(gain)?;
    match layer.recurrent.as_ref().filter(|_| complete) {
        None => {
            drop(slope);
            post.scan_gain_reverse(&gains)
        }
        Some(recurrent) => Transport {
            gains: &by_step(&gains)?,
            recurrence: Some(Recurrence {
                slopes: &by_step(&slope)?,
                matrices: &[net.param(recurrent.weight)?],
            }),
        }
        .of_all(&post),
    }
}

/// From gains into the next step to gains into each step; that of the first is not read.
fn shifted(gain: Tensor) -> Result<Tensor> {
    let before_last = gain.dim(0)? - 1;
    Tensor::cat(&[&gain.narrow(0, 0, 1)?, &gain.narrow(0, 0, before_last)?], 0)
}

fn by_step(sequence: &Tensor) -> Result<Vec<Tensor>> {
    (0..sequence.dim(0)?).map(|t| sequence.select(0, t)).collect()
}

/// `s_t - Y` of the readout.
fn readout_error(net: &Network, batch: &Batch) -> Result<Tensor> {
    net.spikes(net.readout()?)?.minus_one_hot(batch.labels(), 1.0)
}

fn share(batch: &Batch) -> f64 {
    1.0 / batch.len() as f64
}
