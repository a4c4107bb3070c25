//! `campaign submit`: a campaign as a job of a batch system.

mod hyperqueue;
mod order;
mod script;
mod slurm;
mod time;

use super::arguments::SubmitArgs;
use crate::cli::Exit;
use crate::output::{Console, indent, shell_word};
use crate::supervisor::folders::write_whole;
use crate::supervisor::outline;
use neurotrain_plugin_api::{Error, Result};
use order::Order;
use std::path::{Path, PathBuf};
use std::process::Command;
pub(super) use time::seconds_of;

/// Elements unless the user says otherwise, at most.
const WORKERS: u32 = 16;

/// Checks the campaign, writes the scripts, and submits them.
pub(super) fn submit(args: &SubmitArgs, log_level: &str, console: &Console) -> Result<Exit> {
    let run = order::run_arguments(args)?;
    let request = order::request(args, &run, log_level)?;
    let outline = outline(&request, console)?;
    if !outline.broken.is_empty() {
        let reasons = indent(&outline.broken.join("\n"));
        console.note(&format!("warning: some experiments cannot run:\n{reasons}"));
    }
    if outline.todo == 0 {
        console.print(&format!(
            "Nothing to submit: all {} runs of `{}` are finished in {}.",
            outline.runs,
            outline.campaign,
            outline.folder.display()
        ));
        return Ok(Exit::Done);
    }
    let todo = u32::try_from(outline.todo).unwrap_or(u32::MAX);
    let workers = args.workers.unwrap_or_else(|| todo.min(WORKERS));
    if workers > todo && !args.shard {
        console.note(&format!(
            "note: {workers} elements for {todo} runs: some will find nothing to do"
        ));
    }
    let order = Order {
        campaign: outline.campaign,
        folder: outline.folder,
        workers,
        run,
        program: std::env::current_exe()?,
        working_folder: std::env::current_dir()?,
        file: std::path::absolute(&args.file)?,
    };
    let written = if args.slurm {
        slurm::files(&order, args)
    } else {
        hyperqueue::files(&order, args)
    };
    if args.dry_run {
        for (name, text) in &written {
            console.print(&format!(
                "# {}\n{text}",
                order.submit_folder().join(name).display()
            ));
        }
        return Ok(Exit::Done);
    }
    std::fs::create_dir_all(order.submit_folder())?;
    for (name, text) in &written {
        write_whole(&order.submit_folder().join(name), text)?;
    }
    let lines = if args.slurm {
        slurm::submit(&order)?
    } else {
        hyperqueue::submit(&order)?
    };
    console.print(&format!(
        "Submitted `{}`: {} runs to do, {workers} elements.\n{}",
        order.campaign,
        outline.todo,
        indent(&lines.join("\n"))
    ));
    console.print(&format!(
        "Watch it:\n  neurotrain campaign watch {}\nLogs:\n  {}",
        shell_word(&order.folder.display().to_string()),
        order.submit_folder().display()
    ));
    Ok(Exit::Done)
}

/// What a program of a batch system prints.
fn ask(program: &str, args: &[&str], files: &[PathBuf], what_it_is: &str) -> Result<String> {
    let output = Command::new(program)
        .args(args)
        .args(files)
        .output()
        .map_err(|e| {
            let hint = if e.kind() == std::io::ErrorKind::NotFound {
                format!("run this where {what_it_is} is installed, and have `{program}` on the PATH")
            } else {
                String::new()
            };
            Error::new("no-batch-system", format!("`{program}` cannot be started: {e}")).with_hint(hint)
        })?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() {
        return Ok(said);
    }
    let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let complaint = if complaint.is_empty() { said } else { complaint };
    Err(Error::new(
        "batch-system",
        format!("`{program} {}` refused: {complaint}", args.join(" ")),
    ))
}

/// A path as text.
fn text_of(path: &Path) -> String {
    path.display().to_string()
}
