//! A small training loop: enough to see whether a rule learns.

use crate::plugins::Plugin;
use neurotrain_engine::Network;
use neurotrain_loader::{Loader, LoaderConfig, Split};
use neurotrain_plugin_api::abi::RawTrainerBox;
use neurotrain_plugin_api::export::RStr;
use neurotrain_plugin_api::{Bundle, Error, Tensor};
use neurotrain_tensor::{Callbacks, DataDirs, RealType, Services, Session, SessionConfig};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// What to train on what.
#[derive(Debug, Clone, Default)]
pub(crate) struct Experiment {
    pub(crate) rule: String,
    pub(crate) model: String,
    pub(crate) dataset: String,
    pub(crate) epochs: u64,
    pub(crate) batch: usize,
    pub(crate) seed: u64,
    /// Parameters of rule, model and data set that are not defaults.
    pub(crate) rule_values: Map<String, Value>,
    pub(crate) model_values: Map<String, Value>,
    pub(crate) dataset_values: Map<String, Value>,
}

impl Experiment {
    pub(crate) fn new(rule: &str, model: &str, dataset: &str, epochs: u64) -> Self {
        Experiment {
            rule: rule.into(),
            model: model.into(),
            dataset: dataset.into(),
            epochs,
            batch: 256,
            seed: 42,
            ..Experiment::default()
        }
    }
}

/// Loss and accuracies after an epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EpochResult {
    pub(crate) loss: f64,
    pub(crate) train: f64,
    pub(crate) validation: f64,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) epochs: Vec<EpochResult>,
    pub(crate) test: f64,
}

pub(crate) fn train(experiment: &Experiment) -> Outcome {
    let session = SessionConfig {
        device: "cpu".into(),
        dtype: RealType::F32,
        seed: experiment.seed,
        ..SessionConfig::default()
    };
    let session = Session::new(session).expect("a session");
    let host = Services::new(Arc::clone(&session), callbacks());
    let library = if experiment.dataset == "digits" {
        "digits"
    } else {
        "mnist"
    };
    let dataset = Plugin::open(&format!("neurotrain_data_{library}"), &experiment.dataset);
    let dataset_config = dataset.config(&experiment.dataset_values);
    let loader_config = LoaderConfig {
        batch_size: experiment.batch,
        seed: experiment.seed,
        ..LoaderConfig::default()
    }
    .with_params(&dataset_config)
    .expect("a configuration of the loader");
    let open = dataset.open.module.open_dataset();
    let config = dataset_config.to_json();
    let raw = open(
        RStr::from_str(&dataset.component.key),
        RStr::from_str(&config),
        host.duplicate(),
    );
    let raw = raw.into_result().unwrap_or_else(|e| panic!("{}", Error::from(e)));
    let loader = Loader::open(raw, &session, loader_config).expect("a loader");

    let model = Plugin::model(&experiment.model);
    let mut values = Map::new();
    for section in [&experiment.dataset, &experiment.rule] {
        values.extend(model.component.sections.get(section).cloned().unwrap_or_default());
    }
    values.extend(experiment.model_values.clone());
    let (shape, classes) = (loader.info().shape.clone(), loader.info().classes);
    let graph = model
        .graph(&model.config(&values), &shape, classes, host.duplicate())
        .expect("a graph");
    let network = Network::new(&session, &graph, classes, None).expect("a network");

    let rule = Plugin::rule(&experiment.rule);
    let config = rule.config(&experiment.rule_values);
    rule.check(&config, network.info())
        .expect("a network this rule can train");
    let mut trainer = rule.trainer(&config, network.raw(), host).expect("the rule");

    let mut epochs = Vec::new();
    for epoch in 0..experiment.epochs {
        let (mut loss, mut correct, mut count) = (0.0, 0, 0);
        for batch in loader.epoch(Split::Train, epoch).expect("an epoch") {
            let batch = batch.expect("a batch");
            let report = trainer
                .train_batch(batch.bundle())
                .into_result()
                .unwrap_or_else(|e| panic!("{}", Error::from(e)));
            loss += report.real("loss").expect("a loss") * batch.len() as f64;
            let predictions = report
                .tensor("predictions")
                .and_then(|p| p.to_ints())
                .expect("predictions");
            correct += matches(&predictions, &batch.label_values);
            count += batch.len();
        }
        epochs.push(EpochResult {
            loss: loss / count as f64,
            train: correct as f64 / count as f64,
            validation: accuracy(&mut trainer, &network, &loader, Split::Validation),
        });
    }
    Outcome {
        epochs,
        test: accuracy(&mut trainer, &network, &loader, Split::Test),
    }
}

fn accuracy(trainer: &mut RawTrainerBox, network: &Network, loader: &Loader, split: Split) -> f64 {
    let (mut correct, mut count) = (0, 0);
    for batch in loader.epoch(split, 0).expect("an epoch") {
        let batch = batch.expect("a batch");
        let answer: Bundle = trainer
            .predict(batch.bundle())
            .into_result()
            .expect("a prediction");
        let scores = match answer.get("scores") {
            Some(_) => answer.tensor("scores").expect("scores"),
            None => Tensor::from_raw(network.scores(&batch.input).expect("scores").into_raw()),
        };
        let predictions = scores.argmax(-1).and_then(|p| p.to_ints()).expect("classes");
        correct += matches(&predictions, &batch.label_values);
        count += batch.len();
    }
    correct as f64 / count as f64
}

fn matches(predictions: &[i64], labels: &[i64]) -> usize {
    predictions.iter().zip(labels).filter(|(p, l)| p == l).count()
}

fn callbacks() -> Callbacks {
    let data = std::env::var_os("NEUROTRAIN_SHARED")
        .map_or_else(
            || neurotrain_tests::workspace_root().join("../shared"),
            PathBuf::from,
        )
        .join("data");
    Callbacks {
        data_dirs: Box::new(move |key| {
            let folder = if key == "MNIST" { "mnist" } else { "fashion-mnist" };
            Ok(DataDirs {
                dirs: vec![data.join(folder)],
                bundled: None,
            })
        }),
        ..Callbacks::default()
    }
}
