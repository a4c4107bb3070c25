//! The parent's side: plugin code runs in a child, which may die of it.

use super::protocol::{Answer, Message, Task};
use crate::process::{Launch, describe_exit, kill_group};
use crate::supervisor::folders::last_lines;
use neurotrain_plugin_api::{Error, Result};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Longest silence of a child: opening a large data set takes a while.
const SILENCE: Duration = Duration::from_secs(300);
/// Lines of a dead child's output that are shown.
const LOG_LINES: usize = 5;

/// Has a child do `task`; `progress` hears how many samples are done, of how many.
///
/// # Errors
/// The data set's own; `crash` when the child died or was silent for five minutes.
pub(super) fn ask(task: &Task, progress: &mut dyn FnMut(u64, u64)) -> Result<Answer> {
    let log = tempfile::NamedTempFile::new()?;
    let launch = Launch {
        verb: "__data",
        args: Vec::new(),
        threads: 1,
        output: Some(log.reopen()?),
        log_filter: "off".to_owned(),
    };
    let (child, orders, answers) = launch.start::<Task, Message>()?;
    let id = child.id();
    let (sender, inbox) = channel();
    let listener = std::thread::spawn(move || answers.for_each(|answer| drop(sender.send(answer))));
    // A child that died before it read this is noticed below.
    let _ = orders.send(task);
    let mut place = "loading".to_owned();
    let mut silent = false;
    let outcome = loop {
        match inbox.recv_timeout(SILENCE) {
            Ok(Message::Entering { call }) => place = call,
            Ok(Message::Progress { done, total }) => progress(done, total),
            Ok(Message::Done(answer)) => break Some(Ok(*answer)),
            Ok(Message::Failed(failure)) => {
                break Some(Err(
                    Error::new(&failure.code, failure.message).with_hint(failure.hint)
                ));
            }
            Err(RecvTimeoutError::Disconnected) => break None,
            Err(RecvTimeoutError::Timeout) => {
                silent = true;
                break None;
            }
        }
    };
    drop(orders);
    if silent || outcome.is_some() {
        kill_group(id);
    }
    let status = child.wait()?;
    let _ = listener.join();
    outcome.unwrap_or_else(|| {
        let how = match silent {
            true => format!("gave no answer for {} s", SILENCE.as_secs()),
            false => format!("died of {}", describe_exit(status)),
        };
        let said = last_lines(log.path(), LOG_LINES).join("\n  ");
        let said = if said.is_empty() {
            said
        } else {
            format!("\n  {said}")
        };
        let plugin = format!("{} {}", task.plugin.name, task.plugin.version);
        Err(Error::new(
            "crash",
            format!("plugin {plugin}, {place}: the process that called it {how}{said}"),
        )
        .with_hint("this is a defect of the plugin; report it to its authors"))
    })
}
