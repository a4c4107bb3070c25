//! The plugins of this workspace, opened as a host opens them.

use neurotrain_discovery::{OpenPlugin, open_module};
use neurotrain_plugin_api::abi::{RawHostBox, RawNetworkBox, RawTrainerBox};
use neurotrain_plugin_api::export::RStr;
use neurotrain_plugin_api::{Component, Config, Graph, NetworkInfo, Result};
use serde_json::{Map, Value};

/// A component of an opened plugin.
pub(crate) struct Plugin {
    pub(crate) component: Component,
    pub(crate) open: OpenPlugin,
}

impl Plugin {
    /// The component `key` of library `library`, which cargo builds beside this test because it is among its
    /// dependencies.
    pub(crate) fn open(library: &str, key: &str) -> Plugin {
        let folder = std::env::current_exe()
            .expect("this program")
            .parent()
            .expect("its folder")
            .to_owned();
        let file = format!(
            "{}{library}{}",
            std::env::consts::DLL_PREFIX,
            std::env::consts::DLL_SUFFIX
        );
        let open = open_module(&folder.join(file)).unwrap_or_else(|e| panic!("{library}: {e}"));
        let component = open.manifest.components.iter().find(|c| c.key == key);
        let component = component
            .unwrap_or_else(|| panic!("{library} has no component `{key}`"))
            .clone();
        Plugin { component, open }
    }

    pub(crate) fn rule(key: &str) -> Plugin {
        // One library holds the three rules of local classifiers.
        let library = match key {
            "bell" | "fell" => "ell",
            own => own,
        };
        Plugin::open(&format!("neurotrain_rule_{library}"), key)
    }

    pub(crate) fn model(key: &str) -> Plugin {
        Plugin::open(&format!("neurotrain_model_{key}"), key)
    }

    /// Defaults, overridden by `values`, which must be in the schema and within its ranges.
    pub(crate) fn config(&self, values: &Map<String, Value>) -> Config {
        let mut config = Config::defaults(&self.component.params);
        for (key, value) in values {
            let schema = self.component.params.iter().find(|p| p.name == *key);
            let schema =
                schema.unwrap_or_else(|| panic!("`{}` has no parameter `{key}`", self.component.key));
            schema.check(value).unwrap_or_else(|e| panic!("{e}"));
            config.set(key, value.clone());
        }
        config
    }

    pub(crate) fn graph(
        &self,
        config: &Config,
        shape: &[usize],
        classes: usize,
        host: RawHostBox,
    ) -> Result<Graph> {
        let key = RStr::from_str(&self.component.key);
        let family = self.open.module.create_model()(key, host).into_result()?;
        let shape: Vec<u64> = shape.iter().map(|d| *d as u64).collect();
        let text = family.build(
            RStr::from_str(&config.to_json()),
            shape.as_slice().into(),
            classes as u64,
        );
        Ok(serde_json::from_str(text.into_result()?.as_str())?)
    }

    pub(crate) fn check(&self, config: &Config, network: &NetworkInfo) -> Result<()> {
        let (config, network) = (config.to_json(), serde_json::to_string(network)?);
        let key = RStr::from_str(&self.component.key);
        let check = self.open.module.check_trainer();
        Ok(check(key, RStr::from_str(&config), RStr::from_str(&network)).into_result()?)
    }

    pub(crate) fn trainer(
        &self,
        config: &Config,
        net: RawNetworkBox,
        host: RawHostBox,
    ) -> Result<RawTrainerBox> {
        let key = RStr::from_str(&self.component.key);
        Ok(
            self.open.module.create_trainer()(key, RStr::from_str(&config.to_json()), net, host)
                .into_result()?,
        )
    }
}
