//! Reading every dataset and attribute of a file, so that the library looks at every byte it has a checksum for.

use crate::h5::{Member, walk};
use hdf5::types::{FloatSize, TypeDescriptor, VarLenArray, VarLenUnicode};
use hdf5::{Dataset, Group, H5Type, Location, ObjectReference1};

/// Deflate never shrinks by more than this.
const LARGEST_RATIO: u64 = 1032;

/// Reads everything below `group`, of a file of `bytes`.
///
/// # Errors
/// The first object that cannot be read, with its path.
pub(super) fn read_everything(group: &Group, bytes: u64) -> Result<(), String> {
    attributes("/", group)?;
    let mut unreadable = None;
    let walked = walk(group, &mut |path, member| -> hdf5::Result<()> {
        let read = match member {
            Member::Group(group) => attributes(path, group),
            Member::Dataset(dataset) => attributes(path, dataset).and_then(|()| values(path, dataset, bytes)),
        };
        // The first is enough.
        read.map_err(|reason| {
            unreadable = Some(reason.clone());
            hdf5::Error::from(reason)
        })
    });
    walked.map_err(|e| unreadable.unwrap_or_else(|| e.to_string()))
}

fn attributes(path: &str, of: &Location) -> Result<(), String> {
    let read = || -> hdf5::Result<()> {
        for name in of.attr_names()? {
            let attribute = of.attr(&name)?;
            match attribute.dtype()?.to_descriptor() {
                Ok(TypeDescriptor::VarLenUnicode) => drop(attribute.read_raw::<VarLenUnicode>()?),
                Ok(TypeDescriptor::Unsigned(_)) => drop(attribute.read_raw::<u64>()?),
                Ok(TypeDescriptor::Float(_)) => drop(attribute.read_raw::<f64>()?),
                Ok(TypeDescriptor::Boolean) => drop(attribute.read_raw::<bool>()?),
                Ok(TypeDescriptor::VarLenArray(_)) => {
                    drop(attribute.read_raw::<VarLenArray<ObjectReference1>>()?);
                }
                // Names and references of dimension scales, which lie in the object's header and share its checksum.
                _ => {}
            }
        }
        Ok(())
    };
    read().map_err(|e| format!("an attribute of {}", blame(path, &e)))
}

fn values(path: &str, dataset: &Dataset, bytes: u64) -> Result<(), String> {
    let descriptor = dataset
        .dtype()
        .and_then(|t| t.to_descriptor())
        .map_err(|e| blame(path, &e))?;
    let values = dataset
        .shape()
        .iter()
        .try_fold(1_u64, |n, d| n.checked_mul(*d as u64));
    let size = values.and_then(|n| n.checked_mul(descriptor.size() as u64));
    if size.is_none_or(|size| size / LARGEST_RATIO > bytes) {
        return Err(format!("`{path}` claims to be larger than the file"));
    }
    let read = match &descriptor {
        TypeDescriptor::Float(FloatSize::U4) => read::<f32>(dataset),
        TypeDescriptor::Float(_) => read::<f64>(dataset),
        TypeDescriptor::Integer(_) => read::<i64>(dataset),
        TypeDescriptor::Unsigned(_) => read::<u64>(dataset),
        TypeDescriptor::Boolean => read::<bool>(dataset),
        TypeDescriptor::VarLenUnicode => read::<VarLenUnicode>(dataset),
        // Of a newer layout; what this program knows does not need it.
        _ => Ok(()),
    };
    read.map_err(|e| blame(path, &e))
}

fn read<T: H5Type>(dataset: &Dataset) -> hdf5::Result<()> {
    dataset.read_raw::<T>().map(drop)
}

fn blame(path: &str, cause: &hdf5::Error) -> String {
    format!("`{path}` cannot be read: {cause}")
}
