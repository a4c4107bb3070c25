//! `neurotrain data info`.

use super::activity::{SplitStatistics, Statistics};
use super::arguments::InfoArgs;
use super::places::place_of;
use super::protocol::Work;
use super::selection::{Opened, advance, advise, sample_bar, select};
use crate::cli::Exit;
use crate::output::{Console, bytes, indent, percent, table, thousands};
use crate::runtime::DataSearch;
use anyhow::Result;
use neurotrain_plugin_api::{Component, DatasetInfo};
use serde_json::json;

pub(super) fn run(args: &InfoArgs, console: &Console) -> Result<Exit> {
    let one = &args.one;
    let registry = one.search.scan()?;
    let data = DataSearch::new(&one.search.data_dir);
    let selected = select(&registry, std::slice::from_ref(&one.key), &one.set)?;
    for selected in &selected {
        let bar = sample_bar(console, selected.key());
        let work = Work::Examine { samples: one.samples };
        let opened = selected
            .open(&data, &work, &mut advance(&bar))
            .map_err(|e| advise(selected, e));
        bar.finish_and_clear();
        let opened = opened?;
        let component = selected.found.component;
        let place = place_of(component, &opened.answer.info, &data).text();
        console.print(&if args.json {
            serde_json::to_string_pretty(&json!({
                "key": component.key,
                "name": component.name,
                "place": place,
                "source": opened.source,
                "info": opened.answer.info,
                "statistics": opened.answer.statistics,
                "sources": component.sources,
            }))?
        } else {
            text(component, &opened, &place)
        });
    }
    Ok(Exit::Done)
}

fn text(component: &Component, opened: &Opened, place: &str) -> String {
    let info = &opened.answer.info;
    let mut out = vec![format!("{} (`{}`)", component.name, component.key)];
    if !component.summary.is_empty() {
        out.push(indent(&component.summary));
    }
    let variant = match info.variant.as_str() {
        "" => "the official data",
        variant => variant,
    };
    let shape = |dims: &[usize]| dims.iter().map(ToString::to_string).collect::<Vec<_>>().join("×");
    let mut facts = vec![
        ("found", place.to_owned()),
        ("variant", variant.to_owned()),
        ("kind", info.kind.clone()),
        ("shape", shape(&info.shape)),
    ];
    if !info.sensor.is_empty() {
        facts.push(("sensor", format!("{} (rows×columns)", shape(&info.sensor))));
    }
    if let Some(source) = &opened.source {
        facts.push(("source", format!("{source}; the usual one is not here")));
    }
    facts.push(("classes", info.classes.to_string()));
    facts.push(("credit", info.attribution.clone()));
    let facts: Vec<String> = facts
        .iter()
        .map(|(name, value)| format!("{name:<9}{value}"))
        .collect();
    out.push(format!("\n{}", indent(&facts.join("\n"))));
    if let Some(statistics) = &opened.answer.statistics {
        out.push(section("Splits", &splits(statistics)));
        out.push(section("Classes", &classes(info, statistics)));
    }
    out.push(section("Files", &files(info)));
    out.join("\n")
}

fn section(title: &str, body: &str) -> String {
    format!("\n{title}\n{}", indent(body))
}

fn splits(statistics: &Statistics) -> String {
    let events = statistics.unit == "events";
    let rows = statistics.splits.iter().map(|split| {
        let a = split.activity;
        let mut row = vec![split.name.clone(), counted(split)];
        if events {
            let d = split.duration_ms.unwrap_or_default();
            row.push(format!("{:.0} ({:.0}–{:.0})", a.mean, a.min, a.max));
            row.push(format!("{:.1} ({:.1}–{:.1})", d.mean, d.min, d.max));
            row.push(match d.mean > 0.0 {
                true => format!("{:.1}", a.mean / d.mean),
                false => "–".to_owned(),
            });
            row.push(split.on_share.map_or_else(|| "–".to_owned(), percent));
        } else {
            row.push(format!("{:.4} ({:.4}–{:.4})", a.mean, a.min, a.max));
            let numbers = |pick: fn(&(f64, f64)) -> f64| {
                let texts = split.channels.iter().map(|c| format!("{:.4}", pick(c)));
                texts.collect::<Vec<_>>().join(", ")
            };
            row.push(numbers(|c| c.0));
            row.push(numbers(|c| c.1));
        }
        row
    });
    let header: &[&str] = match events {
        true => &[
            "split",
            "samples",
            "events per sample",
            "duration (ms)",
            "events per ms",
            "on",
        ],
        false => &[
            "split",
            "samples",
            "mean activity",
            "mean per channel",
            "deviation per channel",
        ],
    };
    table(header, rows)
}

/// `60,000`, or `2,000 of 60,000` when only a part was looked at.
fn counted(split: &SplitStatistics) -> String {
    match split.examined == split.samples {
        true => thousands(split.samples),
        false => format!(
            "{} ({} looked at)",
            thousands(split.samples),
            thousands(split.examined)
        ),
    }
}

fn classes(info: &DatasetInfo, statistics: &Statistics) -> String {
    let mut header = vec!["class".to_owned()];
    for split in &statistics.splits {
        header.push(split.name.clone());
        header.push(format!("{} activity", split.name));
    }
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let rows = (0..info.classes).map(|class| {
        let mut row = vec![class_name(info, class)];
        for split in &statistics.splits {
            let of = split.classes.get(class).copied().unwrap_or_default();
            row.push(thousands(of.samples));
            row.push(match statistics.unit.as_str() {
                "events" => format!("{:.0}", of.activity),
                _ => format!("{:.4}", of.activity),
            });
        }
        row
    });
    table(&header, rows)
}

/// Number and name of a class.
pub(super) fn class_name(info: &DatasetInfo, class: usize) -> String {
    match info.class_names.get(class) {
        Some(name) if *name != class.to_string() => format!("{class} {name}"),
        _ => class.to_string(),
    }
}

fn files(info: &DatasetInfo) -> String {
    let rows = info
        .files
        .iter()
        .map(|file| vec![file.name.clone(), bytes(file.bytes), file.sha256.clone()]);
    table(&["file", "size", "SHA-256"], rows)
}
