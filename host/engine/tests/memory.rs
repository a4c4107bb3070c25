//! Metered bytes against those that the allocator hands out.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod support;

use neurotrain_kernels::Events;
use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{Field, Graph, Init, Matrix, Tensor};
use neurotrain_tensor::{Category, HostTensor, RealType};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use support::nets::{FAST, fc, lif, rec};
use support::{Bench, bits, numbers};

/// The system's allocator, with live and peak bytes.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn add(bytes: usize) {
    let now = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(now, Relaxed);
}

// SAFETY: every call goes to the system's allocator unchanged; only numbers are kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Where it grows in place no second block is live.
        LIVE.fetch_sub(layout.size(), Relaxed);
        add(size);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const BATCH: usize = 64;
const STEPS: usize = 16;
/// What a call allocates beside numbers: plans, tasks, names, the lists of terms of a convolution.
const CONSTANT: usize = 64 * 1024;

/// Metered and allocated peak of `body`, both above what is live before it.
fn peaks(bench: &Bench, body: impl FnOnce()) -> (usize, usize) {
    let meter = bench.session.meter();
    meter.reset_peaks();
    let (metered, allocated) = (meter.live_bytes_of_all() as usize, LIVE.load(Relaxed));
    PEAK.store(allocated, Relaxed);
    body();
    (
        meter.peak_bytes_of_all() as usize - metered,
        PEAK.load(Relaxed) - allocated,
    )
}

/// What does not agree within a tenth.
fn compare(what: &str, (metered, allocated): (usize, usize)) -> Option<String> {
    let ratio = 100.0 * (metered as f64 / allocated as f64 - 1.0);
    let line = format!("{what}: metered {metered} bytes, allocated {allocated}: {ratio:+.1} %");
    println!("{line}");
    (metered.abs_diff(allocated) > allocated / 10 + CONSTANT).then_some(line)
}

fn events(bench: &Bench, dims: &[usize], density: f64) -> Tensor {
    let cols: usize = dims[2..].iter().product();
    let values = bits(dims[0] * dims[1] * cols, density, 5);
    let events = Events::from_dense(&values, dims[0] * dims[1], cols).unwrap();
    Tensor::from_raw(HostTensor::events(&bench.session, Arc::new(events), dims, Category::Input).into_raw())
}

/// Backpropagation through time over one batch, as a rule writes it.
fn bptt(bench: &Bench, x: &Tensor) {
    let net = &bench.net;
    net.run(x).unwrap();
    let layers = net.layers();
    let last = layers.last().unwrap();
    let membrane = net.field(last, Field::Membrane).unwrap();
    let mut delta = net.neuron_adjoint(last, None, Some(&membrane), true).unwrap();
    drop(membrane);
    for index in (0..layers.len()).rev() {
        let layer = &layers[index];
        let input = net.input(layer).unwrap();
        let gradient = net
            .weight_grad(layer, Matrix::FeedForward, &delta, &input)
            .unwrap();
        net.add_param(layer.weight, -1e-3, &gradient).unwrap();
        drop((gradient, input));
        if let Some(recurrent) = &layer.recurrent {
            let before = net.field(layer, Field::PreviousSpikes).unwrap();
            let gradient = net
                .weight_grad(layer, Matrix::Recurrent, &delta, &before)
                .unwrap();
            net.add_param(recurrent.weight, -1e-3, &gradient).unwrap();
        }
        if index > 0 {
            let (_, back) = net.input_grad(layer, &delta).unwrap().pop().unwrap();
            delta = net
                .neuron_adjoint(&layers[index - 1], Some(&back), None, true)
                .unwrap();
        }
    }
}

/// One batch of a rule that learns in every step, with a trace per layer.
fn online(bench: &Bench, x: &Tensor) {
    let net = &bench.net;
    net.reset(BATCH).unwrap();
    let mut traces: Vec<Option<Tensor>> = vec![None; net.layers().len()];
    for t in 0..STEPS {
        net.step(&x.select(0, t).unwrap()).unwrap();
        for (layer, trace) in net.layers().iter().zip(&mut traces) {
            let input = net.input(layer).unwrap();
            match trace {
                Some(trace) => trace.trace(0.9, &input).unwrap(),
                None => *trace = Some(input.copy().unwrap()),
            }
            let error = net.field(layer, Field::Surrogate).unwrap();
            let trace = trace.as_ref().unwrap();
            net.outer_update(layer, Matrix::FeedForward, -1e-6, &error, trace)
                .unwrap();
        }
    }
}

fn conv() -> Graph {
    let mut g = Graph::new("conv");
    let input = g.input(&[2, 12, 12]);
    g.param("conv.weight", &[8, 2, 3, 3], Init::fan_in(18));
    let conv = g.node(
        "conv",
        "conv2d",
        json!({"weight": "conv.weight", "padding": 1}),
        &[&input],
    );
    let pool = g.node("pool", "max_pool2d", json!({"kernel": 2, "stride": 2}), &[&conv]);
    let hidden = g.lif("lif", &lif(0.9, "subtract", "delayed", FAST), &pool);
    let flat = g.node("flatten", "flatten", json!({}), &[&hidden]);
    let last = g.linear("fc", "fc.weight", 288, 10, &flat);
    let last = g.integrator("readout", 1.0, &last);
    g.output(&last);
    g
}

/// One test, so that nothing else allocates meanwhile.
#[test]
fn what_is_metered_is_what_is_allocated() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let wrong = pool.install(differences);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// All cases whose metered and allocated peaks differ.
fn differences() -> Vec<String> {
    // Products keep a packing buffer per thread.
    for dtype in [RealType::F32, RealType::F64] {
        let warm = Bench::new(&fc(300, &[200], 10, "subtract", true), 10, dtype, 3);
        let x = events(&warm, &[STEPS, BATCH, 300], 0.1);
        bptt(&warm, &x);
        online(&warm, &x);
    }

    let nets = [
        ("fc", fc(300, &[200], 10, "subtract", true), vec![300]),
        ("rec", rec(300, &[200], 10, "subtract", true), vec![300]),
        ("conv", conv(), vec![2, 12, 12]),
    ];
    let mut wrong = Vec::new();
    for (name, graph, shape) in nets {
        for dtype in [RealType::F32, RealType::F64] {
            let dims = [&[STEPS, BATCH], &shape[..]].concat();
            let size: usize = shape.iter().product();
            let bench = Bench::new(&graph, 10, dtype, 3);
            let live = bench.session.meter().live_bytes_of_all();
            let parameters: usize = bench
                .host
                .params()
                .unwrap()
                .iter()
                .map(|p| p.shape.iter().product::<usize>())
                .sum();
            let real = if dtype == RealType::F64 { 8 } else { 4 };
            assert_eq!(live as usize, parameters * real, "{name}");

            let frame = numbers(BATCH * size, 1);
            let inputs = |form: &str| match form {
                "events" => events(&bench, &dims, 0.1),
                // Direct coding: one frame, seen T times.
                _ => {
                    let one = [&[1, BATCH], &shape[..]].concat();
                    bench.tensor(&frame, &one).broadcast_to(&dims).unwrap()
                }
            };
            for form in ["events", "repeated"] {
                let x = inputs(form);
                wrong.extend(compare(
                    &format!("{name}, {dtype:?}, {form}, bptt"),
                    peaks(&bench, || bptt(&bench, &x)),
                ));
                bench.host.clear_state().unwrap();
                wrong.extend(compare(
                    &format!("{name}, {dtype:?}, {form}, online"),
                    peaks(&bench, || online(&bench, &x)),
                ));
                bench.host.clear_state().unwrap();
            }
        }
    }
    wrong
}
