//! Arrays of an `.npz` archive.

use neurotrain_data_files::{Content, npy};
use neurotrain_plugin_api::{Error, Result};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// A bound on what an array may decompress to.
const MAX_BYTES: u64 = 1 << 33;

/// An open archive.
pub(crate) struct Archive<'a> {
    name: &'a str,
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Archive<'a> {
    /// # Errors
    /// `bad-data` when `file` is no whole zip archive.
    pub(crate) fn open(file: &'a Content) -> Result<Self> {
        let zip = ZipArchive::new(Cursor::new(file.bytes.as_slice())).map_err(|e| {
            Error::bad_data(format!("{}: not a whole .npz archive: {e}", file.name))
                .with_hint("the file is cut short, damaged or of another format; write it again")
        })?;
        Ok(Archive {
            name: &file.name,
            zip,
        })
    }

    /// Whether there is an array called `array`.
    pub(crate) fn has(&self, array: &str) -> bool {
        self.zip.index_for_name(&member(array)).is_some()
    }

    /// The stored content of array `array`, to be parsed under the name that comes with it.
    ///
    /// # Errors
    /// `bad-data` when it is not there or damaged.
    pub(crate) fn read(&mut self, array: &str) -> Result<Content> {
        if !self.has(array) {
            let names = self.zip.file_names().map(|n| n.trim_end_matches(".npy"));
            let mut names: Vec<&str> = names.collect();
            names.sort_unstable();
            return Err(Error::bad_data(format!(
                "{}: holds no array `{array}`, only {}",
                self.name,
                names.join(", ")
            ))
            .with_hint("set x_train, y_train, x_test and y_test to the names of the arrays"));
        }
        let damaged = |e: &dyn std::fmt::Display| {
            Error::bad_data(format!("{}: array `{array}`: {e}", self.name))
                .with_hint("the archive is damaged; write it again")
        };
        let entry = self.zip.by_name(&member(array)).map_err(|e| damaged(&e))?;
        let mut bytes = Vec::new();
        let read = entry.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|e| damaged(&e))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(damaged(&format!("more than {MAX_BYTES} bytes")));
        }
        Ok(Content {
            name: format!("{}/{}", self.name, member(array)),
            bytes,
        })
    }
}

fn member(array: &str) -> String {
    format!("{array}.npy")
}

/// The elements of an array in row-major order, whichever order it is stored in.
pub(crate) fn row_major<'a>(array: &'a npy::Array<'_>) -> impl Iterator<Item = f64> + 'a {
    let mut strides = vec![1; array.shape.len()];
    for axis in 1..array.shape.len() {
        strides[axis] = strides[axis - 1] * array.shape[axis - 1];
    }
    let at = move |i: usize| {
        if !array.fortran {
            return i;
        }
        let (mut rest, mut stored) = (i, 0);
        for axis in (0..array.shape.len()).rev() {
            stored += rest % array.shape[axis] * strides[axis];
            rest /= array.shape[axis];
        }
        stored
    };
    (0..array.len()).map(move |i| array.real(at(i)))
}
