use crate::eligibility::Eligibility;
use crate::manifest;
use crate::traces::Traces;
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Credit, Ctx, Error, Execution, Field, LayerInfo, Matrix, Network,
    NetworkInfo, Optimizer, Report, Result, Tensor, Trainer,
};

/// Arrays `[T, B, n]` that live at once in [`EsdRtrl::sequence`].
const KEPT: usize = 4;
/// Fewest samples of a part of a batch that runs as a sequence; fewer make the products slow.
const FEWEST: usize = 16;

/// Smoothed eligibilities of rank one times the error of the same step.
#[derive(Debug)]
pub struct EsdRtrl {
    eligibility: Eligibility,
    /// Whether the learning signal contains the network's surrogate derivative of the layer itself.
    surrogate_in_signal: bool,
    trace_input: bool,
    execution: Execution,
    train_recurrent_layers: bool,
    train_recurrent_bias: bool,
    generic_readout: bool,
    /// The reference multiplies the recurrent gradient by its factor twice.
    recurrent_rate_twice: bool,
    /// Factors of feed-forward layers, recurrent layers and the readout.
    layer_rates: [f64; 3],
    optimizer: Optimizer,
}

impl Trainer for EsdRtrl {
    const KEY: &'static str = "esd_rtrl";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn check(config: &Config, network: &NetworkInfo) -> Result<()> {
        if !config.bool("detach_state_each_step")? {
            return Err(Error::refused(
                "`detach_state_each_step: false` would send errors back in time, which this rule does not",
            )
            .with_hint("leave it at true, or use trainer `bptt`"));
        }
        let (hidden, readout) = network.require_readout()?;
        if let Some(layer) = hidden.iter().find(|l| !l.spiking()) {
            return Err(Error::refused(format!(
                "ES-D-RTRL trains hidden layers of spiking neurons; `{}` is of kind `{}`",
                layer.name, layer.neuron.kind
            )));
        }
        if readout.neuron.kind == "none" || readout.recurrent.is_some() {
            return Err(Error::refused(format!(
                "ES-D-RTRL reads its loss from the membranes of a feed-forward readout, which `{}` does not have",
                readout.name
            ))
            .with_hint("use a model with `out_integrator: true`"));
        }
        Ok(())
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        let rates = config.f64s("lr_layer_norm")?;
        let layer_rates = <[f64; 3]>::try_from(rates.as_slice()).map_err(|_| {
            Error::new(
                "bad-config",
                format!("`lr_layer_norm` has {} numbers, but must have 3", rates.len()),
            )
            .with_hint(
                "factors of feed-forward layers, recurrent layers and the readout, for instance [1, 1, 1]",
            )
        })?;
        let place = config.text("pseudo_derivative")?;
        let lr = config.f64("lr")?;
        let rule = EsdRtrl {
            eligibility: Eligibility {
                decay: config.f64("etrace_decay")?,
                gamma: match place {
                    "signal" => None,
                    _ => Some(config.f64("gamma")?),
                },
                membrane: match config.switch("post_reset_psi")? {
                    true => Field::Reported,
                    false => Field::Membrane,
                },
            },
            surrogate_in_signal: place != "trace",
            trace_input: !config.switch("input_untraced")?,
            execution: config.execution()?,
            train_recurrent_layers: !config.switch("frozen_recurrent")?,
            train_recurrent_bias: !config.switch("rec_bias_frozen")?,
            generic_readout: config.switch("generic_readout")?,
            recurrent_rate_twice: config.neurotrain()?,
            layer_rates,
            optimizer: match config.bool("use_optimizer")? {
                true => Optimizer::adam(lr),
                false => Optimizer::sgd(lr),
            },
        };
        if rule.execution == Execution::Online {
            refuse_pooled(net, ctx)?;
        }
        for layer in net.layers() {
            let learns = rule.learns(net, layer);
            net.mark_trained(layer.weight, learns)?;
            if let Some(recurrent) = &layer.recurrent {
                net.mark_trained(recurrent.weight, learns)?;
                if let Some(bias) = recurrent.bias {
                    net.mark_trained(bias, learns && rule.train_recurrent_bias)?;
                }
            }
        }
        Ok(rule)
    }

    /// One update per sequence. Samples add up, so that they may be processed part by part.
    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        let neurons: usize = net.layers().iter().map(LayerInfo::size).sum();
        let online = self.execution == Execution::Online;
        // Step by step, the traces of a sample are no larger than the network's own state.
        let kept = if online { 0 } else { KEPT * batch.steps() * neurons };
        let (mut loss, mut predictions, mut sums) = (0.0, Vec::new(), Vec::new());
        for (first, len) in ctx.parts(batch.len(), kept, FEWEST) {
            let part = batch.samples(first, len)?;
            let whole = Whole {
                samples: batch.len(),
                classes: &mut predictions,
                grads: &mut sums,
            };
            net.reset(len)?;
            let mean = if online {
                self.stream(net, &part, whole, ctx)?
            } else {
                self.sequence(net, &part, whole, ctx)?
            };
            loss += mean * len as f64 / batch.len() as f64;
        }
        for (param, grad) in &sums {
            self.optimizer.step(net, *param, grad, ctx)?;
        }
        let predictions = Tensor::cat(&predictions.iter().collect::<Vec<_>>(), 0)?;
        Ok(Report::new(loss, predictions))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.optimizer.save("optimizer", state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.optimizer.load("optimizer", state)
    }
}

