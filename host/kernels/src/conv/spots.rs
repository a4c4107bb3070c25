//! The non-zero elements of inputs, with the taps and positions that they meet.

use super::span::{Axis, Span};
use super::{Conv, Input};
use crate::Real;

/// A non-zero input element. It meets `rows x columns` taps and as many outputs; `at` and `tap` are the first of each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<R> {
    pub(super) value: R,
    pub(super) at: u32,
    pub(super) tap: u32,
    pub(super) rows: u16,
    pub(super) columns: u16,
}

/// Spans of both axes.
pub(super) struct Meets {
    rows: Vec<Span>,
    columns: Vec<Span>,
    width: u32,
    pixels: u32,
    across: u32,
    taps: u32,
}

impl Meets {
    pub(super) fn new(conv: &Conv) -> Self {
        let [rows, columns] = Axis::of(conv).map(|axis| axis.of_inputs());
        Meets {
            rows,
            columns,
            width: conv.width as u32,
            pixels: conv.pixels() as u32,
            across: conv.out_width() as u32,
            taps: conv.kernel[1] as u32,
        }
    }

    #[inline(always)]
    fn spot<R>(&self, pixel: u32, value: R) -> Spot<R> {
        let (rows, columns) = (
            self.rows[(pixel / self.width) as usize],
            self.columns[(pixel % self.width) as usize],
        );
        Spot {
            value,
            at: rows.at * self.across + columns.at,
            tap: rows.tap * self.taps + columns.tap,
            rows: rows.len as u16,
            columns: columns.len as u16,
        }
    }
}

/// The spots of some samples, by sample and channel.
pub(super) struct Spots<R> {
    starts: Vec<u32>,
    spots: Vec<Spot<R>>,
    found: Vec<u32>,
    channels: usize,
}

impl<R: Real> Spots<R> {
    pub(super) fn new(conv: &Conv) -> Self {
        Spots {
            starts: Vec::new(),
            spots: Vec::new(),
            found: vec![0; conv.pixels()],
            channels: conv.channels,
        }
    }

    /// The spots of a channel of one of the samples.
    #[inline(always)]
    pub(super) fn of(&self, sample: usize, channel: usize) -> &[Spot<R>] {
        let at = sample * self.channels + channel;
        &self.spots[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// Lists those of one sample: each list of ascending places with the value of its elements.
    pub(super) fn of_lists<const N: usize>(&mut self, meets: &Meets, lists: [(&[u32], R); N]) {
        self.starts.clear();
        self.spots.clear();
        self.starts.push(0);
        self.add_sample(meets, lists);
    }

    fn add_sample<const N: usize>(&mut self, meets: &Meets, mut lists: [(&[u32], R); N]) {
        for channel in 0..self.channels as u32 {
            let first = channel * meets.pixels;
            for (rest, value) in &mut lists {
                let own = rest.iter().take_while(|at| **at < first + meets.pixels).count();
                let spots = rest[..own].iter().map(|at| meets.spot(at - first, *value));
                self.spots.extend(spots);
                *rest = &rest[own..];
            }
            self.starts.push(self.spots.len() as u32);
        }
    }

    /// Lists those of `samples`.
    pub(super) fn gather(&mut self, meets: &Meets, input: &Input<'_, R>, samples: std::ops::Range<usize>) {
        self.starts.clear();
        self.spots.clear();
        self.starts.push(0);
        for sample in samples {
            match input {
                Input::Events(events) | Input::Repeats(events, _) => {
                    self.add_sample(meets, [(events.row(sample), R::ONE)]);
                }
                Input::Dense(values) => {
                    let pixels = self.found.len();
                    for channel in 0..self.channels {
                        let map = &values[(sample * self.channels + channel) * pixels..][..pixels];
                        let count = positions_of_nonzero(map, &mut self.found);
                        let spots = self.found[..count].iter();
                        self.spots
                            .extend(spots.map(|at| meets.spot(*at, map[*at as usize])));
                        self.starts.push(self.spots.len() as u32);
                    }
                }
            }
        }
    }
}

/// Writes where the non-zero elements are, without a branch for each, and gives their number.
#[inline(always)]
fn positions_of_nonzero<R: Real>(map: &[R], found: &mut [u32]) -> usize {
    let mut count = 0;
    for (at, value) in map.iter().enumerate() {
        found[count] = at as u32;
        count += usize::from(*value != R::ZERO);
    }
    count
}
