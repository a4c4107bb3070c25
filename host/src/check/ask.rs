//! The supervisor's side: starts the child, and starts it again where a plugin kills it.

use super::protocol::{Answer, Batch, Question, Verdict};
use crate::process::{Launch, describe_exit, kill_group};
use crate::runtime::DataSearch;
use crate::supervisor::folders::last_lines;
use crate::worker::protocol::Failure;
use neurotrain_plugin_api::Result;
use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Longest silence of a child: opening a large data set takes a while.
const SILENCE: Duration = Duration::from_secs(300);
/// Lines of a dead child's output that are shown.
const LOG_LINES: usize = 5;

/// Answers every question, in order; equal questions are asked once.
///
/// `silence` bounds the time without an answer; however long, it is five minutes at most.
pub(crate) fn ask(
    questions: &[Question],
    data: &DataSearch,
    silence: Option<Duration>,
) -> Result<Vec<Verdict>> {
    let silence = silence.unwrap_or(SILENCE).min(SILENCE);
    let mut places = BTreeMap::new();
    let mut distinct = Vec::new();
    let mut order = Vec::with_capacity(questions.len());
    for question in questions {
        let place = *places.entry(serde_json::to_string(question)?).or_insert_with(|| {
            distinct.push(question.clone());
            distinct.len() - 1
        });
        order.push(place);
    }
    let mut verdicts: Vec<Verdict> = Vec::with_capacity(distinct.len());
    while verdicts.len() < distinct.len() {
        let batch = Batch {
            questions: distinct[verdicts.len()..].to_vec(),
            data: data.clone(),
        };
        verdicts.extend(one_child(batch, silence)?);
    }
    Ok(order
        .into_iter()
        .filter_map(|place| verdicts.get(place).cloned())
        .collect())
}

/// The verdicts of one child, which answers at least one question: if it dies, that is the verdict.
fn one_child(batch: Batch, silence: Duration) -> Result<Vec<Verdict>> {
    let expected = batch.questions.len();
    let log = tempfile::NamedTempFile::new()?;
    let launch = Launch {
        verb: "__check",
        args: Vec::new(),
        threads: 1,
        output: Some(log.reopen()?),
        log_filter: "off".to_owned(),
    };
    let (child, orders, answers) = launch.start::<Batch, Answer>()?;
    let id = child.id();
    let (sender, inbox) = channel();
    let listener = std::thread::spawn(move || answers.for_each(|answer| drop(sender.send(answer))));
    // A child that died before it read this is noticed below.
    let _ = orders.send(&batch);
    let mut verdicts = Vec::new();
    let mut place = None;
    let mut silent = false;
    while verdicts.len() < expected {
        match inbox.recv_timeout(silence) {
            Ok(Answer::Entering { plugin, call }) => place = Some((plugin, call)),
            Ok(Answer::Answered(verdict)) => {
                verdicts.push(verdict);
                place = None;
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                silent = true;
                break;
            }
        }
    }
    drop(orders);
    if silent || verdicts.len() == expected {
        kill_group(id);
    }
    let status = child.wait()?;
    let _ = listener.join();
    if verdicts.len() < expected {
        let how = if silent {
            format!("gave no answer for {} s", silence.as_secs())
        } else {
            format!("died of {}", describe_exit(status))
        };
        let log = last_lines(log.path(), LOG_LINES);
        verdicts.push(Verdict::Broken(Failure {
            log,
            ..died(place, &how)
        }));
    }
    Ok(verdicts)
}

fn died(place: Option<(String, String)>, how: &str) -> Failure {
    let (message, hint) = match place {
        Some((plugin, call)) => (
            format!("plugin {plugin}, {call}: the process that called it {how}"),
            "this is a defect of the plugin; report it to its authors, or leave it out".to_owned(),
        ),
        None => (
            format!("the process that checks experiments {how}"),
            String::new(),
        ),
    };
    Failure {
        code: "crash".to_owned(),
        message,
        hint,
        ..Failure::default()
    }
}
