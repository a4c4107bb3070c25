//! From gradients to changed weights.

use crate::abi::Bundle;
use crate::{Config, Ctx, LayerGrads, LayerInfo, Matrix, Network, Optimizer, Result, Tensor};

/// How the gradients of layers with linear synapses change their weights: gradient descent or Adam, behind a clip and
/// weight decay, either of which may be off.
///
/// Reads the parameters `grad_clip` (largest magnitude of an element; 0 for no limit) and `rec_bias_frozen` (whether
/// biases of recurrent matrices stay as they are).
#[derive(Debug)]
pub struct Descent {
    lr: f64,
    clip: f64,
    /// Coefficients of `sign(W)` and `W`.
    decay: [f64; 2],
    train_recurrent_bias: bool,
    adam: Option<Optimizer>,
}

impl Descent {
    /// With learning rate `lr`, by Adam or plain; tells `net` which biases of recurrent matrices are trained.
    ///
    /// # Errors
    /// When a parameter that it reads is not declared, or `net` refuses.
    pub fn new(config: &Config, net: &Network, lr: f64, adam: bool) -> Result<Self> {
        let train_recurrent_bias = !config.switch("rec_bias_frozen")?;
        for layer in net.layers() {
            if let Some(bias) = layer.recurrent.as_ref().and_then(|r| r.bias) {
                net.mark_trained(bias, train_recurrent_bias)?;
            }
        }
        Ok(Descent {
            lr,
            clip: config.f64("grad_clip")?,
            decay: [0.0; 2],
            train_recurrent_bias,
            adam: adam.then(|| Optimizer::adam(lr)),
        })
    }

    /// Adds `l1 sign(W) + l2 W` to the gradients of matrices.
    pub fn with_decay(mut self, l1: f64, l2: f64) -> Self {
        self.decay = [l1, l2];
        self
    }

    /// The learning rate.
    pub fn lr(&self) -> f64 {
        self.lr
    }

    /// Moves all weights of `layer` along `grads`, times `share`.
    ///
    /// # Errors
    /// Those of the operations on `net`.
    pub fn apply(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        grads: &LayerGrads,
        share: f64,
        ctx: &Ctx,
    ) -> Result<()> {
        self.matrix(net, layer.weight, grads.input.scale(share)?, ctx)?;
        if let (Some(recurrent), Some(grad)) = (&layer.recurrent, &grads.recurrent) {
            self.matrix(net, recurrent.weight, grad.scale(share)?, ctx)?;
        }
        self.biases(net, layer, &grads.bias, share, ctx)
    }

    /// Moves a matrix of `layer` along `share · postᵀ pre`, without forming the product where nothing needs it.
    ///
    /// # Errors
    /// Those of the operations on `net`.
    pub fn product(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        matrix: Matrix,
        (post, pre): (&Tensor, &Tensor),
        share: f64,
        ctx: &Ctx,
    ) -> Result<()> {
        if self.adam.is_none() && self.clip == 0.0 && self.decay == [0.0; 2] {
            return net.outer_update(layer, matrix, -self.lr * share, post, pre);
        }
        let param = match (matrix, &layer.recurrent) {
            (Matrix::Recurrent, Some(recurrent)) => recurrent.weight,
            _ => layer.weight,
        };
        let grad = net.weight_grad(layer, matrix, post, pre)?;
        self.matrix(net, param, grad.scale(share)?, ctx)
    }

    /// Moves the biases of `layer` that are trained along `grad [n]`, times `share`.
    ///
    /// # Errors
    /// Those of the operations on `net`.
    pub fn biases(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        grad: &Tensor,
        share: f64,
        ctx: &Ctx,
    ) -> Result<()> {
        let recurrent = layer.recurrent.as_ref().and_then(|r| r.bias);
        let recurrent = recurrent.filter(|_| self.train_recurrent_bias);
        for bias in layer.bias.into_iter().chain(recurrent) {
            self.step(net, bias, &grad.scale(share)?, ctx)?;
        }
        Ok(())
    }

    fn matrix(&mut self, net: &Network, param: usize, grad: Tensor, ctx: &Ctx) -> Result<()> {
        let [l1, l2] = self.decay;
        if l1 != 0.0 || l2 != 0.0 {
            let weight = net.param(param)?;
            grad.add_scaled(l1, &weight.sign()?)?;
            grad.add_scaled(l2, &weight)?;
        }
        self.step(net, param, &grad, ctx)
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

    /// Adds the state of the optimiser to a bundle.
    ///
    /// # Errors
    /// Those of copying tensors.
    pub fn save(&self, state: &mut Bundle) -> Result<()> {
        self.adam
            .as_ref()
            .map_or(Ok(()), |adam| adam.save("optimizer", state))
    }

    /// Restores what [`save`](Descent::save) wrote.
    ///
    /// # Errors
    /// When something is missing.
    pub fn load(&mut self, state: &Bundle) -> Result<()> {
        self.adam
            .as_mut()
            .map_or(Ok(()), |adam| adam.load("optimizer", state))
    }
}
