//! Random crops and mirroring of training images.

use neurotrain_plugin_api::DatasetInfo;
use neurotrain_plugin_api::rng::Stream;

/// How images may be changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Augmentation {
    height: usize,
    width: usize,
    padding: usize,
    flip: bool,
}

/// The change of one image: the output at (y, x) is the input at (y + dy, x + dx), mirrored or not, and the stored
/// value 0 outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Change {
    dy: isize,
    dx: isize,
    mirrored: bool,
}

impl Augmentation {
    /// What the data set allows, if anything.
    pub(crate) fn new(info: &DatasetInfo) -> Option<Self> {
        match info.shape[..] {
            [_, height, width] if info.flip || info.crop_padding > 0 => Some(Augmentation {
                height,
                width,
                padding: info.crop_padding,
                flip: info.flip,
            }),
            _ => None,
        }
    }

    /// The change of sample `sample` in epoch `epoch`.
    pub(crate) fn change(&self, seed: u64, epoch: u64, sample: u64) -> Change {
        let mut stream = Stream::new(seed, &format!("loader.augment.{epoch}"), sample);
        let mut shift = || stream.below(2 * self.padding as u64 + 1) as isize - self.padding as isize;
        let (dy, dx) = (shift(), shift());
        Change {
            dy,
            dx,
            mirrored: self.flip && stream.next_u32() >> 31 == 1,
        }
    }

    /// Where the value of output element (y, x) of a plane comes from; `None` for padding.
    #[inline]
    pub(crate) fn origin(&self, change: Change, y: usize, x: usize) -> Option<usize> {
        let x = if change.mirrored { self.width - 1 - x } else { x };
        let y = y.checked_add_signed(change.dy).filter(|y| *y < self.height)?;
        let x = x.checked_add_signed(change.dx).filter(|x| *x < self.width)?;
        Some(y * self.width + x)
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn augmentation(padding: usize, flip: bool) -> Augmentation {
        let info = DatasetInfo {
            shape: vec![1, 3, 4],
            crop_padding: padding,
            flip,
            ..DatasetInfo::default()
        };
        Augmentation::new(&info).unwrap()
    }

    #[test]
    fn a_crop_moves_the_image_and_pads_it() {
        let a = augmentation(1, false);
        let change = Change {
            dy: 1,
            dx: -1,
            mirrored: false,
        };
        let origins: Vec<_> = (0..12).map(|i| a.origin(change, i / 4, i % 4)).collect();
        let row = |y: usize| [None, Some(4 * y), Some(4 * y + 1), Some(4 * y + 2)];
        assert_eq!(origins, [row(1), row(2), [None; 4]].concat());
    }

    #[test]
    fn mirroring_reverses_rows() {
        let a = augmentation(0, true);
        let change = Change {
            dy: 0,
            dx: 0,
            mirrored: true,
        };
        assert_eq!(
            (0..4).map(|x| a.origin(change, 1, x)).collect::<Vec<_>>(),
            [7, 6, 5, 4].map(Some)
        );
    }

    #[test]
    fn changes_are_uniform_and_a_function_of_the_sample() {
        let a = augmentation(2, true);
        let mut counts = [[[0; 2]; 5]; 5];
        for sample in 0..5000 {
            let change = a.change(3, 1, sample);
            assert_eq!(change, a.change(3, 1, sample));
            counts[(change.dy + 2) as usize][(change.dx + 2) as usize][usize::from(change.mirrored)] += 1;
        }
        // 100 expected in each of 50 cells, standard deviation 9.9.
        let all = counts.as_flattened().as_flattened();
        assert!(all.iter().all(|n| (55..=145).contains(n)), "{all:?}");
        assert!((0..100).any(|s| a.change(3, 1, s) != a.change(3, 2, s)));
        assert!((0..100).any(|s| a.change(3, 1, s) != a.change(4, 1, s)));
    }

    #[test]
    fn nothing_allowed_means_no_augmentation() {
        let info = DatasetInfo {
            shape: vec![1, 3, 4],
            ..DatasetInfo::default()
        };
        assert!(Augmentation::new(&info).is_none());
    }
}
