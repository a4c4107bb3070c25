//! Measuring a table.

use super::curve::Curve;
use super::grid::{Cell, DENSITIES, Grid};
use super::machine::Machine;
use super::stopwatch::Stopwatch;
use super::table::{CostTable, VERSION};
use super::weighted;
use crate::dense::{Matrix, product};
use crate::gather::sum_rows;
use crate::gradient::{add_weight_gradient, weight_gradient};
use crate::{Events, Panels};
use std::time::{Duration, Instant};

/// The last but one is a whole chunk of a gradient.
const ROWS: [usize; 6] = [1, 4, 16, 64, 256, 2048];
/// A panel of the second fits the first-level cache, of the third and fourth the second-level cache.
const COLS: [usize; 4] = [16, 256, 1024, 4096];
/// Narrow widths in detail: vectors make steps there, and classes are often ten or twenty.
const OUT: [usize; 10] = [1, 8, 10, 16, 20, 32, 64, 128, 512, 1024];
/// No powers of two, which fall on the same lines of a cache.
const MOVED: [(usize, usize); 5] = [(20, 12), (250, 60), (784, 250), (1000, 1000), (4000, 1000)];

/// Multiply-adds of the largest product that is measured; greater ones follow from their neighbours.
const LARGEST: usize = 1 << 27;
/// Every product is measured this often, however little time there is.
const LEAST_ROUNDS: u32 = 2;
/// Digits of the figures; more would only be noise.
const DIGITS: i32 = 3;

/// Measures this machine for about `budget`, on one thread: the least of repeated samples of the public kernels, in
/// single precision and on random events. Double precision takes about twice as long either way.
pub fn calibrate(budget: Duration) -> CostTable {
    match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(|| measure(budget)),
        // Without a thread of its own: the pool of the process, with whatever it does beside.
        Err(_) => measure(budget),
    }
}

fn measure(budget: Duration) -> CostTable {
    let start = Instant::now();
    let mut sheets: Vec<Sheet> = ROWS
        .iter()
        .flat_map(|rows| COLS.map(|cols| Sheet::new(*rows, cols)))
        .collect();
    let mut weighted = weighted::Sheet::new();
    let mut moves = MOVED.map(|_| [Stopwatch::new(); 2]);
    let mut rounds = 0;
    while rounds < LEAST_ROUNDS || start.elapsed() < budget {
        sheets.iter_mut().for_each(Sheet::round);
        weighted.round();
        for ((rows, cols), [packing, turning]) in MOVED.iter().zip(&mut moves) {
            let source = vec![1.0f32; rows * cols];
            packing.sample(|| Panels::pack(&source, *rows, *cols));
            turning.sample(|| Panels::pack_transposed(&source, *rows, *cols));
        }
        rounds += 1;
    }
    let grid = |kind: usize| Grid {
        rows: ROWS.to_vec(),
        cols: COLS.to_vec(),
        out: OUT.to_vec(),
        cells: completed(sheets.iter().flat_map(|sheet| sheet.cells(kind)).collect()),
    };
    CostTable {
        version: VERSION,
        machine: Machine::current(),
        forward: grid(0),
        gradient: grid(1),
        update: grid(2),
        packing: curve(moves.map(|watches| watches[0])),
        turning: curve(moves.map(|watches| watches[1])),
        weighted: weighted.cost(),
        conv: crate::conv::calibrate(budget / 5),
    }
}

fn curve(watches: [Stopwatch; MOVED.len()]) -> Curve {
    Curve {
        elements: MOVED.map(|(rows, cols)| rows * cols).to_vec(),
        nanoseconds: ascending(watches.map(|watch| rounded(watch.nanoseconds()))).to_vec(),
    }
}

/// The measurements of one shape of the binary operand.
struct Sheet {
    rows: usize,
    cols: usize,
    dense: Vec<f32>,
    events: [Events; DENSITIES.len()],
    /// By width: forward, gradient and update.
    watches: [[[Stopwatch; 1 + DENSITIES.len()]; 3]; OUT.len()],
}

impl Sheet {
    fn new(rows: usize, cols: usize) -> Sheet {
        let events = DENSITIES.map(|density| random_events(rows, cols, density));
        Sheet {
            rows,
            cols,
            dense: events[1].to_dense(),
            events,
            watches: [[[Stopwatch::new(); 1 + DENSITIES.len()]; 3]; OUT.len()],
        }
    }

