//! The child's side: opens one data set and does what it is told.

use super::draw::draw;
use super::examine::examine;
use super::gallery::Gallery;
use super::protocol::{Answer, Message, Task, Work};
use crate::cli::Exit;
use crate::process::{Sender, end_with_parent, inherited_channel};
use crate::runtime::{Plugin, ServiceSettings, config, open_session};
use crate::worker::protocol::Failure;
use neurotrain_loader::Source;
use neurotrain_plugin_api::{Error, Result};

/// Answers the task that arrives on the inherited channel.
pub(crate) fn child() -> Result<Exit> {
    end_with_parent();
    let Some((sender, mut inbox)) = inherited_channel::<Message, Task>()? else {
        return Err(Error::new("usage", "this command is for the program's own use"));
    };
    if let Some(task) = inbox.next() {
        let message = match work(&task, &sender) {
            Ok(answer) => Message::Done(Box::new(answer)),
            Err(e) => Message::Failed(Failure::from(&e)),
        };
        sender.send(&message)?;
    }
    Ok(Exit::Done)
}

fn work(task: &Task, sender: &Sender<Message>) -> Result<Answer> {
    let entering = |call: &str| {
        sender.send(&Message::Entering {
            call: call.to_owned(),
        })
    };
    entering("loading")?;
    let file = &task.plugin;
    let plugin = Plugin::open(&file.path, &file.name, &file.version)?;
    let session = open_session("cpu", "f32", 0)?;
    let settings = ServiceSettings {
        data: task.data.clone(),
        ..ServiceSettings::default()
    };
    entering(&format!("opening of `{}`", task.key))?;
    let open = plugin.dataset(&task.key, &config(&task.config), &session, &settings)?;
    let blame = |e: Error| e.context(format!("plugin {}, data set `{}`", plugin.label(), task.key));
    let source = Source::new(open.raw).map_err(blame)?;
    entering(&format!("reading of `{}`", task.key))?;
    let mut progress = |done, total| {
        // A parent that is gone ends this process.
        let _ = sender.send(&Message::Progress { done, total });
    };
    let mut answer = Answer {
        info: source.info().clone(),
        statistics: None,
        pictures: Vec::new(),
    };
    match &task.work {
        Work::Describe => {}
        Work::Examine { samples } => {
            answer.statistics = Some(examine(&source, *samples, &mut progress).map_err(blame)?);
        }
        Work::Draw { samples, out } => {
            let gallery = Gallery::collect(&source, *samples, &mut progress).map_err(blame)?;
            answer.pictures = draw(&task.key, source.info(), &gallery, out)?;
        }
    }
    Ok(answer)
}
