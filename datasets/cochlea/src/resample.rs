//! Sound at another rate.

use std::f64::consts::PI;

/// Zero crossings of the kernel on each side.
const CROSSINGS: f64 = 16.0;

/// `samples` taken `from` times a second, at `to` times a second: convolution with a sinc function under a Hann window
/// that passes what both rates can hold.
pub(crate) fn resample(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    if from == to {
        return samples.to_vec();
    }
    let ratio = f64::from(from) / f64::from(to);
    // Relative to the old rate.
    let cutoff = (1.0 / ratio).min(1.0);
    let reach = CROSSINGS / cutoff;
    let n = (samples.len() as f64 / ratio).ceil() as usize;
    let at = |i: usize| {
        let centre = i as f64 * ratio;
        let first = (centre - reach).ceil().max(0.0) as usize;
        let last = ((centre + reach).floor() as usize).min(samples.len().saturating_sub(1));
        let sum: f64 = (first..=last)
            .map(|k| f64::from(samples[k]) * kernel(k as f64 - centre, cutoff, reach))
            .sum();
        sum as f32
    };
    (0..n).map(at).collect()
}

fn kernel(x: f64, cutoff: f64, reach: f64) -> f64 {
    let sinc = if x == 0.0 {
        1.0
    } else {
        (PI * cutoff * x).sin() / (PI * cutoff * x)
    };
    cutoff * sinc * (0.5 + 0.5 * (PI * x / reach).cos())
}

#[cfg(test)]
mod tests {
    use super::resample;
    use std::f64::consts::TAU;

    #[test]
    fn tones_survive_and_what_does_not_fit_goes() {
        let tone = |f: f64, rate: f64, n: usize| -> Vec<f32> {
            (0..n).map(|i| (TAU * f * i as f64 / rate).sin() as f32).collect()
        };
        for (from, to) in [(8000, 16_000), (48_000, 16_000), (44_100, 8000)] {
            let new = resample(&tone(1000.0, f64::from(from), from as usize), from, to);
            let wanted = tone(1000.0, f64::from(to), new.len());
            let inner = 200..new.len() - 200;
            let worst = inner.map(|i| (new[i] - wanted[i]).abs()).fold(0.0, f32::max);
            assert!(worst < 2e-3, "{from} to {to}: {worst}");
        }
        let folded = resample(&tone(7000.0, 48_000.0, 48_000), 48_000, 8000);
        assert!(folded[100..7900].iter().all(|s| s.abs() < 1e-2));
        assert_eq!(resample(&[], 8000, 16_000), [0.0_f32; 0]);
    }
}
