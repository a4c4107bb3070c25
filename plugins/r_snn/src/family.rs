use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{
    Component, Config, Ctx, Error, Graph, Init, Lif, Model, Paper, ParamSchema, Result, Surrogate,
    classifier_params, lif_params,
};

/// flatten → [linear → LIF with all-to-all recurrence] per hidden layer → linear → LIF or integrator.
#[derive(Debug)]
pub struct RSnn;

impl Model for RSnn {
    const KEY: &'static str = "r_snn";

    fn manifest() -> Component {
        Component::new(
            Self::KEY,
            "Recurrent SNN",
            "layers of leaky integrate-and-fire neurons, each recurrent onto itself",
        )
        .authors(&["The NeuroTrain developers"])
        .networks(&["rec"])
        .paper(Paper {
            title: "Training Spiking Neural Networks Using Lessons From Deep Learning".into(),
            year: 2023,
            doi: "10.1109/JPROC.2023.3308088".into(),
            arxiv: "2109.12894".into(),
            bibtex: include_str!("../paper.bib").into(),
        })
        .docs(include_str!("../README.md"))
        .param(ParamSchema::int_list("hidden_sizes", &[256], "neurons of each recurrent layer").at_least(1.0))
        .params(lif_params(0.9, 0.8))
        .param(ParamSchema::choice(
            "reset_order",
            "immediate",
            &["immediate", "delayed"],
            "when the reset of a recurrent neuron acts: at its spike, or one step later as in the readout",
        ))
        .params(classifier_params())
        .section("digits", json!({ "hidden_sizes": [64] }))
        .section("MNIST", json!({ "hidden_sizes": [256] }))
        .section("FashionMNIST", json!({ "hidden_sizes": [256] }))
        .section("CIFAR10", json!({ "hidden_sizes": [512, 256] }))
        .section("SVHN", json!({ "hidden_sizes": [512, 256] }))
        .section("NMNIST", json!({ "hidden_sizes": [256] }))
        .section("DVSGesture", json!({ "hidden_sizes": [1024] }))
        .section("DVSCIFAR10", json!({ "hidden_sizes": [512] }))
        .section("SHD", json!({ "hidden_sizes": [512] }))
        .section("eprop", json!({ "out_integrator": true }))
        // One layer of 256 whatever the data set.
        .section("eprop@neurotrain", json!({ "hidden_sizes": [256] }))
        .section("esd_rtrl", json!({ "out_integrator": true }))
        .section("tp", json!({ "out_integrator": true }))
    }

    fn new(_ctx: &Ctx) -> Result<Self> {
        Ok(RSnn)
    }

    fn build(&self, config: &Config, input_shape: &[usize], classes: usize) -> Result<Graph> {
        let hidden = config.usizes("hidden_sizes")?;
        let inputs: usize = input_shape.iter().product();
        if inputs == 0 || classes == 0 || hidden.contains(&0) {
            return Err(Error::new(
                "bad-config",
                format!(
                    "no layer can be empty: input {input_shape:?}, hidden_sizes {hidden:?}, {classes} classes"
                ),
            ));
        }
        let neuron = |reset_order: &str| -> Result<Lif> {
            Ok(Lif {
                beta: config.f64("beta")?,
                threshold: config.f64("threshold")?,
                reset: config.text("reset_mechanism")?.to_owned(),
                reset_order: reset_order.to_owned(),
                surrogate: Surrogate::FastSigmoid {
                    slope: config.f64("surrogate_slope")?,
                },
            })
        };

        let mut graph = Graph::new("rec");
        declare_params(&mut graph, inputs, &hidden, classes);
        let input = graph.input(input_shape);
        let mut below = graph.node("flatten", "flatten", json!({}), &[&input]);
        let recurrent_neuron = neuron(config.text("reset_order")?)?;
        for l in 0..hidden.len() {
            let weight = input_weight(l);
            let current = graph.node(
                &format!("input_layers.{l}"),
                "linear",
                json!({ "weight": weight }),
                &[&below],
            );
            below = graph.lif(&format!("neurons.{l}"), &recurrent_neuron, &current);
            let (weight, bias) = recurrent_names(l);
            let loop_node = graph.node(
                &format!("recurrent_layers.{l}"),
                "recurrent",
                json!({ "weight": weight, "bias": bias }),
                &[&below],
            );
            graph.edge(&loop_node, &below);
        }
        let current = graph.node(
            "fc_out",
            "linear",
            json!({ "weight": "fc_out.weight" }),
            &[&below],
        );
        let readout = if config.bool("out_integrator")? {
            graph.integrator("readout", 1.0, &current)
        } else {
            graph.lif("readout", &neuron("delayed")?, &current)
        };
        graph.output(&readout);
        Ok(graph)
    }
}

