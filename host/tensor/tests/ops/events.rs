//! The event form survives what keeps rows whole.

use crate::support::{Nd, both, spikes};
use neurotrain_plugin_api::Tensor;

#[test]
fn steps_of_a_sequence_are_events() {
    both(|ctx, _| {
        let (x, n) = spikes(ctx, "x", &[5, 3, 20], 0.2);
        for t in 0..5 {
            let step = x.select(0, t).unwrap();
            assert!(step.is_sparse());
            Nd::from_fn(&[3, 20], |p| n.at(&[t, p[0], p[1]])).expect(&step, 0.0);
        }
        let one = x.select(1, 2).unwrap();
        assert!(one.is_sparse());
        Nd::from_fn(&[5, 20], |p| n.at(&[p[0], 2, p[1]])).expect(&one, 0.0);
        let part = x.narrow(1, 1, 2).unwrap();
        assert!(part.is_sparse());
        Nd::from_fn(&[5, 2, 20], |p| n.at(&[p[0], p[1] + 1, p[2]])).expect(&part, 0.0);
        let row = x.select(0, 1).unwrap().select(0, 0).unwrap();
        assert!(row.is_sparse());
        Nd::from_fn(&[20], |p| n.at(&[1, 0, p[0]])).expect(&row, 0.0);
        let column = x.select(2, 4).unwrap();
        assert!(!column.is_sparse());
        Nd::from_fn(&[5, 3], |p| n.at(&[p[0], p[1], 4])).expect(&column, 0.0);
    });
}

#[test]
fn shapes_that_keep_rows_keep_the_form() {
    both(|ctx, _| {
        let (x, n) = spikes(ctx, "x", &[2, 3, 24], 0.2);
        for (dims, kept) in [
            (&[6_usize, 24][..], true),
            (&[2, 3, 4, 6], true),
            (&[3, 2, 2, 12], true),
            (&[144], false),
            (&[12, 12], false),
        ] {
            let made = x.reshape(dims).unwrap();
            assert_eq!(made.is_sparse(), kept, "{dims:?}");
            Nd::new(dims, n.data.clone()).expect(&made, 0.0);
        }
        // Images: the pixels of a sample are its columns.
        let images = x.reshape(&[2, 3, 4, 6]).unwrap();
        let flat = images.select(0, 1).unwrap().reshape(&[3, 24]).unwrap();
        assert!(flat.is_sparse());
        Nd::from_fn(&[3, 24], |p| n.at(&[1, p[0], p[1]])).expect(&flat, 0.0);
        let turned = flat.transpose(0, 1).unwrap();
        assert!(turned.is_sparse());
        Nd::from_fn(&[24, 3], |p| n.at(&[1, p[1], p[0]])).expect(&turned, 0.0);
    });
}

#[test]
fn scaled_and_shifted_events() {
    both(|ctx, _| {
        for dims in [&[5_usize, 3, 20][..], &[40, 4096]] {
            let (x, n) = spikes(ctx, "x", dims, 0.2);
            let wanted = Nd::from_fn(dims, |p| 3.0 * n.at(p) - 0.5);
            wanted.expect(&x.affine(3.0, -0.5).unwrap(), 1e-6);
            assert!(x.is_sparse(), "the operand stays as it is");
        }
    });
}

#[test]
fn joined_and_picked_events() {
    both(|ctx, _| {
        let ((a, an), (b, bn)) = (spikes(ctx, "a", &[3, 10], 0.3), spikes(ctx, "b", &[3, 10], 0.3));
        let stacked = Tensor::stack(&[&a, &b], 0).unwrap();
        assert!(stacked.is_sparse());
        let both_n = Nd::from_fn(&[2, 3, 10], |p| {
            if p[0] == 0 { an.at(&p[1..]) } else { bn.at(&p[1..]) }
        });
        both_n.expect(&stacked, 0.0);
        let joined = Tensor::cat(&[&a, &b], 0).unwrap();
        assert!(joined.is_sparse());
        Nd::new(&[6, 10], both_n.data.clone()).expect(&joined, 0.0);
        let beside = Tensor::cat(&[&a, &b], 1).unwrap();
        Nd::from_fn(&[3, 20], |p| {
            if p[1] < 10 {
                an.at(p)
            } else {
                bn.at(&[p[0], p[1] - 10])
            }
        })
        .expect(&beside, 0.0);
        let picked = stacked.index_select(1, &ctx.indices(&[2, 0]).unwrap()).unwrap();
        assert!(picked.is_sparse());
        Nd::from_fn(&[2, 2, 10], |p| both_n.at(&[p[0], [2, 0][p[1]], p[2]])).expect(&picked, 0.0);
    });
}

#[test]
fn counting_needs_no_dense_form() {
    both(|ctx, _| {
        let (x, n) = spikes(ctx, "x", &[4, 50], 0.2);
        let ones = n.data.iter().sum::<f64>();
        assert_eq!(x.count_nonzero().unwrap(), ones);
        assert_eq!(x.sum(&[]).unwrap().item().unwrap(), ones);
        assert!((x.norm().unwrap() - ones.sqrt()).abs() < 1e-5);
        assert!((x.mean(&[]).unwrap().item().unwrap() - ones / 200.0).abs() < 1e-6);
        assert!(x.is_sparse());
    });
}

#[test]
fn only_binary_tensors_become_sparse() {
    both(|ctx, _| {
        let t = ctx.tensor(&[0.0, 1.0, 0.5, 0.0], &[2, 2]).unwrap();
        let same = t.sparsify().unwrap();
        assert!(!same.is_sparse());
        assert_eq!(same.to_vec().unwrap(), t.to_vec().unwrap());
        assert!(!ctx.indices(&[0, 1]).unwrap().sparsify().unwrap().is_sparse());
        assert!(!ctx.full(&[], 1.0).unwrap().sparsify().unwrap().is_sparse());
        let turned = ctx
            .tensor(&[0.0, 1.0, 1.0, 0.0, 0.0, 1.0], &[2, 3])
            .unwrap()
            .transpose(0, 1)
            .unwrap();
        let events = turned.sparsify().unwrap();
        assert!(events.is_sparse());
        assert_eq!(events.to_vec().unwrap(), [0.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
        assert!(events.sparsify().unwrap().is_sparse());
    });
}
