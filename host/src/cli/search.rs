//! From search arguments to the registry of plugins.

use super::SearchArgs;
use neurotrain_discovery::{ChildProber, Registry, ScanOptions};
use neurotrain_plugin_api::Result;
use std::path::Path;

impl SearchArgs {
    /// Searches for plugins and examines those that are new, each in a child process.
    pub fn scan(&self) -> Result<Registry> {
        self.scan_for(None)
    }

    /// The same for a campaign file in `folder`, beside which plugins may lie.
    pub fn scan_for(&self, folder: Option<&Path>) -> Result<Registry> {
        let mut options = ScanOptions::from_process(self.plugin_path.clone(), folder.map(Path::to_owned));
        options.rescan = self.rescan;
        let registry = Registry::scan(&options, &ChildProber::of_this_program()?);
        for warning in &registry.warnings {
            tracing::warn!("{warning}");
        }
        Ok(registry)
    }
}
