//! Convolutional networks: what the rules take, what they compute on standardised weights, and that they learn.

use crate::bench::{Bench, Data, relative};
use serde_json::{Value, json};

const SHAPE: [usize; 3] = [1, 12, 12];
const CLASSES: usize = 3;

fn data(seed: u64, steps: usize) -> Data {
    Data::random(seed, steps, 6, SHAPE.iter().product(), CLASSES, false)
}

fn vgg9(head: &str) -> Bench {
    let values = json!({
        "channels": [4, 4, 6], "pool_after_blocks": [1], "conv_gain": 2.0, "scale_after_lif": 1.5, "head_type": head
    });
    Bench::shaped("vgg9", values, &SHAPE, CLASSES, 5)
}

/// Changes of all parameters by one batch of one rule.
fn changes(bench: &Bench, rule: &str, settings: Value, data: &Data) -> Vec<(String, Vec<f64>)> {
    let before = bench.params();
    let mut trainer = bench.trainer(rule, settings);
    trainer
        .train_batch(bench.batch(data))
        .into_result()
        .expect("a batch");
    let change = |(name, _, before): (String, Vec<usize>, Vec<f64>)| {
        let after = bench.param(&name);
        (name, after.iter().zip(&before).map(|(a, b)| a - b).collect())
    };
    before.into_iter().map(change).collect()
}

#[test]
fn bptt_and_ottt_take_what_there_is() {
    for (model, values) in [
        ("conv_snn", json!({ "kernel": 3 })),
        ("conv_snn", json!({ "kernel": 3, "out_integrator": true })),
        ("vgg9", json!({ "channels": [2, 3], "pool_after_blocks": [1] })),
        (
            "vgg9",
            json!({ "channels": [2, 3], "pool_after_blocks": [1], "head_type": "leaky_integrator" }),
        ),
        ("resnet_snn", json!({})),
        ("resnet_snn", json!({ "out_integrator": true })),
    ] {
        let bench = Bench::shaped(model, values.clone(), &SHAPE, CLASSES, 1);
        for rule in ["bptt", "ottt"] {
            assert_eq!(
                bench.check(rule, json!({})),
                Ok(()),
                "{rule} on {model} with {values}"
            );
        }
    }
}

/// In a sequence of one step there is no past: traces are inputs, and both rules descend the same gradient, through the
/// standardisation of every weight.
#[test]
fn ottt_over_one_step_is_backpropagation() {
    for head in ["global_linear", "leaky_integrator"] {
        let bptt = json!({ "use_optimizer": false, "lr": 1.0 });
        let exact = changes(&vgg9(head), "bptt", bptt, &data(3, 1));
        let ottt = |raw: bool| json!({ "lr": 1.0, "raw_ws_grad": raw });
        let ours = changes(&vgg9(head), "ottt", ottt(false), &data(3, 1));
        let raw = changes(&vgg9(head), "ottt", ottt(true), &data(3, 1));
        for (((name, exact), (_, ours)), (_, raw)) in exact.iter().zip(&ours).zip(&raw) {
            let error = relative(ours, exact);
            assert!(error < 1e-10, "{name} under {head}: relative error {error:e}");
            // The head's own gradient and the error that reaches it do not depend on the blocks below.
            let same = relative(raw, exact) < 1e-10;
            assert_eq!(same, name.starts_with("head"), "{name} under {head}");
        }
    }
}

/// Only the reference's quirk leaves an integrating head without a trace.
#[test]
fn an_integrating_head_is_traced_unless_asked_not_to() {
    let head = |raw: bool| {
        let settings = json!({ "lr": 1.0, "online_updates": false, "raw_ws_grad": raw });
        let changes = changes(&vgg9("leaky_integrator"), "ottt", settings, &data(3, 4));
        let head = changes.into_iter().find(|(name, _)| name == "head.fc.weight");
        head.expect("the head").1
    };
    assert!(relative(&head(true), &head(false)) > 1e-2);
}

#[test]
fn residual_blocks_reach_past_their_convolutions() {
    let values = json!({ "channels": [4, 6], "blocks": [2, 1] });
    let bench = Bench::shaped("resnet_snn", values, &SHAPE, CLASSES, 1);
    let layers = &bench.network.info().layers;
    let index = |name: &str| {
        let layer = layers.iter().find(|l| l.name == name);
        layer.unwrap_or_else(|| panic!("no layer `{name}`")).index
    };
    let sources = |name: &str| &layers[index(name)].sources;
    // The second block reads the first block's spikes and, through the addition, the stem's.
    assert_eq!(
        sources("stages.0.1.conv1.lif"),
        &[index("stem.lif"), index("stages.0.0.conv2.lif")]
    );
    // A new stage reads all three summands, on both of its ways.
    let summands = [
        index("stem.lif"),
        index("stages.0.0.conv2.lif"),
        index("stages.0.1.conv2.lif"),
    ];
    assert_eq!(sources("stages.1.0.conv1.lif"), &summands);
    assert_eq!(sources("stages.1.0.shortcut.lif"), &summands);
    // The head reads the two summands of the last block.
    let readout = layers.last().expect("a readout");
    let mut ends = [index("stages.1.0.conv2.lif"), index("stages.1.0.shortcut.lif")];
    ends.sort_unstable();
    assert_eq!(readout.sources, ends);
    assert_eq!(readout.neuron.kind, "none");
}

/// Gradients of a residual network by finite differences would step over thresholds; that the loss of a batch falls under
/// its own gradient shows that credit takes both ways.
#[test]
fn the_loss_of_a_batch_falls() {
    for (model, values) in [
        (
            "conv_snn",
            json!({ "kernel": 3, "channels": [4, 6], "out_integrator": true }),
        ),
        (
            "vgg9",
            json!({ "channels": [4, 4, 6], "pool_after_blocks": [1], "conv_gain": 2.0 }),
        ),
        ("resnet_snn", json!({ "channels": [4, 6], "blocks": [1, 1] })),
        (
            "resnet_snn",
            json!({ "channels": [4, 6], "blocks": [1, 1], "out_integrator": true }),
        ),
    ] {
        for (rule, settings) in [("bptt", json!({ "lr": 0.02 })), ("ottt", json!({}))] {
            let bench = Bench::shaped(model, values.clone(), &SHAPE, CLASSES, 2);
            let mut trainer = bench.trainer(rule, settings);
            let data = data(4, 6);
            let losses: Vec<f64> = (0..25)
                .map(|_| {
                    let report = trainer
                        .train_batch(bench.batch(&data))
                        .into_result()
                        .expect("a batch");
                    report.real("loss").expect("a loss")
                })
                .collect();
            let (first, last) = (losses[0], losses[losses.len() - 1]);
            assert!(last < 0.7 * first, "{rule} on {model} with {values}: {losses:?}");
        }
    }
}
