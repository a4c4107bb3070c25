//! The events of one sample.

use neurotrain_plugin_api::{Error, EventBatch, Result};

/// The events of one sample, in the order of time.
#[derive(Debug, Clone, Copy)]
pub struct Recording<'a> {
    /// Times, in microseconds.
    pub t: &'a [i64],
    /// Columns.
    pub x: &'a [u16],
    /// Rows.
    pub y: &'a [u16],
    /// Polarities, 0 or 1.
    pub p: &'a [u8],
}

impl<'a> Recording<'a> {
    /// Sample `index` of a batch.
    pub fn of(batch: &'a EventBatch, index: usize) -> Self {
        let range = batch.range(index);
        Recording {
            t: &batch.t[range.clone()],
            x: &batch.x[range.clone()],
            y: &batch.y[range.clone()],
            p: &batch.p[range],
        }
    }

    /// Microseconds from first to last event.
    pub fn duration(&self) -> i64 {
        match (self.t.first(), self.t.last()) {
            (Some(first), Some(last)) => last.saturating_sub(*first),
            _ => 0,
        }
    }

    /// What a data set gives is not believed: times are in order and within bounds, events on a sensor of `[rows, columns]`.
    ///
    /// # Errors
    /// `bad-data`, naming the first event that is wrong.
    pub fn check(&self, [rows, cols]: [usize; 2]) -> Result<()> {
        let Recording { t, x, y, p } = self;
        if let Some(i) = t.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(Error::bad_data(format!(
                "event {} is at {} µs, after one at {} µs",
                i + 1,
                t[i + 1],
                t[i]
            )));
        }
        // Sums and differences of times must not overflow.
        const LIMIT: i64 = 1 << 60;
        if t.first().is_some_and(|t| *t < -LIMIT) || t.last().is_some_and(|t| *t > LIMIT) {
            return Err(Error::bad_data(format!(
                "events from {:?} to {:?} µs",
                t.first(),
                t.last()
            )));
        }
        let inside = |i: usize| usize::from(x[i]) < cols && usize::from(y[i]) < rows && p[i] <= 1;
        match (0..t.len()).find(|i| !inside(*i)) {
            Some(i) => Err(Error::bad_data(format!(
                "event {i} has column {}, row {} and polarity {}, on a sensor of {cols}×{rows} pixels",
                x[i], y[i], p[i]
            ))),
            None => Ok(()),
        }
    }
}
