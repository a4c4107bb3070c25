//! Patterns of classes in the unit square.

use neurotrain_plugin_api::rng::Stream;

/// A point: column and row from 0 to 1.
pub(crate) type Point = (f64, f64);

/// Corners of a line that crosses the middle: a different one for each stream.
pub(crate) fn line(random: &mut Stream) -> Vec<Point> {
    (0..4)
        .map(|_| (0.15 + 0.7 * random.uniform(), 0.15 + 0.7 * random.uniform()))
        .collect()
}

/// The same shape moved, and every corner moved a little by itself.
pub(crate) fn disturbed(shape: &[Point], random: &mut Stream, moved: f64, bent: f64) -> Vec<Point> {
    let by = (moved * random.normal(), moved * random.normal());
    shape
        .iter()
        .map(|(x, y)| {
            (
                x + by.0 + bent * random.normal(),
                y + by.1 + bent * random.normal(),
            )
        })
        .collect()
}

/// The distance of `point` from the line through `corners`.
pub(crate) fn distance(corners: &[Point], (x, y): Point) -> f64 {
    let to = |ends: &[Point]| {
        let [(ax, ay), (bx, by)] = [ends[0], ends[1]];
        let (dx, dy) = (bx - ax, by - ay);
        let along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy).max(1e-9);
        let along = along.clamp(0.0, 1.0);
        (x - ax - along * dx).hypot(y - ay - along * dy)
    };
    corners.windows(2).map(to).fold(f64::INFINITY, f64::min)
}

/// A random point of the line through `corners`; long pieces are not preferred.
pub(crate) fn on_line(corners: &[Point], random: &mut Stream) -> Point {
    let at = random.uniform() * (corners.len() - 1) as f64;
    let i = (at as usize).min(corners.len() - 2);
    let part = at - i as f64;
    let [(ax, ay), (bx, by)] = [corners[i], corners[i + 1]];
    (ax + part * (bx - ax), ay + part * (by - ay))
}
