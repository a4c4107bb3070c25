//! Opening a plugin and calling what can be called without an engine.

use crate::mock::{Host, Network};
use abi_stable::std_types::{RResult, RSlice, RStr};
use neurotrain_discovery::{OpenPlugin, open_module};
use neurotrain_plugin_api::abi::{API_MINOR, RawResult, RawTrainerBox};
use neurotrain_plugin_api::{Component, Config, Error, Graph};
use serde_json::{Value, json};
use std::path::Path;

/// Opens `file` and creates, checks and calls each of its components; the answer says what each call gave.
pub(crate) fn exercise(file: &Path) -> Result<Value, Box<dyn std::error::Error>> {
    let plugin = open_module(file)?;
    let host = Host::default();
    let mut answer = json!({
        "host_minor": API_MINOR,
        "plugin_minor": plugin.descriptor.api_built,
        "changelog": changelog(&plugin),
    });
    for component in &plugin.manifest.components {
        let result = match component.kind.as_str() {
            "trainer" => trainer(&plugin, component, &host)?,
            "model" => model(&plugin, component, &host)?,
            _ => Value::Null,
        };
        answer[&component.key] = result;
    }
    answer["log"] = json!(host.logged());
    Ok(answer)
}

fn trainer(
    plugin: &OpenPlugin,
    component: &Component,
    host: &Host,
) -> Result<Value, Box<dyn std::error::Error>> {
    let config = Config::defaults(&component.params).to_json();
    let key = RStr::from_str(&component.key);
    let check = |layers: usize| -> Result<(), Error> {
        let network = serde_json::to_string(&Network { layers }.info())?;
        plain(plugin.module.check_trainer()(
            key,
            RStr::from_str(&config),
            RStr::from_str(&network),
        ))
    };
    let mut created = plain(plugin.module.create_trainer()(
        key,
        RStr::from_str(&config),
        Network { layers: 1 }.handle(),
        host.handle(),
    ))?;
    plain(created.begin_training())?;
    plain(created.begin_epoch(0))?;
    let scalars = plain(created.end_epoch(4))?;
    let state = plain(created.save())?;
    plain(created.load(state))?;
    plain(created.end_training())?;
    Ok(json!({
        "check_one_layer": check(1).err().map(|error| error.to_string()),
        "check_two_layers": check(2).err().map(|error| error.to_string()),
        "seen": scalars.real("scalar.seen").ok(),
        "remarks": remarks(&mut created),
    }))
}

fn model(
    plugin: &OpenPlugin,
    component: &Component,
    host: &Host,
) -> Result<Value, Box<dyn std::error::Error>> {
    let family = plain(plugin.module.create_model()(
        RStr::from_str(&component.key),
        host.handle(),
    ))?;
    let graph = plain(family.build(RStr::from_str("{}"), RSlice::from_slice(&[2, 3]), 4))?;
    let graph: Graph = serde_json::from_str(&graph)?;
    Ok(json!({ "nodes": graph.nodes.len(), "weight": graph.params.first().map(|param| &param.shape) }))
}

// Both are appended by the next minor version: an older plugin has neither.
#[cfg(feature = "next-minor")]
fn changelog(plugin: &OpenPlugin) -> Option<String> {
    plugin.module.changelog().map(|changelog| changelog().into())
}

#[cfg(not(feature = "next-minor"))]
fn changelog(_: &OpenPlugin) -> Option<String> {
    None
}

#[cfg(feature = "next-minor")]
fn remarks(trainer: &mut RawTrainerBox) -> Option<String> {
    trainer.remarks().into_result().ok().map(Into::into)
}

#[cfg(not(feature = "next-minor"))]
fn remarks(_: &mut RawTrainerBox) -> Option<String> {
    None
}

fn plain<T>(result: RawResult<T>) -> Result<T, Error> {
    match result {
        RResult::ROk(value) => Ok(value),
        RResult::RErr(error) => Err(error.into()),
    }
}
