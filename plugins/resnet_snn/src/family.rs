use crate::builder::{Builder, Maps};
use crate::manifest;
use neurotrain_plugin_api::{Component, Config, Ctx, Error, Graph, Lif, Model, Result, Surrogate};

/// Spiking convolution → stages of residual blocks → average over space → linear.
#[derive(Debug)]
pub struct ResnetSnn;

impl Model for ResnetSnn {
    const KEY: &'static str = "resnet_snn";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn new(_ctx: &Ctx) -> Result<Self> {
        Ok(ResnetSnn)
    }

    fn build(&self, config: &Config, input_shape: &[usize], classes: usize) -> Result<Graph> {
        let (channels, blocks) = (config.usizes("channels")?, config.usizes("blocks")?);
        let pool = config.usize("stem_pool")?;
        let mut graph = Graph::new("conv");
        let input = input(&mut graph, input_shape)?;
        check(&input, classes, &channels, &blocks, pool)?;
        let mut builder = Builder {
            graph,
            neuron: Lif {
                beta: config.f64("beta")?,
                threshold: config.f64("threshold")?,
                reset: config.text("reset_mechanism")?.to_owned(),
                reset_order: "delayed".into(),
                surrogate: Surrogate::Atan {
                    scale: config.f64("surrogate_scale")?,
                },
            },
            gain: config.f64("conv_gain")?,
        };
        let mut maps = builder.stem(&input, channels[0], pool);
        for (stage, (channels, blocks)) in channels.iter().zip(&blocks).enumerate() {
            for block in 0..*blocks {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                let name = format!("stages.{stage}.{block}");
                maps = builder.block(&name, &maps, *channels, stride);
            }
        }
        builder.head(&maps, classes, config.bool("out_integrator")?);
        Ok(builder.graph)
    }
}

/// The samples as maps, of a new input node.
fn input(graph: &mut Graph, shape: &[usize]) -> Result<Maps> {
    match *shape {
        [channels, height, width] if channels * height * width > 0 => Ok(Maps {
            node: graph.input(shape),
            channels,
            height,
            width,
        }),
        _ => Err(bad(format!(
            "`resnet_snn` needs samples [channels, height, width] to convolve, but the data set's are {shape:?}"
        ))
        .with_hint("use `fc_snn` or `r_snn` for data without a spatial layout")),
    }
}

fn check(input: &Maps, classes: usize, channels: &[usize], blocks: &[usize], pool: usize) -> Result<()> {
    if channels.is_empty() || channels.contains(&0) || classes == 0 {
        return Err(bad(format!(
            "no layer can be empty: `channels` is {channels:?}, for {classes} classes"
        )));
    }
    if channels.len() != blocks.len() {
        return Err(bad(format!(
            "`channels` has {} stages, but `blocks` has {}",
            channels.len(),
            blocks.len()
        ))
        .with_hint("give both one entry per stage"));
    }
    if pool > input.height.min(input.width) {
        return Err(bad(format!(
            "maps of {} x {} leave nothing after `stem_pool` {pool}",
            input.height, input.width
        ))
        .with_hint("make `stem_pool` smaller"));
    }
    Ok(())
}

fn bad(message: String) -> Error {
    Error::new("bad-config", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(edit: impl FnOnce(&mut Config), input: &[usize]) -> Result<Graph> {
        let mut config = Config::defaults(&ResnetSnn::manifest().params);
        edit(&mut config);
        ResnetSnn.build(&config, input, 10)
    }

    /// The nodes that feed `name`.
    fn sources<'g>(graph: &'g Graph, name: &str) -> Vec<&'g str> {
        let into = graph.edges.iter().filter(|(_, to)| to == name);
        into.map(|(from, _)| from.as_str()).collect()
    }

    #[test]
    fn blocks_of_one_shape_add_their_input_itself() {
        let graph = build(
            |c| {
                c.set("channels", vec![8]);
                c.set("blocks", vec![2]);
            },
            &[1, 8, 8],
        )
        .expect("a graph");
        assert_eq!(
            sources(&graph, "stages.0.0.add"),
            ["stages.0.0.conv2.lif", "stem.lif"]
        );
        assert_eq!(
            sources(&graph, "stages.0.1.add"),
            ["stages.0.1.conv2.lif", "stages.0.0.add"]
        );
        assert_eq!(sources(&graph, "stages.0.1.conv1"), ["stages.0.0.add"]);
    }

    #[test]
    fn a_new_stage_adds_a_spiking_shortcut_of_the_same_stride() {
        let graph = build(|_| (), &[3, 32, 32]).expect("a graph");
        assert_eq!(
            sources(&graph, "stages.1.0.add"),
            ["stages.1.0.conv2.lif", "stages.1.0.shortcut.lif"]
        );
        let attr = |name: &str, key: &str| {
            let node = graph.nodes.iter().find(|n| n.name == name).expect("a node");
            node.attrs[key].as_u64().expect("a size")
        };
        for (name, stride) in [("conv1", 2), ("conv2", 1), ("shortcut", 2)] {
            assert_eq!(attr(&format!("stages.1.0.{name}"), "stride"), stride, "{name}");
        }
        assert_eq!(attr("stages.1.0.shortcut", "padding"), 0);
        let shape = |name: &str| {
            let param = graph.params.iter().find(|p| p.name == name).expect("a parameter");
            param.shape.clone()
        };
        assert_eq!(shape("stages.1.0.shortcut.weight"), [32, 16, 1, 1]);
        assert_eq!(shape("head.weight"), [10, 64]);
    }

    #[test]
    fn default_sizes() {
        let graph = build(|_| (), &[1, 28, 28]).expect("a graph");
        let total: usize = graph
            .params
            .iter()
            .map(|p| p.shape.iter().product::<usize>())
            .sum();
        let stem = 9 * 16;
        let stages =
            2 * 9 * 16 * 16 + (9 * 16 * 32 + 9 * 32 * 32 + 16 * 32) + (9 * 32 * 64 + 9 * 64 * 64 + 32 * 64);
        assert_eq!(total, stem + stages + 64 * 10 + 10);
    }

    #[test]
    fn the_readout_follows_out_integrator() {
        let graph = build(|c| c.set("out_integrator", true), &[1, 28, 28]).expect("a graph");
        assert_eq!(graph.nodes[graph.nodes.len() - 2].kind, "integrator");
        assert!(graph.params.iter().all(|p| p.name != "head.bias"));
    }

    #[test]
    fn impossible_networks_are_refused() {
        let reason = |edit: &dyn Fn(&mut Config), shape: &[usize]| {
            build(|c| edit(c), shape).expect_err("a refusal").to_string()
        };
        assert!(reason(&|_| (), &[700]).contains("[700]"));
        assert!(reason(&|c| c.set("blocks", vec![1]), &[1, 28, 28]).contains("one entry per stage"));
        assert!(reason(&|c| c.set("channels", Vec::<i64>::new()), &[1, 28, 28]).contains("empty"));
        assert!(reason(&|c| c.set("stem_pool", 4), &[1, 3, 28]).contains("`stem_pool` 4"));
    }
}
