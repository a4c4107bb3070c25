//! What a network promises through the boundary.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use neurotrain_engine::{Network, ParamKind};
use neurotrain_kernels::Events;
use neurotrain_plugin_api::{Field, Matrix, Network as Net, Tensor};
use neurotrain_tensor::{Category, HostTensor, Phase, RealType};
use std::sync::Arc;
use support::nets::{conv, fc, rec};
use support::{Bench, bits, numbers};

fn strong(bench: &Bench) {
    for param in bench.host.params().unwrap() {
        let fan_in: usize = param.shape.iter().skip(1).product();
        let scale = 4.0 / (fan_in as f64).sqrt();
        let values: Vec<f64> = numbers(param.shape.iter().product(), 11)
            .iter()
            .map(|v| scale * v)
            .collect();
        bench.set(&param.name, &values);
    }
}

fn values(tensor: &Tensor) -> Vec<f64> {
    tensor.to_vec().unwrap()
}

const FIELDS: [Field; 8] = [
    Field::Input,
    Field::Current,
    Field::Membrane,
    Field::Reported,
    Field::Spikes,
    Field::Output,
    Field::Surrogate,
    Field::PreviousSpikes,
];

#[test]
fn a_run_gives_what_steps_give() {
    for (graph, shape) in [
        (rec(12, &[9, 7], 4, "subtract", false), vec![12]),
        (conv([1, 16, 16], 4, true), vec![1, 16, 16]),
    ] {
        for dtype in [RealType::F32, RealType::F64] {
            let bench = Bench::new(&graph, 4, dtype, 3);
            strong(&bench);
            let (steps, batch) = (5, 3);
            let dims = [&[steps, batch], &shape[..]].concat();
            let x = bench.tensor(&bits(dims.iter().product(), 0.4, 5), &dims);
            let net = &bench.net;
            net.run(&x).unwrap();
            let whole: Vec<Vec<Vec<f64>>> = net
                .layers()
                .iter()
                .map(|l| {
                    FIELDS
                        .iter()
                        .map(|f| values(&net.field(l, *f).unwrap()))
                        .collect()
                })
                .collect();
            assert!(
                whole[0][Field::Spikes as usize].iter().sum::<f64>() > 10.0,
                "the case must spike"
            );
            net.reset(batch).unwrap();
            for t in 0..steps {
                net.step(&x.select(0, t).unwrap()).unwrap();
                for layer in net.layers() {
                    for field in FIELDS {
                        let got = values(&net.field(layer, field).unwrap());
                        let all = &whole[layer.index][field as usize];
                        let want = &all[t * got.len()..(t + 1) * got.len()];
                        let same = got
                            .iter()
                            .zip(want)
                            .all(|(g, w)| (g - w).abs() <= 2e-6 * w.abs().max(1.0));
                        assert!(same, "layer {} field {field:?} step {t}", layer.index);
                    }
                }
            }
        }
    }
}

#[test]
fn snapshots_do_not_follow_updates() {
    let bench = Bench::new(&fc(6, &[5], 3, "subtract", false), 3, RealType::F32, 1);
    let net = &bench.net;
    let before = net.param(0).unwrap();
    let old = values(&before);
    let one = bench.tensor(&[1.0; 30], &[5, 6]);
    net.add_param(0, 0.5, &one).unwrap();
    assert_eq!(values(&before), old);
    let now = values(&net.param(0).unwrap());
    assert!(
        now.iter()
            .zip(&old)
            .all(|(n, o)| *n == f64::from(*o as f32 + 0.5))
    );
    // Nor does the network follow a rule's own changes of what it was given.
    net.param(0).unwrap().assign(&one).unwrap();
    assert_eq!(values(&net.param(0).unwrap()), now);
    net.set_param(0, &one).unwrap();
    one.add_scaled(1.0, &one.copy().unwrap()).unwrap();
    assert_eq!(values(&net.param(0).unwrap()), [1.0; 30]);
    // A field is a snapshot as well: changing it changes neither the state nor the record.
    let x = bench.tensor(&[1.0; 12], &[2, 6]);
    net.reset(2).unwrap();
    net.step(&x).unwrap();
    let layer = net.layers()[0].clone();
    let membrane = net.field(&layer, Field::Membrane).unwrap();
    let kept = values(&membrane);
    membrane.add_scaled(3.0, &membrane.copy().unwrap()).unwrap();
    assert_eq!(values(&net.field(&layer, Field::Membrane).unwrap()), kept);
    net.step(&x).unwrap();
    assert_eq!(
        values(&membrane),
        kept.iter()
            .map(|v| f64::from(*v as f32 + 3.0 * *v as f32))
            .collect::<Vec<_>>()
    );
}

