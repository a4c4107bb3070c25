//! Spikes that repeat from step to step go through another product than others, with the same results and counts.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use neurotrain_kernels::Events;
use neurotrain_plugin_api::{Field, Graph, Matrix, Tensor};
use neurotrain_tensor::{Category, HostTensor, Phase, RealType};
use std::sync::Arc;
use support::nets::{fc, rec};
use support::{Bench, bits, numbers};

const STEPS: usize = 12;
const BATCH: usize = 21;
const INPUTS: usize = 90;
/// Wide enough for the making of a majority to pay.
const HIDDEN: usize = 140;

/// Spikes of inputs that fire often, seldom, or now and then, as a dense tensor and as an index.
fn sequence(bench: &Bench) -> (Tensor, HostTensor) {
    let rows = STEPS * BATCH;
    let (seldom, often) = (bits(rows * INPUTS, 0.03, 1), bits(rows * INPUTS, 0.95, 2));
    let bright = bits(BATCH * INPUTS, 0.3, 3);
    let values: Vec<f64> = (0..rows * INPUTS)
        .map(|k| {
            if bright[k % (BATCH * INPUTS)] == 1.0 {
                often[k]
            } else {
                seldom[k]
            }
        })
        .collect();
    let dims = [STEPS, BATCH, INPUTS];
    let events = Arc::new(Events::from_dense(&values, rows, INPUTS).unwrap());
    let index = HostTensor::events(&bench.session, events, &dims, Category::Input);
    (bench.tensor(&values, &dims), index)
}

fn close(a: &Tensor, b: &Tensor, what: &str) {
    let (a, b): (Vec<f64>, Vec<f64>) = (a.to_vec().unwrap(), b.to_vec().unwrap());
    assert_eq!(a.len(), b.len());
    let worst = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-12, "{what}: {worst:e}");
}

fn agree(graph: &Graph, classes: usize) {
    let bench = Bench::new(graph, classes, RealType::F64, 3);
    for param in bench.host.params().unwrap() {
        let n = param.shape.iter().product();
        let values: Vec<f64> = numbers(n, 11).iter().map(|v| 0.4 * v).collect();
        bench.set(&param.name, &values);
    }
    let (dense, index) = sequence(&bench);
    let majority = index.majority(BATCH).unwrap();
    assert!(3 * majority.terms() < 2 * index.event_index().unwrap().nnz());
    let (net, layers) = (&bench.net, bench.net.layers());
    let first = &layers[0];
    let post = bench.tensor(&numbers(STEPS * BATCH * HIDDEN, 5), &[STEPS, BATCH, HIDDEN]);
    let meter = bench.session.meter();
    let of = |x: &Tensor| {
        meter.reset_counters();
        net.run(x).unwrap();
        let membrane = net.field(first, Field::Membrane).unwrap();
        let gradient = net.weight_grad(first, Matrix::FeedForward, &post, x).unwrap();
        let counted = (
            meter.synaptic_ops(Phase::Forward),
            meter.synaptic_ops(Phase::Learning),
        );
        (membrane, gradient, counted)
    };
    let (membrane, gradient, counted) = of(&Tensor::from_raw(index.into_raw()));
    let (plain_membrane, plain_gradient, plain_counted) = of(&dense);
    close(&membrane, &plain_membrane, "membranes");
    close(&gradient, &plain_gradient, "weight gradient");
    assert_eq!(counted, plain_counted);
}

#[test]
fn a_feed_forward_layer_sees_no_difference() {
    agree(&fc(INPUTS, &[HIDDEN], 5, "subtract", false), 5);
}

#[test]
fn a_recurrent_layer_sees_no_difference() {
    agree(&rec(INPUTS, &[HIDDEN], 5, "subtract", false), 5);
}

/// Where nothing spikes behind the synapse, the product stands alone.
#[test]
fn an_integrating_layer_sees_no_difference() {
    agree(&fc(INPUTS, &[], HIDDEN, "subtract", true), HIDDEN);
}

/// What is added and subtracted again shows when it is infinite, so the form was taken.
#[test]
fn repeating_spikes_go_their_own_way() {
    let bench = Bench::new(&fc(INPUTS, &[HIDDEN], 5, "subtract", false), 5, RealType::F64, 3);
    let (dense, index) = sequence(&bench);
    let majority = index.majority(BATCH).unwrap();
    let silent = majority.missing.index[0] as usize;
    let weights: Vec<f64> = (0..HIDDEN * INPUTS)
        .map(|k| if k % INPUTS == silent { f64::INFINITY } else { 0.0 })
        .collect();
    let params = bench.host.params().unwrap();
    bench.set(&params[0].name, &weights);
    let (net, layer) = (&bench.net, &bench.net.layers()[0]);
    let post = bench.tensor(
        &vec![f64::INFINITY; STEPS * BATCH * HIDDEN],
        &[STEPS, BATCH, HIDDEN],
    );
    let no_numbers = |x: &Tensor| {
        net.run(x).unwrap();
        let membrane: Vec<f64> = net.field(layer, Field::Membrane).unwrap().to_vec().unwrap();
        let gradient = net.weight_grad(layer, Matrix::FeedForward, &post, x).unwrap();
        let gradient: Vec<f64> = gradient.to_vec().unwrap();
        [membrane, gradient].map(|values| values.iter().any(|v| v.is_nan()))
    };
    assert_eq!(no_numbers(&Tensor::from_raw(index.into_raw())), [true, true]);
    assert_eq!(no_numbers(&dense), [false, false]);
}

/// A step of one input looks like a sequence of one sample.
#[test]
fn a_step_is_no_sequence() {
    let bench = Bench::new(&fc(1, &[HIDDEN], 5, "subtract", false), 5, RealType::F64, 3);
    let events = Arc::new(Events::from_dense(&vec![1.0f64; 2 * BATCH], 2 * BATCH, 1).unwrap());
    let dims = [2, BATCH, 1];
    let x = HostTensor::events(&bench.session, events, &dims, Category::Input);
    let x = Tensor::from_raw(x.into_raw());
    bench.net.reset(BATCH).unwrap();
    for t in 0..2 {
        bench.net.step(&x.select(0, t).unwrap()).unwrap();
    }
}
