//! Copying a run from one file into another.
//!
//! The library copies objects with their attributes, but not what object references point to: those of dimension
//! scales would lead nowhere, or back into the old file. They are read from the original and made again in the copy.

use super::group::{Member, walk};
use super::scale::{Attachment, DIMENSION_LIST, REFERENCE_LIST};
use crate::error;
use hdf5::types::VarLenArray;
use hdf5::{Dataset, File, Group, ObjectReference, ObjectReference1, ReferencedObject};
use ndarray::ArrayView1;
use neurotrain_plugin_api::Result;
use std::collections::BTreeMap;

/// Copies everything in `source` into the new group `name` of `target`.
pub(crate) fn copy_file(source: &File, target: &Group, name: &str) -> Result<()> {
    let copy = || -> hdf5::Result<()> {
        source.copy_to(target, name)?;
        attach_again(source, &target.group(name)?)
    };
    copy().map_err(|e| error::building(&format!("a copy of `{}`", source.filename()), &e))
}

/// Dataset, and its scales by dimension; paths are relative to the copied group.
type Attached = (String, Vec<Vec<String>>);

/// Makes again in `copy` what is attached in `source`.
pub(super) fn attach_again(source: &Group, copy: &Group) -> hdf5::Result<()> {
    let mut found: Vec<Attached> = Vec::new();
    walk(source, &mut |path, member| -> hdf5::Result<()> {
        if let Member::Dataset(dataset) = member
            && let Some(scales) = scales_of(dataset)?
        {
            found.push((path.to_owned(), scales));
        }
        Ok(())
    })?;
    let mut back: BTreeMap<&str, Vec<Attachment>> = BTreeMap::new();
    for (path, dimensions) in &found {
        let dataset = ObjectReference1::create(copy, path)?;
        let mut list = Vec::with_capacity(dimensions.len());
        for (dimension, scales) in (0_u32..).zip(dimensions) {
            let references = scales.iter().map(|scale| ObjectReference1::create(copy, scale));
            list.push(VarLenArray::from_slice(
                &references.collect::<hdf5::Result<Vec<_>>>()?,
            ));
            for scale in scales {
                back.entry(scale)
                    .or_default()
                    .push(Attachment { dataset, dimension });
            }
        }
        replace(&copy.dataset(path)?, DIMENSION_LIST, &list)?;
    }
    for (scale, attachments) in back {
        replace(&copy.dataset(scale)?, REFERENCE_LIST, &attachments)?;
    }
    Ok(())
}

fn replace<T: hdf5::H5Type>(dataset: &Dataset, name: &str, values: &[T]) -> hdf5::Result<()> {
    if dataset.attr_names()?.iter().any(|n| n == name) {
        dataset.delete_attr(name)?;
    }
    dataset
        .new_attr_builder()
        .with_data(ArrayView1::from(values))
        .create(name)
        .map(drop)
}

/// The scales of a dataset by dimension, as paths in its file.
fn scales_of(dataset: &Dataset) -> hdf5::Result<Option<Vec<Vec<String>>>> {
    if !dataset.attr_names()?.iter().any(|n| n == DIMENSION_LIST) {
        return Ok(None);
    }
    let lists = dataset
        .attr(DIMENSION_LIST)?
        .read_raw::<VarLenArray<ObjectReference1>>()?;
    let path_of = |reference: &ObjectReference1| match dataset.dereference(reference)? {
        ReferencedObject::Dataset(scale) => Ok(scale.name().trim_start_matches('/').to_owned()),
        _ => Err(format!("a dimension of `{}` is no dataset", dataset.name()).into()),
    };
    lists
        .iter()
        .map(|list| list.iter().map(path_of).collect())
        .collect::<hdf5::Result<_>>()
        .map(Some)
}
