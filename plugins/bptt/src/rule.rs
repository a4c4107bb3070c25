use crate::gradients::Gradients;
use crate::manifest;
use crate::objective::{Loss, Objective, Segment};
use crate::schedule::{Schedule, Span};
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Credit, Ctx, Error, Field, Network, NetworkInfo, NetworkState,
    Optimizer, Report, Result, Scores, Tensor, Trainer,
};

/// A forward run of the whole sequence, one reverse sweep per layer, one optimiser step per batch.
#[derive(Debug)]
pub struct Bptt {
    loss: Loss,
    grad_clip: Option<f64>,
    reset_grad: bool,
    schedule: Schedule,
    optimizer: Optimizer,
}

impl Trainer for Bptt {
    const KEY: &'static str = "bptt";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn check(_config: &Config, network: &NetworkInfo) -> Result<()> {
        match network.layers.last() {
            Some(layer) if layer.readout => Ok(()),
            _ => Err(Error::refused(
                "the network has no readout layer to compute a loss from",
            )),
        }
    }

    fn new(config: &Config, _net: &Network, _ctx: &Ctx) -> Result<Self> {
        let lr = config.f64("lr")?;
        let adam = config.bool("use_optimizer")? || config.neurotrain()?;
        Ok(Bptt {
            loss: Loss::from_name(config.text("loss_type")?)?,
            grad_clip: config.f64_opt("grad_clip")?.filter(|limit| *limit > 0.0),
            reset_grad: config.bool("reset_grad")?,
            schedule: Schedule::new(config)?,
            optimizer: if adam {
                Optimizer::adam(lr)
            } else {
                Optimizer::sgd(lr)
            },
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        let mut grads = Gradients::default();
        let (mut loss, mut predictions) = (0.0, Vec::new());
        for samples in self.schedule.parts(net, batch.len(), batch.steps()) {
            let part = Part::new(batch, samples, &self.schedule)?;
            let scores = self.part(net, &part, &mut loss, &mut grads, ctx)?;
            predictions.push(scores.argmax(-1)?);
        }
        if let Some(limit) = self.grad_clip {
            grads.clip_norm(limit)?;
        }
        for (param, grad) in grads.iter() {
            self.optimizer.step(net, param, grad, ctx)?;
        }
        let predictions: Vec<&Tensor> = predictions.iter().collect();
        Ok(Report::new(loss, Tensor::cat(&predictions, 0)?))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.optimizer.save("optimizer", state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.optimizer.load("optimizer", state)
    }
}

/// Samples that run together.
struct Part {
    batch: Batch,
    /// Samples of the whole batch.
    of: usize,
    segments: Vec<Span>,
}

impl Part {
    fn new(batch: &Batch, (first, len): Span, schedule: &Schedule) -> Result<Self> {
        Ok(Part {
            batch: batch.samples(first, len)?,
            of: batch.len(),
            segments: schedule.segments(batch.steps()),
        })
    }
}

impl Bptt {
    /// Adds loss and gradients of a part; returns its class scores `[b, C]`.
    fn part(
        &self,
        net: &Network,
        part: &Part,
        loss: &mut f64,
        grads: &mut Gradients,
        ctx: &Ctx,
    ) -> Result<Tensor> {
        net.reset(part.batch.len())?;
        let mut later = vec![None; net.layers().len()];
        if let [(start, len)] = part.segments[..] {
            net.run(part.batch.input())?;
            let scores = Scores::of_run(net)?;
            *loss += self.back(
                net,
                &self.segment(part, (start, len), &scores),
                &mut later,
                grads,
                ctx,
            )?;
            return Ok(scores);
        }
        let (scores, states) = forward(net, part)?;
        for (span, state) in part.segments.iter().zip(&states).rev() {
            net.set_state(state)?;
            net.run_on(&part.batch.input().narrow(0, span.0, span.1)?)?;
            *loss += self.back(net, &self.segment(part, *span, &scores), &mut later, grads, ctx)?;
        }
        Ok(scores)
    }

    fn segment<'a>(&self, part: &'a Part, (start, len): Span, scores: &'a Tensor) -> Segment<'a> {
        Segment {
            labels: part.batch.labels(),
            samples: (part.batch.len(), part.of),
            steps: (start, len, part.batch.steps()),
            counts: scores,
        }
    }

    /// Reverse sweeps over the segment that the network has just run; `later` holds for every layer the gradient with
    /// respect to its current in the step after the segment, and gets that of the segment's first step. Returns what the
    /// segment adds to the loss.
    fn back(
        &self,
        net: &Network,
        segment: &Segment<'_>,
        later: &mut [Option<Tensor>],
        grads: &mut Gradients,
        ctx: &Ctx,
    ) -> Result<f64> {
        let Objective {
            loss,
            spikes,
            membrane,
        } = self.loss.evaluate(net, segment, ctx)?;
        let readout = net.readout()?.index;
        let mut credit = Credit::new(net);
        if let Some(spikes) = spikes {
            credit.add(readout, spikes)?;
        }
        for layer in net.layers().iter().rev() {
            let spikes = credit.take(layer);
            let membrane = membrane.as_ref().filter(|_| layer.index == readout);
            let next = later[layer.index].take();
            if spikes.is_none() && membrane.is_none() && next.is_none() {
                continue;
            }
            let post =
                net.neuron_adjoint_on(layer, spikes.as_ref(), membrane, next.as_ref(), !self.reset_grad)?;
            drop(spikes);
            let previous = match layer.recurrent {
                Some(_) => Some(net.field(layer, Field::PreviousSpikes)?),
                None => None,
            };
            grads.add(net.layer_grads(layer, &post, &net.input(layer)?, previous.as_ref())?)?;
            credit.add_all(net.input_grad(layer, &post)?)?;
            if segment.steps.0 > 0 {
                // A copy: a part of the whole would keep all of it.
                later[layer.index] = Some(post.select(0, 0)?.copy()?);
            }
        }
        Ok(loss)
    }
}

/// Runs all segments, keeping the state before each; returns the class scores.
fn forward(net: &Network, part: &Part) -> Result<(Tensor, Vec<NetworkState>)> {
    let integrates = net.readout()?.neuron.kind == "integrator";
    let (mut scores, mut states) = (None::<Tensor>, Vec::new());
    for (start, len) in &part.segments {
        states.push(net.state()?);
        net.run_on_readout(&part.batch.input().narrow(0, *start, *len)?)?;
        let segment = Scores::of_run(net)?;
        match &scores {
            Some(sum) if !integrates => sum.add_scaled(1.0, &segment)?,
            _ => scores = Some(segment),
        }
    }
    let scores = scores.ok_or_else(|| Error::new("bad-batch", "no time step was run"))?;
    Ok((scores, states))
}
