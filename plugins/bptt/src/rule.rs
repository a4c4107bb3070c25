use crate::manifest;
use crate::objective::Loss;
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Credit, Ctx, Error, Field, Network, NetworkInfo, Optimizer, Report,
    Result, Scores, Tensor, Trainer,
};

/// A forward run of the whole sequence, one reverse sweep per layer, one optimiser step per batch.
#[derive(Debug)]
pub struct Bptt {
    loss: Loss,
    grad_clip: Option<f64>,
    reset_grad: bool,
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
            optimizer: if adam {
                Optimizer::adam(lr)
            } else {
                Optimizer::sgd(lr)
            },
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.reset(batch.len())?;
        net.run(batch.input())?;
        let (loss, mut grads) = self.gradients(net, batch, ctx)?;
        let predictions = Scores::of_run(net)?.argmax(-1)?;
        if let Some(limit) = self.grad_clip {
            clip_norm(&mut grads, limit)?;
        }
        for (param, grad) in &grads {
            self.optimizer.step(net, *param, grad, ctx)?;
        }
        Ok(Report::new(loss, predictions))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.optimizer.save("optimizer", state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.optimizer.load("optimizer", state)
    }
}

impl Bptt {
    /// The loss, and the gradient of every parameter that reaches it.
    fn gradients(&self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<(f64, Vec<(usize, Tensor)>)> {
        let objective = self.loss.evaluate(net, batch, ctx)?;
        let readout = net.readout()?.index;
        let mut credit = Credit::new(net);
        if let Some(spikes) = objective.spikes {
            credit.add(readout, spikes)?;
        }
        let mut grads = Vec::new();
        for layer in net.layers().iter().rev() {
            let spikes = credit.take(layer);
            let membrane = objective.membrane.as_ref().filter(|_| layer.index == readout);
            if spikes.is_none() && membrane.is_none() {
                continue;
            }
            let post = net.neuron_adjoint(layer, spikes.as_ref(), membrane, !self.reset_grad)?;
            let previous = match layer.recurrent {
                Some(_) => Some(net.field(layer, Field::PreviousSpikes)?),
                None => None,
            };
            grads.extend(net.layer_grads(layer, &post, &net.input(layer)?, previous.as_ref())?);
            credit.add_all(net.input_grad(layer, &post)?)?;
        }
        Ok((objective.loss, grads))
    }
}

/// Scales all gradients by `min(1, limit / (norm + 1e-6))`, the norm taken over all of them.
fn clip_norm(grads: &mut [(usize, Tensor)], limit: f64) -> Result<()> {
    let mut square = 0.0;
    for (_, grad) in grads.iter() {
        square += grad.norm()?.powi(2);
    }
    let factor = limit / (square.sqrt() + 1e-6);
    if factor < 1.0 {
        for (_, grad) in grads.iter_mut() {
            *grad = grad.scale(factor)?;
        }
    }
    Ok(())
}
