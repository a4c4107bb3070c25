//! What a user sees of a transfer.

use crate::output::{Console, bytes};
use indicatif::{ProgressBar, ProgressStyle};
use neurotrain_fetch::Event;

/// A bar on a terminal; lines for what is worth one elsewhere.
pub(super) struct Shown<'a> {
    console: &'a Console,
    name: &'a str,
    bar: ProgressBar,
}

impl<'a> Shown<'a> {
    pub(super) fn new(console: &'a Console, name: &'a str) -> Self {
        let bar = console.bars().add(ProgressBar::new(0));
        let template = "{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_owned());
        Shown { console, name, bar }
    }

    pub(super) fn event(&self, event: &Event<'_>) {
        let name = self.name;
        match event {
            Event::Waiting => self
                .console
                .note(&format!("{name}: another process is fetching it; waiting")),
            Event::Asking { url, have: 0 } => self.console.note(&format!("{name}: {url}")),
            Event::Asking { url, have } => {
                self.console
                    .note(&format!("{name}: {url}, from {} on", bytes(*have)));
                self.bar.reset_eta();
            }
            Event::Progress { have, total } => {
                self.bar.set_length(total.unwrap_or(0));
                self.bar.set_position(*have);
            }
            Event::Retrying { why, after, .. } => self.console.note(&format!(
                "{name}: {why}; trying again in {:.0} s",
                after.as_secs_f64().ceil()
            )),
            Event::GivenUp { url, why } => self.console.note(&format!("{name}: {url} is given up: {why}")),
            Event::Checking => self.bar.set_message("checking"),
        }
    }

    pub(super) fn end(self) {
        self.bar.finish_and_clear();
    }
}
