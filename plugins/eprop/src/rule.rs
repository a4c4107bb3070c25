use crate::constants::{Constants, Schedule};
use crate::eligibility::Eligibility;
use crate::stream::{Grads, Stream};
use crate::{manifest, readout};
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Ctx, Error, Execution, Field, LayerInfo, Matrix, Network, NetworkInfo,
    Optimizer, RecurrentInfo, Report, Result, Tensor, Trainer,
};

/// Arrays `[T, B, n]` that live at once in [`EProp::sequence`].
const KEPT: usize = 4;
/// Fewest samples of a part of a batch that runs as a sequence; fewer make the products slow.
const FEWEST: usize = 16;

/// Eligibilities of a recurrent layer times an error broadcast from a leaky readout.
#[derive(Debug)]
pub struct EProp {
    pub(crate) constants: Constants,
    pub(crate) schedule: Schedule,
    per_step: bool,
    execution: Execution,
    /// Where ψ is evaluated: before or after the reset.
    pub(crate) membrane: Field,
    batch_sum: bool,
    train_bias: bool,
    network_readout: bool,
    /// Factors of the input, recurrent and readout gradients.
    layer_rates: [f64; 3],
    /// Parameter index of a random feedback matrix `[C, n]`; `None`: the readout's own weights.
    feedback: Option<usize>,
    optimizer: Optimizer,
}

