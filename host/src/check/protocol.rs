//! What is asked and answered.

use crate::runtime::DataSearch;
use crate::worker::protocol::Failure;
use crate::worker::spec::PluginFile;
use neurotrain_plugin_api::DatasetInfo;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One triple to check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Question {
    pub(crate) trainer: ComponentRef,
    pub(crate) model: ComponentRef,
    pub(crate) dataset: ComponentRef,
    /// The device, which a plugin may not be able to use.
    pub(crate) device: String,
    /// `f32` or `f64`.
    pub(crate) dtype: String,
}

/// A component of a plugin with its configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ComponentRef {
    pub(crate) key: String,
    pub(crate) config: Map<String, Value>,
    /// Whether it borrows tensor memory, and so runs on the CPU only.
    pub(crate) cpu_only: bool,
    pub(crate) plugin: PluginFile,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// It can be trained.
    Accepted(Box<Accepted>),
    /// The rule or the model cannot serve this combination.
    Refused {
        /// Why, as shown to the user.
        reason: String,
    },
    /// Something is wrong with a plugin, the data or the device.
    Broken(Failure),
}

/// What is known of an accepted triple.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Accepted {
    /// The data.
    pub(crate) dataset: DatasetInfo,
    /// Scalars of the network.
    pub(crate) parameters: u64,
}

/// Supervisor to child: all of it in one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Batch {
    pub(super) questions: Vec<Question>,
    pub(super) data: DataSearch,
}

/// Child to supervisor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub(super) enum Answer {
    /// Code of `plugin` is about to run; if nothing follows, it died there.
    Entering {
        /// Name and version.
        plugin: String,
        /// What for.
        call: String,
    },
    /// The next question is answered.
    Answered(Verdict),
}
