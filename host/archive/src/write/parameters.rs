//! All weights and arrays of the rule: `/parameters`.

use crate::h5::{create_group, label_dimensions, put_array, put_attribute, put_text_attribute};
use crate::names::LinkNames;
use crate::parameter::{Parameter, ParameterData};
use hdf5::File;
use neurotrain_plugin_api::Result;
use std::collections::BTreeMap;

/// Where each parameter is in the file, by name.
pub(crate) type Links = BTreeMap<String, String>;

/// Writes the parameters in their order.
pub(crate) fn write_parameters(file: &File, parameters: &[Parameter<'_>]) -> Result<Links> {
    let group = create_group(file, "parameters")?;
    put_text_attribute(
        &group,
        "description",
        "all weights of the network and arrays of the rule",
    )?;
    let mut names = LinkNames::default();
    let mut links = Links::new();
    for parameter in parameters {
        let link = names.link(&parameter.name);
        let dataset = match &parameter.data {
            ParameterData::F32(values) => put_array(&group, &link, &parameter.shape, values)?,
            ParameterData::F64(values) => put_array(&group, &link, &parameter.shape, values)?,
        };
        // What the dimensions of a rule's own arrays mean is the rule's affair.
        if !parameter.flags.own {
            label_dimensions(&dataset, dimension_labels(parameter.shape.len()))?;
        }
        put_text_attribute(&dataset, "name", &parameter.name)?;
        put_text_attribute(&dataset, "units", "1")?;
        put_attribute(&dataset, "trainable", &parameter.flags.trainable)?;
        put_attribute(&dataset, "trained", &parameter.flags.trained)?;
        put_attribute(&dataset, "own", &parameter.flags.own)?;
        put_attribute(&dataset, "fixed", &parameter.flags.fixed)?;
        links.insert(parameter.name.clone(), format!("/parameters/{link}"));
    }
    Ok(links)
}

/// The usual order of weights: output first.
fn dimension_labels(rank: usize) -> &'static [&'static str] {
    match rank {
        1 => &["out"],
        2 => &["out", "in"],
        4 => &["out", "in", "kh", "kw"],
        _ => &[],
    }
}
