//! Measured rates, and which of them apply.

use super::caches::Caches;
use serde::Serialize;

/// Bytes of a table's row that are used at a time: two cache lines. Products that cut their tables into panels of
/// columns read no less, so the whole panel is what has to be near.
const PANEL_BYTES: usize = 128;

/// A level of the memory hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    L1,
    L2,
    L3,
    Memory,
}

impl Level {
    pub(crate) const ALL: [Level; 4] = [Level::L1, Level::L2, Level::L3, Level::Memory];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Level::L1 => "L1",
            Level::L2 => "L2",
            Level::L3 => "L3",
            Level::Memory => "memory",
        }
    }

    /// The first level that holds `bytes`, which `threads` cores share out.
    pub(crate) fn of(bytes: f64, threads: usize, caches: &Caches) -> Level {
        let fits = |size: usize| bytes <= size as f64;
        if fits(caches.l1 * threads) {
            Level::L1
        } else if fits(caches.l2 * threads) {
            Level::L2
        } else if fits(caches.l3) {
            Level::L3
        } else {
            Level::Memory
        }
    }
}

/// Bandwidth of one level, all threads together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Bandwidth {
    pub(crate) level: Level,
    /// Bytes that each thread worked on.
    pub(crate) bytes: usize,
    /// Bytes read and written per second by a copy.
    pub(crate) copy_bytes_per_second: f64,
    /// Bytes read and written per second by `a = b + s c`.
    pub(crate) triad_bytes_per_second: f64,
}

/// Additions of table rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct RowRate {
    pub(crate) level: Level,
    /// Bytes of the table.
    pub(crate) bytes: usize,
    /// Single-precision additions per second, all threads together.
    pub(crate) adds_per_second: f64,
}

/// What `threads` threads can do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Rates {
    pub(crate) threads: usize,
    /// Floating-point operations per second of the dense product in single precision; two per multiply-accumulate.
    pub(crate) gemm_flops: f64,
    pub(crate) bandwidth: [Bandwidth; 4],
    /// From L1, L2 and beyond.
    pub(crate) rows: [RowRate; 3],
    /// Membrane updates per second of leaky integrate-and-fire neurons, in L2.
    pub(crate) lif_updates_per_second: f64,
    pub(crate) caches: Caches,
}

impl Rates {
    /// Additions per second of rows selected from a table of `table_rows` rows.
    pub(crate) fn row_adds(&self, table_rows: usize) -> f64 {
        let panel = (table_rows * PANEL_BYTES) as f64;
        let place = match Level::of(panel, 1, &self.caches) {
            Level::L1 => 0,
            Level::L2 => 1,
            Level::L3 | Level::Memory => 2,
        };
        self.rows[place].adds_per_second
    }

    /// Bytes per second to and from data of `bytes`.
    pub(crate) fn bandwidth(&self, bytes: f64) -> f64 {
        let level = Level::of(bytes, self.threads, &self.caches);
        let rate = &self.bandwidth[level as usize];
        rate.copy_bytes_per_second.max(rate.triad_bytes_per_second)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Round numbers: 2 GFLOP/s; 8, 4, 2 and 1 GB/s; 4, 2 and 1 G additions per second.
    pub(crate) fn round(threads: usize) -> Rates {
        let mut speed = 16e9;
        let bandwidth = Level::ALL.map(|level| {
            speed /= 2.0;
            Bandwidth {
                level,
                bytes: 0,
                copy_bytes_per_second: speed,
                triad_bytes_per_second: speed / 2.0,
            }
        });
        let mut adds = 8e9;
        let rows = [Level::L1, Level::L2, Level::L3].map(|level| {
            adds /= 2.0;
            RowRate {
                level,
                bytes: 0,
                adds_per_second: adds,
            }
        });
        Rates {
            threads,
            gemm_flops: 2e9,
            bandwidth,
            rows,
            lif_updates_per_second: 1e9,
            caches: Caches {
                l1: 32 << 10,
                l2: 512 << 10,
                l3: 8 << 20,
            },
        }
    }

    #[test]
    fn data_are_in_the_first_level_that_holds_them() {
        let rates = round(1);
        assert_eq!(rates.bandwidth(1000.0), 8e9);
        assert_eq!(rates.bandwidth(33_000.0), 4e9);
        assert_eq!(rates.bandwidth(1e6), 2e9);
        assert_eq!(rates.bandwidth(1e8), 1e9);
        // Two cores have twice as much of their own.
        assert_eq!(round(2).bandwidth(33_000.0), 8e9);
    }

    #[test]
    fn tables_are_judged_by_a_panel() {
        let rates = round(1);
        assert_eq!(rates.row_adds(100), 4e9);
        assert_eq!(rates.row_adds(784), 2e9);
        assert_eq!(rates.row_adds(32_768), 1e9);
    }
}
