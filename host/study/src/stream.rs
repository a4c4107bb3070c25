//! The random numbers of a trial: ChaCha20, its key from the seed and its stream from the trial's number.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The random numbers of trial `number`.
pub(crate) fn of_trial(seed: u64, number: u64) -> ChaCha20Rng {
    let mut rng = of_study(seed);
    // Stream 0 belongs to the study.
    rng.set_stream(number + 1);
    rng
}

/// The random numbers that all trials share.
pub(crate) fn of_study(seed: u64) -> ChaCha20Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..].copy_from_slice(b"neurotrain hyper-params\0");
    ChaCha20Rng::from_seed(key)
}

/// A uniform number from 0 to below 1, of 53 random bits.
pub(crate) fn unit(rng: &mut ChaCha20Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_never_change() {
        let first = |seed, trial| of_trial(seed, trial).next_u64();
        assert_eq!(first(1, 0), first(1, 0));
        assert_ne!(first(1, 0), first(1, 1));
        assert_ne!(first(1, 0), first(2, 0));
        let unit = unit(&mut of_trial(42, 7));
        assert!((0.0..1.0).contains(&unit));
    }
}
