//! A model family.

use super::plugin::blame;
use abi_stable::std_types::{RSlice, RStr};
use neurotrain_engine::{Network, info_of};
use neurotrain_plugin_api::abi::RawModelBox;
use neurotrain_plugin_api::{Config, Graph, NetworkInfo, Result};
use neurotrain_tensor::Session;
use std::sync::Arc;

/// A model family of a plugin.
pub struct ModelFamily {
    raw: Arc<RawModelBox>,
    label: String,
}

impl ModelFamily {
    pub(super) fn new(raw: RawModelBox, label: String) -> Self {
        ModelFamily {
            raw: Arc::new(raw),
            label,
        }
    }

    /// The graph for samples of `shape` at one step.
    pub fn graph(&self, config: &Config, shape: &[usize], classes: usize) -> Result<Graph> {
        let shape: Vec<u64> = shape.iter().map(|d| *d as u64).collect();
        let text = self
            .raw
            .build(
                RStr::from_str(&config.to_json()),
                RSlice::from_slice(&shape),
                classes as u64,
            )
            .into_result()
            .map_err(|e| blame(&self.label, "build", e.into()))?;
        serde_json::from_str(&text).map_err(|e| {
            blame(
                &self.label,
                "build",
                neurotrain_plugin_api::Error::from(e).context("no network graph"),
            )
        })
    }

    /// What a rule would see of the network, without building it.
    pub fn info(&self, config: &Config, shape: &[usize], classes: usize) -> Result<NetworkInfo> {
        info_of(&self.graph(config, shape, classes)?, classes)
            .map_err(|e| blame(&self.label, "network graph", e))
    }

    /// The network itself, with its initial parameters.
    pub fn network(
        &self,
        session: &Arc<Session>,
        config: &Config,
        shape: &[usize],
        classes: usize,
    ) -> Result<(Graph, Network)> {
        let graph = self.graph(config, shape, classes)?;
        let network = Network::new(session, &graph, classes, Some(Arc::clone(&self.raw)))
            .map_err(|e| blame(&self.label, "network graph", e))?;
        Ok((graph, network))
    }
}

impl std::fmt::Debug for ModelFamily {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModelFamily of {}", self.label)
    }
}
