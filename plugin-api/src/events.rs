//! Recordings of event cameras: how they cross the boundary, and how the host makes frames of them.

use crate::abi::{Bundle, dtype};
use crate::{Config, Error, ParamSchema, Result};

/// The events of several samples, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBatch {
    /// Where each sample starts in the lists below; one more entry than samples, from 0 to their length.
    pub offsets: Vec<u64>,
    /// Times in microseconds, never decreasing within a sample.
    pub t: Vec<i64>,
    /// Columns, from the left.
    pub x: Vec<u16>,
    /// Rows, from the top; 0 for a sensor of one row.
    pub y: Vec<u16>,
    /// Polarities: 1 for on, 0 for off; 0 for a sensor of one polarity.
    pub p: Vec<u8>,
}

impl Default for EventBatch {
    /// No sample.
    fn default() -> Self {
        EventBatch {
            offsets: vec![0],
            t: Vec::new(),
            x: Vec::new(),
            y: Vec::new(),
            p: Vec::new(),
        }
    }
}

impl EventBatch {
    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// The events of sample `index`, which must be below [`samples`](EventBatch::samples), as a range of the lists.
    pub fn range(&self, index: usize) -> std::ops::Range<usize> {
        self.offsets[index] as usize..self.offsets[index + 1] as usize
    }

    /// As it crosses the boundary: `event_offsets`, `event_t`, `event_x`, `event_y`, `event_p`.
    pub(crate) fn put(self, bundle: &mut Bundle) {
        let offsets: Vec<i64> = self.offsets.iter().map(|o| *o as i64).collect();
        bundle.put_ints("event_offsets", &offsets);
        bundle.put_ints("event_t", &self.t);
        bundle.put_u16s("event_x", &self.x);
        bundle.put_u16s("event_y", &self.y);
        bundle.put_bytes("event_p", &[self.p.len()], self.p);
    }

    /// Reads what a data set gave; none when it gave no events.
    ///
    /// # Errors
    /// `bad-plugin` when the lists do not fit each other or the offsets are not in order.
    pub fn from_bundle(bundle: &Bundle) -> Result<Option<Self>> {
        if bundle.get("event_offsets").is_none() {
            return Ok(None);
        }
        let events = EventBatch {
            offsets: bundle
                .ints("event_offsets")?
                .into_iter()
                .map(|o| o as u64)
                .collect(),
            t: bundle.ints("event_t")?,
            x: bundle.u16s("event_x")?,
            y: bundle.u16s("event_y")?,
            p: match bundle.get("event_p") {
                Some(p) if p.dtype == dtype::U8 && p.tensor.is_none() => p.bytes.to_vec(),
                _ => {
                    return Err(Error::new(
                        "bad-plugin",
                        "the data set gave no bytes called `event_p`",
                    ));
                }
            },
        };
        let n = events.t.len();
        let lengths = [events.x.len(), events.y.len(), events.p.len()];
        let ordered = events.offsets.is_sorted() && events.offsets.first() == Some(&0);
        if lengths != [n; 3] || !ordered || events.offsets.last() != Some(&(n as u64)) {
            return Err(Error::new(
                "bad-plugin",
                format!(
                    "the data set gave {n} times, {lengths:?} columns, rows and polarities, and {} offsets up to {:?}",
                    events.offsets.len(),
                    events.offsets.last()
                ),
            ));
        }
        Ok(Some(events))
    }
}

/// How the host makes `T` frames of a recording; the parameters of [`event_params`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventFraming {
    /// How events are divided among frames.
    pub slicing: Slicing,
    /// Time in microseconds within which a side neighbour must have had an event for an event to count; none keeps all
    /// events.
    pub denoise: Option<i64>,
    /// Whether a cell is 1 however many events it has had, or their number.
    pub binary: bool,
    /// Largest magnitude of a cell that counts; none for no limit.
    pub clamp: Option<u32>,
    /// Whether on and off share a channel.
    pub merge_polarities: bool,
    /// Whether they share it as +1 and -1: cells hold the number of on events minus that of off events, or its sign.
    pub signed: bool,
    /// Side of the square of pixels that become one.
    pub downsample: u16,
}

