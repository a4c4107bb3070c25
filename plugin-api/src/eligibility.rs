//! Eligibilities of all synapses onto a layer, carried from step to step, and the gradients they leave.

use crate::{Batch, Ctx, Field, LayerInfo, Matrix, Network, Result, Tensor};

/// Gradients of the arrays of one layer, summed over samples and steps.
#[derive(Debug)]
pub struct LayerGrads {
    /// Of the feed-forward matrix, `[n, i]`.
    pub input: Tensor,
    /// Of the recurrent matrix, `[n, n]`.
    pub recurrent: Option<Tensor>,
    /// Of the layer's biases, `[n]`.
    pub bias: Tensor,
}

impl LayerGrads {
    /// Zeros for a layer with linear synapses.
    pub fn zeros(layer: &LayerInfo, ctx: &Ctx) -> Result<Self> {
        let n = layer.size();
        Ok(LayerGrads {
            input: ctx.zeros(&[n, inputs(layer)])?,
            recurrent: layer.recurrent.as_ref().map(|_| ctx.zeros(&[n, n])).transpose()?,
            bias: ctx.zeros(&[n])?,
        })
    }

    /// Adds the products of `post` with what is presynaptic: `input` holds both factors of the feed-forward matrix,
    /// `[.., n]` and `[.., i]`; `post` and `previous [.., n]` are those of the recurrent matrix.
    pub fn add(
        &self,
        net: &Network,
        layer: &LayerInfo,
        input: (&Tensor, &Tensor),
        post: &Tensor,
        previous: Option<&Tensor>,
    ) -> Result<()> {
        let grad = net.weight_grad(layer, Matrix::FeedForward, input.0, input.1)?;
        self.input.add_scaled(1.0, &grad)?;
        if let (Some(sum), Some(previous)) = (&self.recurrent, previous) {
            sum.add_scaled(1.0, &net.weight_grad(layer, Matrix::Recurrent, post, previous)?)?;
        }
        self.bias.add_scaled(1.0, &net.bias_grad(layer, post)?)
    }
}

/// `ε_t = J_t ε_{t-1} + x_t` for every synapse onto a layer with linear synapses, with one gain `J` per sample and
/// neuron: a trace per synapse, constant in T.
///
/// Where every step has the same input, `ε_t = c_t ⊗ x` with `c_t = J_t c_{t-1} + 1`, and the input matrix needs no more
/// than `c`, which is also the eligibility of a bias.
#[derive(Debug)]
pub struct Eligibilities {
    /// `c [B, n]`.
    bias: Tensor,
    ones: Tensor,
    /// `[B, n, i]`; none where the input is constant.
    input: Option<Tensor>,
    /// `[B, n, n]`.
    recurrent: Option<Tensor>,
}

impl Eligibilities {
    /// Before the first step of `batch`.
    pub fn new(layer: &LayerInfo, batch: &Batch, ctx: &Ctx) -> Result<Self> {
        let (b, n) = (batch.len(), layer.size());
        let constant = has_constant_input(layer, batch);
        Ok(Eligibilities {
            bias: ctx.zeros(&[b, n])?,
            ones: ctx.full(&[b, n], 1.0)?,
            input: if constant {
                None
            } else {
                Some(ctx.zeros(&[b, n, inputs(layer)])?)
            },
            recurrent: layer
                .recurrent
                .as_ref()
                .map(|_| ctx.zeros(&[b, n, n]))
                .transpose()?,
        })
    }

    /// Numbers that a sample of `batch` keeps.
    pub fn reals(layer: &LayerInfo, batch: &Batch) -> usize {
        let of_input = if has_constant_input(layer, batch) {
            0
        } else {
            inputs(layer)
        };
        let of_layer = if layer.recurrent.is_some() {
            layer.size()
        } else {
            0
        };
        layer.size() * (of_input + of_layer + 2)
    }

    /// Takes in the step that `net` has just made, with the gain `J [B, n]` into it (of the first step, anything
    /// finite), and adds `Σ_b post_t ε_t` to `grads`, for `post [B, n]`.
    pub fn step(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        gain: &Tensor,
        post: &Tensor,
        grads: &LayerGrads,
    ) -> Result<()> {
        self.bias = self.ones.add_product(1.0, gain, &self.bias)?;
        let of_bias = post.mul(&self.bias)?;
        grads.bias.add_scaled(1.0, &of_bias.sum(&[0])?)?;
        let x = net.input(layer)?;
        match &self.input {
            Some(trace) => trace.eligibility_step_gain(gain, &self.ones, &x, post, &grads.input)?,
            None => {
                let grad = net.weight_grad(layer, Matrix::FeedForward, &of_bias, &x)?;
                grads.input.add_scaled(1.0, &grad)?;
            }
        }
        if let (Some(trace), Some(sum)) = (&self.recurrent, &grads.recurrent) {
            let previous = net.field(layer, Field::PreviousSpikes)?;
            trace.eligibility_step_gain(gain, &self.ones, &previous, post, sum)?;
        }
        Ok(())
    }
}

/// Whether `layer` sees the same input at every step.
fn has_constant_input(layer: &LayerInfo, batch: &Batch) -> bool {
    batch.constant_input() && layer.sources.is_empty()
}

fn inputs(layer: &LayerInfo) -> usize {
    layer.input_shape.iter().product()
}
