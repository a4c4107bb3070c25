//! The noise filter of tonic: an event counts when a side neighbour has had one shortly before.

use crate::recording::Recording;

/// Events that were kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) t: Vec<i64>,
    pub(super) x: Vec<u16>,
    pub(super) y: Vec<u16>,
    pub(super) p: Vec<u8>,
}

/// Keeps the events at least one side neighbour of which, within the smallest grid that holds the recording, had an
/// event less than `filter` microseconds before. Polarity does not matter, nor do the pixel itself and diagonal
/// neighbours. Pixels start as if they had had an event at time 0.
pub(super) fn keep(recording: Recording<'_>, filter: i64) -> Kept {
    let Recording { t, x, y, p } = recording;
    let mut kept = Kept::default();
    let (Some(cols), Some(rows)) = (x.iter().max(), y.iter().max()) else {
        return kept;
    };
    // A border of pixels that never have an event spares the comparisons with the ends of the grid.
    let (rows, width) = (usize::from(*rows) + 1, usize::from(*cols) + 3);
    let mut until = vec![i64::MIN; (rows + 2) * width];
    for row in 1..=rows {
        until[row * width + 1..(row + 1) * width - 1].fill(filter);
    }
    for i in 0..t.len() {
        let at = (usize::from(y[i]) + 1) * width + usize::from(x[i]) + 1;
        until[at] = t[i].saturating_add(filter);
        let latest = until[at - 1]
            .max(until[at + 1])
            .max(until[at - width])
            .max(until[at + width]);
        if latest > t[i] {
            kept.t.push(t[i]);
            kept.x.push(x[i]);
            kept.y.push(y[i]);
            kept.p.push(p[i]);
        }
    }
    kept
}
