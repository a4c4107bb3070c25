//! A golden case, run through the engine and the plugins.

use crate::case::{Array, Case};
use crate::judge::{self, Finding};
use crate::plugins::Plugin;
use crate::recorder::{Log, Recorder};
use neurotrain_engine::Network;
use neurotrain_kernels::Events;
use neurotrain_plugin_api::abi::{RawHostBox, RawTrainerBox};
use neurotrain_plugin_api::{Bundle, Ctx, Field, Tensor};
use neurotrain_tensor::{Callbacks, Category, HostTensor, RealType, Services, Session, SessionConfig};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};

const CALLS: usize = 10;
/// Tolerance of gradients of traces propagation.
const TP_GRADIENTS: f64 = 1e-3;

/// How a replay departs from the recording.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variation {
    /// Parameters of the rule on top of the side-car's.
    pub(crate) rule: Map<String, Value>,
    /// Factor of the network's membrane decay, less one.
    pub(crate) decay: f64,
    /// The rule's changes of parameters have the wrong sign.
    pub(crate) wrong_sign: bool,
    /// The rule's fixed matrices have the wrong sign.
    pub(crate) wrong_feedback: bool,
    /// Binary input as a dense tensor instead of events.
    pub(crate) dense_input: bool,
}

impl Variation {
    pub(crate) fn rule(key: &str, value: impl Into<Value>) -> Self {
        Variation {
            rule: Map::from_iter([(key.to_owned(), value.into())]),
            ..Variation::default()
        }
    }
}

/// Everything a case needs.
struct Bench<'a> {
    case: &'a Case,
    session: Arc<Session>,
    network: Network,
    trainer: RawTrainerBox,
    host: RawHostBox,
    log: Arc<Mutex<Log>>,
    input: HostTensor,
}

/// Replays a case and judges every recorded quantity.
pub(crate) fn replay(case: &Case, variation: &Variation) -> Vec<Finding> {
    let mut bench = Bench::new(case, variation);
    let mut findings = bench.forward();
    let (mut losses, mut predictions) = (Vec::new(), Vec::new());
    for call in 1..=CALLS {
        bench.log.lock().expect("the log").on = call == 1;
        let report = bench
            .trainer
            .train_batch(bench.batch())
            .into_result()
            .expect("a batch");
        losses.push(report.real("loss").expect("a loss"));
        predictions.extend(
            report
                .tensor("predictions")
                .expect("predictions")
                .to_vec()
                .expect("their values"),
        );
        if call == 1 {
            findings.extend(bench.inside_first_call());
        }
        if [1, 3, 10].contains(&call) {
            findings.extend(
                case.below("init")
                    .iter()
                    .map(|p| judge::change(case, call, p, &bench.param(p))),
            );
        }
    }
    // Results of a call are as good as the parameters it was made with.
    let noisy = |call: usize| {
        findings
            .iter()
            .any(|f| f.weak && f.what.starts_with(&format!("after{call}/")))
    };
    let weak = judge::margin(case, CALLS) < 4.0 * judge::ulp(case) || noisy(CALLS);
    let early = if noisy(3) { 1 } else { 3 };
    let (theirs, classes) = (case.need("loss").values, case.need("pred").values);
    let samples = case.size("B");
    for (upto, weak) in [(early, false), (CALLS, weak)] {
        let mut loss = judge::plain(&format!("loss, {upto} calls"), &losses[..upto], &theirs[..upto]);
        (loss.tolerance, loss.weak) = (1e-3, weak);
        findings.push(loss);
        findings.push(judge::exact(
            &format!("pred, {upto} calls"),
            &predictions[..upto * samples],
            &classes[..upto * samples],
            weak,
        ));
    }
    findings.extend(bench.evaluation(weak));
    findings
}

impl<'a> Bench<'a> {
    fn new(case: &'a Case, variation: &Variation) -> Self {
        let session = Session::new(SessionConfig {
            device: "cpu".into(),
            dtype: RealType::F32,
            seed: 1,
            ..SessionConfig::default()
        });
        let session = session.expect("a session");
        let host = Services::new(Arc::clone(&session), Callbacks::default());
        let network = network(case, variation, &session, &host);
        let log = Arc::new(Mutex::new(Log::default()));
        let change = if variation.wrong_sign { -1.0 } else { 1.0 };
        let rule = Plugin::rule(case.text("trainer"));
        let mut values = case.meta["trainer_cfg"]
            .as_object()
            .expect("a configuration")
            .clone();
        values.insert("compat".into(), json!("neurotrain"));
        values.extend(variation.rule.clone());
        let config = rule.config(&values);
        rule.check(&config, network.info())
            .expect("a network this rule can train");
        let handle = Recorder::wrap(network.raw(), &log, change);
        let trainer = rule.trainer(&config, handle, host.duplicate()).expect("the rule");
        // What the rule itself trains.
        for name in case.below("init") {
            if network.info().params.iter().all(|p| p.name != name) {
                network
                    .set_param(&name, &tensor(&session, &case.need(&format!("init/{name}"))))
                    .expect("a parameter of the rule");
            }
        }
        for name in case.below("fixed") {
            let mut matrix = case.need(&format!("fixed/{name}"));
            if variation.wrong_feedback {
                matrix.values.iter_mut().for_each(|v| *v = -*v);
            }
            network
                .set_param(&name, &tensor(&session, &matrix))
                .expect("a matrix of the rule");
        }
        let input = input(case, &session, variation.dense_input);
        Bench {
            case,
            session,
            network,
            trainer,
            host,
            log,
            input,
        }
    }