#[test]
fn outer_updates_equal_gradient_steps() {
    // Event by event and dense (half of the elements fire), feed-forward and recurrent.
    for density in [0.1, 0.9] {
        let bench = Bench::new(&rec(40, &[24], 3, "subtract", false), 3, RealType::F64, 1);
        let net = &bench.net;
        let layer = net.layers()[0].clone();
        let post = bench.tensor(&numbers(7 * 24, 1), &[7, 24]);
        for (matrix, param, width) in [(Matrix::FeedForward, 0, 40), (Matrix::Recurrent, 1, 24)] {
            let pre = bench.tensor(&bits(7 * width, density, 2), &[7, width]);
            let before = values(&net.param(param).unwrap());
            let gradient = values(&net.weight_grad(&layer, matrix, &post, &pre).unwrap());
            net.outer_update(&layer, matrix, -0.25, &post, &pre).unwrap();
            let after = values(&net.param(param).unwrap());
            for ((b, g), a) in before.iter().zip(&gradient).zip(&after) {
                assert!((b - 0.25 * g - a).abs() < 1e-12);
            }
            // The products that follow use the new weights.
            if matrix == Matrix::FeedForward {
                let x = bits(3 * 40, 0.1, 4);
                let current = values(&net.current(&layer, &bench.tensor(&x, &[3, 40])).unwrap());
                for (b, j) in (0..3).flat_map(|b| (0..24).map(move |j| (b, j))) {
                    let want: f64 = (0..40).map(|i| after[j * 40 + i] * x[b * 40 + i]).sum();
                    assert!((current[b * 24 + j] - want).abs() < 1e-12);
                }
            }
        }
    }
}

#[test]
fn a_rule_may_register_parameters() {
    let bench = Bench::new(&fc(6, &[5], 3, "subtract", false), 3, RealType::F32, 1);
    let net = &bench.net;
    let index = net
        .register("rule.projection", &bench.tensor(&[1.0, 2.0], &[2]))
        .unwrap();
    let fixed = net
        .register_fixed("rule.feedback", &bench.tensor(&[3.0], &[1]))
        .unwrap();
    assert_eq!((index, fixed), (2, 3));
    net.add_param(index, 2.0, &bench.tensor(&[1.0, 1.0], &[2]))
        .unwrap();
    let params = bench.host.params().unwrap();
    assert_eq!(params[2].name, "rule.projection");
    assert_eq!(
        (params[2].kind, params[3].kind, params[0].kind),
        (ParamKind::OwnTrainable, ParamKind::OwnFixed, ParamKind::Network)
    );
    assert_eq!(values(&net.param(index).unwrap()), [3.0, 4.0]);
    bench.set("rule.projection", &[7.0, 8.0]);
    assert_eq!(values(&net.param(index).unwrap()), [7.0, 8.0]);
    let twice = net
        .register("rule.feedback", &bench.tensor(&[3.0], &[1]))
        .unwrap_err();
    assert!(twice.to_string().contains("rule.feedback"), "{twice}");
    let unknown = bench
        .host
        .set_param("rule.other", &bench.host_tensor(&[1.0], &[1]))
        .unwrap_err();
    assert!(unknown.to_string().contains("rule.other"), "{unknown}");
}

