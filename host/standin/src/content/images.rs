//! Made-up images.

use super::classes::Split;
use super::shapes::{Point, distance, disturbed, line};
use neurotrain_plugin_api::rng::Stream;

/// Images of a data set of ten classes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Images {
    pub(crate) key: &'static str,
    /// Rows and columns.
    pub(crate) side: usize,
    pub(crate) style: ImageStyle,
}

/// What images look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageStyle {
    /// Bright strokes on black.
    Strokes,
    /// Bright blobs on black.
    Blobs,
    /// Strokes of any bright colour on any dark colour: the colour says nothing.
    ColouredStrokes,
    /// Blobs of a colour that the class prefers, on any colour.
    ColouredBlobs,
}

/// Number of classes.
pub(crate) const CLASSES: usize = 10;
/// One sample in so many also shows the pattern of another class.
const MIXED: u64 = 8;

impl Images {
    /// Colours of a pixel.
    pub(crate) fn channels(&self) -> usize {
        match self.style {
            ImageStyle::Strokes | ImageStyle::Blobs => 1,
            ImageStyle::ColouredStrokes | ImageStyle::ColouredBlobs => 3,
        }
    }

    /// Image `index` of a split, `[channels, side, side]`.
    pub(crate) fn image(&self, split: Split, index: usize, class: u8, seed: u64) -> Vec<u8> {
        let mut random = Stream::new(seed, &split.purpose(self.key, "images"), index as u64);
        let mut shown = vec![usize::from(class)];
        if random.below(MIXED) == 0 {
            let other = 1 + random.below(CLASSES as u64 - 1) as usize;
            shown.push((usize::from(class) + other) % CLASSES);
        }
        let patterns: Vec<(Vec<Point>, f64)> = shown
            .into_iter()
            .map(|c| {
                let pattern = disturbed(&self.pattern(c, seed), &mut random, 0.05, 0.04);
                (pattern, 0.6 + 0.4 * random.uniform())
            })
            .collect();
        let (front, back) = self.colours(usize::from(class), seed, &mut random);
        let width = self.width() * (0.8 + 0.4 * random.uniform());
        let mut image = vec![0; self.channels() * self.side * self.side];
        for row in 0..self.side {
            for col in 0..self.side {
                let centre = |i: usize| (i as f64 + 0.5) / self.side as f64;
                let ink = patterns.iter().map(|(pattern, strength)| {
                    strength * (-(self.far(pattern, (centre(col), centre(row))) / width).powi(2)).exp()
                });
                let ink = ink.fold(0.0, f64::max);
                for channel in 0..self.channels() {
                    let value = back[channel] + (front[channel] - back[channel]) * ink;
                    // Black stays black, as in scanned digits.
                    let noise = match value < 0.02 {
                        true => 0.0,
                        false => 0.06 * random.normal(),
                    };
                    let at = (channel * self.side + row) * self.side + col;
                    image[at] = ((value + noise) * 255.0).clamp(0.0, 255.0) as u8;
                }
            }
        }
        image
    }

    fn pattern(&self, class: usize, seed: u64) -> Vec<Point> {
        let purpose = format!("stand-in.{}.class", self.key);
        line(&mut Stream::new(seed, &purpose, class as u64))
    }

    /// Breadth of strokes or blobs.
    fn width(&self) -> f64 {
        match self.style {
            ImageStyle::Strokes | ImageStyle::ColouredStrokes => 0.06,
            ImageStyle::Blobs | ImageStyle::ColouredBlobs => 0.16,
        }
    }

    fn far(&self, pattern: &[Point], (x, y): Point) -> f64 {
        match self.style {
            ImageStyle::Strokes | ImageStyle::ColouredStrokes => distance(pattern, (x, y)),
            ImageStyle::Blobs | ImageStyle::ColouredBlobs => pattern
                .iter()
                .map(|(a, b)| (x - a).hypot(y - b))
                .fold(f64::INFINITY, f64::min),
        }
    }

    /// The colours of pattern and background.
    fn colours(&self, class: usize, seed: u64, random: &mut Stream) -> ([f64; 3], [f64; 3]) {
        let mut any = |low: f64, high: f64| [0; 3].map(|_| low + (high - low) * random.uniform());
        match self.style {
            ImageStyle::Strokes | ImageStyle::Blobs => ([1.0; 3], [0.0; 3]),
            ImageStyle::ColouredStrokes => (any(0.6, 1.0), any(0.1, 0.5)),
            ImageStyle::ColouredBlobs => {
                let purpose = format!("stand-in.{}.colour", self.key);
                let mut own = Stream::new(seed, &purpose, class as u64);
                let (front, back) = (any(-0.2, 0.2), any(0.2, 0.7));
                (front.map(|v| (v + own.uniform()).clamp(0.0, 1.0)), back)
            }
        }
    }
}
