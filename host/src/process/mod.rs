//! Child processes of this program: how they are started, spoken to, stopped and described.

mod channel;
mod child;
mod exit;
mod limits;
mod memory;
mod signals;
mod threads;

pub(crate) use channel::{Receiver, Sender, inherited_channel};
pub(crate) use child::{Launch, end_with_parent, kill_group};
pub(crate) use exit::describe as describe_exit;
pub(crate) use limits::{limit_memory, oom_kills, resident_bytes};
pub(crate) use memory::{keep_freed_memory, tune};
pub(crate) use signals::{Interrupts, flag_on_save_signal, stop_flag_on_termination};
pub(crate) use threads::{attentive, join_threads};
