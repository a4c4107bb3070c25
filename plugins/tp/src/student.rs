//! The sample's pass: the network's own, with a trace of what each layer passes on.

use crate::path::Path;
use neurotrain_plugin_api::{Ctx, Field, LayerInfo, Network, Result, Tensor};

/// Trace of one layer's output.
#[derive(Debug)]
pub(crate) struct Student {
    /// `[B, n]`.
    pub(crate) trace: Tensor,
}

impl Student {
    pub(crate) fn new(layer: &LayerInfo, samples: usize, ctx: &Ctx) -> Result<Self> {
        Ok(Student {
            trace: ctx.zeros(&[samples, layer.output_shape.iter().product()])?,
        })
    }

    /// Takes in the step that the network just made.
    pub(crate) fn advance(&self, net: &Network, layer: &LayerInfo, decay: f64) -> Result<()> {
        let output = net.field(layer, Field::Output)?;
        self.trace.trace(decay, &output.reshape(&self.trace.shape())?)
    }

    /// From the gradient of the trace `[B, n]` to that of the layer's current, of this step alone.
    pub(crate) fn post(
        &self,
        net: &Network,
        layer: &LayerInfo,
        path: &Path,
        trace: &Tensor,
    ) -> Result<Tensor> {
        let mut shape = vec![trace.dim(0)?];
        shape.extend(&layer.output_shape);
        let output = trace.reshape(&shape)?;
        path.output_adjoint(net, layer, output)?
            .mul(&net.field(layer, Field::Surrogate)?)
    }
}
