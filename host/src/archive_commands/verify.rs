//! `neurotrain archive verify`.

use super::arguments::VerifyArgs;
use super::attempts::{Attempt, State, attempts, counted_epochs};
use super::leftovers::leftovers;
use super::places::{CAMPAIGN_FILE, Place, places};
use super::rebuild::rebuild;
use crate::cli::Exit;
use crate::output::Console;
use crate::supervisor::folders::METRICS_FILE;
use neurotrain_archive::{Flaw, RunLog, verify_campaign, verify_run};
use neurotrain_plugin_api::{Error, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    file: PathBuf,
    /// `ok`, `note` or `fault`.
    verdict: &'static str,
    details: Vec<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    hint: &'static str,
}

pub(super) fn run(args: &VerifyArgs, console: &Console) -> Result<Exit> {
    let places = places(&args.paths)?;
    let attempts = attempts(&places);
    let mut findings = Vec::new();
    let mut tell = |finding: Finding| {
        if !args.json {
            print(&finding, console);
        }
        findings.push(finding);
    };
    // Runs within a campaign file are looked at with the file.
    let campaigns = campaign_files(&places);
    for attempt in attempts.iter().filter(|a| !campaigns.contains(&a.file)) {
        let mut finding = look_at(attempt, &attempts);
        if args.rebuild && finding.verdict == "fault" {
            repair(attempt, &mut finding);
        }
        tell(finding);
    }
    for file in &campaigns {
        tell(look_at_campaign(file));
    }
    for leftover in leftovers(&places) {
        tell(clear(&leftover.path, leftover.in_use, args.clean));
    }
    conclude(&findings, args.json, console)
}

fn campaign_files(places: &[Place]) -> Vec<PathBuf> {
    let file = |place: &Place| match place {
        Place::CampaignFile(file) => Some(file.clone()),
        Place::Campaign(folder) => Some(folder.join(CAMPAIGN_FILE)).filter(|file| file.is_file()),
        _ => None,
    };
    places.iter().filter_map(file).collect()
}

fn look_at(attempt: &Attempt, all: &[Attempt]) -> Finding {
    let mut finding = Finding {
        file: attempt.file.clone(),
        verdict: "ok",
        details: Vec::new(),
        hint: "",
    };
    match &attempt.state {
        State::Running => {
            finding.verdict = "note";
            finding.details.push("the run is going on".to_owned());
        }
        State::Interrupted { epochs } => {
            let mut same = all
                .iter()
                .filter(|other| other.id == attempt.id && other.study == attempt.study);
            let details = format!(
                "there is no archive: the run ended after {}",
                counted_epochs(*epochs)
            );
            if same.any(|other| other.complete() || matches!(other.state, State::Running)) {
                finding.verdict = "note";
                finding.details.push(details + "; another attempt has taken over");
            } else {
                finding.verdict = "fault";
                finding.details.push(details);
                finding.hint = "run the campaign again, it goes on from its checkpoint; or keep the metrics with --rebuild";
            }
        }
        State::Archived(_) | State::Damaged(_) => examine(attempt, &mut finding),
    }
    finding
}

fn examine(attempt: &Attempt, finding: &mut Finding) {
    let log = attempt.folder.as_ref().map(|folder| folder.join(METRICS_FILE));
    let log = log.filter(|path| path.is_file()).map(|path| RunLog::read(&path));
    let contents = match &log {
        Some(Ok(contents)) => Some(contents),
        Some(Err(e)) => {
            finding.verdict = "fault";
            finding.details.push(e.message().to_owned());
            None
        }
        None => None,
    };
    let verdict = verify_run(&attempt.file, contents);
    if !verdict.flaws.is_empty() {
        finding.verdict = "fault";
        let told = verdict.flaws.iter().map(|flaw| match flaw {
            Flaw::Log(reason) => format!("its log: {reason}"),
            flaw => flaw.reason().to_owned(),
        });
        finding.details.extend(told);
        finding.hint = if verdict.flaws.iter().any(|flaw| matches!(flaw, Flaw::Archive(_))) {
            "restore it from a copy; or keep the metrics of its log with --rebuild, and run the campaign again"
        } else {
            "the archive itself is whole; compare it with a copy, or run the experiment again with --force"
        };
        return;
    }
    let Some(run) = verdict.run else { return };
    if finding.verdict == "ok" {
        finding.details.push(match verdict.every_bit {
            true => "every bit is what was written".to_owned(),
            false => "weights and metrics are what was written; no log tells of the rest".to_owned(),
        });
    }
    if !run.record.status.reason().is_empty() {
        finding
            .details
            .push(format!("the run failed: {}", run.record.status.reason()));
        if finding.verdict == "ok" {
            finding.verdict = "note";
        }
    }
}

