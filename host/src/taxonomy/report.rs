//! The table in its forms.

use super::arguments::Format;
use super::measured::Measured;
use super::verdict::{Placed, Verdict};
use crate::output::{bytes, indent, table};
use neurotrain_plugin_api::Result;
use std::fmt::Write;

const HEADER: [&str; 8] = [
    "rule",
    "strategy",
    "learning signal",
    "local in time",
    "local in space",
    "weight transport",
    "mechanisms",
    "memory in T",
];
const LEGEND: &str = "+ verified   ! contradicted   ? not observable   = measured, nothing is claimed";

/// All rules in the form asked for.
pub(super) fn print(placed: &[Placed], format: Format, verbose: bool) -> Result<String> {
    let mut text = match format {
        Format::Json => return Ok(serde_json::to_string_pretty(placed)?),
        Format::Csv => return Ok(csv(placed)),
        Format::Table => format!("{}\n{LEGEND}", table(&HEADER, placed.iter().map(row))),
        Format::Markdown => markdown(placed),
    };
    if verbose {
        for rule in placed {
            let _ = write!(text, "\n\n{}", details(rule));
        }
    }
    Ok(text)
}

/// What is contradicted, one line each.
pub(crate) fn faults(placed: &[Placed]) -> Vec<String> {
    let mut lines = Vec::new();
    for rule in placed {
        for finding in rule.contradictions() {
            lines.push(format!(
                "`{}` {} claims {}: {}, which measurement contradicts: {}",
                rule.rule, rule.version, finding.column, finding.says, finding.why
            ));
        }
    }
    lines
}

fn row(rule: &Placed) -> Vec<String> {
    let cell = |column: &str| {
        rule.finding(column)
            .map(|f| format!("{}{}", f.says, f.verdict.mark()).trim().to_owned())
            .unwrap_or_default()
    };
    vec![
        rule.rule.clone(),
        cell("strategy"),
        cell("learning signal"),
        cell("local in time"),
        cell("local in space"),
        cell("weight transport"),
        mechanisms(rule),
        cell("memory in T"),
    ]
}

/// Those that are claimed, and those whose absence is contradicted.
fn mechanisms(rule: &Placed) -> String {
    let named = |column: &str| {
        let finding = rule.finding(column)?;
        let is_claimed = !["no", "none", ""].contains(&finding.says.as_str());
        let name = match (column, is_claimed) {
            ("projection", true) => finding.says.to_uppercase(),
            (_, true) => column.to_owned(),
            (_, false) if finding.verdict == Verdict::Contradicted => format!("no {column}"),
            _ => return None,
        };
        Some(format!("{name}{}", finding.verdict.mark()))
    };
    let columns = ["traces", "spike timing", "projection", "local classifier"];
    columns
        .into_iter()
        .filter_map(named)
        .collect::<Vec<_>>()
        .join(", ")
}

fn markdown(placed: &[Placed]) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let mut lines = vec![
        line(&HEADER.map(str::to_owned)),
        line(&HEADER.map(|_| "---".to_owned())),
    ];
    lines.extend(placed.iter().map(|rule| line(&row(rule))));
    format!("{}\n\n{LEGEND}", lines.join("\n"))
}

fn csv(placed: &[Placed]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let claims = placed
        .iter()
        .find(|rule| !rule.findings.is_empty())
        .map(|rule| rule.findings.iter().map(|f| f.column).collect::<Vec<_>>())
        .unwrap_or_default();
    let mut header = vec!["rule".to_owned(), "version".to_owned()];
    header.extend(
        claims
            .iter()
            .flat_map(|c| [quoted(c), quoted(&format!("{c}: verdict"))]),
    );
    let mut lines = vec![header.join(",")];
    for rule in placed {
        let mut cells = vec![quoted(&rule.rule), quoted(&rule.version)];
        for claim in &claims {
            let finding = rule.finding(claim);
            cells.push(quoted(finding.map_or("", |f| &f.says)));
            cells.push(quoted(finding.map_or("", |f| f.verdict.name())));
        }
        lines.push(cells.join(","));
    }
    lines.join("\n")
}

fn details(rule: &Placed) -> String {
    let mut text = format!("{} ({} {})\n", rule.name, rule.rule, rule.version);
    if rule.taxonomy.is_none() {
        text.push_str("  its manifest says nothing of its place among learning rules\n");
    }
    for finding in &rule.findings {
        let _ = writeln!(
            text,
            "  {}: {} [{}] {}",
            finding.column,
            finding.says,
            finding.verdict.name(),
            finding.why
        );
    }
    for network in &rule.measured {
        let _ = writeln!(text, "{}", indent(&figures(network)));
    }
    for failure in &rule.failures {
        let _ = writeln!(text, "  not measured on {failure}");
    }
    text.trim_end().to_owned()
}

fn figures(m: &Measured) -> String {
    let mut lines = vec![format!(
        "on {}, {} hidden layers: {} gradients through layers, {} sweeps through time for a batch",
        m.model, m.hidden_layers, m.growth.spatial_backprop, m.growth.temporal_backprop
    )];
    let rows = m.growth.bytes.iter().map(|b| {
        let parts = [
            b.state(),
            b.neuron_state,
            b.rule_state,
            b.activations,
            b.scratch,
            b.input,
        ];
        std::iter::once(b.steps.to_string())
            .chain(parts.map(bytes))
            .collect()
    });
    lines.push(table(
        &[
            "steps",
            "state",
            "neurons",
            "rule",
            "activations",
            "scratch",
            "input",
        ],
        rows,
    ));
    lines.push(format!(
        "{:.1} bytes of state per step; a bit for each neuron and sample would be {:.1}",
        m.growth.per_step, m.growth.bit_per_neuron
    ));
    lines.extend(m.forms.iter().map(|form| {
        let alike = if form.same_updates { "alike" } else { "OTHERWISE" };
        let states: Vec<String> = form
            .growth
            .bytes
            .iter()
            .map(|b| format!("{} over {}", bytes(b.state()), b.steps))
            .collect();
        format!(
            "`execution: {}` changes weights {alike}; state: {} steps",
            form.execution,
            states.join(", ")
        )
    }));
    lines.extend(m.credit.notes.iter().map(|note| format!("note: {note}")));
    lines.join("\n")
}
