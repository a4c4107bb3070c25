//! The cost table of this machine.

use crate::cost::{FrozenTable, measure_and_store, read_table, stored};
use crate::output::{Console, table};
use anyhow::{Context, Result, bail};
use clap::Args;
use neurotrain_kernels::cost::{CostTable, Form};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `neurotrain bench calibrate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Runs with `cost_table: auto` use the stored table; campaigns that were begun keep theirs.

Examples:
  neurotrain bench calibrate
  neurotrain bench calibrate --show
  neurotrain bench calibrate --write lab.json && neurotrain run FILE --cost-table lab.json"
)]
pub struct CalibrateArgs {
    /// As JSON instead of a table
    #[arg(long)]
    pub json: bool,
    /// Write the table to a file too, for `--cost-table`
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// Show the stored table instead of measuring and storing one; `--show builtin` or `--show FILE` shows another
    #[arg(long, value_name = "TABLE", num_args = 0..=1, default_missing_value = "auto")]
    pub show: Option<String>,
    /// Time to measure for; more is more accurate on a busy machine [default: 2.5]
    #[arg(long, value_name = "SECONDS")]
    pub seconds: Option<f64>,
}

/// Rows of the sparse operand, its columns, and the width of the other one: batches of data sets.
const SHAPES: [(usize, usize, usize); 15] = [
    (1, 784, 256),
    (256, 784, 256),
    (2560, 784, 256),
    (256, 784, 800),
    (2560, 784, 800),
    (256, 3072, 1024),
    (256, 1024, 512),
    (256, 2312, 512),
    (64, 32768, 1024),
    (256, 700, 512),
    (256, 256, 10),
    (2560, 256, 10),
    (256, 512, 20),
    (256, 256, 256),
    (256, 512, 512),
];

const FORMS: [(&str, Form); 8] = [
    ("forward", Form::Forward),
    ("forward, plain", Form::ForwardPlain),
    ("forward, turned", Form::ForwardTurned),
    ("gradient", Form::Gradient),
    ("gradient, turned", Form::GradientTurned),
    ("update", Form::Update),
    ("gradient, real", Form::GradientWeighted),
    ("update, real", Form::UpdateWeighted),
];

/// Measures, stores and shows.
pub(super) fn run(args: &CalibrateArgs, console: &Console) -> Result<()> {
    let (origin, cost) = obtain(args)?;
    if let Some(file) = &args.write {
        std::fs::write(file, cost.to_json())
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    let frozen = FrozenTable { origin, table: cost };
    if args.json {
        console.print(&serde_json::to_string(&as_json(&frozen))?);
    } else {
        console.print(&as_text(&frozen));
    }
    Ok(())
}

fn obtain(args: &CalibrateArgs) -> Result<(String, CostTable)> {
    let place =
        |file: Option<PathBuf>| file.map_or_else(|| "not stored".to_owned(), |f| f.display().to_string());
    Ok(match args.show.as_deref() {
        None => {
            let budget = match args.seconds {
                Some(s) if !(0.0..=3600.0).contains(&s) => {
                    bail!("--seconds is {s}, but must be from 0 to 3600")
                }
                other => other.map(Duration::from_secs_f64),
            };
            let (table, file) = measure_and_store(budget)?;
            (place(file), table)
        }
        Some("builtin") => ("builtin".to_owned(), CostTable::builtin()),
        Some("auto") => match stored()? {
            Some((table, file)) => (place(Some(file)), table),
            None => bail!("nothing was measured on this machine yet: run `neurotrain bench calibrate`"),
        },
        Some(file) => (file.to_owned(), read_table(file.as_ref())?),
    })
}

fn as_text(frozen: &FrozenTable) -> String {
    let kept = frozen.provenance();
    let rows = SHAPES.iter().map(|&(rows, cols, out)| {
        let times = FORMS.map(|(_, form)| frozen.table.times(form, rows, cols, out));
        let mut cells = vec![format!("{rows} × {cols} × {out}"), duration(times[0].dense())];
        cells.extend(times.map(|times| percent(times.break_even(), rows * cols)));
        cells
    });
    let mut header = vec!["rows × cols × out", "dense"];
    header.extend(FORMS.map(|(name, _)| name));
    format!(
        "{}\ntable {}, measured on {}\n\nDensity of events from which products are dense, and the time of a dense forward \
         product on one thread:\n{}",
        kept.origin,
        kept.digest,
        kept.machine,
        table(&header, rows)
    )
}

fn as_json(frozen: &FrozenTable) -> serde_json::Value {
    let break_even: Vec<_> = SHAPES
        .iter()
        .flat_map(|&(rows, cols, out)| {
            FORMS.map(|(form, kind)| {
                let times = frozen.table.times(kind, rows, cols, out);
                let density = times
                    .break_even()
                    .map(|events| events as f64 / (rows * cols) as f64);
                json!({
                    "form": form, "rows": rows, "cols": cols, "out": out,
                    "dense_nanoseconds": times.dense(), "break_even_density": density,
                })
            })
        })
        .collect();
    json!({
        "origin": frozen.origin,
        "digest": frozen.digest(),
        "table": frozen.table,
        "break_even": break_even,
    })
}

fn percent(events: Option<usize>, elements: usize) -> String {
    match events {
        Some(events) => format!("{:.1} %", 100.0 * events as f64 / elements as f64),
        None => "never".to_owned(),
    }
}

fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        ns => format!("{:.1} ms", ns / 1e6),
    }
}
