//! The parts that scripts of all engines share.

use super::order::Order;
use super::text_of;
use crate::output::shell_word;

/// The interpreter, and what the script is.
pub(super) fn head(what: &str) -> String {
    format!("#!/usr/bin/env bash\n# {what} Written by `neurotrain campaign submit`.\n")
}

/// Goes where the campaign was submitted, with the settings that were in force there, and names the command.
pub(super) fn setting(order: &Order, command: &[String]) -> String {
    let mut out = format!(
        "set -u\ncd {} || exit 1\n",
        shell_word(&text_of(&order.working_folder))
    );
    for (name, value) in std::env::vars() {
        let ours = name.starts_with("NEUROTRAIN_") || name == "XDG_DATA_HOME" || name == "XDG_CACHE_HOME";
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if ours && plain {
            out.push_str(&format!("export {name}={}\n", shell_word(&value)));
        }
    }
    let words: Vec<String> = command.iter().map(|word| shell_word(word)).collect();
    out.push_str(&format!("command=({})\n", words.join(" ")));
    out
}

/// Sums up, and merges the archives where this program can.
pub(super) fn summary(order: &Order) -> String {
    let program = shell_word(&text_of(&order.program));
    let folder = shell_word(&text_of(&order.folder));
    format!(
        "{}\"${{command[@]}}\"; code=$?\n\
         if {program} archive merge --help >/dev/null 2>&1; then\n    {program} archive merge {folder} || code=$?\nfi\n",
        setting(order, &order.command(&["--claim", "--no-new"]))
    )
}
