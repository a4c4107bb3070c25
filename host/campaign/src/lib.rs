//! Campaigns: from a YAML, TOML or JSON file, the environment and `--set` arguments to fully resolved
//! experiments, each value with its origin.
//!
//! # Layers
//!
//! Later layers win; inside a layer the more specific place wins.
//!
//! 1. defaults of the components, from their parameter schemas, and of the runtime;
//! 2. sections of the model for the data set, then for the trainer (a section `KEY@neurotrain` follows
//!    `KEY` under `protocol: neurotrain` only);
//! 3. the campaign file;
//! 4. the environment: `NEUROTRAIN_SET__trainers__bptt__lr=0.01`;
//! 5. flags of the command line, then `--set trainers.bptt.lr=0.01`.
//!
//! `protocol: neurotrain` restores NeuroTrain's order for models: the sections of a file (`default`, a data
//! set, a trainer) are merged into the model's own sections of the same name, so that a trainer section of
//! the model wins over the file's `default` section.
//!
//! # Addresses
//!
//! The file, the environment (with `__` for the dot) and `--set` share one grammar:
//!
//! | address | applies to |
//! |---|---|
//! | `trainers.KEY.PARAM`, `models.KEY.PARAM`, `datasets.KEY.PARAM` | every experiment with that component |
//! | `trainer.PARAM`, `model.PARAM`, `dataset.PARAM` | every experiment |
//! | `experiments.NAME.trainer.PARAM`, `experiments.NAME.runtime.KEY`, … | one named experiment |
//! | `runtime.KEY`, or `KEY` alone | the campaign |
//! | `trainers`, `models`, `datasets` | what the matrix is made of |
//!
//! Under `trainers.KEY` may also stand a whole block. In a file `overrides.trainers.KEY` says the same
//! without selecting the trainer for the matrix.

mod attach;
mod campaign;
mod catalogue;
mod document;
mod expand;
mod experiment;
mod harmless;
mod layers;
mod load;
mod origin;
mod problem;
mod rank;
mod reference;
mod render;
mod resolve;
mod runtime;
mod search;
mod sections;
mod source;
mod statement;
mod suggest;

pub use campaign::{Campaign, Skipped};
pub use experiment::{Experiment, Request};
pub use load::load;
pub use origin::{Origin, OriginKind};
pub use problem::{Problem, Problems};
pub use render::{dry_run, show};
pub use runtime::{Protocol, Runtime};
pub use search::{Metric, Search, SearchSettings, Tunable};
pub use source::{CampaignSource, Flag, Format, SingleRun, Text};
