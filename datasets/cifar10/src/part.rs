//! The decoded images of a split.

/// Colours, rows, columns.
pub(crate) const SHAPE: [usize; 3] = [3, 32, 32];
/// Bytes of an image: 1024 red, 1024 green, 1024 blue, row by row.
pub(crate) const IMAGE: usize = 3 * 32 * 32;
/// Number of classes.
pub(crate) const CLASSES: u8 = 10;
/// Images of an official file.
pub(crate) const BATCH: usize = 10_000;

/// Images and labels, in the order of the files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// `[N, 3, 32, 32]`.
    pub(crate) pixels: Vec<u8>,
    /// `[N]`.
    pub(crate) labels: Vec<u8>,
}

impl Part {
    pub(crate) fn append(&mut self, other: Part) {
        self.pixels.extend(other.pixels);
        self.labels.extend(other.labels);
    }
}
