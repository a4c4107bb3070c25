//! Which samples and which steps are run together: what memory costs in time.

use neurotrain_plugin_api::{Config, Error, Network, Result};

/// Membranes that a part of the batch may keep, in bytes, where the configuration does not say.
const PART: usize = 6 << 20;
/// The most samples of a part are a multiple of this: the engine gives 16 to a thread at a time.
const TOGETHER: usize = 32;

/// How a batch is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    micro_batch: Option<usize>,
    checkpoint: Checkpoint,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checkpoint {
    Off,
    Sqrt,
    Every(usize),
}

/// Consecutive samples or steps: the first and how many.
pub(crate) type Span = (usize, usize);

impl Schedule {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let checkpoint = match config.get("checkpoint") {
            None => Checkpoint::Off,
            Some(value) => match (value.as_str(), value.as_u64()) {
                (Some("off"), _) => Checkpoint::Off,
                (Some("sqrt"), _) => Checkpoint::Sqrt,
                (_, Some(steps)) if steps > 0 => Checkpoint::Every(steps as usize),
                _ => {
                    return Err(Error::new("bad-config", format!("`checkpoint` is {value}"))
                        .with_hint("off, sqrt, or a number of steps"));
                }
            },
        };
        Ok(Schedule {
            micro_batch: config
                .get("micro_batch")
                .map(|_| config.usize("micro_batch"))
                .transpose()?,
            checkpoint,
        })
    }

    /// Samples that are run together, in parts of nearly equal size.
    pub(crate) fn parts(&self, net: &Network, samples: usize, steps: usize) -> Vec<Span> {
        let most = self.micro_batch.unwrap_or_else(|| {
            let neurons: usize = net.layers().iter().map(|layer| layer.size()).sum();
            let kept = self
                .segments(steps)
                .iter()
                .map(|(_, len)| *len)
                .max()
                .unwrap_or(1);
            let most = PART / (kept * neurons * size_of::<f32>()).max(1);
            (most - most % TOGETHER).max(TOGETHER)
        });
        cut(samples, samples.div_ceil(samples.div_ceil(most.max(1)).max(1)))
    }

    /// Steps between checkpoints.
    pub(crate) fn segments(&self, steps: usize) -> Vec<Span> {
        match self.checkpoint {
            Checkpoint::Off => cut(steps, steps),
            Checkpoint::Sqrt => cut(steps, steps.isqrt()),
            Checkpoint::Every(len) => cut(steps, len),
        }
    }
}

fn cut(total: usize, len: usize) -> Vec<Span> {
    let len = len.max(1);
    (0..total)
        .step_by(len)
        .map(|start| (start, len.min(total - start)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Checkpoint, Schedule, cut};
    use neurotrain_plugin_api::Config;
    use neurotrain_plugin_api::serde_json::{Value, json};

    #[test]
    fn spans_cover_everything_once() {
        assert_eq!(cut(10, 4), [(0, 4), (4, 4), (8, 2)]);
        assert_eq!(cut(0, 0), []);
        assert_eq!(cut(3, 9), [(0, 3)]);
    }

    #[test]
    fn the_configuration_is_read() {
        let read = |checkpoint: Value| {
            let mut config = Config::default();
            config.set("checkpoint", checkpoint);
            Schedule::new(&config).map(|s| s.checkpoint)
        };
        assert_eq!(read(json!("off")), Ok(Checkpoint::Off));
        assert_eq!(read(json!("sqrt")), Ok(Checkpoint::Sqrt));
        assert_eq!(read(json!(25)), Ok(Checkpoint::Every(25)));
        assert!(read(json!("often")).is_err() && read(json!(0)).is_err());
    }
}