#[test]
fn misuse_is_an_error_that_says_what_and_where() {
    let bench = Bench::new(&fc(6, &[5], 3, "subtract", false), 3, RealType::F32, 1);
    let net = &bench.net;
    let layer = net.layers()[0].clone();
    let t = |n: usize, dims: &[usize]| bench.tensor(&vec![0.0; n], dims);
    let unread = net.spikes(&layer).unwrap_err();
    assert_eq!(unread.code(), "not-recorded");
    net.reset(2).unwrap();
    let errors = [
        (
            net.step(&t(18, &[3, 6])).unwrap_err(),
            vec!["step", "[3, 6]", "2"],
        ),
        (
            net.step(&t(14, &[2, 7])).unwrap_err(),
            vec!["step", "[2, 7]", "[6]"],
        ),
        (net.run(&t(12, &[2, 6])).unwrap_err(), vec!["run", "[2, 6]", "T"]),
        (
            net.current(&layer, &t(8, &[2, 4])).unwrap_err(),
            vec!["current", "lif0", "[2, 4]", "[6]"],
        ),
        (
            net.weight_grad(&layer, Matrix::FeedForward, &t(10, &[2, 5]), &t(18, &[3, 6]))
                .unwrap_err(),
            vec!["weight_grad", "lif0", "[3, 6]", "[2, 6]"],
        ),
        (
            net.weight_grad(&layer, Matrix::Recurrent, &t(10, &[2, 5]), &t(10, &[2, 5]))
                .unwrap_err(),
            vec!["weight_grad", "lif0", "recurrent"],
        ),
        (
            net.add_param(0, 1.0, &t(2, &[2])).unwrap_err(),
            vec!["add_param", "synapses.0.weight", "[2]", "[5, 6]"],
        ),
        (
            net.add_param(9, 1.0, &t(2, &[2])).unwrap_err(),
            vec!["add_param", "9"],
        ),
        (
            net.set_neuron(&layer, "threshold", -1.0).unwrap_err(),
            vec!["lif0", "threshold", "-1"],
        ),
        (
            net.set_neuron(&layer, "tau", 1.0).unwrap_err(),
            vec!["lif0", "tau"],
        ),
        (net.set_reset(&layer, "soft").unwrap_err(), vec!["lif0", "soft"]),
        (net.reset(0).unwrap_err(), vec!["reset"]),
    ];
    for (error, words) in errors {
        for word in words {
            assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
        }
    }
    net.step(&t(12, &[2, 6])).unwrap();
    let error = net
        .neuron_adjoint(&layer, Some(&t(5, &[1, 5])), None, false)
        .unwrap_err();
    assert!(
        error.to_string().contains("neuron_adjoint") && error.to_string().contains("[1, 5]"),
        "{error}"
    );
}

#[test]
fn neuron_constants_can_change() {
    let bench = Bench::new(&fc(1, &[1], 1, "subtract", false), 1, RealType::F64, 1);
    let net = &bench.net;
    bench.set("synapses.0.weight", &[1.4]);
    let layer = net.layers()[0].clone();
    let x = bench.tensor(&[1.0; 4], &[4, 1, 1]);
    let membranes = || {
        net.run(&x).unwrap();
        values(&net.field(&layer, Field::Membrane).unwrap())
    };
    let close = |got: Vec<f64>, want: [f64; 4]| {
        assert!(
            got.iter().zip(want).all(|(g, w)| (g - w).abs() < 1e-12),
            "{got:?} instead of {want:?}"
        );
    };
    close(membranes(), [1.4, 1.66, 1.894, 2.1046]);
    net.set_reset(&layer, "zero").unwrap();
    close(membranes(), [1.4, 1.4, 1.4, 1.4]);
    net.set_neuron(&layer, "threshold", 2.0).unwrap();
    net.set_neuron(&layer, "beta", 0.5).unwrap();
    close(membranes(), [1.4, 2.1, 1.4, 2.1]);
    net.set_reset(&layer, "none").unwrap();
    close(membranes(), [1.4, 2.1, 2.45, 2.625]);
}

#[test]
fn scores_sum_spikes_or_take_the_last_membrane() {
    for integrator in [false, true] {
        let bench = Bench::new(&fc(8, &[6], 3, "subtract", integrator), 3, RealType::F64, 1);
        strong(&bench);
        bench.set(
            "synapses.1.weight",
            &numbers(18, 4).iter().map(|v| v.abs()).collect::<Vec<_>>(),
        );
        let x = bits(5 * 2 * 8, 0.5, 3);
        let scores = bench.host.scores(&bench.host_tensor(&x, &[5, 2, 8])).unwrap();
        let scores = values(&Tensor::from_raw(scores.into_raw()));
        let net = &bench.net;
        assert_eq!(
            net.spikes(&net.layers()[1].clone()).unwrap_err().code(),
            "not-recorded"
        );
        net.run(&bench.tensor(&x, &[5, 2, 8])).unwrap();
        let readout = net.readout().unwrap().clone();
        let want = if integrator {
            values(&net.field(&readout, Field::Membrane).unwrap())[4 * 6..].to_vec()
        } else {
            values(&net.spikes(&readout).unwrap().sum(&[0]).unwrap())
        };
        assert!(
            want.iter().any(|v| *v != 0.0) && scores == want,
            "{scores:?} instead of {want:?}"
        );
        // Keeping the readout alone gives its fields and no other's.
        net.run_readout(&bench.tensor(&x, &[5, 2, 8])).unwrap();
        assert_eq!(
            net.field(&readout, Field::Membrane).unwrap().shape()[..],
            [5, 2, 3]
        );
        assert_eq!(net.field(&readout, Field::Output).unwrap().shape()[..], [5, 2, 3]);
        assert_eq!(
            net.spikes(&net.layers()[0].clone()).unwrap_err().code(),
            "not-recorded"
        );
    }
}

