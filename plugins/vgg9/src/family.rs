use crate::recipe::{bad, blocks, neuron};
use crate::{head, manifest};
use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{Component, Config, Ctx, Error, Graph, Init, Model, Result};

/// Side of the kernels.
const KERNEL: usize = 3;
/// Variance that keeps a standardised kernel finite.
const EPS: f64 = 1e-4;

/// [standardised convolution → LIF → scale → pool] per block → head.
#[derive(Debug)]
pub struct Vgg9;

impl Model for Vgg9 {
    const KEY: &'static str = "vgg9";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn new(_ctx: &Ctx) -> Result<Self> {
        Ok(Vgg9)
    }

    fn build(&self, config: &Config, input_shape: &[usize], classes: usize) -> Result<Graph> {
        let [mut channels, mut height, mut width] = maps(input_shape)?;
        if classes == 0 {
            return Err(bad("no layer can be empty: 0 classes".into()));
        }
        let (neuron, gain) = (neuron(config)?, config.f64("conv_gain")?);
        let scale = config.f64("scale_after_lif")?;

        let mut graph = Graph::new("vgg9");
        let mut below = graph.input(input_shape);
        for (l, block) in (1..).zip(blocks(config)?) {
            let weight = format!("conv{l}.weight");
            let shape = [block.channels, channels, KERNEL, KERNEL];
            graph.param(&weight, &shape, he(channels * KERNEL * KERNEL));
            let attrs = json!({
                "weight": weight, "stride": 1, "padding": KERNEL / 2,
                "standardise": { "gain": gain, "eps": EPS, "unbiased": true }
            });
            let current = graph.node(&format!("conv{l}"), "conv2d", attrs, &[&below]);
            below = graph.lif(&format!("lif{l}"), &neuron, &current);
            if scale > 0.0 {
                below = graph.node(
                    &format!("scale{l}"),
                    "scale",
                    json!({ "factor": scale }),
                    &[&below],
                );
            }
            if let Some((kind, attrs)) = block.pool.node() {
                below = graph.node(&format!("pool{l}"), kind, attrs, &[&below]);
            }
            let sides = (block.pool.side(height), block.pool.side(width));
            let (Some(h), Some(w)) = sides else {
                return Err(used_up(l, height, width));
            };
            (channels, height, width) = (block.channels, h, w);
        }
        let readout = head::add(&mut graph, config, &below, [channels, height, width], classes)?;
        graph.output(&readout);
        Ok(graph)
    }
}

/// He's start for layers of `fan_in` inputs (arXiv:1502.01852).
pub(crate) fn he(fan_in: usize) -> Init {
    Init::Normal {
        mean: 0.0,
        std: (2.0 / fan_in.max(1) as f64).sqrt(),
    }
}

fn maps(input_shape: &[usize]) -> Result<[usize; 3]> {
    match *input_shape {
        [channels, height, width] if channels * height * width > 0 => Ok([channels, height, width]),
        _ => Err(bad(format!(
            "`vgg9` needs samples [channels, height, width] to convolve, but the data set's are {input_shape:?}"
        ))
        .with_hint("use `fc_snn` or `r_snn` for data without a spatial layout")),
    }
}

