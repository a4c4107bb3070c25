//! Weights and maps in channel-last blocks.

use super::Conv;
use super::lanes::Blocks;
use super::segments::SLACK;
use super::span::Axis;
use crate::Real;
use crate::aligned::Aligned;

/// Weights as the sparse loops over the input want them: `[block, channel, tap, lane]`, where a lane is an output and
/// taps stand in the order of [`Axis::tap_order`].
pub(super) struct ByInput {
    conv: Conv,
    pub(super) blocks: Blocks,
    taps: Vec<usize>,
}

impl ByInput {
    pub(super) fn new<R>(conv: &Conv) -> Self {
        let order = Axis::of(conv).map(|axis| axis.tap_order());
        let taps = order[0]
            .iter()
            .flat_map(|row| order[1].iter().map(move |column| row * conv.kernel[1] + column))
            .collect();
        ByInput {
            conv: *conv,
            blocks: Blocks::new::<R>(conv.outputs, conv.positions()),
            taps,
        }
    }

    /// Elements of one block.
    pub(super) fn block(&self) -> usize {
        self.conv.patch() * self.blocks.lanes
    }

    /// Calls `body(packed position, weight position)`.
    fn each(&self, mut body: impl FnMut(usize, usize)) {
        let area = self.taps.len();
        for block in 0..self.blocks.count {
            for channel in 0..self.conv.channels {
                let packed = (block * self.conv.channels + channel) * area;
                for (lane, output) in self.blocks.of(block).enumerate() {
                    let plain = (output * self.conv.channels + channel) * area;
                    for (tap, place) in self.taps.iter().enumerate() {
                        body((packed + place) * self.blocks.lanes + lane, plain + tap);
                    }
                }
            }
        }
    }

    pub(super) fn pack<R: Real>(&self, weights: &[R]) -> Aligned<R> {
        assert_eq!(weights.len(), self.conv.weights(), "weights of a convolution");
        let mut packed = Aligned::zeros(self.blocks.count * self.block());
        self.each(|to, from| packed[to] = weights[from]);
        packed
    }

    pub(super) fn unpack<R: Real>(&self, packed: &[R]) -> Vec<R> {
        let mut weights = vec![R::ZERO; self.conv.weights()];
        self.each(|from, to| weights[to] = packed[from]);
        weights
    }
}

/// Weights as the sparse loop over the output wants them: `[block, kernel row, output, pitch]`, where a row holds
/// `[tap, lane]`, a lane is an input channel, and zeros fill the row to `pitch`. Zeros follow the last one, too.
pub(super) struct ByOutput {
    pub(super) blocks: Blocks,
    pub(super) pitch: usize,
}

impl ByOutput {
    pub(super) fn new<R>(conv: &Conv) -> Self {
        let blocks = Blocks::new::<R>(conv.channels, conv.pixels());
        ByOutput {
            blocks,
            pitch: (conv.kernel[1] * blocks.lanes).next_multiple_of(8),
        }
    }

    pub(super) fn pack<R: Real>(&self, conv: &Conv, weights: &[R]) -> Aligned<R> {
        assert_eq!(weights.len(), conv.weights(), "weights of a convolution");
        let [rows, columns] = conv.kernel;
        let mut packed = Aligned::zeros(self.blocks.count * conv.outputs * rows * self.pitch + SLACK);
        for block in 0..self.blocks.count {
            for output in 0..conv.outputs {
                for (lane, channel) in self.blocks.of(block).enumerate() {
                    let plain = &weights[(output * conv.channels + channel) * conv.area()..][..conv.area()];
                    for (row, taps) in plain.chunks_exact(columns).enumerate() {
                        let to = ((block * rows + row) * conv.outputs + output) * self.pitch + lane;
                        for (column, weight) in taps.iter().enumerate() {
                            packed[to + column * self.blocks.lanes] = *weight;
                        }
                    }
                }
            }
        }
        packed
    }
}
