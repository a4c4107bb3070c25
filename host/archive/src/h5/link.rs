//! A run in another file without its large arrays, to which external links lead.
//!
//! Only arrays are links, each in a group that is here: Python's netCDF readers look for dimensions by paths in the file
//! that was opened, and so find none in a group that lies in another file.

use super::copy::attach_again;
use super::group::{Member, new_group, walk};
use super::scale::DIMENSION_LIST;
use crate::error;
use hdf5::types::{TypeDescriptor, VarLenUnicode};
use hdf5::{Dataset, File, Group, H5Type};
use neurotrain_plugin_api::Result;

/// Arrays from this size on are links; a link and what it takes to follow it would cost more than a smaller one.
const LINK_FROM_BYTES: u64 = 4096;

/// Makes the new group `name` of `target` from `source`, whose path as seen from the file of `target` is `way`.
pub(crate) fn link_file(source: &File, target: &Group, name: &str, way: &str) -> Result<()> {
    let make = || -> hdf5::Result<()> {
        let copy = new_group(target, name)?;
        copy_attributes(source, &copy)?;
        walk(source, &mut |path, member| -> hdf5::Result<()> {
            match member {
                Member::Group(group) => copy_attributes(group, &new_group(&copy, path)?),
                Member::Dataset(dataset) => put(dataset, &copy, path, way),
            }
        })?;
        attach_again(source, &copy)
    };
    make().map_err(|e| error::building(&format!("links to `{}`", source.filename()), &e))
}

fn put(dataset: &Dataset, copy: &Group, path: &str, way: &str) -> hdf5::Result<()> {
    let has_scales = dataset
        .attr_names()?
        .iter()
        .any(|n| n == DIMENSION_LIST || n == "CLASS");
    if has_scales || dataset.storage_size() < LINK_FROM_BYTES {
        dataset.copy_to(copy, path)
    } else {
        copy.link_external(way, &format!("/{path}"), path)
    }
}

fn copy_attributes(source: &Group, copy: &Group) -> hdf5::Result<()> {
    for name in source.attr_names()? {
        match source.attr(&name)?.dtype()?.to_descriptor()? {
            TypeDescriptor::VarLenUnicode => copy_attribute::<VarLenUnicode>(source, copy, &name)?,
            TypeDescriptor::Unsigned(_) => copy_attribute::<u64>(source, copy, &name)?,
            TypeDescriptor::Integer(_) => copy_attribute::<i64>(source, copy, &name)?,
            TypeDescriptor::Float(_) => copy_attribute::<f64>(source, copy, &name)?,
            TypeDescriptor::Boolean => copy_attribute::<bool>(source, copy, &name)?,
            other => return Err(format!("attribute `{name}` holds {other}, which cannot be copied").into()),
        }
    }
    Ok(())
}

fn copy_attribute<T: H5Type>(source: &Group, copy: &Group, name: &str) -> hdf5::Result<()> {
    let attribute = source.attr(name)?;
    let values = attribute.read_dyn::<T>()?;
    let new = copy.new_attr::<T>().shape(attribute.shape()).create(name)?;
    new.write(&values)
}