/// In the reference's order: all input weights, then all recurrent matrices, then the readout.
fn declare_params(graph: &mut Graph, inputs: usize, hidden: &[usize], classes: usize) {
    let mut width = inputs;
    for (l, size) in hidden.iter().copied().enumerate() {
        graph.param(&input_weight(l), &[size, width], Init::fan_in(width));
        width = size;
    }
    for (l, size) in hidden.iter().copied().enumerate() {
        let (weight, bias) = recurrent_names(l);
        graph.param(&weight, &[size, size], Init::fan_in(size));
        graph.param(&bias, &[size], Init::fan_in(size));
    }
    graph.param("fc_out.weight", &[classes, width], Init::fan_in(width));
}

fn input_weight(l: usize) -> String {
    format!("input_layers.{l}.weight")
}

fn recurrent_names(l: usize) -> (String, String) {
    (
        format!("recurrent_layers.{l}.recurrent.weight"),
        format!("recurrent_layers.{l}.recurrent.bias"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(edit: impl FnOnce(&mut Config), input: &[usize]) -> Result<Graph> {
        let mut config = Config::defaults(&RSnn::manifest().params);
        edit(&mut config);
        RSnn.build(&config, input, 10)
    }

    #[test]
    fn parameters_are_named_and_ordered_as_in_the_reference() {
        let graph = build(|c| c.set("hidden_sizes", vec![16, 12]), &[20]).expect("a graph");
        let params: Vec<_> = graph
            .params
            .iter()
            .map(|p| (p.name.as_str(), p.shape.clone()))
            .collect();
        assert_eq!(
            params,
            [
                ("input_layers.0.weight", vec![16, 20]),
                ("input_layers.1.weight", vec![12, 16]),
                ("recurrent_layers.0.recurrent.weight", vec![16, 16]),
                ("recurrent_layers.0.recurrent.bias", vec![16]),
                ("recurrent_layers.1.recurrent.weight", vec![12, 12]),
                ("recurrent_layers.1.recurrent.bias", vec![12]),
                ("fc_out.weight", vec![10, 12]),
            ]
        );
    }

    #[test]
    fn mnist_has_the_published_parameter_count() {
        let graph = build(|_| (), &[1, 28, 28]).expect("a graph");
        let total: usize = graph
            .params
            .iter()
            .map(|p| p.shape.iter().product::<usize>())
            .sum();
        assert_eq!(total, 269_056);
    }

    #[test]
    fn default_sizes_per_data_set() {
        let sections = RSnn::manifest().sections;
        for (section, sizes) in [
            ("MNIST", json!([256])),
            ("FashionMNIST", json!([256])),
            ("CIFAR10", json!([512, 256])),
            ("SVHN", json!([512, 256])),
            ("NMNIST", json!([256])),
            ("DVSGesture", json!([1024])),
            ("DVSCIFAR10", json!([512])),
            ("SHD", json!([512])),
            ("eprop@neurotrain", json!([256])),
        ] {
            assert_eq!(sections[section]["hidden_sizes"], sizes, "{section}");
        }
        // The reference's protocol alone forces e-prop's size.
        assert!(!sections["eprop"].contains_key("hidden_sizes"));
    }

    #[test]
    fn each_layer_feeds_itself_and_only_itself() {
        let graph = build(|c| c.set("hidden_sizes", vec![16, 12]), &[20]).expect("a graph");
        for l in 0..2 {
            let (neuron, back) = (format!("neurons.{l}"), format!("recurrent_layers.{l}"));
            assert!(graph.edges.contains(&(neuron.clone(), back.clone())));
            let targets: Vec<_> = graph
                .edges
                .iter()
                .filter(|(from, _)| *from == back)
                .map(|(_, to)| to)
                .collect();
            assert_eq!(targets, [&neuron]);
        }
    }

    #[test]
    fn hidden_neurons_reset_at_once_and_the_readout_later() {
        let order = |choice: &str, node: &str| {
            let graph = build(|c| c.set("reset_order", choice), &[20]).expect("a graph");
            let node = graph.nodes.iter().find(|n| n.name == node).expect("the node");
            node.attrs["reset_order"].as_str().expect("a text").to_owned()
        };
        assert_eq!(order("immediate", "neurons.0"), "immediate");
        assert_eq!(order("delayed", "neurons.0"), "delayed");
        assert_eq!(order("immediate", "readout"), "delayed");
    }
}
