//! From the factors of a gradient to changed weights.

use crate::traces::Traces;
use neurotrain_plugin_api::{Bundle, Config, Ctx, LayerInfo, Matrix, Network, Optimizer, Result, Tensor};

/// Learning rate of plain descent where none is configured.
const DESCENT_LR: f64 = 0.03;
/// That of Adam.
const ADAM_LR: f64 = 3e-4;
/// The reference's.
const REFERENCE_LR: f64 = 1e-3;

/// How gradients change weights.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) lr: f64,
    /// Coefficients of `sign(W)` and `W`.
    decay: [f64; 2],
    /// Largest magnitude of an element; 0: no limit.
    clip: f64,
    train_recurrent_bias: bool,
    adam: Option<Optimizer>,
}

impl Update {
    pub(crate) fn new(config: &Config, train_recurrent_bias: bool) -> Result<Self> {
        let lr = learning_rate(config)?;
        Ok(Update {
            lr,
            decay: [config.f64("weight_l1")?, config.f64("weight_l2")?],
            clip: config.f64("grad_clip")?,
            train_recurrent_bias,
            adam: adam(config)?.then(|| Optimizer::adam(lr)),
        })
    }

    /// Moves all weights of `layer` along `postᵀ traces`, averaged over the samples; `post [B, n]`.
    pub(crate) fn apply(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        post: &Tensor,
        traces: &Traces,
        ctx: &Ctx,
    ) -> Result<()> {
        self.matrix(
            net,
            layer,
            Matrix::FeedForward,
            layer.weight,
            post,
            &traces.input,
            ctx,
        )?;
        if let (Some(recurrent), Some(trace)) = (&layer.recurrent, &traces.recurrent) {
            self.matrix(net, layer, Matrix::Recurrent, recurrent.weight, post, trace, ctx)?;
        }
        let recurrent_bias = layer.recurrent.as_ref().and_then(|r| r.bias);
        let recurrent_bias = recurrent_bias.filter(|_| self.train_recurrent_bias);
        for bias in layer.bias.into_iter().chain(recurrent_bias) {
            let grad = net.bias_grad(layer, post)?.scale(traces.one / samples(post)?)?;
            self.step(net, bias, grad, ctx)?;
        }
        Ok(())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a matrix is a layer, which of its two, and its index"
    )]
    fn matrix(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        matrix: Matrix,
        param: usize,
        post: &Tensor,
        pre: &Tensor,
        ctx: &Ctx,
    ) -> Result<()> {
        let share = 1.0 / samples(post)?;
        let [l1, l2] = self.decay;
        let regularised = l1 != 0.0 || l2 != 0.0;
        if self.adam.is_none() && self.clip == 0.0 && !regularised {
            return net.outer_update(layer, matrix, -self.lr * share, post, pre);
        }
        let grad = net.weight_grad(layer, matrix, post, pre)?.scale(share)?;
        if regularised {
            let weight = net.param(param)?;
            grad.add_scaled(l1, &weight.sign()?)?;
            grad.add_scaled(l2, &weight)?;
        }
        self.step(net, param, grad, ctx)
    }

    fn step(&mut self, net: &Network, param: usize, grad: Tensor, ctx: &Ctx) -> Result<()> {
        let grad = if self.clip > 0.0 {
            grad.clamp(-self.clip, self.clip)?
        } else {
            grad
        };
        match &mut self.adam {
            Some(adam) => adam.step(net, param, &grad, ctx),
            None => net.add_param(param, -self.lr, &grad),
        }
    }

    pub(crate) fn save(&self, state: &mut Bundle) -> Result<()> {
        self.adam
            .as_ref()
            .map_or(Ok(()), |adam| adam.save("optimizer", state))
    }

    pub(crate) fn load(&mut self, state: &Bundle) -> Result<()> {
        self.adam
            .as_mut()
            .map_or(Ok(()), |adam| adam.load("optimizer", state))
    }
}

/// As configured; else Adam, which the reference does not use.
fn adam(config: &Config) -> Result<bool> {
    match config.get("use_optimizer") {
        Some(_) => config.bool("use_optimizer"),
        None => Ok(!config.neurotrain()?),
    }
}

/// As configured; else what learns fastest, or the reference's.
fn learning_rate(config: &Config) -> Result<f64> {
    let unset = match (config.neurotrain()?, adam(config)?) {
        (true, _) => REFERENCE_LR,
        (false, true) => ADAM_LR,
        (false, false) => DESCENT_LR,
    };
    Ok(config.f64_opt("lr")?.unwrap_or(unset))
}

fn samples(post: &Tensor) -> Result<f64> {
    Ok(post.dim(0)? as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unset_rate_depends_on_what_uses_it() {
        let rate = |compat: &str, adam: Option<bool>, lr: Option<f64>| {
            let mut config = Config::defaults(&crate::manifest::params());
            config.set("compat", compat);
            if let Some(adam) = adam {
                config.set("use_optimizer", adam);
            }
            if let Some(lr) = lr {
                config.set("lr", lr);
            }
            learning_rate(&config)
        };
        assert_eq!(rate("recommended", None, None), Ok(ADAM_LR));
        assert_eq!(rate("recommended", Some(true), None), Ok(ADAM_LR));
        assert_eq!(rate("recommended", Some(false), None), Ok(DESCENT_LR));
        assert_eq!(rate("neurotrain", None, None), Ok(REFERENCE_LR));
        assert_eq!(rate("neurotrain", Some(true), None), Ok(REFERENCE_LR));
        assert_eq!(rate("neurotrain", None, Some(0.5)), Ok(0.5));
    }
}
