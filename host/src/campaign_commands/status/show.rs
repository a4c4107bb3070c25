//! The state for people and for programs.

use super::state::{Phase, RunState, Status, Supervisor, Totals};
use crate::output::{duration, indent};
use neurotrain_plugin_api::Result;
use std::time::Duration;

/// As JSON.
pub(in crate::campaign_commands) fn json(status: &Status) -> Result<String> {
    Ok(serde_json::to_string_pretty(status)?)
}

/// One line: counts and time left.
pub(in crate::campaign_commands) fn line(status: &Status) -> String {
    let mut parts = vec![counts(&status.totals)];
    parts.extend(status.seconds_left.map(|seconds| {
        format!(
            "about {} left",
            duration(Duration::try_from_secs_f64(seconds).unwrap_or_default())
        )
    }));
    format!("{}: {}", status.campaign, parts.join(", "))
}

/// Everything that matters; with `all` run by run.
pub(in crate::campaign_commands) fn text(status: &Status, all: bool) -> String {
    let mut out = line(status);
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!("\n{title}\n{}", indent(&lines.join("\n"))));
        }
    };
    section("At work:", status.supervisors.iter().map(supervisor).collect());
    let of = |wanted: fn(&Phase) -> bool| -> Vec<String> {
        status
            .runs
            .iter()
            .filter(|run| wanted(&run.phase))
            .map(described)
            .collect()
    };
    section("Running:", of(|phase| matches!(phase, Phase::Running { .. })));
    section("Failed:", of(|phase| matches!(phase, Phase::Failed { .. })));
    section(
        "Stopped, go on when they are taken:",
        of(|phase| *phase == Phase::Stopped),
    );
    if all {
        section("Waiting:", of(|phase| *phase == Phase::Waiting));
        section("Finished:", of(|phase| *phase == Phase::Finished));
    }
    section("Cannot run:", status.broken.clone());
    let studies = status.studies.iter();
    section(
        "Searches:",
        studies
            .map(|study| format!("{}: trials: {}", study.name, counts(&study.trials)))
            .collect(),
    );
    if status.supervisors.iter().all(|supervisor| supervisor.lost) && !status.is_over() {
        section(
            "Nobody is at work.",
            vec!["Start `neurotrain run` again, or `campaign submit`: finished runs are kept.".to_owned()],
        );
    }
    out
}

/// `3 of 12 finished, 2 running, 1 failed, 6 waiting`.
fn counts(totals: &Totals) -> String {
    let mut parts = vec![format!("{} of {} finished", totals.finished, totals.runs)];
    for (count, word) in [
        (totals.running, "running"),
        (totals.failed, "failed"),
        (totals.stopped, "stopped"),
        (totals.waiting, "waiting"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    parts.join(", ")
}

fn supervisor(supervisor: &Supervisor) -> String {
    let worker = match supervisor.worker.as_str() {
        "" => String::new(),
        worker => format!(", {worker}"),
    };
    let silent = duration(Duration::from_secs_f64(supervisor.silent_seconds));
    let lost = if supervisor.lost {
        format!(" – LOST, silent for {silent}")
    } else {
        String::new()
    };
    format!(
        "{} (process {}{worker}) since {}{lost}",
        supervisor.host, supervisor.pid, supervisor.since
    )
}

fn described(run: &RunState) -> String {
    let epochs = format!("epoch {}/{}", run.epoch, run.epochs);
    let time = run
        .seconds
        .map(|seconds| format!(", {}", duration(Duration::from_secs_f64(seconds))))
        .unwrap_or_default();
    let attempts = match run.attempts {
        0 | 1 => String::new(),
        n => format!(", attempt {n}"),
    };
    match &run.phase {
        Phase::Running { holder } => format!("{}: {epochs}{time}{attempts}, on {holder}", run.name),
        Phase::Failed { reason } => {
            let log = run
                .folder
                .as_ref()
                .map(|folder| format!("\n  log: {}", folder.join("run.log").display()));
            format!(
                "{}: {reason} ({epochs}{attempts}){}",
                run.name,
                log.unwrap_or_default()
            )
        }
        Phase::Stopped => format!("{}: {epochs}{attempts}", run.name),
        Phase::Finished => format!("{}{time}{attempts}", run.name),
        Phase::Waiting => run.name.clone(),
    }
}
