//! ETLP, OSTL and OSTTP against an eligibility for every sample and synapse, in double precision.

use crate::bench::{Bench, Data, relative};
use crate::synaptic::{self, Eligibility, Gain, Layer, Readout, Rows, Rule, Signal};
use serde_json::{Value, json};

const INPUTS: usize = 12;
const SIZES: [usize; 2] = [9, 7];
const CLASSES: usize = 4;
const STEPS: usize = 7;
const EXACT: f64 = 1e-10;
const LR: f64 = 0.2;

/// A network of two hidden layers, strong enough to fire, and a rule on it.
struct Subject {
    bench: Bench,
    recurrent: bool,
}

impl Subject {
    fn new(recurrent: bool) -> Self {
        let model = if recurrent { "r_snn" } else { "fc_snn" };
        let bench = Bench::new(model, json!({ "hidden_sizes": SIZES }), INPUTS, CLASSES, 5);
        let subject = Subject { bench, recurrent };
        for (l, [rows, cols]) in subject.shapes().into_iter().enumerate() {
            let name = subject.weight(l);
            let strong: Vec<f64> = subject.bench.param(&name).iter().map(|w| 3.0 * w).collect();
            subject.bench.set(&name, &[rows, cols], &strong);
        }
        subject
    }

    fn shapes(&self) -> [[usize; 2]; 3] {
        [[SIZES[0], INPUTS], [SIZES[1], SIZES[0]], [CLASSES, SIZES[1]]]
    }

    fn weight(&self, l: usize) -> String {
        match (self.recurrent, l) {
            (false, l) => format!("synapses.{l}.weight"),
            (true, 2) => "fc_out.weight".into(),
            (true, l) => format!("input_layers.{l}.weight"),
        }
    }

    fn matrix(&self, name: &str, cols: usize) -> Rows {
        self.bench.param(name).chunks(cols).map(<[f64]>::to_vec).collect()
    }

    fn layers(&self, zero_reset: [bool; 3]) -> Vec<Layer> {
        self.shapes()
            .into_iter()
            .enumerate()
            .map(|(l, [rows, cols])| {
                let own = |what: &str| format!("recurrent_layers.{l}.recurrent.{what}");
                Layer {
                    weight: self.matrix(&self.weight(l), cols),
                    recurrent: (self.recurrent && l < 2)
                        .then(|| (self.matrix(&own("weight"), rows), self.bench.param(&own("bias")))),
                    zero_reset: zero_reset[l],
                }
            })
            .collect()
    }

    fn feedback(&self) -> Vec<Vec<f64>> {
        let params = self.bench.params().into_iter();
        params
            .filter(|p| p.0.starts_with("feedback"))
            .map(|p| p.2)
            .collect()
    }

    /// Two batches, by the plugin and literally.
    fn agree(
        &self,
        plugin: &str,
        settings: &Value,
        constant: bool,
        zero_reset: [bool; 3],
        rule: impl FnOnce(&Self) -> Rule,
    ) {
        let mut trainer = self.bench.trainer(plugin, settings.clone());
        let rule = rule(self);
        let start = self.layers(zero_reset);
        let fixed = self.feedback();
        let mut literal = start.clone();
        for seed in [1, 2] {
            let data = Data::random(seed, STEPS, 3, INPUTS, CLASSES, constant);
            let mut batch = self.bench.batch(&data);
            let draws: Vec<f64> = (0..STEPS)
                .map(|t| if (rule.teaches)(t) { 0.1 } else { 0.9 })
                .collect();
            batch.put_reals("uniform_draws", &draws);
            trainer.train_batch(batch).into_result().expect("a batch");
            synaptic::train(&mut literal, &data, &rule);
        }
        assert_eq!(self.feedback(), fixed, "{plugin} {settings}");
        let ours = self.layers(zero_reset);
        for (l, (start, (ours, literal))) in start.iter().zip(ours.iter().zip(&literal)).enumerate() {
            for Part {
                what,
                start,
                ours,
                literal,
            } in parts(start, ours, literal)
            {
                let change =
                    |now: &[f64]| -> Vec<f64> { now.iter().zip(&start).map(|(a, b)| a - b).collect() };
                let context = format!(
                    "{plugin} {settings}, recurrent {}, constant {constant}: {what} of layer {l}",
                    self.recurrent
                );
                if literal == start {
                    assert_eq!(ours, start, "{context} moved");
                    assert!(
                        what == "bias" && !rule.train_bias,
                        "{context}: nothing was tested"
                    );
                } else {
                    let error = relative(&change(&ours), &change(&literal));
                    assert!(error <= EXACT, "{context}: relative error {error:e}");
                }
            }
        }
    }
}

