//! Arrays of HDF5 files of others: what data sets read through the host.

use hdf5::types::VarLenArray;
use hdf5::{Dataset, File};
use neurotrain_plugin_api::{Bundle, Error, Result};
use std::path::Path;

/// Answers the service `hdf5_array`: request `path`, `dataset`, `ragged` and perhaps `rows`; answer `dims`, `values` and,
/// for lists of any length, `offsets`. See [`Ctx::hdf5_array`](neurotrain_plugin_api::Ctx::hdf5_array).
///
/// # Errors
/// `bad-data` naming file and data set, `bad-bundle` for a request that lacks something.
pub fn answer_hdf5_array(request: &Bundle) -> Result<Bundle> {
    let (path, name) = (request.text("path")?, request.text("dataset")?);
    let rows = match request.get("rows") {
        Some(_) => Some(request.ints("rows")?),
        None => None,
    };
    let fail = |what: &str, e: &dyn std::fmt::Display| {
        Error::bad_data(format!("{path}: {what}: {e}"))
            .with_hint("the file is damaged, cut short or of another kind; replace it")
    };
    let at = format!("data set `{name}`");
    let file = open(path)?;
    let dataset = file.dataset(name).map_err(|e| fail(&at, &e))?;
    let mut answer = Bundle::new();
    if request.int("ragged")? != 0 {
        let lists = ragged(&dataset, rows.as_deref()).map_err(|e| fail(&at, &e))?;
        let mut offsets = vec![0];
        let mut values = Vec::new();
        for list in &lists {
            values.extend_from_slice(list);
            offsets.push(values.len() as i64);
        }
        answer.put_ints("dims", &[lists.len() as i64]);
        answer.put_ints("offsets", &offsets);
        answer.put_reals("values", &values);
    } else {
        let dims: Vec<i64> = dataset.shape().into_iter().map(|d| d as i64).collect();
        let values = dataset.read_raw::<f64>().map_err(|e| fail(&at, &e))?;
        answer.put_ints("dims", &dims);
        answer.put_reals("values", &values);
    }
    Ok(answer)
}

fn open(path: &str) -> Result<File> {
    std::fs::File::open(Path::new(path))
        .map_err(|e| Error::new("io", format!("{path}: {e}")).with_hint("check that the file may be read"))?;
    // Data sets are only read, and lie on file systems without locks too.
    let opened = File::with_options()
        .with_fapl(|p| p.sec2().file_locking(false))
        .open(path);
    opened.map_err(|e| {
        Error::bad_data(format!("{path}: cannot be opened as an HDF5 file: {e}"))
            .with_hint("the file is damaged, cut short or of another kind; replace it")
    })
}

fn ragged(dataset: &Dataset, rows: Option<&[i64]>) -> std::result::Result<Vec<VarLenArray<f64>>, String> {
    let shape = dataset.shape();
    let &[length] = shape.as_slice() else {
        return Err(format!("has shape {shape:?} instead of one axis"));
    };
    let Some(rows) = rows else {
        return dataset.read_raw().map_err(|e| e.to_string());
    };
    let mut lists = Vec::with_capacity(rows.len());
    for row in rows {
        let at = usize::try_from(*row).ok().filter(|r| *r < length);
        let at = at.ok_or_else(|| format!("has {length} rows, but row {row} was asked for"))?;
        let list = dataset
            .read_slice_1d::<VarLenArray<f64>, _>(at..at + 1)
            .map_err(|e| e.to_string())?;
        lists.extend(list);
    }
    Ok(lists)
}
