//! `neurotrain archive merge`.

use super::arguments::MergeArgs;
use super::attempts::{Attempt, State, attempts};
use super::choice::best;
use super::places::{CAMPAIGN_FILE, Place, places};
use crate::cli::Exit;
use crate::output::{Console, bytes, indent};
use crate::supervisor::folders::METRICS_FILE;
use neurotrain_archive::{CampaignMember, Content, Replaced, RunLog, verify_run, write_campaign};
use neurotrain_plugin_api::{Error, Result};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub(super) fn run(args: &MergeArgs, console: &Console) -> Result<Exit> {
    let places = places(&args.paths)?;
    let folders: Vec<&Path> = places
        .iter()
        .filter_map(|place| match place {
            Place::Campaign(folder) => Some(folder.as_path()),
            _ => None,
        })
        .collect();
    let output = output(args, &folders)?;
    let attempts = attempts(&places);
    let current = folders.iter().flat_map(|folder| current_ids(folder)).collect();
    let chosen = best(&attempts, &current);
    let mut lacking = never_begun(&folders, &attempts);
    let mut members = Vec::new();
    for attempt in chosen {
        match usable(attempt) {
            Ok(member) => members.push(member),
            // Searches give up trials as a matter of course.
            Err(_) if !attempt.study.is_empty() && !matches!(attempt.state, State::Damaged(_)) => {}
            Err(reason) => lacking.push(format!("{}: {reason}", attempt.name)),
        }
    }
    if !lacking.is_empty() {
        console.note(&format!("Missing or damaged:\n{}", indent(&lacking.join("\n"))));
    }
    if !lacking.is_empty() && !args.partial || members.is_empty() {
        return Err(incomplete(lacking.len(), members.len()));
    }
    let content = if args.link {
        Content::Links
    } else {
        Content::Copies
    };
    if content == Content::Copies {
        check_memory(&members)?;
    }
    let replaced = write_campaign(&output, &name_of(&folders), &members, content)?;
    let size = std::fs::metadata(&output).map_or(0, |m| m.len());
    let count = match members.len() {
        1 => "1 run".to_owned(),
        n => format!("{n} runs"),
    };
    console.print(&match replaced {
        Replaced::Unchanged => format!("{}: {count}, unchanged", output.display()),
        Replaced::Created | Replaced::Changed => format!("{}: {count}, {}", output.display(), bytes(size)),
    });
    Ok(Exit::Done)
}

fn output(args: &MergeArgs, folders: &[&Path]) -> Result<PathBuf> {
    match (&args.output, folders) {
        (Some(file), _) => Ok(file.clone()),
        (None, [folder]) => Ok(folder.join(CAMPAIGN_FILE)),
        (None, _) => Err(Error::new(
            "usage",
            "several campaigns, or runs without one, go into a file that must be named",
        )
        .with_hint("name it with --output FILE")),
    }
}

/// The attempt as a member, if it is complete and what was written.
fn usable(attempt: &Attempt) -> std::result::Result<CampaignMember<'_>, String> {
    let run = match (attempt.run(), attempt.complete()) {
        (Some(run), true) => run,
        _ => return Err(attempt.reason()),
    };
    let log = attempt.folder.as_ref().map(|folder| folder.join(METRICS_FILE));
    let log = log.and_then(|path| RunLog::read(&path).ok());
    match verify_run(&attempt.file, log.as_ref()).flaws.first() {
        Some(flaw) => Err(format!("{}: {}", attempt.file.display(), flaw.reason())),
        None => Ok(CampaignMember {
            name: &attempt.name,
            study: &attempt.study,
            run,
        }),
    }
}

/// Experiments of the campaigns without any attempt.
fn never_begun(folders: &[&Path], attempts: &[Attempt]) -> Vec<String> {
    let begun = |name: &str| attempts.iter().any(|a| a.study.is_empty() && a.name == name);
    folders
        .iter()
        .flat_map(|folder| {
            let campaign = json(&folder.join("campaign.json"));
            let experiments = campaign["experiments"].as_array().cloned().unwrap_or_default();
            experiments
                .into_iter()
                .filter_map(|e| e["name"].as_str().map(str::to_owned))
        })
        .filter(|name| !begun(name))
        .map(|name| format!("{name}: it was never started"))
        .collect()
}

/// The ids under which the campaign last knew its runs, by name.
fn current_ids(folder: &Path) -> HashMap<String, String> {
    let summary = json(&folder.join("summary.json"));
    let runs = summary["runs"].as_array().cloned().unwrap_or_default();
    let told = |run: &Value| Some((run["name"].as_str()?.to_owned(), run["id"].as_str()?.to_owned()));
    runs.iter()
        .filter_map(told)
        .filter(|(_, id)| !id.is_empty())
        .collect()
}

/// A file that only helps: what cannot be read says nothing.
fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).ok();
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

fn name_of(folders: &[&Path]) -> String {
    let names: Vec<String> = folders
        .iter()
        .filter_map(|folder| folder.canonicalize().ok())
        .filter_map(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.join(" + ")
}

/// The file is built in memory; a process that runs out of it would be killed without a word.
fn check_memory(members: &[CampaignMember<'_>]) -> Result<()> {
    let needed = members.iter().map(|m| m.run.bytes).sum::<u64>() / 4 * 9;
    match available_memory() {
        Some(available) if available < needed => Err(Error::new(
            "archive-full",
            format!(
                "merging takes {} of memory, {} are free",
                bytes(needed),
                bytes(available)
            ),
        )
        .with_hint("leave the weights in the files of the runs with --link, or merge fewer runs")),
        _ => Ok(()),
    }
}

fn available_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim()
        .strip_suffix("kB")?
        .trim()
        .parse::<u64>()
        .ok()
        .map(|kib| kib * 1024)
}

fn incomplete(lacking: usize, there: usize) -> Error {
    if there == 0 {
        return Error::new("missing-data", "there is no complete run to merge")
            .with_hint("run the campaign first; `neurotrain archive ls` shows what is there");
    }
    let runs = if lacking == 1 {
        "1 run is".to_owned()
    } else {
        format!("{lacking} runs are")
    };
    Error::new(
        "missing-data",
        format!("{runs} missing or damaged; nothing was written"),
    )
    .with_hint("run the campaign again, or merge what is there with --partial")
}