/// The weights of one kind in a layer.
struct Part {
    what: &'static str,
    start: Vec<f64>,
    ours: Vec<f64>,
    literal: Vec<f64>,
}

fn parts(start: &Layer, ours: &Layer, literal: &Layer) -> Vec<Part> {
    let part = |what, of: fn(&Layer) -> Vec<f64>| Part {
        what,
        start: of(start),
        ours: of(ours),
        literal: of(literal),
    };
    let mut parts = vec![part("weight", |l| l.weight.concat())];
    if start.recurrent.is_some() {
        parts.push(part("recurrence", |l| {
            l.recurrent.iter().flat_map(|r| r.0.concat()).collect()
        }));
        parts.push(part("bias", |l| {
            l.recurrent.iter().flat_map(|r| r.1.clone()).collect()
        }));
    }
    parts
}

fn tanh_slope(x: f64) -> f64 {
    1.0 - x.tanh().powi(2)
}

fn transposed(matrix: &Rows, factor: f64) -> Rows {
    (0..matrix[0].len())
        .map(|c| matrix.iter().map(|row| factor * row[c]).collect())
        .collect()
}

fn etlp(settings: &Value, recurrent: bool, constant: bool, teaches: fn(usize) -> bool) {
    let compat = settings["compat"] == json!("neurotrain");
    Subject::new(recurrent).agree("etlp", settings, constant, [false; 3], |subject| Rule {
        lr: LR,
        online: true,
        eligibility: Eligibility::Trace,
        gain: Gain::Matched,
        // `-Y Fᵀ`
        signal: Signal::Labels(
            (0..2)
                .map(|l| transposed(&subject.matrix(&format!("feedback.{l}"), CLASSES), -1.0))
                .collect(),
        ),
        readout: Readout::Spikes,
        psi: |x| 0.3 * (1.0 - (x / synaptic::THETA).abs()).max(0.0),
        post_reset: compat,
        early: compat,
        train_bias: !compat,
        teaches,
    });
}

#[test]
fn etlp_is_literal_etlp() {
    for recurrent in [false, true] {
        for constant in [false, true] {
            for compat in ["recommended", "neurotrain"] {
                let mut settings = json!({ "lr": LR, "compat": compat, "use_optimizer": false });
                etlp(&settings, recurrent, constant, |_| true);
                settings["update_rate_hz"] = json!(500.0);
                etlp(&settings, recurrent, constant, |t| t % 3 != 1);
            }
        }
    }
}

#[test]
fn without_teaching_events_nothing_moves() {
    let subject = Subject::new(true);
    let settings = json!({ "update_rate_hz": 0.0, "use_optimizer": true, "weight_l2": 0.1 });
    let mut trainer = subject.bench.trainer("etlp", settings);
    let before = subject.bench.params();
    let data = Data::random(4, STEPS, 3, INPUTS, CLASSES, false);
    trainer
        .train_batch(subject.bench.batch(&data))
        .into_result()
        .expect("a batch");
    assert_eq!(subject.bench.params(), before);
}

