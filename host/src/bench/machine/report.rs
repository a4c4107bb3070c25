//! `neurotrain bench machine`.

use super::measure::measure;
use super::rates::Rates;
use crate::bench::arguments::MachineArgs;
use crate::output::{Console, table};
use crate::worker::machine::machine;
use anyhow::Result;

pub(crate) fn run(args: &MachineArgs, console: &Console) -> Result<()> {
    let threads = if args.threads.is_empty() {
        powers_of_two(std::thread::available_parallelism().map_or(1, usize::from))
    } else {
        args.threads.clone()
    };
    let rates = threads
        .iter()
        .map(|n| measure(*n))
        .collect::<Result<Vec<Rates>>>()?;
    let about = machine(threads.iter().copied().max().unwrap_or(1));
    if args.json {
        let all = serde_json::json!({
            "cpu": about.cpu,
            "cores": about.cores,
            "features": about.features,
            "rates": rates,
        });
        console.print(&serde_json::to_string_pretty(&all)?);
    } else {
        console.print(&format!(
            "{}, {} cores, {}",
            about.cpu,
            about.cores,
            about.features.join(" ")
        ));
        console.print(&text(&rates));
    }
    Ok(())
}

/// 1, 2, 4, … and `all`.
fn powers_of_two(all: usize) -> Vec<usize> {
    let mut counts: Vec<usize> = std::iter::successors(Some(1), |n| Some(2 * n))
        .take_while(|n| *n < all)
        .collect();
    counts.push(all);
    counts
}

/// A row per quantity, a column per number of threads.
fn text(rates: &[Rates]) -> String {
    let Some(first) = rates.first() else {
        return String::new();
    };
    let line = |name: String, value: &dyn Fn(&Rates) -> f64| {
        let mut cells = vec![name];
        cells.extend(rates.iter().map(|r| format!("{:.1}", value(r) / 1e9)));
        cells
    };
    let mut rows = vec![line("dense product, GFLOP/s".to_owned(), &|r| r.gemm_flops)];
    for (i, bandwidth) in first.bandwidth.iter().enumerate() {
        let level = bandwidth.level.name();
        rows.push(line(format!("copy in {level}, GB/s"), &|r| {
            r.bandwidth[i].copy_bytes_per_second
        }));
        rows.push(line(format!("a = b + s c in {level}, GB/s"), &|r| {
            r.bandwidth[i].triad_bytes_per_second
        }));
    }
    for (i, row) in first.rows.iter().enumerate() {
        let name = format!("rows added from {}, G additions/s", row.level.name());
        rows.push(line(name, &|r| r.rows[i].adds_per_second));
    }
    rows.push(line("membrane updates, G/s".to_owned(), &|r| {
        r.lif_updates_per_second
    }));
    let mut header = vec!["single precision, all threads together".to_owned()];
    header.extend(rates.iter().map(|r| match r.threads {
        1 => "1 thread".to_owned(),
        n => format!("{n} threads"),
    }));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    table(&header, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_cores_are_measured() {
        assert_eq!(powers_of_two(1), [1]);
        assert_eq!(powers_of_two(2), [1, 2]);
        assert_eq!(powers_of_two(6), [1, 2, 4, 6]);
    }
}
