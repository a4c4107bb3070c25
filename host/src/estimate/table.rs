//! How an estimate is told.

use super::cost::Source;
use super::forecast::{Forecast, Row, Taken};
use crate::output::{bytes, duration, table};
use std::time::Duration;

const HEADER: [&str; 8] = [
    "rule",
    "network",
    "data",
    "runs",
    "time of one",
    "memory of one",
    "in all",
    "known from",
];
/// Rows that are shown.
const ROWS: usize = 20;

impl Forecast {
    /// The table, the sums, and what is not in them.
    pub(crate) fn text(&self) -> String {
        let mut lines = vec![format!(
            "Estimate:\n{}",
            table(&HEADER, self.rows.iter().take(ROWS).map(row))
        )];
        if self.rows.len() > ROWS {
            lines.push(format!("and {} more", self.rows.len() - ROWS));
        }
        let memory = match self.bytes {
            Some(count) => format!(" and {} of memory", bytes(count)),
            None => String::new(),
        };
        lines.push(format!(
            "In all about {}{memory} with {} at a time.",
            time(self.seconds),
            self.jobs
        ));
        if self.rows.iter().any(|row| row.trials) {
            lines.push("Trials are counted as if none were pruned, with the configured values.".to_owned());
        }
        for (row, reason) in self
            .rows
            .iter()
            .filter_map(|row| Some((row, row.one.as_ref().err()?)))
        {
            lines.push(format!("Not in it: {}: {reason}", row.group));
        }
        lines.join("\n")
    }
}

impl Taken {
    /// `Time: 41 s, estimated 38 s`.
    pub(crate) fn text(&self) -> String {
        let without = match self.not_estimated {
            0 => String::new(),
            n => format!(" without {n} runs of unknown length"),
        };
        format!(
            "Time: {}; estimated {}{without}",
            time(self.taken_seconds),
            time(self.estimated_seconds)
        )
    }
}

fn row(row: &Row) -> Vec<String> {
    let [rule, network, data] = row.triple.clone();
    let count = match row.trials {
        true => format!("{} trials", row.count),
        false => row.count.to_string(),
    };
    let dash = || "–".to_owned();
    let [one, memory, all, source] = match &row.one {
        Ok((seconds, cost)) => [
            time(*seconds),
            cost.bytes.map_or_else(dash, bytes),
            time(seconds * row.count as f64),
            match cost.source {
                Source::Finished => "finished runs",
                Source::Measured => "first batches",
                Source::Similar => "similar runs",
            }
            .to_owned(),
        ],
        Err(_) => ["unknown".to_owned(), dash(), dash(), dash()],
    };
    vec![rule, network, data, count, one, memory, all, source]
}

fn time(seconds: f64) -> String {
    duration(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use crate::estimate::cost::Cost;
    use crate::estimate::tests::spec;
    use crate::estimate::{Forecast, Wanted};
    use std::time::Duration;

    #[test]
    fn everything_that_counts_is_said() {
        let mut other = spec(2);
        other.experiment.group = "other".to_owned();
        let all = [
            Wanted::run(&spec(30)),
            Wanted::trials(&spec(30), 4),
            Wanted::run(&other),
        ];
        let cost = Ok(Cost::finished(2.0, Some(1 << 20)));
        let forecast = Forecast::new(&all, vec![cost.clone(), cost, Err("it died".to_owned())], 2);
        let text = forecast.text();
        for words in [
            "4 trials",
            "1 min 0 s",
            "1.0 MiB",
            "4 min 0 s",
            "finished runs",
            "unknown",
            "In all about 3 min 0 s and 2.0 MiB",
            "2 at a time",
            "pruned",
            "other: it died",
        ] {
            assert!(text.contains(words), "`{words}` is not said:\n{text}");
        }
        let taken = forecast.taken(Duration::from_secs(170)).text();
        assert_eq!(
            taken,
            "Time: 2 min 50 s; estimated 3 min 0 s without 1 runs of unknown length"
        );
    }
}
