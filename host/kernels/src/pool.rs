//! Pooling of maps and its adjoints.

use crate::Real;
use crate::parallel::{chunks_mut, tasks};
use crate::runs::values_at;
use multiversion::multiversion;

/// A pooling window over maps of `height x width`; the last rows and columns that fill no window are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Height of a map.
    pub height: usize,
    /// Width of a map.
    pub width: usize,
    /// Height and width of the window, together at most 256 elements.
    pub kernel: [usize; 2],
    /// Distance between windows.
    pub stride: [usize; 2],
}

impl Window {
    /// Height of the pooled map.
    pub fn out_height(&self) -> usize {
        (self.height - self.kernel[0]) / self.stride[0] + 1
    }

    /// Width of the pooled map.
    pub fn out_width(&self) -> usize {
        (self.width - self.kernel[1]) / self.stride[1] + 1
    }

    fn input(&self) -> usize {
        self.height * self.width
    }

    pub(crate) fn output(&self) -> usize {
        self.out_height() * self.out_width()
    }

    /// Distance of every place of a window from its first element.
    pub(crate) fn offsets(&self) -> [u32; 256] {
        let mut offsets = [0; 256];
        let places = (0..self.kernel[0]).flat_map(|i| (0..self.kernel[1]).map(move |j| i * self.width + j));
        offsets
            .iter_mut()
            .zip(places)
            .for_each(|(o, place)| *o = place as u32);
        offsets
    }

    /// Pooled positions, with the position of the window's first element.
    #[inline(always)]
    fn starts(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (across, step) = (self.out_width(), [self.stride[0] * self.width, self.stride[1]]);
        let rows = (0..self.out_height()).map(move |y| (y * across, y * step[0]));
        rows.flat_map(move |(at, start)| (0..across).map(move |x| (at + x, start + x * step[1])))
    }
}

/// Maxima of maps `[maps, height, width]`, and where in its window each lies (the first in row-major order; a value that is
/// not a number wins, so that it is seen).
///
/// # Panics
/// When `values` is not whole maps.
pub fn max<R: Real>(window: &Window, values: &[R]) -> (Vec<R>, Vec<u8>) {
    let (input, output) = (window.input(), window.output());
    assert!(
        input > 0 && values.len().is_multiple_of(input),
        "maps of a pooling"
    );
    let maps = values.len() / input;
    let mut out = vec![R::ZERO; maps * output];
    let mut places = vec![0u8; maps * output];
    let all: Vec<_> = values
        .chunks_exact(input)
        .zip(out.chunks_exact_mut(output))
        .zip(places.chunks_exact_mut(output))
        .collect();
    tasks(all, values.len(), |((map, out), places)| {
        max_map(window, map, out, places);
    });
    (out, places)
}

/// Maxima of one map and their places.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn max_map<R: Real>(window: &Window, map: &[R], out: &mut [R], places: &mut [u8]) {
    let rows = out
        .chunks_exact_mut(window.out_width())
        .zip(places.chunks_exact_mut(window.out_width()));
    for (y, (out, places)) in rows.enumerate() {
        let map = &map[y * window.stride[0] * window.width..];
        let done = match window.stride[1] {
            1 => max_chunks::<R, 1, 8>(window, map, out, places),
            2 => max_chunks::<R, 2, 16>(window, map, out, places),
            _ => 0,
        };
        let rest = &map[done * window.stride[1]..];
        max_row(window, rest, &mut out[done..], &mut places[done..]);
    }
}

/// The first maxima of a row, eight at a time, and their number; `SPAN = 8 * STRIDE`.
#[inline(always)]
fn max_chunks<R: Real, const STRIDE: usize, const SPAN: usize>(
    window: &Window,
    map: &[R],
    out: &mut [R],
    places: &mut [u8],
) -> usize {
    let chunks = out
        .as_chunks_mut::<8>()
        .0
        .iter_mut()
        .zip(places.as_chunks_mut::<8>().0);
    let mut done = 0;
    for (out, places) in chunks {
        let mut best = Best::<R, 8>::new();
        for i in 0..window.kernel[0] {
            for j in 0..window.kernel[1] {
                let start = i * window.width + j + done * STRIDE;
                let Some(line) = map[start..].first_chunk::<SPAN>() else {
                    return done;
                };
                let mut values = [R::ZERO; 8];
                for (k, value) in values.iter_mut().enumerate() {
                    *value = line[k * STRIDE];
                }
                best.meet(&values, (i * window.kernel[1] + j) as u32);
            }
        }
        *out = best.value;
        *places = best.place.map(|place| place as u8);
        done += 8;
    }
    done
}

