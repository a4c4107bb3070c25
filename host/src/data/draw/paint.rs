//! Samples and sums as small pictures.

use super::canvas::{Canvas, OFF, ON};

/// What a sample looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Grey or coloured pixels `[C, H, W]` with values in [0, 1].
    Image {
        channels: usize,
        rows: usize,
        cols: usize,
    },
    /// Numbers of off and on events `[2, H, W]`.
    Events { rows: usize, cols: usize },
}

impl Look {
    pub(super) fn rows(self) -> usize {
        match self {
            Look::Image { rows, .. } | Look::Events { rows, .. } => rows,
        }
    }

    pub(super) fn cols(self) -> usize {
        match self {
            Look::Image { cols, .. } | Look::Events { cols, .. } => cols,
        }
    }

    /// How large a pixel is drawn, so that a picture is about `side` wide or high.
    pub(super) fn zoom(self, side: usize) -> usize {
        let most = self.rows().max(self.cols()).max(1);
        ((side + most / 2) / most).max(1)
    }

    /// The count that is drawn in full colour; most pixels that have events reach some colour.
    pub(super) fn full(self, map: &[f32]) -> f32 {
        if let Look::Image { .. } = self {
            return 1.0;
        }
        let mut counts: Vec<f32> = map.iter().copied().filter(|v| *v > 0.0).collect();
        counts.sort_by(f32::total_cmp);
        counts
            .get(counts.len().saturating_sub(1) * 49 / 50)
            .copied()
            .unwrap_or(1.0)
    }

    /// Draws `map` with its upper left corner at `(x, y)`; `full` as [`Look::full`] says.
    pub(super) fn paint(
        self,
        canvas: &mut Canvas,
        (x, y): (usize, usize),
        zoom: usize,
        map: &[f32],
        full: f32,
    ) {
        let (rows, cols) = (self.rows(), self.cols());
        let plane = rows * cols;
        for cell in 0..plane {
            let colour = match self {
                Look::Image { channels, .. } => {
                    let value = |c: usize| {
                        let v = map.get(c * plane + cell).copied().unwrap_or(0.0);
                        (v.clamp(0.0, 1.0) * 255.0).round() as u8
                    };
                    match channels {
                        3 => [value(0), value(1), value(2)],
                        _ => [value(0); 3],
                    }
                }
                Look::Events { .. } => {
                    let share = |c: usize| (map[c * plane + cell] / full).clamp(0.0, 1.0).sqrt();
                    mix(share(0), share(1))
                }
            };
            let at = (x + cell % cols * zoom, y + cell / cols * zoom);
            canvas.fill(at.0, at.1, zoom, zoom, colour);
        }
    }
}

/// White paper, covered by the colours of off and on like ink.
fn mix(off: f32, on: f32) -> [u8; 3] {
    let mut colour = [0; 3];
    for (i, c) in colour.iter_mut().enumerate() {
        let through = |ink: u8, share: f32| 1.0 - share * (1.0 - f32::from(ink) / 255.0);
        *c = (255.0 * through(OFF[i], off) * through(ON[i], on)).round() as u8;
    }
    colour
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_is_white_and_both_inks_are_dark() {
        assert_eq!(mix(0.0, 0.0), [255; 3]);
        assert_eq!((mix(1.0, 0.0), mix(0.0, 1.0)), (OFF, ON));
        assert!(mix(1.0, 1.0).iter().all(|c| *c < 60));
    }

    #[test]
    fn small_samples_are_drawn_large() {
        let look = |rows, cols| Look::Events { rows, cols };
        assert_eq!(look(34, 34).zoom(64), 2);
        assert_eq!(
            (
                look(28, 28).zoom(64),
                look(8, 8).zoom(64),
                look(128, 128).zoom(64)
            ),
            (2, 8, 1)
        );
    }
}
