//! Weights and arrays of the rule: `/parameters`.

use crate::h5::{attribute, members, text_attribute};
use crate::parameter::{DataType, Parameter, ParameterData, ParameterFlags, ParameterInfo};
use hdf5::types::{FloatSize, TypeDescriptor};
use hdf5::{Dataset, Group};

/// Reads everything but the values, in the order in which they were written.
pub(crate) fn read_infos(run: &Group) -> hdf5::Result<Vec<ParameterInfo>> {
    let group = run.group("parameters")?;
    members(&group)?
        .iter()
        .map(|link| read_info(&group.dataset(link)?))
        .collect()
}

/// Reads the values of `infos`, which came from the same file.
pub(crate) fn read_values(run: &Group, infos: &[ParameterInfo]) -> hdf5::Result<Vec<Parameter<'static>>> {
    let group = run.group("parameters")?;
    let links = members(&group)?;
    if links.len() != infos.len() {
        return Err("the file was changed since it was opened".into());
    }
    let read = |(link, info): (&String, &ParameterInfo)| -> hdf5::Result<Parameter<'static>> {
        let dataset = group.dataset(link)?;
        let data = match info.dtype {
            DataType::F32 => ParameterData::F32(dataset.read_raw::<f32>()?.into()),
            DataType::F64 => ParameterData::F64(dataset.read_raw::<f64>()?.into()),
        };
        Ok(Parameter {
            name: info.name.clone(),
            shape: info.shape.clone(),
            data,
            flags: info.flags,
        })
    };
    links.iter().zip(infos).map(read).collect()
}

fn read_info(dataset: &Dataset) -> hdf5::Result<ParameterInfo> {
    let dtype = match dataset.dtype()?.to_descriptor()? {
        TypeDescriptor::Float(FloatSize::U4) => DataType::F32,
        TypeDescriptor::Float(FloatSize::U8) => DataType::F64,
        other => return Err(format!("`{}` holds {other} instead of f32 or f64", dataset.name()).into()),
    };
    Ok(ParameterInfo {
        name: text_attribute(dataset, "name")?,
        shape: dataset.shape(),
        dtype,
        flags: ParameterFlags {
            trainable: attribute(dataset, "trainable")?,
            trained: attribute(dataset, "trained")?,
            own: attribute(dataset, "own")?,
            fixed: attribute(dataset, "fixed")?,
        },
    })
}
