//! Recordings of sound.

use crate::resample::resample;
use hound::{SampleFormat, WavReader};
use neurotrain_plugin_api::{Error, Result};

/// A recording of one channel.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sound {
    /// Samples per second.
    pub rate: u32,
    /// Full scale is 1.
    pub samples: Vec<f32>,
}

/// Longer ones are no recordings of words.
const LONGEST_SECONDS: u32 = 600;

impl Sound {
    /// Decodes the bytes of a WAV file; its channels are averaged. `name` is for messages.
    ///
    /// # Errors
    /// `bad-data` naming file and sample: not WAV, cut short, empty, of a rate below 1 or beyond 768 kHz, or longer than
    /// ten minutes.
    pub fn decode(name: &str, bytes: &[u8]) -> Result<Sound> {
        let fault = |what: String| {
            Error::bad_data(format!("{name}: {what}"))
                .with_hint("the file is damaged or no WAV file of PCM or floating-point samples; replace it")
        };
        let mut reader = WavReader::new(bytes).map_err(|e| fault(e.to_string()))?;
        let spec = reader.spec();
        let rate = spec.sample_rate;
        if !(1000..=768_000).contains(&rate) || spec.channels == 0 {
            return Err(fault(format!(
                "{rate} samples per second of {} channels",
                spec.channels
            )));
        }
        // What the header says; the samples may end before.
        let announced = reader.duration();
        if announced == 0 {
            return Err(fault("it holds no sound".to_owned()));
        }
        if announced / rate > LONGEST_SECONDS {
            return Err(fault(format!(
                "{announced} samples are more than {LONGEST_SECONDS} seconds"
            )));
        }
        let at = |i: usize, e: hound::Error| fault(format!("sample {i} of {announced}: {e}"));
        let values: Vec<f32> = match spec.sample_format {
            SampleFormat::Float => {
                let samples = reader.samples::<f32>().enumerate();
                samples
                    .map(|(i, s)| s.map_err(|e| at(i, e)))
                    .collect::<Result<_>>()?
            }
            SampleFormat::Int => {
                let scale = 1.0 / (1_u64 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f32;
                let samples = reader.samples::<i32>().enumerate();
                let scaled = samples.map(|(i, s)| s.map(|v| v as f32 * scale).map_err(|e| at(i, e)));
                scaled.collect::<Result<_>>()?
            }
        };
        if let Some(i) = values.iter().position(|v| !v.is_finite()) {
            return Err(fault(format!("sample {i} is {}", values[i])));
        }
        let channels = usize::from(spec.channels);
        let frames = values.chunks_exact(channels);
        Ok(Sound {
            rate,
            samples: frames.map(|f| f.iter().sum::<f32>() / channels as f32).collect(),
        })
    }

    /// The same sound at `rate` samples per second.
    #[must_use]
    pub fn resampled(&self, rate: u32) -> Sound {
        Sound {
            rate,
            samples: resample(&self.samples, self.rate, rate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hound::{WavSpec, WavWriter};
    use neurotrain_plugin_api::rng::Stream;
    use std::io::Cursor;

    fn wav(channels: u16, samples: &[i16]) -> Vec<u8> {
        let spec = WavSpec {
            channels,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
        samples.iter().for_each(|s| writer.write_sample(*s).unwrap());
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    #[test]
    fn samples_come_as_they_are_and_channels_are_averaged() {
        let mono = Sound::decode("a.wav", &wav(1, &[0, 16_384, -32_768])).unwrap();
        assert_eq!((mono.rate, mono.samples), (8000, vec![0.0, 0.5, -1.0]));
        let stereo = Sound::decode("a.wav", &wav(2, &[0, 16_384, -32_768, 0])).unwrap();
        assert_eq!(stereo.samples, [0.25, -0.5]);
        assert_eq!(stereo.resampled(16_000).samples.len(), 4);
    }

    #[test]
    fn damaged_files_are_errors_that_name_them() {
        let whole = wav(1, &(0..500).map(|i| i * 60).collect::<Vec<_>>());
        for end in 0..whole.len() {
            let error = Sound::decode("cut.wav", &whole[..end]).unwrap_err();
            assert!(error.message().starts_with("cut.wav: "), "{end}: {error:?}");
        }
        assert!(
            Sound::decode("e.wav", &wav(1, &[]))
                .unwrap_err()
                .message()
                .contains("no sound")
        );
        let mut random = Stream::new(1, "flips", 0);
        for _ in 0..20_000 {
            let mut bytes = whole.clone();
            for _ in 0..=random.below(2) {
                // Mostly the header, where flips are not only wrong samples.
                let reach = if random.below(4) == 0 { bytes.len() } else { 44 };
                let at = random.below(reach as u64) as usize;
                bytes[at] ^= 1 << random.below(8);
            }
            if let Ok(sound) = Sound::decode("flip.wav", &bytes) {
                assert!(sound.samples.iter().all(|s| s.is_finite()));
            }
        }
    }
}
