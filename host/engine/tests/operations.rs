//! Synaptic operations as they are counted, against loops that multiply one pair at a time.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use neurotrain_kernels::Events;
use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{Field, Graph, Init, LayerInfo, Matrix, Tensor};
use neurotrain_tensor::{Category, HostTensor, Phase, RealType, SynapticOps};
use std::sync::Arc;
use support::nets::{FAST, fc, lif, rec};
use support::{Bench, bits, numbers};

const STEPS: usize = 5;
const BATCH: usize = 3;

/// Weights large enough for spikes in every layer.
fn strong(bench: &Bench) {
    for param in bench.host.params().unwrap() {
        let fan_in: usize = param.shape.iter().skip(1).product();
        let values = numbers(param.shape.iter().product(), 11);
        let values: Vec<f64> = values.iter().map(|v| 4.0 * v / (fan_in as f64).sqrt()).collect();
        bench.set(&param.name, &values);
    }
}

fn values(tensor: &Tensor) -> Vec<f64> {
    tensor.to_vec().unwrap()
}

fn nonzero(values: &[f64]) -> u64 {
    values.iter().filter(|v| **v != 0.0).count() as u64
}

fn spikes(bench: &Bench, layer: &LayerInfo) -> Vec<f64> {
    values(&bench.net.field(layer, Field::Spikes).unwrap())
}

/// What `body` adds to the counters of a phase.
fn counted<T>(bench: &Bench, phase: Phase, body: impl FnOnce() -> T) -> (SynapticOps, T) {
    bench.session.meter().reset_counters();
    let out = body();
    (bench.session.meter().synaptic_ops(phase), out)
}

fn accumulates(dense_mac: u64, effective_ac: u64) -> SynapticOps {
    SynapticOps {
        dense_mac,
        effective_ac,
        effective_mac: 0,
    }
}

fn multiplies(dense_mac: u64, effective_mac: u64) -> SynapticOps {
    SynapticOps {
        dense_mac,
        effective_ac: 0,
        effective_mac,
    }
}

/// Sequences `[STEPS, BATCH, inputs]` in every form that a product distinguishes, and whether they are binary.
fn forms(bench: &Bench, inputs: usize) -> Vec<(&'static str, Tensor, bool)> {
    let rows = STEPS * BATCH;
    let dims = [STEPS, BATCH, inputs];
    let binary = bits(rows * inputs, 0.3, 5);
    let sparse = bits(rows * inputs, 0.02, 6);
    let events = |values: &[f64]| {
        let events = Arc::new(Events::from_dense(values, rows, inputs).unwrap());
        Tensor::from_raw(HostTensor::events(&bench.session, events, &dims, Category::Input).into_raw())
    };
    let real: Vec<f64> = numbers(rows * inputs, 7).iter().map(|v| v.max(0.0)).collect();
    let frame: Vec<f64> = real[..BATCH * inputs].to_vec();
    let repeated = bench
        .tensor(&frame, &[1, BATCH, inputs])
        .broadcast_to(&dims)
        .unwrap();
    vec![
        ("events", events(&binary), true),
        ("few events", events(&sparse), true),
        ("dense, binary", bench.tensor(&binary, &dims), true),
        ("dense, real", bench.tensor(&real, &dims), false),
        ("one frame repeated", repeated, false),
    ]
}

#[test]
fn a_linear_network_counts_dense_and_effective_operations() {
    // 5 * (20 * 15 + 15 * 5) = 1875 per sample.
    let graph = fc(20, &[15], 5, "subtract", false);
    for dtype in [RealType::F32, RealType::F64] {
        let bench = Bench::new(&graph, 5, dtype, 3);
        strong(&bench);
        let (net, layers) = (&bench.net, bench.net.layers());
        for (form, x, binary) in forms(&bench, 20) {
            let (ops, ()) = counted(&bench, Phase::Forward, || net.run(&x).unwrap());
            let hidden = spikes(&bench, &layers[0]);
            let input = nonzero(&values(&x)) * 15;
            let behind = nonzero(&hidden) * 5;
            let dense = (BATCH * 1875) as u64;
            let expected = match binary {
                true => accumulates(dense, input + behind),
                false => SynapticOps {
                    dense_mac: dense,
                    effective_ac: behind,
                    effective_mac: input,
                },
            };
            assert_eq!(ops, expected, "{form}");
            assert!(form == "few events" || behind > 0, "{form}: nothing spikes");

            let (stepped, ()) = counted(&bench, Phase::Forward, || {
                net.reset(BATCH).unwrap();
                for t in 0..STEPS {
                    net.step(&x.select(0, t).unwrap()).unwrap();
                }
            });
            assert_eq!(stepped, expected, "{form}, step by step");

            let post: Vec<f64> = numbers(STEPS * BATCH * 15, 8)
                .iter()
                .map(|v| v.max(0.0))
                .collect();
            let post = bench.tensor(&post, &[STEPS, BATCH, 15]);
            let of_layer = (STEPS * BATCH * 300) as u64;
            let (ops, _) = counted(&bench, Phase::Learning, || {
                net.weight_grad(&layers[0], Matrix::FeedForward, &post, &x)
                    .unwrap()
            });
            let expected = match binary {
                true => accumulates(of_layer, input),
                false => multiplies(of_layer, input),
            };
            assert_eq!(ops, expected, "weight gradient, {form}");
            let (ops, ()) = counted(&bench, Phase::Learning, || {
                net.outer_update(&layers[0], Matrix::FeedForward, -1e-9, &post, &x)
                    .unwrap();
            });
            assert_eq!(ops, expected, "outer update, {form}");
        }
        let post: Vec<f64> = numbers(BATCH * 5, 9).iter().map(|v| v.max(0.0)).collect();
        let (ops, _) = counted(&bench, Phase::Learning, || {
            net.input_grad(&layers[1], &bench.tensor(&post, &[BATCH, 5]))
                .unwrap()
        });
        assert_eq!(ops, multiplies((BATCH * 75) as u64, nonzero(&post) * 15));
    }
}

