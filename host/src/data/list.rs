//! `neurotrain data list`.

use super::arguments::ListArgs;
use super::places::place_of;
use super::protocol::Work;
use super::selection::{Opened, Selected, select};
use crate::cli::Exit;
use crate::output::{Console, bytes, table};
use crate::runtime::DataSearch;
use anyhow::Result;
use neurotrain_plugin_api::{Component, Error};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

type Outcome = std::result::Result<Opened, Error>;

pub(super) fn run(args: &ListArgs, console: &Console) -> Result<Exit> {
    let registry = args.search.scan()?;
    let data = DataSearch::new(&args.search.data_dir);
    let all = select(&registry, &[], &[])?;
    let outcomes = open_all(&all, &data);
    let rows = all.iter().zip(&outcomes);
    if args.json {
        let rows: Vec<Value> = rows.map(|(one, outcome)| json_row(one, outcome, &data)).collect();
        console.print(&serde_json::to_string_pretty(&rows)?);
    } else if all.is_empty() {
        console.print(
            "No data set is installed. `neurotrain plugins doctor` says where plugins are looked for.",
        );
    } else {
        let cells = rows.map(|(one, outcome)| row(one, outcome, &data));
        console.print(&table(&["key", "found", "samples", "size", "fetch"], cells));
        for (one, outcome) in all.iter().zip(&outcomes) {
            if let Err(e) = outcome
                && !is_absent(e)
            {
                console.error(&anyhow::Error::from(e.clone()).context(one.key().to_owned()));
            }
        }
        let dirs: Vec<String> = data.dirs().map(|dir| dir.display().to_string()).collect();
        console.note(&format!("Data folders: {}", dirs.join(", ")));
    }
    Ok(Exit::Done)
}

/// Opens all data sets, some at a time, each in a child of its own.
fn open_all(all: &[Selected<'_>], data: &DataSearch) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<Outcome>>> = all.iter().map(|_| Mutex::new(None)).collect();
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(all.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((one, slot)) = {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    all.get(i).zip(slots.get(i))
                } {
                    let outcome = one.open(data, &Work::Describe, &mut |_, _| ());
                    *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(outcome);
                }
            });
        }
    });
    let lost = || Err(Error::new("host-fault", "the data set was not opened"));
    slots
        .into_iter()
        .map(|slot| {
            let outcome = slot
                .into_inner()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            outcome.unwrap_or_else(lost)
        })
        .collect()
}

/// Missing files, or a parameter that has no default (the path of one's own data), are no faults.
fn is_absent(error: &Error) -> bool {
    ["missing-data", "bad-config"].contains(&error.code())
}

fn row(one: &Selected<'_>, outcome: &Outcome, data: &DataSearch) -> Vec<String> {
    let component = one.found.component;
    let (found, samples, size) = match outcome {
        Ok(opened) => {
            let info = &opened.answer.info;
            let mut found = place_of(component, info, data).text();
            if !info.variant.is_empty() {
                found.push_str(&format!(" [{}]", info.variant));
            }
            if let Some(source) = &opened.source {
                found.push_str(&format!(" (source={source})"));
            }
            let samples: Vec<String> = info.splits.iter().map(|(_, n)| n.to_string()).collect();
            (
                found,
                samples.join(" / "),
                bytes(info.files.iter().map(|f| f.bytes).sum()),
            )
        }
        Err(e) if e.code() == "bad-config" => ("needs parameters".to_owned(), String::new(), String::new()),
        Err(e) if is_absent(e) => ("not here".to_owned(), String::new(), String::new()),
        Err(_) => ("cannot be opened".to_owned(), String::new(), String::new()),
    };
    vec![component.key.clone(), found, samples, size, fetchable(component)]
}

/// How it can be got: size or number of files, and other editions.
fn fetchable(component: &Component) -> String {
    let mut editions: Vec<&str> = component.sources.iter().map(|s| s.edition.as_str()).collect();
    editions.dedup();
    let parts = editions.iter().map(|edition| {
        let files = component
            .sources
            .iter()
            .filter(|s| s.edition == *edition && !s.optional);
        let (mut count, mut size, mut sized, mut by_hand) = (0, 0, true, false);
        for file in files {
            count += 1;
            size += file.bytes;
            sized &= file.bytes > 0;
            by_hand |= !file.manual.is_empty();
        }
        let what = match (by_hand, sized, count) {
            (true, ..) => "by hand".to_owned(),
            (_, true, _) => bytes(size),
            (_, _, 1) => "1 file".to_owned(),
            (_, _, n) => format!("{n} files"),
        };
        match *edition {
            "" => what,
            name => format!("{name}: {what}"),
        }
    });
    parts.collect::<Vec<_>>().join("; ")
}

fn json_row(one: &Selected<'_>, outcome: &Outcome, data: &DataSearch) -> Value {
    let component = one.found.component;
    let mut row = json!({
        "key": component.key,
        "name": component.name,
        "plugin": one.found.plugin.path,
        "sources": component.sources,
    });
    match outcome {
        Ok(opened) => {
            let info = &opened.answer.info;
            row["state"] = json!("found");
            row["place"] = json!(place_of(component, info, data).text());
            row["variant"] = json!(info.variant);
            row["source"] = json!(opened.source);
            row["splits"] = json!(info.splits);
            row["bytes"] = json!(info.files.iter().map(|f| f.bytes).sum::<u64>());
        }
        Err(e) => {
            row["state"] = json!(if is_absent(e) { "absent" } else { "broken" });
            row["error"] = json!({"code": e.code(), "message": e.message(), "hint": e.hint()});
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use neurotrain_plugin_api::Source;

    #[test]
    fn how_a_set_can_be_got() {
        let component = Component::new("X", "", "").sources(vec![
            Source::file("a").bytes(1024),
            Source::file("b").bytes(1024),
            Source::file("extra").bytes(1 << 30).optional(),
            Source::file("c").edition("other"),
            Source::manual("d", "ask").edition("original"),
        ]);
        assert_eq!(fetchable(&component), "2.0 KiB; other: 1 file; original: by hand");
        assert_eq!(fetchable(&Component::default()), "");
    }
}