impl Trainer for EProp {
    const KEY: &'static str = "eprop";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn check(_config: &Config, network: &NetworkInfo) -> Result<()> {
        let [hidden, readout] = &network.layers[..] else {
            let count = network.layers.len().saturating_sub(1);
            return Err(Error::refused(format!(
                "e-prop trains exactly one hidden layer; this network has {count}"
            ))
            .with_hint("give the model one entry in `hidden_sizes`, for instance [256]"));
        };
        if hidden.recurrent.is_none() || !hidden.spiking() {
            return Err(Error::refused(format!(
                "e-prop needs a recurrent layer of spiking neurons; `{}` is not one",
                hidden.name
            ))
            .with_hint("use model `r_snn`"));
        }
        if readout.neuron.kind != "integrator" {
            return Err(Error::refused(format!(
                "e-prop reads an analog readout; `{}` is of kind `{}`",
                readout.name, readout.neuron.kind
            ))
            .with_hint("set `out_integrator: true` on the model"));
        }
        network.require_linear("e-prop")
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        let (hidden, recurrent) = hidden(net)?;
        let lr = config.f64("lr")?;
        let rates = config.f64s("lr_layer_norm")?;
        let layer_rates = <[f64; 3]>::try_from(rates.as_slice()).map_err(|_| {
            Error::new(
                "bad-config",
                format!("`lr_layer_norm` has {} numbers, but must have 3", rates.len()),
            )
            .with_hint("factors of the input, recurrent and readout gradients, for instance [1, 1, 1]")
        })?;
        let per_step = match config.get("update_mode") {
            None => config.neurotrain()?,
            Some(_) => config.text("update_mode")? == "per_step",
        };
        let train_bias = !config.switch("rec_bias_frozen")?;
        if let Some(bias) = recurrent.bias {
            net.mark_trained(bias, train_bias)?;
        }
        let feedback = match config.text("feedback")? {
            "random" => Some(random_feedback(net, hidden, ctx)?),
            _ => None,
        };
        let adam = config.bool("use_optimizer")?;
        Ok(EProp {
            constants: Constants::new(config, hidden)?,
            schedule: Schedule {
                every: config.usize("update_every")?,
                last: config.bool("update_last")?,
            },
            per_step,
            execution: config.execution()?,
            membrane: if config.switch("post_reset_psi")? {
                Field::Reported
            } else {
                Field::Membrane
            },
            // Plain descent divides by the batch in the reference too.
            batch_sum: config.switch("batch_sum")? && adam,
            train_bias,
            network_readout: config.switch("network_readout")?,
            layer_rates,
            feedback,
            optimizer: if adam {
                Optimizer::adam(lr)
            } else {
                Optimizer::sgd(lr)
            },
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        let sum = if self.per_step {
            self.online(net, batch, ctx)?
        } else {
            self.deferred(net, batch, ctx)?
        };
        Ok(Report::new(sum.cross_entropy(batch.labels())?, sum.argmax(-1)?))
    }

    fn predict(&mut self, net: &Network, batch: &Batch, _ctx: &Ctx) -> Result<Option<Tensor>> {
        if self.network_readout {
            return Ok(None);
        }
        readout::scores(net, batch, self.constants.kappa).map(Some)
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.optimizer.save("optimizer", state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.optimizer.load("optimizer", state)
    }
}

impl EProp {
    /// An update after every step that teaches; returns `Σ_t y_t [B, C]`.
    fn online(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Tensor> {
        let mut stream = Stream::new(self, self.execution, net, batch, ctx)?;
        for t in 0..batch.steps() {
            let grads = Grads::zeros(net, ctx)?;
            if stream.step(self, net, t, self.share(batch), &grads)? {
                self.update(net, &grads, ctx)?;
            }
        }
        Ok(stream.sum)
    }

    /// One update per sequence. Samples add up, so that they may be processed part by part.
    fn deferred(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Tensor> {
        let (layer, _) = hidden(net)?;
        let grads = Grads::zeros(net, ctx)?;
        let share = self.share(batch);
        let online = self.execution == Execution::Online;
        let parts = if online {
            ctx.parts(batch.len(), Eligibility::reals(&self.constants, layer, batch), 1)
        } else {
            let kept = KEPT * batch.steps() * layer.size();
            ctx.parts(batch.len(), kept, FEWEST)
        };
        let mut sums = Vec::new();
        for (first, len) in parts {
            let part = batch.samples(first, len)?;
            sums.push(if online {
                let mut stream = Stream::new(self, Execution::Online, net, &part, ctx)?;
                for t in 0..part.steps() {
                    stream.step(self, net, t, share, &grads)?;
                }
                stream.sum
            } else {
                self.sequence(net, &part, share, &grads, ctx)?
            });
        }
        self.update(net, &grads, ctx)?;
        Tensor::cat(&sums.iter().collect::<Vec<_>>(), 0)
    }

    /// No weight moves inside the sequence, so both filters can act on the learning signal, backwards in time, instead
    /// of on every synapse: `Σ_t L_t E_t = Σ_s A_sᵀ x_s` with `A = F_α(ψ · F_κ(L))`, F the filters run from the end.
    fn sequence(&self, net: &Network, batch: &Batch, share: f64, grads: &Grads, ctx: &Ctx) -> Result<Tensor> {
        let (layer, _) = hidden(net)?;
        let readout = net.readout()?;
        let Constants {
            alpha,
            kappa,
            threshold,
            psi,
        } = self.constants;
        net.reset(batch.len())?;
        net.run(batch.input())?;
        let outputs = readout::outputs(net, kappa)?; // [T, B, C]
        let error = self.taught(outputs.softmax_minus_one_hot(batch.labels(), share)?, batch, ctx)?;
        let filtered = error.scan_decay_reverse(kappa)?;
        let readout_grad = net.weight_grad(readout, Matrix::FeedForward, &filtered, &net.input(readout)?)?;
        grads.readout.add_scaled(1.0, &readout_grad)?;
        let signal = self.broadcast(net, &error)?.scan_decay_reverse(kappa)?; // [T, B, n]
        let psi = net
            .field(layer, self.membrane)?
            .pseudo_derivative(&psi, threshold)?;
        let post = signal.mul(&psi)?;
        drop((signal, psi));
        let post = post.scan_decay_reverse(alpha)?;
        let input = net.input(layer)?;
        let constant = if batch.constant_input() {
            Some((post.sum(&[0])?, input.select(0, 0)?))
        } else {
            None
        };
        let of_input = constant
            .as_ref()
            .map_or((&post, &input), |(sum, frame)| (sum, frame));
        let previous = net.field(layer, Field::PreviousSpikes)?;
        grads.hidden.add(net, layer, of_input, &post, Some(&previous))?;
        outputs.sum(&[0])
    }

    /// The learning signal of each neuron from the errors of the readout, `[.., C]` to `[.., n]`.
    pub(crate) fn broadcast(&self, net: &Network, error: &Tensor) -> Result<Tensor> {
        if let Some(feedback) = self.feedback {
            return error.matmul(&net.param(feedback)?);
        }
        let signals = net.input_grad(net.readout()?, error)?;
        signals
            .into_iter()
            .next()
            .map(|(_, signal)| signal)
            .ok_or_else(|| {
                Error::refused("the readout is not fed by the hidden layer, so no learning signal reaches it")
            })
    }

    /// The errors `[T, B, C]` of the steps that teach, zero elsewhere.
    fn taught(&self, error: Tensor, batch: &Batch, ctx: &Ctx) -> Result<Tensor> {
        if self.schedule.always() {
            return Ok(error);
        }
        let steps = batch.steps();
        let mask: Vec<f64> = (0..steps)
            .map(|t| f64::from(u8::from(self.schedule.teaches(t, steps))))
            .collect();
        error.mul(&ctx.tensor(&mask, &[steps, 1, 1])?)
    }

    fn share(&self, batch: &Batch) -> f64 {
        if self.batch_sum {
            1.0
        } else {
            1.0 / batch.len() as f64
        }
    }

    fn update(&mut self, net: &Network, grads: &Grads, ctx: &Ctx) -> Result<()> {
        let (layer, recurrent) = hidden(net)?;
        let [input_rate, recurrent_rate, readout_rate] = self.layer_rates;
        let bias = recurrent.bias.filter(|_| self.train_bias);
        let steps = [
            (Some(layer.weight), Some(&grads.hidden.input), input_rate),
            (
                Some(recurrent.weight),
                grads.hidden.recurrent.as_ref(),
                recurrent_rate,
            ),
            (bias, Some(&grads.hidden.bias), recurrent_rate),
            (Some(net.readout()?.weight), Some(&grads.readout), readout_rate),
        ];
        for (param, grad, rate) in steps {
            let (Some(param), Some(grad)) = (param, grad) else {
                continue;
            };
            if rate == 1.0 {
                self.optimizer.step(net, param, grad, ctx)?;
            } else {
                self.optimizer.step(net, param, &grad.scale(rate)?, ctx)?;
            }
        }
        Ok(())
    }
}

/// The recurrent layer, as `check` has found it.
pub(crate) fn hidden(net: &Network) -> Result<(&LayerInfo, &RecurrentInfo)> {
    let layer = net
        .hidden()
        .first()
        .ok_or_else(|| Error::refused("e-prop needs one hidden layer"))?;
    let recurrent = layer
        .recurrent
        .as_ref()
        .ok_or_else(|| Error::refused("e-prop needs a recurrent layer"))?;
    Ok((layer, recurrent))
}

/// A fixed matrix `[C, n]`, normal with variance 1/n.
fn random_feedback(net: &Network, layer: &LayerInfo, ctx: &Ctx) -> Result<usize> {
    let (classes, neurons) = (net.readout()?.size(), layer.size());
    let matrix = ctx.normal(
        "eprop.feedback",
        0,
        &[classes, neurons],
        0.0,
        1.0 / (neurons as f64).sqrt(),
    )?;
    net.register_fixed("feedback.0", &matrix)
}
