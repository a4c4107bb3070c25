//! Nodes and synapses of a model plugin's own, and gradients through branches.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RResult, RSlice, RStr, RString};
use neurotrain_engine::Network;
use neurotrain_plugin_api::abi::{RawModel, RawModel_TO, RawResult, catch};
use neurotrain_plugin_api::{
    Bundle, Error, Field, Graph, Init, Matrix, Network as Net, Node, Tensor, serde_json, serde_json::json,
};
use neurotrain_tensor::RealType;
use std::sync::Arc;
use support::nets::{FAST, lif};
use support::{Bench, bits, numbers};

/// `test.gate` multiplies its two inputs; `test.scaled_linear` is `x Wᵀ` times an attribute.
struct Own;

impl RawModel for Own {
    fn build(&self, _: RStr<'_>, _: RSlice<'_, u64>, _: u64) -> RawResult<RString> {
        RResult::RErr(Error::new("unsupported", "not built here").into())
    }

    fn node_forward(&self, node: RStr<'_>, inputs: Bundle) -> RawResult<Bundle> {
        catch("node_forward", || {
            let node: Node = serde_json::from_str(node.as_str())?;
            let (a, b) = (inputs.tensor("input.0")?, inputs.tensor("input.1")?);
            let out = match node.kind.as_str() {
                "test.gate" => a.mul(&b)?,
                _ => a
                    .matmul_transposed(&b)?
                    .scale(node.attrs["factor"].as_f64().unwrap())?,
            };
            let mut answer = Bundle::new();
            answer.put_tensor("output", out);
            Ok(answer)
        })
    }

    fn node_vjp(&self, node: RStr<'_>, inputs: Bundle) -> RawResult<Bundle> {
        catch("node_vjp", || {
            let node: Node = serde_json::from_str(node.as_str())?;
            let (a, b) = (inputs.tensor("input.0")?, inputs.tensor("input.1")?);
            let g = inputs.tensor("grad_output")?;
            let (da, db) = match node.kind.as_str() {
                "test.gate" => (g.mul(&b)?, g.mul(&a)?),
                _ => {
                    let g = g.scale(node.attrs["factor"].as_f64().unwrap())?;
                    (g.matmul(&b)?, g.transposed_matmul(&a)?)
                }
            };
            let mut answer = Bundle::new();
            answer.put_tensor("grad_input.0", da);
            answer.put_tensor("grad_input.1", db);
            Ok(answer)
        })
    }
}

