//! Where a value comes from.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The layer a value comes from, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OriginKind {
    /// The schema of a component, or of the runtime.
    Default,
    /// A section of the model for the data set or the trainer.
    Section,
    /// The campaign file.
    File,
    /// An environment variable.
    Env,
    /// A flag or a `--set` argument of the command line.
    Set,
    /// A search.
    Search,
}

impl OriginKind {
    /// As it is written in archives.
    pub fn as_str(self) -> &'static str {
        match self {
            OriginKind::Default => "default",
            OriginKind::Section => "section",
            OriginKind::File => "file",
            OriginKind::Env => "env",
            OriginKind::Set => "set",
            OriginKind::Search => "search",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [
            OriginKind::Default,
            OriginKind::Section,
            OriginKind::File,
            OriginKind::Env,
            OriginKind::Set,
            OriginKind::Search,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == name)
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The layer.
    pub kind: OriginKind,
    /// The place in it: `campaign.yaml:12 (trainers.bptt.lr)`, the name of a variable, the argument as
    /// given, the section, or the component whose default it is.
    pub source: String,
}

impl Origin {
    pub(crate) fn new(kind: OriginKind, source: impl Into<String>) -> Self {
        Origin {
            kind,
            source: source.into(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}
