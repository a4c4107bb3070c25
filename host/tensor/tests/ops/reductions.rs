use crate::support::{Nd, both, positions, values};

/// The reduction of `n` over `axes` by `f` on the elements of each group.
fn reduce(n: &Nd, axes: &[usize], f: impl Fn(&[f64]) -> f64) -> Nd {
    let kept: Vec<usize> = (0..n.dims.len()).filter(|k| !axes.contains(k)).collect();
    let dims: Vec<usize> = kept.iter().map(|k| n.dims[*k]).collect();
    let inner: Vec<usize> = axes.iter().map(|k| n.dims[*k]).collect();
    Nd::from_fn(&dims, |p| {
        let group: Vec<f64> = positions(&inner)
            .iter()
            .map(|q| {
                let mut full = vec![0; n.dims.len()];
                kept.iter().zip(p).for_each(|(k, i)| full[*k] = *i);
                axes.iter().zip(q).for_each(|(k, i)| full[*k] = *i);
                n.at(&full)
            })
            .collect();
        f(&group)
    })
}

#[test]
fn sums_and_means_over_any_axes() {
    let sets: [&[usize]; 8] = [
        &[0],
        &[1],
        &[3],
        &[0, 1],
        &[1, 3],
        &[0, 2],
        &[0, 1, 2, 3],
        &[1, 2, 3],
    ];
    both(|ctx, tolerance| {
        let (t, n) = values(ctx, "x", &[3, 2, 4, 5]);
        let turned = t.transpose(0, 3).unwrap();
        let turned_n = Nd::from_fn(&[5, 2, 4, 3], |p| n.at(&[p[3], p[1], p[2], p[0]]));
        for (t, n) in [(&t, &n), (&turned, &turned_n)] {
            for axes in sets {
                let named: Vec<i64> = axes.iter().map(|a| *a as i64).collect();
                reduce(n, axes, |g| g.iter().sum()).expect(&t.sum(&named).unwrap(), tolerance);
                reduce(n, axes, |g| g.iter().sum::<f64>() / g.len() as f64)
                    .expect(&t.mean(&named).unwrap(), tolerance);
            }
        }
        reduce(&n, &[0, 1, 2, 3], |g| g.iter().sum()).expect(&t.sum(&[]).unwrap(), tolerance);
        reduce(&n, &[3], |g| g.iter().sum()).expect(&t.sum(&[-1]).unwrap(), tolerance);
    });
}

#[test]
fn long_sums_stay_accurate() {
    both(|ctx, tolerance| {
        let t = ctx.full(&[3_000_000], 0.1).unwrap();
        let want = t.narrow(0, 0, 1).unwrap().item().unwrap() * 3e6;
        Nd::new(&[], vec![want]).expect(&t.sum(&[]).unwrap(), tolerance);
    });
}

#[test]
fn extremes_and_their_positions() {
    both(|ctx, tolerance| {
        let (t, mut n) = values(ctx, "x", &[3, 4, 2]);
        // A tie: the first position counts.
        n.data[3] = 1.5;
        n.data[5] = 1.5;
        let t = {
            let _ = t;
            n.tensor(ctx)
        };
        for axis in 0..3 {
            let i = axis as i64;
            reduce(&n, &[axis], |g| g.iter().copied().fold(f64::MIN, f64::max))
                .expect(&t.max(i).unwrap(), tolerance);
            reduce(&n, &[axis], |g| g.iter().copied().fold(f64::MAX, f64::min))
                .expect(&t.min(i).unwrap(), tolerance);
            let first = |g: &[f64]| {
                let top = g.iter().copied().fold(f64::MIN, f64::max);
                g.iter().position(|v| *v == top).unwrap() as f64
            };
            reduce(&n, &[axis], first).expect(&t.argmax(i).unwrap(), 0.0);
        }
        assert_eq!(t.argmax(-1).unwrap().dtype(), neurotrain_plugin_api::DType::I64);
    });
}

#[test]
fn softmax_along_any_axis() {
    both(|ctx, tolerance| {
        let (t, n) = values(ctx, "x", &[3, 4, 2]);
        for axis in 0..3 {
            let sums = reduce(&n, &[axis], |g| g.iter().map(|v| v.exp()).sum());
            let sum = |p: &[usize]| {
                let mut p = p.to_vec();
                p.remove(axis);
                sums.at(&p)
            };
            let want = Nd::from_fn(&n.dims, |p| n.at(p).exp() / sum(p));
            want.expect(&t.softmax(axis as i64).unwrap(), tolerance);
            want.map(f64::ln)
                .expect(&t.log_softmax(axis as i64).unwrap(), tolerance);
        }
        let far = ctx.tensor(&[1e4, 0.0], &[2]).unwrap();
        assert_eq!(far.softmax(0).unwrap().to_vec().unwrap(), [1.0, 0.0]);
    });
}

#[test]
fn counts_and_norms() {
    both(|ctx, tolerance| {
        let t = ctx.tensor(&[0.0, 3.0, -4.0, 0.0, -0.0, 1e-30], &[2, 3]).unwrap();
        assert_eq!(t.count_nonzero().unwrap(), 3.0);
        assert!((t.norm().unwrap() - 5.0).abs() < tolerance);
        assert_eq!(t.transpose(0, 1).unwrap().count_nonzero().unwrap(), 3.0);
        assert_eq!(ctx.indices(&[0, 2, 0]).unwrap().count_nonzero().unwrap(), 1.0);
        assert_eq!(
            ctx.zeros(&[0, 3]).unwrap().sum(&[0]).unwrap().to_vec().unwrap(),
            [0.0; 3]
        );
        assert_eq!(
            ctx.indices(&[1, 2, 4])
                .unwrap()
                .sum(&[])
                .unwrap()
                .to_ints()
                .unwrap(),
            [7]
        );
    });
}
