//! From the factors of a gradient to changed weights.

use neurotrain_plugin_api::{
    Bundle, Config, Ctx, LayerGrads, LayerInfo, Matrix, Network, Optimizer, Result, Tensor,
};

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
}

/// Learning rate of plain descent where none is configured.
const DESCENT_LR: f64 = 0.1;
/// That of Adam, and the reference's.
const REFERENCE_LR: f64 = 1e-3;

/// How gradients change weights.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) lr: f64,
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
            clip: config.f64("grad_clip")?,
            train_recurrent_bias,
            adam: config.bool("use_optimizer")?.then(|| Optimizer::adam(lr)),
        })
    }

    /// Moves all weights of `layer` along `gradient`, times `share`.
    pub(crate) fn apply(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        gradient: &Gradient,
        share: f64,
        ctx: &Ctx,
    ) -> Result<()> {
        let (post, pre) = &gradient.input;
        let mut matrices = vec![(Matrix::FeedForward, layer.weight, post, pre)];
        if let (Some(recurrent), Some(previous)) = (&layer.recurrent, &gradient.previous) {
            matrices.push((Matrix::Recurrent, recurrent.weight, &gradient.post, previous));
        }
        for (matrix, param, post, pre) in matrices {
            if self.adam.is_none() && self.clip == 0.0 {
                net.outer_update(layer, matrix, -self.lr * share, post, pre)?;
            } else {
                let grad = net.weight_grad(layer, matrix, post, pre)?;
                self.step(net, param, &grad.scale(share)?, ctx)?;
            }
        }
        for bias in self.biases(layer) {
            let grad = net.bias_grad(layer, &gradient.post)?;
            self.step(net, bias, &grad.scale(share)?, ctx)?;
        }
        Ok(())
    }

    /// As [`apply`](Update::apply), with gradients that are already multiplied.
    pub(crate) fn apply_sums(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        grads: &LayerGrads,
        share: f64,
        ctx: &Ctx,
    ) -> Result<()> {
        self.step(net, layer.weight, &grads.input.scale(share)?, ctx)?;
        if let (Some(recurrent), Some(grad)) = (&layer.recurrent, &grads.recurrent) {
            self.step(net, recurrent.weight, &grad.scale(share)?, ctx)?;
        }
        for bias in self.biases(layer) {
            self.step(net, bias, &grads.bias.scale(share)?, ctx)?;
        }
        Ok(())
    }

    /// The biases of `layer` that are trained.
    fn biases(&self, layer: &LayerInfo) -> impl Iterator<Item = usize> + use<> {
        let recurrent = layer.recurrent.as_ref().and_then(|r| r.bias);
        layer
            .bias
            .into_iter()
            .chain(recurrent.filter(|_| self.train_recurrent_bias))
    }

    fn step(&mut self, net: &Network, param: usize, grad: &Tensor, ctx: &Ctx) -> Result<()> {
        let clipped = if self.clip > 0.0 {
            Some(grad.clamp(-self.clip, self.clip)?)
        } else {
            None
        };
        let grad = clipped.as_ref().unwrap_or(grad);
        match &mut self.adam {
            Some(adam) => adam.step(net, param, grad, ctx),
            None => net.add_param(param, -self.lr, grad),
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
