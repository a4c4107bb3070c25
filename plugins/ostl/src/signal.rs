//! The learning signal on its way from layer to layer, at one step or at all of them.

use neurotrain_plugin_api::{Ctx, Error, LayerInfo, Network, NetworkInfo, Result, Tensor};

/// How errors reach the layers below.
#[derive(Debug)]
pub(crate) enum Feedback {
    /// Through the transposed weights.
    Symmetric,
    /// Through fixed random matrices of the same shape (feedback alignment), by layer they start from.
    Random(Vec<Option<usize>>),
}

impl Feedback {
    /// Why `network` cannot have random feedback, if it cannot.
    pub(crate) fn check_random(network: &NetworkInfo) -> Result<()> {
        match network.layers.iter().find(|l| l.sources.len() > 1) {
            Some(layer) => Err(Error::refused(format!(
                "feedback alignment needs layers with one source; `{}` has {}",
                layer.name,
                layer.sources.len()
            ))
            .with_hint("set `feedback_alignment: false`")),
            None => Ok(()),
        }
    }

    /// Random matrices `[n_{l+1}, n_l]` with the standard deviation `1/√n_{l+1}`, or 1 where `unscaled`.
    pub(crate) fn random(net: &Network, unscaled: bool, ctx: &Ctx) -> Result<Self> {
        let matrices = net.layers().iter().map(|layer| {
            let Some(source) = layer.sources.first() else {
                return Ok(None);
            };
            let (rows, cols) = (layer.size(), net.layers()[*source].size());
            let std = if unscaled { 1.0 } else { 1.0 / (rows as f64).sqrt() };
            let matrix = ctx.normal("ostl.feedback", *source as u64, &[rows, cols], 0.0, std)?;
            net.register_fixed(&format!("feedback_weights.{source}"), &matrix)
                .map(Some)
        });
        Ok(Feedback::Random(matrices.collect::<Result<_>>()?))
    }

    /// The signals of the sources of `layer`, as `(layer index, signal [.., n])`, for `post [.., n]`.
    pub(crate) fn pass(
        &self,
        net: &Network,
        layer: &LayerInfo,
        post: &Tensor,
    ) -> Result<Vec<(usize, Tensor)>> {
        match self {
            Feedback::Symmetric => net.input_grad(layer, post),
            Feedback::Random(matrices) => match (matrices[layer.index], layer.sources.first()) {
                (Some(matrix), Some(source)) => Ok(vec![(*source, post.matmul(&net.param(matrix)?)?)]),
                _ => Ok(Vec::new()),
            },
        }
    }
}
