//! The graph under construction: convolutions with neurons, residual blocks, the head.

use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{Graph, Init, Lif};

/// Side of the kernels that look around.
const KERNEL: usize = 3;
/// Variance that keeps a standardised kernel finite.
const EPS: f64 = 1e-4;

/// Feature maps on their way: the node that has them, and their shape.
#[derive(Debug, Clone)]
pub(crate) struct Maps {
    pub(crate) node: String,
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

pub(crate) struct Builder {
    pub(crate) graph: Graph,
    pub(crate) neuron: Lif,
    pub(crate) gain: f64,
}

impl Builder {
    /// Standardised convolution → LIF, named `name`; maps shrink by `stride`, rounded up.
    pub(crate) fn spiking_conv(
        &mut self,
        name: &str,
        from: &Maps,
        channels: usize,
        kernel: usize,
        stride: usize,
    ) -> Maps {
        let weight = format!("{name}.weight");
        let fan_in = from.channels * kernel * kernel;
        let init = Init::Normal {
            mean: 0.0,
            std: (2.0 / fan_in as f64).sqrt(),
        };
        self.graph
            .param(&weight, &[channels, from.channels, kernel, kernel], init);
        let attrs = json!({
            "weight": weight, "stride": stride, "padding": kernel / 2,
            "standardise": { "gain": self.gain, "eps": EPS, "unbiased": true }
        });
        let current = self.graph.node(name, "conv2d", attrs, &[&from.node]);
        Maps {
            node: self.graph.lif(&format!("{name}.lif"), &self.neuron, &current),
            channels,
            height: from.height.div_ceil(stride),
            width: from.width.div_ceil(stride),
        }
    }

    /// The stem: a convolution of the input, pooled over windows of side `pool`.
    pub(crate) fn stem(&mut self, input: &Maps, channels: usize, pool: usize) -> Maps {
        let mut maps = self.spiking_conv("stem", input, channels, KERNEL, 1);
        if pool > 1 {
            let window = json!({ "kernel": pool, "stride": pool });
            maps.node = self.graph.node("stem.pool", "max_pool2d", window, &[&maps.node]);
            (maps.height, maps.width) = (maps.height / pool, maps.width / pool);
        }
        maps
    }

    /// Two spiking convolutions, whose spikes are added to those of the input. Where the shape changes, the input passes
    /// a spiking convolution of one pixel first.
    pub(crate) fn block(&mut self, name: &str, from: &Maps, channels: usize, stride: usize) -> Maps {
        let inner = self.spiking_conv(&format!("{name}.conv1"), from, channels, KERNEL, stride);
        let outer = self.spiking_conv(&format!("{name}.conv2"), &inner, channels, KERNEL, 1);
        let shortcut = if stride == 1 && channels == from.channels {
            from.clone()
        } else {
            self.spiking_conv(&format!("{name}.shortcut"), from, channels, 1, stride)
        };
        let node = self.graph.node(
            &format!("{name}.add"),
            "add",
            json!({}),
            &[&outer.node, &shortcut.node],
        );
        Maps { node, ..outer }
    }

    /// Average over space → linear, with a bias unless it integrates.
    pub(crate) fn head(&mut self, from: &Maps, classes: usize, integrates: bool) {
        let g = &mut self.graph;
        let grid = json!({ "output": [1, 1] });
        let averaged = g.node("global_pool", "adaptive_avg_pool2d", grid, &[&from.node]);
        let flat = g.node("flatten", "flatten", json!({}), &[&averaged]);
        let readout = if integrates {
            let current = g.linear("head", "head.weight", from.channels, classes, &flat);
            g.integrator("readout", 1.0, &current)
        } else {
            let (weight, bias) = ("head.weight", "head.bias");
            g.param(weight, &[classes, from.channels], Init::fan_in(from.channels));
            g.param(bias, &[classes], Init::Constant { value: 0.0 });
            g.node(
                "head",
                "linear",
                json!({ "weight": weight, "bias": bias }),
                &[&flat],
            )
        };
        g.output(&readout);
    }
}
