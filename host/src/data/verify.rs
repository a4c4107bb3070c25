//! `neurotrain data verify`.

use super::arguments::VerifyArgs;
use super::places::{file_of, is_stand_in};
use super::protocol::Work;
use super::selection::{Selected, advance, advise, sample_bar, select};
use crate::cli::Exit;
use crate::output::{Console, thousands};
use crate::runtime::DataSearch;
use anyhow::Result;
use neurotrain_fetch::check_file;
use neurotrain_plugin_api::{DatasetInfo, Error};
use serde::Serialize;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    key: String,
    /// A path, or what was done.
    what: String,
    /// `ok`, `note` or `fault`.
    verdict: &'static str,
    details: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    hint: String,
}

pub(super) fn run(args: &VerifyArgs, console: &Console) -> Result<Exit> {
    let registry = args.search.scan()?;
    let data = DataSearch::new(&args.search.data_dir);
    let selected = select(&registry, &args.keys, &args.set)?;
    let mut findings = Vec::new();
    for one in &selected {
        let first = findings.len();
        files(one, &data, &mut findings);
        samples(one, !args.keys.is_empty(), &data, console, &mut findings);
        if !args.json {
            findings[first..]
                .iter()
                .for_each(|finding| print(finding, console));
        }
    }
    let faults = findings.iter().filter(|f| f.verdict == "fault").count();
    if args.json {
        console.print(&serde_json::to_string_pretty(&findings)?);
    } else {
        console.print(&match faults {
            0 => "Everything is right.".to_owned(),
            1 => "1 fault.".to_owned(),
            n => format!("{n} faults."),
        });
    }
    Ok(if faults == 0 { Exit::Done } else { Exit::Failed })
}

/// Compares the files that are here with what is published.
fn files(one: &Selected<'_>, data: &DataSearch, findings: &mut Vec<Finding>) {
    let component = one.found.component;
    for source in &component.sources {
        let Some(path) = file_of(component, source, data) else {
            continue;
        };
        let mut finding = Finding {
            key: component.key.clone(),
            what: path.display().to_string(),
            verdict: "ok",
            details: String::new(),
            hint: String::new(),
        };
        if is_stand_in(&path) {
            finding.verdict = "note";
            finding.details = "a stand-in, which is not compared with anything".to_owned();
        } else {
            match check_file(source, &path) {
                Ok(checked) if checked.by.is_empty() => {
                    finding.verdict = "note";
                    finding.details = "nothing is published to compare it with".to_owned();
                }
                Ok(checked) => finding.details = checked.by.join(", "),
                Err(e) => blame(&mut finding, &e),
            }
        }
        findings.push(finding);
    }
}

/// Has the plugin decode every sample.
fn samples(
    one: &Selected<'_>,
    wanted: bool,
    data: &DataSearch,
    console: &Console,
    findings: &mut Vec<Finding>,
) {
    let mut finding = Finding {
        key: one.key().to_owned(),
        what: "all samples".to_owned(),
        verdict: "ok",
        details: String::new(),
        hint: String::new(),
    };
    let bar = sample_bar(console, one.key());
    let outcome = one.open(data, &Work::Examine { samples: Some(0) }, &mut advance(&bar));
    bar.finish_and_clear();
    match outcome {
        Ok(opened) => finding.details = decoded(&opened.answer.info),
        Err(e) if !wanted && ["missing-data", "bad-config"].contains(&e.code()) => return,
        Err(e) => blame(&mut finding, &advise(one, e)),
    }
    findings.push(finding);
}

fn decoded(info: &DatasetInfo) -> String {
    let splits: Vec<String> = info
        .splits
        .iter()
        .map(|(name, n)| format!("{} {name}", thousands(*n as u64)))
        .collect();
    let variant = match info.variant.as_str() {
        "" => String::new(),
        variant => format!(" [{variant}]"),
    };
    format!("decoded, labels in range: {}{variant}", splits.join(", "))
}

fn blame(finding: &mut Finding, e: &Error) {
    finding.verdict = "fault";
    finding.details = e.message().to_owned();
    finding.hint = e.hint().to_owned();
}

fn print(finding: &Finding, console: &Console) {
    let Finding {
        key, what, details, ..
    } = finding;
    if finding.verdict == "fault" {
        console.error(
            &Error::new("bad-data", format!("{key}: {details}"))
                .with_hint(&finding.hint)
                .into(),
        );
    } else {
        console.print(&format!(
            "{key}: {what}: {}{details}",
            if finding.verdict == "ok" { "ok, " } else { "" }
        ));
    }
}
