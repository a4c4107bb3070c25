//! Statements: selections, definitions, parameters and settings, each with its origin.

use crate::catalogue::Kind;
use crate::{Origin, Tunable};
use serde_json::Value;

/// Everything the sources say, in order of precedence.
#[derive(Debug, Default)]
pub(crate) struct Statements {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    /// What the matrix is made of; the last of a kind counts.
    pub(crate) selections: Vec<(Kind, Selection)>,
    /// Named experiments.
    pub(crate) definitions: Vec<Definition>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) settings: Vec<Setting>,
    pub(crate) searches: Vec<SearchStatement>,
    /// What happens to incompatible triples asked for by name.
    pub(crate) incompatible: Option<Incompatible>,
    /// What happens to components that are not installed.
    pub(crate) missing: Missing,
}

/// Components of one kind that make up a matrix.
#[derive(Debug, Clone)]
pub(crate) enum Selection {
    All,
    Keys(Vec<(String, Origin)>),
}

/// A named experiment.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    /// The name it is addressed by.
    pub(crate) key: String,
    /// The name it is shown by.
    pub(crate) label: String,
    /// Trainer, model and data set as written.
    pub(crate) components: Vec<(Kind, String, Origin)>,
    pub(crate) incompatible: Option<Incompatible>,
    /// Whether it stands at the top level of the file, as in NeuroTrain.
    pub(crate) top_level: bool,
    pub(crate) origin: Origin,
}

/// What happens to an incompatible triple that was asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Incompatible {
    Error,
    Skip,
    Run,
}

/// What happens to a component that is not installed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Missing {
    #[default]
    Error,
    Skip,
}

/// Which experiments a statement is about, from general to specific.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    Every,
    /// Those with the component of this key, as written.
    Component(String),
    /// The named experiment.
    Experiment(String),
}

/// A value for a parameter of a component.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) scope: Scope,
    pub(crate) kind: Kind,
    /// Section of a model: `default`, a data set or a trainer.
    pub(crate) section: Option<String>,
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) tunable: Option<Tunable>,
    pub(crate) origin: Origin,
}

/// A value for a setting of the runtime.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// The named experiment it is about; none for the campaign.
    pub(crate) experiment: Option<String>,
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// Something said about a search.
#[derive(Debug, Clone)]
pub(crate) struct SearchStatement {
    pub(crate) experiment: Option<String>,
    pub(crate) wanted: Option<bool>,
    pub(crate) settings: Option<Value>,
    pub(crate) origin: Origin,
}
