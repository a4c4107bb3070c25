//! Spike rasters: the channels of a recording over time.

use super::canvas::{Canvas, INK, LINE, OFF, ON, PALE, TITLE, text_width};
use crate::data::gallery::Gallery;
use crate::output::thousands;

const WIDTH: usize = 440;
const HEIGHT: usize = 150;
const MARGIN: usize = 12;
const COLUMNS: usize = 2;
/// Room for the numbers of channels.
const LEFT: usize = 56;

/// A panel for the first recording of each class; a channel is a pixel, counted row by row.
pub(super) fn rasters(
    title: &str,
    names: &[String],
    (rows, cols): (usize, usize),
    gallery: &Gallery,
) -> Canvas {
    let panel = (LEFT + WIDTH + 2 * MARGIN, LINE + HEIGHT + LINE + 14);
    let count = gallery
        .classes
        .iter()
        .filter(|c| !c.recording.t.is_empty())
        .count();
    let mut canvas = Canvas::new(
        COLUMNS * panel.0 + MARGIN,
        TITLE + count.div_ceil(COLUMNS) * panel.1 + 2 * MARGIN,
    );
    canvas.title(MARGIN, MARGIN, title);
    let shown = gallery
        .classes
        .iter()
        .zip(names)
        .filter(|(c, _)| !c.recording.t.is_empty());
    // One scale of time, so that panels can be compared.
    let longest = gallery
        .classes
        .iter()
        .map(|c| c.recording.events().duration())
        .max()
        .unwrap_or(0)
        .max(1);
    for (i, (class, name)) in shown.enumerate() {
        let (left, top) = (
            MARGIN + i % COLUMNS * panel.0 + LEFT,
            MARGIN + TITLE + i / COLUMNS * panel.1,
        );
        let events = class.recording.events();
        let heading = format!("{name}: {} events", thousands(events.t.len() as u64));
        canvas.text(left, top, &heading);
        let top = top + LINE + 2;
        canvas.frame(left - 1, top - 1, WIDTH + 2, HEIGHT + 2, PALE);
        // Dense recordings would be a block of colour otherwise.
        let share = (12_000.0 / events.t.len() as f32).clamp(0.06, 0.9);
        // Sparse ones would hardly be seen.
        let dot = if events.t.len() < 20_000 { 2 } else { 1 };
        let channels = rows * cols;
        for k in 0..events.t.len() {
            let since = (events.t[k] - events.t[0]) as f64 / longest as f64;
            let channel = usize::from(events.y[k]) * cols + usize::from(events.x[k]);
            let x = (since * (WIDTH - 1) as f64) as usize;
            let y = channel * (HEIGHT - 1) / channels.max(2).saturating_sub(1);
            let colour = match (events.p[k], rows) {
                // A sensor of one row has one polarity.
                (_, 1) => INK,
                (0, _) => OFF,
                _ => ON,
            };
            for dx in 0..dot.min(WIDTH - x) {
                canvas.blend(left + x + dx, top + y, colour, share);
            }
        }
        canvas.text_before(left - 5, top, "0");
        canvas.text_before(left - 5, top + HEIGHT - LINE, &(channels - 1).to_string());
        let below = top + HEIGHT + 1;
        canvas.text(left, below, "0");
        let end = format!("{:.0} ms", longest as f64 / 1000.0);
        canvas.text_before(left + WIDTH, below, &end);
        let middle = "time";
        canvas.text(left + (WIDTH - text_width(middle)) / 2, below, middle);
    }
    canvas
}
