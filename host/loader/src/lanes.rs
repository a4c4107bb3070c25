//! Philox-4x32-10 on several counters at once, and Bernoulli draws from it.
//!
//! One block of 128 bits serves 16 draws: each compares one byte with the leading byte of the probability, and only
//! the one draw in 256 that ties asks for 32 bits more. Draws are exact to 2^-40 at about a quarter of the random bits.

use multiversion::multiversion;
use neurotrain_plugin_api::rng::philox;

/// Counters that are worked on together.
pub(crate) const LANES: usize = 8;
/// Draws from one block.
pub(crate) const DRAWS: usize = 16;

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// A probability as a number of 2^-40: its leading byte (256 for 1) and the 32 bits below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Threshold {
    pub(crate) high: u32,
    pub(crate) low: u32,
}

impl Threshold {
    /// Of a probability, clamped to `[0, 1]`.
    pub(crate) fn new(probability: f64) -> Self {
        let fixed = (probability.clamp(0.0, 1.0) * (1_u64 << 40) as f64).round() as u64;
        Threshold {
            high: (fixed >> 32) as u32,
            low: fixed as u32,
        }
    }

    /// Whether a draw can never succeed.
    pub(crate) fn is_zero(self) -> bool {
        self == Threshold::default()
    }
}

/// Which draws a block belongs to; with the key it determines them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counter {
    pub(crate) sample: u64,
    /// Draws `DRAWS * group ..` of every element.
    pub(crate) group: u32,
}

/// Marks the counters of tied draws, which never meet those of groups.
const TIE: u32 = 1 << 31;

/// `DRAWS` draws for every element: bit `k` of `masks[i]` tells whether draw `k` of element `elements[i]` succeeded.
/// All three slices have the same length.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
pub(crate) fn draw(
    key: [u32; 2],
    counter: Counter,
    elements: &[u32],
    thresholds: &[Threshold],
    masks: &mut [u16],
) {
    let (sample_low, sample_high) = (counter.sample as u32, (counter.sample >> 32) as u32);
    let packs = elements
        .chunks(LANES)
        .zip(thresholds.chunks(LANES))
        .zip(masks.chunks_mut(LANES));
    for ((elements, thresholds), masks) in packs {
        let n = elements.len();
        let mut words = [
            [0_u32; LANES],
            [counter.group; LANES],
            [sample_low; LANES],
            [sample_high; LANES],
        ];
        words[0][..n].copy_from_slice(elements);
        let mut high = [0_u32; LANES];
        for (to, from) in high.iter_mut().zip(thresholds) {
            *to = from.high;
        }
        let mut round_key = key;
        for _ in 0..10 {
            let [c0, c1, c2, c3] = words;
            for i in 0..LANES {
                let a = u64::from(MULTIPLIERS[0]) * u64::from(c0[i]);
                let b = u64::from(MULTIPLIERS[1]) * u64::from(c2[i]);
                words[0][i] = (b >> 32) as u32 ^ c1[i] ^ round_key[0];
                words[1][i] = b as u32;
                words[2][i] = (a >> 32) as u32 ^ c3[i] ^ round_key[1];
                words[3][i] = a as u32;
            }
            round_key = [
                round_key[0].wrapping_add(WEYL[0]),
                round_key[1].wrapping_add(WEYL[1]),
            ];
        }
        let mut hits = [0_u32; LANES];
        let mut ties = [0_u32; LANES];
        for k in 0..DRAWS as u32 {
            let word = &words[k as usize / 4];
            let shift = 8 * (k % 4);
            for i in 0..LANES {
                let byte = (word[i] >> shift) & 0xff;
                hits[i] |= u32::from(byte < high[i]) << k;
                ties[i] |= u32::from(byte == high[i]) << k;
            }
        }
        for i in 0..n {
            let mut mask = hits[i];
            let mut tied = if thresholds[i].low == 0 { 0 } else { ties[i] };
            while tied != 0 {
                let k = tied.trailing_zeros();
                tied &= tied - 1;
                let draw = counter.group * DRAWS as u32 + k;
                let more = philox([elements[i], TIE | draw, sample_low, sample_high], key)[0];
                mask |= u32::from(more < thresholds[i].low) << k;
            }
            masks[i] = mask as u16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One draw, in plain terms.
    fn reference(key: [u32; 2], sample: u64, element: u32, draw: u32, threshold: Threshold) -> bool {
        let (low, high) = (sample as u32, (sample >> 32) as u32);
        let block = philox([element, draw / 16, low, high], key);
        let byte = (block[(draw % 16) as usize / 4] >> (8 * (draw % 4))) & 0xff;
        let more = philox([element, TIE | draw, low, high], key)[0];
        byte < threshold.high || (byte == threshold.high && more < threshold.low)
    }

    #[test]
    fn many_lanes_agree_with_one_draw_at_a_time() {
        let key = [0x1234_5678, 0x9abc_def0];
        for n in [1, 7, 8, 9, 40] {
            let elements: Vec<u32> = (0..n).map(|i| 3 * i + 1).collect();
            let thresholds: Vec<Threshold> = (0..n)
                .map(|i| Threshold::new(f64::from(i + 1) / f64::from(n + 1)))
                .collect();
            for group in [0, 5] {
                let sample = (7 << 32) | 11;
                let mut masks = vec![0; n as usize];
                draw(key, Counter { sample, group }, &elements, &thresholds, &mut masks);
                for i in 0..n as usize {
                    for k in 0..16 {
                        let expected = reference(key, sample, elements[i], group * 16 + k, thresholds[i]);
                        assert_eq!(
                            masks[i] >> k & 1 == 1,
                            expected,
                            "element {i} of {n}, draw {k} of group {group}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn certain_and_impossible_draws() {
        assert!(
            Threshold::new(0.0).is_zero()
                && Threshold::new(-1.0).is_zero()
                && Threshold::new(1e-14).is_zero()
        );
        assert_eq!(Threshold::new(2.0), Threshold { high: 256, low: 0 });
        let mut masks = [0; 2];
        let thresholds = [Threshold::new(0.0), Threshold::new(1.0)];
        for sample in 0..1000 {
            draw(
                [1, 2],
                Counter { sample, group: 0 },
                &[0, 1],
                &thresholds,
                &mut masks,
            );
            assert_eq!(masks, [0, u16::MAX]);
        }
    }

    #[test]
    fn small_probabilities_are_kept() {
        // Below 1/256 every success comes from a tie.
        let p = 1.0 / 1000.0;
        let elements: Vec<u32> = (0..1000).collect();
        let thresholds = vec![Threshold::new(p); 1000];
        let mut masks = vec![0; 1000];
        let mut hits = 0;
        for sample in 0..100 {
            draw(
                [5, 6],
                Counter { sample, group: 1 },
                &elements,
                &thresholds,
                &mut masks,
            );
            hits += masks.iter().map(|m| m.count_ones()).sum::<u32>();
        }
        let n = 1_600_000.0;
        let deviation = (f64::from(hits) - n * p) / (n * p * (1.0 - p)).sqrt();
        assert!(
            deviation.abs() < 4.5,
            "{hits} successes, {deviation:.1} standard deviations off"
        );
    }
}
