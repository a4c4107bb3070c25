//! What values beside the ones cost.

use super::calibrate::{random_events, rounded};
use super::choice::panels;
use super::stopwatch::Stopwatch;
use crate::gradient::{add_weight_gradient, weight_gradient_into};
use crate::weighted::{Support, Weighted, add_weighted_gradient, weighted_gradient_into};
use crate::{Events, Order, Panels};
use serde::{Deserialize, Serialize};

/// Costs of products with a mostly-zero operand of any values, on one thread, against those with as many binary events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct WeightedCost {
    /// Nanoseconds to look at an element for the index.
    pub(super) ns_per_element: f64,
    /// Nanoseconds to take an element into the index.
    pub(super) ns_per_entry: f64,
    /// Time of the weight gradient with the index, in times of the binary one.
    pub(super) gradient: f64,
    /// The same of weight gradients that are added to weights in panels.
    pub(super) update: f64,
    /// Nanoseconds for an input and a panel of outputs, whatever is there; not known before version 3.
    #[serde(default)]
    pub(super) ns_per_visit: f64,
    /// Nanoseconds for an index, whatever its size.
    #[serde(default)]
    pub(super) ns_per_call: f64,
    /// Nanoseconds for an input and a panel of outputs of a gradient of binary events that lies column by column.
    #[serde(default)]
    pub(super) ns_per_sum: f64,
}

impl WeightedCost {
    /// Those that were built in first, for tables that have none.
    pub(super) const FIRST: WeightedCost = WeightedCost {
        ns_per_element: 0.207,
        ns_per_entry: 4.45,
        gradient: 0.82,
        update: 0.93,
        ns_per_visit: 0.0,
        ns_per_call: 0.0,
        ns_per_sum: 0.0,
    };

    /// What makes it unusable, if anything does.
    pub(super) fn fault(&self) -> Option<String> {
        let all = [self.ns_per_element, self.ns_per_entry, self.gradient, self.update];
        let overheads = [self.ns_per_visit, self.ns_per_call, self.ns_per_sum];
        let usable = all.iter().all(|v| v.is_finite() && *v > 0.0)
            && overheads.iter().all(|v| v.is_finite() && *v >= 0.0);
        (!usable).then(|| "all must be positive".to_owned())
    }
}

/// A batch of a well-known layer.
const ROWS: usize = 256;
const COLS: usize = 784;
const OUT: usize = 256;
/// Share of the elements that are not zero.
const DENSITY: f64 = 0.2;
/// Columns of a small matrix.
const FEW: usize = 16;
/// Least of a measured cost.
const LEAST: f64 = 1e-3;

/// The measurements of one shape.
pub(super) struct Sheet {
    events: Events,
    values: Vec<f32>,
    zeros: Vec<f32>,
    post: Vec<f32>,
    gradient: Vec<f32>,
    panels: Panels<f32>,
    /// The index of nothing and of the events.
    index: [Stopwatch; 2],
    /// By events and with their values: gradient and update.
    products: [[Stopwatch; 2]; 2],
    /// Adding one element, making an index of it, and a gradient of one event.
    one: [Stopwatch; 3],
}

impl Sheet {
    pub(super) fn new() -> Sheet {
        let events = random_events(ROWS, COLS, DENSITY);
        Sheet {
            values: events.to_dense::<f32>().iter().map(|v| 0.75 * v).collect(),
            events,
            zeros: vec![0.0; ROWS * COLS],
            post: vec![0.25; ROWS * OUT],
            gradient: vec![0.0; COLS * OUT],
            panels: Panels::zeros(COLS, OUT),
            index: [Stopwatch::new(); 2],
            products: [[Stopwatch::new(); 2]; 2],
            one: [Stopwatch::new(); 3],
        }
    }

    /// One sample of everything.
    pub(super) fn round(&mut self) {
        let (events, post) = (&self.events, &self.post);
        for (values, watch) in [&self.zeros, &self.values].into_iter().zip(&mut self.index) {
            let support = Support::of(values, ROWS, COLS);
            watch.sample(|| Weighted::new(values, &support));
        }
        let weighted = Weighted::new(&self.values, &Support::of(&self.values, ROWS, COLS));
        let [[by_events, by_values], [by_events_update, by_values_update]] = &mut self.products;
        by_events.sample(|| weight_gradient_into(events, post, OUT, Order::Rows, &mut self.gradient));
        by_values.sample(|| weighted_gradient_into(&weighted, post, OUT, Order::Rows, &mut self.gradient));
        by_events_update.sample(|| add_weight_gradient(events, post, 1e-6, &mut self.panels));
        by_values_update.sample(|| add_weighted_gradient(&weighted, post, 1e-6, &mut self.panels));
        let [visits, call, sums] = &mut self.one;
        let mut single = vec![0.0; COLS];
        single[0] = 0.5;
        let support = Support::of(&single, 1, COLS);
        let one = Weighted::new(&single, &support);
        visits.sample(|| add_weighted_gradient(&one, &post[..OUT], 1e-6, &mut self.panels));
        let (few, short) = (&single[..FEW], Support::of(&single[..FEW], 1, FEW));
        call.sample(|| Weighted::new(few, &short));
        let mut event = Events::empty(1, COLS);
        (event.index, event.offsets[1]) = (vec![0], 1);
        sums.sample(|| {
            weight_gradient_into(&event, &post[..OUT], OUT, Order::Columns, &mut self.gradient);
        });
    }

    pub(super) fn cost(&self) -> WeightedCost {
        let [nothing, all] = self.index.map(Stopwatch::nanoseconds);
        let [gradient, update] = self.products.map(|watches| {
            let [events, values] = watches.map(Stopwatch::nanoseconds);
            rounded(values / events)
        });
        WeightedCost {
            ns_per_element: rounded((nothing / (ROWS * COLS) as f64).max(LEAST)),
            ns_per_entry: rounded(((all - nothing) / self.events.nnz() as f64).max(LEAST)),
            gradient,
            update,
            ns_per_visit: rounded(self.one[0].nanoseconds() / (COLS * panels(OUT)) as f64),
            ns_per_call: rounded(self.one[1].nanoseconds()),
            ns_per_sum: rounded(self.one[2].nanoseconds() / (COLS * panels(OUT)) as f64),
        }
    }
}
