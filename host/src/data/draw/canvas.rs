//! A picture with text in it, without any font of the system.

use image::{Rgb, RgbImage};
use neurotrain_plugin_api::{Error, Result};
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};
use std::path::Path;

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

pub(super) const WHITE: Colour = [255, 255, 255];
pub(super) const INK: Colour = [40, 40, 40];
pub(super) const PALE: Colour = [225, 225, 225];
/// Bars and events that are on: blue, and red for off, which stay apart for most colour-blind people.
pub(super) const ON: Colour = [31, 100, 180];
pub(super) const OFF: Colour = [214, 60, 40];

/// Height of a line of text.
pub(super) const LINE: usize = 16;
/// Height of a title.
pub(super) const TITLE: usize = 30;

/// A white picture to draw on; whatever lies outside is left out.
pub(super) struct Canvas(RgbImage);

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Canvas(RgbImage::from_pixel(width as u32, height as u32, Rgb(WHITE)))
    }

    pub(super) fn pixel(&mut self, x: usize, y: usize, colour: Colour) {
        self.blend(x, y, colour, 1.0);
    }

    /// Covers a pixel by `share`.
    pub(super) fn blend(&mut self, x: usize, y: usize, colour: Colour, share: f32) {
        if let Some(pixel) = self.0.get_pixel_mut_checked(x as u32, y as u32) {
            for (old, new) in pixel.0.iter_mut().zip(colour) {
                *old = (f32::from(*old) * (1.0 - share) + f32::from(new) * share).round() as u8;
            }
        }
    }

    pub(super) fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, colour: Colour) {
        for row in y..y + height {
            for col in x..x + width {
                self.pixel(col, row, colour);
            }
        }
    }

    /// The outline of a rectangle.
    pub(super) fn frame(&mut self, x: usize, y: usize, width: usize, height: usize, colour: Colour) {
        self.fill(x, y, width, 1, colour);
        self.fill(x, y + height - 1, width, 1, colour);
        self.fill(x, y, 1, height, colour);
        self.fill(x + width - 1, y, 1, height, colour);
    }

    /// Writes `text` with its upper left corner at `(x, y)`.
    pub(super) fn text(&mut self, x: usize, y: usize, text: &str) {
        self.write(x, y, text, FontWeight::Regular, RasterHeight::Size16);
    }

    /// Writes `text` so that it ends before column `x`.
    pub(super) fn text_before(&mut self, x: usize, y: usize, text: &str) {
        self.text(x.saturating_sub(text_width(text)), y, text);
    }

    /// Writes a heading.
    pub(super) fn title(&mut self, x: usize, y: usize, text: &str) {
        self.write(x, y, text, FontWeight::Bold, RasterHeight::Size16);
    }

    fn write(&mut self, x: usize, y: usize, text: &str, weight: FontWeight, size: RasterHeight) {
        let advance = get_raster_width(weight, size);
        for (i, c) in text.chars().enumerate() {
            let Some(glyph) = get_raster(c, weight, size).or_else(|| get_raster('?', weight, size)) else {
                continue;
            };
            for (row, line) in glyph.rows().enumerate() {
                for (col, share) in line.iter().enumerate() {
                    self.blend(x + i * advance + col, y + row, INK, f32::from(*share) / 255.0);
                }
            }
        }
    }

    /// Writes a PNG file.
    pub(super) fn save(&self, path: &Path) -> Result<()> {
        let fail = |e: image::ImageError| {
            Error::new("io", format!("cannot write {}: {e}", path.display()))
                .with_hint("give another folder with `--out`")
        };
        self.0
            .save_with_format(path, image::ImageFormat::Png)
            .map_err(fail)
    }
}

/// Width of a line of text.
pub(super) fn text_width(text: &str) -> usize {
    text.chars().count() * get_raster_width(FontWeight::Regular, RasterHeight::Size16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_leaves_ink_and_what_lies_outside_does_no_harm() {
        let mut canvas = Canvas::new(60, 20);
        canvas.text(2, 2, "9µ×é");
        canvas.text(55, 18, "outside, with ✂");
        canvas.fill(50, 15, 100, 100, ON);
        let dark = canvas.0.pixels().filter(|p| p.0[0] < 128 && p.0[2] < 128).count();
        assert!(dark > 20, "{dark}");
        assert_eq!(canvas.0.get_pixel(59, 19).0, ON);
    }
}
