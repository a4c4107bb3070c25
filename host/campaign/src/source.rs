//! What a campaign is loaded from.

use std::path::{Path, PathBuf};

/// The inputs of [`load`](crate::load): a file or a single run, the environment, flags and `--set`
/// arguments.
///
/// ```
/// use neurotrain_campaign::CampaignSource;
/// let source = CampaignSource::file("campaigns/quickstart.yaml")
///     .process_environment()
///     .set("epochs=1")
///     .set("trainers.bptt.lr=0.01");
/// # let _ = source;
/// ```
#[derive(Debug, Clone, Default)]
pub struct CampaignSource {
    /// The campaign file; its extension tells the format.
    pub file: Option<PathBuf>,
    /// Content to use instead of reading `file`.
    pub text: Option<Text>,
    /// One run of one triple; a file then only supplies overrides.
    pub single: Option<SingleRun>,
    /// Environment variables; those that start with `NEUROTRAIN_SET__` are used.
    pub env: Vec<(String, String)>,
    /// Flags of the command line that stand for an assignment, for instance `--epochs 3`.
    pub flags: Vec<Flag>,
    /// Arguments of `--set`: `address=value`.
    pub sets: Vec<String>,
}

/// A campaign as text.
#[derive(Debug, Clone)]
pub struct Text {
    /// Name used in messages.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// The text.
    pub content: String,
}

/// The format of a campaign file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.yaml`, `.yml`
    Yaml,
    /// `.toml`
    Toml,
    /// `.json`
    Json,
}

/// A single run, as `neurotrain train` asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleRun {
    /// Key of the trainer.
    pub trainer: String,
    /// Key of the model.
    pub model: String,
    /// Key of the data set.
    pub dataset: String,
    /// Name of the run; `TRAINER__MODEL__DATASET` if none.
    pub name: Option<String>,
}

/// A flag of the command line that stands for an assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// As the user wrote it, for messages and origins: `--epochs 3`.
    pub shown: String,
    /// What it means: `runtime.epochs=3`.
    pub assignment: String,
}

impl CampaignSource {
    /// A campaign file.
    pub fn file(path: impl AsRef<Path>) -> Self {
        CampaignSource {
            file: Some(path.as_ref().to_path_buf()),
            ..Self::default()
        }
    }

    /// A campaign as text; `name` is used in messages.
    pub fn text(name: &str, format: Format, content: &str) -> Self {
        let text = Text {
            name: name.to_owned(),
            format,
            content: content.to_owned(),
        };
        CampaignSource {
            text: Some(text),
            ..Self::default()
        }
    }

    /// One run of one triple.
    pub fn single(trainer: &str, model: &str, dataset: &str) -> Self {
        let run = SingleRun {
            trainer: trainer.to_owned(),
            model: model.to_owned(),
            dataset: dataset.to_owned(),
            name: None,
        };
        CampaignSource {
            single: Some(run),
            ..Self::default()
        }
    }

    /// Adds environment variables.
    #[must_use]
    pub fn env<K: Into<String>, V: Into<String>>(mut self, vars: impl IntoIterator<Item = (K, V)>) -> Self {
        self.env
            .extend(vars.into_iter().map(|(k, v)| (k.into(), v.into())));
        self
    }

    /// Adds the variables of this process (those that are UTF-8).
    #[must_use]
    pub fn process_environment(self) -> Self {
        self.env(
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))),
        )
    }

    /// Adds a flag of the command line.
    #[must_use]
    pub fn flag(mut self, shown: &str, assignment: &str) -> Self {
        self.flags.push(Flag {
            shown: shown.to_owned(),
            assignment: assignment.to_owned(),
        });
        self
    }

    /// Adds a `--set` argument: `address=value`.
    #[must_use]
    pub fn set(mut self, assignment: &str) -> Self {
        self.sets.push(assignment.to_owned());
        self
    }
}

impl Format {
    /// The format a file name stands for.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Format::Yaml),
            "toml" => Some(Format::Toml),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}
