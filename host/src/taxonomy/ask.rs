//! The parent's side of a measurement: plugin code runs in a child, which may die of it.

use super::measured::{Measured, Message, Task};
use crate::process::{Launch, describe_exit, kill_group};
use neurotrain_plugin_api::Result;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Longest silence of a child.
const SILENCE: Duration = Duration::from_secs(120);

/// What came out on each network, and why nothing came out on others.
pub(super) fn ask(task: &Task) -> Result<(Vec<Measured>, Vec<String>)> {
    let mut file = tempfile::NamedTempFile::new()?;
    serde_json::to_writer(&mut file, task)?;
    let launch = Launch {
        verb: "__taxonomy",
        args: vec![file.path().into()],
        threads: 1,
        output: None,
        log_filter: "off".to_owned(),
    };
    let (child, _orders, answers) = launch.start::<(), Message>()?;
    let id = child.id();
    let (sender, inbox) = channel();
    let listener = std::thread::spawn(move || answers.for_each(|answer| drop(sender.send(answer))));
    let (mut measured, mut failures) = (Vec::new(), Vec::new());
    let mut place = "loading".to_owned();
    let silent = loop {
        match inbox.recv_timeout(SILENCE) {
            Ok(Message::Entering(model)) => place = model,
            Ok(Message::Done(one)) => measured.push(*one),
            Ok(Message::Failed(reason)) => failures.push(reason),
            Ok(Message::End) => {
                place.clear();
                break false;
            }
            Err(RecvTimeoutError::Disconnected) => break false,
            Err(RecvTimeoutError::Timeout) => break true,
        }
    };
    if silent {
        kill_group(id);
    }
    let status = child.wait()?;
    let _ = listener.join();
    if silent {
        failures.push(format!("{place}: no answer for {} s", SILENCE.as_secs()));
    } else if !place.is_empty() {
        failures.push(format!(
            "{place}: the process that measured died of {}",
            describe_exit(status)
        ));
    }
    Ok((measured, failures))
}
