use crate::support::{Nd, both, broadcast, spikes, values};
use neurotrain_plugin_api::{Ctx, Tensor};

fn product(a: &Nd, b: &Nd) -> Nd {
    let (ra, rb) = (a.dims.len(), b.dims.len());
    let inner = a.dims[ra - 1];
    let mut dims = broadcast(&a.dims[..ra - 2], &b.dims[..rb - 2]);
    dims.extend([a.dims[ra - 2], b.dims[rb - 1]]);
    Nd::from_fn(&dims, |p| {
        let (lead, [i, j]) = p.split_at(p.len() - 2) else {
            unreachable!()
        };
        let at = |n: &Nd, row: usize, col: usize| {
            let mut q = lead[lead.len() - (n.dims.len() - 2)..].to_vec();
            q.extend([row, col]);
            n.at(&q)
        };
        (0..inner).map(|k| at(a, *i, k) * at(b, k, *j)).sum()
    })
}

fn turned(n: &Nd) -> Nd {
    let mut dims = n.dims.clone();
    let rank = dims.len();
    dims.swap(rank - 1, rank - 2);
    Nd::from_fn(&dims, |p| {
        let mut p = p.to_vec();
        p.swap(rank - 1, rank - 2);
        n.at(&p)
    })
}

#[test]
fn matrix_products() {
    let shapes: [(&[usize], &[usize]); 8] = [
        (&[3, 4], &[4, 5]),
        (&[1, 7], &[7, 1]),
        (&[2, 3, 4], &[4, 5]),
        (&[2, 2, 3, 4], &[4, 5]),
        (&[2, 3, 4], &[2, 4, 5]),
        (&[2, 1, 3, 4], &[6, 4, 5]),
        (&[3, 4], &[2, 4, 5]),
        (&[3, 0], &[0, 5]),
    ];
    both(|ctx, tolerance| {
        for (a, b) in shapes {
            let ((a, an), (b, bn)) = (values(ctx, "a", a), values(ctx, "b", b));
            let want = product(&an, &bn);
            want.expect(&a.matmul(&b).unwrap(), tolerance);
            let (at, bt) = (turned(&an).tensor(ctx), turned(&bn).tensor(ctx));
            want.expect(&a.matmul_transposed(&bt).unwrap(), tolerance);
            want.expect(&at.transposed_matmul(&b).unwrap(), tolerance);
            want.expect(
                &at.transpose(-1, -2)
                    .unwrap()
                    .matmul(&bt.transpose(-1, -2).unwrap())
                    .unwrap(),
                tolerance,
            );
        }
    });
}

#[test]
fn products_of_cut_out_operands() {
    both(|ctx, tolerance| {
        let (t, n) = values(ctx, "x", &[6, 2, 8]);
        let a = t.narrow(2, 1, 4).unwrap().select(1, 1).unwrap();
        let an = Nd::from_fn(&[6, 4], |p| n.at(&[p[0], 1, p[1] + 1]));
        product(&an, &turned(&an)).expect(&a.matmul_transposed(&a).unwrap(), tolerance);
        let b = t.narrow(1, 0, 1).unwrap();
        let bn = Nd::from_fn(&[6, 1, 8], |p| n.at(&[p[0], 0, p[2]]));
        let (w, wn) = values(ctx, "w", &[8, 3]);
        product(&bn, &wn).expect(&b.matmul(&w).unwrap(), tolerance);
    });
}

#[test]
fn events_give_the_same_product() {
    both(|ctx, tolerance| {
        for (rows, density) in [(1, 0.1), (40, 0.05), (40, 0.9), (3, 0.0), (64, 1.0)] {
            let (x, xn) = spikes(ctx, &format!("x{rows}{density}"), &[2, rows, 30], density);
            let flat = Nd::new(&[2 * rows, 30], xn.data.clone());
            let (w, wn) = values(ctx, "w", &[30, 17]);
            let mut want = product(&flat, &wn);
            want.dims = vec![2, rows, 17];
            want.expect(&x.matmul(&w).unwrap(), tolerance);
            want.expect(&x.matmul_transposed(&turned(&wn).tensor(ctx)).unwrap(), tolerance);
        }
    });
}

fn outer(post: &Nd, pre: &Nd) -> Nd {
    let (n, i) = (*post.dims.last().unwrap(), *pre.dims.last().unwrap());
    let rows = post.data.len() / n;
    Nd::from_fn(&[n, i], |p| {
        (0..rows)
            .map(|r| post.data[r * n + p[0]] * pre.data[r * i + p[1]])
            .sum()
    })
}

#[test]
fn outer_sums_in_every_form() {
    type Made = fn(&Ctx, &str, &[usize]) -> (Tensor, Nd);
    let forms: [Made; 3] = [
        values,
        |ctx, p, d| spikes(ctx, p, d, 0.08),
        |ctx, p, d| spikes(ctx, &format!("{p}-dense"), d, 0.7),
    ];
    both(|ctx, tolerance| {
        for post in forms {
            for pre in forms {
                for lead in [&[5_usize][..], &[4, 33], &[]] {
                    let (post, post_n) = post(ctx, "post", &[lead, &[19]].concat());
                    let (pre, pre_n) = pre(ctx, "pre", &[lead, &[23]].concat());
                    outer(&post_n, &pre_n).expect(&post.outer_sum(&pre).unwrap(), tolerance);
                }
            }
        }
    });
}
