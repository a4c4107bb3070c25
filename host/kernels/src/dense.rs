//! Dense matrix products on slices.

use crate::Real;
use crate::parallel::{chunks_mut, outside_of_one, splits};
use gemm::Parallelism;
use rayon::prelude::*;

/// Multiply-adds from which the library splits a product.
const LARGE: usize = 1 << 20;
/// Multiply-adds from which a smaller one is cut into parts.
const PARTS_FROM: usize = 1 << 17;
/// Such parts, and the fewest rows or columns of each.
const PARTS: (usize, usize) = (4, 32);

/// A row-major matrix `[rows, cols]`, or its transpose.
#[derive(Clone, Copy)]
pub struct Matrix<'a, R> {
    values: &'a [R],
    /// Of the first element.
    from: usize,
    rows: usize,
    cols: usize,
    /// Between the starts of stored rows.
    stride: usize,
    transposed: bool,
}

impl<'a, R: Real> Matrix<'a, R> {
    /// A row-major matrix.
    ///
    /// # Panics
    /// When `values` does not hold `rows * cols` elements.
    pub fn new(values: &'a [R], rows: usize, cols: usize) -> Self {
        assert_eq!(values.len(), rows * cols, "elements of a {rows} x {cols} matrix");
        Matrix {
            values,
            from: 0,
            rows,
            cols,
            stride: cols,
            transposed: false,
        }
    }

    /// Its transpose, without moving anything.
    #[must_use]
    pub fn t(self) -> Self {
        Matrix {
            transposed: !self.transposed,
            ..self
        }
    }

    /// `len` rows from `first` on.
    fn rows_from(self, first: usize, len: usize) -> Self {
        assert!(first + len <= self.shape().0, "rows of a part of a matrix");
        if self.transposed {
            return Matrix {
                from: self.from + first,
                cols: len,
                ..self
            };
        }
        Matrix {
            from: self.from + first * self.stride,
            rows: len,
            ..self
        }
    }

    /// `len` columns from `first` on.
    fn columns_from(self, first: usize, len: usize) -> Self {
        self.t().rows_from(first, len).t()
    }

    fn shape(&self) -> (usize, usize) {
        if self.transposed {
            (self.cols, self.rows)
        } else {
            (self.rows, self.cols)
        }
    }

    /// Distances between neighbours of a column and of a row.
    fn strides(&self) -> (isize, isize) {
        let row = self.stride as isize;
        if self.transposed { (row, 1) } else { (1, row) }
    }
}

/// `out = left right`, row-major; `accumulate` adds to what `out` holds.
///
/// # Panics
/// When the shapes do not fit.
pub fn product<R: Real>(left: Matrix<'_, R>, right: Matrix<'_, R>, out: &mut [R], accumulate: bool) {
    let (rows, inner) = left.shape();
    let width = right.shape().1;
    assert_eq!(inner, right.shape().0, "inner sizes of a matrix product");
    assert_eq!(out.len(), rows * width, "result of a matrix product");
    let work = rows * inner * width;
    if work >= LARGE {
        let parallelism = match outside_of_one() {
            true => Parallelism::None,
            false => Parallelism::Rayon(0),
        };
        return product_with(left, right, out, accumulate, parallelism);
    }
    // Cut even where one thread does all: parts may add in another order than the whole.
    let part = |size: usize| size.div_ceil(PARTS.0).max(PARTS.1);
    let cut = |size: usize| work >= PARTS_FROM && size >= 2 * PARTS.1;
    if cut(rows) {
        chunks_mut(out, part(rows) * width, work, |first, out| {
            let first = first / width;
            let rows = left.rows_from(first, out.len() / width);
            product_here(rows, right, out, accumulate);
        });
    } else if cut(width) && inner >= PARTS.1 {
        product_by_columns(left, right, out, accumulate, part(width));
    } else {
        product_here(left, right, out, accumulate);
    }
}