/// What is evaluated some samples after the others is what it is at once, dense or as events, and counted alike.
#[test]
fn scores_of_a_large_batch_are_those_of_a_whole_run() {
    // Where maps are evaluated, parts have about 64 samples; else 256.
    let cases = [false, true].map(|integrator| {
        [
            (integrator, fc(8, &[900], 3, "subtract", integrator), [12, 513, 8]),
            (integrator, conv([1, 20, 20], 3, integrator), [12, 129, 400]),
        ]
    });
    for (integrator, graph, dims) in cases.into_iter().flatten() {
        let bench = Bench::new(&graph, 3, RealType::F64, 1);
        strong(&bench);
        let (net, x) = (&bench.net, bits(dims.iter().product(), 0.3, 3));
        let (dense, meter) = (bench.host_tensor(&x, &dims), bench.session.meter());
        let rows = Events::from_dense(&x, dims[0] * dims[1], dims[2]).unwrap();
        let events = HostTensor::events(&bench.session, Arc::new(rows), &dims, Category::Input);
        let frame = bench.host_tensor(&x[..dims[1] * dims[2]], &[1, dims[1], dims[2]]);
        let frame = Tensor::from_raw(frame.into_raw()).broadcast_to(&dims).unwrap();
        let repeated = HostTensor::of(frame.raw()).unwrap();
        for input in [dense, events, repeated] {
            meter.reset_counters();
            bench.host.clear_activity().unwrap();
            net.run(&Tensor::from_raw(input.clone().into_raw())).unwrap();
            let readout = net.readout().unwrap().clone();
            let want = match integrator {
                true => values(&net.field(&readout, Field::Membrane).unwrap())[11 * 3 * dims[1]..].to_vec(),
                false => values(&net.spikes(&readout).unwrap().sum(&[0]).unwrap()),
            };
            let (counted, spikes) = (meter.synaptic_ops(Phase::Forward), bench.host.activity().unwrap());
            meter.reset_counters();
            bench.host.clear_activity().unwrap();
            let scores = bench.host.scores(&input).unwrap();
            assert_eq!(scores.dims(), [dims[1], 3]);
            let scores = values(&Tensor::from_raw(scores.into_raw()));
            let close = scores.iter().zip(&want).all(|(s, w)| (s - w).abs() < 1e-9);
            assert!(close && want.iter().any(|v| *v != 0.0), "{scores:?}");
            assert_eq!(meter.synaptic_ops(Phase::Forward), counted);
            assert_eq!(bench.host.activity().unwrap(), spikes);
        }
    }
}

