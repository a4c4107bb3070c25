//! Event-driven products against dense ones.
#![allow(missing_docs)]

use neurotrain_kernels::Events;
use neurotrain_kernels::dense::{Matrix, product};
use neurotrain_kernels::gradient::{add_weight_gradient, weight_gradient, weight_gradient_into};
use neurotrain_kernels::product::sum_rows;
use neurotrain_kernels::transpose;
use neurotrain_kernels::{Order, Panels, gather};
use proptest::prelude::*;

#[derive(Debug)]
struct Case {
    events: Events,
    weights: Vec<f64>,
    post: Vec<f64>,
    width: usize,
}

fn case() -> impl Strategy<Value = Case> {
    (1usize..40, 1usize..50, 1usize..150, 0.0f64..0.6, any::<u64>()).prop_map(
        |(rows, cols, width, density, seed)| {
            let mut state = seed | 1;
            let mut next = move || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 11) as f64 / (1u64 << 53) as f64
            };
            let dense: Vec<f64> = (0..rows * cols)
                .map(|_| f64::from(u8::from(next() < density)))
                .collect();
            let events = Events::from_dense(&dense, rows, cols).expect("binary");
            let weights = (0..cols * width).map(|_| next() - 0.5).collect();
            let post = (0..rows * width).map(|_| next() - 0.5).collect();
            Case {
                events,
                weights,
                post,
                width,
            }
        },
    )
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12)
}

proptest! {
    #[test]
    fn forward_and_gradient(case in case()) {
        let Case { events, weights, post, width } = &case;
        let (rows, cols) = (events.rows, events.cols);
        let dense = events.to_dense::<f64>();
        let x = Matrix::new(&dense, rows, cols);
        let (mut got, mut want) = (vec![7.0; rows * width], vec![0.0; rows * width]);
        product(x, Matrix::new(weights, cols, *width), &mut want, false);
        sum_rows(events, weights, *width, &mut got);
        prop_assert!(close(&got, &want));
        got.fill(7.0);
        gather::sum_rows(events, &Panels::pack(weights, cols, *width), &mut got);
        prop_assert!(close(&got, &want));

        let (mut got, mut want) = (weight_gradient(events, post, *width), vec![0.0; cols * width]);
        product(Matrix::new(post, rows, *width).t(), x, &mut want, false);
        prop_assert!(close(&got, &want));
        let (mut by_columns, mut turned) = (vec![7.0; cols * width], vec![7.0; cols * width]);
        weight_gradient_into(events, post, *width, Order::Columns, &mut by_columns);
        transpose(&by_columns, [cols, *width], &mut turned);
        prop_assert_eq!(&turned, &got);
        let mut table = Panels::pack_transposed(&got, cols, *width);
        add_weight_gradient(events, post, 0.5, &mut table);
        table.unpack_transposed(&mut got);
        let added: Vec<f64> = want.iter().map(|g| 1.5 * g).collect();
        prop_assert!(close(&got, &added));
        let (mut back, mut there) = (vec![0.0; cols * width], vec![0.0; cols * width]);
        transpose(weights, [cols, *width], &mut there);
        transpose(&there, [*width, cols], &mut back);
        prop_assert_eq!(&back, weights);
        prop_assert_eq!(there[..cols].to_vec(), (0..cols).map(|c| weights[c * width]).collect::<Vec<_>>());
    }

    #[test]
    fn index_transformations_keep_the_matrix(case in case()) {
        let events = &case.events;
        prop_assert_eq!(events.transpose().transpose(), events.clone());
        let dense = events.to_dense::<f32>();
        prop_assert_eq!(Events::from_dense(&dense, events.rows, events.cols), Some(events.clone()));
        let flat = events.reshape(1, events.rows * events.cols).expect("same count");
        prop_assert_eq!(flat.reshape(events.rows, events.cols), Some(events.clone()));
        let middle = events.rows / 2;
        let halves = [events.narrow(0, middle), events.narrow(middle, events.rows - middle)];
        prop_assert_eq!(Events::stack(&halves), Some(events.clone()));
    }
}

/// Many rows, so that the gradient is summed in chunks, and a width of more than one panel.
#[test]
fn long_gradients_are_summed_in_chunks() {
    let (rows, cols, width) = (5500, 3, 37);
    let dense: Vec<f64> = (0..rows * cols)
        .map(|i| f64::from(u8::from(i % 7 == 0)))
        .collect();
    let post: Vec<f64> = (0..rows * width).map(|i| (i as f64 * 0.1).sin()).collect();
    let events = Events::from_dense(&dense, rows, cols).expect("binary");
    let got = weight_gradient(&events, &post, width);
    let mut want = vec![0.0; cols * width];
    product(
        Matrix::new(&post, rows, width).t(),
        Matrix::new(&dense, rows, cols),
        &mut want,
        false,
    );
    assert!(got.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-9));
}

/// Rows of a table beyond the second-level cache are read whole.
#[test]
fn far_tables() {
    let (rows, cols, width) = (3, 700, 300);
    let weights: Vec<f32> = (0..cols * width).map(|k| (k * 37 % 101) as f32 / 64.0).collect();
    let dense: Vec<f32> = (0..rows * cols).map(|k| f32::from(k * 7 % 13 < 4)).collect();
    let events = Events::from_dense(&dense, rows, cols).expect("binary");
    let (mut got, mut want) = (vec![7.0; rows * width], vec![7.0; rows * width]);
    sum_rows(&events, &weights, width, &mut got);
    gather::sum_rows(&events, &Panels::pack(&weights, cols, width), &mut want);
    assert_eq!(got, want);
}

/// Inputs of which a block of the turned index holds more than a task does, in one chunk and in two.
#[test]
fn gradients_of_many_inputs() {
    for (rows, cols, nth) in [
        (600, 4608, 97),
        (600, 5000, 7),
        (300, 4097, 3),
        (200, 1290, 61),
        (200, 5000, 61),
    ] {
        let width = 130;
        let dense: Vec<f32> = (0..rows * cols).map(|k| f32::from(k % nth == 0)).collect();
        let events = Events::from_dense(&dense, rows, cols).expect("binary");
        let post: Vec<f32> = (0..rows * width)
            .map(|k| (k * 37 % 101) as f32 / 64.0 - 0.7)
            .collect();
        let got = weight_gradient(&events, &post, width);
        let mut by_columns = vec![7.0; cols * width];
        weight_gradient_into(&events, &post, width, Order::Columns, &mut by_columns);
        let mut table = Panels::zeros(cols, width);
        add_weight_gradient(&events, &post, 1.0, &mut table);
        let mut turned = vec![7.0; cols * width];
        transpose(&by_columns, [cols, width], &mut turned);
        assert_eq!(turned, got, "{rows} x {cols}");
        table.unpack_transposed(&mut turned);
        assert_eq!(turned, got, "{rows} x {cols}");
        let mut want = vec![0.0; cols * width];
        product(
            Matrix::new(&post, rows, width).t(),
            Matrix::new(&dense, rows, cols),
            &mut want,
            false,
        );
        assert!(got.iter().zip(&want).all(|(g, w)| (g - w).abs() < 1e-3));
    }
}
