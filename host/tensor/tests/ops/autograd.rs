use crate::support::{Nd, both, code, ctx, ctx_of, session, values};
use neurotrain_plugin_api::{Ctx, Result, Tensor};
use neurotrain_tensor::RealType;

/// The gradients of `f` at `inputs` against central differences, in double precision.
fn check(name: &str, ctx: &Ctx, inputs: &[(Tensor, Nd)], f: impl Fn(&Ctx, &[&Tensor]) -> Result<Tensor>) {
    let variables: Vec<Tensor> = inputs.iter().map(|(t, _)| t.variable().unwrap()).collect();
    let refs: Vec<&Tensor> = variables.iter().collect();
    let loss = f(ctx, &refs).unwrap_or_else(|e| panic!("{name}: {e}"));
    let gradients = loss.backward(&refs).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(gradients.len(), inputs.len());
    for (k, gradient) in gradients.iter().enumerate() {
        let want = Nd::new(
            &inputs[k].1.dims,
            (0..inputs[k].1.data.len())
                .map(|element| {
                    let value = |shift: f64| {
                        let moved: Vec<Tensor> = inputs
                            .iter()
                            .enumerate()
                            .map(|(j, (t, n))| {
                                if j != k {
                                    return t.clone();
                                }
                                let mut n = n.clone();
                                n.data[element] += shift;
                                n.tensor(ctx)
                            })
                            .collect();
                        f(ctx, &moved.iter().collect::<Vec<_>>()).unwrap().item().unwrap()
                    };
                    (value(1e-5) - value(-1e-5)) / 2e-5
                })
                .collect(),
        );
        want.expect(gradient, 1e-7);
    }
}

