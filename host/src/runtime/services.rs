//! The host as one plugin sees it.

use super::DataSearch;
use neurotrain_archive::ArrayReader;
use neurotrain_plugin_api::abi::RawHostBox;
use neurotrain_tensor::{Callbacks, Services, Session};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the services of a run need to know.
#[derive(Debug, Clone, Default)]
pub struct ServiceSettings {
    /// Where data are.
    pub data: DataSearch,
    /// Raised when the run is asked to stop.
    pub stop: Arc<AtomicBool>,
}

/// The services that plugin `label` is given: its log records carry its name.
pub fn services(session: &Arc<Session>, settings: &ServiceSettings, label: &str) -> RawHostBox {
    let label = label.to_owned();
    let data = settings.data.clone();
    let stop = Arc::clone(&settings.stop);
    let arrays = ArrayReader::default();
    let callbacks = Callbacks {
        log: Box::new(move |level, message| match level {
            1 => tracing::error!(plugin = %label, "{message}"),
            2 => tracing::warn!(plugin = %label, "{message}"),
            3 => tracing::info!(plugin = %label, "{message}"),
            4 => tracing::debug!(plugin = %label, "{message}"),
            _ => tracing::trace!(plugin = %label, "{message}"),
        }),
        cancelled: Box::new(move || stop.load(Ordering::Relaxed)),
        data_dirs: Box::new(move |_key| Ok(data.answer())),
        service: Box::new(move |name, request| (name == "hdf5_array").then(|| arrays.answer(request))),
    };
    Services::new(Arc::clone(session), callbacks)
}
