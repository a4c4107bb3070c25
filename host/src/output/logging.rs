//! Log records through `tracing`.

use super::Console;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::PROFILE;
use std::io::Write;
use tracing_subscriber::filter::Directive;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// Where log records go.
#[derive(Debug, Clone)]
pub enum LogTarget {
    /// Standard error of a program that shows progress bars.
    Console(Console),
    /// Standard error, which is a file.
    Plain,
}

/// Another listener of the process's spans and events.
pub type Listener = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts logging once per process. `filter` is a level (`info`) or directives as in `RUST_LOG`; `listeners` see what
/// they ask for, whatever the filter.
pub fn start_logging(filter: &str, target: LogTarget, listeners: Vec<Listener>) -> Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|e| {
        Error::new("usage", format!("log filter `{filter}` is not understood: {e}"))
            .with_hint("use error, warn, info, debug or trace, or directives such as `neurotrain=debug`")
    })?;
    let filter = filter.add_directive(no_profile()?);
    let colour = matches!(&target, LogTarget::Console(console) if console.is_interactive());
    let timestamps = matches!(target, LogTarget::Plain);
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(colour)
        .with_target(timestamps);
    let mut layers = listeners;
    layers.push(if timestamps {
        layer.with_writer(target).with_filter(filter).boxed()
    } else {
        layer
            .without_time()
            .with_writer(target)
            .with_filter(filter)
            .boxed()
    });
    tracing_subscriber::registry()
        .with(layers)
        .try_init()
        .map_err(|e| Error::new("host-fault", format!("logging did not start: {e}")))
}

/// Spans for profiles are no log records, whatever the level.
fn no_profile() -> Result<Directive> {
    format!("{PROFILE}=off")
        .parse()
        .map_err(|e| Error::new("host-fault", format!("log filter: {e}")))
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
