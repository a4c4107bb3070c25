//! Live progress: bars on a terminal, plain lines elsewhere.

mod bars;
mod lines;
mod words;

use super::pool::JobEnd;
use crate::output::Console;
use crate::worker::protocol::WorkerEvent;

/// Shows what running jobs do.
pub(crate) trait Display {
    /// `count` more jobs will be done.
    fn expect(&mut self, count: usize);
    /// Job `job`, called `name`, begins.
    fn started(&mut self, job: usize, name: &str);
    /// Job `job` said something.
    fn event(&mut self, job: usize, event: &WorkerEvent);
    /// Job `job` is over.
    fn ended(&mut self, job: usize, end: &JobEnd);
    /// A job called `name` is over without having been started here; `how` comes before the words about its end.
    fn settled(&mut self, name: &str, how: &str, end: &JobEnd);
    /// All jobs are over.
    fn finish(&mut self);
}

/// The display that fits the terminal.
pub(crate) fn display_for(console: &Console) -> Box<dyn Display> {
    if console.is_interactive() {
        Box::new(bars::Bars::new(console.clone()))
    } else {
        Box::new(lines::Lines::new(console.clone()))
    }
}
