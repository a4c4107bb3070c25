//! The child's side: one case, replayed through the plugins as loaded.

use super::case::{Array, Case, RECORDED_CALLS};
use super::verdict::{Row, change, identical, values, weaken_results};
use crate::runtime::{Plugin, ServiceSettings, Trainer};
use anyhow::{Context, Result, anyhow};
use neurotrain_engine::Network;
use neurotrain_kernels::Events;
use neurotrain_plugin_api::{Bundle, Component, Config, Field, Network as View, Tensor};
use neurotrain_tensor::{Category, HostTensor, RealType, Session, SessionConfig};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// Losses, membranes and readouts are compared to this relative error, or to the reference's noise.
const VALUE_TOLERANCE: f64 = 1e-4;

/// What a child is asked to replay.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Task {
    /// The side-car.
    pub(super) side_car: PathBuf,
    /// The model family of the case.
    pub(super) model: Part,
    /// Its trainer, unless the case is forward-only.
    pub(super) trainer: Option<Part>,
    /// Values of the trainer's configuration on top of the side-car's.
    pub(super) set: Map<String, Value>,
    /// Compute in double precision.
    pub(super) double: bool,
    /// Hand binary input over densely instead of as events.
    pub(super) dense: bool,
}

/// A component and the file it comes from.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Part {
    /// The plugin's file.
    pub(super) path: PathBuf,
    /// The component's manifest.
    pub(super) component: Component,
}

/// What came out.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Outcome {
    /// Every comparison.
    pub(super) rows: Vec<Row>,
    /// Keys of the side-car that the component does not have.
    pub(super) ignored: Vec<String>,
    /// Why the trainer refuses the network with the values that were set; nothing was compared then.
    pub(super) refused: Option<String>,
}

/// Replays a case.
pub(super) fn replay(task: &Task) -> Result<Outcome> {
    let case = Case::read(&task.side_car)?;
    let mut outcome = Outcome::default();
    let mut stage = match Stage::set(task, &case, &mut outcome) {
        Err(e) if !task.set.is_empty() && is_refusal(&e) => {
            outcome.refused = Some(format!("{e:#}"));
            return Ok(outcome);
        }
        other => other?,
    };
    stage.compare_forward(&case, &mut outcome)?;
    if stage.trainer.is_some() {
        stage.compare_training(&case, &mut outcome)?;
    }
    Ok(outcome)
}

/// Network, trainer and input of a case.
struct Stage {
    session: Arc<Session>,
    network: Network,
    trainer: Option<Trainer>,
    input: HostTensor,
}

impl Stage {
    fn set(task: &Task, case: &Case, outcome: &mut Outcome) -> Result<Self> {
        let dtype = if task.double { RealType::F64 } else { RealType::F32 };
        let session = Session::new(SessionConfig {
            device: "cpu".to_owned(),
            dtype,
            seed: 42,
            ..SessionConfig::default()
        })?;
        let settings = ServiceSettings::default();
        let model_config = configure(
            &task.model.component,
            [Some(&case.info.model_cfg)],
            &mut outcome.ignored,
        )?;
        let family = open(&task.model)?.model(&task.model.component.key, &session, &settings)?;
        let (_, network) = family.network(&session, &model_config, &case.info.in_shape, case.info.classes)?;
        let trainer = match &task.trainer {
            None => None,
            Some(part) => {
                let sources = [
                    case.info.trainer_cfg.as_ref(),
                    case.info.trainer_override.as_ref(),
                ];
                let mut config = configure(&part.component, sources, &mut outcome.ignored)?;
                if part.component.params.iter().any(|p| p.name == "compat") {
                    config.set("compat", "neurotrain");
                }
                for (key, value) in &task.set {
                    config.set(key, value.clone());
                }
                let plugin = open(part)?;
                plugin.check_trainer(&part.component.key, &config, network.info())?;
                Some(plugin.trainer(&part.component.key, &config, &network, &session, &settings)?)
            }
        };
        for (name, array) in case.under("init").chain(case.under("fixed")) {
            let value = tensor(&session, array)?;
            network
                .set_param(name, &value)
                .with_context(|| format!("case `{}` sets `{name}`", case.info.case))?;
        }
        let input = case.need("input")?;
        let binary = case.info.input_kind == "bin" && input.values.iter().all(|v| *v == 0.0 || *v == 1.0);
        let input = if binary && !task.dense {
            events(&session, input)?
        } else {
            tensor(&session, input)?
        };
        Ok(Stage {
            session,
            network,
            trainer,
            input,
        })
    }