/// [`product`] in parts of `part` columns, each on its own until all are done.
fn product_by_columns<R: Real>(
    left: Matrix<'_, R>,
    right: Matrix<'_, R>,
    out: &mut [R],
    accumulate: bool,
    part: usize,
) {
    let (rows, width) = (left.shape().0, right.shape().1);
    let one = |first: usize| {
        let columns = right.columns_from(first, part.min(width - first));
        let mut result = vec![R::ZERO; rows * columns.shape().1];
        product_here(left, columns, &mut result, false);
        result
    };
    let firsts: Vec<usize> = (0..width).step_by(part).collect();
    let parts: Vec<Vec<R>> = if outside_of_one() {
        firsts.iter().map(|first| one(*first)).collect()
    } else {
        firsts.par_iter().map(|first| one(*first)).collect()
    };
    for (first, part) in firsts.iter().zip(&parts) {
        let columns = part.len() / rows.max(1);
        for (row, part) in out.chunks_exact_mut(width).zip(part.chunks_exact(columns.max(1))) {
            let row = &mut row[*first..first + columns];
            if accumulate {
                row.iter_mut().zip(part).for_each(|(o, x)| *o += *x);
            } else {
                row.copy_from_slice(part);
            }
        }
    }
}

/// [`product`] on the calling thread.
pub fn product_here<R: Real>(left: Matrix<'_, R>, right: Matrix<'_, R>, out: &mut [R], accumulate: bool) {
    product_with(left, right, out, accumulate, Parallelism::None);
}

