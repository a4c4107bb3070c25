//! Weight gradients element by element against sums of single products.
#![allow(missing_docs)]

use neurotrain_kernels::transpose;
use neurotrain_kernels::weighted::{Support, Weighted, add_weighted_gradient, weighted_gradient_into};
use neurotrain_kernels::{Order, Panels, Real};
use proptest::prelude::*;

/// A mostly-zero side `[rows, cols]` and a dense one `[rows, width]`.
#[derive(Debug, Clone)]
struct Case {
    rows: usize,
    cols: usize,
    width: usize,
    pre: Vec<f64>,
    post: Vec<f64>,
}

impl Case {
    fn new([rows, cols, width]: [usize; 3], density: f64, seed: u64) -> Case {
        let mut state = seed | 1;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        // Numbers that single precision holds.
        let mut number = move |share: f64| {
            if next() < share {
                f64::from((next() * 1024.0).round() as f32 - 511.5) / 512.0
            } else {
                0.0
            }
        };
        Case {
            rows,
            cols,
            width,
            pre: (0..rows * cols).map(|_| number(density)).collect(),
            post: (0..rows * width).map(|_| number(1.0)).collect(),
        }
    }

    /// `[width, cols]`.
    fn gradient(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.width * self.cols];
        for row in 0..self.rows {
            for o in 0..self.width {
                for c in 0..self.cols {
                    sums[o * self.cols + c] +=
                        self.post[row * self.width + o] * self.pre[row * self.cols + c];
                }
            }
        }
        sums
    }

    fn check<R: Real>(&self, tolerance: f64) -> Result<(), TestCaseError> {
        let cast = |values: &[f64]| values.iter().map(|v| R::from_f64(*v)).collect::<Vec<R>>();
        let (pre, post) = (cast(&self.pre), cast(&self.post));
        let support = Support::of(&pre, self.rows, self.cols);
        let nonzero = self.pre.iter().filter(|v| **v != 0.0).count();
        prop_assert_eq!(support.nonzero(), nonzero);
        let weighted = Weighted::new(&pre, &support);
        prop_assert_eq!(
            [weighted.rows(), weighted.cols(), weighted.nonzero()],
            [self.rows, self.cols, nonzero]
        );

        let want = self.gradient();
        let mut got = vec![R::from_f64(7.0); want.len()];
        weighted_gradient_into(&weighted, &post, self.width, Order::Rows, &mut got);
        let near = |got: &[R], want: &dyn Fn(usize) -> f64| {
            got.iter()
                .enumerate()
                .all(|(k, g)| (g.to_f64() - want(k)).abs() <= tolerance)
        };
        prop_assert!(
            near(&got, &|k| want[k]),
            "{} x {} x {}",
            self.rows,
            self.cols,
            self.width
        );
        let mut by_columns = vec![R::from_f64(7.0); want.len()];
        weighted_gradient_into(&weighted, &post, self.width, Order::Columns, &mut by_columns);
        let mut turned = vec![R::ZERO; want.len()];
        transpose(&by_columns, [self.cols, self.width], &mut turned);
        prop_assert_eq!(&turned, &got);

        let start = vec![R::from_f64(0.5); want.len()];
        let mut table = Panels::pack_transposed(&start, self.cols, self.width);
        add_weighted_gradient(&weighted, &post, R::from_f64(-0.25), &mut table);
        table.unpack_transposed(&mut got);
        prop_assert!(
            near(&got, &|k| 0.5 - 0.25 * want[k]),
            "{} x {} x {}",
            self.rows,
            self.cols,
            self.width
        );
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Blocks have 512 rows and 128 columns, groups 32 columns, panels 32 or 16.
    #[test]
    fn sums_of_products(
        shape in prop_oneof![
            [1usize..40, 1usize..300, 1usize..71],
            [500usize..1100, 1usize..70, 1usize..20],
            [1usize..20, 100usize..160, 120usize..180],
        ],
        density in prop_oneof![Just(0.0), 0.0f64..1.0, Just(1.0)],
        seed in any::<u64>(),
    ) {
        let case = Case::new(shape, density, seed);
        case.check::<f64>(1e-11)?;
        case.check::<f32>(1e-3)?;
    }
}

#[test]
fn the_same_bits_with_any_number_of_threads() {
    // Large enough to be split, narrow and wide.
    for (shape, density) in [([600, 300, 40], 0.2), ([600, 300, 200], 0.3)] {
        let case = Case::new(shape, density, 9);
        let cast = |values: &[f64]| values.iter().map(|v| *v as f32 / 3.0).collect::<Vec<f32>>();
        let (pre, post) = (cast(&case.pre), cast(&case.post));
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            pool.install(|| {
                let weighted = Weighted::new(&pre, &Support::of(&pre, case.rows, case.cols));
                let mut gradient = vec![0.0; case.cols * case.width];
                weighted_gradient_into(&weighted, &post, case.width, Order::Rows, &mut gradient);
                let mut table = Panels::zeros(case.cols, case.width);
                add_weighted_gradient(&weighted, &post, 0.1, &mut table);
                (gradient, table)
            })
        };
        let one = with(1);
        for threads in [2, 3, 5] {
            assert!(with(threads) == one, "{threads} threads differ from one");
        }
    }
}

#[test]
fn empty_sides_give_zeros() {
    for [rows, cols, width] in [[0, 5, 3], [4, 0, 3], [4, 5, 0]] {
        let (pre, post) = (vec![1.0f32; rows * cols], vec![1.0f32; rows * width]);
        let weighted = Weighted::new(&pre, &Support::of(&pre, rows, cols));
        let mut gradient = vec![7.0; cols * width];
        weighted_gradient_into(&weighted, &post, width, Order::Rows, &mut gradient);
        assert!(gradient.iter().all(|v| *v == 0.0));
        add_weighted_gradient(&weighted, &post, 1.0, &mut Panels::zeros(cols, width));
    }
}

/// As in a dense product, but for zeros that would meet infinities.
#[test]
fn what_is_no_number_spreads_along_its_row_and_column() {
    let mut case = Case::new([6, 5, 4], 0.5, 3);
    let nan_at = |case: &Case| {
        let weighted = Weighted::new(&case.pre, &Support::of(&case.pre, 6, 5));
        let mut gradient = vec![0.0; 20];
        weighted_gradient_into(&weighted, &case.post, 4, Order::Rows, &mut gradient);
        (0..20).filter(|k| gradient[*k].is_nan()).collect::<Vec<_>>()
    };
    let pre = std::mem::replace(&mut case.pre[2 * 5 + 3], f64::NAN);
    assert_eq!(nan_at(&case), [3, 8, 13, 18]);
    case.pre[2 * 5 + 3] = pre;
    case.pre[2 * 5..3 * 5].fill(0.5);
    case.post[2 * 4 + 1] = f64::NAN;
    assert_eq!(nan_at(&case), [5, 6, 7, 8, 9]);
}
