//! Runs to write, for all tests.
#![allow(dead_code, clippy::unwrap_used, reason = "not every test uses everything")]

use neurotrain_archive::{
    ConfigRecord, CostTableProvenance, DatasetProvenance, EpochMetrics, FileProvenance, Machine, Measured,
    Parameter, ParameterFlags, PluginProvenance, Protocol, Provenance, RunRecord, Scores, SplitSizes,
    SynapticOperations, Totals,
};
use neurotrain_plugin_api::{
    Graph, Init, LayerInfo, Lif, NetworkInfo, NeuronInfo, ParamInfo, RecurrentInfo, Surrogate,
};
use serde_json::json;
use std::path::Path;

pub(crate) const INPUTS: usize = 784;
pub(crate) const HIDDEN: usize = 64;
pub(crate) const CLASSES: usize = 10;

pub(crate) fn lif() -> Lif {
    Lif {
        beta: 0.9,
        threshold: 1.0,
        reset: "subtract".to_owned(),
        reset_order: "delayed".to_owned(),
        surrogate: Surrogate::FastSigmoid { slope: 25.0 },
    }
}

/// Input, flatten, linear, recurrent LIF, linear, integrator: all that a recurrent network has.
pub(crate) fn recurrent_graph() -> Graph {
    let mut graph = Graph::new("rec");
    graph.input(&[1, 28, 28]);
    graph.node("flatten", "flatten", json!({}), &["input"]);
    graph.linear("synapses.0", "synapses.0.weight", INPUTS, HIDDEN, "flatten");
    graph.param("recurrent.0.weight", &[HIDDEN, HIDDEN], Init::fan_in(HIDDEN));
    graph.param("recurrent.0.bias", &[HIDDEN], Init::Constant { value: 0.0 });
    let neuron = Lif {
        reset_order: "immediate".to_owned(),
        ..lif()
    };
    graph.lif("neurons.0", &neuron, "synapses.0");
    let attrs = json!({ "weight": "recurrent.0.weight", "bias": "recurrent.0.bias" });
    graph.node("recurrent.0", "recurrent", attrs, &["neurons.0"]);
    graph.edge("recurrent.0", "neurons.0");
    graph.linear("synapses.1", "synapses.1.weight", HIDDEN, CLASSES, "neurons.0");
    graph.integrator("neurons.1", 1.0, "synapses.1");
    graph.output("neurons.1");
    graph
}

/// The layer view that belongs to [`recurrent_graph`].
pub(crate) fn recurrent_layers() -> NetworkInfo {
    let neuron = |kind: &str, beta, threshold, reset: &str| NeuronInfo {
        kind: kind.to_owned(),
        beta,
        threshold,
        reset: reset.to_owned(),
        reset_order: "immediate".to_owned(),
        surrogate: Surrogate::FastSigmoid { slope: 25.0 },
    };
    let layer = |index, weight, neuron, input: usize, size: usize| LayerInfo {
        index,
        name: format!("neurons.{index}"),
        synapse: "linear".to_owned(),
        weight,
        bias: None,
        recurrent: (index == 0).then_some(RecurrentInfo {
            weight: 1,
            bias: Some(2),
        }),
        neuron,
        input_shape: vec![input],
        shape: vec![size],
        output_shape: vec![size],
        sources: (0..index).collect(),
        from_input: index == 0,
        readout: index == 1,
    };
    NetworkInfo {
        net_type: "rec".to_owned(),
        input_shape: vec![1, 28, 28],
        classes: CLASSES,
        params: recurrent_graph()
            .params
            .iter()
            .map(|p| ParamInfo {
                name: p.name.clone(),
                shape: p.shape.clone(),
            })
            .collect(),
        layers: vec![
            layer(0, 0, neuron("lif", 0.9, 1.0, "subtract"), INPUTS, HIDDEN),
            layer(1, 3, neuron("integrator", 1.0, 1e9, "none"), HIDDEN, CLASSES),
        ],
    }
}

