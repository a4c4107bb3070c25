//! What a child is asked to do with a data set, and what it answers.

use super::activity::Statistics;
use crate::runtime::DataSearch;
use crate::worker::protocol::Failure;
use crate::worker::spec::PluginFile;
use neurotrain_plugin_api::DatasetInfo;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// Parent to child: all of it in one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) plugin: PluginFile,
    pub(super) key: String,
    pub(super) config: Map<String, Value>,
    pub(super) data: DataSearch,
    pub(super) work: Work,
}

/// What to do once the data set is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "kebab-case")]
pub(super) enum Work {
    /// Nothing more.
    Describe,
    /// Decode samples and sum up; no number means what is usual for the kind of data, 0 all of them.
    Examine {
        /// Samples of each split.
        samples: Option<usize>,
    },
    /// Write pictures.
    Draw {
        /// Samples of the training split to look at, as above.
        samples: Option<usize>,
        /// Folder of the pictures.
        out: PathBuf,
    },
}

/// Child to parent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Message {
    /// Plugin code is about to run; if nothing follows, the child died there.
    Entering {
        /// What for.
        call: String,
    },
    /// So many samples of so many are decoded.
    Progress {
        /// Decoded.
        done: u64,
        /// All.
        total: u64,
    },
    /// All is done.
    Done(Box<Answer>),
    /// It did not work.
    Failed(Failure),
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) info: DatasetInfo,
    pub(super) statistics: Option<Statistics>,
    pub(super) pictures: Vec<PathBuf>,
}
