//! Forward passes of the reference, step by step and as whole sequences.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod support;

use neurotrain_plugin_api::Field;
use support::golden::{Case, bench_of, cases};

fn close(case: &Case, what: &str, got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len(), "{}: {what}", case.name);
    let worst = got
        .iter()
        .zip(want)
        .map(|(g, w)| (g - w).abs())
        .fold(0.0, f64::max);
    assert!(worst <= 2e-5, "{}: {what} differs by {worst}", case.name);
}

fn replay(prefix: &str) {
    for case in cases(prefix) {
        let bench = bench_of(&case);
        let net = &bench.net;
        let (dims, input) = case.get("input");
        let (steps, batch) = (dims[0], dims[1]);
        let x = bench.tensor(input, dims);
        let check = |what: &str, part: Option<usize>| {
            for layer in net.layers() {
                let l = layer.index;
                let logits = layer.neuron.kind == "none";
                let fields = [("mem", Field::Reported, 0.0), ("spk", Field::Output, 0.0)];
                for (key, field, _) in fields {
                    let (shape, want) = case.get(&format!("fwd/{key}.{l}"));
                    let want = match part {
                        Some(t) => &want[t * want.len() / shape[0]..(t + 1) * want.len() / shape[0]],
                        None => &want[..],
                    };
                    let got = net.field(layer, field).unwrap();
                    let rest = if part.is_some() { &shape[1..] } else { &shape[..] };
                    assert_eq!(&got.shape()[..], rest, "{}: {key}.{l}", case.name);
                    // A layer without neurons and an N4 head report their membrane twice.
                    let twice = key == "spk" && layer.readout && case.side["model"] == "vgg9" && !logits;
                    if twice {
                        continue;
                    }
                    close(
                        &case,
                        &format!("{what} {key}.{l} {part:?}"),
                        &got.to_vec().unwrap(),
                        want,
                    );
                }
            }
        };
        net.reset(batch).unwrap();
        for t in 0..steps {
            net.step(&x.select(0, t).unwrap()).unwrap();
            check("step", Some(t));
        }
        net.run(&x).unwrap();
        check("run", None);
        net.run(&x.sparsify().unwrap()).unwrap();
        check("run on events", None);
        let scores = bench.host.scores(&bench.host_tensor(input, dims)).unwrap();
        let scores = neurotrain_plugin_api::Tensor::from_raw(scores.into_raw())
            .to_vec()
            .unwrap();
        close(&case, "scores", &scores, &case.get("eval/readout").1);
        println!("{}: agrees", case.name);
    }
}

#[test]
fn fc_snn() {
    replay("forward__fc_snn__");
}

#[test]
fn r_snn() {
    replay("forward__r_snn__");
}

#[test]
fn conv_snn() {
    replay("forward__conv_snn__");
}

#[test]
fn vgg9_recipes() {
    replay("forward__vgg9__");
}
