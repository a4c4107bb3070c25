//! The mean activity of each class, and what it looks like on average.

use super::canvas::{Canvas, LINE, ON, PALE, TITLE, text_width};
use super::paint::Look;
use crate::data::gallery::Gallery;
use crate::output::thousands;

const BAR: usize = 320;
const MARGIN: usize = 12;
const SIDE: usize = 56;
const GAP: usize = 6;

/// A bar and the mean picture of each class; no picture where samples do not look like one.
pub(super) fn activity(
    title: &str,
    names: &[String],
    look: Option<Look>,
    events: bool,
    gallery: &Gallery,
) -> Canvas {
    let zoom = look.map_or(1, |look| look.zoom(SIDE));
    let (picture, height) = match look {
        Some(look) => (look.cols() * zoom + 12, (look.rows() * zoom).max(2 * LINE) + GAP),
        None => (0, 2 * LINE + GAP),
    };
    let labels = names.iter().map(|name| text_width(name)).max().unwrap_or(0) + 12;
    let width = labels + picture + BAR + 12 + 24 * 8;
    let mut canvas = Canvas::new(
        (width + 2 * MARGIN).max(text_width(title) + 2 * MARGIN),
        TITLE + gallery.classes.len() * height + 2 * MARGIN,
    );
    canvas.title(MARGIN, MARGIN, title);
    let means: Vec<f64> = gallery.classes.iter().map(|c| c.activity.spread().mean).collect();
    let most = means.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    for (row, (class, name)) in gallery.classes.iter().zip(names).enumerate() {
        let y = MARGIN + TITLE + row * height;
        let middle = y + (height - GAP).saturating_sub(LINE) / 2;
        let mut x = MARGIN + labels;
        canvas.text_before(x - 12, middle, name);
        if let Some(look) = look {
            let n = class.activity.n.max(1) as f64;
            let mean: Vec<f32> = class.sum.iter().map(|v| (v / n) as f32).collect();
            if !mean.is_empty() {
                look.paint(&mut canvas, (x, y), zoom, &mean, look.full(&mean));
                canvas.frame(x, y, look.cols() * zoom, look.rows() * zoom, PALE);
            }
            x += picture;
        }
        let length = (means[row] / most * BAR as f64).round() as usize;
        canvas.fill(x, middle - 4, length, LINE + 8, ON);
        let value = match events {
            true => format!("{} events", thousands(means[row].round() as u64)),
            false => format!("{:.4}", means[row]),
        };
        let text = format!("{value} (n={})", thousands(class.activity.n));
        canvas.text(x + BAR + 12, middle, &text);
    }
    canvas
}
