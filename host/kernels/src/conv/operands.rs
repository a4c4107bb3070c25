//! What the products are given.

use super::{Conv, repeats};
use crate::dense::nonzero;
use crate::pool::Window;
use crate::{Events, Majority, Real};

/// The presynaptic side, `[samples, channels, height, width]`.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a, R> {
    /// Every element.
    Dense(&'a [R]),
    /// The ones of a binary input, one row for each sample.
    Events(&'a Events),
    /// The same where the samples are steps that repeat much of each other.
    Repeats(&'a Events, &'a Majority),
}

impl<R: Real> Input<'_, R> {
    /// Number of samples.
    ///
    /// # Panics
    /// When the elements are no whole samples.
    pub(super) fn samples(&self, conv: &Conv) -> usize {
        match self {
            Input::Dense(values) => Conv::samples(values.len(), conv.input(), "input"),
            Input::Events(events) | Input::Repeats(events, _) => {
                assert_eq!(
                    events.cols,
                    conv.input(),
                    "input of a convolution: columns of the events"
                );
                events.rows
            }
        }
    }

    /// Elements that are not zero; of those that repeat, the ones that are worked on.
    pub fn nonzero(&self) -> usize {
        match (self, self.repeats()) {
            (_, Some(majority)) => majority.terms(),
            (Input::Dense(values), _) => nonzero(values),
            (Input::Events(events) | Input::Repeats(events, _), _) => events.nnz(),
        }
    }

    /// What most steps have in common and how each differs, where that is worth it.
    pub(super) fn repeats(&self) -> Option<&Majority> {
        match self {
            Input::Repeats(_, majority) if repeats::worth(majority) => Some(majority),
            _ => None,
        }
    }

    /// Whether all of its non-zero elements are known to be one.
    pub(super) fn is_binary(&self) -> bool {
        matches!(self, Input::Events(_) | Input::Repeats(..))
    }

    /// One sample, written into `scratch` where it is not at hand.
    pub(super) fn sample<'s>(&'s self, sample: usize, size: usize, scratch: &'s mut [R]) -> &'s [R] {
        match self {
            Input::Dense(values) => &values[sample * size..][..size],
            Input::Events(events) | Input::Repeats(events, _) => {
                scratch.fill(R::ZERO);
                for at in events.row(sample) {
                    scratch[*at as usize] = R::ONE;
                }
                scratch
            }
        }
    }
}

/// A maximum pooling of the output maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Height and width of the window, together at most 256 elements.
    pub kernel: [usize; 2],
    /// Distance between windows.
    pub stride: [usize; 2],
}

impl Pool {
    pub(super) fn window(&self, conv: &Conv) -> Window {
        Window {
            height: conv.out_height(),
            width: conv.out_width(),
            kernel: self.kernel,
            stride: self.stride,
        }
    }
}

/// A gradient behind a maximum pooling, `[samples, outputs, pooled height, pooled width]`.
#[derive(Debug, Clone, Copy)]
pub struct Pooled<'a, R> {
    /// The pooling.
    pub pool: Pool,
    /// The gradient.
    pub gradient: &'a [R],
    /// Where in its window each maximum was found.
    pub places: &'a [u8],
}

/// The gradient with respect to the output.
#[derive(Debug, Clone, Copy)]
pub enum Post<'a, R> {
    /// `[samples, outputs, positions]`.
    Map(&'a [R]),
    /// Before it went back through the pooling, which leaves zeros at all places but one of a window.
    Pooled(Pooled<'a, R>),
}

impl<R: Real> Post<'_, R> {
    /// Number of samples.
    ///
    /// # Panics
    /// When the elements are no whole samples, or gradient and places differ in length.
    pub(super) fn samples(&self, conv: &Conv) -> usize {
        match self {
            Post::Map(values) => Conv::samples(values.len(), conv.output(), "gradient"),
            Post::Pooled(pooled) => {
                assert_eq!(
                    pooled.gradient.len(),
                    pooled.places.len(),
                    "gradient of a convolution: places of the maxima"
                );
                let size = conv.outputs * pooled.pool.window(conv).output();
                Conv::samples(pooled.gradient.len(), size, "gradient")
            }
        }
    }

    /// Elements that are given.
    pub fn elements(&self) -> usize {
        match self {
            Post::Map(values) => values.len(),
            Post::Pooled(pooled) => pooled.gradient.len(),
        }
    }

    /// Elements that are not zero.
    pub fn nonzero(&self) -> usize {
        match self {
            Post::Map(values) => nonzero(values),
            Post::Pooled(pooled) => nonzero(pooled.gradient),
        }
    }

    /// Calls `body(output, position, value)` for the elements of outputs `outputs` of one sample, by output; zeros may be
    /// left out. Positions can come more than once where windows overlap.
    #[inline(always)]
    pub(super) fn each(
        &self,
        conv: &Conv,
        sample: usize,
        outputs: std::ops::Range<usize>,
        mut body: impl FnMut(usize, usize, R),
    ) {
        match self {
            Post::Map(values) => {
                let positions = conv.positions();
                for output in outputs {
                    let map = &values[(sample * conv.outputs + output) * positions..][..positions];
                    for (position, value) in map.iter().enumerate() {
                        body(output, position, *value);
                    }
                }
            }
            Post::Pooled(pooled) => {
                let window = pooled.pool.window(conv);
                let offsets = window.offsets();
                let size = window.output();
                let across = window.out_width();
                for output in outputs {
                    let start = (sample * conv.outputs + output) * size;
                    let gradient = pooled.gradient[start..][..size].chunks_exact(across);
                    let places = pooled.places[start..][..size].chunks_exact(across);
                    for (row, (gradient, places)) in gradient.zip(places).enumerate() {
                        let mut corner = row * window.stride[0] * window.width;
                        for (value, place) in gradient.iter().zip(places) {
                            body(output, corner + offsets[usize::from(*place)] as usize, *value);
                            corner += window.stride[1];
                        }
                    }
                }
            }
        }
    }

    /// The maps `[outputs, positions]` of one sample, written into `scratch` where they are not at hand.
    pub(super) fn sample<'s>(&'s self, conv: &Conv, sample: usize, scratch: &'s mut [R]) -> &'s [R] {
        let positions = conv.positions();
        match self {
            Post::Map(values) => &values[sample * conv.output()..][..conv.output()],
            Post::Pooled(_) => {
                scratch.fill(R::ZERO);
                self.each(conv, sample, 0..conv.outputs, |output, position, value| {
                    scratch[output * positions + position] += value;
                });
                scratch
            }
        }
    }
}
