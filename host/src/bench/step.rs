//! A training step of a rule as loaded, on synthetic input.

use super::stopwatch::nanoseconds;
use crate::runtime::{Plugin, ServiceSettings, Trainer};
use anyhow::{Context, Result};
use neurotrain_discovery::{Found, Registry};
use neurotrain_kernels::Events;
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{Bundle, Config, Tensor};
use neurotrain_tensor::{Category, HostTensor, RealType, Session, SessionConfig};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const INPUTS: usize = 784;
const CLASSES: usize = 10;
const STEPS: usize = 10;
const DENSITY: f64 = 0.13;

/// What one training step took.
pub(super) struct StepCost {
    /// Nanoseconds.
    pub(super) nanoseconds: f64,
    /// Operations called across the boundary.
    pub(super) calls: u64,
}

/// Measures rule `rule` at a batch size; recurrent-only rules get `r_snn`.
pub(super) fn measure(registry: &Registry, rule: &str, batch: usize) -> Result<(StepCost, &'static str)> {
    let rule_found = registry.component("trainer", rule)?;
    let component = rule_found.component;
    let model = if component.network_types.iter().any(|t| t == "fc") {
        "fc_snn"
    } else {
        "r_snn"
    };
    let model_found = registry.component("model", model)?;
    let session = Session::new(SessionConfig {
        device: "cpu".to_owned(),
        dtype: RealType::F32,
        seed: 1,
        ..SessionConfig::default()
    })?;
    let settings = ServiceSettings::default();

    let mut model_config = Config::defaults(&model_found.component.params);
    apply(&mut model_config, model_found.component.sections.get(rule));
    model_config.set("hidden_sizes", json!([256]));
    let family = open(&model_found)?.model(model, &session, &settings)?;
    let (_, network) = family.network(&session, &model_config, &[INPUTS], CLASSES)?;

    let config = Config::defaults(&component.params);
    let mut trainer = open(&rule_found)?.trainer(rule, &config, &network, &session, &settings)?;
    trainer.begin_training()?;
    trainer.begin_epoch(0)?;

    let input = synthetic(&session, batch)?;
    let labels: Vec<i64> = (0..batch).map(|b| (b % CLASSES) as i64).collect();
    step(&mut trainer, &session, &input, &labels).with_context(|| format!("rule `{rule}`"))?;
    let before = session.meter().boundary_calls();
    step(&mut trainer, &session, &input, &labels)?;
    let calls = session.meter().boundary_calls() - before;
    let nanoseconds = nanoseconds(|| step(&mut trainer, &session, &input, &labels))?;
    Ok((StepCost { nanoseconds, calls }, model))
}

fn open(found: &Found<'_>) -> Result<Plugin> {
    Ok(Plugin::open(
        &found.plugin.path,
        &found.component.name,
        &found.component.version,
    )?)
}

fn apply(config: &mut Config, section: Option<&Map<String, Value>>) {
    for (key, value) in section.into_iter().flatten() {
        config.set(key, value.clone());
    }
}

fn synthetic(session: &Arc<Session>, batch: usize) -> Result<HostTensor> {
    let mut draw = Stream::new(session.seed(), "bench/input", 0);
    let mut events = Events {
        rows: STEPS * batch,
        cols: INPUTS,
        offsets: vec![0],
        index: Vec::new(),
    };
    for _ in 0..events.rows {
        events
            .index
            .extend((0..INPUTS as u32).filter(|_| draw.uniform() < DENSITY));
        events.offsets.push(u32::try_from(events.index.len())?);
    }
    Ok(HostTensor::events(
        session,
        Arc::new(events),
        &[STEPS, batch, INPUTS],
        Category::Input,
    ))
}

fn step(trainer: &mut Trainer, session: &Arc<Session>, input: &HostTensor, labels: &[i64]) -> Result<()> {
    let mut bundle = Bundle::new();
    bundle.put_tensor("input", Tensor::from_raw(input.clone().into_raw()));
    bundle.put_tensor(
        "labels",
        Tensor::from_raw(HostTensor::labels(session, labels)?.into_raw()),
    );
    bundle.put_ints("label_values", labels);
    bundle.put_int("classes", CLASSES as i64);
    bundle.put_int("epoch", 0);
    bundle.put_int("batch", 0);
    bundle.put_int("nominal_batch", labels.len() as i64);
    bundle.put_int("constant_input", 0);
    trainer.train_batch(bundle)?;
    Ok(())
}
