//! `neurotrain archive export`.

use super::arguments::{ExportArgs, Format, TableKind};
use super::attempts::{Attempt, State, attempts};
use super::choice::best;
use super::places::places;
use crate::cli::Exit;
use crate::output::Console;
use neurotrain_archive::{StoredRun, Table, TableRow, epochs_table, runs_table};
use neurotrain_export::{csv, event_file, event_file_name, json, parquet, write_file};
use neurotrain_plugin_api::{Error, Result};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// Exports the best attempt at each run; a rebuilt one has its metrics, too.
pub(super) fn run(args: &ExportArgs, console: &Console) -> Result<Exit> {
    let output = output(args)?;
    let attempts = attempts(&places(&args.paths)?);
    let (mut chosen, mut exit) = (Vec::new(), Exit::Done);
    for attempt in best(&attempts, &HashMap::new()) {
        match &attempt.state {
            State::Archived(run) => chosen.push((attempt, &**run)),
            State::Damaged(e) => {
                console.error(&e.clone().into());
                exit = Exit::Failed;
            }
            State::Running | State::Interrupted { .. } => {
                console.note(&format!("not exported: {}: {}", attempt.name, attempt.reason()));
            }
        }
    }
    if chosen.is_empty() {
        return Err(Error::new("missing-data", "there is no run to export")
            .with_hint("`neurotrain archive ls` shows what is there"));
    }
    match (args.format, output) {
        (Format::Tensorboard, Some(folder)) => event_files(&chosen, folder, console)?,
        (format, output) => table(&chosen, args.table, format, output, console)?,
    }
    Ok(exit)
}

type Chosen<'a> = [(&'a Attempt, &'a StoredRun)];

fn output(args: &ExportArgs) -> Result<Option<&Path>> {
    let usage = |message: &str, hint: &str| Err(Error::new("usage", message).with_hint(hint));
    match (args.format, args.table, &args.output) {
        (Format::Tensorboard, TableKind::Runs, _) => usage(
            "TensorBoard shows epochs, it has no table of runs",
            "leave out --table, or export as CSV, JSON or Parquet",
        ),
        (Format::Tensorboard, _, None) => usage("event files go into a folder", "name it with --output DIR"),
        (Format::Parquet, _, None) => usage("Parquet is not printed", "name the file with --output FILE"),
        (_, _, output) => Ok(output.as_deref()),
    }
}

fn table(
    chosen: &Chosen<'_>,
    kind: TableKind,
    format: Format,
    output: Option<&Path>,
    console: &Console,
) -> Result<()> {
    let rows: Vec<TableRow<'_>> = chosen
        .iter()
        .map(|(attempt, run)| TableRow {
            name: &attempt.name,
            study: &attempt.study,
            run,
        })
        .collect();
    let table = match kind {
        TableKind::Runs => runs_table(&rows)?,
        TableKind::Epochs => epochs_table(&rows)?,
    };
    let bytes = encoded(&table, format)?;
    let Some(path) = output else {
        console.print(String::from_utf8_lossy(&bytes).trim_end());
        return Ok(());
    };
    write_file(path, &bytes)?;
    console.print(&format!(
        "{}: {} rows, {} columns",
        path.display(),
        table.rows(),
        table.columns().len()
    ));
    Ok(())
}

fn encoded(table: &Table, format: Format) -> Result<Vec<u8>> {
    match format {
        Format::Csv => Ok(csv(table).into_bytes()),
        Format::Json => Ok((serde_json::to_string_pretty(&json(table))? + "\n").into_bytes()),
        Format::Parquet => parquet(table),
        Format::Tensorboard => Err(Error::new("host-fault", "event files are no table")),
    }
}

/// A folder for each run, as TensorBoard tells runs apart.
fn event_files(chosen: &Chosen<'_>, folder: &Path, console: &Console) -> Result<()> {
    let mut taken = BTreeSet::new();
    for (attempt, run) in chosen {
        let mut place: PathBuf = match attempt.study.as_str() {
            "" => PathBuf::new(),
            study => PathBuf::from(folder_name(study)),
        };
        let mut name = folder_name(&attempt.name);
        while !taken.insert(place.join(&name)) {
            name.push('_');
        }
        place.push(name);
        let path = folder.join(place).join(event_file_name(&run.record));
        write_file(&path, &event_file(&run.record))?;
    }
    let runs = if chosen.len() == 1 { "run" } else { "runs" };
    console.print(&format!(
        "{}: event files of {} {runs}",
        folder.display(),
        chosen.len()
    ));
    Ok(())
}

/// A name that is one folder, and not a hidden one.
fn folder_name(name: &str) -> String {
    let name = name.replace(['/', '\\', '\0'], "_");
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if name.is_empty() => "_".to_owned(),
        None => name,
    }
}
