//! The scale of the human cochlea (Glasberg and Moore, 1990).

/// Equivalent rectangular bandwidth in Hz of the auditory filter at `frequency` in Hz:
/// `ERB(f) = 24.7 (4.37 f / 1000 + 1)`.
pub fn bandwidth(frequency: f64) -> f64 {
    24.7 * (4.37 * frequency / 1000.0 + 1.0)
}

/// `channels` frequencies in Hz from `low` to `high`, ascending, equally spaced in ERB rate
/// `E(f) = 21.4 log10(4.37 f / 1000 + 1)`; the middle one alone for a single channel.
pub fn centre_frequencies(channels: usize, low: f64, high: f64) -> Vec<f64> {
    let rate = |f: f64| (4.37 * f / 1000.0).ln_1p();
    let (from, to) = (rate(low), rate(high));
    let at = |i: usize| match channels {
        1 => 0.5,
        _ => i as f64 / (channels - 1) as f64,
    };
    (0..channels)
        .map(|i| (from + (to - from) * at(i)).exp_m1() * 1000.0 / 4.37)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_bandwidths_and_equal_steps() {
        // Glasberg and Moore: 132.6 Hz at 1 kHz.
        assert!((bandwidth(1000.0) - 132.639).abs() < 1e-9);
        let all = centre_frequencies(101, 50.0, 8000.0);
        assert!((all[0] - 50.0).abs() < 1e-9 && (all[100] - 8000.0).abs() < 1e-6);
        // A step is the same share of the bandwidth everywhere.
        let step = |i: usize| (all[i + 1] - all[i]) / bandwidth((all[i] * all[i + 1]).sqrt());
        assert!(
            (step(0) / step(99) - 1.0).abs() < 0.01,
            "{} {}",
            step(0),
            step(99)
        );
        assert_eq!(centre_frequencies(1, 100.0, 100.0).len(), 1);
    }
}
