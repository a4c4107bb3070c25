//! Samples, a row for each class.

use super::canvas::{Canvas, LINE, PALE, TITLE, text_width};
use super::paint::Look;
use crate::data::gallery::Gallery;

/// About how large a sample is drawn.
const SIDE: usize = 64;
const GAP: usize = 4;
const MARGIN: usize = 12;

/// The grid of samples under `title`; `names` are those of the classes.
pub(super) fn samples(title: &str, names: &[String], look: Look, gallery: &Gallery) -> Canvas {
    let zoom = look.zoom(SIDE);
    let (width, height) = (look.cols() * zoom + GAP, (look.rows() * zoom).max(LINE) + GAP);
    let most = if look.cols() > SIDE { 6 } else { 10 };
    let columns = gallery
        .classes
        .iter()
        .map(|c| c.samples.len())
        .max()
        .unwrap_or(0)
        .min(most);
    let labels = names.iter().map(|name| text_width(name)).max().unwrap_or(0) + 12;
    let mut canvas = Canvas::new(
        (labels + columns * width + 2 * MARGIN).max(text_width(title) + 2 * MARGIN),
        TITLE + gallery.classes.len() * height + 2 * MARGIN,
    );
    canvas.title(MARGIN, MARGIN, title);
    for (row, (class, name)) in gallery.classes.iter().zip(names).enumerate() {
        let y = MARGIN + TITLE + row * height;
        canvas.text_before(
            MARGIN + labels - 12,
            y + (height - GAP).saturating_sub(LINE) / 2,
            name,
        );
        for (column, sample) in class.samples.iter().take(columns).enumerate() {
            let x = MARGIN + labels + column * width;
            look.paint(&mut canvas, (x, y), zoom, sample, look.full(sample));
            if matches!(look, Look::Events { .. }) {
                canvas.frame(x, y, look.cols() * zoom, look.rows() * zoom, PALE);
            }
        }
    }
    canvas
}
