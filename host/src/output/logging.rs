//! Log records through `tracing`.

use super::Console;
use neurotrain_plugin_api::{Error, Result};
use std::io::Write;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Where log records go.
#[derive(Debug, Clone)]
pub enum LogTarget {
    /// Standard error of a program that shows progress bars.
    Console(Console),
    /// Standard error, which is a file.
    Plain,
}

/// Starts logging once per process. `filter` is a level (`info`) or directives as in `RUST_LOG`.
pub fn start_logging(filter: &str, target: LogTarget) -> Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|e| {
        Error::new("usage", format!("log filter `{filter}` is not understood: {e}"))
            .with_hint("use error, warn, info, debug or trace, or directives such as `neurotrain=debug`")
    })?;
    let colour = matches!(&target, LogTarget::Console(console) if console.is_interactive());
    let timestamps = matches!(target, LogTarget::Plain);
    let layer = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colour)
        .with_target(timestamps);
    let started = if timestamps {
        layer.with_writer(target).try_init()
    } else {
        layer.without_time().with_writer(target).try_init()
    };
    started.map_err(|e| Error::new("host-fault", format!("logging did not start: {e}")))
}

impl<'a> MakeWriter<'a> for LogTarget {
    type Writer = Record;

    fn make_writer(&'a self) -> Record {
        Record {
            target: self.clone(),
            text: Vec::new(),
        }
    }
}

/// One record, written as a whole when it is complete.
#[derive(Debug)]
pub struct Record {
    target: LogTarget,
    text: Vec<u8>,
}

impl Write for Record {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        match &self.target {
            LogTarget::Console(console) => console.note(String::from_utf8_lossy(&self.text).trim_end()),
            LogTarget::Plain => {
                let _ = std::io::stderr().write_all(&self.text);
            }
        }
    }
}
