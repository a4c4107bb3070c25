//! Which kernel does a product.

use super::CostTable;
use super::grid::{Cell, DENSITIES};
use crate::gradient::is_outer;
use crate::panels::PANEL;
use crate::product::WORTH_PACKING;

/// Nanoseconds per element of a binary operand that is made dense and looked at: memory is written and read once.
const SPELLING: f64 = 0.3;

/// Time of an outer product, of which nothing is read twice, as a share of that of a dense product.
const OUTER: f64 = 0.8;

/// How a product is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// Every element ([`crate::dense::product`]).
    Dense,
    /// What is not zero only ([`crate::gather`], [`crate::gradient`], [`crate::weighted`]).
    Events,
}

/// A kind of product with a sparse `[rows, cols]` operand, which is binary unless said otherwise, and the form in which the other one is there or the result is
/// wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `[rows, cols] × [cols, out]` with a table in panels: [`crate::gather::sum_rows`].
    Forward,
    /// The same with a row-major table `[cols, out]`: [`crate::product::sum_rows`].
    ForwardPlain,
    /// The same with a table that is `[out, cols]` and is packed first.
    ForwardTurned,
    /// `[out, rows] × [rows, cols]`: [`crate::gradient::weight_gradient`].
    Gradient,
    /// The same with a result that is wanted as `[cols, out]`, as the event-driven kernel has its sums.
    GradientTurned,
    /// A multiple of [`Form::Gradient`] added to weights: [`crate::gradient::add_weight_gradient`].
    Update,
    /// [`Form::Gradient`] with a dense operand of any values, whose support is known:
    /// [`crate::weighted::weighted_gradient_into`], the index before it included.
    GradientWeighted,
    /// [`Form::Update`] likewise: [`crate::weighted::add_weighted_gradient`].
    UpdateWeighted,
}

/// What the two kernels take for one shape, in nanoseconds on one thread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Times {
    cell: Cell,
    elements: usize,
    /// Nanoseconds beside the event-driven kernel, from so many events on.
    beside: f64,
    beside_from: usize,
    /// Nanoseconds beside the event-driven kernel for each event.
    beside_each: f64,
    /// Whether the event-driven kernel has next to nothing to do without events.
    nothing_is_free: bool,
}

impl CostTable {
    /// The faster kernel for a product of `form` with `events` elements that are not zero; [`Kernel::Dense`] for empty matrices. A pure
    /// function of its arguments and the table: if it is dense for some number of events, it is for every greater one.
    pub fn choose(&self, form: Form, rows: usize, cols: usize, out: usize, events: usize) -> Kernel {
        if rows == 0 || cols == 0 || out == 0 {
            return Kernel::Dense;
        }
        self.times(form, rows, cols, out).choose(events)
    }

    /// The same for an operand that is there as an index of its events: a dense kernel needs it spelled out first.
    pub fn choose_for_index(
        &self,
        form: Form,
        rows: usize,
        cols: usize,
        out: usize,
        events: usize,
    ) -> Kernel {
        if rows == 0 || cols == 0 || out == 0 {
            return Kernel::Dense;
        }
        let mut times = self.times(form, rows, cols, out);
        times.cell[0] += SPELLING * times.elements as f64;
        times.choose(events)
    }

