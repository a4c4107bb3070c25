//! An open data set.

use super::plugin::blame;
use neurotrain_plugin_api::abi::RawDatasetBox;
use neurotrain_plugin_api::{Config, DatasetInfo, Error, Result};

/// An open data set of a plugin.
pub struct OpenDataset {
    /// The raw handle, for the loader.
    pub raw: RawDatasetBox,
    /// Splits, shapes and encoding.
    pub info: DatasetInfo,
    /// The configuration it was opened with.
    pub config: Config,
}

impl OpenDataset {
    pub(super) fn new(raw: RawDatasetBox, config: Config, label: &str) -> Result<Self> {
        let text = raw.describe();
        let info: DatasetInfo = serde_json::from_str(&text)
            .map_err(|e| blame(label, "description of the data", Error::from(e)))?;
        if info.classes == 0 || info.shape.is_empty() {
            let error = Error::bad_data("the data set names no classes or no sample shape")
                .with_hint("this is a defect of the plugin; report it to its authors");
            return Err(blame(label, "description of the data", error));
        }
        Ok(OpenDataset { raw, info, config })
    }
}

impl std::fmt::Debug for OpenDataset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenDataset({:?})", self.info)
    }
}
