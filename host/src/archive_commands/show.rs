//! `neurotrain archive show`.

use super::arguments::ShowArgs;
use super::attempts::{State, attempts};
use super::places::places;
use crate::cli::Exit;
use crate::output::Console;
use neurotrain_archive::{render_json, render_text};
use neurotrain_plugin_api::{Error, Result};

/// Shows every run that can be read, and says of the others why not.
pub(super) fn run(args: &ShowArgs, console: &Console) -> Result<Exit> {
    let mut exit = Exit::Done;
    let mut fail = |e: Error| {
        console.error(&e.into());
        exit = Exit::Failed;
    };
    for path in &args.paths {
        // What is not there does not keep the rest from being shown.
        let places = match places(std::slice::from_ref(path)) {
            Ok(places) => places,
            Err(e) => {
                fail(e);
                continue;
            }
        };
        for attempt in attempts(&places) {
            match attempt.state {
                State::Archived(run) if args.json => {
                    console.print(&serde_json::to_string_pretty(&render_json(&run)?)?);
                }
                State::Archived(run) => console.print(render_text(&run).trim_end()),
                State::Damaged(e) => fail(e),
                State::Running | State::Interrupted { .. } => fail(
                    Error::new(
                        "missing-data",
                        format!("{} is not there: {}", attempt.file.display(), attempt.reason()),
                    )
                    .with_hint("metrics so far are in run.jsonl beside it"),
                ),
            }
        }
    }
    Ok(exit)
}