fn ostl(settings: &Value, recurrent: bool, constant: bool, gain: Gain, zero_reset: [bool; 3]) {
    let flag = |name: &str| settings[name] == json!(true);
    let compat = settings["compat"] == json!("neurotrain");
    let complete = flag("ostl_complete");
    Subject::new(recurrent).agree("ostl", settings, constant, zero_reset, |subject| Rule {
        lr: LR,
        online: !flag("deferred"),
        eligibility: if complete {
            Eligibility::Complete
        } else {
            Eligibility::Diagonal
        },
        gain,
        signal: if flag("feedback_alignment") {
            let [_, [_, below], [_, top]] = subject.shapes();
            Signal::Matrices(vec![
                subject.matrix("feedback_weights.0", below),
                subject.matrix("feedback_weights.1", top),
            ])
        } else {
            Signal::Weights
        },
        readout: Readout::Spikes,
        psi: tanh_slope,
        post_reset: compat,
        early: false,
        train_bias: !compat,
        teaches: |_| true,
    });
}

#[test]
fn ostl_is_literal_ostl_in_all_its_modes() {
    for recurrent in [false, true] {
        for mode in 0..8 {
            let [deferred, complete, alignment] = [1, 2, 4].map(|bit| mode & bit != 0);
            let settings = |compat: &str| {
                json!({ "lr": LR, "compat": compat, "deferred": deferred, "ostl_complete": complete,
                        "feedback_alignment": alignment })
            };
            ostl(
                &settings("recommended"),
                recurrent,
                false,
                Gain::Matched,
                [false; 3],
            );
            // The reference resets only recurrent layers to zero.
            let hidden = [recurrent, recurrent, false];
            ostl(&settings("neurotrain"), recurrent, false, Gain::Zero, hidden);
        }
    }
}

#[test]
fn ostl_knows_other_resets_and_constant_input() {
    for recurrent in [false, true] {
        for deferred in [false, true] {
            for complete in [false, true] {
                for constant in [false, true] {
                    let mut settings = json!({ "lr": LR, "deferred": deferred, "ostl_complete": complete });
                    ostl(&settings, recurrent, constant, Gain::Matched, [false; 3]);
                    settings["gain"] = json!("zero_reset");
                    ostl(&settings, recurrent, constant, Gain::Zero, [true; 3]);
                }
            }
        }
    }
}

fn osttp(settings: &Value, recurrent: bool, constant: bool, eligibility: Eligibility) {
    let compat = settings["compat"] == json!("neurotrain");
    let cross_entropy = settings["output_loss"] == json!("ce");
    Subject::new(recurrent).agree("osttp", settings, constant, [false; 3], |subject| Rule {
        lr: LR,
        online: false,
        eligibility,
        gain: if compat { Gain::Delayed } else { Gain::Matched },
        signal: Signal::Labels(
            (0..2)
                .map(|l| subject.matrix(&format!("feedback.{l}"), SIZES[l]))
                .collect(),
        ),
        readout: match (compat, cross_entropy) {
            (false, false) => Readout::Spikes,
            (false, true) => Readout::CrossEntropy,
            (true, false) => Readout::MembraneTimesPsi,
            (true, true) => Readout::CrossEntropyTimesPsi,
        },
        psi: tanh_slope,
        post_reset: compat,
        early: false,
        train_bias: !compat,
        teaches: |_| true,
    });
}

#[test]
fn osttp_is_literal_osttp_in_all_its_forms() {
    for recurrent in [false, true] {
        for loss in ["mse", "ce"] {
            for constant in [false, true] {
                let settings = |compat: &str, form: &str| {
                    json!({ "lr": LR, "use_optimizer": false, "output_loss": loss, "compat": compat,
                            "eligibility": form })
                };
                for (form, eligibility) in [
                    ("diagonal", Eligibility::Diagonal),
                    ("exact", Eligibility::Complete),
                    ("row_mixing", Eligibility::RowMixing),
                ] {
                    for compat in ["recommended", "neurotrain"] {
                        osttp(&settings(compat, form), recurrent, constant, eligibility);
                    }
                }
            }
        }
    }
}
