//! Datasets.

use super::attribute::unicode;
use super::put_texts_attribute;
use crate::error;
use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, Group, H5Type};
use ndarray::{ArrayView, IxDyn};
use neurotrain_plugin_api::Result;

/// Arrays below this size are stored plainly: a chunk index and a filter would cost more than they save.
const COMPRESS_FROM_BYTES: usize = 64 << 10;
/// Chunks stay far below the limit of 4 GiB, and small enough to be inflated in one piece.
const LARGEST_CHUNK_BYTES: usize = 64 << 20;
/// The level at which float weights stop shrinking.
const DEFLATE_LEVEL: u8 = 4;

/// Adds an array in row-major order; large ones are shuffled and deflated, usually as one chunk.
pub(crate) fn put_array<T: H5Type>(to: &Group, name: &str, shape: &[usize], values: &[T]) -> Result<Dataset> {
    let view = ArrayView::from_shape(IxDyn(shape), values).map_err(|e| {
        error::invalid(format!(
            "`{name}` of shape {shape:?} has {} values: {e}",
            values.len()
        ))
    })?;
    let mut builder = to.new_dataset_builder().obj_track_times(false).with_data(view);
    if std::mem::size_of_val(values) >= COMPRESS_FROM_BYTES {
        builder = builder
            .chunk(chunk(shape, size_of::<T>()))
            .shuffle()
            .deflate(DEFLATE_LEVEL);
    }
    builder
        .create(name)
        .map_err(|e| error::building(&format!("dataset `{name}`"), &e))
}

/// Adds a single value.
pub(crate) fn put_scalar<T: H5Type>(to: &Group, name: &str, value: &T) -> Result<Dataset> {
    let create = || {
        let dataset = to.new_dataset::<T>().obj_track_times(false).create(name)?;
        dataset.write_scalar(value).map(|()| dataset)
    };
    create().map_err(|e| error::building(&format!("dataset `{name}`"), &e))
}

/// Adds a text.
pub(crate) fn put_text(to: &Group, name: &str, value: &str) -> Result<Dataset> {
    put_scalar(to, name, &unicode(name, value)?)
}

/// Adds an array of texts.
pub(crate) fn put_texts<S: AsRef<str>>(
    to: &Group,
    name: &str,
    shape: &[usize],
    values: &[S],
) -> Result<Dataset> {
    let values = values
        .iter()
        .map(|v| unicode(name, v.as_ref()))
        .collect::<Result<Vec<_>>>()?;
    let view = ArrayView::from_shape(IxDyn(shape), &values).map_err(|e| {
        error::invalid(format!(
            "`{name}` of shape {shape:?} has {} values: {e}",
            values.len()
        ))
    })?;
    to.new_dataset_builder()
        .obj_track_times(false)
        .with_data(view)
        .create(name)
        .map_err(|e| error::building(&format!("dataset `{name}`"), &e))
}

/// Reads a text.
pub(crate) fn text(group: &Group, name: &str) -> hdf5::Result<String> {
    group
        .dataset(name)?
        .read_scalar::<VarLenUnicode>()
        .map(|v| v.as_str().to_owned())
}

/// Reads an array of texts.
pub(crate) fn texts(group: &Group, name: &str) -> hdf5::Result<Vec<String>> {
    let values = group.dataset(name)?.read_raw::<VarLenUnicode>()?;
    Ok(values.iter().map(|v| v.as_str().to_owned()).collect())
}

/// Names the dimensions of `dataset` as `H5DSset_label` does; shown by h5py as `dims[i].label`.
pub(crate) fn label_dimensions(dataset: &Dataset, labels: &[&str]) -> Result<()> {
    if labels.is_empty() {
        Ok(())
    } else {
        put_texts_attribute(dataset, "DIMENSION_LABELS", labels)
    }
}

/// The largest block of whole rows within the limit; a single row beyond it is cut as well.
fn chunk(shape: &[usize], item: usize) -> Vec<usize> {
    let mut chunk = shape.to_vec();
    for axis in 0..chunk.len() {
        let rest: usize = chunk[axis + 1..].iter().product::<usize>() * item;
        chunk[axis] = chunk[axis].min((LARGEST_CHUNK_BYTES / rest.max(1)).max(1));
        if chunk[axis] > 1 {
            break;
        }
    }
    chunk
}

#[cfg(test)]
mod tests {
    use super::chunk;

    #[test]
    fn a_tensor_is_one_chunk_until_it_is_too_large() {
        assert_eq!(chunk(&[256, 784], 4), [256, 784]);
        assert_eq!(chunk(&[2048, 32768], 4), [512, 32768]);
        assert_eq!(chunk(&[3, 100 << 20], 4), [1, 16 << 20]);
        assert_eq!(chunk(&[1, 200 << 20], 4), [1, 16 << 20]);
    }
}
