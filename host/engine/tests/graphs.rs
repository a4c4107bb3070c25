//! Layers derived from graphs, and graphs that are refused.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use neurotrain_engine::info_of;
use neurotrain_plugin_api::{Graph, Init, serde_json::json};
use support::nets::{FAST, Vgg, conv, fc, lif, rec, vgg9};

#[test]
fn a_chain_of_dense_layers() {
    let info = info_of(&fc(20, &[16, 12], 5, "subtract", false), 5).unwrap();
    assert_eq!(
        (info.input_shape.as_slice(), info.classes, info.net_type.as_str()),
        ([20].as_slice(), 5, "fc")
    );
    assert_eq!(
        info.params.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(),
        ["synapses.0.weight", "synapses.1.weight", "synapses.2.weight"]
    );
    let [a, b, c] = info.layers.as_slice() else {
        panic!("{info:?}")
    };
    assert_eq!(
        (a.name.as_str(), a.weight, a.from_input, a.readout),
        ("lif0", 0, true, false)
    );
    assert_eq!(
        (a.sources.clone(), b.sources.clone(), c.sources.clone()),
        (vec![], vec![0], vec![1])
    );
    assert_eq!(
        (b.input_shape.clone(), b.shape.clone(), b.output_shape.clone()),
        (vec![16], vec![12], vec![12])
    );
    assert!(c.readout && !b.from_input && c.spiking() && !c.resets_at_once());
}

#[test]
fn recurrent_layers_and_an_integrator() {
    let info = info_of(&rec(20, &[16, 12], 5, "zero", true), 5).unwrap();
    let [a, b, c] = info.layers.as_slice() else {
        panic!("{info:?}")
    };
    let recurrent = b.recurrent.as_ref().unwrap();
    assert_eq!(
        info.params[recurrent.weight].name,
        "recurrent_layers.1.recurrent.weight"
    );
    assert_eq!(
        info.params[recurrent.bias.unwrap()].name,
        "recurrent_layers.1.recurrent.bias"
    );
    assert!(a.resets_at_once() && a.neuron.reset == "zero");
    assert!(
        c.recurrent.is_none() && c.neuron.kind == "integrator" && c.neuron.threshold == 1e9 && !c.spiking()
    );
}

#[test]
fn pools_before_and_after_the_neurons() {
    let info = info_of(&conv([1, 28, 28], 10, false), 10).unwrap();
    let [a, b, c] = info.layers.as_slice() else {
        panic!("{info:?}")
    };
    assert_eq!(
        (a.shape.as_slice(), a.output_shape.as_slice()),
        ([12, 12, 12].as_slice(), [12, 12, 12].as_slice())
    );
    assert_eq!(
        (b.input_shape.as_slice(), b.shape.as_slice()),
        ([12, 12, 12].as_slice(), [32, 4, 4].as_slice())
    );
    assert_eq!(c.input_shape, [512]);
    let recipe = |v2| Vgg {
        shape: [2, 16, 16],
        channels: vec![4, 4, 6, 6, 8, 8, 8, 8],
        beta: 0.5,
        gain: 1.0,
        pools: if v2 { vec![2, 4, 6] } else { vec![2, 4] },
        v2,
        classes: 5,
    };
    let info = info_of(&vgg9(&recipe(true)), 5).unwrap();
    assert_eq!(info.layers[1].shape, [4, 16, 16]);
    assert_eq!(info.layers[1].output_shape, [4, 8, 8]);
    assert_eq!(info.layers[7].output_shape, [8, 2, 2]);
    assert_eq!(info.layers[8].neuron.kind, "integrator");
    let info = info_of(&vgg9(&recipe(false)), 5).unwrap();
    // The global average belongs to the head, which has a bias and no neurons.
    assert_eq!(info.layers[7].output_shape, [8, 4, 4]);
    let head = info.layers.last().unwrap();
    assert_eq!(
        (
            head.neuron.kind.as_str(),
            head.input_shape.as_slice(),
            head.name.as_str()
        ),
        ("none", [8].as_slice(), "head")
    );
    assert_eq!(info.params[head.bias.unwrap()].name, "head.bias");
}

#[test]
fn residual_sums_have_several_sources() {
    let info = info_of(&residual(), 3).unwrap();
    let [_, b, c] = info.layers.as_slice() else {
        panic!("{info:?}")
    };
    assert_eq!((b.sources.clone(), c.sources.clone()), (vec![0], vec![0, 1]));
    // Layer 0 branches, so what the next layers see is its spikes.
    assert_eq!(info.layers[0].output_shape, info.layers[0].shape);
}

