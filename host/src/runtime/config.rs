//! Configurations as plugins read them.

use neurotrain_plugin_api::Config;
use serde_json::{Map, Value};

/// A component's configuration from its resolved values.
pub fn config(values: &Map<String, Value>) -> Config {
    values.iter().fold(Config::default(), |mut config, (key, value)| {
        config.set(key, value.clone());
        config
    })
}
