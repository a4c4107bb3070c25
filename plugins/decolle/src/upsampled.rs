//! Weight gradient of a pooled convolution as the reference computes it: as if there were no pooling.

use neurotrain_plugin_api::{Ctx, Error, LayerInfo, Network, Result, Tensor};

/// Spreads errors on a pooled map evenly over the map below.
///
/// Upsampling by nearest neighbours and then correlating with the input equals summing the input over each block
/// first, so nothing of the size of the unpooled error is formed.
#[derive(Debug)]
pub(crate) struct Upsampled {
    kernel: [usize; 2],
    /// Unpooled height and width.
    below: [usize; 2],
    /// Which rows `[h', h]` and columns `[w', w]` of the unpooled map belong to which of the pooled one.
    blocks: [Tensor; 2],
    factor: f64,
}

impl Upsampled {
    /// For a convolution of stride 1 without padding; `None` for a layer that has no pooling below its neurons.
    pub(crate) fn of(net: &Network, layer: &LayerInfo, ctx: &Ctx) -> Result<Option<Self>> {
        let (&[_, height, width], &[_, _, kh, kw], &[_, rows, cols]) = (
            &layer.input_shape[..],
            &net.info().params[layer.weight].shape[..],
            &layer.shape[..],
        ) else {
            return Ok(None);
        };
        let below = [(height + 1).saturating_sub(kh), (width + 1).saturating_sub(kw)];
        if below == [rows, cols] {
            return Ok(None);
        }
        if below[0] < rows || below[1] < cols || rows * cols == 0 {
            return Err(Error::refused(format!(
                "`ignore_pooling` spreads errors below a convolution of stride 1 without padding, which `{}` is not",
                layer.name
            ))
            .with_hint("set `ignore_pooling: false`"));
        }
        Ok(Some(Upsampled {
            kernel: [kh, kw],
            below,
            blocks: [blocks(rows, below[0], ctx)?, blocks(cols, below[1], ctx)?],
            factor: (rows * cols) as f64 / (below[0] * below[1]) as f64,
        }))
    }

    /// `[O, I, kh, kw]` for errors `[B, O, h', w']` and inputs `[B, I, H, W]`.
    pub(crate) fn gradient(&self, error: &Tensor, input: &Tensor) -> Result<Tensor> {
        let post = channels_last(error)?;
        let mut rows = Vec::new();
        for i in 0..self.kernel[0] {
            let sums = self.blocks[0].matmul(&input.narrow(2, i, self.below[0])?)?; // [B, I, h', W]
            let mut row = Vec::new();
            for j in 0..self.kernel[1] {
                let block = sums
                    .narrow(3, j, self.below[1])?
                    .copy()?
                    .matmul_transposed(&self.blocks[1])?;
                row.push(post.outer_sum(&channels_last(&block)?)?); // [O, I]
            }
            rows.push(Tensor::stack(&row.iter().collect::<Vec<_>>(), 2)?);
        }
        Tensor::stack(&rows.iter().collect::<Vec<_>>(), 2)?.scale(self.factor)
    }
}

fn channels_last(map: &Tensor) -> Result<Tensor> {
    map.transpose(1, 3)?.copy()
}

fn blocks(pooled: usize, below: usize, ctx: &Ctx) -> Result<Tensor> {
    ctx.tensor(&membership(pooled, below), &[pooled, below])
}

/// 1 where position `q` of `below` reads position `p` of `pooled`: `p = ⌊q · pooled / below⌋`.
fn membership(pooled: usize, below: usize) -> Vec<f64> {
    (0..pooled)
        .flat_map(|p| (0..below).map(move |q| f64::from(u8::from(q * pooled / below == p))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_below_reads_one_above() {
        for (pooled, below) in [(6, 12), (5, 11), (1, 3), (4, 4)] {
            let table = membership(pooled, below);
            for q in 0..below {
                let readers: f64 = (0..pooled).map(|p| table[p * below + q]).sum();
                assert_eq!(readers, 1.0, "{below} -> {pooled}");
            }
        }
        assert_eq!(
            membership(2, 5),
            [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
        );
    }
}
