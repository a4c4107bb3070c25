//! What rules keep while they train: constant in the number of steps where they promise it.

#![allow(clippy::print_stderr)] // figures, shown by --nocapture

use crate::bench::{Bench, Data};
use crate::executions::with;
use serde_json::{Value, json};

const STEPS: [usize; 3] = [25, 100, 400];

/// Peak training state of a batch of `steps` steps, in bytes.
fn peak(model: &str, values: &Value, rule: &str, settings: &Value, steps: usize, constant: bool) -> u64 {
    let (batch, inputs, classes) = (16, 120, 4);
    let bench = Bench::new(model, values.clone(), inputs, classes, 5);
    for (name, shape, values) in bench.params() {
        if name.ends_with("weight") {
            let strong: Vec<f64> = values.iter().map(|w| 4.0 * w).collect();
            bench.set(&name, &shape, &strong);
        }
    }
    let mut trainer = bench.trainer(rule, settings.clone());
    let before = bench.params();
    let mut data = match constant {
        true => Data::random(1, steps, batch, inputs, classes, true),
        false => Data::spikes(1, steps, batch, inputs, classes, 0.5),
    };
    if !constant {
        // Spikes are stored as events or densely, whichever is smaller: the busiest steps come first, whatever follows.
        let quiet = data.values.iter_mut().skip(20 * batch * inputs);
        quiet.step_by(2).for_each(|spike| *spike = 0.0);
    }
    // The first batch makes the optimiser's state; how many steps it had must not show in the activity of the second.
    trainer
        .train_batch(bench.batch(&data))
        .into_result()
        .expect("a batch");
    for (name, shape, values) in before {
        bench.set(&name, &shape, &values);
    }
    let bundle = bench.batch(&data);
    bench.peak_of(|| drop(trainer.train_batch(bundle).into_result().expect("a batch")))
}

fn peaks(model: &str, values: &Value, rule: &str, settings: &Value, constant: bool) -> [u64; 3] {
    let peaks = STEPS.map(|steps| peak(model, values, rule, settings, steps, constant));
    eprintln!("{rule} on {model}, constant input {constant}, {settings}: {peaks:?} bytes at {STEPS:?} steps");
    peaks
}

#[test]
fn what_runs_step_by_step_keeps_the_same_whatever_the_number_of_steps() {
    let spiking = json!({ "hidden_sizes": [48] });
    let integrator = json!({ "hidden_sizes": [48], "out_integrator": true });
    let online = |extra: Value| with(&json!({ "execution": "online" }), &extra);
    let cases = [
        ("fc_snn", &spiking, "ottt", online(json!({}))),
        (
            "r_snn",
            &spiking,
            "ottt",
            online(json!({ "online_updates": false })),
        ),
        (
            "r_snn",
            &integrator,
            "eprop",
            online(json!({ "update_mode": "per_step" })),
        ),
        (
            "r_snn",
            &integrator,
            "eprop",
            online(json!({ "update_mode": "per_sequence" })),
        ),
        ("r_snn", &integrator, "eprop", online(json!({ "tau_out": 0.0 }))),
        ("fc_snn", &spiking, "etlp", json!({})),
        ("r_snn", &spiking, "etlp", json!({})),
        ("fc_snn", &spiking, "decolle", json!({})),
        ("fc_snn", &spiking, "stsf", json!({})),
        ("fc_snn", &integrator, "esd_rtrl", online(json!({}))),
        ("r_snn", &spiking, "esd_rtrl", online(json!({}))),
        ("fc_snn", &spiking, "ostl", online(json!({}))),
        ("r_snn", &spiking, "ostl", online(json!({}))),
        ("r_snn", &spiking, "ostl", online(json!({ "deferred": true }))),
        ("r_snn", &spiking, "osttp", online(json!({}))),
    ];
    let mut grown = Vec::new();
    for constant in [false, true] {
        for (model, values, rule, settings) in &cases {
            let peaks = peaks(model, values, rule, settings, constant);
            let (least, most) = (peaks.iter().min(), peaks.iter().max());
            let (least, most) = (*least.expect("one") as f64, *most.expect("one") as f64);
            // Spikes are kept as events, so a busier step of a longer sequence takes a little more: all spikes of a step are
            // 3 KiB.
            if least <= 0.0 || most > (1.02 * least).max(least + 1024.0) {
                grown.push(format!(
                    "{rule} on {model}, constant input {constant}, {settings}: {peaks:?}"
                ));
            }
        }
    }
    assert!(grown.is_empty(), "\n{}", grown.join("\n"));
}

#[test]
fn what_keeps_the_sequence_is_seen_to_grow() {
    let integrator = json!({ "hidden_sizes": [48], "out_integrator": true });
    let sequence = json!({ "execution": "sequence" });
    for (model, rule, settings) in [
        ("fc_snn", "bptt", json!({})),
        (
            "r_snn",
            "eprop",
            with(&sequence, &json!({ "update_mode": "per_step" })),
        ),
        ("r_snn", "eprop", sequence.clone()),
        ("fc_snn", "esd_rtrl", sequence.clone()),
    ] {
        let peaks = peaks(model, &integrator, rule, &settings, false);
        assert!(
            peaks[1] > 2 * peaks[0] && peaks[2] > 2 * peaks[1],
            "{rule} {settings}: {peaks:?}"
        );
    }
}

#[test]
fn long_sequences_of_many_samples_are_cut_into_parts() {
    // 4 x 400 steps x 64 neurons x 8 bytes are 0.8 MB a sample: a batch of 128 in parts of 20.
    let values = json!({ "hidden_sizes": [60], "out_integrator": true });
    for (model, rule) in [("fc_snn", "esd_rtrl"), ("r_snn", "eprop"), ("fc_snn", "osttp")] {
        let bench = Bench::new(model, values.clone(), 10, 4, 5);
        let mut trainer = bench.trainer(rule, json!({}));
        let bundle = bench.batch(&Data::spikes(1, 400, 128, 10, 4, 0.2));
        let peak = bench.peak_of(|| drop(trainer.train_batch(bundle).into_result().expect("a batch")));
        eprintln!("{rule}: {} MiB", peak >> 20);
        assert!(peak < 32 << 20, "{rule} keeps {peak} bytes");
    }
}