fn repair(attempt: &Attempt, finding: &mut Finding) {
    let lost = match &attempt.state {
        State::Interrupted { .. } => true,
        // A whole archive is not replaced, whatever its log says.
        State::Damaged(_) => true,
        State::Archived(run) => run.read_parameters().is_err() || changed_since(attempt),
        State::Running => false,
    };
    let Some(folder) = attempt.folder.as_ref().filter(|_| lost) else {
        return;
    };
    match rebuild(folder) {
        Ok(done) => {
            finding.details.push(done);
            finding.hint = "run the campaign again: it does this run anew";
        }
        Err(e) => {
            finding
                .details
                .push(format!("it was not rebuilt: {}", e.message()));
            finding.hint = "run the campaign again: it does this run anew";
        }
    }
}

/// Whether the file opens but is not the one that the log knows.
fn changed_since(attempt: &Attempt) -> bool {
    let log = attempt
        .folder
        .as_ref()
        .map(|folder| RunLog::read(&folder.join(METRICS_FILE)));
    let log = log.and_then(Result::ok);
    let verdict = verify_run(&attempt.file, log.as_ref());
    verdict.flaws.iter().any(|flaw| matches!(flaw, Flaw::Archive(_)))
}

fn look_at_campaign(file: &Path) -> Finding {
    let flaws = verify_campaign(file);
    let details: Vec<String> = flaws
        .iter()
        .map(|(run, flaw)| match run {
            Some(run) => format!("run `{run}`: {}", flaw.reason()),
            None => flaw.reason().to_owned(),
        })
        .collect();
    if details.is_empty() {
        return Finding {
            file: file.to_owned(),
            verdict: "ok",
            details: vec!["weights and metrics of every run are what was written".to_owned()],
            hint: "",
        };
    }
    Finding {
        file: file.to_owned(),
        verdict: "fault",
        details,
        hint: "make it again with `neurotrain archive merge`",
    }
}

fn clear(path: &Path, in_use: bool, clean: bool) -> Finding {
    let (verdict, details, hint) = match (in_use, clean) {
        (true, _) => ("note", "it is being written".to_owned(), ""),
        (false, false) => (
            "fault",
            "a half-written file of a process that is gone".to_owned(),
            "remove it with --clean",
        ),
        (false, true) => match std::fs::remove_file(path) {
            Ok(()) => (
                "note",
                "a half-written file of a process that is gone; removed".to_owned(),
                "",
            ),
            Err(e) => (
                "fault",
                format!("a half-written file that cannot be removed: {e}"),
                "",
            ),
        },
    };
    Finding {
        file: path.to_owned(),
        verdict,
        details: vec![details],
        hint,
    }
}

fn print(finding: &Finding, console: &Console) {
    let Finding {
        file,
        verdict,
        details,
        hint,
    } = finding;
    let text = details.join("; ");
    let shown = file.display();
    match *verdict {
        "fault" => console.error(
            &Error::new("bad-data", format!("{shown}: {text}"))
                .with_hint(*hint)
                .into(),
        ),
        "ok" => console.print(&format!("{shown}: ok, {text}")),
        _ => console.print(&format!("{shown}: {text}")),
    }
}

fn conclude(findings: &[Finding], json: bool, console: &Console) -> Result<Exit> {
    let faults = findings.iter().filter(|f| f.verdict == "fault").count();
    if json {
        console.print(&serde_json::to_string_pretty(findings)?);
    } else {
        console.print(&match faults {
            0 => "Everything is right.".to_owned(),
            1 => "1 fault.".to_owned(),
            n => format!("{n} faults."),
        });
    }
    Ok(if faults == 0 { Exit::Done } else { Exit::Failed })
}
