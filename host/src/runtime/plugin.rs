//! An opened plugin.

use super::{ModelFamily, OpenDataset, ServiceSettings, Trainer, services};
use abi_stable::std_types::RStr;
use neurotrain_discovery::PluginEntry;
use neurotrain_engine::Network;
use neurotrain_plugin_api::abi::PluginModuleRef;
use neurotrain_plugin_api::{Config, Error, NetworkInfo, Result};
use neurotrain_tensor::Session;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An opened plugin: creates its components, and puts its name before every error that comes out of it.
#[derive(Clone)]
pub struct Plugin {
    module: PluginModuleRef,
    label: String,
    path: PathBuf,
}

impl Plugin {
    /// Opens the file `path`, which is expected to be package `name` at `version`.
    ///
    /// # Errors
    /// Those of [`neurotrain_discovery::open_module`]: wrong target, wrong API, changed layout.
    pub fn open(path: &Path, name: &str, version: &str) -> Result<Self> {
        let module = neurotrain_discovery::open_module(path)?.module;
        Ok(Plugin {
            module,
            label: format!("{name} {version}"),
            path: path.to_owned(),
        })
    }

    /// Opens a plugin of the registry.
    pub fn installed(entry: &PluginEntry) -> Result<Self> {
        match &entry.manifest {
            Some(manifest) => Plugin::open(&entry.path, &manifest.name, &manifest.version),
            None => Err(Error::new(
                "host-fault",
                format!("{} was not accepted", entry.path.display()),
            )),
        }
    }

    /// Name and version.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether trainer `key` accepts a network; the error says why not.
    pub fn check_trainer(&self, key: &str, config: &Config, network: &NetworkInfo) -> Result<()> {
        let network = serde_json::to_string(network)?;
        let config = config.to_json();
        (self.module.check_trainer())(
            RStr::from_str(key),
            RStr::from_str(&config),
            RStr::from_str(&network),
        )
        .into_result()
        .map_err(|e| self.blame(&format!("check of `{key}`"), e.into()))
    }

    /// Binds trainer `key` to a network.
    pub fn trainer(
        &self,
        key: &str,
        config: &Config,
        network: &Network,
        session: &Arc<Session>,
        settings: &ServiceSettings,
    ) -> Result<Trainer> {
        let host = services(session, settings, &self.label);
        let config = config.to_json();
        (self.module.create_trainer())(RStr::from_str(key), RStr::from_str(&config), network.raw(), host)
            .into_result()
            .map(|raw| Trainer::new(raw, self.label.clone()))
            .map_err(|e| self.blame(&format!("creation of `{key}`"), e.into()))
    }

    /// Creates model family `key`.
    pub fn model(
        &self,
        key: &str,
        session: &Arc<Session>,
        settings: &ServiceSettings,
    ) -> Result<ModelFamily> {
        let host = services(session, settings, &self.label);
        (self.module.create_model())(RStr::from_str(key), host)
            .into_result()
            .map(|raw| ModelFamily::new(raw, self.label.clone()))
            .map_err(|e| self.blame(&format!("creation of `{key}`"), e.into()))
    }

    /// Opens data set `key`.
    pub fn dataset(
        &self,
        key: &str,
        config: &Config,
        session: &Arc<Session>,
        settings: &ServiceSettings,
    ) -> Result<OpenDataset> {
        let host = services(session, settings, &self.label);
        let text = config.to_json();
        let raw = (self.module.open_dataset())(RStr::from_str(key), RStr::from_str(&text), host)
            .into_result()
            .map_err(|e| self.blame(&format!("opening of `{key}`"), e.into()))?;
        OpenDataset::new(raw, config.clone(), &self.label)
    }

    fn blame(&self, call: &str, error: Error) -> Error {
        blame(&self.label, call, error)
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plugin({} at {})", self.label, self.path.display())
    }
}

/// Puts the plugin and the call before a message; a refusal is an answer, not a fault, and stays as it is.
pub(super) fn blame(label: &str, call: &str, error: Error) -> Error {
    if error.code() == "refused" {
        return error;
    }
    error.context(format!("plugin {label}, {call}"))
}
