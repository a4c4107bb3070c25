//! `campaign watch`.

use super::arguments::WatchArgs;
use super::status::{Viewer, line, text};
use crate::cli::Exit;
use crate::output::Console;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use neurotrain_plugin_api::Result;
use std::time::Duration;

/// Shows the state until nothing is left to wait for: redrawn on a terminal, a line at every change elsewhere.
pub(super) fn watch(args: &WatchArgs, console: &Console) -> Result<Exit> {
    let mut viewer = Viewer::new(&args.folder)?;
    let screen = console.is_interactive().then(|| {
        let bar = console.bars().add(ProgressBar::new_spinner());
        bar.set_style(
            ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar
    });
    let mut shown = String::new();
    loop {
        let status = viewer.look()?;
        match &screen {
            Some(screen) => screen.set_message(text(&status, args.all)),
            None => {
                let now = line(&status);
                if now != shown {
                    console.print(&now);
                    shown = now;
                }
            }
        }
        if status.is_over() {
            if let Some(screen) = &screen {
                screen.finish_and_clear();
                console.print(&text(&status, args.all));
            }
            return Ok(status.exit());
        }
        std::thread::sleep(Duration::from_secs_f64(args.interval));
    }
}