    fn batch(&self) -> Bundle {
        let labels: Vec<i64> = self
            .case
            .need("target")
            .values
            .iter()
            .map(|v| *v as i64)
            .collect();
        let handle = HostTensor::labels(&self.session, &labels).expect("labels");
        let mut bundle = Bundle::new();
        bundle.put_tensor("input", Tensor::from_raw(self.input.clone().into_raw()));
        bundle.put_tensor("labels", Tensor::from_raw(handle.into_raw()));
        bundle.put_ints("label_values", &labels);
        bundle.put_int("classes", self.case.size("classes") as i64);
        bundle.put_int("epoch", 0);
        bundle.put_int("batch", 0);
        bundle.put_int("nominal_batch", self.case.size("batch_size_arg") as i64);
        bundle.put_int(
            "constant_input",
            i64::from(self.case.text("input_kind") == "direct"),
        );
        bundle
    }

    fn param(&self, name: &str) -> Vec<f64> {
        let params = self.network.params().expect("parameters");
        let param = params
            .iter()
            .find(|p| p.name == name)
            .unwrap_or_else(|| panic!("no parameter `{name}`"));
        Tensor::from_raw(param.tensor.clone().into_raw())
            .to_vec()
            .expect("its values")
    }

    /// Spikes and reported membranes of the initial weights, stepped and as one run.
    fn forward(&self) -> Vec<Finding> {
        let net = neurotrain_plugin_api::Network::from_raw(self.network.raw()).expect("a handle");
        let input = Tensor::from_raw(self.input.clone().into_raw());
        let (steps, samples) = (self.case.size("T"), self.case.size("B"));
        let mut stepped = vec![(Vec::new(), Vec::new()); net.layers().len()];
        net.reset(samples).expect("a reset");
        for t in 0..steps {
            net.step(&input.select(0, t).expect("a frame")).expect("a step");
            for (layer, (outputs, membranes)) in net.layers().iter().zip(&mut stepped) {
                let field = |field| net.field(layer, field).and_then(|f| f.to_vec()).expect("a field");
                outputs.extend(field(Field::Output));
                membranes.extend(field(Field::Reported));
            }
        }
        net.reset(samples).expect("a reset");
        net.run(&input).expect("a run");
        let mut findings = Vec::new();
        for (l, (layer, (outputs, membranes))) in net.layers().iter().zip(&stepped).enumerate() {
            let recorded = |kind: &str| self.case.array(&format!("fwd/{kind}.{l}"));
            // Deep networks record their last layer alone.
            let (Some(spikes), Some(mem)) = (recorded("spk"), recorded("mem")) else {
                continue;
            };
            let run = |field| net.field(layer, field).and_then(|f| f.to_vec()).expect("a field");
            for (how, outputs, membranes) in [
                ("step", outputs, membranes),
                ("run", &run(Field::Output), &run(Field::Reported)),
            ] {
                findings.push(judge::plain(&format!("{how}/mem.{l}"), membranes, &mem.values));
                // An integrating head of the reference returns its membrane twice.
                if spikes.values != mem.values {
                    findings.push(judge::output(&format!("{how}/spk.{l}"), outputs, &spikes.values));
                }
            }
        }
        findings
    }

