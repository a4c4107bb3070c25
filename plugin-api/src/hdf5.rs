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

/// The code of the error when a file is sound, but holds no array of that name.
pub const NO_SUCH_ARRAY: &str = "no-such-array";

impl Ctx {
    /// Reads array `name` (a path like `extra/speaker`) of the HDF5 file at `path` whole.
    ///
    /// # Errors
    /// `bad-data` naming file and array, [`NO_SUCH_ARRAY`]; `unsupported` from a host that does not read HDF5 for
    /// plugins.
    pub fn hdf5_array(&self, path: &Path, name: &str) -> Result<Hdf5Array> {
        let answer = self.hdf5(path, name, "numbers", None)?;
        let array = Hdf5Array {
            dims: lengths(&answer, "dims")?,
            offsets: None,
            values: answer.reals("values")?,
        };
        // Lengths may be those of a damaged file.
        let elements = array.dims.iter().try_fold(1_usize, |n, d| n.checked_mul(*d));
        match elements == Some(array.values.len()) {
            true => Ok(array),
            false => Err(misfit(name)),
        }
    }

    /// Reads `rows` of an array of one axis whose elements are lists of any length (`VLEN`), in the order asked for; all
    /// of them without `rows`.
    ///
    /// # Errors
    /// As [`hdf5_array`](Ctx::hdf5_array).
    pub fn hdf5_ragged(&self, path: &Path, name: &str, rows: Option<&[u64]>) -> Result<Hdf5Array> {
        let answer = self.hdf5(path, name, "ragged", rows)?;
        let array = Hdf5Array {
            dims: lengths(&answer, "dims")?,
            offsets: Some(lengths(&answer, "offsets")?),
            values: answer.reals("values")?,
        };
        let offsets = array.offsets.as_deref().unwrap_or_default();
        let fits = array.dims == [offsets.len().wrapping_sub(1)]
            && rows.is_none_or(|r| r.len() + 1 == offsets.len())
            && offsets.is_sorted()
            && offsets.first() == Some(&0)
            && offsets.last() == Some(&array.values.len());
        if fits { Ok(array) } else { Err(misfit(name)) }
    }

    /// Number of rows of a ragged array.
    ///
    /// # Errors
    /// As [`hdf5_array`](Ctx::hdf5_array).
    pub fn hdf5_rows(&self, path: &Path, name: &str) -> Result<usize> {
        let length = self.hdf5(path, name, "ragged", Some(&[]))?.int("length")?;
        usize::try_from(length).map_err(|_| misfit(name))
    }

    /// Reads an array of texts, such as the names of classes, whole.
    ///
    /// # Errors
    /// As [`hdf5_array`](Ctx::hdf5_array).
    pub fn hdf5_texts(&self, path: &Path, name: &str) -> Result<Vec<String>> {
        let answer = self.hdf5(path, name, "texts", None)?;
        // A name may hold a line feed, so their lengths are what divides them.
        let (text, mut at) = (answer.text("texts")?, 0);
        let parts = lengths(&answer, "lengths")?.into_iter().map(|length| {
            let part = text.get(at..at + length).map(str::to_owned);
            at += length;
            part.ok_or_else(|| misfit(name))
        });
        parts.collect()
    }

    fn hdf5(&self, path: &Path, name: &str, kind: &str, rows: Option<&[u64]>) -> Result<Bundle> {
        let text = path.to_str().ok_or_else(|| {
            Error::new(
                "io",
                format!("{}: HDF5 files are opened by names in UTF-8 only", path.display()),
            )
            .with_hint("rename the file or its folder")
        })?;
        let mut request = Bundle::new();
        request.put_text("path", text);
        request.put_text("array", name);
        request.put_text("kind", kind);
        if let Some(rows) = rows {
            let rows: Vec<i64> = rows.iter().map(|r| *r as i64).collect();
            request.put_ints("rows", &rows);
        }
        self.service("hdf5_array", request)
    }
}

fn lengths(answer: &Bundle, name: &str) -> Result<Vec<usize>> {
    let whole = |v: i64| {
        usize::try_from(v).map_err(|_| Error::new("bad-bundle", format!("the host's `{name}` holds {v}")))
    };
    answer.ints(name)?.into_iter().map(whole).collect()
}

fn misfit(name: &str) -> Error {
    Error::new(
        "bad-bundle",
        format!("the host's answer for array `{name}` does not fit together"),
    )
}
