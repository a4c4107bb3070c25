//! Finding a component by its key.

use super::entry::PluginEntry;
use super::scan::Registry;
use neurotrain_plugin_api::{Component, Error};
use std::collections::HashSet;

/// A component and the plugin that offers it.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The plugin.
    pub plugin: &'a PluginEntry,
    /// The component.
    pub component: &'a Component,
}

/// There is no such component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {noun} `{key}`", noun = noun(kind))]
pub struct LookupError {
    /// Kind that was asked for.
    pub kind: String,
    /// Key that was asked for.
    pub key: String,
    /// What to do now: the nearest key, why a plugin that has it cannot be used, or what there is.
    pub hint: String,
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        Error::new("unknown-key", error.to_string()).with_hint(error.hint)
    }
}

impl Registry {
    /// The component of `kind` (`trainer`, `model`, `dataset`) called `key`.
    ///
    /// # Errors
    /// There is none, with the nearest key or the reason why a plugin that has it cannot be used.
    pub fn component(&self, kind: &str, key: &str) -> Result<Found<'_>, LookupError> {
        self.all()
            .find(|found| found.component.kind == kind && found.component.key == key)
            .ok_or_else(|| LookupError {
                kind: kind.to_owned(),
                key: key.to_owned(),
                hint: self.hint(kind, key),
            })
    }

    /// All components of `kind`, without those that are shadowed, in the order of the search path.
    pub fn components(&self, kind: &str) -> Vec<Found<'_>> {
        let mut seen = HashSet::new();
        self.all()
            .filter(|found| found.component.kind == kind && seen.insert(found.component.key.as_str()))
            .collect()
    }

    /// Every component called `key`, of whatever kind, without those that are shadowed.
    pub fn components_called(&self, key: &str) -> Vec<Found<'_>> {
        let mut seen = HashSet::new();
        self.all()
            .filter(|found| found.component.key == key && seen.insert(found.component.kind.as_str()))
            .collect()
    }

    fn all(&self) -> impl Iterator<Item = Found<'_>> {
        self.plugins
            .iter()
            .filter(|plugin| plugin.is_ok())
            .flat_map(|plugin| {
                let components = plugin.manifest.iter().flat_map(|manifest| &manifest.components);
                components.map(move |component| Found { plugin, component })
            })
    }

    /// What to do about an unknown key.
    pub(crate) fn hint(&self, kind: &str, key: &str) -> String {
        let offers = |plugin: &&PluginEntry| {
            let keys = plugin.identity.iter().flat_map(|identity| &identity.keys);
            keys.into_iter()
                .any(|offered| offered.key == key && (kind.is_empty() || offered.kind == kind))
        };
        if let Some(plugin) = self.plugins.iter().filter(|plugin| !plugin.is_ok()).find(offers)
            && let Some(refusal) = plugin.status.refusal()
        {
            return format!("a file has it, but cannot be used: {refusal}");
        }
        if let Some(other) = self.components_called(key).first() {
            return format!("`{key}` is a {}", noun(&other.component.kind));
        }
        let known: Vec<&str> = self
            .all()
            .filter(|found| kind.is_empty() || found.component.kind == kind)
            .map(|found| found.component.key.as_str())
            .collect();
        if let Some(near) = nearest(key, known.iter().copied()) {
            return format!("did you mean `{near}`?");
        }
        if known.is_empty() {
            let what = if kind.is_empty() { "plugin" } else { noun(kind) };
            return format!(
                "no {what} is installed; `neurotrain plugins doctor` shows where plugins are looked for"
            );
        }
        let mut known: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
        known.sort();
        known.dedup();
        format!("there are {}", known.join(", "))
    }
}

/// The kind of a component as a noun.
pub(crate) fn noun(kind: &str) -> &str {
    match kind {
        "dataset" => "data set",
        "" => "component",
        other => other,
    }
}

/// The candidate that `word` was probably meant to be: few letters differ, whatever their case.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let tolerated = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= tolerated)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["bptt", "eprop", "ottt", "MNIST", "esd_rtrl"];
        for (word, wanted) in [
            ("bptt", Some("bptt")),
            ("bpt", Some("bptt")),
            ("mnist", Some("MNIST")),
            ("esd-rtrl", Some("esd_rtrl")),
            ("e-prop", Some("eprop")),
            ("decolle", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), wanted, "{word}");
        }
    }
}
