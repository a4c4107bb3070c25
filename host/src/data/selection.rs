//! The data sets that a command is about, and how they are opened.

use super::ask::ask;
use super::protocol::{Answer, Task, Work};
use crate::bench::{Settings, configure};
use crate::output::Console;
use crate::runtime::DataSearch;
use crate::supervisor::plugin_file;
use indicatif::{ProgressBar, ProgressStyle};
use neurotrain_discovery::{Found, Registry};
use neurotrain_plugin_api::{Error, Result};
use serde_json::{Map, Value, json};

/// A data set with what the user sets of it.
pub(super) struct Selected<'a> {
    pub(super) found: Found<'a>,
    pub(super) assigned: Vec<(String, Value)>,
}

/// A data set that was opened.
pub(super) struct Opened {
    pub(super) answer: Answer,
    /// The value of `source` that it took, where that is not the usual one.
    pub(super) source: Option<String>,
}

/// The data sets called `keys`, or all, without duplicates.
pub(super) fn select<'a>(
    registry: &'a Registry,
    keys: &[String],
    set: &[String],
) -> Result<Vec<Selected<'a>>> {
    let mut found = match keys {
        [] => registry.components("dataset"),
        keys => keys
            .iter()
            .map(|key| registry.component("dataset", key))
            .collect::<std::result::Result<_, _>>()?,
    };
    let mut seen = std::collections::HashSet::new();
    found.retain(|f| seen.insert(f.component.key.clone()));
    let assigned = Settings::parse(set, "dataset")?.dataset;
    Ok(found
        .into_iter()
        .map(|found| Selected {
            found,
            assigned: assigned.clone(),
        })
        .collect())
}

impl Selected<'_> {
    pub(super) fn key(&self) -> &str {
        &self.found.component.key
    }

    /// Opens the data set in a child. Where it is missing and `source` (the choice of several data sets between their
    /// full files and a part) was not set, its other values are tried.
    pub(super) fn open(
        &self,
        data: &DataSearch,
        work: &Work,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Opened> {
        let first = self.open_as(None, data, work, progress);
        let missing = first.as_ref().is_err_and(|e| e.code() == "missing-data");
        if !missing || self.assigned.iter().any(|(name, _)| name == "source") {
            return first;
        }
        let schema = self.found.component.params.iter().find(|p| p.name == "source");
        let others = schema
            .into_iter()
            .flat_map(|p| p.choices.iter().filter(|c| **c != p.default));
        for other in others {
            if let Ok(opened) = self.open_as(other.as_str(), data, work, progress) {
                return Ok(opened);
            }
        }
        first
    }

    fn open_as(
        &self,
        source: Option<&str>,
        data: &DataSearch,
        work: &Work,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Opened> {
        let mut assigned = self.assigned.clone();
        assigned.extend(source.map(|source| ("source".to_owned(), json!(source))));
        let config = configure(self.found.component, &[], &assigned)?;
        let config: Map<String, Value> = serde_json::from_str(&config.to_json())?;
        let task = Task {
            plugin: plugin_file(self.found.plugin)?,
            key: self.key().to_owned(),
            config,
            data: data.clone(),
            work: work.clone(),
        };
        Ok(Opened {
            answer: ask(&task, progress)?,
            source: source.map(str::to_owned),
        })
    }
}

/// A bar for samples that are decoded.
pub(super) fn sample_bar(console: &Console, key: &str) -> ProgressBar {
    let bar = console.bars().add(ProgressBar::new(0));
    if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {human_pos}/{human_len} samples") {
        bar.set_style(style);
    }
    bar.set_prefix(key.to_owned());
    bar
}

/// Shows progress on `bar`.
pub(super) fn advance(bar: &ProgressBar) -> impl FnMut(u64, u64) {
    let bar = bar.clone();
    move |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    }
}

/// The error for a data set that is not here, with how it can be got.
pub(super) fn advise(selected: &Selected<'_>, error: Error) -> Error {
    let component = selected.found.component;
    let fetchable = component.sources.iter().any(|s| s.manual.is_empty());
    match error.code() == "missing-data" && fetchable {
        true => {
            let hint = format!("`neurotrain data fetch {}`, or {}", component.key, error.hint());
            Error::new(error.code(), error.message()).with_hint(hint)
        }
        false => error,
    }
}
