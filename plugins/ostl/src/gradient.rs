//! From the factors of a gradient to changed weights.

use neurotrain_plugin_api::{Config, Ctx, Descent, LayerGrads, LayerInfo, Matrix, Network, Result, Tensor};

/// The gradient of one layer in factors, summed over samples when they are multiplied.
pub(crate) struct Gradient {
    /// Of the feed-forward matrix: postsynaptic `[.., n]` and presynaptic `[.., i]` factor.
    pub(crate) input: (Tensor, Tensor),
    /// Postsynaptic factor of the recurrent matrix and of biases, `[T, B, n]`.
    pub(crate) post: Tensor,
    /// Presynaptic factor of the recurrent matrix, `[T, B, n]`.
    pub(crate) previous: Option<Tensor>,
}

impl Gradient {
    /// Multiplies the factors and adds the products to `grads`.
    pub(crate) fn add_to(&self, net: &Network, layer: &LayerInfo, grads: &LayerGrads) -> Result<()> {
        let (post, pre) = &self.input;
        grads.add(net, layer, (post, pre), &self.post, self.previous.as_ref())
    }

    /// Moves all weights of `layer` along it, times `share`.
    pub(crate) fn descend(
        &self,
        descent: &mut Descent,
        net: &Network,
        layer: &LayerInfo,
        share: f64,
        ctx: &Ctx,
    ) -> Result<()> {
        let (post, pre) = &self.input;
        descent.product(net, layer, Matrix::FeedForward, (post, pre), share, ctx)?;
        if let (Some(_), Some(previous)) = (&layer.recurrent, &self.previous) {
            let factors = (&self.post, previous);
            descent.product(net, layer, Matrix::Recurrent, factors, share, ctx)?;
        }
        descent.biases(net, layer, &net.bias_grad(layer, &self.post)?, share, ctx)
    }
}

/// Learning rate of plain descent where none is configured.
const DESCENT_LR: f64 = 0.1;
/// That of Adam, and the reference's.
const REFERENCE_LR: f64 = 1e-3;

/// How gradients change weights.
pub(crate) fn descent(config: &Config, net: &Network) -> Result<Descent> {
    Descent::new(config, net, learning_rate(config)?, config.bool("use_optimizer")?)
}

/// As configured; else the reference's under `compat: neurotrain` and with Adam.
fn learning_rate(config: &Config) -> Result<f64> {
    let reference = config.neurotrain()? || config.bool("use_optimizer")?;
    let unset = if reference { REFERENCE_LR } else { DESCENT_LR };
    Ok(config.f64_opt("lr")?.unwrap_or(unset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unset_rate_depends_on_what_uses_it() {
        let rate = |compat: &str, adam: bool, lr: Option<f64>| {
            let mut config = Config::defaults(&crate::manifest::params());
            config.set("compat", compat);
            config.set("use_optimizer", adam);
            if let Some(lr) = lr {
                config.set("lr", lr);
            }
            learning_rate(&config)
        };
        assert_eq!(rate("recommended", false, None), Ok(DESCENT_LR));
        assert_eq!(rate("recommended", true, None), Ok(1e-3));
        assert_eq!(rate("neurotrain", false, None), Ok(1e-3));
        assert_eq!(rate("neurotrain", false, Some(0.5)), Ok(0.5));
    }
}
