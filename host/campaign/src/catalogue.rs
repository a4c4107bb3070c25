//! The installed components by kind and key.

use crate::problem::Problem;
use crate::{Origin, suggest};
use neurotrain_plugin_api::Component;

/// What a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Trainer,
    Model,
    Dataset,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::Trainer, Kind::Model, Kind::Dataset];

    /// `trainer`, as in addresses and manifests.
    pub(crate) fn singular(self) -> &'static str {
        match self {
            Kind::Trainer => "trainer",
            Kind::Model => "model",
            Kind::Dataset => "dataset",
        }
    }

    /// `trainers`, as in campaign files.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Kind::Trainer => "trainers",
            Kind::Model => "models",
            Kind::Dataset => "datasets",
        }
    }

    /// As in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Kind::Dataset => "data set",
            other => other.singular(),
        }
    }

    pub(crate) fn from_singular(word: &str) -> Option<Self> {
        Kind::ALL.into_iter().find(|kind| kind.singular() == word)
    }

    pub(crate) fn from_plural(word: &str) -> Option<Self> {
        Kind::ALL.into_iter().find(|kind| kind.plural() == word)
    }
}

/// The installed components.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Catalogue<'a> {
    components: &'a [Component],
}

impl<'a> Catalogue<'a> {
    pub(crate) fn new(components: &'a [Component]) -> Self {
        Catalogue { components }
    }

    pub(crate) fn of(self, kind: Kind) -> impl Iterator<Item = &'a Component> {
        self.components.iter().filter(move |c| c.kind == kind.singular())
    }

    pub(crate) fn keys(self, kind: Kind) -> Vec<&'a str> {
        self.of(kind).map(|c| c.key.as_str()).collect()
    }

    /// The component with `key`; NeuroTrain's keys ignore case, so `mnist` finds `MNIST` where that is the
    /// only one.
    pub(crate) fn find(self, kind: Kind, key: &str) -> Option<&'a Component> {
        self.of(kind).find(|c| c.key == key).or_else(|| {
            let mut folded = self.of(kind).filter(|c| c.key.eq_ignore_ascii_case(key));
            folded.next().filter(|_| folded.next().is_none())
        })
    }

    /// Whether a component of any kind has a parameter `name`, and which kinds.
    pub(crate) fn kinds_with_parameter(self, name: &str) -> Vec<Kind> {
        let has = |kind: &Kind| self.of(*kind).any(|c| c.params.iter().any(|p| p.name == name));
        Kind::ALL.into_iter().filter(has).collect()
    }

    /// That `key` is not installed.
    pub(crate) fn unknown(self, kind: Kind, key: &str, origin: &Origin) -> Problem {
        let hint = format!(
            "{}\n`neurotrain plugins doctor` shows where plugins are searched and what was refused; \
             `--set missing=skip` leaves out what is not installed",
            suggest::hint(key, self.keys(kind))
        );
        Problem::at(origin, format!("no {} `{key}` is installed", kind.noun())).hint(hint)
    }
}
