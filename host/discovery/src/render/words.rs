//! Pieces that all three texts share.

use crate::fault::Refusal;
use crate::registry::PluginEntry;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use std::fmt::Write;

/// A table of this width, or as wide as the terminal.
pub(super) fn table(header: &[&str], width: Option<u16>) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = width {
        table.set_width(width);
    }
    table.set_header(header);
    table
}

/// `1 file`, `2 files`.
pub(super) fn count(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// `plugin 0.3.1`, or nothing where that is unknown.
pub(super) fn plugin_name(entry: &PluginEntry) -> String {
    entry
        .identity
        .as_ref()
        .map(|identity| format!("{} {}", identity.name, identity.version))
        .unwrap_or_default()
}

/// Reason, way out and the first lines of the details, indented.
pub(super) fn reason(refusal: &Refusal, indent: &str) -> String {
    const SHOWN: usize = 6;
    let mut text = format!(
        "{indent}{}\n{indent}what to do: {}\n",
        refusal.message, refusal.hint
    );
    let lines: Vec<&str> = refusal.details.lines().collect();
    for line in lines.iter().take(SHOWN) {
        let _ = writeln!(text, "{indent}  | {line}");
    }
    if lines.len() > SHOWN {
        let _ = writeln!(
            text,
            "{indent}  | … {} (all with --json)",
            count(lines.len() - SHOWN, "more line")
        );
    }
    text
}
