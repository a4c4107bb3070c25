//! The loops that are timed: as simple as can be, so that nothing of this program is faster.

use multiversion::multiversion;

/// Columns of a row that are summed in registers.
pub(super) const PANEL: usize = 64;

/// `a = b + s c`.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn triad(a: &mut [f32], b: &[f32], c: &[f32], s: f32) {
    for ((a, &b), &c) in a.iter_mut().zip(b).zip(c) {
        *a = b + s * c;
    }
}

/// The sum of the rows `list` of a table of rows of [`PANEL`] elements.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn add_rows(table: &[f32], list: &[u32]) -> [f32; PANEL] {
    let mut sum = [0.0; PANEL];
    let (rows, _) = table.as_chunks::<PANEL>();
    for &row in list {
        for (s, t) in sum.iter_mut().zip(&rows[row as usize]) {
            *s += *t;
        }
    }
    sum
}

/// One step of leaky integrate-and-fire neurons of decay 0.9 and threshold 1 with reset by subtraction.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn membrane_update(membrane: &mut [f32], current: &[f32], spikes: &mut [f32]) {
    for ((m, &i), s) in membrane.iter_mut().zip(current).zip(spikes) {
        let u = 0.9 * *m + i;
        *s = f32::from(u8::from(u > 1.0));
        *m = u - *s;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loops_do_what_they_are_called() {
        let mut a = [0.0; 3];
        triad(&mut a, &[1.0, 2.0, 3.0], &[1.0, 1.0, 2.0], 0.5);
        assert_eq!(a, [1.5, 2.5, 4.0]);
        let table: Vec<f32> = (0..3 * PANEL).map(|i| (i / PANEL) as f32).collect();
        assert_eq!(add_rows(&table, &[1, 2, 2]), [5.0; PANEL]);
        let (mut membrane, mut spikes) = ([0.0, 1.0], [7.0, 7.0]);
        membrane_update(&mut membrane, &[0.5, 0.25], &mut spikes);
        assert_eq!(spikes, [0.0, 1.0]);
        assert!(membrane[0] == 0.5 && (membrane[1] - 0.15).abs() < 1e-6);
    }
}
