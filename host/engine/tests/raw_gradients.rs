//! Gradients that look past weight standardisation.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{Graph, Init, Matrix, Tensor};
use neurotrain_tensor::RealType;
use support::nets::{FAST, lif};
use support::{Bench, bits, numbers};

/// Two convolutions and a linear readout, standardised or not.
fn graph(standardised: bool) -> Graph {
    let with = if standardised {
        json!({ "gain": 1.8, "eps": 1e-4, "unbiased": true })
    } else {
        json!(null)
    };
    let mut g = Graph::new("conv");
    let mut from = g.input(&[2, 6, 6]);
    for (l, (inputs, outputs)) in [(2, 3), (3, 4)].into_iter().enumerate() {
        let weight = format!("conv{l}.weight");
        g.param(&weight, &[outputs, inputs, 3, 3], Init::fan_in(inputs * 9));
        let attrs = json!({ "weight": weight, "padding": 1, "standardise": with });
        from = g.node(&format!("conv{l}"), "conv2d", attrs, &[&from]);
        from = g.lif(&format!("lif{l}"), &lif(0.9, "subtract", "delayed", FAST), &from);
    }
    from = g.node("flatten", "flatten", json!({}), &[&from]);
    g.param("head.weight", &[5, 144], Init::fan_in(144));
    let attrs = json!({ "weight": "head.weight", "standardise": with });
    from = g.node("head", "linear", attrs, &[&from]);
    from = g.integrator("readout", 1.0, &from);
    g.output(&from);
    g
}

/// Weight and input gradients of every layer: exact, raw.
fn gradients(standardised: bool) -> Vec<[Vec<f64>; 4]> {
    let bench = Bench::new(&graph(standardised), 5, RealType::F64, 7);
    let net = &bench.net;
    net.run(&bench.tensor(&bits(2 * 3 * 72, 0.5, 5), &[2, 3, 2, 6, 6]))
        .unwrap();
    let values = |t: &Tensor| t.to_vec().unwrap();
    net.layers()
        .iter()
        .map(|layer| {
            let dims = [&[2, 3], &layer.shape[..]].concat();
            let post = bench.tensor(&numbers(6 * layer.size(), 3), &dims);
            // The same presynaptic side whatever the network computed.
            let dims = [&[2, 3], &layer.input_shape[..]].concat();
            let pre = bench.tensor(&numbers(dims.iter().product(), 4), &dims);
            let one = |grads: Vec<(usize, Tensor)>| grads.first().map_or_else(Vec::new, |(_, g)| values(g));
            let matrix = Matrix::FeedForward;
            [
                values(&net.weight_grad(layer, matrix, &post, &pre).unwrap()),
                one(net.input_grad(layer, &post).unwrap()),
                values(&net.weight_grad_raw(layer, matrix, &post, &pre).unwrap()),
                one(net.input_grad_raw(layer, &post).unwrap()),
            ]
        })
        .collect()
}

#[test]
fn raw_gradients_are_those_of_a_network_without_standardisation() {
    // Both start with the same weights.
    for (with, without) in gradients(true).iter().zip(gradients(false)) {
        let [exact_w, exact_x, raw_w, raw_x] = with;
        let [plain_w, plain_x, plain_raw_w, plain_raw_x] = without;
        assert_eq!((raw_w, raw_x), (&plain_w, &plain_x));
        assert_eq!((&plain_raw_w, &plain_raw_x), (&plain_w, &plain_x));
        assert_ne!(*exact_w, plain_w);
        assert!(exact_x.is_empty() || *exact_x != plain_x);
    }
}

#[test]
fn the_raw_recurrent_gradient_is_the_gradient() {
    let bench = Bench::new(
        &support::nets::rec(6, &[5], 3, "subtract", false),
        3,
        RealType::F64,
        1,
    );
    let net = &bench.net;
    let layer = net.layers()[0].clone();
    let some = |seed| bench.tensor(&numbers(10, seed), &[2, 5]);
    let (post, pre) = (some(1), some(2));
    let values = |t: Tensor| t.to_vec().unwrap();
    assert_eq!(
        values(
            net.weight_grad_raw(&layer, Matrix::Recurrent, &post, &pre)
                .unwrap()
        ),
        values(net.weight_grad(&layer, Matrix::Recurrent, &post, &pre).unwrap())
    );
}
