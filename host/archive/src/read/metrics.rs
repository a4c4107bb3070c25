//! Metrics: `/metrics`, `/results` and `/measured`.

use crate::h5::{members, text_attribute, texts};
use crate::metrics::{PEAK, RATE, WALL};
use crate::record::{EpochMetrics, RunRecord, Scores, SynapticOperations, Totals};
use hdf5::{Group, H5Type};

/// Reads everything that is a number about the run.
pub(crate) fn read_metrics(run: &Group, record: &mut RunRecord) -> hdf5::Result<()> {
    let metrics = run.group("metrics")?;
    let count = metrics.dataset("epoch")?.size();
    record.epochs = vec![EpochMetrics::default(); count];
    read_scores(&metrics, &mut record.epochs)?;
    read_sparsity(&metrics, record)?;
    if metrics.link_exists("rule") {
        read_rule(&metrics.group("rule")?, &mut record.epochs)?;
    }
    read_results(&run.group("results")?, record)?;
    read_measured(&run.group("measured")?, record)
}

fn read_scores(group: &Group, epochs: &mut [EpochMetrics]) -> hdf5::Result<()> {
    for (epoch, scores) in epochs.iter_mut().zip(split(group, "train", epochs_of(group)?)?) {
        epoch.train = scores;
    }
    if group.link_exists("validation_accuracy") {
        for (epoch, scores) in epochs
            .iter_mut()
            .zip(split(group, "validation", epochs_of(group)?)?)
        {
            epoch.validation = present(scores);
        }
    }
    if group.link_exists("test_accuracy") {
        for (epoch, scores) in epochs.iter_mut().zip(split(group, "test", epochs_of(group)?)?) {
            epoch.test = present(scores);
        }
    }
    Ok(())
}

fn split(group: &Group, name: &str, count: usize) -> hdf5::Result<Vec<Scores>> {
    let accuracy = column::<f64>(group, &format!("{name}_accuracy"), count)?;
    let loss = column::<f64>(group, &format!("{name}_loss"), count)?;
    Ok(accuracy
        .into_iter()
        .zip(loss)
        .map(|(accuracy, loss)| Scores { accuracy, loss })
        .collect())
}

/// An epoch without evaluation is written as NaN.
fn present(scores: Scores) -> Option<Scores> {
    (!scores.accuracy.is_nan() || !scores.loss.is_nan()).then_some(scores)
}

fn read_sparsity(group: &Group, record: &mut RunRecord) -> hdf5::Result<()> {
    if !group.link_exists("layer") {
        return Ok(());
    }
    record.layers = texts(group, "layer")?;
    let layers = record.layers.len();
    let rows = column::<f64>(group, "activation_sparsity", record.epochs.len() * layers)?;
    for (epoch, row) in record.epochs.iter_mut().zip(rows.chunks(layers.max(1))) {
        if row.iter().any(|v| !v.is_nan()) {
            epoch.activation_sparsity = row.to_vec();
        }
    }
    Ok(())
}

fn read_rule(group: &Group, epochs: &mut [EpochMetrics]) -> hdf5::Result<()> {
    for link in members(group)?.iter().filter(|l| *l != "epoch") {
        let name = text_attribute(&*group.dataset(link)?, "name")?;
        for (epoch, value) in epochs
            .iter_mut()
            .zip(column::<f64>(group, link, epochs_of(group)?)?)
        {
            if !value.is_nan() {
                epoch.scalars.insert(name.clone(), value);
            }
        }
    }
    Ok(())
}

fn read_results(group: &Group, record: &mut RunRecord) -> hdf5::Result<()> {
    if group.link_exists("test_accuracy") {
        record.test = Some(Scores {
            accuracy: figure(group, "test_accuracy")?,
            loss: figure(group, "test_loss")?,
        });
    }
    record.totals = Totals {
        parameter_count: figure(group, "parameter_count")?,
        memory_footprint_bytes: figure(group, "memory_footprint_bytes")?,
        synaptic_operations: None,
    };
    if group.link_exists("synaptic_operations") {
        let group = group.group("synaptic_operations")?;
        record.totals.synaptic_operations = Some(SynapticOperations {
            forward_dense: figure(&group, "forward_dense")?,
            forward_effective: figure(&group, "forward_effective")?,
            learning_dense: figure(&group, "learning_dense")?,
            learning_effective: figure(&group, "learning_effective")?,
        });
    }
    Ok(())
}

fn read_measured(group: &Group, record: &mut RunRecord) -> hdf5::Result<()> {
    let count = record.epochs.len();
    let wall = column::<f64>(group, WALL, count)?;
    let rate = column::<f64>(group, RATE, count)?;
    let peak = column::<u64>(group, PEAK, count)?;
    for (epoch, ((wall, rate), peak)) in record.epochs.iter_mut().zip(wall.into_iter().zip(rate).zip(peak)) {
        epoch.wall_seconds = wall;
        epoch.samples_per_second = rate;
        epoch.peak_training_state_bytes = peak;
    }
    record.measured.execution_seconds = figure(group, "execution_seconds")?;
    let totals = group.group("totals")?;
    for link in members(&totals)? {
        let name = text_attribute(&*totals.dataset(&link)?, "name")?;
        record.measured.scalars.insert(name, figure(&totals, &link)?);
    }
    Ok(())
}

fn figure<T: H5Type>(group: &Group, name: &str) -> hdf5::Result<T> {
    group.dataset(name)?.read_scalar()
}

fn epochs_of(group: &Group) -> hdf5::Result<usize> {
    Ok(group.dataset("epoch")?.size())
}

fn column<T: H5Type>(group: &Group, name: &str, count: usize) -> hdf5::Result<Vec<T>> {
    let dataset = group.dataset(name)?;
    if dataset.size() != count {
        return Err(format!("`{name}` has {} values instead of {count}", dataset.size()).into());
    }
    dataset.read_raw()
}
