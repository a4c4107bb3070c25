//! One experiment with the origin of every value.

use crate::Experiment;
use crate::render::columns::columns;
use crate::render::dry_run::plain;
use serde_json::{Map, Value};

/// Every value of an experiment and where it comes from.
pub fn show(experiment: &Experiment) -> String {
    let Experiment {
        name,
        trainer,
        model,
        dataset,
        seed,
        ..
    } = experiment;
    let mut text = format!("Experiment {name}\n");
    let mut runtime = match serde_json::to_value(&experiment.runtime) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    runtime.insert("seeds".to_owned(), Value::from(*seed));
    let blocks = [
        ("runtime", String::new(), &runtime),
        ("trainer", format!(" {trainer}"), &experiment.trainer_config),
        ("model", format!(" {model}"), &experiment.model_config),
        ("dataset", format!(" {dataset}"), &experiment.dataset_config),
    ];
    for (block, title, config) in blocks {
        text.push_str(&format!("\n{block}{title}\n"));
        let row = |(key, value): (&String, &Value)| {
            let origin = experiment.origins.get(&format!("{block}.{key}"));
            let source = origin.map_or("", |origin| origin.source.as_str());
            let key = if block == "runtime" && key == "seeds" {
                "seed"
            } else {
                key
            };
            vec![key.to_owned(), plain(value), source.to_owned()]
        };
        let rows: Vec<Vec<String>> = config.iter().map(row).collect();
        text.push_str(&columns(&rows));
        if rows.is_empty() {
            text.push_str("  no parameters\n");
        }
    }
    if let Some(search) = &experiment.search {
        text.push_str(&format!("\nsearch: {}\n", search.settings));
        let rows: Vec<Vec<String>> = search
            .space
            .iter()
            .map(|(name, tunable)| vec![name.clone(), tunable.to_string()])
            .collect();
        text.push_str(&columns(&rows));
    }
    text
}