#[test]
fn a_recurrent_layer_counts_the_spikes_that_it_is_given_back() {
    let bench = Bench::new(&rec(20, &[15], 5, "subtract", false), 5, RealType::F64, 3);
    strong(&bench);
    let (net, layers) = (&bench.net, bench.net.layers());
    for (form, x, binary) in forms(&bench, 20) {
        let (ops, ()) = counted(&bench, Phase::Forward, || net.run(&x).unwrap());
        let hidden = spikes(&bench, &layers[0]);
        let step = BATCH * 15;
        // What the last step fires has no step to be given back to.
        let back = nonzero(&hidden[..(STEPS - 1) * step]) * 15;
        let behind = nonzero(&hidden) * 5;
        assert!(form == "few events" || back > 0, "{form}: nothing spikes");
        let input = nonzero(&values(&x)) * 15;
        let dense = (STEPS * BATCH * (300 + 225 + 75)) as u64;
        let expected = SynapticOps {
            dense_mac: dense,
            effective_ac: back + behind + if binary { input } else { 0 },
            effective_mac: if binary { 0 } else { input },
        };
        assert_eq!(ops, expected, "{form}");

        let given = bench.tensor(&numbers(STEPS * step, 8), &[STEPS, BATCH, 15]);
        let (ops, delta) = counted(&bench, Phase::Learning, || {
            net.neuron_adjoint(&layers[0], Some(&given), None, true).unwrap()
        });
        // From every step but the first, back to the one before.
        let effective = nonzero(&values(&delta)[step..]) * 15;
        assert_eq!(ops, multiplies((STEPS * BATCH * 225) as u64, effective), "{form}");

        let (stepped, ()) = counted(&bench, Phase::Forward, || {
            net.reset(BATCH).unwrap();
            for t in 0..STEPS {
                net.step(&x.select(0, t).unwrap()).unwrap();
            }
        });
        assert_eq!(stepped, expected, "{form}, step by step");
    }
}

/// A convolution by its definition.
struct Taps {
    shape: [usize; 3],
    outputs: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
}

impl Taps {
    fn out(&self, axis: usize) -> usize {
        (self.shape[axis + 1] + 2 * self.padding[axis] - self.kernel[axis]) / self.stride[axis] + 1
    }

    /// Calls `body(input element, output element)` for every product inside the map of one sample.
    fn each(&self, mut body: impl FnMut(usize, usize)) {
        let [channels, height, width] = self.shape;
        let (oh, ow) = (self.out(0), self.out(1));
        for o in 0..self.outputs {
            for (y, x) in (0..oh).flat_map(|y| (0..ow).map(move |x| (y, x))) {
                for c in 0..channels {
                    for (i, j) in (0..self.kernel[0]).flat_map(|i| (0..self.kernel[1]).map(move |j| (i, j))) {
                        let at = |o: usize, k: usize, axis: usize| {
                            (o * self.stride[axis] + k).checked_sub(self.padding[axis])
                        };
                        if let (Some(line), Some(col)) = (at(y, i, 0), at(x, j, 1))
                            && line < height
                            && col < width
                        {
                            body((c * height + line) * width + col, (o * oh + y) * ow + x);
                        }
                    }
                }
            }
        }
    }

    fn dense(&self) -> usize {
        self.outputs * self.out(0) * self.out(1) * self.shape[0] * self.kernel[0] * self.kernel[1]
    }
}

