//! `neurotrain bench load`.

use super::arguments::LoadArgs;
use super::settings::Settings;
use super::subject::loader;
use crate::output::{Console, table};
use crate::process::{attentive, join_threads};
use crate::runtime::{DataSearch, ServiceSettings, open_session};
use anyhow::Result;
use neurotrain_loader::{Loader, Split};
use serde::Serialize;
use serde_json::json;
use std::time::{Duration, Instant};

/// A measured pass. Rates are those of the fastest of several epochs.
#[derive(Debug, Serialize)]
struct Row {
    dataset: String,
    variant: String,
    steps: usize,
    batch: usize,
    threads: usize,
    /// Batches prepared ahead.
    prefetch: usize,
    samples: usize,
    samples_per_second: f64,
    spikes_per_second: f64,
}

pub(super) fn run(args: &LoadArgs, console: &Console) -> Result<()> {
    let threads = args
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    join_threads(threads)?;
    let registry = args.search.scan()?;
    let mut settings = Settings::parse(&args.set, "dataset")?;
    let found = registry.component("dataset", &args.dataset)?;
    let source = found.component.params.iter().find(|p| p.name == "source");
    let has_bundled = source.is_some_and(|p| p.choices.contains(&json!("bundled")));
    let told = args.set.iter().any(|s| s.contains("source="));
    if has_bundled && !told && args.search.data_dir.is_empty() {
        settings.dataset.push(("source".to_owned(), json!("bundled")));
    }
    let services = ServiceSettings {
        data: DataSearch::new(&args.search.data_dir),
        ..ServiceSettings::default()
    };
    let budget = Duration::try_from_secs_f64(args.seconds)?;
    let steps = match args.steps.as_slice() {
        [] => vec![None],
        steps => steps.iter().map(|t| Some(*t)).collect(),
    };
    let mut rows = Vec::new();
    for steps in steps {
        for batch in &args.batch {
            let session = open_session("cpu", "f32", 1)?;
            let loader = loader(
                &registry,
                &args.dataset,
                steps,
                *batch,
                &session,
                &services,
                &settings,
            )?;
            rows.push(measure(&args.dataset, &loader, threads, budget)?);
        }
    }
    if args.json {
        console.print(&serde_json::to_string_pretty(&json!({ "load": rows }))?);
    } else {
        console.print(&text(&rows));
    }
    Ok(())
}

fn measure(dataset: &str, loader: &Loader, threads: usize, budget: Duration) -> Result<Row> {
    let begin = Instant::now();
    let (mut least, mut epoch, mut samples, mut spikes) = (f64::INFINITY, 0, 0, 0);
    // The first epoch also opens files and pages them in.
    while epoch < 3 || begin.elapsed() < budget {
        let start = Instant::now();
        let (mut seen, mut ones) = (0, 0);
        let mut batches = loader.epoch(Split::Train, epoch)?;
        while let Some(batch) = attentive(|| batches.next()) {
            let batch = batch?;
            seen += batch.len();
            ones += batch.input.event_index().map_or(0, |events| events.nnz());
        }
        let seconds = start.elapsed().as_secs_f64();
        if seconds < least {
            (least, samples, spikes) = (seconds, seen, ones);
        }
        epoch += 1;
    }
    Ok(Row {
        dataset: dataset.to_owned(),
        variant: loader.info().variant.clone(),
        steps: loader.config().steps,
        batch: loader.config().batch_size,
        threads,
        prefetch: loader.config().prefetch,
        samples,
        samples_per_second: samples as f64 / least,
        spikes_per_second: spikes as f64 / least,
    })
}

fn text(rows: &[Row]) -> String {
    let cells = rows.iter().map(|row| {
        vec![
            format!("{} {}", row.dataset, row.variant).trim().to_owned(),
            row.steps.to_string(),
            row.batch.to_string(),
            row.threads.to_string(),
            row.samples.to_string(),
            format!("{:.0}", row.samples_per_second),
            format!("{:.0}", row.spikes_per_second / 1e6),
        ]
    });
    table(
        &[
            "data",
            "T",
            "batch",
            "threads",
            "samples",
            "samples/s",
            "M spikes/s",
        ],
        cells,
    )
}
