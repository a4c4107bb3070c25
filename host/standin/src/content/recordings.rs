//! Made-up recordings of event cameras and of artificial cochleas.

use super::classes::{Split, Traits};
use super::shapes::{Point, disturbed, line, on_line};
use neurotrain_plugin_api::rng::Stream;

/// Recordings of a data set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recordings {
    pub(crate) key: &'static str,
    /// Columns of the sensor, or channels.
    pub(crate) width: u16,
    /// Rows of the sensor; 1 for channels.
    pub(crate) height: u16,
    pub(crate) classes: usize,
    /// Microseconds of a recording.
    pub(crate) duration: u32,
    /// The usual number of events.
    pub(crate) events: f64,
    pub(crate) pattern: Pattern,
}

/// Where the events of a place are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// Along a line that crosses the sensor.
    Line,
    /// In a few bands of channels.
    Bands,
}

/// An event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    /// Microseconds since the start.
    pub(crate) t: u32,
    pub(crate) x: u16,
    pub(crate) y: u16,
    /// Whether it became brighter.
    pub(crate) on: bool,
}

/// The events of a recording, in the order of time.
pub(crate) type Recording = Vec<Event>;

/// Pixels that change together, within `BURST_TIME`, as an edge passes: a noise filter keeps them.
const BURST: [(i32, i32); 4] = [(0, 0), (1, 0), (1, 1), (0, 1)];
const BURST_TIME: u64 = 2000;
/// Side of the flash at the start and end, in pixels.
const FLASH: u16 = 3;
/// One event in so many is anywhere at any time.
const NOISE: f64 = 20.0;
/// One recording in so many has half of its events at another place.
const MIXED: u64 = 8;

impl Recordings {
    /// Recording `index` of a split.
    pub(crate) fn recording(&self, split: Split, index: usize, class: u8, seed: u64) -> Recording {
        let mut random = Stream::new(seed, &split.purpose(self.key, "recordings"), index as u64);
        let traits = Traits::of(class.into(), self.classes);
        let mut shapes = vec![disturbed(
            &self.place(traits.place, seed),
            &mut random,
            0.04,
            0.02,
        )];
        if random.below(MIXED) == 0 {
            let places = Traits::places(self.classes);
            let other = (traits.place + 1 + random.below(places as u64 - 1) as usize) % places;
            shapes.push(disturbed(&self.place(other, seed), &mut random, 0.04, 0.02));
        }
        let events = self.events * traits.rate * (0.25 * random.normal()).exp();
        let when = traits
            .when
            .map(|when| (when + 0.08 * random.normal()).clamp(0.1, 0.9));
        let mut recording = Recording::new();
        self.flash(0, &mut recording, &mut random);
        self.flash(self.duration - BURST_TIME as u32 - 1, &mut recording, &mut random);
        for burst in 0..(events / BURST.len() as f64) as usize {
            let t = match when {
                Some(when) => when + 0.07 * random.normal(),
                None => random.uniform(),
            };
            let at = match self.pattern {
                Pattern::Line => on_line(&shapes[burst % shapes.len()], &mut random),
                Pattern::Bands => {
                    let bands = &shapes[burst % shapes.len()];
                    bands[random.below(bands.len() as u64) as usize]
                }
            };
            self.burst(t, at, &mut recording, &mut random);
        }
        for _ in 0..(events / NOISE) as usize {
            recording.push(Event {
                t: random.below(self.duration.into()) as u32,
                x: random.below(self.width.into()) as u16,
                y: random.below(self.height.into()) as u16,
                on: random.below(2) == 1,
            });
        }
        recording.sort_unstable();
        recording
    }

    fn place(&self, place: usize, seed: u64) -> Vec<Point> {
        let purpose = format!("stand-in.{}.place", self.key);
        line(&mut Stream::new(seed, &purpose, place as u64))
    }

    /// A few pixels around `at`, one after the other from part `t` of the recording on.
    fn burst(&self, t: f64, at: Point, recording: &mut Recording, random: &mut Stream) {
        let (spread_x, spread_y) = match self.pattern {
            Pattern::Line => (0.015, 0.015),
            Pattern::Bands => (0.02, 0.0),
        };
        let pixel = |at: f64, size: u16| (at * f64::from(size)).floor() as i32;
        let x = pixel(at.0 + spread_x * random.normal(), self.width);
        let y = pixel(at.1 + spread_y * random.normal(), self.height);
        let last = u64::from(self.duration) - 2 * BURST_TIME;
        let start = (t.clamp(0.02, 0.97) * f64::from(self.duration)) as u32;
        let on = random.below(2) == 1;
        for (dx, dy) in BURST {
            let within = |v: i32, size: u16| v.clamp(0, i32::from(size) - 1) as u16;
            recording.push(Event {
                t: (start + random.below(BURST_TIME) as u32).min(last as u32),
                x: within(x + dx, self.width),
                y: within(y + dy, self.height),
                on,
            });
        }
    }

    /// The same for all classes: without it, the time of a recording would start with its first event.
    fn flash(&self, start: u32, recording: &mut Recording, random: &mut Stream) {
        for x in 0..FLASH.min(self.width) {
            for y in 0..FLASH.min(self.height) {
                recording.push(Event {
                    t: start + random.below(BURST_TIME) as u32,
                    x,
                    y,
                    on: true,
                });
            }
        }
        // The recording ends exactly when it should.
        recording.push(Event {
            t: start + BURST_TIME as u32,
            x: 0,
            y: 0,
            on: true,
        });
    }
}
