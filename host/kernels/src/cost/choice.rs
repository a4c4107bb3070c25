//! Which kernel does a product.

use super::CostTable;
use super::grid::{Cell, DENSITIES};

/// How a product is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// Every element ([`crate::dense::product`]).
    Dense,
    /// The ones only ([`crate::product`]).
    Events,
}

/// A kind of product with a binary `[rows, cols]` operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `[rows, cols] × [cols, out]`: [`crate::product::sum_rows`].
    Forward,
    /// [`Form::Forward`] for a table that is `[out, cols]` and is transposed for the event-driven kernel.
    ForwardTurned,
    /// `[cols, rows] × [rows, out]`: [`crate::product::sum_columns`].
    Gradient,
    /// [`Form::Gradient`] whose result is wanted as `[out, cols]`: the event-driven kernel's is transposed.
    GradientTurned,
    /// A multiple of [`Form::Gradient`] added to what is there: [`crate::product::add_columns`].
    Update,
}

/// What the two kernels take for one shape, in nanoseconds on one thread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Times {
    cell: Cell,
    elements: f64,
}

impl CostTable {
    /// The faster kernel for a product of `form` with `events` ones; [`Kernel::Dense`] for empty products. A pure
    /// function of its arguments and the table: if it is dense for some number of events, it is for every greater one.
    pub fn choose(&self, form: Form, rows: usize, cols: usize, out: usize, events: usize) -> Kernel {
        if rows == 0 || cols == 0 || out == 0 {
            return Kernel::Dense;
        }
        self.times(form, rows, cols, out).choose(events)
    }

    /// What the table says of a shape.
    pub fn times(&self, form: Form, rows: usize, cols: usize, out: usize) -> Times {
        let (grid, turned) = match form {
            Form::Forward => (&self.forward, false),
            Form::ForwardTurned => (&self.forward, true),
            Form::Gradient => (&self.gradient, false),
            Form::GradientTurned => (&self.gradient, true),
            Form::Update => (&self.update, false),
        };
        let mut cell = grid.at(rows, cols, out);
        if turned {
            let transposition = self.transposition.at(cols, out);
            cell[1..].iter_mut().for_each(|ns| *ns += transposition);
        }
        Times {
            cell,
            elements: rows as f64 * cols as f64,
        }
    }
}

impl Times {
    /// Nanoseconds of the dense kernel.
    pub fn dense(&self) -> f64 {
        self.cell[0]
    }

    /// Nanoseconds of the event-driven kernel with `events` ones.
    pub fn events(&self, events: usize) -> f64 {
        let density = events as f64 / self.elements;
        let upper = DENSITIES
            .iter()
            .position(|d| density < *d)
            .unwrap_or(DENSITIES.len() - 1)
            .max(1);
        let (low, high) = (self.cell[upper], self.cell[upper + 1]);
        let share = (density - DENSITIES[upper - 1]) / (DENSITIES[upper] - DENSITIES[upper - 1]);
        (low + share * (high - low)).max(0.0)
    }

    /// The faster kernel with `events` ones.
    pub fn choose(&self, events: usize) -> Kernel {
        if self.events(events) < self.dense() {
            Kernel::Events
        } else {
            Kernel::Dense
        }
    }

    /// The share of ones from which the dense kernel is chosen; more than 1 where it never is.
    pub fn break_even(&self) -> f64 {
        let dense = self.dense();
        let segment = (1..DENSITIES.len() - 1)
            .find(|k| dense < self.cell[k + 1])
            .unwrap_or(DENSITIES.len() - 1);
        let (low, high) = (self.cell[segment], self.cell[segment + 1]);
        let (from, to) = (DENSITIES[segment - 1], DENSITIES[segment]);
        if high > low {
            (from + (dense - low) / (high - low) * (to - from)).max(0.0)
        } else if dense > low {
            f64::INFINITY
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Kernel};
    use crate::cost::CostTable;

    const FORMS: [Form; 5] = [
        Form::Forward,
        Form::ForwardTurned,
        Form::Gradient,
        Form::GradientTurned,
        Form::Update,
    ];

    const SHAPES: [(usize, usize, usize); 8] = [
        (1, 784, 256),
        (256, 784, 10),
        (2560, 784, 800),
        (16, 256, 10),
        (2560, 512, 20),
        (64, 32768, 1024),
        (3, 1, 1),
        (1, 5, 2000),
    ];

    /// One break-even per shape: event by event below it, dense from it on.
    #[test]
    fn monotone_in_the_events() {
        let table = CostTable::builtin();
        for form in FORMS {
            for (rows, cols, out) in SHAPES {
                let elements = rows * cols;
                let counts = (0..=200).map(|k| (elements * k).div_ceil(200));
                let choices: Vec<bool> = counts
                    .clone()
                    .map(|n| table.choose(form, rows, cols, out, n) == Kernel::Events)
                    .collect();
                assert!(
                    choices.is_sorted_by(|a, b| a >= b),
                    "{form:?} {rows}x{cols}x{out}"
                );
                let break_even = table.times(form, rows, cols, out).break_even();
                for (count, chosen) in counts.zip(choices) {
                    let density = count as f64 / elements as f64;
                    if (density - break_even).abs() > 1e-9 {
                        assert_eq!(
                            chosen,
                            density < break_even,
                            "{form:?} {rows}x{cols}x{out} {density}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn sensible_where_it_is_obvious() {
        let table = CostTable::builtin();
        let one_in = |rows: usize, cols: usize, n: usize| rows * cols / n;
        for (rows, cols, out) in [(2560, 784, 256), (256, 784, 800), (256, 1024, 512)] {
            for form in FORMS {
                assert_eq!(
                    table.choose(form, rows, cols, out, one_in(rows, cols, 100)),
                    Kernel::Events
                );
                assert_eq!(
                    table.choose(form, rows, cols, out, rows * cols),
                    Kernel::Dense,
                    "{form:?}"
                );
            }
        }
        // One row: the dense product reads the whole matrix, the other one the rows of the events.
        assert_eq!(table.choose(Form::Forward, 1, 784, 256, 784 / 3), Kernel::Events);
        // The transposition of the table outweighs one row of events.
        assert_eq!(
            table.choose(Form::ForwardTurned, 1, 784, 256, 784 / 3),
            Kernel::Dense
        );
    }

    #[test]
    fn empty_products_are_dense() {
        let table = CostTable::builtin();
        for form in FORMS {
            assert_eq!(table.choose(form, 0, 8, 8, 0), Kernel::Dense);
            assert_eq!(table.choose(form, 8, 0, 8, 0), Kernel::Dense);
            assert_eq!(table.choose(form, 8, 8, 0, 0), Kernel::Dense);
        }
    }
}