    /// One sample of everything.
    fn round(&mut self) {
        let (rows, cols) = (self.rows, self.cols);
        for (width, [forward, gradient, update]) in OUT.into_iter().zip(&mut self.watches) {
            if rows * cols * width > LARGEST {
                return;
            }
            let matrix = vec![0.5f32; cols * width];
            let post = vec![0.25f32; rows * width];
            let mut current = vec![0.0f32; rows * width];
            let mut weights = vec![0.0f32; cols * width];
            let mut panels = Panels::pack(&matrix, cols, width);
            // As the engine has them: weights and their gradient are `[out, cols]` for the dense kernel.
            let x = Matrix::new(&self.dense, rows, cols);
            let turned_post = Matrix::new(&post, rows, width).t();
            forward[0].sample(|| product(x, Matrix::new(&matrix, width, cols).t(), &mut current, false));
            gradient[0].sample(|| {
                let mut gradient = vec![0.0f32; cols * width];
                product(turned_post, x, &mut gradient, false);
                gradient
            });
            update[0].sample(|| product(turned_post, x, &mut weights, true));
            for (k, events) in self.events.iter().enumerate() {
                forward[k + 1].sample(|| sum_rows(events, &panels, &mut current));
                gradient[k + 1].sample(|| weight_gradient(events, &post, width));
                update[k + 1].sample(|| add_weight_gradient(events, &post, 1e-6, &mut panels));
            }
        }
    }

    fn cells(&self, kind: usize) -> [Cell; OUT.len()] {
        self.watches.map(|watches| {
            let [dense, events @ ..] = watches[kind].map(|watch| rounded(watch.nanoseconds()));
            let mut cell = [dense; 1 + DENSITIES.len()];
            cell[1..].copy_from_slice(&ascending(events));
            cell
        })
    }
}

/// Fills in what was too large: as one of fewer rows, and what its further rows take with a narrower side in proportion.
fn completed(mut cells: Vec<Cell>) -> Vec<Cell> {
    let row = OUT.len() * COLS.len();
    for k in row + 1..cells.len() {
        let width = k % OUT.len();
        if width > 0 && cells[k][0].is_infinite() {
            let [fewer_rows, narrower, both] = [k - row, k - 1, k - row - 1].map(|n| cells[n]);
            let more = OUT[width] as f64 / OUT[width - 1] as f64;
            for (n, ns) in cells[k].iter_mut().enumerate() {
                *ns = rounded(fewer_rows[n] + (narrower[n] - both[n]).max(0.0) * more);
            }
            let events = &mut cells[k][1..];
            events.sort_by(f64::total_cmp);
        }
    }
    cells
}

/// Each at least as great as the one before: more events never take less time.
fn ascending<const N: usize>(mut values: [f64; N]) -> [f64; N] {
    for k in 1..N {
        values[k] = values[k].max(values[k - 1]);
    }
    values
}

/// With few digits; infinity where nothing was measured.
pub(super) fn rounded(value: f64) -> f64 {
    if value.is_infinite() {
        return value;
    }
    let unit = 10f64.powi(value.log10().floor() as i32 + 1 - DIGITS);
    let text = format!("{:.3}", (value / unit).round() * unit);
    text.parse().unwrap_or(value)
}

/// Each element is a one with probability `density`, the same ones every time.
pub(super) fn random_events(rows: usize, cols: usize, density: f64) -> Events {
    let mut state = (rows * 31 + cols) as u64;
    let mut events = Events {
        rows,
        cols,
        offsets: vec![0],
        index: Vec::new(),
    };
    let bound = (density * f64::from(1u32 << 31)) as u64;
    for _ in 0..rows {
        for col in 0..cols {
            // Linear congruential; the upper bits are good enough to choose columns by.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            if state >> 33 < bound {
                events.index.push(col as u32);
            }
        }
        events.offsets.push(events.index.len() as u32);
    }
    events
}

#[cfg(test)]
mod tests {
    use super::{calibrate, rounded};
    use crate::cost::CostTable;
    use std::time::Duration;

    /// Whatever the clock says, the outcome is a table.
    #[test]
    fn a_measured_table_is_valid() {
        let table = calibrate(Duration::ZERO);
        assert_eq!(CostTable::from_json(&table.to_json()), Ok(table));
    }

    #[test]
    fn three_digits() {
        assert_eq!(rounded(123_456.0), 123_000.0);
        assert_eq!(rounded(1.2345), 1.23);
        assert_eq!(rounded(99.96), 100.0);
    }
}
