//! The terminal.

use indicatif::{MultiProgress, ProgressDrawTarget};
use neurotrain_plugin_api::Error;
use std::io::{IsTerminal, Write};

/// Standard output for results, standard error for progress and messages.
///
/// Clones share the progress bars, which step aside for every line printed.
#[derive(Debug, Clone)]
pub struct Console {
    bars: MultiProgress,
    interactive: bool,
}

impl Console {
    /// The terminal of this process.
    pub fn new() -> Self {
        let interactive = std::io::stderr().is_terminal();
        let target = if interactive {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Console {
            bars: MultiProgress::with_draw_target(target),
            interactive,
        }
    }

    /// Whether progress can be redrawn in place.
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// The progress bars.
    pub fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Prints a result to standard output.
    pub fn print(&self, text: &str) {
        self.write(&mut std::io::stdout(), text);
    }

    /// Prints a message to standard error.
    pub fn note(&self, text: &str) {
        self.write(&mut std::io::stderr(), text);
    }

    /// Prints an error and what to do about it to standard error.
    pub fn error(&self, error: &anyhow::Error) {
        // The alternate form joins the chain of causes; hints stand on a line of their own.
        let hint = error
            .chain()
            .find_map(|cause| cause.downcast_ref::<Error>())
            .map_or("", Error::hint);
        let text = format!("{error:#}").replace(&format!(" ({hint})"), "");
        self.note(&format!("error: {text}"));
        if !hint.is_empty() {
            self.note(&format!("  what to do: {hint}"));
        }
    }

    fn write(&self, stream: &mut impl Write, text: &str) {
        self.bars.suspend(|| {
            // A reader that went away (`| head`) is no reason to fail.
            let _ = writeln!(stream, "{text}").and_then(|()| stream.flush());
        });
    }
}

impl Default for Console {
    fn default() -> Self {
        Console::new()
    }
}
