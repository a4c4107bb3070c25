use crate::constants::{Constants, Schedule};
use crate::eligibility::{Eligibility, HiddenGrads};
use crate::{manifest, readout};
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Ctx, Error, Field, LayerInfo, Matrix, Network, NetworkInfo, Optimizer,
    RecurrentInfo, Report, Result, Tensor, Trainer,
};

/// Eligibilities of a recurrent layer times an error broadcast from a leaky readout.
#[derive(Debug)]
pub struct EProp {
    constants: Constants,
    schedule: Schedule,
    per_step: bool,
    /// Where ψ is evaluated: before or after the reset.
    membrane: Field,
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
        match network.layers.iter().find(|l| l.synapse != "linear") {
            Some(layer) => Err(Error::refused(format!(
                "e-prop trains linear synapses; `{}` is {}",
                layer.name, layer.synapse
            ))),
            None => Ok(()),
        }
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
        net.reset(batch.len())?;
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
        let (layer, _) = hidden(net)?;
        let readout = net.readout()?;
        let Constants {
            kappa,
            threshold,
            psi,
            ..
        } = self.constants;
        let output = ctx.zeros(&[batch.len(), batch.classes()])?;
        let sum = ctx.zeros(&[batch.len(), batch.classes()])?;
        let spikes = ctx.zeros(&[batch.len(), layer.size()])?;
        let mut eligibility = Eligibility::new(&self.constants, layer, batch, ctx)?;
        for t in 0..batch.steps() {
            net.step(&batch.step(t)?)?;
            let psi = net
                .field(layer, self.membrane)?
                .pseudo_derivative(&psi, threshold)?;
            eligibility.advance(net, layer, psi)?;
            spikes.trace(kappa, &net.spikes(layer)?)?;
            output.trace(kappa, &net.field(readout, Field::Current)?)?;
            sum.add_scaled(1.0, &output)?;
            if !self.schedule.teaches(t, batch.steps()) {
                continue;
            }
            let error = output.softmax_minus_one_hot(batch.labels(), self.share(batch))?;
            let signal = self.broadcast(net, &error)?; // [B, n]
            let grads = eligibility.gradients(net, layer, &signal)?;
            let readout_grad = net.weight_grad(readout, Matrix::FeedForward, &error, &spikes)?;
            self.update(net, &grads, &readout_grad, ctx)?;
        }
        Ok(sum)
    }

    /// One update per sequence. No weight moves inside it, so both filters can act on the learning signal,
    /// backwards in time, instead of on every synapse: `Σ_t L_t E_t = Σ_s A_sᵀ x_s` with
    /// `A = F_α(ψ · F_κ(L))`, F the filters run from the end.
    fn deferred(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Tensor> {
        let (layer, _) = hidden(net)?;
        let readout = net.readout()?;
        let Constants {
            alpha,
            kappa,
            threshold,
            psi,
        } = self.constants;
        net.run(batch.input())?;
        let outputs = readout::outputs(net, kappa)?; // [T, B, C]
        let error = self.taught(
            outputs.softmax_minus_one_hot(batch.labels(), self.share(batch))?,
            batch,
            ctx,
        )?;
        let signal = self.broadcast(net, &error)?.scan_decay_reverse(kappa)?; // [T, B, n]
        let psi = net
            .field(layer, self.membrane)?
            .pseudo_derivative(&psi, threshold)?;
        let post = signal.mul(&psi)?.scan_decay_reverse(alpha)?;
        let grads = HiddenGrads {
            input: net.weight_grad(layer, Matrix::FeedForward, &post, &net.input(layer)?)?,
            recurrent: net.weight_grad(
                layer,
                Matrix::Recurrent,
                &post,
                &net.field(layer, Field::PreviousSpikes)?,
            )?,
            bias: net.bias_grad(layer, &post)?,
        };
        let filtered = error.scan_decay_reverse(kappa)?;
        let readout_grad = net.weight_grad(readout, Matrix::FeedForward, &filtered, &net.input(readout)?)?;
        self.update(net, &grads, &readout_grad, ctx)?;
        outputs.sum(&[0])
    }

    /// The learning signal of each neuron from the errors of the readout, `[.., C]` to `[.., n]`.
    fn broadcast(&self, net: &Network, error: &Tensor) -> Result<Tensor> {
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

    fn update(&mut self, net: &Network, grads: &HiddenGrads, readout: &Tensor, ctx: &Ctx) -> Result<()> {
        let (layer, recurrent) = hidden(net)?;
        let [input_rate, recurrent_rate, readout_rate] = self.layer_rates;
        let bias = recurrent.bias.filter(|_| self.train_bias);
        let steps = [
            (Some(layer.weight), &grads.input, input_rate),
            (Some(recurrent.weight), &grads.recurrent, recurrent_rate),
            (bias, &grads.bias, recurrent_rate),
            (Some(net.readout()?.weight), readout, readout_rate),
        ];
        for (param, grad, rate) in steps {
            let Some(param) = param else { continue };
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
fn hidden(net: &Network) -> Result<(&LayerInfo, &RecurrentInfo)> {
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
