//! A run as text.

use super::table::{list, size, table};
use crate::metrics::{Variable, rule_variables, split_variables};
use crate::parameter::{ParameterFlags, ParameterInfo};
use crate::read::{NirView, StoredRun};
use crate::record::{Provenance, RunRecord};
use serde_json::Value;

/// Summary, metrics, parameters, configuration and provenance, without colour.
pub fn render_text(run: &StoredRun) -> String {
    let record = &run.record;
    let mut sections = vec![
        ("Run", summary(run)),
        ("Results", results(record)),
        ("Metrics per epoch", metrics(record)),
        ("Activation sparsity per epoch", sparsity(record)),
        ("Measured on the machine of the run", measured(record)),
        ("Parameters", parameters(&run.parameters)),
        ("Configuration", configuration(record)),
        ("Provenance", provenance(&record.provenance)),
    ];
    sections.retain(|(_, text)| !text.is_empty());
    sections
        .iter()
        .map(|(title, text)| format!("{title}\n{text}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn summary(run: &StoredRun) -> String {
    let record = &run.record;
    let status = match record.status.reason() {
        "" => record.status.name().to_owned(),
        reason => format!("{}: {reason}", record.status.name()),
    };
    let kept = match record.kept_epoch {
        Some(epoch) => format!("those of epoch {}", epoch + 1),
        None => "those of the last epoch".to_owned(),
    };
    let splits = record.splits;
    let samples = format!(
        "{} train, {} validation, {} test",
        splits.train, splits.validation, splits.test
    );
    let protocol = format!(
        "{}, test split evaluated {}",
        record.protocol.name(),
        times(record.test_touches)
    );
    let nir = match &run.nir {
        NirView::Present { version } => format!("present (version {version})"),
        NirView::Absent { reason } => format!("absent: {reason}"),
    };
    list(&[
        ("file", format!("{} ({})", run.path.display(), size(run.bytes))),
        ("layout", run.schema_version.clone()),
        ("run id", record.run_id.clone()),
        ("name", record.name.clone()),
        ("created", record.created.clone()),
        ("status", status),
        ("weights", kept),
        ("warnings", record.warnings.join("\n")),
        ("trainer", record.trainer.clone()),
        ("model", record.model.clone()),
        ("dataset", record.dataset.clone()),
        ("variant", record.provenance.dataset.variant.clone()),
        ("seed", record.seed.to_string()),
        ("samples", samples),
        ("protocol", protocol),
        ("NIR graph", nir),
        ("weights", format!("sha256 {}", run.weights_sha256)),
        ("metrics", format!("sha256 {}", run.metrics_sha256)),
    ])
}

fn results(record: &RunRecord) -> String {
    let totals = &record.totals;
    let mut rows = Vec::new();
    if let Some(test) = record.test {
        rows.push(("test accuracy", number(test.accuracy)));
        rows.push(("test loss", number(test.loss)));
    }
    rows.push(("parameters", totals.parameter_count.to_string()));
    rows.push(("memory footprint", size(totals.memory_footprint_bytes)));
    if let Some(ops) = totals.synaptic_operations {
        let shown = |effective: u64, dense: u64| format!("{effective} effective of {dense} dense");
        rows.push((
            "operations forward",
            shown(ops.forward_effective, ops.forward_dense),
        ));
        rows.push((
            "operations learning",
            shown(ops.learning_effective, ops.learning_dense),
        ));
    }
    list(&rows)
}

fn metrics(record: &RunRecord) -> String {
    let variables = split_variables(&record.epochs)
        .into_iter()
        .chain(rule_variables(&record.epochs));
    epoch_table(&variables.collect::<Vec<_>>(), record.epochs.len())
}

fn epoch_table(variables: &[Variable], epochs: usize) -> String {
    if epochs == 0 {
        return String::new();
    }
    let head: Vec<String> = std::iter::once("epoch".to_owned())
        .chain(variables.iter().map(|v| v.long_name.clone()))
        .collect();
    let row = |epoch: usize| {
        let cells = variables.iter().map(|v| number(v.values[epoch]));
        std::iter::once((epoch + 1).to_string()).chain(cells).collect()
    };
    table(&head, &(0..epochs).map(row).collect::<Vec<_>>())
}

fn sparsity(record: &RunRecord) -> String {
    if record.epochs.iter().all(|e| e.activation_sparsity.is_empty()) {
        return String::new();
    }
    let head: Vec<String> = std::iter::once("epoch".to_owned())
        .chain(record.layers.iter().cloned())
        .collect();
    let row = |(epoch, metrics): (usize, &crate::EpochMetrics)| {
        let cell = |layer| {
            number(
                metrics
                    .activation_sparsity
                    .get(layer)
                    .copied()
                    .unwrap_or(f64::NAN),
            )
        };
        std::iter::once((epoch + 1).to_string())
            .chain((0..record.layers.len()).map(cell))
            .collect()
    };
    table(
        &head,
        &record.epochs.iter().enumerate().map(row).collect::<Vec<_>>(),
    )
}

fn measured(record: &RunRecord) -> String {
    let epochs = &record.epochs;
    let peak = epochs.iter().map(|e| e.peak_training_state_bytes).max();
    let rate = epochs
        .iter()
        .map(|e| e.samples_per_second)
        .fold(f64::NAN, f64::max);
    let mut rows = vec![
        (
            "execution time",
            format!("{} s", number(record.measured.execution_seconds)),
        ),
        (
            "fastest epoch",
            if rate.is_nan() {
                String::new()
            } else {
                format!("{} samples/s", number(rate))
            },
        ),
        ("peak training state", peak.map(size).unwrap_or_default()),
    ];
    let whole = record.measured.execution_seconds;
    rows.extend(
        record
            .measured
            .scalars
            .iter()
            .map(|(name, value)| scalar(name, *value, whole)),
    );
    list(&rows)
}

/// A figure with the unit that its name ends with; seconds as a share of the whole run.
fn scalar(name: &str, value: f64, whole: f64) -> (&str, String) {
    if let Some(name) = name.strip_suffix("_seconds") {
        let share = 100.0 * value / whole;
        let share = if share.is_finite() {
            format!(" ({share:.1} %)")
        } else {
            String::new()
        };
        return (name, format!("{} s{share}", number(value)));
    }
    match name.strip_suffix("_bytes") {
        Some(name) if value >= 0.0 => (name, size(value as u64)),
        _ => (name, number(value)),
    }
}

fn parameters(parameters: &[ParameterInfo]) -> String {
    if parameters.is_empty() {
        return String::new();
    }
    let head = ["name", "shape", "type", "size", "role"].map(str::to_owned);
    let row = |p: &ParameterInfo| {
        let shape = format!("{:?}", p.shape);
        vec![
            p.name.clone(),
            shape,
            p.dtype.name().to_owned(),
            size(p.bytes()),
            role(p.flags),
        ]
    };
    table(&head, &parameters.iter().map(row).collect::<Vec<_>>())
}

fn role(flags: ParameterFlags) -> String {
    let owner = if flags.own { "rule" } else { "network" };
    let use_ = match (flags.fixed, flags.trained, flags.trainable) {
        (true, ..) => "fixed",
        (_, true, _) => "trained",
        (.., true) => "not trained",
        _ => "not trainable",
    };
    format!("{owner}, {use_}")
}

fn configuration(record: &RunRecord) -> String {
    let mut rows = Vec::new();
    flatten("", &record.config.resolved, &mut rows);
    let origins = match &record.config.origins {
        Value::Object(map) => Some(map),
        _ => None,
    };
    let rows: Vec<(&str, String)> = rows
        .iter()
        .map(|(key, value)| match origins.and_then(|o| o.get(key)).map(plain) {
            Some(origin) => (key.as_str(), format!("{value}   ({origin})")),
            None => (key.as_str(), value.clone()),
        })
        .collect();
    list(&rows)
}

/// Nested values by their dotted paths.
fn flatten(path: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                flatten(&path, value, rows);
            }
        }
        Value::Null if path.is_empty() => {}
        _ => rows.push((path.to_owned(), plain(value))),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn provenance(provenance: &Provenance) -> String {
    let machine = &provenance.machine;
    let mut rows = vec![
        (
            "host",
            format!("{} {}", provenance.host_version, provenance.host_commit)
                .trim()
                .to_owned(),
        ),
        ("cpu", machine.cpu.clone()),
        (
            "cores",
            format!("{}, {} threads used", machine.cores, machine.threads),
        ),
        (
            "system",
            format!("{} {}", machine.os, machine.target).trim().to_owned(),
        ),
        ("compiler", machine.rustc.clone()),
        ("features", machine.features.join(" ")),
    ];
    if let Some(table) = &provenance.cost_table {
        rows.push((
            "cost table",
            format!(
                "{}, digest {}\nmeasured on {}",
                table.origin, table.digest, table.machine
            ),
        ));
    }
    for plugin in &provenance.plugins {
        let text = format!(
            "{} = {} {}, {}\nsha256 {}",
            plugin.key, plugin.name, plugin.version, plugin.file, plugin.sha256
        );
        rows.push((plugin.role.as_str(), text));
    }
    rows.push(("data", provenance.dataset.name.clone()));
    rows.push(("attribution", provenance.dataset.attribution.clone()));
    for file in &provenance.dataset.files {
        rows.push((
            "file",
            format!("{} ({})\nsha256 {}", file.name, size(file.bytes), file.sha256),
        ));
    }
    list(&rows)
}

fn times(count: u64) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

/// At most six significant digits, so that columns stay narrow; the file has all of them.
fn number(value: f64) -> String {
    let magnitude = value.abs();
    match value {
        v if v.is_nan() => "-".to_owned(),
        v if v == 0.0 || !v.is_finite() => v.to_string(),
        v if !(1e-4..1e6).contains(&magnitude) => format!("{v:.3e}"),
        v => {
            let digits = (4 - magnitude.log10().floor() as i32).clamp(0, 6) as usize;
            let text = format!("{v:.digits$}");
            if text.contains('.') {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                text
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_stay_short() {
        assert_eq!(number(0.976_543_21), "0.97654");
        assert_eq!(number(12.5), "12.5");
        assert_eq!(number(48_231.7), "48232");
        assert_eq!(number(3.2e-7), "3.200e-7");
        assert_eq!(number(f64::NAN), "-");
        assert_eq!(number(0.0), "0");
    }
}
