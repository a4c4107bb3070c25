//! Which way is the faster one.

use super::lanes::Blocks;
use super::span::{Axis, Span};
use super::{Conv, by_position, from_post};
use serde::{Deserialize, Serialize};

/// How a product is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// Every element, by matrix products.
    Dense,
    /// The non-zero elements of the input, or of the gradient in an input gradient.
    Sparse,
    /// The non-zero elements of the input, with the sums of an output position in registers, in a forward product; as
    /// [`Sparse`](Way::Sparse) elsewhere.
    Sums,
    /// The non-zero elements of the gradient, in a weight gradient; as [`Sparse`](Way::Sparse) elsewhere.
    Post,
}

/// Times of the steps of a convolution on one thread, in nanoseconds, for 32-bit elements.
///
/// Only their ratios matter. The choice is a pure function of these, the shape and the number of non-zero elements, never
/// of the threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConvCost {
    /// A multiply-add of a matrix product.
    pub dense_ns_per_mac: f64,
    /// An element that is unfolded, or folded back.
    pub dense_ns_per_unfolded: f64,
    /// A lane added to memory, for an input element that meets it.
    pub event_ns_per_add: f64,
    /// A run of lanes, whatever its length.
    pub event_ns_per_run: f64,
    /// A multiply-add in registers, for a gradient element that meets it.
    pub post_ns_per_mac: f64,
    /// A run of lanes of one gradient element, whatever its length.
    pub post_ns_per_run: f64,
    /// A gradient element that is looked at, or a position and kernel row, whatever is there. (Where several rows share a
    /// visit it is taken for as many.)
    pub post_ns_per_visit: f64,
    /// A weight moved between its own order and that of a sparse loop.
    pub ns_per_packed: f64,
    /// An element moved between channel-first and channel-last, cleared or searched for its value.
    pub ns_per_moved: f64,
    /// Of the ways whose sums stay in registers; without them those are taken for slower ones, as they were once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registers: Option<RegisterCost>,
}

/// Times of sums that stay in registers, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RegisterCost {
    /// A lane added, for an input element that a position meets.
    pub ns_per_add: f64,
    /// A position and kernel column, whatever it meets.
    pub ns_per_run: f64,
    /// An element that is listed.
    pub ns_per_listed: f64,
    /// A multiply-add, for a gradient element that a row of taps meets.
    pub ns_per_mac: f64,
    /// Such a row, whatever its length.
    pub ns_per_row: f64,
}

impl Default for ConvCost {
    /// As measured on a Zen 3 core with AVX2.
    fn default() -> Self {
        ConvCost {
            dense_ns_per_mac: 0.024,
            dense_ns_per_unfolded: 0.58,
            event_ns_per_add: 0.045,
            event_ns_per_run: 5.8,
            post_ns_per_mac: 0.026,
            post_ns_per_run: 1.1,
            post_ns_per_visit: 1.3,
            ns_per_packed: 0.9,
            ns_per_moved: 0.32,
            registers: Some(RegisterCost {
                ns_per_add: 0.034,
                ns_per_run: 2.0,
                ns_per_listed: 4.0,
                ns_per_mac: 0.021,
                ns_per_row: 0.17,
            }),
        }
    }
}

/// Bytes of the sums, and of the input of a sample, up to which a weight gradient may go through the gradient's elements; of
/// the weights of a kernel column, up to which a forward product may have its sums in registers.
const NEAR: usize = 64 << 10;

impl ConvCost {
    /// What makes it unusable, if anything does.
    pub(crate) fn fault(&self) -> Option<String> {
        let all = [
            self.dense_ns_per_mac,
            self.dense_ns_per_unfolded,
            self.event_ns_per_add,
            self.event_ns_per_run,
            self.post_ns_per_mac,
            self.post_ns_per_run,
            self.post_ns_per_visit,
            self.ns_per_packed,
            self.ns_per_moved,
        ];
        let registers = self.registers.iter().flat_map(|cost| {
            [
                cost.ns_per_add,
                cost.ns_per_run,
                cost.ns_per_listed,
                cost.ns_per_mac,
                cost.ns_per_row,
            ]
        });
        let wrong = all
            .into_iter()
            .chain(registers)
            .find(|ns| !ns.is_finite() || *ns < 0.0)?;
        Some(format!("{wrong} is no time"))
    }

