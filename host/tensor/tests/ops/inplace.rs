use crate::support::{Nd, both, spikes, values};

#[test]
fn traces_and_scaled_sums() {
    both(|ctx, tolerance| {
        for dims in [&[3_usize, 5][..], &[200, 1000]] {
            let ((t, n), (x, xn)) = (values(ctx, "t", dims), values(ctx, "x", dims));
            t.trace(0.9, &x).unwrap();
            let want = Nd::from_fn(dims, |p| 0.9 * n.at(p) + xn.at(p));
            want.expect(&t, tolerance);
            t.add_scaled(-0.5, &x).unwrap();
            let want = Nd::from_fn(dims, |p| want.at(p) - 0.5 * xn.at(p));
            want.expect(&t, tolerance);
            let (s, sn) = spikes(ctx, "s", dims, 0.1);
            t.trace(0.7, &s).unwrap();
            let want = Nd::from_fn(dims, |p| 0.7 * want.at(p) + sn.at(p));
            want.expect(&t, tolerance);
            t.add_scaled(2.0, &s).unwrap();
            Nd::from_fn(dims, |p| want.at(p) + 2.0 * sn.at(p)).expect(&t, tolerance);
        }
    });
}

#[test]
fn smaller_operands_broadcast_into_the_receiver() {
    both(|ctx, tolerance| {
        let ((t, n), (x, xn)) = (values(ctx, "t", &[2, 3, 4]), values(ctx, "x", &[3, 1]));
        t.trace(0.5, &x).unwrap();
        Nd::from_fn(&[2, 3, 4], |p| 0.5 * n.at(p) + xn.at(p)).expect(&t, tolerance);
    });
}

#[test]
fn a_tensor_may_be_added_to_itself() {
    both(|ctx, tolerance| {
        let (t, n) = values(ctx, "t", &[3, 4]);
        t.add_scaled(0.5, &t).unwrap();
        n.map(|v| 1.5 * v).expect(&t, tolerance);
        let first = t.select(0, 0).unwrap();
        t.trace(2.0, &first).unwrap();
        Nd::from_fn(&[3, 4], |p| 3.0 * n.at(p) + 1.5 * n.at(&[0, p[1]])).expect(&t, tolerance);
        t.assign(&t).unwrap();
    });
}

#[test]
fn strided_receivers_are_changed_too() {
    both(|ctx, tolerance| {
        let ((t, n), (x, xn)) = (values(ctx, "t", &[3, 4]), values(ctx, "x", &[4, 3]));
        let turned = t.transpose(0, 1).unwrap();
        turned.add_scaled(1.0, &x).unwrap();
        Nd::from_fn(&[4, 3], |p| n.at(&[p[1], p[0]]) + xn.at(p)).expect(&turned, tolerance);
        n.expect(&t, 0.0);
        let wide = ctx.full(&[1, 3], 1.0).unwrap().broadcast_to(&[2, 3]).unwrap();
        wide.add_scaled(
            1.0,
            &ctx.tensor(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3]).unwrap(),
        )
        .unwrap();
        assert_eq!(wide.to_vec().unwrap(), [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    });
}

#[test]
fn assignment_takes_every_form() {
    both(|ctx, _| {
        let (s, sn) = spikes(ctx, "s", &[4, 9], 0.2);
        let t = ctx.full(&[4, 9], 3.0).unwrap();
        let alias = t.clone();
        t.assign(&s).unwrap();
        assert!(t.is_sparse());
        sn.expect(&alias, 0.0);
        t.add_scaled(1.0, &s).unwrap();
        assert!(!t.is_sparse());
        sn.map(|v| 2.0 * v).expect(&alias, 0.0);
        sn.expect(&s, 0.0);
    });
}
