//! Searches for good parameters: what is explored, and how.

mod gather;
mod settings;
mod space;

pub(crate) use gather::gather;
pub(crate) use settings::check as check_settings;
pub use settings::{Metric, SearchSettings};
pub use space::Tunable;
pub(crate) use space::{FIXED, from_manifest};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a search explores, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// How it explores.
    pub settings: SearchSettings,
    /// Tunable parameters by dotted name, for instance `trainer.lr`.
    pub space: BTreeMap<String, Tunable>,
}
