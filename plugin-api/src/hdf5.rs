//! Reading arrays of HDF5 files through the host: a plugin links no HDF5 library, so that one copy lives in the process.

use crate::abi::Bundle;
use crate::{Ctx, Error, Result};
use std::path::Path;

/// An array of an HDF5 file. Numbers of every type come as doubles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hdf5Array {
    /// Lengths of the axes; of the rows that were asked for.
    pub dims: Vec<usize>,
    /// Where each row of a ragged array starts in `values`, and their end; none for other arrays.
    pub offsets: Option<Vec<usize>>,
    /// The elements in row-major order.
    pub values: Vec<f64>,
}

impl Hdf5Array {
    /// Row `index` of a ragged array; nothing beyond its end.
    pub fn row(&self, index: usize) -> &[f64] {
        let range = self
            .offsets
            .as_ref()
            .and_then(|o| Some(*o.get(index)?..*o.get(index + 1)?));
        range.and_then(|range| self.values.get(range)).unwrap_or_default()
    }
}

impl Ctx {
    /// Reads data set `dataset` (a path like `spikes/times`) of the HDF5 file at `path` whole.
    ///
    /// # Errors
    /// `bad-data` naming file and data set; `unsupported` from a host that does not read HDF5 for plugins.
    pub fn hdf5_array(&self, path: &Path, dataset: &str) -> Result<Hdf5Array> {
        self.hdf5(path, dataset, false, None)
    }

    /// Reads `rows` of a data set of one axis whose elements are lists of any length (`VLEN`); all of them without
    /// `rows`.
    ///
    /// # Errors
    /// As [`hdf5_array`](Ctx::hdf5_array).
    pub fn hdf5_ragged(&self, path: &Path, dataset: &str, rows: Option<&[u64]>) -> Result<Hdf5Array> {
        self.hdf5(path, dataset, true, rows)
    }

    fn hdf5(&self, path: &Path, dataset: &str, ragged: bool, rows: Option<&[u64]>) -> Result<Hdf5Array> {
        let mut request = Bundle::new();
        let text = path.to_str().ok_or_else(|| {
            Error::new(
                "io",
                format!("{}: HDF5 files are opened by names in UTF-8 only", path.display()),
            )
        })?;
        request.put_text("path", text);
        request.put_text("dataset", dataset);
        request.put_int("ragged", ragged.into());
        if let Some(rows) = rows {
            let rows: Vec<i64> = rows.iter().map(|r| *r as i64).collect();
            request.put_ints("rows", &rows);
        }
        let answer = self.service("hdf5_array", request)?;
        let whole = |name: &str| -> Result<Vec<usize>> {
            Ok(answer.ints(name)?.into_iter().map(|v| v as usize).collect())
        };
        Ok(Hdf5Array {
            dims: whole("dims")?,
            offsets: ragged.then(|| whole("offsets")).transpose()?,
            values: answer.reals("values")?,
        })
    }
}
