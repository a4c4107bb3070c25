//! The three biological stages of a few neighbouring channels, sample by sample.

use crate::constants::{bushy, hair};
use crate::erb;
use std::f64::consts::TAU;

/// Channels that are advanced together: their arithmetic is the same, so that it becomes vector instructions.
pub(crate) const LANES: usize = 16;

type Lanes = [f32; LANES];

/// Coefficients of a block; nothing changes while a sound passes.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// Pole of each filter, real and imaginary part, and the gain that makes its peak response 1.
    pole: [Lanes; 2],
    gain: Lanes,
    cell: Cell,
}

/// Coefficients that all channels share.
#[derive(Debug, Clone, Copy)]
struct Cell {
    dt: f32,
    /// Decay of current and membrane in one sample.
    current: f32,
    membrane: f32,
    /// Current per transmitter in the cleft.
    drive: f32,
    refractory: f32,
}

/// Filters, transmitter in store, cleft and reprocessing, current, membrane, samples of rest that are left.
struct State {
    filters: [[Lanes; 2]; 4],
    store: Lanes,
    cleft: Lanes,
    returning: Lanes,
    current: Lanes,
    membrane: Lanes,
    resting: Lanes,
}

impl Block {
    /// For at most [`LANES`] centre frequencies at a sampling rate, both in Hz. `drive` is the current that a spike of
    /// each fibre at once would cause, per second.
    pub(crate) fn new(centres: &[f64], rate: f64, drive: f64) -> Block {
        let dt = 1.0 / rate;
        let mut block = Block {
            pole: [[0.0; LANES]; 2],
            gain: [0.0; LANES],
            cell: Cell {
                dt: dt as f32,
                current: (-dt / bushy::TAU_SYNAPSE).exp() as f32,
                membrane: (-dt / bushy::TAU_MEMBRANE).exp() as f32,
                drive: (drive * hair::H * dt) as f32,
                refractory: (bushy::REFRACTORY * rate).round() as f32,
            },
        };
        for (lane, centre) in centres.iter().enumerate() {
            // 1.019 ERB is the decay of a gammatone filter of fourth order with this bandwidth.
            let radius = (-TAU * 1.019 * erb::bandwidth(*centre) * dt).exp();
            let angle = TAU * centre * dt;
            block.pole[0][lane] = (radius * angle.cos()) as f32;
            block.pole[1][lane] = (radius * angle.sin()) as f32;
            // The real part holds half of a tone's amplitude.
            block.gain[lane] = (2.0 * (1.0 - radius).powi(4)) as f32;
        }
        block
    }

    /// Calls `spike(sample, lane)` for each spike of `sound`, in order of time.
    pub(crate) fn run(&self, sound: &[f32], mut spike: impl FnMut(usize, usize)) {
        let mut state = self.at_rest();
        for (at, amplitude) in sound.iter().enumerate() {
            // The offset keeps decaying filters from numbers so small that arithmetic becomes slow.
            let motion = self.filter(&mut state, amplitude + 1e-12);
            self.release(&mut state, &motion);
            if self.integrate(&mut state) {
                for lane in 0..LANES {
                    if state.membrane[lane] >= 1.0 {
                        state.membrane[lane] = 0.0;
                        state.resting[lane] = self.cell.refractory;
                        spike(at, lane);
                    }
                }
            }
        }
    }

    /// Motion of the membrane: real part of a cascade of four complex filters `y ← x + a y`.
    #[inline]
    fn filter(&self, state: &mut State, amplitude: f32) -> Lanes {
        let [a, b] = &self.pole;
        let mut re = self.gain.map(|g| g * amplitude);
        let mut im = [0.0; LANES];
        for [sr, si] in &mut state.filters {
            for l in 0..LANES {
                let (r, i) = (sr[l], si[l]);
                re[l] += a[l] * r - b[l] * i;
                im[l] += a[l] * i + b[l] * r;
            }
            (*sr, *si) = (re, im);
        }
        re
    }