#[test]
fn operations_and_spikes_are_counted() {
    let bench = Bench::new(&fc(20, &[15], 5, "subtract", false), 5, RealType::F32, 1);
    strong(&bench);
    let (net, meter) = (&bench.net, bench.session.meter());
    let x = bits(5 * 20, 0.3, 1);
    let ones = x.iter().sum::<f64>() as u64;
    net.run(&bench.tensor(&x, &[5, 1, 20])).unwrap();
    let layer = net.layers()[0].clone();
    let hidden = values(&net.spikes(&layer).unwrap()).iter().sum::<f64>() as u64;
    let forward = meter.synaptic_ops(Phase::Forward);
    // Five steps of 20 x 15 and 15 x 5.
    assert_eq!(forward.dense_mac, 1875);
    assert_eq!(
        (forward.effective_ac, forward.effective_mac),
        (ones * 15 + hidden * 5, 0)
    );
    let activity = bench.host.activity().unwrap();
    assert_eq!((activity[0].spikes, activity[0].neuron_steps), (hidden, 75));
    let sparsity = bench.host.activation_sparsity().unwrap();
    assert!((sparsity[0] - (1.0 - hidden as f64 / 75.0)).abs() < 1e-12);
    bench.host.clear_activity().unwrap();
    assert_eq!(bench.host.activity().unwrap()[0].neuron_steps, 0);

    assert_eq!((meter.spatial_backprop(), meter.weight_transport()), (0, 0));
    let readout = net.readout().unwrap().clone();
    let post = bench.tensor(&[1.0; 25], &[5, 1, 5]);
    net.input_grad(&readout, &post).unwrap();
    assert_eq!((meter.spatial_backprop(), meter.weight_transport()), (1, 1));
    assert_eq!(meter.temporal_backprop(), 0);
    net.neuron_adjoint(&readout, Some(&post), None, false).unwrap();
    assert_eq!(meter.temporal_backprop(), 1);
    assert_eq!(meter.synaptic_ops(Phase::Learning).dense_mac, 5 * 75);
    net.weight_grad(
        &readout,
        Matrix::FeedForward,
        &post,
        &net.input(&readout).unwrap(),
    )
    .unwrap();
    assert_eq!(meter.synaptic_ops(Phase::Learning).effective_ac, hidden * 5);
    assert_eq!(meter.synaptic_ops(Phase::Forward), forward);
}

#[test]
fn stepping_needs_memory_that_does_not_grow_with_time() {
    let bench = Bench::new(&rec(20, &[16], 5, "subtract", false), 5, RealType::F32, 1);
    strong(&bench);
    let (net, meter) = (&bench.net, bench.session.meter());
    let peak = |steps: usize| {
        net.reset(8).unwrap();
        meter.reset_peaks();
        for _ in 0..steps {
            net.step(&bench.tensor(&bits(160, 0.3, 1), &[8, 20])).unwrap();
        }
        meter.peak_training_bytes()
    };
    peak(4);
    // The index of the spikes has as many entries as there are spikes.
    let (short, long) = (peak(4), peak(40));
    assert!(
        long < short + short / 20,
        "{short} bytes after 4 steps, {long} after 40"
    );
    let run = |steps: usize| {
        net.reset(8).unwrap();
        meter.reset_peaks();
        net.run(&bench.tensor(&bits(160 * steps, 0.3, 1), &[steps, 8, 20]))
            .unwrap();
        meter.peak_bytes(Category::Activation)
    };
    assert!(run(40) > 5 * run(4));
    net.reset(8).unwrap();
    assert_eq!(meter.live_bytes(Category::Activation), 0);
}

/// A few training steps with everything that splits work.
fn trained(threads: usize) -> Vec<Vec<f64>> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| {
        let bench = Bench::new(&rec(300, &[128], 10, "subtract", false), 10, RealType::F32, 9);
        strong(&bench);
        let net = &bench.net;
        let (steps, batch) = (6, 64);
        let x = bench.tensor(&bits(steps * batch * 300, 0.1, 7), &[steps, batch, 300]);
        let post = bench.tensor(&numbers(steps * batch * 10, 8), &[steps, batch, 10]);
        for _ in 0..3 {
            net.run(&x).unwrap();
            let [hidden, readout] = net.layers() else {
                panic!("two layers")
            };
            let d = net.neuron_adjoint(readout, Some(&post), None, false).unwrap();
            let grads = [net
                .weight_grad(readout, Matrix::FeedForward, &d, &net.input(readout).unwrap())
                .unwrap()];
            let below = net.input_grad(readout, &d).unwrap().pop().unwrap().1;
            let d = net.neuron_adjoint(hidden, Some(&below), None, false).unwrap();
            let previous = net.field(hidden, Field::PreviousSpikes).unwrap();
            net.outer_update(
                hidden,
                Matrix::FeedForward,
                -1e-4,
                &d,
                &net.input(hidden).unwrap(),
            )
            .unwrap();
            net.outer_update(hidden, Matrix::Recurrent, -1e-4, &d, &previous)
                .unwrap();
            net.add_param(readout.weight, -1e-4, &grads[0]).unwrap();
        }
        bench
            .host
            .params()
            .unwrap()
            .into_iter()
            .map(|p| values(&Tensor::from_raw(p.tensor.into_raw())))
            .collect()
    })
}

#[test]
fn training_is_bit_equal_for_any_number_of_threads() {
    let one = trained(1);
    assert!(one == trained(2), "two threads differ from one");
    assert!(one == trained(3), "three threads differ from one");
}

