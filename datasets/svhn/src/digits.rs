//! Images and labels of a file.

use crate::mat::{self, Array};
use neurotrain_data_files::Content;
use neurotrain_plugin_api::{Error, Result};

/// Side of an image.
pub(crate) const SIDE: usize = 32;
/// Bytes of an image.
pub(crate) const IMAGE: usize = 3 * SIDE * SIDE;
/// Number of classes.
pub(crate) const CLASSES: usize = 10;

/// The images of one or more files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// `[N, column-major image]` as stored: colour, column, row.
    stored: Vec<u8>,
    /// `[N]`.
    pub(crate) labels: Vec<u8>,
}

impl Part {
    /// Decodes a file: `X` of size 32, 32, 3, N and `y` of size N, 1, where label 10 means the digit 0.
    ///
    /// # Errors
    /// `bad-data` naming file and offset or array.
    pub(crate) fn decode(file: &Content) -> Result<Part> {
        let name = &file.name;
        let mut arrays = mat::read(name, &file.bytes)?;
        let mut array = |wanted: &str| -> Result<Array> {
            let at = arrays.iter().position(|a| a.name == wanted);
            at.map(|at| arrays.swap_remove(at))
                .ok_or_else(|| Error::bad_data(format!("{name}: holds no array `{wanted}`")))
        };
        let (x, y) = (array("X")?, array("y")?);
        let n = match x.dims[..] {
            [SIDE, SIDE, 3, n] => n,
            // A trailing axis of one is not stored.
            [SIDE, SIDE, 3] => 1,
            _ => {
                return Err(Error::bad_data(format!(
                    "{name}: array `X` has size {:?}, but must have 32, 32, 3, N",
                    x.dims
                )));
            }
        };
        if n == 0 || y.values.len() != n {
            return Err(Error::bad_data(format!(
                "{name}: {n} images in `X`, {} labels in `y`",
                y.values.len()
            )));
        }
        if let Some(i) = y.values.iter().position(|l| usize::from(*l) > CLASSES) {
            return Err(Error::bad_data(format!(
                "{name}: label {} of image {i} is not from 1 to {CLASSES}",
                y.values[i]
            )));
        }
        Ok(Part {
            stored: x.values,
            labels: y.values.iter().map(|l| l % CLASSES as u8).collect(),
        })
    }

    pub(crate) fn append(&mut self, other: Part) {
        self.stored.extend(other.stored);
        self.labels.extend(other.labels);
    }

    /// Appends image `index`, which must be below the number of labels, to `to`: `[3, 32, 32]` row by row.
    pub(crate) fn push_image(&self, index: usize, to: &mut Vec<u8>) {
        let image = &self.stored[index * IMAGE..(index + 1) * IMAGE];
        for plane in image.chunks_exact(SIDE * SIDE) {
            for row in 0..SIDE {
                to.extend((0..SIDE).map(|col| plane[col * SIDE + row]));
            }
        }
    }
}
