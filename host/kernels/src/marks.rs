//! Which elements are not zero, or meet another condition, many at a time.

use crate::Real;

/// Elements that are looked at together.
pub(crate) const GROUP: usize = 32;

/// Calls `body` for every element that is not zero with its place, ascending. To be inlined where vector instructions may be
/// used.
#[inline(always)]
pub(crate) fn each_nonzero<R: Real>(values: &[R], body: impl FnMut(usize, R)) {
    each_where(values, |value| value != R::ZERO, body);
}

/// [`each_nonzero`] for the elements that are `wanted`.
#[inline(always)]
pub(crate) fn each_where<R: Real>(values: &[R], wanted: impl Fn(R) -> bool, mut body: impl FnMut(usize, R)) {
    let (groups, rest) = values.as_chunks::<GROUP>();
    for (g, group) in groups.iter().enumerate() {
        let mut left = marks(group, &wanted);
        while left != 0 {
            let k = left.trailing_zeros() as usize % GROUP;
            left &= left - 1;
            body(g * GROUP + k, group[k]);
        }
    }
    for (k, value) in rest.iter().enumerate() {
        if wanted(*value) {
            body(groups.len() * GROUP + k, *value);
        }
    }
}

/// A bit for each element that is wanted, that of the first the lowest.
#[inline(always)]
fn marks<R: Real>(group: &[R; GROUP], wanted: impl Fn(R) -> bool) -> u32 {
    let mut marks = 0;
    for (k, value) in group.iter().enumerate() {
        marks |= u32::from(wanted(*value)) << k;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::each_nonzero;

    #[test]
    fn every_place_is_met_once_in_order() {
        for n in [0, 1, 31, 32, 33, 100] {
            let values: Vec<f64> = (0..n)
                .map(|k| if k % 3 == 0 { f64::from(k) } else { 0.0 })
                .collect();
            let mut met = Vec::new();
            each_nonzero(&values, |k, v| met.push((k, v)));
            let want = (1..n).filter(|k| k % 3 == 0).map(|k| (k as usize, f64::from(k)));
            assert_eq!(met, want.collect::<Vec<_>>(), "{n}");
        }
    }
}