#[test]
fn networks_share_nothing() {
    let graph = fc(6, &[5], 3, "subtract", false);
    let bench = Bench::new(&graph, 3, RealType::F32, 1);
    let other = Network::new(&bench.session, &graph, 3, None).unwrap();
    let net = Net::from_raw(other.raw()).unwrap();
    assert_eq!(
        values(&bench.net.param(0).unwrap()),
        values(&net.param(0).unwrap())
    );
    bench
        .net
        .add_param(0, 1.0, &bench.tensor(&[1.0; 30], &[5, 6]))
        .unwrap();
    assert_ne!(
        values(&bench.net.param(0).unwrap()),
        values(&net.param(0).unwrap())
    );
    bench.net.reset(2).unwrap();
    bench.net.step(&bench.tensor(&[1.0; 12], &[2, 6])).unwrap();
    assert_eq!(
        net.spikes(&net.layers()[0].clone()).unwrap_err().code(),
        "not-recorded"
    );
}

/// Direct coding repeats one frame by a stride of 0: the products are then done once.
#[test]
fn a_repeated_frame_gives_what_its_copies_give() {
    for (graph, shape) in [
        (fc(12, &[9], 4, "subtract", false), vec![12]),
        (conv([2, 16, 16], 4, true), vec![2, 16, 16]),
    ] {
        let bench = Bench::new(&graph, 4, RealType::F64, 3);
        strong(&bench);
        let net = &bench.net;
        let (steps, batch) = (5, 3);
        let dims = [&[1, batch], &shape[..]].concat();
        let frame = bench.tensor(&numbers(dims.iter().product(), 5), &dims);
        let all = [&[steps, batch], &shape[..]].concat();
        let repeated = frame.broadcast_to(&all).unwrap();
        let layer = net.layers()[0].clone();
        let size = steps * batch * layer.size();
        let post = bench.tensor(&numbers(size, 2), &[&[steps, batch], &layer.shape[..]].concat());
        let results = |x: &Tensor| {
            bench.session.meter().reset_counters();
            net.run(x).unwrap();
            let input = net.input(&layer).unwrap();
            let gradient = net
                .weight_grad(&layer, Matrix::FeedForward, &post, &input)
                .unwrap();
            let ops = [Phase::Forward, Phase::Learning].map(|p| bench.session.meter().synaptic_ops(p));
            (
                values(&net.field(&layer, Field::Membrane).unwrap()),
                values(&gradient),
                ops,
            )
        };
        let (membranes, gradient, ops) = results(&repeated);
        let (want_membranes, want_gradient, want_ops) = results(&repeated.copy().unwrap());
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-10);
        assert!(close(&membranes, &want_membranes) && close(&gradient, &want_gradient));
        assert_eq!(ops, want_ops);
    }
}

#[test]
fn adjoints_add_up_and_an_empty_tensor_is_no_gradient() {
    use neurotrain_plugin_api::abi::{Args, ops};
    let bench = Bench::new(&rec(6, &[5], 3, "subtract", false), 3, RealType::F64, 1);
    strong(&bench);
    let net = &bench.net;
    net.run(&bench.tensor(&bits(4 * 2 * 6, 0.6, 3), &[4, 2, 6]))
        .unwrap();
    let layer = net.layers()[0].clone();
    let some = |seed| bench.tensor(&numbers(40, seed), &[4, 2, 5]);
    let (spikes, membrane) = (some(1), some(2));
    let of =
        |s: Option<&Tensor>, m: Option<&Tensor>| values(&net.neuron_adjoint(&layer, s, m, false).unwrap());
    let both = of(Some(&spikes), Some(&membrane));
    let parts = of(Some(&spikes), None).into_iter().zip(of(None, Some(&membrane)));
    assert!(parts.zip(&both).all(|((s, m), b)| (s + m - b).abs() < 1e-10));
    let raw = bench.host.raw();
    let empty = bench.tensor(&[], &[0]);
    let tensors = [spikes.raw(), empty.raw()];
    let out = raw
        .call(ops::NET_NEURON_ADJOINT, Args::new(&tensors, &[], &[0, 0], ""))
        .into_result()
        .unwrap();
    let out = Tensor::from_raw(out.into_iter().next().unwrap());
    assert_eq!(values(&out), of(Some(&spikes), None));
}
