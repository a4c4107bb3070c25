//! Live progress: bars on a terminal, plain lines elsewhere.

mod bars;
mod lines;
mod words;

use super::pool::JobEnd;
use crate::output::Console;
use crate::worker::protocol::WorkerEvent;

/// Shows what running jobs do.
pub(crate) trait Display {
    /// Job `job` begins.
    fn started(&mut self, job: usize);
    /// Job `job` said something.
    fn event(&mut self, job: usize, event: &WorkerEvent);
    /// Job `job` is over.
    fn ended(&mut self, job: usize, end: &JobEnd);
    /// All jobs are over.
    fn finish(&mut self);
}

/// The display that fits the terminal, for jobs called `names`.
pub(crate) fn display_for(console: &Console, names: Vec<String>) -> Box<dyn Display> {
    if console.is_interactive() {
        Box::new(bars::Bars::new(console.clone(), names))
    } else {
        Box::new(lines::Lines::new(console.clone(), names))
    }
}
