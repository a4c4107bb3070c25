//! Recordings turned into spikes when first asked for, and kept.

use crate::recordings::Recording;
use neurotrain_data_cochlea::{Cochlea, Settings, Sound, Spikes};
use neurotrain_data_files::{Content, Tree};
use neurotrain_plugin_api::{Ctx, Result};
use std::sync::OnceLock;

/// The spikes of every recording: ten thousand of six bytes each, and six of a thousand recordings.
pub(crate) struct Heard {
    cochlea: Cochlea,
    rate: u32,
    spikes: Vec<OnceLock<Spikes>>,
}

impl Heard {
    /// `rate` is that of all recordings; others are resampled.
    pub(crate) fn new(settings: Settings, rate: u32, recordings: usize) -> Result<Self> {
        Ok(Heard {
            cochlea: Cochlea::new(settings, rate)?,
            rate,
            spikes: (0..recordings).map(|_| OnceLock::new()).collect(),
        })
    }

    /// Turns those of `recordings` into spikes that have not been yet, on the host's threads.
    pub(crate) fn listen(&self, tree: &Tree, recordings: &[&Recording], ctx: &Ctx) -> Result<()> {
        let missing: Vec<usize> = recordings
            .iter()
            .map(|r| r.member)
            .filter(|member| self.spikes[*member].get().is_none())
            .collect();
        let files: Vec<Content> = missing.iter().map(|m| tree.read(*m)).collect::<Result<_>>()?;
        let results: Vec<OnceLock<Result<()>>> = missing.iter().map(|_| OnceLock::new()).collect();
        ctx.parallel_for(missing.len(), |i| {
            let result = self.convert(&files[i]).map(|spikes| {
                // Another thread may have been faster, with the same spikes.
                let _ = self.spikes[missing[i]].set(spikes);
            });
            let _ = results[i].set(result);
        })?;
        ctx.check_cancelled()?;
        results.into_iter().filter_map(OnceLock::into_inner).collect()
    }

    /// What [`listen`](Heard::listen) has made of a recording; nothing before.
    pub(crate) fn spikes(&self, recording: &Recording) -> Option<&Spikes> {
        self.spikes[recording.member].get()
    }

    fn convert(&self, file: &Content) -> Result<Spikes> {
        let sound = Sound::decode(&file.name, &file.bytes)?;
        let sound = if sound.rate == self.rate {
            sound
        } else {
            sound.resampled(self.rate)
        };
        let spikes = self.cochlea.spikes(&sound);
        spikes.map_err(|e| e.context(&file.name))
    }
}

impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let done = self.spikes.iter().filter(|s| s.get().is_some()).count();
        write!(f, "Heard({done} of {} recordings)", self.spikes.len())
    }
}
