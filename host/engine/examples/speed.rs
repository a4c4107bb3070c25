#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, dead_code)]
#[path = "../tests/support/mod.rs"]
mod support;
use neurotrain_plugin_api::{Field, Matrix, Tensor};
use neurotrain_tensor::{Category, HostTensor, RealType};
use std::time::Instant;
use support::{Bench, nets};
use std::sync::Arc;
use neurotrain_kernels::Events;

fn time(name: &str, n: usize, mut f: impl FnMut()) {
    f();
    let mut best = f64::MAX;
    for _ in 0..n { let t = Instant::now(); f(); best = best.min(t.elapsed().as_secs_f64()); }
    println!("{name:40} {:.3} ms", best * 1e3);
}

fn main() {
    let density = 0.13;
    for (label, graph) in [("fc", nets::fc(784, &[256], 10, "subtract", false)), ("rec", nets::rec(784, &[256], 10, "subtract", false))] {
        let b = Bench::new(&graph, 10, RealType::F32, 1);
        for p in b.host.params().unwrap() {
            // stronger weights so that layers fire
            let v: Vec<f64> = support::numbers(p.shape.iter().product(), 3).iter().map(|v| v * if p.shape[0]==10 {0.2} else {0.12}).collect();
            b.set(&p.name, &v);
        }
        let net = &b.net;
        let (t, bt) = (10, 256);
        let bits = support::bits(t * bt * 784, density, 2);
        let dense: Vec<f32> = bits.iter().map(|v| *v as f32).collect();
        let events = Arc::new(Events::from_dense(&dense, t * bt, 784).unwrap());
        let x = Tensor::from_raw(HostTensor::events(&b.session, events, &[t, bt, 784], Category::Input).into_raw());
        let xd = b.tensor(&bits, &[t, bt, 784]);
        time(&format!("{label} run events"), 20, || net.run(&x).unwrap());
        time(&format!("{label} run dense tensor"), 20, || net.run(&xd).unwrap());
        time(&format!("{label} run readout"), 20, || net.run_readout(&x).unwrap());
        println!("sparsity {:?}", b.host.activation_sparsity().unwrap());
        net.run(&x).unwrap();
        let layers = net.layers().to_vec();
        let g = b.tensor(&support::numbers(t * bt * 10, 5), &[t, bt, 10]);
        let post1 = net.neuron_adjoint(&layers[1], Some(&g), None, false).unwrap();
        time("adjoint readout", 20, || { net.neuron_adjoint(&layers[1], Some(&g), None, false).unwrap(); });
        let ds = net.input_grad(&layers[1], &post1).unwrap().pop().unwrap().1;
        time("input grad", 20, || { net.input_grad(&layers[1], &post1).unwrap(); });
        let post0 = net.neuron_adjoint(&layers[0], Some(&ds), None, false).unwrap();
        time("adjoint hidden", 20, || { net.neuron_adjoint(&layers[0], Some(&ds), None, false).unwrap(); });
        let (i0, i1) = (net.input(&layers[0]).unwrap(), net.input(&layers[1]).unwrap());
        time("weight grad hidden", 20, || { net.weight_grad(&layers[0], Matrix::FeedForward, &post0, &i0).unwrap(); });
        time("weight grad readout", 20, || { net.weight_grad(&layers[1], Matrix::FeedForward, &post1, &i1).unwrap(); });
        if layers[0].recurrent.is_some() {
            let p = net.field(&layers[0], Field::PreviousSpikes).unwrap();
            time("weight grad rec", 20, || { net.weight_grad(&layers[0], Matrix::Recurrent, &post0, &p).unwrap(); });
        }
        let gw = net.weight_grad(&layers[0], Matrix::FeedForward, &post0, &i0).unwrap();
        let (m, v) = (b.tensor(&vec![0.0; 784 * 256], &[256, 784]), b.tensor(&vec![0.0; 784 * 256], &[256, 784]));
        time("adam", 20, || {
            use neurotrain_plugin_api::abi::{Args, ops};
            b.host.raw().call(ops::NET_ADAM, Args::new(&[gw.raw(), m.raw(), v.raw()], &[1e-5, 0.9, 0.999, 1e-8, 1.0, 0.0], &[0], "")).into_result().unwrap();
        });
        for batch in [256usize, 1] {
            let bits = support::bits(batch * 784, density, 9);
            let dense: Vec<f32> = bits.iter().map(|v| *v as f32).collect();
            let ev = Arc::new(Events::from_dense(&dense, batch, 784).unwrap());
            let xs = Tensor::from_raw(HostTensor::events(&b.session, ev, &[batch, 784], Category::Input).into_raw());
            net.reset(batch).unwrap();
            time(&format!("step B={batch}"), 50, || net.step(&xs).unwrap());
            let post = b.tensor(&support::numbers(batch * 256, 5), &[batch, 256]);
            let inp = net.input(&layers[0]).unwrap();
            time(&format!("outer_update B={batch}"), 50, || net.outer_update(&layers[0], Matrix::FeedForward, 1e-9, &post, &inp).unwrap());
            time(&format!("step+update B={batch}"), 50, || { net.step(&xs).unwrap(); net.outer_update(&layers[0], Matrix::FeedForward, 1e-9, &post, &inp).unwrap() });
            time(&format!("weight_grad B={batch}"), 50, || { net.weight_grad(&layers[0], Matrix::FeedForward, &post, &inp).unwrap(); });
        }
    }
}