    /// The forward pass of the initial weights, step by step and as a sequence.
    fn compare_forward(&self, case: &Case, outcome: &mut Outcome) -> Result<()> {
        let view = View::from_raw(self.network.raw())?;
        let input = Tensor::from_raw(self.input.clone().into_raw());
        view.run(&input)?;
        let mut whole = Vec::new();
        for layer in view.layers() {
            whole.push((
                view.field(layer, Field::Output)?.to_vec()?,
                view.field(layer, Field::Reported)?.to_vec()?,
            ));
        }
        let mut stepped = vec![(Vec::new(), Vec::new()); whole.len()];
        view.reset(case.info.batch)?;
        for t in 0..case.info.steps {
            view.step(&input.select(0, t)?)?;
            for (layer, (spikes, membrane)) in view.layers().iter().zip(&mut stepped) {
                spikes.extend(view.field(layer, Field::Output)?.to_vec()?);
                membrane.extend(view.field(layer, Field::Reported)?.to_vec()?);
            }
        }
        for (mode, fields) in [("sequence", &whole), ("steps", &stepped)] {
            for (l, (spikes, membrane)) in fields.iter().enumerate() {
                let theirs = (
                    case.get(&format!("fwd/spk.{l}")),
                    case.get(&format!("fwd/mem.{l}")),
                );
                // The reference's integrating head returns its membrane in the place of spikes, too.
                let twice = matches!(theirs, (Some(s), Some(m)) if s.values == m.values);
                let spikes = if twice { membrane } else { spikes };
                if let Some(reference) = theirs.0 {
                    let name = format!("fwd/spk.{l} ({mode})");
                    let weak = case.spikes_may_flip(1);
                    // Pooled or scaled spikes, and a readout without neurons, are not binary.
                    outcome
                        .rows
                        .push(if reference.values.iter().all(|v| v.fract() == 0.0) {
                            identical(&name, 0, spikes, &reference.values, weak)
                        } else {
                            values(&name, 0, spikes, &reference.values, VALUE_TOLERANCE, weak)
                        });
                }
                if let Some(reference) = theirs.1 {
                    let name = format!("fwd/mem.{l} ({mode})");
                    outcome.rows.push(values(
                        &name,
                        0,
                        membrane,
                        &reference.values,
                        VALUE_TOLERANCE,
                        false,
                    ));
                }
            }
        }
        Ok(())
    }

    /// Ten calls on the same batch; parameters compared after 1, 3 and 10, losses and predictions after each.
    fn compare_training(&mut self, case: &Case, outcome: &mut Outcome) -> Result<()> {
        let predictions = case.need("pred")?;
        let reported = case.need("loss")?;
        for call in 1..=RECORDED_CALLS[RECORDED_CALLS.len() - 1] {
            let batch = self.batch(case, call)?;
            let trainer = self
                .trainer
                .as_mut()
                .context("a forward-only case has no training")?;
            let trained = trainer
                .train_batch(batch)
                .with_context(|| format!("call {call}"))?;
            let noise = case
                .info
                .f32_vs_f64
                .as_ref()
                .and_then(|n| n.loss_abs_diff.get(call - 1))
                .copied();
            let theirs = reported.values[call - 1];
            let tolerance =
                (10.0 * noise.unwrap_or(0.0) / theirs.abs().max(f64::MIN_POSITIVE)).max(VALUE_TOLERANCE);
            let weak = case.spikes_may_flip(if call == 1 {
                1
            } else if call <= 3 {
                3
            } else {
                10
            });
            outcome.rows.push(values(
                "loss",
                call,
                &[trained.loss],
                &[theirs],
                tolerance,
                weak && call > 1,
            ));
            let reference = &predictions.values[(call - 1) * case.info.batch..call * case.info.batch];
            let ours: Vec<f64> = trained
                .predictions
                .unwrap_or_default()
                .iter()
                .map(|p| *p as f64)
                .collect();
            outcome
                .rows
                .push(identical("pred", call, &ours, reference, weak && call > 1));
            if RECORDED_CALLS.contains(&call) {
                self.compare_params(case, call, outcome)?;
            }
        }
        weaken_results(&mut outcome.rows);
        self.compare_evaluation(case, outcome)
    }

    fn compare_params(&self, case: &Case, call: usize, outcome: &mut Outcome) -> Result<()> {
        let params = self.network.params()?;
        for (name, reference) in case.under(&format!("after{call}")) {
            let param = params.iter().find(|p| p.name == name);
            let param = param.ok_or_else(|| anyhow!("the network has no parameter `{name}`"))?;
            let now = Tensor::from_raw(param.tensor.clone().into_raw()).to_vec()?;
            let init = case.need(&format!("init/{name}"))?;
            outcome.rows.push(change(case, call, name, &now, init, reference));
        }
        Ok(())
    }