/// A convolutional network of everything that NIR can say.
pub(crate) fn convolutional_graph() -> Graph {
    let mut graph = Graph::new("conv");
    graph.input(&[2, 12, 12]);
    graph.param("conv.0.weight", &[4, 2, 3, 3], Init::fan_in(18));
    let attrs = json!({ "weight": "conv.0.weight", "stride": 1, "padding": [1, 1] });
    graph.node("conv.0", "conv2d", attrs, &["input"]);
    graph.lif("lif.0", &lif(), "conv.0");
    graph.node("scale.0", "scale", json!({ "factor": 2.74 }), &["lif.0"]);
    graph.node(
        "pool.0",
        "avg_pool2d",
        json!({ "kernel": 2, "stride": 2 }),
        &["scale.0"],
    );
    graph.param("conv.1.weight", &[4, 4, 3, 3], Init::fan_in(36));
    graph.param("conv.1.bias", &[4], Init::Constant { value: 0.0 });
    let attrs = json!({ "weight": "conv.1.weight", "bias": "conv.1.bias", "stride": 1, "padding": 1 });
    graph.node("conv.1", "conv2d", attrs, &["pool.0"]);
    graph.node("sum", "add", json!({}), &["conv.1", "pool.0"]);
    let neuron = Lif {
        reset: "zero".to_owned(),
        reset_order: "immediate".to_owned(),
        beta: 0.5,
        ..lif()
    };
    graph.lif("lif.1", &neuron, "sum");
    graph.linear("head", "head.weight", 4 * 6 * 6, 5, "lif.1");
    graph.integrator("readout", 0.8, "head");
    graph.output("readout");
    graph
}

/// Values for all parameters of `graph`, different in every element.
pub(crate) fn parameters_of(graph: &Graph) -> Vec<Parameter<'static>> {
    let values = |offset: usize, count: usize| -> Vec<f32> {
        (0..count)
            .map(|i| ((i + 31 * offset) as f32 * 0.37).sin() * 0.1)
            .collect()
    };
    let of = |(offset, spec): (usize, &neurotrain_plugin_api::ParamSpec)| {
        Parameter::f32(
            &spec.name,
            &spec.shape,
            values(offset, spec.shape.iter().product()),
        )
    };
    graph.params.iter().enumerate().map(of).collect()
}

/// The parameters of the recurrent network, a trained matrix and a fixed one of the rule.
pub(crate) fn parameters() -> Vec<Parameter<'static>> {
    let mut parameters = parameters_of(&recurrent_graph());
    let own = ParameterFlags {
        trainable: true,
        trained: true,
        own: true,
        fixed: false,
    };
    let fixed = ParameterFlags {
        trainable: false,
        trained: false,
        own: true,
        fixed: true,
    };
    parameters.push(
        Parameter::f64(
            "classifier/0",
            &[2, 3],
            vec![0.1, -0.0, f64::NAN, 1e300, -1e-300, 5.0],
        )
        .with_flags(own),
    );
    parameters.push(
        Parameter::f32("feedback.0", &[HIDDEN, CLASSES], vec![0.5; HIDDEN * CLASSES]).with_flags(fixed),
    );
    parameters.push(Parameter::f32("gain µ", &[], vec![1.5]).with_flags(fixed));
    parameters.push(Parameter::f32("empty", &[0, 4], Vec::new()).with_flags(fixed));
    parameters
}

pub(crate) fn epochs() -> Vec<EpochMetrics> {
    let epoch = |i: u32| {
        let x = f64::from(i);
        EpochMetrics {
            train: Scores {
                accuracy: 0.8 + 0.05 * x,
                loss: 0.7 / (x + 1.0),
            },
            validation: (i > 0).then_some(Scores {
                accuracy: 0.79 + 0.05 * x,
                loss: 0.75 / (x + 1.0),
            }),
            test: None,
            activation_sparsity: if i == 1 {
                Vec::new()
            } else {
                vec![0.9 + 0.01 * x, 1.0 / 3.0]
            },
            scalars: [
                ("eligibility/norm".to_owned(), 0.1 * x),
                ("error".to_owned(), 1.0 / (x + 3.0)),
            ]
            .into(),
            wall_seconds: 12.25 + x,
            samples_per_second: 4321.0 + x,
            peak_training_state_bytes: 1_234_567 + u64::from(i),
        }
    };
    (0..3).map(epoch).collect()
}

