//! A case in words.

use super::case::RECORDED_CALLS;
use super::verdict::Row;
use std::fmt::Write;

/// One line per tensor: the worst relative error after 1, 3 and 10 calls, each with its tolerance.
pub(super) fn describe(case: &str, rows: &[Row], verbose: bool) -> String {
    let failed = rows.iter().any(Row::fails);
    let mut text = format!("{} {case}\n", if failed { "FAIL" } else { "pass" });
    if verbose {
        for row in rows {
            let _ = writeln!(text, "       call {:>2}  {}", row.calls, cell(&row.tensor, row));
        }
        return text;
    }
    for (name, group) in grouped(rows) {
        let columns = [0].iter().chain(&RECORDED_CALLS).filter_map(|upto| {
            let within = group.iter().filter(|r| bucket(r.calls) == *upto);
            let worst = within.max_by(|a, b| severity(a).total_cmp(&severity(b)))?;
            let label = if *upto == 0 {
                "forward".to_owned()
            } else {
                format!("{upto}")
            };
            Some(cell(&label, worst))
        });
        let _ = writeln!(
            text,
            "       {name:<38} {}",
            columns.collect::<Vec<_>>().join("   ")
        );
    }
    text
}

/// Losses and predictions of the calls in between count to the next recorded one.
fn bucket(calls: usize) -> usize {
    RECORDED_CALLS
        .iter()
        .copied()
        .find(|c| calls <= *c && calls > 0)
        .unwrap_or(0)
}

fn severity(row: &Row) -> f64 {
    let ratio = row.error / row.tolerance.max(f64::MIN_POSITIVE);
    if row.error.is_nan() { f64::INFINITY } else { ratio }
}

fn grouped(rows: &[Row]) -> Vec<(&str, Vec<&Row>)> {
    let mut groups: Vec<(&str, Vec<&Row>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(name, _)| *name == row.tensor) {
            Some((_, group)) => group.push(row),
            None => groups.push((&row.tensor, vec![row])),
        }
    }
    groups
}

fn cell(label: &str, row: &Row) -> String {
    let mark = match (row.weak, row.fails()) {
        (true, _) => " weak",
        (false, true) => " FAIL",
        (false, false) => "",
    };
    if row.tolerance == 0.0 {
        format!("{label}: {:.1e} (exact){mark}", row.error)
    } else {
        format!("{label}: {:.1e} ({:.0e}){mark}", row.error, row.tolerance)
    }
}
