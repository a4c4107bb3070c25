//! Runs of slices, of as many elements as a vector loop takes, whose places need few checks.

/// What begins with each of the first `LINES` lines. All are equally long, so that one check is enough for a place in them.
#[inline(always)]
pub(crate) fn lines_of<R, const LINES: usize>(values: &[R], line: usize) -> Option<[&[R]; LINES]> {
    let len = values.len().checked_sub((LINES - 1) * line)?;
    let mut lines = [values; LINES];
    for (k, own) in lines.iter_mut().enumerate() {
        *own = &values[k * line..][..len];
    }
    Some(lines)
}

/// The `N` values from `start` on.
#[inline(always)]
pub(crate) fn values_at<R, const N: usize>(values: &[R], start: u32) -> Option<&[R; N]> {
    values.get(start as usize..start as usize + N)?.first_chunk()
}
