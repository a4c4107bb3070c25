//! Weights and maps in channel-last blocks.

use super::Conv;
use super::lanes::Blocks;
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
/// `[tap, lane]`, a lane is an input channel, and zeros fill the row to `pitch`.
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
        let mut packed = Aligned::zeros(self.blocks.count * conv.outputs * rows * self.pitch);
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

/// `maps [channels, positions] = blockᵀ` for a block `[positions, lanes]`, whose spare lanes are dropped.
#[inline(always)]
pub(super) fn channel_first<T: Copy + Default, U>(
    block: &[T],
    lanes: usize,
    maps: &mut [U],
    positions: usize,
    convert: impl Fn(T) -> U,
) {
    for (quad, maps) in maps.chunks_mut(4 * positions).enumerate() {
        let lane = 4 * quad;
        let mut rows = maps.chunks_exact_mut(positions);
        let (Some(a), b, c, d) = (rows.next(), rows.next(), rows.next(), rows.next()) else {
            return;
        };
        if let (Some(b), Some(c), Some(d)) = (b, c, d) {
            let (a4, b4, c4, d4) = (
                a.as_chunks_mut::<4>(),
                b.as_chunks_mut::<4>(),
                c.as_chunks_mut::<4>(),
                d.as_chunks_mut::<4>(),
            );
            let quads = a4.0.iter_mut().zip(b4.0).zip(c4.0).zip(d4.0);
            for ((((a, b), c), d), rows) in quads.zip(block.chunks_exact(4 * lanes)) {
                let row = |k: usize| -> [T; 4] {
                    rows[k * lanes + lane..]
                        .first_chunk()
                        .copied()
                        .unwrap_or_default()
                };
                let (p, q, r, s) = (row(0), row(1), row(2), row(3));
                *a = [p[0], q[0], r[0], s[0]].map(&convert);
                *b = [p[1], q[1], r[1], s[1]].map(&convert);
                *c = [p[2], q[2], r[2], s[2]].map(&convert);
                *d = [p[3], q[3], r[3], s[3]].map(&convert);
            }
            let done = positions / 4 * 4;
            for (k, rest) in [a4.1, b4.1, c4.1, d4.1].into_iter().enumerate() {
                for (i, value) in rest.iter_mut().enumerate() {
                    *value = convert(block[(done + i) * lanes + lane + k]);
                }
            }
        } else {
            for (k, row) in maps.chunks_exact_mut(positions).enumerate() {
                for (i, value) in row.iter_mut().enumerate() {
                    *value = convert(block[i * lanes + lane + k]);
                }
            }
        }
    }
}

/// `block [positions, lanes] = mapsᵀ` for `maps [channels, positions]`; spare lanes keep what they hold.
#[inline(always)]
pub(super) fn channel_last<T: Copy + Default>(maps: &[T], positions: usize, block: &mut [T], lanes: usize) {
    for (quad, maps) in maps.chunks(4 * positions).enumerate() {
        let lane = 4 * quad;
        if maps.len() == 4 * positions {
            let (a, rest) = maps.split_at(positions);
            let (b, rest) = rest.split_at(positions);
            let (c, d) = rest.split_at(positions);
            let quads = a.iter().zip(b).zip(c).zip(d);
            for ((((a, b), c), d), row) in quads.zip(block.chunks_exact_mut(lanes)) {
                row[lane..lane + 4].copy_from_slice(&[*a, *b, *c, *d]);
            }
        } else {
            for (k, map) in maps.chunks_exact(positions).enumerate() {
                for (value, row) in map.iter().zip(block.chunks_exact_mut(lanes)) {
                    row[lane + k] = *value;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{channel_first, channel_last};

    #[test]
    fn maps_turn_there_and_back() {
        for (channels, positions) in [(4, 8), (6, 7), (1, 1), (12, 5), (3, 9)] {
            let lanes = usize::next_multiple_of(channels, 4);
            let maps: Vec<f32> = (0..channels * positions).map(|i| i as f32).collect();
            let mut block = vec![0.0; positions * lanes];
            channel_last(&maps, positions, &mut block, lanes);
            assert_eq!(
                block[(positions - 1) * lanes + channels - 1],
                *maps.last().expect("an element")
            );
            let mut back = vec![0.0; maps.len()];
            channel_first(&block, lanes, &mut back, positions, |x| x);
            assert_eq!(back, maps);
        }
    }
}
