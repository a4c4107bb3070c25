//! Everything this program shows: the one place that writes to the terminal.

mod console;
mod logging;
mod shell;
mod table;
mod text;

pub use console::Console;
pub use logging::{Listener, LogTarget, start_logging};
pub use shell::shell_word;
pub use table::table;
pub use text::{bytes, duration, indent, percent, thousands};
