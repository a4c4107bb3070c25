//! The whole front end.

use crate::block::{Block, LANES};
use crate::constants::hair;
use crate::{Sound, centre_frequencies};
use neurotrain_plugin_api::{Error, Result};

/// What a [`Cochlea`] is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Channels, each a unit of the result; unit 0 is that of the lowest frequency.
    pub channels: usize,
    /// Lowest centre frequency in Hz.
    pub low: f64,
    /// Highest centre frequency in Hz.
    pub high: f64,
    /// Level in dB that every recording is brought to.
    pub level: f64,
    /// Strength of the synapses onto bushy cells: current per second of all fibres together (13,000 where fibres are
    /// sampled, whose noise makes spikes of its own). More makes more spikes; from
    /// about 25,000 on cells fire in silence.
    pub drive: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            channels: 700,
            low: 50.0,
            high: 3600.0,
            level: 65.0,
            drive: 16e3,
        }
    }
}

/// A front end for sounds of one sampling rate.
#[derive(Debug, Clone)]
pub struct Cochlea {
    settings: Settings,
    rate: u32,
    blocks: Vec<Block>,
}

/// Spikes in order of time, at the same time of units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spikes {
    /// Microseconds.
    pub times: Vec<u32>,
    /// The unit of each.
    pub units: Vec<u16>,
}

/// Ends are faded over so many seconds, so that cutting is no click.
const FADE: f64 = 5e-3;
/// Filters beyond this share of the sampling rate would fold back.
const HIGHEST: f64 = 0.45;

impl Cochlea {
    /// For sounds of `rate` samples per second.
    ///
    /// # Errors
    /// `bad-config` naming the setting that cannot work.
    pub fn new(settings: Settings, rate: u32) -> Result<Cochlea> {
        let fault = |message: String| Err(Error::new("bad-config", message));
        let Settings {
            channels,
            low,
            high,
            level,
            drive,
        } = settings;
        if !(1..=65_536).contains(&channels) {
            return fault(format!("`channels` is {channels}, but must be from 1 to 65536"));
        }
        if !(low >= 10.0 && high >= low) {
            return fault(format!(
                "frequencies are from {low} to {high} Hz, but must ascend from at least 10 Hz"
            ));
        }
        if high > HIGHEST * f64::from(rate) {
            return Err(Error::new(
                "bad-config",
                format!(
                    "the highest frequency is {high} Hz, but sound of {rate} samples per second holds {} Hz at most",
                    HIGHEST * f64::from(rate)
                ),
            )
            .with_hint("lower the highest frequency, or resample"));
        }
        if !(0.0..=120.0).contains(&level) {
            return fault(format!("the level is {level} dB, but must be from 0 to 120"));
        }
        if !(drive > 0.0 && drive.is_finite()) {
            return fault(format!("the drive is {drive}, but must be positive"));
        }
        let centres = centre_frequencies(channels, low, high);
        let blocks = centres.chunks(LANES);
        let blocks = blocks.map(|c| Block::new(c, rate.into(), drive)).collect();
        Ok(Cochlea {
            settings,
            rate,
            blocks,
        })
    }

    /// The spikes of a sound.
    ///
    /// # Errors
    /// `bad-data` for a sound of another rate, or one that is silent.
    pub fn spikes(&self, sound: &Sound) -> Result<Spikes> {
        if sound.rate != self.rate {
            return Err(Error::bad_data(format!(
                "the sound has {} samples per second instead of {}",
                sound.rate, self.rate
            )));
        }
        let pressure = self.pressure(sound)?;
        // Time and unit in one number, which is sorted.
        let mut spikes: Vec<u64> = Vec::new();
        for (block, of) in self.blocks.iter().enumerate() {
            of.run(&pressure, |at, lane| {
                let unit = block * LANES + lane;
                if unit < self.settings.channels {
                    spikes.push(((at as u64) << 16) | unit as u64);
                }
            });
        }
        spikes.sort_unstable();
        let rate = u64::from(self.rate);
        Ok(Spikes {
            times: spikes
                .iter()
                .map(|s| ((s >> 16) * 1_000_000 / rate) as u32)
                .collect(),
            units: spikes.iter().map(|s| *s as u16).collect(),
        })
    }

