//! What the tests across crates share: the built program, and crates built outside the workspace.

mod files;
mod processes;
mod program;
mod server;
mod stranger;

pub use files::archives_below;
pub use processes::{children_of, send_signal, wait_for};
pub use program::{Finished, Program};
pub use server::{Answer, Asked, Server};
pub use stranger::{Crate, workspace_root};