    /// What the table says of a shape.
    pub fn times(&self, form: Form, rows: usize, cols: usize, out: usize) -> Times {
        let elements = rows * cols;
        let indexing = self.weighted.ns_per_element * elements as f64 + self.weighted.ns_per_call;
        let (grid, mut beside, beside_from) = match form {
            Form::Forward => (&self.forward, 0.0, 0),
            // With fewer events the table is read as it is.
            Form::ForwardPlain => (&self.forward, self.packing.at(cols, out), WORTH_PACKING * cols),
            Form::ForwardTurned => (&self.forward, self.turning.at(cols, out), 0),
            Form::Gradient => (&self.gradient, 0.0, 0),
            // Sums lie as those of an update.
            Form::GradientTurned => (&self.update, 0.0, 0),
            Form::Update => (&self.update, 0.0, 0),
            Form::GradientWeighted => (&self.gradient, indexing, 0),
            Form::UpdateWeighted => (&self.update, indexing, 0),
        };
        // Updates by binary events may pass over silent inputs, others do not.
        let places = (cols * panels(out)) as f64;
        let visits = self.weighted.ns_per_visit * places;
        let (factor, least, mut beside_each) = match form {
            Form::GradientTurned => (1.0, self.weighted.ns_per_sum * places, 0.0),
            Form::GradientWeighted => (self.weighted.gradient, visits, self.weighted.ns_per_entry),
            Form::UpdateWeighted => (self.weighted.update, visits, self.weighted.ns_per_entry),
            _ => (1.0, 0.0, 0.0),
        };
        let mut cell = grid.at(rows, cols, out);
        cell[1..]
            .iter_mut()
            .for_each(|ns| *ns = (factor * *ns).max(least));
        let of_gradient = matches!(
            form,
            Form::Gradient | Form::GradientTurned | Form::GradientWeighted
        );
        if of_gradient && is_outer(rows, out) {
            // All that counts is what is written.
            let outer = OUTER * cell[0];
            cell[1..].fill(outer);
            (beside, beside_each) = (0.0, 0.0);
        }
        Times {
            cell,
            elements,
            beside,
            beside_from,
            beside_each,
            nothing_is_free: !matches!(form, Form::ForwardTurned | Form::GradientWeighted),
        }
    }
}

/// Panels of a table of `out` columns in single precision.
pub(super) fn panels(out: usize) -> usize {
    (out * size_of::<f32>()).div_ceil(PANEL)
}

impl Times {
    /// Nanoseconds of the dense kernel.
    pub fn dense(&self) -> f64 {
        self.cell[0]
    }

    /// Nanoseconds of the event-driven kernel with `events` elements that are not zero.
    pub fn events(&self, events: usize) -> f64 {
        let density = events as f64 / self.elements as f64;
        let upper = DENSITIES
            .iter()
            .position(|d| density < *d)
            .unwrap_or(DENSITIES.len() - 1)
            .max(1);
        let (low, high) = (self.cell[upper], self.cell[upper + 1]);
        let share = (density - DENSITIES[upper - 1]) / (DENSITIES[upper] - DENSITIES[upper - 1]);
        let kernel = (low + share * (high - low)).max(0.0) + self.beside_each * events as f64;
        if events < self.beside_from {
            kernel
        } else {
            kernel + self.beside
        }
    }

    /// The faster kernel with `events` elements that are not zero.
    pub fn choose(&self, events: usize) -> Kernel {
        let nothing = events == 0 && self.nothing_is_free;
        if nothing || self.events(events) < self.dense() {
            Kernel::Events
        } else {
            Kernel::Dense
        }
    }

    /// The fewest of them for which the dense kernel is chosen; `None` where it never is.
    pub fn break_even(&self) -> Option<usize> {
        let (mut low, mut high) = (0, self.elements + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.choose(middle) {
                Kernel::Dense => high = middle,
                Kernel::Events => low = middle + 1,
            }
        }
        (low <= self.elements).then_some(low)
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Kernel};
    use crate::cost::CostTable;

    const FORMS: [Form; 8] = [
        Form::Forward,
        Form::ForwardPlain,
        Form::ForwardTurned,
        Form::Gradient,
        Form::GradientTurned,
        Form::Update,
        Form::GradientWeighted,
        Form::UpdateWeighted,
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
                    let below = break_even.is_none_or(|first| count < first);
                    assert_eq!(chosen, below, "{form:?} {rows}x{cols}x{out} {count}");
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
        // Traces of spikes are worth an index in front of a wide layer, and not in front of ten outputs.
        for form in [Form::GradientWeighted, Form::UpdateWeighted] {
            let chosen = |out: usize| table.choose(form, 256, 784, out, one_in(256, 784, 5));
            assert_eq!(
                [chosen(256), chosen(10)],
                [Kernel::Events, Kernel::Dense],
                "{form:?}"
            );
        }
        // The gradient of one row is as fast as it is written.
        for form in [Form::Gradient, Form::GradientTurned, Form::GradientWeighted] {
            assert_eq!(table.choose(form, 1, 784, 256, 784), Kernel::Events, "{form:?}");
        }
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