/// [`max_map`] of several maps that lie channel-last: `map [height * width, lanes]`, results `[windows, lanes]`. Without
/// `places` the maxima alone.
#[inline(always)]
pub(crate) fn max_block<R: Real>(
    window: &Window,
    map: &[R],
    lanes: usize,
    out: &mut [R],
    places: Option<&mut [u8]>,
) {
    match places {
        Some(places) => max_lanes::<R, true>(window, map, lanes, out, places),
        None => max_lanes::<R, false>(window, map, lanes, out, &mut []),
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn max_lanes<R: Real, const PLACES: bool>(
    window: &Window,
    map: &[R],
    lanes: usize,
    out: &mut [R],
    places: &mut [u8],
) {
    let mut offsets = window.offsets();
    let offsets = &mut offsets[..window.kernel[0] * window.kernel[1]];
    offsets.iter_mut().for_each(|offset| *offset *= lanes as u32);
    match (offsets.len(), offsets.first_chunk::<4>()) {
        // A number that the compiler knows.
        (4, Some(four)) => max_at::<R, PLACES>(window, *four, map, lanes, out, places),
        _ => max_at::<R, PLACES>(window, &*offsets, map, lanes, out, places),
    }
}

/// The maxima of what lies at these offsets, which are in elements.
#[inline(always)]
fn max_at<R: Real, const PLACES: bool>(
    window: &Window,
    offsets: impl AsRef<[u32]> + Copy,
    map: &[R],
    lanes: usize,
    out: &mut [R],
    places: &mut [u8],
) {
    match lanes {
        12.. => max_of::<R, PLACES, 16>(window, offsets, map, lanes, out, places),
        8.. => max_of::<R, PLACES, 8>(window, offsets, map, lanes, out, places),
        _ => max_of::<R, PLACES, 4>(window, offsets, map, lanes, out, places),
    }
}

/// [`max_at`] by chunks of `N` lanes. One may reach into the next result, which is written later.
#[inline(always)]
fn max_of<R: Real, const PLACES: bool, const N: usize>(
    window: &Window,
    offsets: impl AsRef<[u32]> + Copy,
    map: &[R],
    lanes: usize,
    out: &mut [R],
    places: &mut [u8],
) {
    if !PLACES && largest::<R, N>(window, offsets, map, lanes, out) {
        return;
    }
    for (at, start) in window.starts() {
        let (map, out) = (&map[start * lanes..], &mut out[at * lanes..]);
        let places = if PLACES {
            &mut places[at * lanes..]
        } else {
            &mut []
        };
        match fit::<R, N>(offsets, map, lanes, out) {
            true => Best::<R, N>::write::<PLACES>(offsets, map, lanes, out, places),
            false => Best::<R, 8>::write::<PLACES>(offsets, map, lanes, out, places),
        }
    }
}

/// Whether there is room for chunks of `N` in a window that begins with `map` and its result, with which `out` begins: not in
/// the last ones where these are less.
#[inline(always)]
fn fit<R, const N: usize>(offsets: impl AsRef<[u32]>, map: &[R], lanes: usize, out: &[R]) -> bool {
    let last = offsets.as_ref().last().map_or(0, |last| *last as usize);
    lanes >= N || out.len().min(map.len() - last) >= N
}

/// The first lanes of chunks of `N`; the last may overlap the one before.
#[inline(always)]
fn chunks_of<const N: usize>(lanes: usize) -> impl Iterator<Item = usize> {
    (0..lanes)
        .step_by(N)
        .map(move |lane| lane.min(lanes.saturating_sub(N)))
}

/// Writes the largest of each lane, and says whether all values that it met are numbers: only then it is what [`Best`] finds,
/// in fewer instructions.
#[inline(always)]
fn largest<R: Real, const N: usize>(
    window: &Window,
    offsets: impl AsRef<[u32]> + Copy,
    map: &[R],
    lanes: usize,
    out: &mut [R],
) -> bool {
    let mut sum = [R::ZERO; N];
    for (at, start) in window.starts() {
        let (map, out) = (&map[start * lanes..], &mut out[at * lanes..]);
        if !fit::<R, N>(offsets, map, lanes, out) {
            Best::<R, 8>::write::<false>(offsets, map, lanes, out, &mut []);
            continue;
        }
        for lane in chunks_of::<N>(lanes) {
            let (map, mut largest) = (&map[lane..], [R::NEG_INFINITY; N]);
            for offset in offsets.as_ref() {
                let Some(values) = values_at::<R, N>(map, *offset) else {
                    break;
                };
                for k in 0..N {
                    let better = values[k] > largest[k];
                    largest[k] = if better { values[k] } else { largest[k] };
                    sum[k] += values[k];
                }
            }
            out[lane..][..N].copy_from_slice(&largest);
        }
    }
    // One that is none makes the sum none; so do infinities that cancel out.
    !sum.iter().any(|sum| sum.is_nan())
}

/// The largest of `N` values each, and its place.
struct Best<R, const N: usize> {
    value: [R; N],
    place: [u32; N],
}

impl<R: Real, const N: usize> Best<R, N> {
    #[inline(always)]
    fn new() -> Self {
        Best {
            value: [R::NEG_INFINITY; N],
            place: [0; N],
        }
    }

    #[inline(always)]
    fn meet(&mut self, values: &[R; N], place: u32) {
        for ((best, at), value) in self.value.iter_mut().zip(&mut self.place).zip(values) {
            let better = (*value > *best) | value.is_nan();
            *best = if better { *value } else { *best };
            *at = if better { place } else { *at };
        }
    }

    /// Writes those of each lane, met at these offsets, and their places, by chunks of `N`.
    #[inline(always)]
    fn write<const PLACES: bool>(
        offsets: impl AsRef<[u32]>,
        map: &[R],
        lanes: usize,
        out: &mut [R],
        places: &mut [u8],
    ) {
        for lane in chunks_of::<N>(lanes) {
            let (map, mut best) = (&map[lane..], Best::<R, N>::new());
            for (place, offset) in offsets.as_ref().iter().enumerate() {
                let Some(values) = values_at(map, *offset) else {
                    break;
                };
                best.meet(values, place as u32);
            }
            out[lane..][..N].copy_from_slice(&best.value);
            if PLACES {
                places[lane..][..N].copy_from_slice(&best.place.map(|place| place as u8));
            }
        }
    }
}

/// One row of maxima, from the part of a map that starts at the first row of its windows.
fn max_row<R: Real>(window: &Window, map: &[R], out: &mut [R], places: &mut [u8]) {
    out.fill(R::NEG_INFINITY);
    for i in 0..window.kernel[0] {
        for j in 0..window.kernel[1] {
            let place = (i * window.kernel[1] + j) as u8;
            let line = map[i * window.width + j..].iter().step_by(window.stride[1]);
            for ((best, at), value) in out.iter_mut().zip(places.iter_mut()).zip(line) {
                if *value > *best || value.is_nan() {
                    *best = *value;
                    *at = place;
                }
            }
        }
    }
}

/// Adjoint of [`max`]: every gradient goes to the place that was chosen.
///
/// # Panics
/// When `gradient` and `places` differ in length.
pub fn max_adjoint<R: Real>(window: &Window, gradient: &[R], places: &[u8]) -> Vec<R> {
    assert_eq!(gradient.len(), places.len(), "gradient of a pooling");
    let offsets = window.offsets();
    adjoint(window, gradient, |at, start, gradient, map| {
        map[start + offsets[usize::from(places[at])] as usize] += gradient
    })
}

/// [`max_adjoint`] summed over the first of the axes of `gradient [times, maps, ..]`, in its order.
///
/// # Panics
/// When `gradient` and `places` differ in length, or `times` does not divide the maps.
pub fn max_adjoint_sum<R: Real>(window: &Window, gradient: &[R], places: &[u8], times: usize) -> Vec<R> {
    assert_eq!(gradient.len(), places.len(), "gradient of a pooling");
    let (input, output) = (window.input(), window.output());
    assert!(
        output > 0 && gradient.len().is_multiple_of(output * times.max(1)),
        "gradient of a pooling"
    );
    let offsets = window.offsets();
    let maps = gradient.len() / (output * times.max(1));
    let mut out = vec![R::ZERO; maps * input];
    chunks_mut(&mut out, input, gradient.len(), |first, map| {
        for time in 0..times {
            let base = (time * maps + first / input) * output;
            for (at, start) in window.starts() {
                map[start + offsets[usize::from(places[base + at])] as usize] += gradient[base + at];
            }
        }
    });
    out
}

/// Means over the windows of maps `[maps, height, width]`.
///
/// # Panics
/// When `values` is not whole maps.
pub fn mean<R: Real>(window: &Window, values: &[R]) -> Vec<R> {
    let (input, output) = (window.input(), window.output());
    assert!(
        input > 0 && values.len().is_multiple_of(input),
        "maps of a pooling"
    );
    let area = R::from_f64((window.kernel[0] * window.kernel[1]) as f64);
    let mut out = vec![R::ZERO; values.len() / input * output];
    chunks_mut(&mut out, output, values.len(), |first, out| {
        let map = &values[first / output * input..][..input];
        for (at, start) in window.starts() {
            let mut sum = R::ZERO;
            for i in 0..window.kernel[0] {
                for value in &map[start + i * window.width..][..window.kernel[1]] {
                    sum += *value;
                }
            }
            out[at] = sum / area;
        }
    });
    out
}

/// Adjoint of [`mean`].
pub fn mean_adjoint<R: Real>(window: &Window, gradient: &[R]) -> Vec<R> {
    let area = R::from_f64((window.kernel[0] * window.kernel[1]) as f64);
    adjoint(window, gradient, |_, start, gradient, map| {
        for i in 0..window.kernel[0] {
            for value in &mut map[start + i * window.width..][..window.kernel[1]] {
                *value += gradient / area;
            }
        }
    })
}

fn adjoint<R: Real>(
    window: &Window,
    gradient: &[R],
    scatter: impl Fn(usize, usize, R, &mut [R]) + Sync,
) -> Vec<R> {
    let (input, output) = (window.input(), window.output());
    assert!(
        output > 0 && gradient.len().is_multiple_of(output),
        "gradient of a pooling"
    );
    let mut out = vec![R::ZERO; gradient.len() / output * input];
    let work = out.len();
    chunks_mut(&mut out, input, work, |first, map| {
        let base = first / input * output;
        for (at, start) in window.starts() {
            scatter(base + at, start, gradient[base + at], map);
        }
    });
    out
}

/// Bin `k` of `bins` over `length` elements: from the floor of its start to the ceiling of its end.
fn bin(k: usize, bins: usize, length: usize) -> std::ops::Range<usize> {
    k * length / bins..((k + 1) * length).div_ceil(bins)
}

/// Means of maps `[maps, height, width]` over `output` bins of nearly equal size.
///
/// # Panics
/// When `values` is not whole maps.
pub fn adaptive_mean<R: Real>(map: [usize; 2], output: [usize; 2], values: &[R]) -> Vec<R> {
    let (input, bins) = (map[0] * map[1], output[0] * output[1]);
    assert!(
        input > 0 && values.len().is_multiple_of(input),
        "maps of a pooling"
    );
    let mut out = vec![R::ZERO; values.len() / input * bins];
    chunks_mut(&mut out, bins, values.len(), |first, out| {
        let values = &values[first / bins * input..][..input];
        for (at, out) in out.iter_mut().enumerate() {
            let (rows, cols) = (
                bin(at / output[1], output[0], map[0]),
                bin(at % output[1], output[1], map[1]),
            );
            let area = R::from_f64((rows.len() * cols.len()) as f64);
            let mut sum = R::ZERO;
            for y in rows {
                for value in &values[y * map[1]..][cols.clone()] {
                    sum += *value;
                }
            }
            *out = sum / area;
        }
    });
    out
}

/// Adjoint of [`adaptive_mean`].
///
/// # Panics
/// When `gradient` is not whole maps.
pub fn adaptive_mean_adjoint<R: Real>(map: [usize; 2], output: [usize; 2], gradient: &[R]) -> Vec<R> {
    let (input, bins) = (map[0] * map[1], output[0] * output[1]);
    assert!(
        bins > 0 && gradient.len().is_multiple_of(bins),
        "gradient of a pooling"
    );
    let mut out = vec![R::ZERO; gradient.len() / bins * input];
    let work = out.len();
    chunks_mut(&mut out, input, work, |first, out| {
        for (at, g) in gradient[first / input * bins..][..bins].iter().enumerate() {
            let (rows, cols) = (
                bin(at / output[1], output[0], map[0]),
                bin(at % output[1], output[1], map[1]),
            );
            let share = *g / R::from_f64((rows.len() * cols.len()) as f64);
            for y in rows {
                for value in &mut out[y * map[1]..][cols.clone()] {
                    *value += share;
                }
            }
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::{
        Window, adaptive_mean, adaptive_mean_adjoint, max, max_adjoint, max_block, mean, mean_adjoint,
    };

    const ODD: Window = Window {
        height: 3,
        width: 5,
        kernel: [2, 2],
        stride: [2, 2],
    };

    #[test]
    fn maxima_take_the_first_of_equals_and_drop_odd_borders() {
        let map = [
            0.0, 0.0, 1.0, 2.0, 9.0, 0.0, 0.0, 2.0, 1.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0,
        ];
        let (out, places) = max(&ODD, &map);
        assert_eq!(
            (out.as_slice(), places.as_slice()),
            ([0.0, 2.0].as_slice(), [0u8, 1].as_slice())
        );
        let back = max_adjoint(&ODD, &[5.0, 7.0], &places);
        let mut want = [0.0; 15];
        (want[0], want[3]) = (5.0, 7.0);
        assert_eq!(back, want);
    }

    #[test]
    fn overlapping_windows_and_values_that_are_no_numbers() {
        let window = Window {
            height: 2,
            width: 3,
            kernel: [2, 2],
            stride: [1, 1],
        };
        let (out, places) = max(&window, &[1.0, 3.0, 2.0, f64::NEG_INFINITY, -1.0, 3.0]);
        assert_eq!(
            (out.as_slice(), places.as_slice()),
            ([3.0, 3.0].as_slice(), [1u8, 0].as_slice())
        );
        let (out, _) = max(&window, &[1.0, f64::NAN, 2.0, 0.0, 5.0, 3.0]);
        assert!(out[0].is_nan() || out[1].is_nan(), "{out:?}");
        let low = Window {
            height: 1,
            width: 1,
            kernel: [1, 1],
            stride: [1, 1],
        };
        assert_eq!(
            max(&low, &[f64::NEG_INFINITY]),
            (vec![f64::NEG_INFINITY], vec![0])
        );
    }

    #[test]
    fn maxima_of_lanes_are_those_of_single_maps() {
        let plain = |k: usize| ((k * 37 % 101) as f32 - 50.0) / 7.0;
        for (kernel, stride) in [
            ([2, 3], [2, 1]),
            ([2, 2], [2, 2]),
            ([4, 1], [1, 1]),
            ([5, 6], [1, 1]),
        ] {
            let window = Window {
                height: 5,
                width: 6,
                kernel,
                stride,
            };
            for lanes in [4, 8, 12, 16, 20, 28] {
                for special in [0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    for every in [1, 7, 1000] {
                        let other = |k: usize| if k.is_multiple_of(2) { special } else { -special };
                        let value = |k: usize| match k.is_multiple_of(every) {
                            true => other(k / every),
                            false => plain(k),
                        };
                        let map: Vec<f32> = (0..30 * lanes).map(value).collect();
                        let what = format!("{window:?}, {lanes} lanes, {special} at every {every}");
                        check_lanes(&window, &map, lanes, &what);
                    }
                }
            }
        }
    }

    /// [`max_block`] with and without places against [`max`].
    fn check_lanes(window: &Window, map: &[f32], lanes: usize, what: &str) {
        let results = window.output();
        let mut places = vec![0; results * lanes];
        let [mut with, mut without] = [(); 2].map(|()| vec![0.0; results * lanes]);
        max_block(window, map, lanes, &mut with, Some(&mut places));
        max_block(window, map, lanes, &mut without, None);
        let positions = map.len() / lanes;
        let turned: Vec<f32> = (0..map.len())
            .map(|k| map[k % positions * lanes + k / positions])
            .collect();
        let (maxima, chosen) = max(window, &turned);
        for (k, (maximum, place)) in maxima.iter().zip(chosen).enumerate() {
            let at = k % results * lanes + k / results;
            let found = [with[at], without[at]].map(f32::to_bits);
            assert_eq!((found, places[at]), ([maximum.to_bits(); 2], place), "{what}");
        }
    }

    #[test]
    fn adjoints_satisfy_the_inner_product_identity() {
        let map: Vec<f64> = (0..30).map(|i| (f64::from(i) * 1.7).sin()).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let pooled = mean(&ODD, &map);
        let seed: Vec<f64> = (0..pooled.len()).map(|i| (i as f64).cos()).collect();
        assert!((dot(&pooled, &seed) - dot(&map, &mean_adjoint(&ODD, &seed))).abs() < 1e-12);
        // Bins of unequal size: 3 x 5 to 2 x 3.
        let pooled = adaptive_mean([3, 5], [2, 3], &map);
        let seed: Vec<f64> = (0..pooled.len()).map(|i| (i as f64).cos()).collect();
        assert!(
            (dot(&pooled, &seed) - dot(&map, &adaptive_mean_adjoint([3, 5], [2, 3], &seed))).abs() < 1e-12
        );
        assert!(
            (adaptive_mean([3, 5], [1, 1], &map[..15])[0] - map[..15].iter().sum::<f64>() / 15.0).abs()
                < 1e-12
        );
    }
}
