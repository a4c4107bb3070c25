//! From gradients to changed weights.

use neurotrain_plugin_api::{Bundle, Config, Ctx, LayerGrads, LayerInfo, Network, Optimizer, Result, Tensor};

/// How gradients change weights.
#[derive(Debug)]
pub(crate) struct Update {
    lr: f64,
    /// Largest magnitude of an element; 0: no limit.
    clip: f64,
    train_recurrent_bias: bool,
    adam: Option<Optimizer>,
}

impl Update {
    pub(crate) fn new(config: &Config, train_recurrent_bias: bool) -> Result<Self> {
        let lr = config.f64("lr")?;
        Ok(Update {
            lr,
            clip: config.f64("grad_clip")?,
            train_recurrent_bias,
            adam: config.bool("use_optimizer")?.then(|| Optimizer::adam(lr)),
        })
    }

    /// Moves all weights of `layer` along `grads`, times `share`.
    pub(crate) fn apply(
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
        let recurrent_bias = layer.recurrent.as_ref().and_then(|r| r.bias);
        let recurrent_bias = recurrent_bias.filter(|_| self.train_recurrent_bias);
        for bias in layer.bias.into_iter().chain(recurrent_bias) {
            self.step(net, bias, &grads.bias.scale(share)?, ctx)?;
        }
        Ok(())
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
