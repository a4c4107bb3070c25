//! From the factors of a gradient to changed weights.

use neurotrain_plugin_api::{Bundle, Config, Ctx, LayerInfo, Matrix, Network, Optimizer, Result, Tensor};

/// The gradient of one layer in factors, summed over samples when they are multiplied.
pub(crate) struct Gradient {
    /// Of the feed-forward matrix: postsynaptic `[.., n]` and presynaptic `[.., i]` factor.
    pub(crate) input: (Tensor, Tensor),
    /// Postsynaptic factor of the recurrent matrix and of biases, `[T, B, n]`.
    pub(crate) post: Tensor,
    /// Presynaptic factor of the recurrent matrix, `[T, B, n]`.
    pub(crate) previous: Option<Tensor>,
}

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
        let recurrent_bias = layer.recurrent.as_ref().and_then(|r| r.bias);
        let recurrent_bias = recurrent_bias.filter(|_| self.train_recurrent_bias);
        for bias in layer.bias.into_iter().chain(recurrent_bias) {
            let grad = net.bias_grad(layer, &gradient.post)?;
            self.step(net, bias, &grad.scale(share)?, ctx)?;
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