/// How events are divided among frames, see [`event_params`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slicing {
    /// `T` equal parts of the time from first to last event.
    TimeBins,
    /// `T` equal parts of the number of events.
    EventBins,
    /// Frames of so many microseconds each, from the first event on.
    TimeWindow(i64),
    /// Frames of so many events each.
    EventCount(usize),
}

impl Default for EventFraming {
    /// NeuroTrain's: time bins, noise filter of 10 ms, binary.
    fn default() -> Self {
        EventFraming {
            slicing: Slicing::TimeBins,
            denoise: Some(10_000),
            binary: true,
            clamp: None,
            merge_polarities: false,
            signed: false,
            downsample: 1,
        }
    }
}

impl EventFraming {
    /// Reads the parameters of [`event_params`]; those that are absent have the values of
    /// [`EventFraming::default`].
    ///
    /// # Errors
    /// `bad-config` for a value of the wrong type or range.
    pub fn from_config(config: &Config) -> Result<Self> {
        let mut framing = EventFraming::default();
        let has = |key: &str| config.get(key).is_some();
        let count = |key: &str, default: usize| -> Result<usize> {
            match has(key) {
                true => config.usize(key),
                false => Ok(default),
            }
        };
        if has("framing") {
            framing.slicing = match config.text("framing")? {
                "time_bins" => Slicing::TimeBins,
                "event_bins" => Slicing::EventBins,
                "time_window" => Slicing::TimeWindow(count("frame_us", 10_000)?.max(1) as i64),
                "event_count" => Slicing::EventCount(count("frame_events", 1000)?.max(1)),
                other => {
                    return Err(Error::new(
                        "bad-config",
                        format!(
                            "`framing` is \"{other}\", but must be time_bins, event_bins, time_window or event_count"
                        ),
                    ));
                }
            };
        }
        if has("denoise") {
            framing.denoise = Some(config.usize("denoise")? as i64).filter(|us| *us > 0);
        }
        if has("frame_values") {
            framing.binary = config.text("frame_values")? == "binary";
        }
        if has("polarities") {
            framing.merge_polarities = config.text("polarities")? == "merged";
            framing.signed = config.text("polarities")? == "signed";
        }
        let clamp = count("frame_clamp", 0)?;
        framing.clamp = u32::try_from(clamp).ok().filter(|c| *c > 0);
        let downsample = count("downsample", 1)?;
        framing.downsample = u16::try_from(downsample).ok().filter(|d| *d > 0).ok_or_else(|| {
            Error::new(
                "bad-config",
                format!("`downsample` is {downsample}, but must be from 1 to 65535"),
            )
        })?;
        Ok(framing)
    }

    /// Shape `[C, H, W]` of a frame of a sensor of two polarities and `height` × `width` pixels. A data set reports
    /// it as its shape.
    pub fn shape(&self, height: usize, width: usize) -> Vec<usize> {
        let side = usize::from(self.downsample);
        let channels = match self.merge_polarities || self.signed {
            true => 1,
            false => 2,
        };
        vec![channels, height.div_ceil(side), width.div_ceil(side)]
    }
}

