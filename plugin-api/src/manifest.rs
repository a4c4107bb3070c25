//! What a plugin says about itself.

use crate::{ParamSchema, Source};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// All components of a plugin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PluginManifest {
    /// Package name.
    pub name: String,
    /// Package version.
    pub version: String,
    /// Its components.
    pub components: Vec<Component>,
}

/// A trainer, a model family or a data set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Component {
    /// `trainer`, `model` or `dataset`.
    pub kind: String,
    /// The key used in campaigns, for instance `bptt`.
    pub key: String,
    /// Version of the plugin; filled in by the export macro.
    pub version: String,
    /// Full name.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// Authors of the plugin.
    pub authors: Vec<String>,
    /// SPDX licence of the plugin.
    pub license: String,
    /// Where the method or the data is described.
    pub paper: Option<Paper>,
    /// Documentation: Markdown text or a link.
    pub docs: String,
    /// Typed parameters with defaults.
    pub params: Vec<ParamSchema>,
    /// Network families a trainer can train, a data set can feed, or (one) a model is.
    pub network_types: Vec<String>,
    /// Overrides of a model's parameters for a data set or a trainer key: `MNIST` → `{hidden_sizes: [256]}`.
    pub sections: BTreeMap<String, Map<String, Value>>,
    /// Place in the taxonomy of learning rules (trainers).
    pub taxonomy: Option<Taxonomy>,
    /// Whether the component borrows tensor memory and so runs on CPU only.
    pub cpu_slices: bool,
    /// Names of a data set's folder below a data folder. Files are fetched into the first; the key when there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<String>,
    /// Where the files of a data set come from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// A publication.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Paper {
    /// Title.
    pub title: String,
    /// Year.
    pub year: u32,
    /// DOI without prefix.
    pub doi: String,
    /// arXiv number.
    pub arxiv: String,
    /// BibTeX entry.
    pub bibtex: String,
}

/// Where a rule stands in the survey's taxonomy. Claims are checked by measurement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Taxonomy {
    /// `supervised`, `unsupervised`, `reinforcement`, `conversion`, `evolution`.
    pub strategy: String,
    /// What the hidden layers learn from, for instance `backpropagated error`, `random feedback`.
    pub learning_signal: String,
    /// Uses only current or trace information in time.
    pub temporally_local: bool,
    /// Uses only presynaptic, postsynaptic and broadcast signals.
    pub spatially_local: bool,
    /// Keeps traces.
    pub traces: bool,
    /// Depends on spike timing.
    pub stdp: bool,
    /// `none`, `dfa` or `drtp`.
    pub projection: String,
    /// Trains or fixes a classifier per layer.
    pub local_classifier: bool,
    /// Training state as a function of the number of steps: `constant` or `linear`.
    pub memory_in_t: String,
}

impl Component {
    /// A component with `key`; the export macro fills in the kind, version and licence.
    pub fn new(key: &str, name: &str, summary: &str) -> Self {
        Component {
            key: key.to_owned(),
            name: name.to_owned(),
            summary: summary.to_owned(),
            ..Component::default()
        }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn param(mut self, param: ParamSchema) -> Self {
        self.params.push(param);
        self
    }

    /// Declares several parameters, for instance [`lif_params`](crate::lif_params).
    #[must_use]
    pub fn params(mut self, params: Vec<ParamSchema>) -> Self {
        self.params.extend(params);
        self
    }

    /// Declares the network families.
    #[must_use]
    pub fn networks(mut self, types: &[&str]) -> Self {
        self.network_types = types.iter().map(|t| (*t).to_owned()).collect();
        self
    }

    /// Adds parameter overrides of a model for a data set or trainer key.
    #[must_use]
    pub fn section(mut self, key: &str, values: Value) -> Self {
        if let Value::Object(map) = values {
            self.sections.insert(key.to_owned(), map);
        }
        self
    }

    /// Cites the paper.
    #[must_use]
    pub fn paper(mut self, paper: Paper) -> Self {
        self.paper = Some(paper);
        self
    }

    /// Places a rule in the taxonomy.
    #[must_use]
    pub fn taxonomy(mut self, taxonomy: Taxonomy) -> Self {
        self.taxonomy = Some(taxonomy);
        self
    }

    /// Sets the documentation text.
    #[must_use]
    pub fn docs(mut self, markdown: &str) -> Self {
        self.docs = markdown.to_owned();
        self
    }

    /// Names the authors of the plugin.
    #[must_use]
    pub fn authors(mut self, names: &[&str]) -> Self {
        self.authors = names.iter().map(|n| (*n).to_owned()).collect();
        self
    }

    /// Names the data set's folder below a data folder; files are fetched into the first.
    #[must_use]
    pub fn folders(mut self, names: &[&str]) -> Self {
        self.folders = names.iter().map(|n| (*n).to_owned()).collect();
        self
    }

    /// Says where the files of the data set come from.
    #[must_use]
    pub fn sources(mut self, sources: Vec<Source>) -> Self {
        self.sources = sources;
        self
    }

    /// Declares that the component borrows tensor memory (CPU only).
    #[must_use]
    pub fn uses_cpu_slices(mut self) -> Self {
        self.cpu_slices = true;
        self
    }
}
