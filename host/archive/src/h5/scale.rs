//! Dimension scales, as the HDF5 dimension scale specification lays them down.
//!
//! The bindings do not cover the C functions for them, but a scale is nothing but attributes: `CLASS` and
//! `NAME` on the scale, `DIMENSION_LIST` on each dataset it is attached to, and `REFERENCE_LIST` back.

use crate::error;
use hdf5::types::{FixedAscii, VarLenArray};
use hdf5::{Dataset, Datatype, Group, H5Type, Location, ObjectReference, ObjectReference1, from_id};
use hdf5_sys::h5t::{H5T_C_S1, H5T_str_t, H5Tcopy, H5Tset_size, H5Tset_strpad};
use ndarray::ArrayView1;
use neurotrain_plugin_api::Result;

/// The scales of each dimension, on a dataset that has some.
pub(super) const DIMENSION_LIST: &str = "DIMENSION_LIST";
/// The way back, on a scale.
pub(super) const REFERENCE_LIST: &str = "REFERENCE_LIST";

/// A dimension scale and what it was attached to so far.
pub(crate) struct Scale {
    dataset: Dataset,
    name: String,
    attached: Vec<Attachment>,
}

/// An element of `REFERENCE_LIST`; the names are those of the specification.
#[derive(Clone, Copy, H5Type)]
#[repr(C)]
pub(super) struct Attachment {
    pub(super) dataset: ObjectReference1,
    pub(super) dimension: u32,
}

/// Turns the one-dimensional `dataset` of `name` into a dimension scale.
pub(crate) fn make_scale(dataset: Dataset, name: &str) -> Result<Scale> {
    put_fixed_text::<16>(&dataset, "CLASS", "DIMENSION_SCALE")?;
    put_fixed_text::<64>(&dataset, "NAME", name)?;
    Ok(Scale {
        dataset,
        name: name.to_owned(),
        attached: Vec::new(),
    })
}

impl Scale {
    /// Attaches one scale per dimension to `group/name`.
    pub(crate) fn attach(scales: &mut [&mut Scale], group: &Group, name: &str) -> Result<()> {
        Self::try_attach(scales, group, name)
            .map_err(|e| error::building(&format!("the dimensions of `{name}`"), &e))
    }

    fn try_attach(scales: &mut [&mut Scale], group: &Group, name: &str) -> hdf5::Result<()> {
        let dataset = ObjectReference1::create(group, name)?;
        let mut list = Vec::with_capacity(scales.len());
        for (dimension, scale) in (0_u32..).zip(scales.iter_mut()) {
            list.push(VarLenArray::from_slice(&[ObjectReference1::create(
                group,
                &scale.name,
            )?]));
            scale.attached.push(Attachment { dataset, dimension });
        }
        let target = group.dataset(name)?;
        target
            .new_attr_builder()
            .with_data(ArrayView1::from(&list))
            .create(DIMENSION_LIST)
            .map(drop)
    }

    /// Writes the way back from the scale to its datasets.
    pub(crate) fn finish(self) -> Result<()> {
        if self.attached.is_empty() {
            return Ok(());
        }
        self.dataset
            .new_attr_builder()
            .with_data(ArrayView1::from(&self.attached))
            .create(REFERENCE_LIST)
            .map(drop)
            .map_err(|e| error::building(&format!("the references of `{}`", self.name), &e))
    }
}

/// Readers take a dataset for a scale only if its `CLASS` is a null-terminated string of fixed length.
fn put_fixed_text<const N: usize>(to: &Location, name: &str, value: &str) -> Result<()> {
    let put = || -> hdf5::Result<()> {
        let text = FixedAscii::<N>::from_ascii(value).map_err(|e| hdf5::Error::from(e.to_string()))?;
        let attribute = to.new_attr_builder().empty_as(null_terminated(N)?).create(name)?;
        attribute.write_scalar(&text)
    };
    put().map_err(|e| error::building(&format!("attribute `{name}`"), &e))
}

fn null_terminated(size: usize) -> hdf5::Result<Datatype> {
    let _lock = hdf5_sys::LOCK.lock();
    // SAFETY: `H5T_C_S1` is a type of the initialised library (a dataset is open); the copy is checked before
    // it is used, and its id passes into the owned handle.
    unsafe {
        let id = H5Tcopy(*H5T_C_S1);
        if id < 0 || H5Tset_size(id, size) < 0 || H5Tset_strpad(id, H5T_str_t::H5T_STR_NULLTERM) < 0 {
            return Err("cannot make a string type".into());
        }
        from_id::<Datatype>(id)
    }
}
