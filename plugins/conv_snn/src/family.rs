use crate::manifest;
use crate::maps::{Maps, POOL};
use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{Component, Config, Ctx, Error, Graph, Init, Lif, Model, Result, Surrogate};

/// [convolution → max-pool → LIF] per block → flatten → linear → LIF or integrator; no biases.
#[derive(Debug)]
pub struct ConvSnn;

impl Model for ConvSnn {
    const KEY: &'static str = "conv_snn";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn new(_ctx: &Ctx) -> Result<Self> {
        Ok(ConvSnn)
    }

    fn build(&self, config: &Config, input_shape: &[usize], classes: usize) -> Result<Graph> {
        let channels = config.usizes("channels")?;
        let (kernel, padding) = (config.usize("kernel")?, config.usize("padding")?);
        check(&channels, kernel, padding, classes)?;
        let neuron = Lif {
            beta: config.f64("beta")?,
            threshold: config.f64("threshold")?,
            reset: config.text("reset_mechanism")?.to_owned(),
            reset_order: "delayed".into(),
            surrogate: Surrogate::FastSigmoid {
                slope: config.f64("surrogate_slope")?,
            },
        };

        let mut maps = Maps::of_input(input_shape)?;
        let mut graph = Graph::new("conv");
        let mut below = graph.input(input_shape);
        for (l, outputs) in (1..).zip(channels) {
            let weight = format!("conv{l}.weight");
            let fan_in = maps.channels * kernel * kernel;
            graph.param(
                &weight,
                &[outputs, maps.channels, kernel, kernel],
                Init::fan_in(fan_in),
            );
            maps = maps.convolved_and_pooled(l, outputs, kernel, padding)?;
            let attrs = json!({ "weight": weight, "padding": padding });
            let current = graph.node(&format!("conv{l}"), "conv2d", attrs, &[&below]);
            // The pool takes the largest current, not the spikes.
            let window = json!({ "kernel": POOL, "stride": POOL });
            let pooled = graph.node(&format!("pool{l}"), "max_pool2d", window, &[&current]);
            below = graph.lif(&format!("lif{l}"), &neuron, &pooled);
        }
        let flat = graph.node("flatten", "flatten", json!({}), &[&below]);
        let current = graph.linear("fc", "fc.weight", maps.size(), classes, &flat);
        let readout = if config.bool("out_integrator")? {
            graph.integrator("readout", 1.0, &current)
        } else {
            graph.lif("readout", &neuron, &current)
        };
        graph.output(&readout);
        Ok(graph)
    }
}

fn check(channels: &[usize], kernel: usize, padding: usize, classes: usize) -> Result<()> {
    let refuse = |why: String| Err(Error::new("bad-config", why));
    if channels.is_empty() || channels.contains(&0) || classes == 0 {
        return refuse(format!(
            "no layer can be empty: `channels` is {channels:?}, for {classes} classes"
        ));
    }
    if padding >= kernel {
        return refuse(format!(
            "`padding` is {padding}, but must be less than `kernel` {kernel}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(edit: impl FnOnce(&mut Config), input: &[usize], classes: usize) -> Result<Graph> {
        let mut config = Config::defaults(&ConvSnn::manifest().params);
        edit(&mut config);
        ConvSnn.build(&config, input, classes)
    }

    fn parameters(graph: &Graph) -> usize {
        graph
            .params
            .iter()
            .map(|p| p.shape.iter().product::<usize>())
            .sum()
    }

    #[test]
    fn parameters_are_named_and_shaped_as_in_the_reference() {
        let graph = build(|_| (), &[2, 34, 34], 10).expect("a graph");
        let params: Vec<_> = graph
            .params
            .iter()
            .map(|p| (p.name.as_str(), p.shape.clone()))
            .collect();
        assert_eq!(
            params,
            [
                ("conv1.weight", vec![12, 2, 5, 5]),
                ("conv2.weight", vec![32, 12, 5, 5]),
                ("fc.weight", vec![10, 800])
            ]
        );
        let kinds: Vec<_> = graph.nodes.iter().map(|n| n.kind.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "input",
                "conv2d",
                "max_pool2d",
                "lif",
                "conv2d",
                "max_pool2d",
                "lif",
                "flatten",
                "linear",
                "lif",
                "output"
            ]
        );
    }

    #[test]
    fn default_sizes_give_the_published_parameter_counts() {
        for (input, classes, count) in [
            ([1, 28, 28], 10, 15_020),
            ([3, 32, 32], 10, 18_500),
            ([2, 34, 34], 10, 18_200),
            ([2, 128, 128], 11, 306_232),
            ([2, 128, 128], 10, 279_320),
        ] {
            let graph = build(|_| (), &input, classes).expect("a graph");
            assert_eq!(parameters(&graph), count, "{input:?}");
        }
    }

    #[test]
    fn the_digits_section_fits_the_digits() {
        let section = &ConvSnn::manifest().sections["digits"];
        let graph = build(
            |config| {
                section
                    .iter()
                    .for_each(|(key, value)| config.set(key, value.clone()))
            },
            &[1, 8, 8],
            10,
        );
        assert_eq!(
            parameters(&graph.expect("a graph")),
            9 * 12 + 12 * 32 * 9 + 32 * 4 * 10
        );
    }

    #[test]
    fn the_readout_follows_out_integrator() {
        let kind = |integrator: bool| {
            let graph = build(|c| c.set("out_integrator", integrator), &[1, 28, 28], 10).expect("a graph");
            graph.nodes[graph.nodes.len() - 2].kind.clone()
        };
        assert_eq!(kind(false), "lif");
        assert_eq!(kind(true), "integrator");
    }

    #[test]
    fn data_without_a_spatial_layout_is_refused_by_name() {
        for shape in [&[700][..], &[28, 28], &[1, 0, 28]] {
            let error = build(|_| (), shape, 20).expect_err("no maps").to_string();
            assert!(
                error.contains("`conv_snn`") && error.contains(&format!("{shape:?}")),
                "{error}"
            );
        }
        let error = build(|_| (), &[700], 20).expect_err("no maps");
        assert!(error.to_string().contains("fc_snn"), "{error}");
    }

    #[test]
    fn impossible_layers_are_refused() {
        assert!(build(|c| c.set("channels", Vec::<i64>::new()), &[1, 28, 28], 10).is_err());
        assert!(build(|c| c.set("channels", vec![12, 0]), &[1, 28, 28], 10).is_err());
        let padded = build(|c| c.set("padding", 5), &[1, 28, 28], 10).expect_err("too much padding");
        assert!(padded.to_string().contains("`kernel` 5"), "{padded}");
        let deep = build(|c| c.set("channels", vec![4, 4, 4]), &[1, 28, 28], 10).expect_err("no room");
        assert!(deep.to_string().contains("convolution 3"), "{deep}");
    }
}
