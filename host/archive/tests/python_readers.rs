//! The archive as Python sees it: h5py, xarray with h5netcdf, and nir.
//!
//! `NEUROTRAIN_PYTHON` names a Python with these packages; without it the test is skipped. Set
//! `NEUROTRAIN_KEEP_ARCHIVES` to a folder to keep the files for another reader.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that may be skipped loudly"
)]

mod common;

use common::{convolutional_record, parameters, parameters_of, record};
use neurotrain_archive::{Parameter, ParameterData, RunRecord, Status, write_run};
use std::path::Path;
use std::process::Command;

#[test]
fn python_reads_the_archive() {
    let dir = tempfile::tempdir().unwrap();
    let folder = match std::env::var_os("NEUROTRAIN_KEEP_ARCHIVES") {
        Some(folder) => folder.into(),
        None => dir.path().to_owned(),
    };
    write_files(&folder);
    let Some(python) = std::env::var_os("NEUROTRAIN_PYTHON") else {
        eprintln!("skipped: NEUROTRAIN_PYTHON names no Python with h5py, xarray, h5netcdf and nir");
        return;
    };
    let packages = Command::new(&python)
        .args(["-c", "import h5py, h5netcdf, nir, xarray"])
        .output()
        .unwrap();
    if !packages.status.success() {
        let why = String::from_utf8_lossy(&packages.stderr);
        eprintln!("skipped: {python:?} lacks h5py, xarray, h5netcdf or nir: {why}");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/check_archive.py");
    let checked = Command::new(&python)
        .arg("-W")
        .arg("error")
        .arg(script)
        .arg(&folder)
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&checked.stdout),
        String::from_utf8_lossy(&checked.stderr),
    );
    assert!(
        checked.status.success() && out.ends_with("all good\n"),
        "{out}{err}"
    );
}

fn write_files(folder: &Path) {
    let recurrent = parameters();
    write_run(&folder.join("recurrent.h5"), &record(), &recurrent).unwrap();
    write_raw(folder, "recurrent", &recurrent);

    let convolutional = convolutional_record();
    let values = parameters_of(convolutional.graph.as_ref().unwrap());
    let written = write_run(&folder.join("convolutional.h5"), &convolutional, &values).unwrap();
    assert_eq!(written.nir_absent, None);
    write_raw(folder, "convolutional", &values);

    let status = Status::Failed {
        reason: "diverged".to_owned(),
    };
    let failed = RunRecord {
        status,
        layers: vec!["neurons.0".to_owned()],
        ..RunRecord::default()
    };
    write_run(&folder.join("failed.h5"), &failed, &[]).unwrap();
}

fn write_raw(folder: &Path, run: &str, parameters: &[Parameter<'_>]) {
    for parameter in parameters {
        let bytes: Vec<u8> = match &parameter.data {
            ParameterData::F32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ParameterData::F64(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        let name = parameter.name.replace('/', "_");
        std::fs::write(folder.join(format!("{name}.{run}.bin")), bytes).unwrap();
    }
}