#[test]
fn a_convolution_counts_taps_inside_the_map() {
    let cases = [
        ([3, 3], [1, 1], [0, 0]),
        ([3, 3], [1, 1], [1, 1]),
        ([5, 3], [2, 3], [2, 1]),
    ];
    for (kernel, stride, padding) in cases {
        let taps = Taps {
            shape: [2, 9, 7],
            outputs: 4,
            kernel,
            stride,
            padding,
        };
        let mut g = Graph::new("conv");
        let input = g.input(&taps.shape);
        g.param("conv.weight", &[4, 2, kernel[0], kernel[1]], Init::fan_in(18));
        let attrs = json!({"weight": "conv.weight", "stride": stride, "padding": padding});
        let conv = g.node("conv", "conv2d", attrs, &[&input]);
        let hidden = g.lif("lif", &lif(0.9, "subtract", "delayed", FAST), &conv);
        let flat = g.node("flatten", "flatten", json!({}), &[&hidden]);
        let out = 4 * taps.out(0) * taps.out(1);
        let last = g.linear("fc", "fc.weight", out, 5, &flat);
        let last = g.integrator("readout", 1.0, &last);
        g.output(&last);
        let bench = Bench::new(&g, 5, RealType::F64, 3);
        strong(&bench);
        let (net, layers) = (&bench.net, bench.net.layers());
        let size = 2 * 9 * 7;
        for (form, x, binary) in forms(&bench, size) {
            let case = format!("{form}, kernel {kernel:?}, stride {stride:?}, padding {padding:?}");
            let x = x.reshape(&[STEPS, BATCH, 2, 9, 7]).unwrap();
            let (ops, ()) = counted(&bench, Phase::Forward, || net.run(&x).unwrap());
            let elements = values(&x);
            let mut effective = 0;
            for sample in elements.chunks_exact(size) {
                taps.each(|from, _| effective += u64::from(sample[from] != 0.0));
            }
            let behind = nonzero(&spikes(&bench, &layers[0])) * 5;
            let dense = (STEPS * BATCH * taps.dense()) as u64;
            let expected = SynapticOps {
                dense_mac: dense + (STEPS * BATCH * out * 5) as u64,
                effective_ac: behind + if binary { effective } else { 0 },
                effective_mac: if binary { 0 } else { effective },
            };
            assert_eq!(ops, expected, "{case}");

            let post = numbers(STEPS * BATCH * out, 8);
            let post: Vec<f64> = post.iter().map(|v| v.max(0.0)).collect();
            let dims = [STEPS, BATCH, 4, taps.out(0), taps.out(1)];
            let tensor = bench.tensor(&post, &dims);
            let (ops, _) = counted(&bench, Phase::Learning, || {
                net.weight_grad(&layers[0], Matrix::FeedForward, &tensor, &x)
                    .unwrap()
            });
            let expected = match binary {
                true => accumulates(dense, effective),
                false => multiplies(dense, effective),
            };
            assert_eq!(ops, expected, "weight gradient, {case}");
        }
    }
}

#[test]
fn an_error_through_a_convolution_counts_taps_inside_the_map() {
    let taps = Taps {
        shape: [3, 8, 8],
        outputs: 4,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
    };
    let mut g = Graph::new("conv");
    let mut from = g.input(&[2, 8, 8]);
    for (name, channels, outputs) in [("a", 2, 3), ("b", 3, 4)] {
        let weight = format!("{name}.weight");
        g.param(&weight, &[outputs, channels, 3, 3], Init::fan_in(18));
        let conv = g.node(name, "conv2d", json!({"weight": weight, "padding": 1}), &[&from]);
        from = g.lif(
            &format!("lif-{name}"),
            &lif(0.9, "subtract", "delayed", FAST),
            &conv,
        );
    }
    let flat = g.node("flatten", "flatten", json!({}), &[&from]);
    let last = g.linear("fc", "fc.weight", 256, 5, &flat);
    let last = g.integrator("readout", 1.0, &last);
    g.output(&last);
    let bench = Bench::new(&g, 5, RealType::F64, 3);
    let x = bench.tensor(&bits(BATCH * 128, 0.3, 1), &[BATCH, 2, 8, 8]);
    bench.net.reset(BATCH).unwrap();
    bench.net.step(&x).unwrap();
    let post: Vec<f64> = numbers(BATCH * 256, 2).iter().map(|v| v.max(0.0)).collect();
    let tensor = bench.tensor(&post, &[BATCH, 4, 8, 8]);
    let (ops, _) = counted(&bench, Phase::Learning, || {
        bench.net.input_grad(&bench.net.layers()[1], &tensor).unwrap()
    });
    let mut effective = 0;
    for sample in post.chunks_exact(256) {
        taps.each(|_, to| effective += u64::from(sample[to] != 0.0));
    }
    assert_eq!(ops, multiplies((BATCH * taps.dense()) as u64, effective));
}
