use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{
    Component, Config, Ctx, Error, Graph, Lif, Model, Paper, ParamSchema, Result, Surrogate,
    classifier_params, lif_params,
};

/// flatten → [linear → LIF] per hidden layer → linear → LIF or integrator; no biases.
#[derive(Debug)]
pub struct FcSnn;

impl Model for FcSnn {
    const KEY: &'static str = "fc_snn";

    fn manifest() -> Component {
        Component::new(
            Self::KEY,
            "Fully connected SNN",
            "feed-forward layers of leaky integrate-and-fire neurons",
        )
        .authors(&["The NeuroTrain developers"])
        .networks(&["fc"])
        .paper(Paper {
            title: "Training Spiking Neural Networks Using Lessons From Deep Learning".into(),
            year: 2023,
            doi: "10.1109/JPROC.2023.3308088".into(),
            arxiv: "2109.12894".into(),
            bibtex: include_str!("../paper.bib").into(),
        })
        .docs(include_str!("../README.md"))
        .param(ParamSchema::int_list("hidden_sizes", &[256], "neurons of each hidden layer").at_least(1.0))
        .params(lif_params(0.9, 0.8))
        .params(classifier_params())
        .section("digits", json!({ "hidden_sizes": [64] }))
        .section("MNIST", json!({ "hidden_sizes": [256] }))
        .section("FashionMNIST", json!({ "hidden_sizes": [800] }))
        .section("CIFAR10", json!({ "hidden_sizes": [1024, 512] }))
        .section("SVHN", json!({ "hidden_sizes": [1024, 512] }))
        .section("NMNIST", json!({ "hidden_sizes": [512] }))
        .section("DVSGesture", json!({ "hidden_sizes": [2048] }))
        .section("DVSCIFAR10", json!({ "hidden_sizes": [1024, 512] }))
        .section("SHD", json!({ "hidden_sizes": [512] }))
        .section("tp", json!({ "out_integrator": true }))
        .section("decolle", json!({ "out_integrator": true }))
        .section("esd_rtrl", json!({ "out_integrator": true }))
    }

    fn new(_ctx: &Ctx) -> Result<Self> {
        Ok(FcSnn)
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
        let neuron = Lif {
            beta: config.f64("beta")?,
            threshold: config.f64("threshold")?,
            reset: config.text("reset_mechanism")?.to_owned(),
            reset_order: "delayed".into(),
            surrogate: Surrogate::FastSigmoid {
                slope: config.f64("surrogate_slope")?,
            },
        };

        let mut graph = Graph::new("fc");
        let input = graph.input(input_shape);
        let mut below = graph.node("flatten", "flatten", json!({}), &[&input]);
        let mut width = inputs;
        for (l, size) in hidden.iter().copied().enumerate() {
            let current = graph.linear(&format!("synapses.{l}"), &weight(l), width, size, &below);
            below = graph.lif(&format!("neurons.{l}"), &neuron, &current);
            width = size;
        }
        let l = hidden.len();
        let current = graph.linear(&format!("synapses.{l}"), &weight(l), width, classes, &below);
        let readout = format!("neurons.{l}");
        let readout = if config.bool("out_integrator")? {
            graph.integrator(&readout, 1.0, &current)
        } else {
            graph.lif(&readout, &neuron, &current)
        };
        graph.output(&readout);
        Ok(graph)
    }
}

fn weight(l: usize) -> String {
    format!("synapses.{l}.weight")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(edit: impl FnOnce(&mut Config), input: &[usize]) -> Result<Graph> {
        let mut config = Config::defaults(&FcSnn::manifest().params);
        edit(&mut config);
        FcSnn.build(&config, input, 10)
    }

    #[test]
    fn parameters_are_named_and_shaped_as_in_the_reference() {
        let graph = build(|c| c.set("hidden_sizes", vec![20, 16]), &[1, 28, 28]).expect("a graph");
        let params: Vec<_> = graph
            .params
            .iter()
            .map(|p| (p.name.as_str(), p.shape.clone()))
            .collect();
        assert_eq!(
            params,
            [
                ("synapses.0.weight", vec![20, 784]),
                ("synapses.1.weight", vec![16, 20]),
                ("synapses.2.weight", vec![10, 16])
            ]
        );
        let kinds: Vec<_> = graph.nodes.iter().map(|n| n.kind.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "input", "flatten", "linear", "lif", "linear", "lif", "linear", "lif", "output"
            ]
        );
        assert_eq!(graph.edges.len(), graph.nodes.len() - 1);
    }

    #[test]
    fn default_sizes_give_the_published_parameter_counts() {
        for (section, inputs, classes, count) in [
            ("MNIST", 784, 10, 203_264),
            ("FashionMNIST", 784, 10, 635_200),
            ("CIFAR10", 3072, 10, 3_675_136),
            ("NMNIST", 2312, 10, 1_188_864),
            ("DVSGesture", 32768, 11, 67_131_392),
            ("DVSCIFAR10", 32768, 10, 34_083_840),
            ("SHD", 700, 20, 368_640),
        ] {
            let manifest = FcSnn::manifest();
            let mut config = Config::defaults(&manifest.params);
            for (key, value) in &manifest.sections[section] {
                config.set(key, value.clone());
            }
            let graph = FcSnn.build(&config, &[inputs], classes).expect("a graph");
            let total: usize = graph
                .params
                .iter()
                .map(|p| p.shape.iter().product::<usize>())
                .sum();
            assert_eq!(total, count, "{section}");
        }
    }

    #[test]
    fn the_readout_follows_out_integrator() {
        let kind = |integrator: bool| {
            let graph = build(|c| c.set("out_integrator", integrator), &[64]).expect("a graph");
            graph.nodes[graph.nodes.len() - 2].kind.clone()
        };
        assert_eq!(kind(false), "lif");
        assert_eq!(kind(true), "integrator");
    }

    #[test]
    fn empty_layers_are_refused() {
        assert!(build(|c| c.set("hidden_sizes", vec![16, 0]), &[64]).is_err());
        assert!(build(|_| (), &[0]).is_err());
    }
}