    /// Parameters before each step, and the gradients of each optimiser step.
    fn inside_first_call(&self) -> Vec<Finding> {
        let log = self.log.lock().expect("the log");
        let params = self.network.params().expect("parameters");
        let names: Vec<String> = params.iter().map(|p| p.name.clone()).collect();
        let mut findings = Vec::new();
        for name in self.case.below("online1") {
            let index = names
                .iter()
                .position(|n| *n == name)
                .expect("a parameter of the network");
            let ours: Vec<f64> = log
                .before_steps
                .iter()
                .flat_map(|params| params[index].clone())
                .collect();
            let init = self.case.need(&format!("init/{name}")).values;
            let change = |values: &[f64]| -> Vec<f64> {
                values
                    .iter()
                    .enumerate()
                    .map(|(i, v)| v - init[i % init.len()])
                    .collect()
            };
            let reference = self.case.need(&format!("online1/{name}")).values;
            let mut finding = judge::plain(&format!("online1/{name}"), &change(&ours), &change(&reference));
            finding.tolerance = judge::change(self.case, 1, &name, &init).tolerance;
            findings.push(finding);
        }
        for name in self.case.below("grad1") {
            let index = names
                .iter()
                .position(|n| *n == name)
                .expect("a parameter of the network");
            let steps: Vec<&Vec<f64>> = log
                .gradients
                .iter()
                .filter(|(p, _)| *p == index)
                .map(|(_, g)| g)
                .collect();
            let recorded = self.case.sizes("grad1_step_indices");
            let reference = self.case.need(&format!("grad1/{name}")).values;
            let ours: Vec<f64> = match recorded.as_slice() {
                // A gradient of zeros need not be descended.
                _ if steps.is_empty() && reference.iter().all(|g| *g == 0.0) => reference.clone(),
                [] => steps.into_iter().flatten().copied().collect(),
                some => some
                    .iter()
                    .filter_map(|t| steps.get(*t))
                    .copied()
                    .flatten()
                    .copied()
                    .collect(),
            };
            let mut finding = judge::plain(&format!("grad1/{name}"), &ours, &reference);
            // Distances between equal traces are rounding noise in the reference, and here 0.
            if self.case.text("trainer") == "tp" {
                finding.tolerance = TP_GRADIENTS;
            }
            // A change by plain descent is a sum of gradients, and as noisy.
            if !self.case.adam() {
                let init = self.case.need(&format!("init/{name}")).values;
                finding.tolerance = judge::change(self.case, 1, &name, &init).tolerance;
            }
            findings.push(finding);
        }
        findings
    }

    /// Prediction after the last call, by the rule or else by the network's readout.
    fn evaluation(&mut self, weak: bool) -> Vec<Finding> {
        let answer = self
            .trainer
            .predict(self.batch())
            .into_result()
            .expect("a prediction");
        let ctx = Ctx::from_raw(self.host.duplicate()).expect("the host");
        assert_eq!(ctx.seed(), 1);
        let scores = match answer.get("scores") {
            Some(_) => answer.tensor("scores").expect("scores"),
            None => Tensor::from_raw(self.network.scores(&self.input).expect("scores").into_raw()),
        };
        let mut readout = judge::plain(
            "eval10/readout",
            &scores.to_vec().expect("their values"),
            &self.case.need("eval10/readout").values,
        );
        (readout.tolerance, readout.weak) = (1e-3, weak);
        let classes = scores.argmax(-1).and_then(|c| c.to_vec()).expect("classes");
        vec![
            readout,
            judge::exact(
                "eval10/pred",
                &classes,
                &self.case.need("eval10/pred").values,
                weak,
            ),
        ]
    }
}

fn network(case: &Case, variation: &Variation, session: &Arc<Session>, host: &RawHostBox) -> Network {
    let model = Plugin::model(case.text("model"));
    let mut values = case.meta["model_cfg"]
        .as_object()
        .expect("a configuration")
        .clone();
    values
        .retain(|key, _| !["in_shape", "input_shape", "in_channels", "num_classes"].contains(&key.as_str()));
    if variation.decay != 0.0 {
        let beta = values["beta"].as_f64().expect("a decay");
        values.insert("beta".into(), json!(beta * (1.0 + variation.decay)));
    }
    let shape = case.sizes("in_shape");
    let classes = case.size("classes");
    let graph = model
        .graph(&model.config(&values), &shape, classes, host.duplicate())
        .expect("a graph");
    let network = Network::new(session, &graph, classes, None).expect("a network");
    for param in &network.info().params {
        let name = &param.name;
        network
            .set_param(name, &tensor(session, &case.need(&format!("init/{name}"))))
            .expect("a parameter");
    }
    network
}

fn tensor(session: &Arc<Session>, array: &Array) -> HostTensor {
    let values: Vec<f32> = array.values.iter().map(|v| *v as f32).collect();
    HostTensor::from_vec(session, values, &array.shape, Category::Input).expect("a tensor")
}

fn input(case: &Case, session: &Arc<Session>, dense: bool) -> HostTensor {
    let array = case.need("input");
    let rows = array.shape[0] * array.shape[1];
    let events = Events::from_dense(&array.values, rows, array.values.len() / rows);
    match events {
        Some(events) if !dense => {
            HostTensor::events(session, Arc::new(events), &array.shape, Category::Input)
        }
        _ => tensor(session, &array),
    }
}