#[test]
fn gradients_agree_with_differences() {
    let ctx = ctx(RealType::F64);
    let x = values(&ctx, "x", &[3, 4]);
    let w = values(&ctx, "w", &[5, 4]);
    let b = values(&ctx, "b", &[5]);
    type Case = (&'static str, fn(&Ctx, &[&Tensor]) -> Result<Tensor>);
    let cases: [Case; 10] = [
        ("layer", |_, v| {
            v[0].matmul_transposed(v[1])?
                .add(v[2])?
                .tanh()?
                .powf(2.0)?
                .mean(&[])
        }),
        ("turned", |_, v| {
            v[1].transposed_matmul(&v[2].reshape(&[5, 1])?)?.exp()?.sum(&[])
        }),
        ("scalars", |_, v| {
            v[0].affine(2.0, 1.0)?
                .sigmoid()?
                .neg()?
                .abs()?
                .sqrt()?
                .log()?
                .sum(&[])
        }),
        ("shapes", |_, v| {
            let a = v[0].transpose(0, 1)?.narrow(0, 1, 2)?.reshape(&[6])?;
            let b = v[1].select(0, 2)?.broadcast_to(&[3, 4])?;
            Tensor::cat(&[&a, &b.reshape(&[12])?], 0)?
                .mul(&Tensor::cat(&[&b.reshape(&[12])?, &a], 0)?)?
                .sum(&[])
        }),
        ("reductions", |_, v| {
            v[0].max(1)?.mul(&v[0].sum(&[1])?)?.add(&v[0].min(1)?)?.sum(&[])
        }),
        ("softmax", |ctx, v| {
            let weights = ctx.tensor(&[1.0, -2.0, 3.0, 0.5], &[4])?;
            v[0].softmax(1)?
                .add(&v[0].log_softmax(1)?)?
                .mul(&weights)?
                .sum(&[])
        }),
        ("choice", |_, v| {
            v[0].relu()?
                .select_where(&v[0].powf(3.0)?, &v[0].affine(3.0, 0.0)?)?
                .clamp(-1.0, 1.0)?
                .sum(&[])
        }),
        ("division", |_, v| {
            v[0].div(&v[1].powf(2.0)?.narrow(0, 0, 3)?.affine(1.0, 1.0)?)?
                .norm_squared()
        }),
        ("fused", |ctx, v| {
            let labels = ctx.indices(&[1, 0, 3])?;
            let e = v[0].minus_one_hot(&labels, 0.5)?.add_product(2.0, v[0], v[0])?;
            let s = v[0].scan_decay(0.7)?.mul(&v[0].scan_gain_reverse(v[0])?)?;
            e.add(&s)?
                .softmax_minus_one_hot(&labels, 2.0)?
                .powf(2.0)?
                .sum(&[])
        }),
        ("rows", |ctx, v| {
            let index = ctx.indices(&[4, 0, 4])?;
            let rows = v[1].index_select(0, &index)?.mul(v[0])?;
            v[1].index_add(0, &index, &rows)?.powf(2.0)?.sum(&[])
        }),
    ];
    for (name, f) in cases {
        check(name, &ctx, &[x.clone(), w.clone(), b.clone()], f);
    }
}

trait NormSquared {
    fn norm_squared(&self) -> Result<Tensor>;
}

impl NormSquared for Tensor {
    fn norm_squared(&self) -> Result<Tensor> {
        self.mul(self)?.sum(&[])
    }
}

#[test]
fn what_is_out_of_reach_has_no_gradient() {
    both(|ctx, _| {
        let (x, _) = values(ctx, "x", &[3]);
        let (a, b) = (x.variable().unwrap(), x.variable().unwrap());
        let loss = a.mul(&b.detach().unwrap()).unwrap().sum(&[]).unwrap();
        let gradients = loss.backward(&[&a, &b]).unwrap();
        assert_eq!(gradients[0].to_vec().unwrap(), x.to_vec().unwrap());
        assert_eq!(gradients[1].to_vec().unwrap(), [0.0; 3]);
        // A step function, and a constant.
        let step = a.gt_scalar(0.0).unwrap().sum(&[]).unwrap();
        assert_eq!(step.backward(&[&a]).unwrap()[0].to_vec().unwrap(), [0.0; 3]);
        assert_eq!(
            x.sum(&[]).unwrap().backward(&[&a]).unwrap()[0].to_vec().unwrap(),
            [0.0; 3]
        );
        assert_eq!(code(loss.backward(&[&x])).0, "bad-args");
        assert_eq!(code(a.backward(&[&a])).0, "shape-mismatch");
        assert_eq!(code(ctx.indices(&[1]).unwrap().variable()).0, "dtype");
    });
}

#[test]
fn a_variable_is_a_copy_and_stays_one_when_changed() {
    both(|ctx, tolerance| {
        let (x, n) = values(ctx, "x", &[3]);
        let w = x.variable().unwrap();
        for _ in 0..3 {
            let loss = w.mul(&w).unwrap().sum(&[]).unwrap();
            let gradient = loss.backward(&[&w]).unwrap().pop().unwrap();
            w.add_scaled(-0.25, &gradient).unwrap();
        }
        n.map(|v| v / 8.0).expect(&w, tolerance);
        n.expect(&x, 0.0);
        w.assign(&x).unwrap();
        let loss = w.sum(&[]).unwrap();
        assert_eq!(loss.backward(&[&w]).unwrap()[0].to_vec().unwrap(), [1.0; 3]);
    });
}

#[test]
fn a_later_change_does_not_reach_into_a_history() {
    both(|ctx, _| {
        let w = ctx.full(&[2], 3.0).unwrap().variable().unwrap();
        let x = ctx.full(&[2], 5.0).unwrap();
        let loss = w.mul(&x).unwrap().mul(&w).unwrap().sum(&[]).unwrap();
        x.add_scaled(1.0, &ctx.full(&[2], 7.0).unwrap()).unwrap();
        assert_eq!(loss.backward(&[&w]).unwrap()[0].to_vec().unwrap(), [30.0; 2]);
    });
}

#[test]
fn what_a_history_holds_stays_counted() {
    let session = session(RealType::F32, 1);
    let ctx = ctx_of(&session);
    let w = ctx.full(&[1000], 3.0).unwrap().variable().unwrap();
    let start = session.meter().live_training_bytes();
    let loss = w.exp().unwrap().tanh().unwrap().sum(&[]).unwrap();
    assert!(session.meter().live_training_bytes() >= start + 8000);
    drop(loss);
    assert_eq!(session.meter().live_training_bytes(), start);
}

#[test]
fn a_history_may_be_deeper_than_the_stack() {
    let run = || {
        let session = session(RealType::F64, 1);
        let ctx = ctx_of(&session);
        let w = ctx.full(&[2], 1.0).unwrap().variable().unwrap();
        let mut x = w.clone();
        for _ in 0..20_000 {
            x = x.affine(1.0, 1.0).unwrap();
        }
        let loss = x.sum(&[]).unwrap();
        drop(x);
        assert_eq!(loss.backward(&[&w]).unwrap()[0].to_vec().unwrap(), [1.0; 2]);
        drop((loss, w));
        assert_eq!(session.meter().live_training_bytes(), 0);
    };
    std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn detached_values_let_go_of_their_history() {
    let session = session(RealType::F64, 1);
    let ctx = ctx_of(&session);
    let w = ctx.full(&[100], 0.5).unwrap().variable().unwrap();
    let mut state = ctx.full(&[100], 1.0).unwrap();
    let kept = ctx.zeros(&[100]).unwrap();
    let start = session.meter().live_training_bytes();
    for _ in 0..20 {
        let next = state.mul(&w).unwrap().tanh().unwrap();
        state = next.detach().unwrap();
        kept.assign(&next).unwrap();
    }
    assert_eq!(kept.to_vec().unwrap(), state.to_vec().unwrap());
    assert_eq!(session.meter().live_training_bytes(), start - 800);
}

#[test]
fn a_variable_that_events_are_assigned_to_stays_one() {
    both(|ctx, _| {
        let w = ctx.full(&[2, 2], 3.0).unwrap().variable().unwrap();
        let events = ctx
            .tensor(&[1.0, 0.0, 0.0, 1.0], &[2, 2])
            .unwrap()
            .sparsify()
            .unwrap();
        w.assign(&events).unwrap();
        let loss = w.mul(&w).unwrap().sum(&[]).unwrap();
        assert_eq!(
            loss.backward(&[&w]).unwrap()[0].to_vec().unwrap(),
            [2.0, 0.0, 0.0, 2.0]
        );
    });
}
