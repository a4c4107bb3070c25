use crate::feedback::sparse_feedback;
use crate::manifest;
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Ctx, Error, LayerInfo, Matrix, Network, NetworkInfo, Optimizer, Report,
    Result, Scores, Tensor, Trainer,
};

/// Coincidence of pre- and postsynaptic spikes, modulated by the output error through sparse random feedback.
#[derive(Debug)]
pub struct Stsf {
    lr: f64,
    constructor_batch: bool,
    adam: Option<Optimizer>,
    /// Parameter index of the feedback matrix `[C, n]` of each hidden layer.
    feedback: Vec<usize>,
}

impl Trainer for Stsf {
    const KEY: &'static str = "stsf";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn check(_config: &Config, network: &NetworkInfo) -> Result<()> {
        let (hidden, _) = network.require_readout()?;
        if hidden.is_empty() {
            return Err(Error::refused(
                "STSF projects the error onto hidden layers, and this network has none",
            )
            .with_hint("give the model at least one entry in `hidden_sizes`"));
        }
        network.require_spiking_readout("STSF")?;
        match network
            .layers
            .iter()
            .find(|l| l.synapse != "linear" || l.recurrent.is_some())
        {
            Some(layer) => Err(Error::refused(format!(
                "STSF trains fully connected feed-forward layers; `{}` is {}",
                layer.name,
                if layer.recurrent.is_some() {
                    "recurrent"
                } else {
                    &layer.synapse
                }
            ))),
            None => Ok(()),
        }
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        let lr = learning_rate(config)?;
        let classes = net.readout()?.size();
        let mut feedback = Vec::new();
        for layer in net.hidden() {
            let mut random = ctx.rng("stsf.feedback", layer.index as u64);
            let values = sparse_feedback(&mut random, classes, layer.size());
            let matrix = ctx.tensor(&values, &[classes, layer.size()])?;
            feedback.push(net.register_fixed(&format!("feedback.{}", layer.index), &matrix)?);
        }
        Ok(Stsf {
            lr,
            constructor_batch: config.switch("constructor_batch")?,
            adam: config.bool("use_optimizer")?.then(|| Optimizer::adam(lr)),
            feedback,
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.reset(batch.len())?;
        let mut learning = self.learning(batch);
        let mut scores = Scores::new();
        for t in 0..batch.steps() {
            net.step(&batch.step(t)?)?;
            scores.add_step(net)?;
            let error = net.spikes(net.readout()?)?.minus_one_hot(batch.labels(), 1.0)?; // [B, C]
            for layer in net.layers() {
                let delta = self.modulated(net, layer, &error)?; // [B, n]
                learning.take(net, layer, &delta)?;
            }
        }
        if let (Some(adam), Learning::Deferred { grads, .. }) = (&mut self.adam, &learning) {
            for (param, grad) in grads {
                adam.step(net, *param, grad, ctx)?;
            }
        }
        Ok(report(scores.total()?, batch)?.scalar("lr", self.lr))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.adam
            .as_ref()
            .map_or(Ok(()), |adam| adam.save("optimizer", state))
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.adam
            .as_mut()
            .map_or(Ok(()), |adam| adam.load("optimizer", state))
    }
}

impl Stsf {
    /// The postsynaptic factor: in the readout the error, below it the projected error where neurons fired.
    fn modulated(&self, net: &Network, layer: &LayerInfo, error: &Tensor) -> Result<Tensor> {
        match self.feedback.get(layer.index) {
            Some(feedback) => error.matmul(&net.param(*feedback)?)?.mul(&net.spikes(layer)?),
            None => Ok(error.clone()),
        }
    }

    fn learning(&self, batch: &Batch) -> Learning {
        let samples = batch.len() as f64;
        if self.adam.is_some() {
            return Learning::Deferred {
                share: 1.0 / (samples * batch.steps() as f64),
                grads: Vec::new(),
            };
        }
        let divisor = if self.constructor_batch {
            batch.nominal_len() as f64
        } else {
            samples
        };
        Learning::Online {
            rate: self.lr * 2.0 / (batch.classes() as f64 * divisor),
        }
    }
}

/// As configured; else the reference's under `compat: neurotrain`, the authors' for Adam, and what learns fast
/// within the range the reference searches for the update at every step.
fn learning_rate(config: &Config) -> Result<f64> {
    let unset = match (config.neurotrain()?, config.bool("use_optimizer")?) {
        (true, _) => 1e-3,
        (false, true) => 5e-4,
        (false, false) => 0.1,
    };
    Ok(config.f64_opt("lr")?.unwrap_or(unset))
}

/// What becomes of `delta_tᵀ x_t`.
enum Learning {
    /// `W -= rate · delta_tᵀ x_t` at once.
    Online { rate: f64 },
    /// Added up for one optimiser step.
    Deferred { share: f64, grads: Vec<(usize, Tensor)> },
}

impl Learning {
    fn take(&mut self, net: &Network, layer: &LayerInfo, delta: &Tensor) -> Result<()> {
        let input = net.input(layer)?;
        match self {
            Learning::Online { rate } => net.outer_update(layer, Matrix::FeedForward, -*rate, delta, &input),
            Learning::Deferred { share, grads } => {
                let grad = net.weight_grad(layer, Matrix::FeedForward, delta, &input)?;
                match grads.iter().find(|(param, _)| *param == layer.weight) {
                    Some((_, sum)) => sum.add_scaled(*share, &grad)?,
                    None => grads.push((layer.weight, grad.scale(*share)?)),
                }
                Ok(())
            }
        }
    }
}

/// Loss: mean over samples and classes of `(Σ_t s_t - T·onehot(y))²`.
fn report(count: &Tensor, batch: &Batch) -> Result<Report> {
    let steps = batch.steps() as f64;
    let rate_error = count.scale(1.0 / steps)?.minus_one_hot(batch.labels(), 1.0)?;
    let loss = steps * steps * rate_error.mul(&rate_error)?.mean(&[])?.item()?;
    Ok(Report::new(loss, count.argmax(-1)?))
}