fn residual() -> Graph {
    let mut g = Graph::new("residual");
    let from = g.input(&[4]);
    let a = g.linear("a", "a.weight", 4, 6, &from);
    let a = g.lif("a_lif", &lif(0.9, "subtract", "delayed", FAST), &a);
    let b = g.linear("b", "b.weight", 6, 6, &a);
    let b = g.lif("b_lif", &lif(0.9, "subtract", "delayed", FAST), &b);
    let sum = g.node("sum", "add", json!({}), &[&a, &b]);
    let c = g.linear("c", "c.weight", 6, 3, &sum);
    let c = g.integrator("readout", 1.0, &c);
    g.output(&c);
    g
}

/// Every refusal names what is wrong.
#[test]
fn refusals() {
    let good = || fc(4, &[3], 2, "subtract", false);
    let cases: Vec<(&str, Graph, &[&str])> = vec![
        (
            "unknown kind",
            edit(good(), |g| g.nodes[2].kind = "convolve".into()),
            &["linear0", "convolve"],
        ),
        (
            "missing attribute",
            edit(good(), |g| drop(g.nodes[2].attrs.remove("weight"))),
            &["linear0", "weight"],
        ),
        (
            "unknown attribute",
            edit(good(), |g| {
                drop(g.nodes[2].attrs.insert("delay".into(), json!(2)))
            }),
            &["linear0", "delay"],
        ),
        (
            "wrong type",
            edit(good(), |g| {
                drop(g.nodes[3].attrs.insert("beta".into(), json!("high")))
            }),
            &["lif0", "high"],
        ),
        (
            "bad reset",
            edit(good(), |g| {
                drop(g.nodes[3].attrs.insert("reset".into(), json!("add")))
            }),
            &["lif0", "add"],
        ),
        (
            "bad threshold",
            edit(good(), |g| {
                drop(g.nodes[3].attrs.insert("threshold".into(), json!(0.0)))
            }),
            &["lif0", "threshold"],
        ),
        (
            "undeclared parameter",
            edit(good(), |g| drop(g.params.remove(0))),
            &["linear0", "synapses.0.weight"],
        ),
        (
            "unused parameter",
            edit(good(), |g| g.param("spare", &[2], Init::fan_in(2))),
            &["spare"],
        ),
        (
            "declared twice",
            edit(good(), |g| g.param("synapses.0.weight", &[2], Init::fan_in(2))),
            &["synapses.0.weight", "twice"],
        ),
        (
            "empty parameter",
            edit(good(), |g| g.params[0].shape = vec![0, 4]),
            &["synapses.0.weight"],
        ),
        (
            "wrong shape",
            edit(good(), |g| g.params[1].shape = vec![2, 7]),
            &["linear1", "[2, 7]", "[3]"],
        ),
        ("cycle", edit(good(), |g| g.edge("lif1", "sum")), &["lif1", "sum"]),
        ("real cycle", edit(cyclic(), |_| ()), &["cycle", "sum"]),
        (
            "same name",
            edit(good(), |g| g.nodes[3].name = "linear0".into()),
            &["linear0"],
        ),
        (
            "dead end",
            edit(good(), |g| drop(g.node("spur", "flatten", json!({}), &["lif0"]))),
            &["spur"],
        ),
        (
            "unfed node",
            edit(good(), |g| g.edges.retain(|(_, to)| to != "linear1")),
            &["linear1"],
        ),
        (
            "neuron without synapse",
            edit(good(), |g| {
                g.nodes.push(g.nodes[3].clone());
                g.nodes.last_mut().unwrap().name = "second".into();
                g.edges.retain(|e| e.0 != "lif0");
                g.edge("lif0", "second");
                g.edge("second", "linear1");
            }),
            &["second", "synapse"],
        ),
        ("classes", good(), &["3 classes"]),
        ("no output", edit(good(), |g| drop(g.nodes.pop())), &["output"]),
        (
            "stray recurrent",
            edit(good(), |g| {
                g.param("r", &[3, 3], Init::fan_in(3));
                g.node("back", "recurrent", json!({"weight": "r"}), &["lif0"]);
            }),
            &["back", "recurrent"],
        ),
        ("small map", small_map(), &["conv1", "kernel"]),
    ];
    for (what, graph, words) in cases {
        let classes = if what == "classes" { 3 } else { 2 };
        let error = info_of(&graph, classes).expect_err(what);
        assert_eq!(error.code(), "bad-graph", "{what}: {error}");
        for word in words {
            assert!(
                error.to_string().contains(word),
                "{what}: `{word}` is not in: {error}"
            );
        }
    }
}

fn edit(mut graph: Graph, change: impl FnOnce(&mut Graph)) -> Graph {
    change(&mut graph);
    graph
}

fn cyclic() -> Graph {
    let mut g = residual();
    g.node("loop", "flatten", json!({}), &["sum"]);
    g.edge("loop", "sum");
    g
}

fn small_map() -> Graph {
    let mut g = conv([1, 28, 28], 2, false);
    g.nodes[0].attrs.insert("shape".into(), json!([1, 3, 28]));
    g
}
