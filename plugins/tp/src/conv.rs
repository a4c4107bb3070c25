//! A convolution whose maxima drive the neurons, for rows that are not the network's own.
//!
//! The host routes gradients through a maximum to the places of the network's last step. The target path has places
//! of its own, so its convolution is computed here; it has only one row per class.

use crate::windows::{Kind, Windows, pad};
use neurotrain_plugin_api::{Ctx, Error, LayerInfo, Network, Result, Tensor};

/// Stride 1, no bias, and maximum pooling before the neurons.
#[derive(Debug)]
pub(crate) struct PooledConv {
    /// Outputs, inputs, height and width of the kernel.
    weight: [usize; 4],
    padding: usize,
    windows: Windows,
}

/// What a forward pass leaves for its gradient.
#[derive(Debug)]
pub(crate) struct Passed {
    /// `[rows, I·kh·kw, positions]`.
    patches: Tensor,
    /// `[rows, O, h, w]`, before pooling.
    current: Tensor,
}

impl PooledConv {
    /// Finds padding and windows of `layer`, by trying what its shapes allow against the network itself.
    pub(crate) fn of(net: &Network, layer: &LayerInfo, ctx: &Ctx) -> Result<Self> {
        let refused = || {
            Error::refused(format!(
                "TP must repeat the synapse of `{}` for the target path, and cannot: it is no convolution of stride \
                 1 without bias and standardisation, followed by equal windows of maxima",
                layer.name
            ))
            .with_hint("pool after the neurons, or use `conv_snn`")
        };
        let (&[inputs, height, width], &[outputs, _, kh, kw], &[_, rows, cols]) = (
            &layer.input_shape[..],
            &net.info().params[layer.weight].shape[..],
            &layer.shape[..],
        ) else {
            return Err(refused());
        };
        if layer.bias.is_some() {
            return Err(refused());
        }
        let x = ctx.uniform(
            "tp.probe",
            layer.index as u64,
            &[1, inputs, height, width],
            -1.0,
            1.0,
        )?;
        let wanted = net.current(layer, &x)?;
        for padding in 0..kh.max(kw) {
            let below = [
                (height + 2 * padding + 1).saturating_sub(kh),
                (width + 2 * padding + 1).saturating_sub(kw),
            ];
            for windows in Windows::between(Kind::Max, below, [rows, cols]) {
                let tried = PooledConv {
                    weight: [outputs, inputs, kh, kw],
                    padding,
                    windows,
                };
                let found = tried.forward(net, layer, &x)?.0;
                if found.sub(&wanted)?.norm()? <= 1e-4 * wanted.norm()? {
                    return Ok(tried);
                }
            }
        }
        Err(refused())
    }

    /// Pooled current of `x [rows, I, h, w]`.
    pub(crate) fn forward(&self, net: &Network, layer: &LayerInfo, x: &Tensor) -> Result<(Tensor, Passed)> {
        let [outputs, inputs, kh, kw] = self.weight;
        let [height, width] = self.windows.map;
        let rows = x.dim(0)?;
        let patches = self.patches(x)?;
        let current = net
            .param(layer.weight)?
            .reshape(&[outputs, inputs * kh * kw])?
            .matmul(&patches)?
            .reshape(&[rows, outputs, height, width])?;
        Ok((self.windows.forward(&current)?, Passed { patches, current }))
    }

    /// Gradient of the weights for that of the pooled current.
    pub(crate) fn weight_grad(&self, passed: &Passed, post: &Tensor) -> Result<Tensor> {
        let [outputs, ..] = self.weight;
        let below = self.windows.adjoint(&passed.current, post)?;
        let rows = below.dim(0)?;
        let positions = self.windows.map[0] * self.windows.map[1];
        below
            .reshape(&[rows, outputs, positions])?
            .transpose(1, 2)?
            .copy()?
            .outer_sum(&passed.patches.transpose(1, 2)?.copy()?)?
            .reshape(&self.weight)
    }

    fn patches(&self, x: &Tensor) -> Result<Tensor> {
        let [_, inputs, kh, kw] = self.weight;
        let [height, width] = self.windows.map;
        let rows = x.dim(0)?;
        let x = pad(
            &pad(&x.copy()?, 2, self.padding, self.padding)?,
            3,
            self.padding,
            self.padding,
        )?;
        let mut shifted = Vec::new();
        for i in 0..kh {
            let band = x.narrow(2, i, height)?;
            for j in 0..kw {
                shifted.push(
                    band.narrow(3, j, width)?
                        .copy()?
                        .reshape(&[rows, inputs, height * width])?,
                );
            }
        }
        Tensor::stack(&shifted.iter().collect::<Vec<_>>(), 2)?.reshape(&[
            rows,
            inputs * kh * kw,
            height * width,
        ])
    }
}