    /// The sound at the level of the settings, without offset, its ends faded.
    fn pressure(&self, sound: &Sound) -> Result<Vec<f32>> {
        let samples = &sound.samples;
        let n = samples.len() as f64;
        let mean = samples.iter().map(|s| f64::from(*s)).sum::<f64>() / n;
        let power = samples
            .iter()
            .map(|s| (f64::from(*s) - mean).powi(2))
            .sum::<f64>()
            / n;
        if power.is_nan() || power.sqrt() <= 1e-6 {
            return Err(
                Error::bad_data(format!("the sound of {} samples is silent", samples.len()))
                    .with_hint("replace or leave out the recording"),
            );
        }
        let scale = 10_f64.powf((self.settings.level - hair::UNIT_LEVEL) / 20.0) / power.sqrt();
        let fade = (FADE * f64::from(self.rate)).max(1.0);
        let window = |i: usize| {
            let edge = (i.min(samples.len() - 1 - i) as f64 + 0.5) / fade;
            if edge < 1.0 {
                0.5 - 0.5 * (std::f64::consts::PI * edge).cos()
            } else {
                1.0
            }
        };
        let scaled = samples.iter().enumerate();
        Ok(scaled
            .map(|(i, s)| ((f64::from(*s) - mean) * scale * window(i)) as f32)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(frequency: f64, rate: u32, seconds: f64) -> Sound {
        let n = (seconds * f64::from(rate)) as usize;
        let at = |i: usize| (std::f64::consts::TAU * frequency * i as f64 / f64::from(rate)).sin() as f32;
        Sound {
            rate,
            samples: (0..n).map(at).collect(),
        }
    }

    #[test]
    fn a_tone_fires_the_channels_around_its_frequency() {
        let settings = Settings {
            channels: 100,
            ..Settings::default()
        };
        let cochlea = Cochlea::new(settings, 8000).unwrap();
        let centres = centre_frequencies(100, settings.low, settings.high);
        for frequency in [200.0, 500.0] {
            let spikes = cochlea.spikes(&tone(frequency, 8000, 0.5)).unwrap();
            let mut counts = vec![0_usize; 100];
            // Behind the onset, which all channels notice.
            let late = spikes
                .times
                .iter()
                .zip(&spikes.units)
                .filter(|(t, _)| **t > 100_000);
            late.for_each(|(_, u)| counts[usize::from(*u)] += 1);
            let total: usize = counts.iter().sum();
            let centroid = counts
                .iter()
                .enumerate()
                .map(|(i, n)| i as f64 * *n as f64)
                .sum::<f64>()
                / total as f64;
            let nearest = centres.iter().position(|c| *c >= frequency).unwrap() as f64;
            assert!(
                total > 100 && (centroid - nearest).abs() < 6.0,
                "{frequency}: {centroid} {nearest}"
            );
            assert!(spikes.times.is_sorted());
        }
    }

    #[test]
    fn the_level_of_a_recording_does_not_matter() {
        let cochlea = Cochlea::new(
            Settings {
                channels: 40,
                ..Settings::default()
            },
            8000,
        )
        .unwrap();
        let loud = tone(500.0, 8000, 0.3);
        let mut soft = loud.clone();
        soft.samples.iter_mut().for_each(|s| *s *= 0.125);
        let spikes = cochlea.spikes(&loud).unwrap();
        assert!(!spikes.times.is_empty());
        assert_eq!(cochlea.spikes(&soft).unwrap(), spikes);
    }

    #[test]
    fn what_cannot_work_is_named() {
        let fails = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            Cochlea::new(settings, 8000).unwrap_err().message().to_owned()
        };
        assert!(fails(|s| s.channels = 0).contains("`channels` is 0"));
        assert!(fails(|s| s.high = 3700.0).contains("holds 3600 Hz at most"));
        assert!(fails(|s| s.low = 4000.0).contains("must ascend"));
        assert!(fails(|s| s.level = f64::NAN).contains("NaN dB"));
        assert!(fails(|s| s.drive = 0.0).contains("the drive is 0"));
        let cochlea = Cochlea::new(Settings::default(), 8000).unwrap();
        let silent = Sound {
            rate: 8000,
            samples: vec![0.25; 100],
        };
        assert!(cochlea.spikes(&silent).unwrap_err().message().contains("silent"));
        let other = tone(300.0, 16_000, 0.1);
        assert!(
            cochlea
                .spikes(&other)
                .unwrap_err()
                .message()
                .contains("instead of 8000")
        );
    }
}
