//! One recording of each class over time: the events of equal parts of its duration.

use super::canvas::{Canvas, LINE, PALE, TITLE, text_width};
use super::paint::Look;
use crate::data::gallery::{Gallery, event_map};

/// Parts of a recording.
const PARTS: usize = 8;
const SIDE: usize = 80;
const GAP: usize = 4;
const MARGIN: usize = 12;

pub(super) fn frames(title: &str, names: &[String], look: Look, gallery: &Gallery) -> Canvas {
    let zoom = look.zoom(SIDE);
    let (width, height) = (look.cols() * zoom + GAP, (look.rows() * zoom).max(2 * LINE) + GAP);
    let labels = names
        .iter()
        .map(|name| text_width(name))
        .max()
        .unwrap_or(0)
        .max(9 * 8)
        + 12;
    let mut canvas = Canvas::new(
        (labels + PARTS * width + 2 * MARGIN).max(text_width(title) + 2 * MARGIN),
        TITLE + gallery.classes.len() * height + 2 * MARGIN,
    );
    canvas.title(MARGIN, MARGIN, title);
    for (row, (class, name)) in gallery.classes.iter().zip(names).enumerate() {
        let events = class.recording.events();
        let y = MARGIN + TITLE + row * height;
        let middle = y + (height - GAP).saturating_sub(2 * LINE) / 2;
        canvas.text_before(MARGIN + labels - 12, middle, name);
        if events.t.is_empty() {
            continue;
        }
        let duration = format!("{:.0} ms", events.duration() as f64 / 1000.0);
        canvas.text_before(MARGIN + labels - 12, middle + LINE, &duration);
        let maps: Vec<Vec<f32>> = (0..PARTS)
            .map(|part| {
                let edge = |k: usize| match k {
                    PARTS => events.t.len(),
                    k => {
                        let time = events.t[0] + events.duration() / PARTS as i64 * k as i64;
                        events.t.partition_point(|t| *t < time)
                    }
                };
                event_map(events, edge(part)..edge(part + 1), (look.rows(), look.cols()))
            })
            .collect();
        // One scale for a recording, so that its quiet parts look quiet.
        let full = maps.iter().map(|map| look.full(map)).fold(1.0, f32::max);
        for (part, map) in maps.iter().enumerate() {
            let x = MARGIN + labels + part * width;
            look.paint(&mut canvas, (x, y), zoom, map, full);
            canvas.frame(x, y, look.cols() * zoom, look.rows() * zoom, PALE);
        }
    }
    canvas
}