    /// `q̇ = y (1 - q) + x w - k q`, `ċ = k q - (l + r) c`, `ẇ = r c - x w` with `k = g (s + A)⁺ / ((s + A)⁺ + B)`, each in
    /// an implicit step, which is stable at any sampling rate.
    #[inline]
    #[expect(clippy::needless_range_loop, reason = "a lane of many arrays at a time")]
    fn release(&self, state: &mut State, motion: &Lanes) {
        const G: f32 = hair::G as f32;
        const A: f32 = hair::A as f32;
        const B: f32 = hair::B as f32;
        const Y: f32 = hair::Y as f32;
        const X: f32 = hair::X as f32;
        const R: f32 = hair::R as f32;
        let dt = self.cell.dt;
        let cleared = 1.0 / (1.0 + dt * (hair::L + hair::R) as f32);
        let reprocessed = 1.0 / (1.0 + dt * X);
        for l in 0..LANES {
            let open = (motion[l] + A).max(0.0);
            let k = G * open / (open + B);
            let store = (state.store[l] + dt * (Y + X * state.returning[l])) / (1.0 + dt * (Y + k));
            let cleft = (state.cleft[l] + dt * k * store) * cleared;
            state.returning[l] = (state.returning[l] + dt * R * cleft) * reprocessed;
            state.store[l] = store;
            state.cleft[l] = cleft;
        }
    }

    /// Leaky integration; whether any membrane is at the threshold.
    #[inline]
    fn integrate(&self, state: &mut State) -> bool {
        let cell = self.cell;
        let mut highest = 0.0_f32;
        for l in 0..LANES {
            let current = state.current[l] * cell.current + state.cleft[l] * cell.drive;
            let membrane = state.membrane[l] * cell.membrane + current * cell.dt;
            let held = state.resting[l] > 0.0;
            state.current[l] = current;
            state.membrane[l] = if held { 0.0 } else { membrane };
            state.resting[l] = (state.resting[l] - 1.0).max(0.0);
            highest = highest.max(state.membrane[l]);
        }
        highest >= 1.0
    }

    /// The balance of silence.
    fn at_rest(&self) -> State {
        let k = hair::G * hair::A / (hair::A + hair::B);
        let store = hair::Y / (hair::Y + k * hair::L / (hair::L + hair::R));
        let cleft = k * store / (hair::L + hair::R);
        let cell = self.cell;
        let current = cleft as f32 * cell.drive / (1.0 - cell.current);
        State {
            filters: [[[0.0; LANES]; 2]; 4],
            store: [store as f32; LANES],
            cleft: [cleft as f32; LANES],
            returning: [(hair::R * cleft / hair::X) as f32; LANES],
            current: [current; LANES],
            membrane: [current * cell.dt / (1.0 - cell.membrane); LANES],
            resting: [0.0; LANES],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_passes_its_frequency_and_little_else() {
        let block = Block::new(&[250.0, 1000.0, 3000.0], 16_000.0, 13e3);
        let peak = |frequency: f64| {
            let mut state = block.at_rest();
            let mut peak = [0.0_f32; LANES];
            for n in 0..8000 {
                let motion = block.filter(
                    &mut state,
                    (TAU * frequency * f64::from(n) / 16_000.0).sin() as f32,
                );
                if n > 4000 {
                    (0..3).for_each(|l| peak[l] = peak[l].max(motion[l].abs()));
                }
            }
            peak
        };
        let tone = peak(1000.0);
        assert!((tone[1] - 1.0).abs() < 0.02, "{tone:?}");
        assert!(tone[0] < 0.01 && tone[2] < 0.02, "{tone:?}");
        // 3 dB down at about half of the bandwidth's distance.
        let edge = peak(1000.0 + erb::bandwidth(1000.0) * 0.443)[1];
        assert!((0.64..0.78).contains(&edge), "{edge}");
    }

    #[test]
    fn silence_stays_at_rest() {
        let block = Block::new(&[250.0, 1000.0], 16_000.0, 13e3);
        let mut state = block.at_rest();
        let (cleft, membrane) = (state.cleft[0], state.membrane[0]);
        for _ in 0..16_000 {
            let motion = block.filter(&mut state, 0.0);
            block.release(&mut state, &motion);
            assert!(!block.integrate(&mut state));
        }
        assert!(
            (state.cleft[0] / cleft - 1.0).abs() < 1e-2,
            "{cleft} {}",
            state.cleft[0]
        );
        assert!((state.membrane[0] / membrane - 1.0).abs() < 1e-2);
        // About 65 spikes per second of a fibre, as Meddis's high spontaneous rate.
        let rate = f64::from(cleft) * hair::H;
        assert!((55.0..75.0).contains(&rate), "{rate}");
    }
}
