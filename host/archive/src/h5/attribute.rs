//! Attributes.

use crate::error;
use hdf5::types::VarLenUnicode;
use hdf5::{H5Type, Location};
use ndarray::ArrayView1;
use neurotrain_plugin_api::Result;

/// Adds a scalar attribute.
pub(crate) fn put_attribute<T: H5Type>(to: &Location, name: &str, value: &T) -> Result<()> {
    to.new_attr::<T>()
        .create(name)
        .and_then(|a| a.write_scalar(value))
        .map_err(|e| error::building(&format!("attribute `{name}`"), &e))
}

/// Adds a text attribute, UTF-8 of variable length.
pub(crate) fn put_text_attribute(to: &Location, name: &str, value: &str) -> Result<()> {
    put_attribute(to, name, &unicode(name, value)?)
}

/// Adds a list of texts.
pub(crate) fn put_texts_attribute<S: AsRef<str>>(to: &Location, name: &str, values: &[S]) -> Result<()> {
    let values = values
        .iter()
        .map(|v| unicode(name, v.as_ref()))
        .collect::<Result<Vec<_>>>()?;
    to.new_attr_builder()
        .with_data(ArrayView1::from(&values))
        .create(name)
        .map(drop)
        .map_err(|e| error::building(&format!("attribute `{name}`"), &e))
}

/// Reads a scalar attribute.
pub(crate) fn attribute<T: H5Type>(of: &Location, name: &str) -> hdf5::Result<T> {
    of.attr(name)?.read_scalar()
}

/// Reads a scalar attribute that may be absent.
pub(crate) fn optional_attribute<T: H5Type>(of: &Location, name: &str) -> hdf5::Result<Option<T>> {
    if has(of, name)? {
        attribute(of, name).map(Some)
    } else {
        Ok(None)
    }
}

/// Reads a text attribute.
pub(crate) fn text_attribute(of: &Location, name: &str) -> hdf5::Result<String> {
    attribute::<VarLenUnicode>(of, name).map(|v| v.as_str().to_owned())
}

/// Reads a text attribute that may be absent.
pub(crate) fn optional_text_attribute(of: &Location, name: &str) -> hdf5::Result<Option<String>> {
    if has(of, name)? {
        text_attribute(of, name).map(Some)
    } else {
        Ok(None)
    }
}

/// Reads a list of texts.
pub(crate) fn texts_attribute(of: &Location, name: &str) -> hdf5::Result<Vec<String>> {
    let values = of.attr(name)?.read_raw::<VarLenUnicode>()?;
    Ok(values.iter().map(|v| v.as_str().to_owned()).collect())
}

/// As HDF5 stores text.
pub(super) fn unicode(name: &str, value: &str) -> Result<VarLenUnicode> {
    value
        .parse()
        .map_err(|_| error::invalid(format!("the text of `{name}` contains a NUL character")))
}

fn has(of: &Location, name: &str) -> hdf5::Result<bool> {
    Ok(of.attr_names()?.iter().any(|n| n == name))
}
