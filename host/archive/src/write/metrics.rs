//! Metrics with their dimensions: `/metrics`, `/results` and `/measured`.

use crate::h5::{
    Scale, create_group, make_scale, put_array, put_scalar, put_text_attribute, put_texts,
    put_texts_attribute,
};
use crate::metrics::{PEAK, Variable, measured_variables, rule_variables, sparsity_rows, split_variables};
use crate::names::LinkNames;
use crate::record::{EpochMetrics, Measured, RunRecord, Totals};
use hdf5::{Dataset, File, Group};
use neurotrain_plugin_api::Result;

/// Writes everything that is a number about the run, except what was measured of the machine.
pub(crate) fn write_metrics(file: &File, record: &RunRecord) -> Result<()> {
    write_epochs(file, record)?;
    write_results(file, record)
}

fn write_epochs(file: &File, record: &RunRecord) -> Result<()> {
    let group = create_group(file, "metrics")?;
    put_text_attribute(
        &group,
        "description",
        "metrics per epoch; the same on every machine",
    )?;
    mark_default_plot(&group, record)?;
    let mut epoch = epoch_scale(&group, record.epochs.len())?;
    for variable in split_variables(&record.epochs) {
        put_variable(&group, &variable.name, &variable, &mut epoch)?;
    }
    if !record.layers.is_empty() {
        write_sparsity(&group, record, &mut epoch)?;
    }
    epoch.finish()?;

    let variables = rule_variables(&record.epochs);
    if !variables.is_empty() {
        let group = create_group(&group, "rule")?;
        put_text_attribute(&group, "description", "scalars reported by the learning rule")?;
        let mut epoch = epoch_scale(&group, record.epochs.len())?;
        let mut names = LinkNames::reserving(&[EPOCH]);
        for variable in variables {
            put_variable(&group, &names.link(&variable.name), &variable, &mut epoch)?;
        }
        epoch.finish()?;
    }
    Ok(())
}

/// NeXus attributes, by which viewers draw the learning curve when the file is opened.
fn mark_default_plot(group: &Group, record: &RunRecord) -> Result<()> {
    let validated = record.epochs.iter().any(|e| e.validation.is_some());
    let signal = if validated {
        "validation_accuracy"
    } else {
        "train_accuracy"
    };
    put_text_attribute(group, "NX_class", "NXdata")?;
    put_text_attribute(group, "signal", signal)?;
    if validated {
        put_texts_attribute(group, "auxiliary_signals", &["train_accuracy"])?;
    }
    put_texts_attribute(group, "axes", &[EPOCH])?;
    let title = format!("{} / {} / {}", record.trainer, record.model, record.dataset);
    put_text_attribute(group, "title", &title)
}

fn write_sparsity(group: &Group, record: &RunRecord, epoch: &mut Scale) -> Result<()> {
    let layers = put_texts(group, LAYER, &[record.layers.len()], &record.layers)?;
    describe(
        &layers,
        "",
        "neuron layer",
        "names of the neuron layers, input side first",
    )?;
    let mut layer = make_scale(layers, LAYER)?;
    let shape = [record.epochs.len(), record.layers.len()];
    let sparsity = put_array(group, SPARSITY, &shape, &sparsity_rows(record))?;
    describe(
        &sparsity,
        "1",
        "activation sparsity",
        "1 - nonzero / total over the outputs of the layer, all steps and samples",
    )?;
    Scale::attach(&mut [epoch, &mut layer], group, SPARSITY)?;
    layer.finish()
}

fn write_results(file: &File, record: &RunRecord) -> Result<()> {
    let group = create_group(file, "results")?;
    put_text_attribute(
        &group,
        "description",
        "figures of the whole run; the same on every machine",
    )?;
    if let Some(test) = record.test {
        let how = "on the test split, with the network after training";
        put_figure(&group, "test_accuracy", &test.accuracy, "1", "test accuracy", how)?;
        put_figure(&group, "test_loss", &test.loss, "1", "test loss", how)?;
    }
    write_totals(&group, &record.totals)
}

