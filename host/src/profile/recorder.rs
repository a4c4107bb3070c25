//! A profile from its start to its files.

use super::collect::Collector;
use super::report::{Report, json, text};
use super::trace;
use super::window::Window;
use crate::output::Listener;
use crate::supervisor::folders::write_whole;
use crate::worker::spec::RunSpec;
use neurotrain_plugin_api::Result;
use neurotrain_tensor::PROFILE;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing_chrome::FlushGuard;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};

/// The table, for people.
pub(crate) const PROFILE_TEXT: &str = "profile.txt";
/// The table, for programs.
pub(crate) const PROFILE_JSON: &str = "profile.json";
/// The trace.
const TRACE_FILE: &str = "trace.json";

/// Listens to a run.
pub(crate) struct Profile {
    folder: PathBuf,
    name: String,
    threads: usize,
    batches: u64,
    collector: Collector,
    trace: FlushGuard,
}

impl Profile {
    /// A profile of the run of `spec`, and the layers that it needs.
    ///
    /// # Errors
    /// `io` when no trace can be written in `folder`.
    pub(crate) fn new(spec: &RunSpec, folder: &Path) -> Result<(Self, Vec<Listener>)> {
        let batches = spec.experiment.runtime.profile_batches;
        let window = Arc::new(Window::new(batches));
        let collector = Collector::new(Arc::clone(&window));
        let (trace_layer, trace) = trace::layer(&folder.join(TRACE_FILE), window)?;
        let ours = Targets::new().with_target(PROFILE, LevelFilter::TRACE);
        let layers = vec![collector.clone().with_filter(ours).boxed(), trace_layer];
        let profile = Profile {
            folder: folder.to_owned(),
            name: spec.experiment.name.clone(),
            threads: spec.threads,
            batches,
            collector,
            trace,
        };
        Ok((profile, layers))
    }

    /// Writes what was measured beside the run.
    ///
    /// # Errors
    /// `io`.
    pub(crate) fn finish(self) -> Result<()> {
        // The trace is complete when its guard is gone.
        drop(self.trace);
        let report = Report::new(
            &self.name,
            self.threads,
            self.batches,
            TRACE_FILE,
            self.collector.rows(),
        );
        write_whole(&self.folder.join(PROFILE_TEXT), &text(&report))?;
        write_whole(&self.folder.join(PROFILE_JSON), &json(&report)?)?;
        Ok(())
    }
}
