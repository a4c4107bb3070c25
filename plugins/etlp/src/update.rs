//! From the factors of a gradient to changed weights.

use crate::traces::Traces;
use neurotrain_plugin_api::{Bundle, Config, Ctx, Descent, LayerInfo, Matrix, Network, Result, Tensor};

/// Learning rate of plain descent where none is configured.
const DESCENT_LR: f64 = 0.03;
/// That of Adam.
const ADAM_LR: f64 = 3e-4;
/// The reference's.
const REFERENCE_LR: f64 = 1e-3;

/// How gradients change weights.
#[derive(Debug)]
pub(crate) struct Update(Descent);

impl Update {
    pub(crate) fn new(config: &Config, net: &Network) -> Result<Self> {
        let descent = Descent::new(config, net, learning_rate(config)?, adam(config)?)?;
        Ok(Update(
            descent.with_decay(config.f64("weight_l1")?, config.f64("weight_l2")?),
        ))
    }

    pub(crate) fn lr(&self) -> f64 {
        self.0.lr()
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
        let share = 1.0 / post.dim(0)? as f64;
        let input = (post, &traces.input);
        self.0
            .product(net, layer, Matrix::FeedForward, input, share, ctx)?;
        if let Some(trace) = &traces.recurrent {
            self.0
                .product(net, layer, Matrix::Recurrent, (post, trace), share, ctx)?;
        }
        let bias = net.bias_grad(layer, post)?;
        self.0.biases(net, layer, &bias, traces.one * share, ctx)
    }

    pub(crate) fn save(&self, state: &mut Bundle) -> Result<()> {
        self.0.save(state)
    }

    pub(crate) fn load(&mut self, state: &Bundle) -> Result<()> {
        self.0.load(state)
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
