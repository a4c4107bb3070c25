//! Convolutions: DECOLLE's gradients on pooled maps, and what the rules take.

use crate::bench::{Bench, Data, relative};
use serde_json::{Value, json};

const SHAPE: [usize; 3] = [1, 9, 9];
const CLASSES: usize = 3;
const KERNEL: usize = 3;
const CHANNELS: usize = 4;
const BETA: f64 = 0.9;
const LR: f64 = 0.05;

/// A convolution of stride 1 without padding of one map, then 2 x 2 maxima; the last row and column are not pooled.
fn convolved(weight: &[f64], x: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let (side, below) = (SHAPE[1], SHAPE[1] - KERNEL + 1);
    let pooled = below / 2;
    let (mut out, mut places) = (Vec::new(), Vec::new());
    for channel in weight.chunks(KERNEL * KERNEL) {
        let at = |h: usize, w: usize| -> f64 {
            (0..KERNEL * KERNEL)
                .map(|k| channel[k] * x[(h + k / KERNEL) * side + w + k % KERNEL])
                .sum()
        };
        for p in 0..pooled * pooled {
            let (h, w) = (2 * (p / pooled), 2 * (p % pooled));
            let window = [(h, w), (h, w + 1), (h + 1, w), (h + 1, w + 1)];
            let mut best = window[0];
            for candidate in window {
                if at(candidate.0, candidate.1) > at(best.0, best.1) {
                    best = candidate;
                }
            }
            out.push(at(best.0, best.1));
            places.push(best.0 * side + best.1);
        }
    }
    (out, places)
}

/// Change of the first convolution's weights by one step of one batch of DECOLLE.
fn literal(bench: &Bench, data: &Data, weight: &[f64]) -> Vec<f64> {
    let below = SHAPE[1] - KERNEL + 1;
    let n = (below / 2).pow(2);
    let (forward, backward) = (bench.param("G.0"), bench.param("H.0"));
    let mut change = vec![0.0; weight.len()];
    for b in 0..data.batch() {
        let x = data.frame(0, b);
        let (u, places) = convolved(weight, x);
        let spikes: Vec<f64> = u.iter().map(|u| f64::from(u8::from(*u > 1.0))).collect();
        let means: Vec<f64> = spikes
            .chunks(n)
            .map(|map| map.iter().sum::<f64>() / n as f64)
            .collect();
        let error: Vec<f64> = (0..CLASSES)
            .map(|c| {
                let read: f64 = (0..CHANNELS).map(|o| forward[c * CHANNELS + o] * means[o]).sum();
                read - f64::from(u8::from(c == data.labels[b]))
            })
            .collect();
        for o in 0..CHANNELS {
            let back: f64 = (0..CLASSES).map(|c| backward[o * CLASSES + c] * error[c]).sum();
            for p in 0..n {
                let sig = 1.0 / (1.0 + (-5.0 * (u[o * n + p] - 1.0)).exp());
                let post = back / CLASSES as f64 / n as f64 * 5.0 * sig * (1.0 - sig);
                for k in 0..KERNEL * KERNEL {
                    let at = places[o * n + p] + (k / KERNEL) * SHAPE[1] + k % KERNEL;
                    change[o * KERNEL * KERNEL + k] -= LR * post * x[at] / data.batch() as f64;
                }
            }
        }
    }
    change
}

fn conv(values: &Value) -> Bench {
    let mut all = json!({ "channels": [CHANNELS], "kernel": KERNEL, "out_integrator": true, "beta": BETA });
    for (key, value) in values.as_object().expect("values") {
        all[key] = value.clone();
    }
    Bench::shaped("conv_snn", all, &SHAPE, CLASSES, 5)
}

fn data(seed: u64, steps: usize) -> Data {
    Data::random(seed, steps, 6, SHAPE.iter().product(), CLASSES, false)
}