fn product_with<R: Real>(
    left: Matrix<'_, R>,
    right: Matrix<'_, R>,
    out: &mut [R],
    accumulate: bool,
    parallelism: Parallelism,
) {
    let ((m, k), (k2, n)) = (left.shape(), right.shape());
    assert_eq!(k, k2, "inner sizes of a matrix product");
    assert_eq!(out.len(), m * n, "result of a matrix product");
    if out.is_empty() {
        return;
    }
    if k == 0 {
        if !accumulate {
            out.fill(R::ZERO);
        }
        return;
    }
    let ((left_cs, left_rs), (right_cs, right_rs)) = (left.strides(), right.strides());
    // SAFETY: the asserts above, in `Matrix::new` and in `rows_from` make all three matrices lie within their slices under
    // the given strides; `out` is borrowed exclusively, so it overlaps neither operand. `R` is `f32` or `f64`, which `gemm`
    // knows.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            accumulate,
            left.values[left.from..].as_ptr(),
            left_cs,
            left_rs,
            right.values[right.from..].as_ptr(),
            right_cs,
            right_rs,
            R::ONE,
            R::ONE,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// Adds `bias [n]` to every row of `out [.., n]`.
///
/// # Panics
/// When `out` is not whole rows.
pub fn add_bias<R: Real>(out: &mut [R], bias: &[R]) {
    if bias.is_empty() {
        return;
    }
    assert!(
        out.len().is_multiple_of(bias.len()),
        "bias of {} on {} elements",
        bias.len(),
        out.len()
    );
    let (n, work) = (bias.len(), out.len());
    crate::parallel::chunks_mut(out, n * (4096 / n).max(1), work, |_, part| {
        for row in part.chunks_exact_mut(n) {
            for (x, b) in row.iter_mut().zip(bias) {
                *x += *b;
            }
        }
    });
}

/// Sum of the rows of `values [.., n]`, in ascending order of the rows.
pub fn sum_of_rows<R: Real>(values: &[R], n: usize) -> Vec<R> {
    let mut sum = vec![R::ZERO; n];
    for row in values.chunks_exact(n.max(1)) {
        for (s, v) in sum.iter_mut().zip(row) {
            *s += *v;
        }
    }
    sum
}

/// Number of elements that are not zero.
pub fn nonzero<R: Real>(values: &[R]) -> usize {
    // Blocks, so that the inner sums are vectors of small integers.
    let count = |part: &[R]| part.iter().map(|v| u32::from(*v != R::ZERO)).sum::<u32>() as usize;
    if splits(values.len() / 4) {
        values.par_chunks(1 << 14).map(count).sum()
    } else {
        values.chunks(1 << 14).map(count).sum()
    }
}

/// Whether all elements are zeros and ones.
pub fn is_binary<R: Real>(values: &[R]) -> bool {
    // In blocks, so that the loop has no exit inside and ends soon where values are no spikes.
    values.chunks(256).all(|part| {
        let spikes = part.iter().map(|v| u32::from((*v == R::ZERO) | (*v == R::ONE)));
        spikes.sum::<u32>() as usize == part.len()
    })
}

#[cfg(test)]
mod tests {
    use super::{Matrix, is_binary, product, sum_of_rows};

    #[test]
    fn zeros_and_ones_are_binary() {
        let mut values = vec![0.0f32; 1000];
        values[700] = 1.0;
        assert!(is_binary(&values) && is_binary::<f64>(&[]));
        for wrong in [0.5, -1.0, f32::NAN] {
            values[999] = wrong;
            assert!(!is_binary(&values));
        }
    }

    #[test]
    fn products_of_all_orientations() {
        let a = [1.0f64, 2.0, 3.0, 4.0, 5.0, 6.0]; // 2 x 3
        let b = [1.0f64, 0.0, -1.0, 2.0, 0.5, 1.0]; // 3 x 2
        let mut out = [0.0; 4];
        product(Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2), &mut out, false);
        assert_eq!(out, [0.5, 7.0, 2.0, 16.0]);
        product(Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2), &mut out, true);
        assert_eq!(out, [1.0, 14.0, 4.0, 32.0]);
        // The transposes give the transposed product.
        let mut swapped = [0.0; 4];
        product(
            Matrix::new(&b, 3, 2).t(),
            Matrix::new(&a, 2, 3).t(),
            &mut swapped,
            false,
        );
        assert_eq!(swapped, [0.5, 2.0, 7.0, 16.0]);
        assert_eq!(sum_of_rows(&b, 2), [0.5, 3.0]);
    }

    #[test]
    fn products_in_parts() {
        for [rows, inner, width] in [[130, 70, 20], [20, 70, 130], [3, 700, 70]] {
            in_parts(rows, inner, width);
        }
    }

    fn in_parts(rows: usize, inner: usize, width: usize) {
        let some = |n: usize, factor: usize| -> Vec<f64> {
            (0..n).map(|k| ((k * factor % 101) as f64 - 50.0) / 7.0).collect()
        };
        let (left, right) = (some(rows * inner, 37), some(inner * width, 53));
        let mut want = vec![0.0; rows * width];
        for (k, w) in want.iter_mut().enumerate() {
            let (row, col) = (k / width, k % width);
            *w = (0..inner)
                .map(|i| left[row * inner + i] * right[i * width + col])
                .sum::<f64>();
        }
        let mut right_turned = vec![0.0; right.len()];
        crate::transpose(&right, [inner, width], &mut right_turned);
        let mut turned = vec![0.0; left.len()];
        crate::transpose(&left, [rows, inner], &mut turned);
        for left in [
            Matrix::new(&left, rows, inner),
            Matrix::new(&turned, inner, rows).t(),
        ] {
            for right in [
                Matrix::new(&right, inner, width),
                Matrix::new(&right_turned, width, inner).t(),
            ] {
                let mut out = vec![f64::NAN; rows * width];
                product(left, right, &mut out, false);
                assert!(out.iter().zip(&want).all(|(o, w)| (o - w).abs() < 1e-9));
                product(left, right, &mut out, true);
                assert!(out.iter().zip(&want).all(|(o, w)| (o - 2.0 * w).abs() < 1e-9));
            }
        }
    }
}