fn bench(graph: &Graph, classes: usize) -> Bench {
    let session = support::session(RealType::F64, 4);
    let model = Arc::new(RawModel_TO::from_value(Own, TD_Opaque));
    let host = Network::new(&session, graph, classes, Some(model)).unwrap();
    let net = Net::from_raw(host.raw()).unwrap();
    let bench = Bench { session, host, net };
    for param in bench.host.params().unwrap() {
        let values: Vec<f64> = numbers(param.shape.iter().product(), 6)
            .iter()
            .map(|v| 1.2 * v)
            .collect();
        bench.set(&param.name, &values);
    }
    bench
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn spiking(g: &mut Graph, name: &str, from: &str) -> String {
    g.lif(name, &lif(0.9, "subtract", "delayed", FAST), from)
}

/// A synapse is linear in its input, and so are the nodes before it when routing is fixed: the gradient's inner product
/// with the sources' spikes is that of the current with the seed, once per multilinear factor.
#[test]
fn gradients_reach_every_source_through_sum_pool_and_scale() {
    let mut g = Graph::new("residual");
    let from = g.input(&[2, 6, 6]);
    g.param("a", &[3, 2, 3, 3], Init::fan_in(18));
    let a = g.node("conv_a", "conv2d", json!({"weight": "a", "padding": 1}), &[&from]);
    let a = spiking(&mut g, "lif_a", &a);
    g.param("b", &[3, 3, 3, 3], Init::fan_in(27));
    let attrs =
        json!({"weight": "b", "padding": 1, "standardise": {"gain": 2.0, "eps": 1e-4, "unbiased": true}});
    let b = g.node("conv_b", "conv2d", attrs, &[&a]);
    let b = g.node("pool_b", "max_pool2d", json!({"kernel": 3, "stride": 1}), &[&b]);
    let b = spiking(&mut g, "lif_b", &b);
    let small = g.node("small_a", "avg_pool2d", json!({"kernel": 3, "stride": 1}), &[&a]);
    let scaled = g.node("scale_b", "scale", json!({"factor": 2.5}), &[&b]);
    let sum = g.node("sum", "add", json!({}), &[&small, &scaled]);
    let sum = g.node("pool", "max_pool2d", json!({"kernel": 2, "stride": 2}), &[&sum]);
    let flat = g.node("flat", "flatten", json!({}), &[&sum]);
    let c = g.linear("c", "c", 12, 4, &flat);
    let c = g.integrator("readout", 1.0, &c);
    g.output(&c);
    let bench = bench(&g, 4);
    let net = &bench.net;
    let (steps, batch) = (3, 2);
    net.run(&bench.tensor(&bits(steps * batch * 72, 0.5, 1), &[steps, batch, 2, 6, 6]))
        .unwrap();
    let layers = net.layers().to_vec();
    assert_eq!(layers[2].sources, [0, 1]);
    for layer in &layers[1..] {
        let size = steps * batch * layer.size();
        let seed = numbers(size, 9);
        let mut dims = vec![steps, batch];
        dims.extend(&layer.shape);
        let seed_tensor = bench.tensor(&seed, &dims);
        let current = net.field(layer, Field::Current).unwrap().to_vec().unwrap();
        let want = dot(&current, &seed);
        let mut got = 0.0;
        for (source, gradient) in net.input_grad(layer, &seed_tensor).unwrap() {
            let spikes = net.spikes(&layers[source]).unwrap().to_vec().unwrap();
            assert!(spikes.iter().sum::<f64>() > 5.0, "layer {source} must spike");
            got += dot(&gradient.to_vec().unwrap(), &spikes);
        }
        assert!(
            (got - want).abs() < 1e-9 * want.abs().max(1.0),
            "layer {}: {got} instead of {want}",
            layer.index
        );
        // And linear in the weights, where they are not standardised.
        if layer.index == 2 {
            let gradient = net
                .weight_grad(
                    layer,
                    Matrix::FeedForward,
                    &seed_tensor,
                    &net.input(layer).unwrap(),
                )
                .unwrap();
            let weights = net.param(layer.weight).unwrap().to_vec().unwrap();
            assert!((dot(&gradient.to_vec().unwrap(), &weights) - want).abs() < 1e-9 * want.abs().max(1.0));
        }
    }
}

#[test]
fn a_plugins_own_node_and_synapse() {
    let mut g = Graph::new("own");
    let from = g.input(&[5]);
    let a = g.linear("a", "a", 5, 6, &from);
    let a = spiking(&mut g, "lif_a", &a);
    let b = g.linear("b", "b", 5, 6, &from);
    let b = spiking(&mut g, "lif_b", &b);
    let gate = g.node("gate", "test.gate", json!({}), &[&a, &b]);
    g.param("own", &[3, 6], Init::fan_in(6));
    let c = g.node(
        "own",
        "test.scaled_linear",
        json!({"weight": "own", "factor": 0.5, "shape": [3]}),
        &[&gate],
    );
    let c = g.integrator("readout", 1.0, &c);
    g.output(&c);
    let bench = bench(&g, 3);
    let net = &bench.net;
    let (steps, batch) = (4, 3);
    let x = bench.tensor(&bits(steps * batch * 5, 0.7, 2), &[steps, batch, 5]);
    net.run(&x).unwrap();
    let layers = net.layers().to_vec();
    let readout = &layers[2];
    assert_eq!(
        (readout.synapse.as_str(), readout.sources.as_slice()),
        ("test.scaled_linear", [0, 1].as_slice())
    );
    let read = |t: Tensor| t.to_vec().unwrap();
    let (a, b) = (
        read(net.spikes(&layers[0]).unwrap()),
        read(net.spikes(&layers[1]).unwrap()),
    );
    let both: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a * b).collect();
    assert_eq!(read(net.input(readout).unwrap()), both);
    assert!(both.iter().sum::<f64>() > 3.0, "the gate must open");
    let weights = read(net.param(readout.weight).unwrap());
    let rows = steps * batch;
    let current = read(net.field(readout, Field::Current).unwrap());
    for (r, o) in (0..rows).flat_map(|r| (0..3).map(move |o| (r, o))) {
        let want = 0.5 * dot(&weights[o * 6..(o + 1) * 6], &both[r * 6..(r + 1) * 6]);
        assert!((current[r * 3 + o] - want).abs() < 1e-12);
    }
    let seed = numbers(rows * 3, 3);
    let post = bench.tensor(&seed, &[steps, batch, 3]);
    let value = dot(&seed, &current);
    let grads = net.input_grad(readout, &post).unwrap();
    // The gate is bilinear: either side reproduces the value.
    assert!((dot(&read(grads[0].1.clone()), &a) - value).abs() < 1e-10);
    assert!((dot(&read(grads[1].1.clone()), &b) - value).abs() < 1e-10);
    let gradient = net
        .weight_grad(readout, Matrix::FeedForward, &post, &net.input(readout).unwrap())
        .unwrap();
    assert!((dot(&read(gradient), &weights) - value).abs() < 1e-10);
    // Step by step as well.
    net.reset(batch).unwrap();
    net.step(&x.select(0, 0).unwrap()).unwrap();
    assert_eq!(
        read(net.field(readout, Field::Current).unwrap()),
        current[..batch * 3]
    );
    let post = bench.tensor(&seed[..batch * 3], &[batch, 3]);
    let first = net.input_grad(readout, &post).unwrap();
    assert_eq!(read(first[0].1.clone()), read(grads[0].1.clone())[..batch * 6]);
}

#[test]
fn own_nodes_need_their_plugin() {
    let mut g = Graph::new("own");
    let from = g.input(&[5]);
    let odd = g.node("odd", "test.odd", json!({}), &[&from]);
    let a = g.linear("a", "a", 5, 2, &odd);
    g.output(&a);
    let bench = Bench::new(&g, 2, RealType::F32, 1);
    let error = bench.net.run(&bench.tensor(&[1.0; 5], &[1, 1, 5])).unwrap_err();
    assert!(
        error.code() == "unsupported" && error.to_string().contains("odd"),
        "{error}"
    );
    // The network is usable after an error.
    assert!(bench.net.param(0).is_ok());
}