#[test]
fn decolle_routes_the_error_of_a_maps_mean_to_the_maxima() {
    let bench = conv(&json!({}));
    let weight: Vec<f64> = bench.param("conv1.weight").iter().map(|w| 3.0 * w).collect();
    bench.set("conv1.weight", &[CHANNELS, 1, KERNEL, KERNEL], &weight);
    let mut trainer = bench.trainer("decolle", json!({ "lr": LR, "use_optimizer": false }));
    let data = data(1, 1);
    trainer
        .train_batch(bench.batch(&data))
        .into_result()
        .expect("a batch");
    let change: Vec<f64> = bench
        .param("conv1.weight")
        .iter()
        .zip(&weight)
        .map(|(after, before)| after - before)
        .collect();
    let error = relative(&change, &literal(&bench, &data, &weight));
    assert!(error <= 1e-10, "relative error {error:e}");
}

#[test]
fn convolutions_are_trained() {
    for (rule, values, settings) in [
        ("decolle", json!({ "channels": [3, 4], "kernel": 2 }), json!({})),
        (
            "decolle",
            json!({ "channels": [3, 4], "kernel": 2 }),
            json!({ "compat": "neurotrain" }),
        ),
        ("esd_rtrl", json!({ "channels": [3, 4], "kernel": 2 }), json!({})),
        ("tp", json!({ "channels": [3, 4], "kernel": 2 }), json!({})),
        ("tp", json!({ "channels": [3, 4], "padding": 1 }), json!({})),
        (
            "ell",
            json!({ "channels": [3, 4], "kernel": 2, "out_integrator": false }),
            json!({}),
        ),
        (
            "bell",
            json!({ "channels": [3, 4], "kernel": 2, "out_integrator": false }),
            json!({}),
        ),
        (
            "fell",
            json!({ "channels": [3, 4], "kernel": 2, "out_integrator": false }),
            json!({}),
        ),
    ] {
        let bench = conv(&values);
        for (name, shape, values) in bench.params() {
            let stronger: Vec<f64> = values.iter().map(|w| 3.0 * w).collect();
            bench.set(&name, &shape, &stronger);
        }
        assert_eq!(bench.check(rule, settings.clone()), Ok(()), "{rule}");
        let mut trainer = bench.trainer(rule, settings);
        let before = bench.params();
        for seed in 0..3 {
            trainer
                .train_batch(bench.batch(&data(seed, 6)))
                .into_result()
                .expect("a batch");
        }
        for ((name, _, before), (_, _, after)) in before.into_iter().zip(bench.params()) {
            let fixed = name.starts_with("G.") || name.starts_with("H.");
            assert_eq!(before == after, fixed, "{rule}: {name}");
        }
    }
}

/// Change of `name` by one step of one batch of TP on a network whose spikes are scaled between layers.
fn tp_on_vgg9(scale: f64, name: &str) -> Vec<f64> {
    let values = json!({
        "channels": [4, 4], "pool_after_blocks": [1], "head_type": "leaky_integrator", "conv_gain": 4.0,
        "scale_after_lif": scale
    });
    let bench = Bench::shaped("vgg9", values, &[1, 12, 12], CLASSES, 5);
    let mut trainer = bench.trainer("tp", json!({ "use_optimizer": false, "lr": 1.0 }));
    let before = bench.param(name);
    let data = Data::random(1, 1, 6, 144, CLASSES, false);
    trainer
        .train_batch(bench.batch(&data))
        .into_result()
        .expect("a batch");
    let after = bench.param(name);
    after.iter().zip(&before).map(|(a, b)| a - b).collect()
}

#[test]
fn tp_follows_the_scale_between_layers() {
    let plain = tp_on_vgg9(0.0, "conv1.weight");
    let unit = tp_on_vgg9(1.0, "conv1.weight");
    assert!(relative(&unit, &plain) < 1e-12);
    let scaled = tp_on_vgg9(1.5, "conv1.weight");
    assert!(relative(&scaled, &plain) > 0.1, "the scale has no effect");
}