/// The parameters of the host's framing, to be included in the schema of a data set that gives
/// [`Samples::Events`](crate::Samples::Events). `steps` and `denoise` (microseconds, 0 for none) are the data set's
/// defaults.
pub fn event_params(steps: i64, denoise: i64) -> Vec<ParamSchema> {
    vec![
        ParamSchema::int("T", steps, "number of time steps").range(1.0, 100_000.0),
        ParamSchema::choice(
            "framing",
            "time_bins",
            &["time_bins", "event_bins", "time_window", "event_count"],
            "time_bins, event_bins: T equal parts of the time or of the events of a recording; time_window, \
             event_count: frames of `frame_us` or `frame_events`, the first T of them, missing ones empty",
        ),
        ParamSchema::int(
            "frame_us",
            10_000,
            "microseconds of a frame (framing: time_window)",
        )
        .at_least(1.0),
        ParamSchema::int("frame_events", 1000, "events of a frame (framing: event_count)").at_least(1.0),
        ParamSchema::int(
            "denoise",
            denoise,
            "drop events without one of a side neighbour in the microseconds before; 0: keep all",
        )
        .range(0.0, 1e12),
        ParamSchema::choice(
            "frame_values",
            "binary",
            &["binary", "count"],
            "binary: whether there was an event; count: how many",
        ),
        ParamSchema::int(
            "frame_clamp",
            0,
            "largest magnitude of a count (frame_values: count); 0: no limit",
        )
        .range(0.0, 1e9),
        ParamSchema::choice(
            "polarities",
            "both",
            &["both", "merged", "signed"],
            "both: a channel for off and one for on; merged: one for both; signed: one, of on events minus off events \
             (binary: the sign of that)",
        ),
        ParamSchema::int("downsample", 1, "side of the square of pixels that become one").range(1.0, 1024.0),
        ParamSchema::compat(),
        ParamSchema::switch("drop_last", "leave out a last training batch that is not full"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> EventBatch {
        EventBatch {
            offsets: vec![0, 2, 2, 3],
            t: vec![5, 1 << 40, -7],
            x: vec![1, 65535, 3],
            y: vec![0, 2, 300],
            p: vec![0, 1, 1],
        }
    }

    #[test]
    fn events_cross_the_boundary_unchanged() {
        let mut bundle = Bundle::new();
        batch().put(&mut bundle);
        assert_eq!(EventBatch::from_bundle(&bundle), Ok(Some(batch())));
        assert_eq!(EventBatch::from_bundle(&Bundle::new()), Ok(None));
        assert_eq!(
            (batch().samples(), batch().range(1), batch().range(2)),
            (3, 2..2, 2..3)
        );
    }

    #[test]
    fn lists_that_do_not_fit_are_refused() {
        let wrong = |change: fn(&mut EventBatch)| {
            let mut events = batch();
            change(&mut events);
            let mut bundle = Bundle::new();
            events.put(&mut bundle);
            EventBatch::from_bundle(&bundle).unwrap_err().code().to_owned()
        };
        assert_eq!(wrong(|e| e.x.truncate(2)), "bad-plugin");
        assert_eq!(wrong(|e| e.offsets[3] = 4), "bad-plugin");
        assert_eq!(wrong(|e| e.offsets[1] = 3), "bad-plugin");
        assert_eq!(wrong(|e| e.offsets[0] = 1), "bad-plugin");
        assert_eq!(wrong(|e| e.offsets.clear()), "bad-plugin");
    }

    #[test]
    fn the_parameters_say_how_frames_are_made() {
        let mut config = Config::defaults(&event_params(10, 10_000));
        assert_eq!(EventFraming::from_config(&config), Ok(EventFraming::default()));
        assert_eq!(
            EventFraming::from_config(&Config::default()),
            Ok(EventFraming::default())
        );
        config.set("framing", "time_window");
        config.set("frame_us", 500);
        config.set("denoise", 0);
        config.set("polarities", "merged");
        config.set("frame_values", "count");
        config.set("frame_clamp", 3);
        config.set("downsample", 4);
        let framing = EventFraming::from_config(&config).unwrap();
        let expected = EventFraming {
            slicing: Slicing::TimeWindow(500),
            denoise: None,
            binary: false,
            clamp: Some(3),
            merge_polarities: true,
            signed: false,
            downsample: 4,
        };
        assert_eq!(framing, expected);
        assert_eq!(framing.shape(34, 33), [1, 9, 9]);
        assert_eq!(EventFraming::default().shape(34, 34), [2, 34, 34]);
        config.set("polarities", "signed");
        let signed = EventFraming::from_config(&config).unwrap();
        assert!(signed.signed && !signed.merge_polarities);
        assert_eq!(signed.shape(34, 34), [1, 9, 9]);
        config.set("downsample", 0);
        assert_eq!(
            EventFraming::from_config(&config).unwrap_err().code(),
            "bad-config"
        );
    }
}
