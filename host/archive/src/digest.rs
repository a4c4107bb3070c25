//! Digests of what equality of runs is judged on.

use crate::metrics::{Variable, rule_variables, sparsity_rows, split_variables};
use crate::parameter::{Parameter, ParameterData};
use crate::record::RunRecord;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::path::Path;

/// SHA-256 of names, shapes, precision and values of all parameters, in the order of their names.
pub(crate) fn weights_sha256(parameters: &[Parameter<'_>]) -> String {
    let mut sorted: Vec<&Parameter<'_>> = parameters.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut hash = Sha256::new();
    for parameter in sorted {
        text(&mut hash, &parameter.name);
        text(&mut hash, parameter.data.dtype().name());
        count(&mut hash, parameter.shape.len());
        parameter.shape.iter().for_each(|d| count(&mut hash, *d));
        match &parameter.data {
            ParameterData::F32(values) => bytes(&mut hash, values, |v| v.to_le_bytes()),
            ParameterData::F64(values) => bytes(&mut hash, values, |v| v.to_le_bytes()),
        }
    }
    hexadecimal(hash)
}

/// SHA-256 of the bytes of a whole file.
pub(crate) fn file_sha256(content: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(content))
}

/// Size and SHA-256 of the file at `path`, which need not fit into memory.
pub(crate) fn stored_sha256(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let bytes = io::copy(&mut file, &mut hash)?;
    Ok((bytes, hexadecimal(hash)))
}

/// SHA-256 of the metrics that do not depend on the machine.
pub(crate) fn metrics_sha256(record: &RunRecord) -> String {
    let mut hash = Sha256::new();
    count(&mut hash, record.epochs.len());
    record.layers.iter().for_each(|l| text(&mut hash, l));
    for variable in split_variables(&record.epochs)
        .iter()
        .chain(&rule_variables(&record.epochs))
    {
        numbers(&mut hash, variable);
    }
    bytes(&mut hash, &sparsity_rows(record), |v| canonical(*v));
    if let Some(test) = record.test {
        bytes(&mut hash, &[test.accuracy, test.loss], |v| canonical(*v));
    }
    let totals = &record.totals;
    count(&mut hash, totals.parameter_count as usize);
    count(&mut hash, totals.memory_footprint_bytes as usize);
    if let Some(ops) = totals.synaptic_operations {
        let counts = [
            ops.forward_dense,
            ops.forward_effective,
            ops.learning_dense,
            ops.learning_effective,
        ];
        bytes(&mut hash, &counts, |v| v.to_le_bytes());
    }
    hexadecimal(hash)
}

/// A variable without any number is the same as an absent one.
fn numbers(hash: &mut Sha256, variable: &Variable) {
    if variable.values.iter().any(|v| !v.is_nan()) {
        text(hash, &variable.name);
        bytes(hash, &variable.values, |v| canonical(*v));
    }
}

/// All kinds of NaN count as one.
fn canonical(value: f64) -> [u8; 8] {
    if value.is_nan() {
        f64::NAN.to_bits().to_le_bytes()
    } else {
        value.to_le_bytes()
    }
}

fn text(hash: &mut Sha256, value: &str) {
    count(hash, value.len());
    hash.update(value.as_bytes());
}

fn count(hash: &mut Sha256, value: usize) {
    hash.update((value as u64).to_le_bytes());
}

fn bytes<T, const N: usize>(hash: &mut Sha256, values: &[T], to_bytes: impl Fn(&T) -> [u8; N]) {
    let mut buffer = Vec::with_capacity(N * 4096);
    for block in values.chunks(4096) {
        buffer.clear();
        block.iter().for_each(|v| buffer.extend_from_slice(&to_bytes(v)));
        hash.update(&buffer);
    }
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_hashed_by_name_shape_precision_and_bits() {
        let of = |p: Parameter<'_>| weights_sha256(&[p]);
        let base = of(Parameter::f32("w", &[2, 1], vec![0.0, 1.0]));
        assert_ne!(base, of(Parameter::f32("v", &[2, 1], vec![0.0, 1.0])));
        assert_ne!(base, of(Parameter::f32("w", &[1, 2], vec![0.0, 1.0])));
        assert_ne!(base, of(Parameter::f32("w", &[2, 1], vec![-0.0, 1.0])));
        assert_ne!(base, of(Parameter::f64("w", &[2, 1], vec![0.0, 1.0])));
        assert_eq!(base, of(Parameter::f32("w", &[2, 1], vec![0.0, 1.0])));
    }

    #[test]
    fn the_order_of_parameters_does_not_matter() {
        let (a, b) = (
            Parameter::f32("a", &[1], vec![1.0]),
            Parameter::f32("b", &[1], vec![2.0]),
        );
        assert_eq!(weights_sha256(&[a.clone(), b.clone()]), weights_sha256(&[b, a]));
    }
}
