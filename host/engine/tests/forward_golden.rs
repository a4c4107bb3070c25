//! Forward passes of the reference, step by step and as whole sequences.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod support;

use neurotrain_plugin_api::{Field, Graph};
use neurotrain_tensor::RealType;
use support::golden::{Case, cases};
use support::nets::{Vgg, conv, fc, rec, vgg9};
use support::Bench;

fn graph_of(case: &Case) -> Graph {
    let classes = case.side["classes"].as_u64().unwrap() as usize;
    let config = &case.side["model_cfg"];
    let integrator = case.side["out_integrator"].as_bool().unwrap();
    let reset = config["reset_mechanism"].as_str().unwrap_or("subtract");
    let shape = case.sizes("in_shape");
    match case.side["model"].as_str().unwrap() {
        "fc_snn" => fc(shape.iter().product(), &case.sizes("hidden"), classes, reset, integrator),
        "r_snn" => rec(shape.iter().product(), &case.sizes("hidden"), classes, reset, integrator),
        "conv_snn" => conv([shape[0], shape[1], shape[2]], classes, integrator),
        _ => {
            let v2 = config["use_tp_pool"].as_bool().unwrap();
            let list = |key: &str| -> Vec<usize> {
                config[key].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect()
            };
            vgg9(&Vgg {
                shape: [shape[0], shape[1], shape[2]],
                channels: list("channels"),
                beta: config["beta"].as_f64().unwrap(),
                gain: config["conv_gain"].as_f64().unwrap(),
                pools: if v2 { vec![2, 4, 6] } else { list("pool_after_blocks") },
                v2,
                classes,
            })
        }
    }
}

/// The network with the case's parameters.
fn bench_of(case: &Case) -> Bench {
    let classes = case.side["classes"].as_u64().unwrap() as usize;
    let bench = Bench::new(&graph_of(case), classes, RealType::F32, 1);
    for (key, (_, values)) in &case.tensors {
        if let Some(name) = key.strip_prefix("init/") {
            bench.set(name, values);
        }
    }
    bench
}

fn close(case: &Case, what: &str, got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len(), "{}: {what}", case.name);
    let worst = got.iter().zip(want).map(|(g, w)| (g - w).abs()).fold(0.0, f64::max);
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
                    close(&case, &format!("{what} {key}.{l} {part:?}"), &got.to_vec().unwrap(), want);
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
        let scores = neurotrain_plugin_api::Tensor::from_raw(scores.into_raw()).to_vec().unwrap();
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