/// What the parts of a batch add up to.
struct Whole<'a> {
    /// Samples of all parts.
    samples: usize,
    classes: &'a mut Vec<Tensor>,
    /// By parameter.
    grads: &'a mut Vec<(usize, Tensor)>,
}

impl Whole<'_> {
    fn add(&mut self, grads: Vec<(usize, Tensor)>) -> Result<()> {
        if self.grads.is_empty() {
            *self.grads = grads;
            return Ok(());
        }
        self.grads
            .iter()
            .zip(&grads)
            .try_for_each(|((_, sum), (_, grad))| sum.add_scaled(1.0, grad))
    }
}

/// Activity whose products are the gradients of a layer.
struct Factors {
    /// For the feed-forward matrix, the recurrent one, and biases.
    post: [Tensor; 3],
    input: Tensor,
    previous: Option<Tensor>,
}

impl EsdRtrl {
    /// No weight moves inside the sequence and no error goes back in time, so all steps are one: a run, a scan per
    /// layer, one product per matrix. Returns the mean loss.
    fn sequence(&self, net: &Network, batch: &Batch, mut whole: Whole<'_>, ctx: &Ctx) -> Result<f64> {
        net.run(batch.input())?;
        let membrane = net.field(net.readout()?, Field::Membrane)?; // [T, B, C]
        let loss = membrane.cross_entropy(batch.labels())?;
        whole
            .classes
            .push(membrane.select(0, batch.steps().saturating_sub(1))?.argmax(-1)?);
        let error = membrane.softmax_minus_one_hot(batch.labels(), 1.0 / whole.samples as f64)?;
        whole.add(self.gradients(net, error, |layer, signal| {
            self.of_sequence(net, layer, signal, batch, ctx)
        })?)?;
        Ok(loss)
    }

    /// As [`sequence`](EsdRtrl::sequence), step by step with traces.
    fn stream(&self, net: &Network, batch: &Batch, mut whole: Whole<'_>, ctx: &Ctx) -> Result<f64> {
        let mut traces = net
            .layers()
            .iter()
            .map(|layer| Traces::new(layer, batch.len(), ctx))
            .collect::<Result<Vec<_>>>()?;
        let readout = net.readout()?;
        let mut loss = 0.0;
        for t in 0..batch.steps() {
            net.step(&batch.step(t)?)?;
            for (layer, traces) in net.layers().iter().zip(&mut traces) {
                traces.advance(&self.eligibility, net, layer)?;
            }
            let membrane = net.field(readout, Field::Membrane)?; // [B, C]
            loss += membrane.cross_entropy(batch.labels())?;
            let error = membrane.softmax_minus_one_hot(batch.labels(), 1.0 / whole.samples as f64)?;
            whole.add(self.gradients(net, error, |layer, signal| {
                self.of_step(net, layer, signal, &traces[layer.index])
            })?)?;
            if t + 1 == batch.steps() {
                whole.classes.push(membrane.argmax(-1)?);
            }
        }
        Ok(loss / batch.steps() as f64)
    }

    /// Gradients of all parameters, at what `net` has just run; `error` is the gradient with respect to the readout's
    /// membranes, and `factors` makes of a layer's learning signal what its gradients are products of.
    fn gradients(
        &self,
        net: &Network,
        error: Tensor,
        factors: impl Fn(&LayerInfo, &Tensor) -> Result<Factors>,
    ) -> Result<Vec<(usize, Tensor)>> {
        let readout = net.readout()?.index;
        let mut credit = Credit::new(net);
        credit.add(readout, error)?;
        let mut grads = Vec::new();
        for layer in net.layers().iter().rev() {
            let Some(at_output) = credit.take(layer) else {
                continue;
            };
            let at_current = match layer.index == readout {
                true => at_output.clone(),
                false => at_output.mul(&net.field(layer, Field::Surrogate)?)?,
            };
            if self.learns(net, layer) {
                let signal = match self.surrogate_in_signal {
                    true => &at_current,
                    false => &at_output,
                };
                self.layer_gradients(net, layer, &factors(layer, signal)?, &mut grads)?;
            }
            credit.add_all(net.input_grad(layer, &at_current)?)?;
        }
        Ok(grads)
    }

