//! The parent's side: finds cases and plugins, starts a child per case, and sums up.

use super::GoldenArgs;
use super::case::{Case, SideCar};
use super::replay::{Outcome, Part, Task, replay};
use super::report::describe;
use super::verdict::Row;
use crate::output::Console;
use crate::process::{Launch, describe_exit, end_with_parent, inherited_channel};
use anyhow::{Context, Result, bail};
use neurotrain_discovery::Registry;
use neurotrain_plugin_api::{Component, ParamSchema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;

/// What a child sends: once, at the end.
#[derive(Debug, Serialize, Deserialize)]
enum Message {
    Done(Outcome),
    Failed(String),
}

/// Replays the cases of a folder. Returns whether none failed.
///
/// # Errors
/// A folder that cannot be read or holds no case; plugins that cannot be searched; a value set for no trainer.
pub fn run(args: &GoldenArgs, console: &Console) -> Result<bool> {
    let registry = args.search.scan()?;
    known_somewhere(&registry, args)?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for side_car in Case::list(&args.folder)? {
        let stem = side_car
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if args
            .only
            .as_ref()
            .is_some_and(|only| !stem.contains(only.as_str()))
        {
            continue;
        }
        match task(&registry, args, &side_car) {
            Err(e) => {
                failed += 1;
                console.print(&format!("FAIL {stem}\n       {e:#}"));
            }
            Ok(Err(reason)) => {
                skipped += 1;
                console.print(&format!("skip {stem}: {reason}"));
            }
            Ok(Ok(task)) => match in_child(&task) {
                Ok(Outcome {
                    refused: Some(reason),
                    ..
                }) => {
                    skipped += 1;
                    console.print(&format!("skip {stem}: {reason}"));
                }
                Ok(outcome) => {
                    if outcome.rows.iter().any(Row::fails) || outcome.rows.is_empty() {
                        failed += 1;
                    } else {
                        passed += 1;
                    }
                    console.print(describe(&stem, &outcome.rows, args.verbose).trim_end());
                    if args.verbose && !outcome.ignored.is_empty() {
                        console.print(&format!(
                            "       keys without meaning here: {}",
                            outcome.ignored.join(", ")
                        ));
                    }
                }
                Err(e) => {
                    failed += 1;
                    console.print(&format!("FAIL {stem}\n       {e:#}"));
                }
            },
        }
    }
    console.print(&format!("{passed} passed, {failed} failed, {skipped} skipped"));
    Ok(failed == 0)
}

/// The child's entry: replays the task of the given file and sends the outcome.
pub fn child(task: &Path) -> Result<()> {
    end_with_parent();
    let Some((sender, _)) = inherited_channel::<Message, ()>()? else {
        bail!("this command is started by `neurotrain golden`, not by hand");
    };
    let text = std::fs::read_to_string(task).with_context(|| format!("cannot read {}", task.display()))?;
    let task: Task = serde_json::from_str(&text)?;
    let message = match replay(&task) {
        Ok(outcome) => Message::Done(outcome),
        Err(e) => Message::Failed(format!("{e:#}")),
    };
    Ok(sender.send(&message)?)
}

/// What a child needs, or why there is nothing to replay.
fn task(registry: &Registry, args: &GoldenArgs, side_car: &Path) -> Result<Result<Task, String>> {
    let text =
        std::fs::read_to_string(side_car).with_context(|| format!("cannot read {}", side_car.display()))?;
    let info: SideCar = serde_json::from_str(&text)
        .with_context(|| format!("{} is no side-car of a golden case", side_car.display()))?;
    let Some(model) = part(registry, "model", &info.model) else {
        return Ok(Err(format!("model `{}` is not installed", info.model)));
    };
    let trainer = match &info.trainer {
        None => None,
        Some(key) => match part(registry, "trainer", key) {
            Some(part) => Some(part),
            None => return Ok(Err(format!("trainer `{key}` is not installed"))),
        },
    };
    let set = set_values(args, trainer.as_ref().map(|part| &part.component))?;
    if set.is_empty() && !args.set.is_empty() {
        let keys: Vec<&str> = args.set.iter().map(|(key, _)| key.as_str()).collect();
        let who = if trainer.is_some() {
            "its trainer"
        } else {
            "a case without a trainer"
        };
        return Ok(Err(format!("{who} has no parameter `{}`", keys.join("`, `"))));
    }
    let side_car = side_car.to_owned();
    Ok(Ok(Task {
        side_car,
        model,
        trainer,
        set,
        double: args.double,
        dense: args.dense,
    }))
}

/// The values of `--set` that `trainer` has a parameter for.
fn set_values(args: &GoldenArgs, trainer: Option<&Component>) -> Result<Map<String, Value>> {
    let mut values = Map::new();
    for (key, value) in &args.set {
        if let Some((trainer, schema)) = trainer.and_then(|t| Some((t, parameter(t, key)?))) {
            schema
                .check(value)
                .with_context(|| format!("--set {key} of `{}`", trainer.key))?;
            values.insert(key.clone(), value.clone());
        }
    }
    Ok(values)
}

/// Every key of `--set` must be a parameter of some trainer, or nothing would be tested with it.
fn known_somewhere(registry: &Registry, args: &GoldenArgs) -> Result<()> {
    let trainers = registry.components("trainer");
    for (key, _) in &args.set {
        if !trainers
            .iter()
            .any(|found| parameter(found.component, key).is_some())
        {
            let installed: Vec<&str> = trainers
                .iter()
                .map(|found| found.component.key.as_str())
                .collect();
            bail!(
                "--set {key}: no installed trainer has a parameter `{key}` ({}); `neurotrain plugins show trainer` shows what one has",
                installed.join(", ")
            );
        }
    }
    Ok(())
}

fn parameter<'a>(component: &'a Component, key: &str) -> Option<&'a ParamSchema> {
    component.params.iter().find(|p| p.name == key)
}

fn part(registry: &Registry, kind: &str, key: &str) -> Option<Part> {
    let found = registry.component(kind, key).ok()?;
    Some(Part {
        path: found.plugin.path.clone(),
        component: found.component.clone(),
    })
}

fn in_child(task: &Task) -> Result<Outcome> {
    let mut file = tempfile::NamedTempFile::new()?;
    serde_json::to_writer(&mut file, task)?;
    let launch = Launch {
        verb: "__golden",
        args: vec![file.path().into()],
        threads: 1,
        output: None,
        log_filter: "warn".to_owned(),
    };
    let (child, _sender, mut receiver) = launch.start::<(), Message>()?;
    let message = receiver.next();
    let status = child.wait()?;
    match message {
        Some(Message::Done(outcome)) => Ok(outcome),
        Some(Message::Failed(reason)) => bail!("{reason}"),
        None => bail!(
            "the replay ended with {} before it had a result",
            describe_exit(status)
        ),
    }
}
