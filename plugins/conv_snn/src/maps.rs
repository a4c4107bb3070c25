//! Sizes of feature maps on their way through the network.

use neurotrain_plugin_api::{Error, Result};

/// Side of the pooling windows, and their stride.
pub(crate) const POOL: usize = 2;

/// Feature maps of one sample: channels, height, width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Maps {
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl Maps {
    /// The maps that one sample of the data is.
    pub(crate) fn of_input(shape: &[usize]) -> Result<Self> {
        match *shape {
            [channels, height, width] if channels * height * width > 0 => Ok(Maps {
                channels,
                height,
                width,
            }),
            _ => Err(Error::new(
                "bad-config",
                format!(
                    "`conv_snn` needs samples [channels, height, width] to convolve, but the data set's are {shape:?}"
                ),
            )
            .with_hint("use `fc_snn` or `r_snn` for data without a spatial layout")),
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// After convolution `block` (from 1) with a stride of one, and pooling, which drops an odd last row or column.
    pub(crate) fn convolved_and_pooled(
        self,
        block: usize,
        channels: usize,
        kernel: usize,
        padding: usize,
    ) -> Result<Self> {
        let side = |length: usize| {
            let convolved = (length + 2 * padding).checked_sub(kernel)? + 1;
            Some(convolved / POOL).filter(|pooled| *pooled > 0)
        };
        match (side(self.height), side(self.width)) {
            (Some(height), Some(width)) => Ok(Maps {
                channels,
                height,
                width,
            }),
            _ => Err(Error::new(
                "bad-config",
                format!(
                    "maps of {} x {} leave nothing after convolution {block} (`kernel` {kernel}, `padding` {padding}) \
                     and pooling by {POOL}",
                    self.height, self.width
                ),
            )
            .with_hint("make `kernel` smaller or `padding` larger, or give fewer `channels`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(shape: &[usize]) -> Vec<usize> {
        let mut maps = Maps::of_input(shape).expect("maps");
        [12, 32]
            .into_iter()
            .map(|channels| {
                maps = maps.convolved_and_pooled(1, channels, 5, 0).expect("room");
                maps.height
            })
            .collect()
    }

    #[test]
    fn sides_are_those_of_the_reference() {
        assert_eq!(after(&[1, 28, 28]), [12, 4]);
        assert_eq!(after(&[3, 32, 32]), [14, 5]);
        assert_eq!(after(&[2, 34, 34]), [15, 5]);
        assert_eq!(after(&[2, 128, 128]), [62, 29]);
    }

    #[test]
    fn an_odd_row_is_dropped() {
        let maps = Maps::of_input(&[1, 29, 12]).expect("maps");
        let pooled = maps.convolved_and_pooled(1, 4, 5, 0).expect("room");
        assert_eq!((pooled.height, pooled.width), (12, 4));
    }

    #[test]
    fn a_pool_that_leaves_nothing_is_refused() {
        let maps = Maps::of_input(&[1, 8, 8]).expect("maps");
        let second = maps
            .convolved_and_pooled(1, 12, 5, 0)
            .and_then(|maps| maps.convolved_and_pooled(2, 32, 5, 0));
        let error = second.expect_err("no room").to_string();
        assert!(
            error.contains("2 x 2") && error.contains("convolution 2") && error.contains("`padding`"),
            "{error}"
        );
        let one_left = Maps::of_input(&[1, 5, 5]).expect("maps");
        assert!(one_left.convolved_and_pooled(1, 12, 5, 0).is_err());
    }
}