    /// The way of a forward product of `samples` inputs with `nonzero` elements that are not zero; `binary` when they are
    /// given as events.
    pub fn forward(&self, conv: &Conv, samples: usize, nonzero: usize, binary: bool) -> Way {
        let ways = self.forward_ns(conv, samples, nonzero, binary);
        match self.sums_ns(conv, samples, nonzero, binary) {
            Some(sums) if sums < ways[0].min(ways[1]) => Way::Sums,
            _ => choose(ways),
        }
    }

    /// The same for steps of samples that repeat, `nonzero` of whose elements are worked on.
    pub(super) fn forward_of_repeats(&self, conv: &Conv, samples: usize, nonzero: usize) -> Way {
        choose(self.forward_ns(conv, samples, nonzero, true))
    }

    /// The way of a weight gradient, as [`forward`](ConvCost::forward), for `posts` gradient elements that are not zero.
    pub fn weight_grad(
        &self,
        conv: &Conv,
        samples: usize,
        nonzero: usize,
        binary: bool,
        posts: usize,
    ) -> Way {
        // The loops over the input are those of the forward product with source and target exchanged.
        let [dense, sparse] = self.forward_ns(conv, samples, nonzero, binary);
        // Where the sums or the input of a sample leave the nearest cache, it was slower than this model knows.
        let near = conv.weights().max(conv.input()) * size_of::<f32>() <= NEAR;
        if near && self.by_post_ns(conv, samples, posts) < dense.min(sparse) {
            Way::Post
        } else {
            choose([dense, sparse])
        }
    }

    /// The way of an input gradient for `nonzero` of `elements` gradient elements that are not zero.
    pub fn input_grad(&self, conv: &Conv, samples: usize, elements: usize, nonzero: usize) -> Way {
        choose(self.input_grad_ns(conv, samples, elements, nonzero))
    }

    /// Estimated times of a forward product: dense, sparse.
    fn forward_ns(&self, conv: &Conv, samples: usize, nonzero: usize, binary: bool) -> [f64; 2] {
        let (samples, nonzero) = (samples as f64, nonzero as f64);
        // Kernel rows and taps that an input element meets on average.
        let [rows, columns] = Axis::of(conv).map(|axis| mean_length(&axis.of_inputs()));
        let blocks = Blocks::new::<f32>(conv.outputs, conv.positions());
        let (count, lanes) = (blocks.count as f64, blocks.lanes as f64);
        let searched = if binary { 0 } else { conv.input() };
        let moved = (conv.output() + searched) as f64;
        let sparse =
            nonzero * count * rows * (columns * lanes * self.event_ns_per_add + self.event_ns_per_run)
                + samples * moved * self.ns_per_moved
                + conv.weights() as f64 * self.ns_per_packed;
        [self.dense_ns(conv, samples), sparse]
    }

    /// Estimated time of a forward product whose sums stay in registers.
    fn sums_ns(&self, conv: &Conv, samples: usize, nonzero: usize, binary: bool) -> Option<f64> {
        let cost = self.registers?;
        let blocks = by_position::blocks::<f32>(conv);
        // Where the weights of a kernel column leave the nearest caches, it was slower than this model knows.
        let widest = blocks.iter().map(|(_, lanes)| *lanes).max()?;
        if conv.kernel[0] * conv.channels * widest * size_of::<f32>() > NEAR {
            return None;
        }
        let (samples, nonzero) = (samples as f64, nonzero as f64);
        let [rows, columns] = Axis::of(conv).map(|axis| mean_length(&axis.of_inputs()));
        // Few lanes wait for each other.
        let lanes: usize = blocks.iter().map(|(_, lanes)| (*lanes).max(24)).sum();
        let runs = (conv.positions() * conv.kernel[1] * blocks.len()) as f64;
        let searched = if binary { 0 } else { conv.input() };
        let moved = (conv.output() + searched + conv.pixels()) as f64;
        Some(
            nonzero * (rows * columns * lanes as f64 * cost.ns_per_add + cost.ns_per_listed)
                + samples * (runs * cost.ns_per_run + moved * self.ns_per_moved)
                + conv.weights() as f64 * self.ns_per_packed,
        )
    }