    fn compare_evaluation(&mut self, case: &Case, outcome: &mut Outcome) -> Result<()> {
        let (Some(readout), Some(pred)) = (case.get("eval10/readout"), case.get("eval10/pred")) else {
            return Ok(());
        };
        let batch = self.batch(case, 11)?;
        let trainer = self
            .trainer
            .as_mut()
            .context("a forward-only case has no training")?;
        let scores = match trainer.predict(batch)? {
            Some(scores) => scores,
            None => self.network.scores(&self.input)?,
        };
        let scores = Tensor::from_raw(scores.into_raw());
        let weak = case.spikes_may_flip(10) || outcome.rows.iter().any(|r| r.calls == 10 && r.weak);
        outcome.rows.push(values(
            "eval10/readout",
            10,
            &scores.to_vec()?,
            &readout.values,
            1e-3,
            weak,
        ));
        outcome.rows.push(identical(
            "eval10/pred",
            10,
            &scores.argmax(1)?.to_vec()?,
            &pred.values,
            weak,
        ));
        Ok(())
    }

    fn batch(&self, case: &Case, call: usize) -> Result<Bundle> {
        let labels = case.labels()?;
        let mut bundle = Bundle::new();
        bundle.put_tensor("input", Tensor::from_raw(self.input.clone().into_raw()));
        bundle.put_tensor(
            "labels",
            Tensor::from_raw(HostTensor::labels(&self.session, &labels)?.into_raw()),
        );
        bundle.put_ints("label_values", &labels);
        bundle.put_int("classes", case.info.classes as i64);
        bundle.put_int("epoch", 0);
        bundle.put_int("batch", call as i64 - 1);
        bundle.put_int(
            "nominal_batch",
            case.info.batch_size_arg.unwrap_or(case.info.batch) as i64,
        );
        bundle.put_int("constant_input", i64::from(case.info.input_kind == "direct"));
        // The uniform draws a stochastic rule consumed, one per step.
        if let Some(draws) = case.get("etlp_rand").filter(|_| call <= 10) {
            let steps = case.info.steps;
            bundle.put_reals("uniform_draws", &draws.values[(call - 1) * steps..call * steps]);
        }
        Ok(bundle)
    }
}

fn is_refusal(error: &anyhow::Error) -> bool {
    let plain = |e: &(dyn std::error::Error + 'static)| {
        e.downcast_ref::<neurotrain_plugin_api::Error>()
            .is_some_and(|e| e.code() == "refused")
    };
    error.chain().any(plain)
}

fn open(part: &Part) -> Result<Plugin> {
    Ok(Plugin::open(
        &part.path,
        &part.component.name,
        &part.component.version,
    )?)
}

/// The side-car's values for the keys the component has, its defaults for the rest.
fn configure<'a>(
    component: &Component,
    sources: impl IntoIterator<Item = Option<&'a serde_json::Map<String, serde_json::Value>>>,
    ignored: &mut Vec<String>,
) -> Result<Config> {
    let mut config = Config::defaults(&component.params);
    for (key, value) in sources.into_iter().flatten().flatten() {
        match component.params.iter().find(|p| p.name == *key) {
            Some(schema) => {
                schema
                    .check(value)
                    .with_context(|| format!("side-car of `{}`", component.key))?;
                config.set(key, value.clone());
            }
            // Shapes are handed to every model by the host.
            None if matches!(
                key.as_str(),
                "in_shape" | "input_shape" | "in_channels" | "num_classes"
            ) => {}
            None => ignored.push(format!("{}.{key}", component.key)),
        }
    }
    Ok(config)
}

fn tensor(session: &Arc<Session>, array: &Array) -> Result<HostTensor> {
    Ok(match session.dtype() {
        candle_core::DType::F64 => {
            HostTensor::from_vec(session, array.values.clone(), &array.shape, Category::Input)?
        }
        _ => {
            let values: Vec<f32> = array.values.iter().map(|v| *v as f32).collect();
            HostTensor::from_vec(session, values, &array.shape, Category::Input)?
        }
    })
}

fn events(session: &Arc<Session>, array: &Array) -> Result<HostTensor> {
    let rows = array.shape[..2].iter().product::<usize>();
    let cols = array.shape[2..].iter().product::<usize>();
    let mut events = Events {
        rows,
        cols,
        offsets: vec![0],
        index: Vec::new(),
    };
    for row in array.values.chunks(cols) {
        events
            .index
            .extend((0..).zip(row).filter(|(_, v)| **v != 0.0).map(|(i, _)| i));
        events.offsets.push(u32::try_from(events.index.len())?);
    }
    Ok(HostTensor::events(
        session,
        Arc::new(events),
        &array.shape,
        Category::Input,
    ))
}
