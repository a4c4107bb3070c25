use crate::support::{Nd, both, values};

const LABELS: [i64; 3] = [2, 0, 3];

fn one_hot(dims: &[usize]) -> Nd {
    let rank = dims.len();
    Nd::from_fn(dims, |p| {
        f64::from(u8::from(LABELS[p[rank - 2]] == p[rank - 1] as i64))
    })
}

fn softmax(n: &Nd) -> Nd {
    let classes = *n.dims.last().unwrap();
    let rows = n.data.chunks(classes).flat_map(|row| {
        let sum: f64 = row.iter().map(|v| v.exp()).sum();
        row.iter().map(move |v| v.exp() / sum)
    });
    Nd::new(&n.dims, rows.collect())
}

#[test]
fn errors_against_labels() {
    both(|ctx, tolerance| {
        let labels = ctx.indices(&LABELS).unwrap();
        for dims in [&[3_usize, 4][..], &[5, 3, 4]] {
            let (t, n) = values(ctx, "scores", dims);
            let code = one_hot(dims);
            let want = Nd::from_fn(dims, |p| 0.7 * (n.at(p) - code.at(p)));
            want.expect(&t.minus_one_hot(&labels, 0.7).unwrap(), tolerance);
            let soft = softmax(&n);
            let want = Nd::from_fn(dims, |p| -2.0 * (soft.at(p) - code.at(p)));
            want.expect(&t.softmax_minus_one_hot(&labels, -2.0).unwrap(), tolerance);
            let rows = n.data.len() / 4;
            let loss: f64 = soft
                .data
                .iter()
                .zip(&code.data)
                .map(|(s, c)| -c * s.ln())
                .sum::<f64>()
                / rows as f64;
            assert!((t.cross_entropy(&labels).unwrap() - loss).abs() < tolerance);
        }
        let (table, n) = values(ctx, "table", &[4, 6]);
        let want = Nd::from_fn(&[3, 6], |p| 1.5 * n.at(&[LABELS[p[0]] as usize, p[1]]));
        want.expect(&table.gather_rows(&labels, 1.5).unwrap(), tolerance);
    });
}

#[test]
fn the_loss_of_certain_scores_is_finite() {
    both(|ctx, _| {
        let scores = ctx.tensor(&[1e4, 0.0, 0.0, 1e4], &[2, 2]).unwrap();
        assert_eq!(scores.cross_entropy(&ctx.indices(&[0, 1]).unwrap()).unwrap(), 0.0);
        assert_eq!(scores.cross_entropy(&ctx.indices(&[1, 1]).unwrap()).unwrap(), 5e3);
    });
}
