//! Fetches what is asked for, one file after the other.

use super::super::arguments::FetchArgs;
use super::super::selection::select;
use super::plan::{Item, plan};
use super::progress::Shown;
use crate::cli::Exit;
use crate::output::{Console, bytes};
use crate::runtime::DataSearch;
use anyhow::Result;
use neurotrain_fetch::{Settings, fetch, unpack};
use neurotrain_plugin_api::{Component, Error};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Answers `neurotrain data fetch`.
pub(in super::super) fn run(args: &FetchArgs, console: &Console) -> Result<Exit> {
    let registry = args.search.scan()?;
    let data = DataSearch::new(&args.search.data_dir);
    let into = match &args.into {
        Some(dir) => std::path::absolute(dir)?,
        None => data
            .dirs()
            .next()
            .map_or_else(|| PathBuf::from("data"), Path::to_owned),
    };
    let selected = select(&registry, &args.keys, &[])?;
    let mut components: Vec<&Component> = selected.iter().map(|s| s.found.component).collect();
    if args.all {
        components.retain(|c| c.sources.iter().any(|s| s.manual.is_empty()));
    }
    let mut exit = Exit::Done;
    for component in components {
        match plan(component, args, &into) {
            // Nothing is fetched when the command itself is wrong.
            Err(e) if e.code() == "usage" => return Err(e.into()),
            Err(e) => {
                console.error(&e.into());
                exit = Exit::Failed;
            }
            Ok(items) if args.dry_run => items.iter().for_each(|item| console.print(&describe(item))),
            Ok(items) => {
                for item in &items {
                    if let Err(e) = one(item, args, console) {
                        console.error(&anyhow::Error::from(e).context(component.key.clone()));
                        exit = Exit::Failed;
                    }
                }
            }
        }
    }
    if !args.dry_run && exit == Exit::Done && !data.dirs().any(|dir| dir == into) {
        console.note(&format!(
            "{} is not among the data folders: use `--data-dir`, or set NEUROTRAIN_DATA_PATH",
            into.display()
        ));
    }
    Ok(exit)
}

fn describe(item: &Item<'_>) -> String {
    let source = item.source;
    let size = match source.bytes {
        0 => "size not published".to_owned(),
        n => bytes(n),
    };
    let state = match (item.target.exists(), source.manual.is_empty()) {
        (true, _) => "is here",
        _ if item.is_unpacked() => "is here, unpacked",
        (_, false) => "by hand",
        _ => item.mirrors.first().map_or("no address", String::as_str),
    };
    format!("{}: {} ({size}): {state}", item.key, item.target.display())
}

fn one(item: &Item<'_>, args: &FetchArgs, console: &Console) -> std::result::Result<(), Error> {
    let (key, source, target) = (item.key, item.source, &item.target);
    if item.is_unpacked() && !target.exists() {
        console.print(&format!(
            "{key}: {} is here, unpacked",
            source.unpacks_to.join(", ")
        ));
        return Ok(());
    }
    let settings = Settings {
        stall: Duration::from_secs_f64(args.stall_timeout),
        retries: args.retries,
        ..Settings::default()
    };
    let shown = Shown::new(console, &source.name);
    let fetched = fetch(source, &item.mirrors, target, &settings, &mut |event| {
        shown.event(&event)
    });
    shown.end();
    let fetched = fetched?;
    let how = match &fetched.url {
        Some(_) => "fetched",
        None => "was here",
    };
    let checked = match &fetched.checked_by[..] {
        [] => "nothing is published to compare it with".to_owned(),
        by => format!("{} right", by.join(", ")),
    };
    console.print(&format!(
        "{key}: {} {how}, {}, {checked}",
        target.display(),
        bytes(fetched.bytes)
    ));
    if !source.unpacks_to.is_empty() && !item.is_unpacked() {
        console.note(&format!("{}: unpacking", source.name));
        unpack(target, &source.unpacks_to)?;
        let folder = target.parent().unwrap_or(Path::new("."));
        console.print(&format!(
            "{key}: {} unpacked in {}; the archive is not needed any more",
            source.unpacks_to.join(", "),
            folder.display()
        ));
    }
    Ok(())
}