    /// Estimated times of an input gradient: dense, sparse.
    fn input_grad_ns(&self, conv: &Conv, samples: usize, elements: usize, nonzero: usize) -> [f64; 2] {
        let (samples, nonzero) = (samples as f64, nonzero as f64);
        let blocks = Blocks::new::<f32>(conv.channels, conv.pixels());
        let (count, lanes) = (blocks.count as f64, blocks.lanes as f64);
        // Kernel rows and taps that an output meets on average.
        let [rows, columns] = Axis::of(conv).map(|axis| mean_length(&axis.of_outputs()));
        let positions = samples * conv.positions() as f64;
        // A position with terms costs about two runs more.
        let runs = nonzero + 2.0 * nonzero.min(positions);
        let visited = elements as f64 + positions * count * conv.kernel[0] as f64;
        let sparse =
            count * rows * (nonzero * columns * lanes * self.post_ns_per_mac + runs * self.post_ns_per_run)
                + visited * self.post_ns_per_visit
                + samples * conv.input() as f64 * self.ns_per_moved
                + conv.weights() as f64 * self.ns_per_packed;
        [self.dense_ns(conv, samples), sparse]
    }

    /// Estimated time of a weight gradient from the side of its gradient.
    fn by_post_ns(&self, conv: &Conv, samples: usize, posts: usize) -> f64 {
        let (posts, lanes) = (posts as f64, from_post::lanes(conv) as f64);
        let rows = posts * conv.kernel[0] as f64;
        let [mac, row] = match self.registers {
            Some(cost) => [cost.ns_per_mac, cost.ns_per_row],
            None => [self.post_ns_per_mac, self.post_ns_per_run],
        };
        rows * (lanes * mac + row)
            + posts * self.post_ns_per_visit
            + (samples * conv.input()) as f64 * self.ns_per_moved
            + conv.weights() as f64 * self.ns_per_packed
    }

    fn dense_ns(&self, conv: &Conv, samples: f64) -> f64 {
        let unfolded = (conv.patch() * conv.positions()) as f64;
        samples * (conv.work() as f64 * self.dense_ns_per_mac + unfolded * self.dense_ns_per_unfolded)
    }
}

fn mean_length(spans: &[Span]) -> f64 {
    spans.iter().map(|span| f64::from(span.len)).sum::<f64>() / spans.len().max(1) as f64
}

fn choose([dense, sparse]: [f64; 2]) -> Way {
    if sparse < dense { Way::Sparse } else { Way::Dense }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second layer of the small convolutional network.
    const CONV: Conv = Conv {
        channels: 12,
        height: 12,
        width: 12,
        outputs: 32,
        kernel: [5, 5],
        stride: [1, 1],
        padding: [0, 0],
    };

    #[test]
    fn many_elements_are_summed_in_registers_and_few_are_not() {
        let cost = ConvCost::default();
        let way = |share: f64| cost.forward(&CONV, 64, (64.0 * 1728.0 * share) as usize, true);
        assert_eq!((way(0.005), way(0.15)), (Way::Sparse, Way::Sums));
        assert_ne!(cost.forward_of_repeats(&CONV, 64, 64 * 1728 / 7), Way::Sums);
    }

    #[test]
    fn costs_of_before_choose_as_before_and_stay_what_they_are() {
        let old = ConvCost {
            registers: None,
            ..ConvCost::default()
        };
        let text = serde_json::to_string(&old).unwrap();
        assert!(!text.contains("registers"), "{text}");
        assert_eq!(serde_json::from_str::<ConvCost>(&text).unwrap(), old);
        for nonzero in [10, 1000, 10_000, 100_000] {
            assert_ne!(old.forward(&CONV, 64, nonzero, true), Way::Sums);
        }
    }
}
