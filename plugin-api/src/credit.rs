//! Credit on its way from the readout to the input, and the gradients it leaves in each layer.

use crate::{Error, LayerInfo, Matrix, Network, Result, Tensor};

/// Gradients with respect to the spikes of layers, while a rule walks from the readout to the input.
///
/// A layer whose spikes reach several others receives the sum: residual connections need no special case.
///
/// ```no_run
/// # use neurotrain_plugin_api::*;
/// # fn sweep(net: &Network, at_readout: Tensor) -> Result<()> {
/// let mut credit = Credit::new(net);
/// credit.add(net.readout()?.index, at_readout)?;
/// for layer in net.layers().iter().rev() {
///     let Some(spikes) = credit.take(layer) else { continue };
///     let post = net.neuron_adjoint(layer, Some(&spikes), None, false)?;
///     credit.add_all(net.input_grad(layer, &post)?)?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Credit {
    by_layer: Vec<Option<Tensor>>,
}

impl Credit {
    /// No credit anywhere.
    pub fn new(net: &Network) -> Self {
        Credit {
            by_layer: vec![None; net.layers().len()],
        }
    }

    /// Adds a gradient with respect to the spikes of layer `layer`.
    pub fn add(&mut self, layer: usize, grad: Tensor) -> Result<()> {
        let layers = self.by_layer.len();
        let slot = self.by_layer.get_mut(layer).ok_or_else(|| {
            Error::new(
                "shape-mismatch",
                format!("credit for layer {layer} of a network of {layers} layers"),
            )
        })?;
        *slot = Some(match slot.take() {
            None => grad,
            Some(sum) => sum.add(&grad)?,
        });
        Ok(())
    }

    /// Adds what [`Network::input_grad`] returned.
    pub fn add_all(&mut self, grads: Vec<(usize, Tensor)>) -> Result<()> {
        grads
            .into_iter()
            .try_for_each(|(layer, grad)| self.add(layer, grad))
    }

    /// The credit of a layer, removed; `None` when nothing reached it.
    pub fn take(&mut self, layer: &LayerInfo) -> Option<Tensor> {
        self.by_layer.get_mut(layer.index)?.take()
    }
}

impl Network {
    /// Gradients of all parameters of `layer`, as `(parameter index, gradient)`: feed-forward weight and bias,
    /// recurrent weight and bias. `post` is the gradient with respect to the input current, `pre` and
    /// `previous` the presynaptic activity of the two matrices (plain or traced); all `[B, ..]` or `[T, B, ..]`.
    pub fn layer_grads(
        &self,
        layer: &LayerInfo,
        post: &Tensor,
        pre: &Tensor,
        previous: Option<&Tensor>,
    ) -> Result<Vec<(usize, Tensor)>> {
        let mut grads = vec![(
            layer.weight,
            self.weight_grad(layer, Matrix::FeedForward, post, pre)?,
        )];
        if let Some(bias) = layer.bias {
            grads.push((bias, self.bias_grad(layer, post)?));
        }
        if let (Some(recurrent), Some(previous)) = (&layer.recurrent, previous) {
            grads.push((
                recurrent.weight,
                self.weight_grad(layer, Matrix::Recurrent, post, previous)?,
            ));
            if let Some(bias) = recurrent.bias {
                grads.push((bias, self.bias_grad(layer, post)?));
            }
        }
        Ok(grads)
    }

    /// Gradient of a bias of `layer`: `post` summed over everything but the neurons, or, for a convolution,
    /// but the channels (pooling between the synapse and the neurons changes nothing: it only moves credit).
    pub fn bias_grad(&self, layer: &LayerInfo, post: &Tensor) -> Result<Tensor> {
        let rank = post.shape().len();
        let channel = rank.checked_sub(layer.shape.len()).ok_or_else(|| {
            let (found, wanted) = (post.shape(), &layer.shape);
            Error::new(
                "shape-mismatch",
                format!("`bias_grad` of `{}`: {found:?} has no {wanted:?}", layer.name),
            )
        })?;
        let axes: Vec<i64> = (0..rank)
            .filter(|axis| *axis != channel)
            .map(|axis| axis as i64)
            .collect();
        post.sum(&axes)
    }
}