fn used_up(block: usize, height: usize, width: usize) -> Error {
    bad(format!(
        "maps of {height} x {width} leave nothing after the pool of block {block}"
    ))
    .with_hint(
        "give fewer `channels` (blocks), pool after fewer `pool_after_blocks`, or make `li_head_spatial` smaller",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The graph under the defaults, the given sections, and an edit.
    fn build(
        sections: &[&str],
        edit: impl FnOnce(&mut Config),
        input: &[usize],
        classes: usize,
    ) -> Result<Graph> {
        let manifest = Vgg9::manifest();
        let mut config = Config::defaults(&manifest.params);
        for section in sections {
            for (key, value) in &manifest.sections[*section] {
                let schema = manifest
                    .params
                    .iter()
                    .find(|p| p.name == *key)
                    .expect("a parameter");
                schema.check(value).expect("a value within its range");
                config.set(key, value.clone());
            }
        }
        edit(&mut config);
        Vgg9.build(&config, input, classes)
    }

    fn parameters(graph: &Graph) -> usize {
        graph
            .params
            .iter()
            .map(|p| p.shape.iter().product::<usize>())
            .sum()
    }

    fn kinds(graph: &Graph) -> Vec<&str> {
        graph.nodes.iter().map(|n| n.kind.as_str()).collect()
    }

    #[test]
    fn both_recipes_have_the_published_parameter_counts() {
        let conv = 9_217_728;
        for (sections, input, classes, count) in [
            (["ottt", "CIFAR10"], [3, 32, 32], 10, conv + 5_130),
            (["tp", "CIFAR10"], [3, 32, 32], 10, conv + 20_480),
            (["ottt", "DVSCIFAR10"], [2, 128, 128], 10, conv - 576 + 5_130),
            (["tp", "DVSGesture"], [2, 128, 128], 11, conv - 576 + 11 * 2048),
        ] {
            let graph = build(&sections, |_| (), &input, classes).expect("a graph");
            assert_eq!(parameters(&graph), count, "{sections:?}");
        }
    }

    #[test]
    fn the_ottt_recipe_scales_averages_and_has_a_bias() {
        let graph = build(
            &["ottt", "CIFAR10"],
            |c| c.set("channels", vec![4, 6]),
            &[3, 32, 32],
            10,
        );
        let error = graph.expect_err("block 4 of 2");
        assert!(error.to_string().contains("block 4"), "{error}");
        let edit = |c: &mut Config| {
            c.set("channels", vec![4, 6]);
            c.set("pool_after_blocks", vec![2]);
        };
        let graph = build(&["ottt"], edit, &[3, 32, 32], 10).expect("a graph");
        assert_eq!(
            kinds(&graph),
            [
                "input",
                "conv2d",
                "lif",
                "scale",
                "conv2d",
                "lif",
                "scale",
                "avg_pool2d",
                "adaptive_avg_pool2d",
                "flatten",
                "linear",
                "output"
            ]
        );
        let names: Vec<&str> = graph.params.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(
            names,
            ["conv1.weight", "conv2.weight", "head.weight", "head.bias"]
        );
        let scale = graph.nodes.iter().find(|n| n.name == "scale1").expect("a scale");
        assert_eq!(scale.attrs["factor"], 2.74);
        let lif = graph.nodes.iter().find(|n| n.name == "lif1").expect("neurons");
        assert_eq!(lif.attrs["surrogate"], json!({ "kind": "sigmoid", "slope": 4.0 }));
        assert_eq!(lif.attrs["beta"], 0.5);
    }

    #[test]
    fn the_tp_recipe_takes_maxima_and_integrates() {
        let graph = build(&["tp"], |c| c.set("channels", vec![4, 6, 8]), &[2, 16, 16], 11).expect("a graph");
        assert_eq!(
            kinds(&graph),
            [
                "input",
                "conv2d",
                "lif",
                "conv2d",
                "lif",
                "max_pool2d",
                "conv2d",
                "lif",
                "adaptive_avg_pool2d",
                "flatten",
                "linear",
                "integrator",
                "output"
            ]
        );
        let weight = graph.params.last().expect("the head's weight");
        assert_eq!(
            (weight.name.as_str(), &weight.shape[..]),
            ("head.fc.weight", &[11, 32][..])
        );
        let head = graph
            .nodes
            .iter()
            .find(|n| n.name == "head.fc")
            .expect("the head");
        assert_eq!(
            head.attrs["standardise"],
            json!({ "gain": 1.8, "eps": 1e-5, "unbiased": false })
        );
        let conv = graph
            .nodes
            .iter()
            .find(|n| n.name == "conv1")
            .expect("a convolution");
        assert_eq!(
            conv.attrs["standardise"],
            json!({ "gain": 1.8, "eps": 1e-4, "unbiased": true })
        );
        let lif = graph.nodes.iter().find(|n| n.name == "lif1").expect("neurons");
        assert_eq!(lif.attrs["surrogate"], json!({ "kind": "atan", "scale": 1.0 }));
    }

    #[test]
    fn heads_and_pools_go_in_any_combination() {
        let integrating =
            build(&[], |c| c.set("head_type", "leaky_integrator"), &[3, 32, 32], 10).expect("a graph");
        assert!(
            kinds(&integrating).contains(&"adaptive_avg_pool2d"),
            "{:?}",
            kinds(&integrating)
        );
        assert_eq!(parameters(&integrating), 9_217_728 + 20_480);
        let global = build(&[], |c| c.set("use_tp_pool", true), &[3, 32, 32], 10).expect("a graph");
        assert_eq!(parameters(&global), 9_217_728 + 5_130);
    }

    #[test]
    fn what_cannot_be_convolved_or_pooled_is_refused() {
        let error = build(&[], |_| (), &[700], 20).expect_err("no maps").to_string();
        assert!(error.contains("`vgg9`") && error.contains("[700]"), "{error}");
        let error = build(&["tp"], |_| (), &[1, 8, 8], 10)
            .expect_err("no room")
            .to_string();
        assert!(error.contains("block 8") && error.contains("1 x 1"), "{error}");
        let error = build(&["tp"], |c| c.set("li_head_spatial", 1), &[1, 4, 4], 10).expect_err("no room");
        assert!(error.to_string().contains("block 6"), "{error}");
        // 28 and 34 are halved to odd sides, which lose a row each.
        for side in [28, 34] {
            assert!(build(&["tp"], |_| (), &[1, side, side], 10).is_ok(), "{side}");
        }
    }
}
