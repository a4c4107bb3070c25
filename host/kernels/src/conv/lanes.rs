//! Blocks of channels that one pass of a sparse loop works on.

/// Bytes of a channel-last map that stay near the core.
const NEAR: usize = 48 << 10;

/// Channels of a map, cut into blocks of equal width; the last one may have lanes without a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blocks {
    pub(super) channels: usize,
    pub(super) lanes: usize,
    pub(super) count: usize,
}

impl Blocks {
    /// Blocks for maps of `positions` positions: as wide as a near map allows, between 16 and 64 channels.
    pub(super) fn new<R>(channels: usize, positions: usize) -> Blocks {
        let most = [64, 32]
            .into_iter()
            .find(|w| positions * w.min(&channels.max(1)) * size_of::<R>() <= NEAR);
        let count = channels.div_ceil(most.unwrap_or(16)).max(1);
        Blocks {
            channels,
            lanes: channels.div_ceil(count).next_multiple_of(4).max(4),
            count,
        }
    }

    /// The channels of a block.
    pub(super) fn of(&self, block: usize) -> std::ops::Range<usize> {
        (block * self.lanes).min(self.channels)..((block + 1) * self.lanes).min(self.channels)
    }

    /// Samples worked on together, so that a far table is fetched once for several: `table` is the bytes of one block's
    /// table, `map` those of one block of one sample's map.
    pub(super) fn together(table: usize, map: usize) -> usize {
        if table <= 2 * NEAR {
            1
        } else {
            (2 * NEAR / map.max(1)).clamp(1, 16)
        }
    }
}
