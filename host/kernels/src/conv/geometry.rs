//! The geometry of a convolution.

/// The geometry of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv {
    /// Input channels.
    pub channels: usize,
    /// Height of an input map.
    pub height: usize,
    /// Width of an input map.
    pub width: usize,
    /// Output channels.
    pub outputs: usize,
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Distance between patches.
    pub stride: [usize; 2],
    /// Rows and columns of zeros around a map.
    pub padding: [usize; 2],
}

impl Conv {
    /// Height of an output map.
    pub fn out_height(&self) -> usize {
        (self.height + 2 * self.padding[0] - self.kernel[0]) / self.stride[0] + 1
    }

    /// Width of an output map.
    pub fn out_width(&self) -> usize {
        (self.width + 2 * self.padding[1] - self.kernel[1]) / self.stride[1] + 1
    }

    /// Weights of one output.
    pub fn patch(&self) -> usize {
        self.channels * self.area()
    }

    /// Positions of an output map.
    pub fn positions(&self) -> usize {
        self.out_height() * self.out_width()
    }

    /// Multiply-adds of one sample.
    pub fn work(&self) -> usize {
        self.outputs * self.patch() * self.positions()
    }

    /// Taps of a kernel.
    pub(super) fn area(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Elements of an input map.
    pub(super) fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// Elements of an input.
    pub(super) fn input(&self) -> usize {
        self.channels * self.pixels()
    }

    /// Elements of an output.
    pub(super) fn output(&self) -> usize {
        self.outputs * self.positions()
    }

    /// Elements of the weights.
    pub(super) fn weights(&self) -> usize {
        self.outputs * self.patch()
    }

    /// Samples in `length` elements of which one sample has `size`.
    ///
    /// # Panics
    /// When they are no whole samples.
    pub(super) fn samples(length: usize, size: usize, what: &str) -> usize {
        assert!(
            size > 0 && length.is_multiple_of(size),
            "{what} of a convolution: {length} elements are no samples of {size}"
        );
        length / size
    }
}
