//! The child's side: measures one rule on several networks.

use super::credit::credit;
use super::forms::forms;
use super::growth::growth;
use super::measured::{Measured, Message, Part, Task};
use super::stage::Setup;
use crate::process::{end_with_parent, inherited_channel};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// Answers the task of a file.
pub(crate) fn child(task: &Path) -> Result<()> {
    end_with_parent();
    let Some((sender, _)) = inherited_channel::<Message, ()>()? else {
        bail!("this command is started by `neurotrain taxonomy`, not by hand");
    };
    let text = std::fs::read_to_string(task).with_context(|| format!("cannot read {}", task.display()))?;
    let task: Task = serde_json::from_str(&text)?;
    for model in &task.models {
        let key = &model.component.key;
        sender.send(&Message::Entering(key.clone()))?;
        sender.send(&match measure(&task.rule, model) {
            Ok(measured) => Message::Done(Box::new(measured)),
            Err(e) => Message::Failed(format!("{key}: {e}")),
        })?;
    }
    Ok(sender.send(&Message::End)?)
}

fn measure(rule: &Part, model: &Part) -> neurotrain_plugin_api::Result<Measured> {
    let setup = Setup::find(rule, model)?;
    let layers = setup.stage("f64")?.network.info().layers.len();
    Ok(Measured {
        model: model.component.key.clone(),
        hidden_layers: layers.saturating_sub(1),
        growth: growth(&setup)?,
        forms: forms(&setup)?,
        credit: credit(&setup)?,
    })
}