/// A complete run of the recurrent network.
pub(crate) fn record() -> RunRecord {
    let hash = "0123456789abcdef".repeat(4);
    RunRecord {
        run_id: "c0ffee".repeat(10),
        name: "e-prop on MNIST, μ = ½".to_owned(),
        created: "2026-01-31T12:00:00Z".to_owned(),
        trainer: "eprop".to_owned(),
        model: "r_snn".to_owned(),
        dataset: "MNIST".to_owned(),
        seed: u64::MAX,
        protocol: Protocol::Honest,
        splits: SplitSizes {
            train: 54_000,
            validation: 6_000,
            test: 10_000,
        },
        test_touches: 1,
        layers: vec!["neurons.0".to_owned(), "neurons.1".to_owned()],
        epochs: epochs(),
        test: Some(Scores {
            accuracy: 0.9123,
            loss: 0.3,
        }),
        totals: Totals {
            parameter_count: 54_976,
            memory_footprint_bytes: 4 * 54_976,
            synaptic_operations: Some(SynapticOperations {
                forward_dense: (1 << 60) + 1,
                forward_effective: 123_456_789,
                learning_dense: 987,
                learning_effective: 42,
            }),
        },
        measured: Measured {
            execution_seconds: 40.5,
            scalars: [("forward_seconds".to_owned(), 20.25)].into(),
        },
        graph: Some(recurrent_graph()),
        network: Some(recurrent_layers()),
        step_seconds: Some(1e-3),
        config: ConfigRecord {
            resolved: json!({ "trainer": { "lr": 0.001, "tau": null }, "seed": 42, "sizes": [64] }),
            origins: json!({ "trainer.lr": "default of eprop", "seed": "campaign.yaml:3" }),
            requested: "trainers: [eprop]\n# µ\nseed: 42\n".to_owned(),
            requested_format: "yaml".to_owned(),
        },
        provenance: Provenance {
            host_version: "0.1.0".to_owned(),
            host_commit: "abcdef0".to_owned(),
            plugins: ["trainer", "model", "dataset"]
                .map(|role| PluginProvenance {
                    role: role.to_owned(),
                    key: "key".to_owned(),
                    name: format!("neurotrain-{role}"),
                    version: "0.1.0".to_owned(),
                    file: format!("lib{role}.so"),
                    sha256: hash.clone(),
                })
                .to_vec(),
            dataset: DatasetProvenance {
                name: "MNIST".to_owned(),
                variant: "subset of 6,000 images".to_owned(),
                attribution: "Y. LeCun, C. Cortes, C. J. C. Burges; CC BY-SA 3.0".to_owned(),
                files: vec![FileProvenance {
                    name: "train-images-idx3-ubyte.gz".to_owned(),
                    bytes: 9_912_422,
                    sha256: hash,
                }],
            },
            machine: Machine {
                cpu: "AMD EPYC 7571".to_owned(),
                cores: 2,
                threads: 1,
                os: "Linux 6.1".to_owned(),
                rustc: "1.95.0".to_owned(),
                target: "x86_64-unknown-linux-gnu".to_owned(),
                features: vec!["avx2".to_owned(), "fma".to_owned()],
            },
            cost_table: Some(CostTableProvenance {
                origin: "auto".to_owned(),
                machine: "AMD EPYC 7571 (avx2 fma)".to_owned(),
                digest: "0123456789ab".to_owned(),
                json: "{\"version\":1}\n".to_owned(),
            }),
        },
        ..RunRecord::default()
    }
}

/// A run of the convolutional network, without epochs.
pub(crate) fn convolutional_record() -> RunRecord {
    RunRecord {
        run_id: "conv".to_owned(),
        graph: Some(convolutional_graph()),
        created: "2026-01-31T12:00:00Z".to_owned(),
        ..RunRecord::default()
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Runs the ignored test `name` of this program in a child made by `command`, which gets the program and its
/// arguments appended; returns what it printed.
pub(crate) fn run_child(mut command: std::process::Command, name: &str, folder: &Path) -> String {
    command.arg(std::env::current_exe().unwrap());
    command
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env("FOLDER", folder);
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr]
        .map(|t| String::from_utf8_lossy(&t).into_owned())
        .concat();
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    text
}
