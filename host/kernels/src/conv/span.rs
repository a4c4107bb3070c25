//! Which taps meet which positions along one axis, as contiguous runs.

/// A run along one axis: `len` positions from `at` meet as many taps from `tap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) at: u32,
    pub(super) tap: u32,
    pub(super) len: u32,
}

/// One axis of a convolution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    pub(super) input: usize,
    pub(super) output: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) padding: usize,
}

impl Axis {
    /// Height and width.
    pub(super) fn of(conv: &super::Conv) -> [Axis; 2] {
        let (input, output) = ([conv.height, conv.width], [conv.out_height(), conv.out_width()]);
        [0, 1].map(|i| Axis {
            input: input[i],
            output: output[i],
            kernel: conv.kernel[i],
            stride: conv.stride[i],
            padding: conv.padding[i],
        })
    }

    /// Place of every tap in the order in which one input element meets outputs from left to right: taps that differ by
    /// the stride side by side, the last one first.
    pub(super) fn tap_order(&self) -> Vec<usize> {
        let mut order = vec![0; self.kernel];
        let mut next = 0;
        for class in 0..self.stride {
            for tap in (class..self.kernel).step_by(self.stride).rev() {
                order[tap] = next;
                next += 1;
            }
        }
        order
    }

    /// For every input element the outputs that it meets, with taps in [`tap_order`](Axis::tap_order).
    pub(super) fn of_inputs(&self) -> Vec<Span> {
        let order = self.tap_order();
        let one = |at: usize| {
            // Output `out` is met by tap `at + padding - out * stride`.
            let shifted = at + self.padding;
            let first = (shifted + 1).saturating_sub(self.kernel).div_ceil(self.stride);
            let end = (shifted / self.stride + 1).min(self.output);
            if first >= end {
                return Span {
                    at: 0,
                    tap: 0,
                    len: 0,
                };
            }
            Span {
                at: first as u32,
                tap: order[shifted - first * self.stride] as u32,
                len: (end - first) as u32,
            }
        };
        (0..self.input).map(one).collect()
    }

    /// For every output the input elements that it meets, with taps in their own order.
    pub(super) fn of_outputs(&self) -> Vec<Span> {
        let one = |out: usize| {
            let start = out * self.stride;
            let tap = self.padding.saturating_sub(start);
            let end = self.kernel.min((self.input + self.padding).saturating_sub(start));
            if tap >= end {
                return Span {
                    at: 0,
                    tap: 0,
                    len: 0,
                };
            }
            Span {
                at: (start + tap - self.padding) as u32,
                tap: tap as u32,
                len: (end - tap) as u32,
            }
        };
        (0..self.output).map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Axis;

    #[test]
    fn spans_list_exactly_the_taps_that_meet() {
        for (input, kernel, stride, padding) in [
            (7, 3, 1, 1),
            (9, 5, 1, 0),
            (8, 3, 2, 1),
            (7, 2, 3, 0),
            (5, 4, 3, 2),
            (3, 3, 1, 2),
        ] {
            let output = (input + 2 * padding - kernel) / stride + 1;
            let axis = Axis {
                input,
                output,
                kernel,
                stride,
                padding,
            };
            let mut want = Vec::new();
            for out in 0..output {
                for tap in 0..kernel {
                    if let Some(at) = (out * stride + tap).checked_sub(padding).filter(|at| *at < input) {
                        want.push((at, out, tap));
                    }
                }
            }
            let order = axis.tap_order();
            let mut found = Vec::new();
            for (at, span) in axis.of_inputs().iter().enumerate() {
                for k in 0..span.len {
                    let tap = order.iter().position(|o| *o == (span.tap + k) as usize);
                    found.push((at, (span.at + k) as usize, tap.expect("a tap")));
                }
            }
            found.sort_unstable_by_key(|(at, out, tap)| (*out, *tap, *at));
            assert_eq!(found, want, "{axis:?}");
            let mut found = Vec::new();
            for (out, span) in axis.of_outputs().iter().enumerate() {
                for k in 0..span.len {
                    found.push(((span.at + k) as usize, out, (span.tap + k) as usize));
                }
            }
            assert_eq!(found, want, "{axis:?}");
        }
    }
}
