//! What the program supplies to [`Services`](crate::Services).

use neurotrain_plugin_api::{Bundle, Error, Result};
use std::path::PathBuf;

/// Where a data set may lie.
#[derive(Debug, Clone, Default)]
pub struct DataDirs {
    /// Folders to look in, best first.
    pub dirs: Vec<PathBuf>,
    /// The folder of bundled data, if there is one.
    pub bundled: Option<PathBuf>,
}

/// Receives log records: level 1 (error) to 5 (trace), and the message.
pub type LogCallback = Box<dyn Fn(u32, &str) + Send + Sync>;
/// Tells whether the user asked to stop.
pub type CancelledCallback = Box<dyn Fn() -> bool + Send + Sync>;
/// Finds the folders of a data set by key.
pub type DataDirsCallback = Box<dyn Fn(&str) -> Result<DataDirs> + Send + Sync>;
/// Answers further services by name; `None` for one it does not have.
pub type ServiceCallback = Box<dyn Fn(&str, &Bundle) -> Option<Result<Bundle>> + Send + Sync>;

/// The program's side of the services.
pub struct Callbacks {
    /// Receives log records.
    pub log: LogCallback,
    /// Tells whether the user asked to stop.
    pub cancelled: CancelledCallback,
    /// Finds the folders of a data set.
    pub data_dirs: DataDirsCallback,
    /// Answers services that this crate does not have.
    pub service: ServiceCallback,
}

impl Default for Callbacks {
    /// Drops log records, is never cancelled, knows no data and no further service.
    fn default() -> Self {
        Callbacks {
            log: Box::new(|_, _| {}),
            cancelled: Box::new(|| false),
            data_dirs: Box::new(|key| {
                Err(Error::new(
                    "bad-data",
                    format!("no data folder is configured for `{key}`"),
                ))
            }),
            service: Box::new(|_, _| None),
        }
    }
}

impl std::fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callbacks").finish_non_exhaustive()
    }
}
