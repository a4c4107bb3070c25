//! Presynaptic activity of every matrix, low-pass filtered where the rule traces it.

use neurotrain_plugin_api::{Ctx, Field, LayerInfo, Matrix, Network, Result, Tensor};

/// Which matrices see a trace instead of the plain input, and with what decay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tracing {
    /// One decay for every layer instead of its own.
    pub(crate) fixed_decay: Option<f64>,
    /// Also the matrix that reads the network's input.
    pub(crate) input: bool,
    /// Also the matrix of an integrating readout.
    pub(crate) integrator: bool,
}

impl Tracing {
    /// Decay of the traces into `layer`: how long its neurons remember a current.
    pub(crate) fn decay(&self, net: &[LayerInfo], layer: &LayerInfo) -> f64 {
        if let Some(decay) = self.fixed_decay {
            return decay;
        }
        // A layer without neurons (a plain linear head) follows the network's spiking layers.
        let neuron = if layer.neuron.kind == "none" {
            net.iter().find(|l| l.spiking())
        } else {
            None
        };
        neuron.unwrap_or(layer).neuron.beta
    }

    fn traces(&self, layer: &LayerInfo, matrix: Matrix) -> bool {
        let reads_spikes = self.input || !layer.sources.is_empty();
        matrix == Matrix::Recurrent || reads_spikes && (self.integrator || layer.neuron.kind != "integrator")
    }
}

/// Where the presynaptic factor of a gradient comes from.
pub(crate) enum Presynaptic {
    /// Traces advanced step by step: constant memory in T.
    Online(Traces),
    /// The whole recorded sequence. `Σ_t d_tᵀ a_t` with a trace `a` of `x` equals `Σ_t D_tᵀ x_t` with `D` the
    /// same filter of `d` run backwards, which keeps binary `x` binary.
    Sequence,
}

impl Presynaptic {
    /// Factors `(post, pre)` whose outer product, summed over batch and time, is the gradient of `matrix`.
    pub(crate) fn factors(
        &self,
        net: &Network,
        tracing: &Tracing,
        layer: &LayerInfo,
        matrix: Matrix,
        post: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let traced = tracing.traces(layer, matrix);
        match self {
            Presynaptic::Online(traces) if traced => Ok((post.clone(), traces.get(layer, matrix, net)?)),
            Presynaptic::Sequence if traced => {
                let decay = tracing.decay(net.layers(), layer);
                Ok((post.scan_decay_reverse(decay)?, plain(net, layer, matrix)?))
            }
            _ => Ok((post.clone(), plain(net, layer, matrix)?)),
        }
    }
}

/// One trace per traced matrix.
pub(crate) struct Traces {
    by_layer: Vec<[Option<Tensor>; 2]>,
}

impl Traces {
    pub(crate) fn new(net: &Network) -> Self {
        Traces {
            by_layer: net.layers().iter().map(|_| [None, None]).collect(),
        }
    }

    /// `a <- λ a + x` for every traced matrix, after a step.
    pub(crate) fn advance(&mut self, net: &Network, tracing: &Tracing, ctx: &Ctx) -> Result<()> {
        for (layer, slots) in net.layers().iter().zip(&mut self.by_layer) {
            let decay = tracing.decay(net.layers(), layer);
            for matrix in matrices(layer) {
                if !tracing.traces(layer, matrix) {
                    continue;
                }
                let x = plain(net, layer, matrix)?;
                let slot = &mut slots[matrix as usize];
                if slot.is_none() {
                    *slot = Some(ctx.zeros(&x.shape())?);
                }
                if let Some(trace) = slot {
                    trace.trace(decay, &x)?;
                }
            }
        }
        Ok(())
    }

    fn get(&self, layer: &LayerInfo, matrix: Matrix, net: &Network) -> Result<Tensor> {
        match &self.by_layer[layer.index][matrix as usize] {
            Some(trace) => Ok(trace.clone()),
            None => plain(net, layer, matrix),
        }
    }
}

/// The matrices a layer has.
pub(crate) fn matrices(layer: &LayerInfo) -> impl Iterator<Item = Matrix> + use<> {
    std::iter::once(Matrix::FeedForward).chain(layer.recurrent.as_ref().map(|_| Matrix::Recurrent))
}

fn plain(net: &Network, layer: &LayerInfo, matrix: Matrix) -> Result<Tensor> {
    net.field(
        layer,
        if matrix == Matrix::Recurrent {
            Field::PreviousSpikes
        } else {
            Field::Input
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use neurotrain_plugin_api::serde_json::{from_value, json};

    fn layer(index: usize, kind: &str, beta: f64) -> LayerInfo {
        let sources: Vec<usize> = (0..index).rev().take(1).collect();
        from_value(json!({
            "index": index, "name": format!("neurons.{index}"), "synapse": "linear", "weight": index,
            "neuron": { "kind": kind, "beta": beta, "threshold": 1.0, "reset": "subtract",
                        "reset_order": "delayed", "surrogate": { "kind": "fast_sigmoid", "slope": 25.0 } },
            "input_shape": [8], "shape": [8], "output_shape": [8], "sources": sources,
            "from_input": index == 0, "readout": index == 2
        }))
        .expect("a layer")
    }

    #[test]
    fn traces_decay_like_the_neurons_they_feed() {
        let own = Tracing {
            fixed_decay: None,
            input: false,
            integrator: true,
        };
        let layers = [
            layer(0, "lif", 0.8),
            layer(1, "lif", 0.9),
            layer(2, "integrator", 1.0),
        ];
        let decays: Vec<f64> = layers.iter().map(|l| own.decay(&layers, l)).collect();
        assert_eq!(decays, [0.8, 0.9, 1.0]);
        let head = [layer(0, "lif", 0.8), layer(1, "none", 0.0)];
        assert_eq!(own.decay(&head, &head[1]), 0.8);
        let half = Tracing {
            fixed_decay: Some(0.5),
            input: false,
            integrator: true,
        };
        assert_eq!(half.decay(&layers, &layers[1]), 0.5);
    }

    #[test]
    fn only_the_matrix_on_the_input_is_untraced() {
        let layers = [layer(0, "lif", 0.9), layer(1, "lif", 0.9)];
        let traced = |input: bool| -> Vec<bool> {
            let tracing = Tracing {
                fixed_decay: None,
                input,
                integrator: true,
            };
            layers
                .iter()
                .map(|l| tracing.traces(l, Matrix::FeedForward))
                .collect()
        };
        assert_eq!(traced(false), [false, true]);
        assert_eq!(traced(true), [true, true]);
        assert!(
            Tracing {
                fixed_decay: None,
                input: false,
                integrator: true,
            }
            .traces(&layers[0], Matrix::Recurrent)
        );
    }
}