    /// `Σ_t post_tᵀ ε^x_t` equals `Σ_t A_tᵀ x_t` with `A` the same filter of `post` run backwards, which keeps a
    /// binary `x` binary.
    fn of_sequence(
        &self,
        net: &Network,
        layer: &LayerInfo,
        signal: &Tensor,
        batch: &Batch,
        ctx: &Ctx,
    ) -> Result<Factors> {
        let post = signal.mul(&self.eligibility_of(net, layer, batch, ctx)?)?;
        let traced = post.scan_decay_reverse(self.eligibility.decay)?;
        let for_input = if self.trace_input { traced.clone() } else { post };
        Ok(Factors {
            post: [for_input.clone(), traced, for_input],
            input: net.input(layer)?,
            previous: previous(net, layer)?,
        })
    }

    fn of_step(&self, net: &Network, layer: &LayerInfo, signal: &Tensor, traces: &Traces) -> Result<Factors> {
        let post = signal.mul(&traces.post)?;
        let (for_bias, input) = if self.trace_input {
            (post.scale(traces.ones)?, traces.input.clone())
        } else {
            (post.clone(), net.input(layer)?)
        };
        Ok(Factors {
            post: [post.clone(), post, for_bias],
            input,
            previous: traces.previous.clone(),
        })
    }

    fn layer_gradients(
        &self,
        net: &Network,
        layer: &LayerInfo,
        factors: &Factors,
        grads: &mut Vec<(usize, Tensor)>,
    ) -> Result<()> {
        let rate = self.rate(net, layer);
        let [for_input, for_recurrent, for_bias] = &factors.post;
        let mut add = |param: usize, grad: Tensor, rate: f64| {
            let grad = if rate == 1.0 { grad } else { grad.scale(rate)? };
            grads.push((param, grad));
            Ok::<(), Error>(())
        };
        add(
            layer.weight,
            net.weight_grad(layer, Matrix::FeedForward, for_input, &factors.input)?,
            rate,
        )?;
        if let Some(bias) = layer.bias {
            add(bias, net.bias_grad(layer, for_bias)?, rate)?;
        }
        if let (Some(recurrent), Some(previous)) = (&layer.recurrent, &factors.previous) {
            let twice = if self.recurrent_rate_twice { rate } else { 1.0 };
            let grad = net.weight_grad(layer, Matrix::Recurrent, for_recurrent, previous)?;
            add(recurrent.weight, grad, rate * twice)?;
            if let Some(bias) = recurrent.bias.filter(|_| self.train_recurrent_bias) {
                add(bias, net.bias_grad(layer, for_bias)?, rate)?;
            }
        }
        Ok(())
    }

    /// Postsynaptic factor of the eligibility, to broadcast to `[T, B, ..]`.
    fn eligibility_of(&self, net: &Network, layer: &LayerInfo, batch: &Batch, ctx: &Ctx) -> Result<Tensor> {
        match layer.spiking() {
            true => self.eligibility.of_spikes(net, layer),
            false => self.eligibility.of_integrator(layer, batch, ctx),
        }
    }

    /// Whether the weights of a layer ever move.
    fn learns(&self, net: &Network, layer: &LayerInfo) -> bool {
        // The reference's triangle around an integrator's threshold of 1e9 is 0 at every membrane.
        let blind = self.generic_readout && layer.readout && !layer.spiking() && net.info().net_type == "fc";
        let frozen = !self.train_recurrent_layers && layer.recurrent.is_some();
        !blind && !frozen
    }

    fn rate(&self, net: &Network, layer: &LayerInfo) -> f64 {
        // The reference finds its readout by name, which a fully connected network's is not.
        let named = !(self.generic_readout && net.info().net_type == "fc");
        let [feed_forward, recurrent, readout] = self.layer_rates;
        match (layer.readout && named, layer.recurrent.is_some()) {
            (true, _) => readout,
            (_, true) => recurrent,
            _ => feed_forward,
        }
    }
}

/// An input trace mixes steps whose maxima lie in different places, so that there is no form step by step below a max-pool.
fn refuse_pooled(net: &Network, ctx: &Ctx) -> Result<()> {
    for layer in net.layers().iter().filter(|layer| layer.synapse != "linear") {
        let one = |shape: &[usize]| ctx.zeros(&[&[1], shape].concat());
        // Only a layer that pools its current needs a record to send errors to its synapse.
        match net.weight_grad(
            layer,
            Matrix::FeedForward,
            &one(&layer.shape)?,
            &one(&layer.input_shape)?,
        ) {
            Err(e) if e.code() == "not-recorded" => {
                return Err(Error::refused(format!(
                    "`execution: online` traces the input of `{}`, whose maxima change from step to step",
                    layer.name
                ))
                .with_hint("leave `execution` at `auto`"));
            }
            other => drop(other?),
        }
    }
    Ok(())
}

/// Spikes of the step before, of a recurrent layer.
fn previous(net: &Network, layer: &LayerInfo) -> Result<Option<Tensor>> {
    match layer.recurrent {
        Some(_) => net.field(layer, Field::PreviousSpikes).map(Some),
        None => Ok(None),
    }
}