fn write_totals(group: &Group, totals: &Totals) -> Result<()> {
    let count = &totals.parameter_count;
    put_figure(
        group,
        "parameter_count",
        count,
        "1",
        "parameter count",
        "trainable scalars of the network",
    )?;
    let bytes = &totals.memory_footprint_bytes;
    put_figure(
        group,
        "memory_footprint_bytes",
        bytes,
        "byte",
        "memory footprint",
        "size of all parameters",
    )?;
    let Some(ops) = totals.synaptic_operations else {
        return Ok(());
    };
    let group = create_group(group, "synaptic_operations")?;
    for (name, value, long_name) in [
        (
            "forward_dense",
            ops.forward_dense,
            "dense operations of forward passes",
        ),
        (
            "forward_effective",
            ops.forward_effective,
            "effective operations of forward passes",
        ),
        (
            "learning_dense",
            ops.learning_dense,
            "dense operations of learning",
        ),
        (
            "learning_effective",
            ops.learning_effective,
            "effective operations of learning",
        ),
    ] {
        let how = "effective: input and weight both non-zero; dense: as if all were";
        put_figure(&group, name, &value, "1", long_name, how)?;
    }
    Ok(())
}

/// Writes `/measured`.
pub(crate) fn write_measured(file: &File, epochs: &[EpochMetrics], measured: &Measured) -> Result<()> {
    let group = create_group(file, "measured")?;
    put_text_attribute(
        &group,
        "description",
        "measured of the machine; differs from run to run",
    )?;
    let mut epoch = epoch_scale(&group, epochs.len())?;
    for variable in measured_variables(epochs) {
        put_variable(&group, &variable.name, &variable, &mut epoch)?;
    }
    let peak: Vec<u64> = epochs.iter().map(|e| e.peak_training_state_bytes).collect();
    let peak = put_array(&group, PEAK, &[peak.len()], &peak)?;
    let how = "largest live size of neuron state, rule state and saved activations";
    describe(&peak, "byte", "peak training state", how)?;
    Scale::attach(&mut [&mut epoch], &group, PEAK)?;
    epoch.finish()?;

    let seconds = &measured.execution_seconds;
    put_figure(
        &group,
        "execution_seconds",
        seconds,
        "s",
        "execution time",
        "wall time of the run",
    )?;
    let totals = create_group(&group, "totals")?;
    let mut names = LinkNames::default();
    for (name, value) in &measured.scalars {
        let dataset = put_scalar(&totals, &names.link(name), value)?;
        put_text_attribute(&dataset, "name", name)?;
        if let Some(units) = units_of(name) {
            put_text_attribute(&dataset, "units", units)?;
        }
    }
    Ok(())
}

/// The unit that a name ends with.
fn units_of(name: &str) -> Option<&'static str> {
    [("_seconds", "s"), ("_bytes", "byte")]
        .into_iter()
        .find(|(ending, _)| name.ends_with(ending))
        .map(|(_, units)| units)
}

const EPOCH: &str = "epoch";
const LAYER: &str = "layer";
const SPARSITY: &str = "activation_sparsity";

/// Every group carries a scale of its own, since not all readers look for dimensions in other groups.
fn epoch_scale(group: &Group, epochs: usize) -> Result<Scale> {
    let numbers: Vec<i64> = (1..=epochs as i64).collect();
    let dataset = put_array(group, EPOCH, &[epochs], &numbers)?;
    describe(&dataset, "1", "epoch", "completed passes over the training split")?;
    make_scale(dataset, EPOCH)
}

fn put_variable(group: &Group, link: &str, variable: &Variable, epoch: &mut Scale) -> Result<()> {
    let dataset = put_array(group, link, &[variable.values.len()], &variable.values)?;
    put_text_attribute(&dataset, "name", &variable.name)?;
    describe(
        &dataset,
        variable.units,
        &variable.long_name,
        variable.description,
    )?;
    Scale::attach(&mut [epoch], group, link)
}

fn put_figure<T: hdf5::H5Type>(
    group: &Group,
    name: &str,
    value: &T,
    units: &str,
    long_name: &str,
    description: &str,
) -> Result<()> {
    describe(&put_scalar(group, name, value)?, units, long_name, description)
}

fn describe(dataset: &Dataset, units: &str, long_name: &str, description: &str) -> Result<()> {
    if !units.is_empty() {
        put_text_attribute(dataset, "units", units)?;
    }
    put_text_attribute(dataset, "long_name", long_name)?;
    put_text_attribute(dataset, "description", description)
}
