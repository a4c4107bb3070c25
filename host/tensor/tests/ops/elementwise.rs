use crate::support::{Nd, both, broadcast, ctx, values};
use neurotrain_plugin_api::{Ctx, Result, Tensor};
use neurotrain_tensor::RealType;
use proptest::prelude::*;

type Two = (
    &'static str,
    fn(&Tensor, &Tensor) -> Result<Tensor>,
    fn(f64, f64) -> f64,
);

fn truth(test: bool) -> f64 {
    f64::from(u8::from(test))
}

const BINARY: [Two; 9] = [
    ("add", Tensor::add, |x, y| x + y),
    ("sub", Tensor::sub, |x, y| x - y),
    ("mul", Tensor::mul, |x, y| x * y),
    ("div", Tensor::div, |x, y| x / y),
    ("maximum", Tensor::maximum, f64::max),
    ("minimum", Tensor::minimum, f64::min),
    ("gt", Tensor::gt, |x, y| truth(x > y)),
    ("ge", Tensor::ge, |x, y| truth(x >= y)),
    ("eq", Tensor::eq, |x, y| truth(x == y)),
];

fn check_binary(ctx: &Ctx, tolerance: f64, a: (&Tensor, &Nd), b: (&Tensor, &Nd)) {
    let _ = ctx;
    let dims = broadcast(&a.1.dims, &b.1.dims);
    for (name, op, f) in BINARY {
        let made = op(a.0, b.0).unwrap_or_else(|e| panic!("{name}: {e}"));
        Nd::from_fn(&dims, |p| f(a.1.at(p), b.1.at(p))).expect(&made, tolerance);
    }
}

#[test]
fn binary_operations_broadcast() {
    let shapes: [(&[usize], &[usize]); 10] = [
        (&[3, 4], &[3, 4]),
        (&[3, 4], &[4]),
        (&[3, 4], &[3, 1]),
        (&[3, 1], &[1, 4]),
        (&[2, 3, 4], &[3, 1]),
        (&[2, 1, 4], &[3, 4]),
        (&[], &[2, 3]),
        (&[1], &[5]),
        (&[], &[]),
        (&[0, 4], &[4]),
    ];
    both(|ctx, tolerance| {
        for (a, b) in shapes {
            let (a, b) = (values(ctx, "a", a), values(ctx, "b", b));
            check_binary(ctx, tolerance, (&a.0, &a.1), (&b.0, &b.1));
            check_binary(ctx, tolerance, (&b.0, &b.1), (&a.0, &a.1));
        }
    });
}

#[test]
fn large_operands_are_split_without_a_trace() {
    both(|ctx, tolerance| {
        let a = values(ctx, "a", &[300, 70, 10]);
        for b in [&[300, 70, 10][..], &[70, 10], &[300, 1, 1], &[]] {
            let b = values(ctx, "b", b);
            check_binary(ctx, tolerance, (&a.0, &a.1), (&b.0, &b.1));
        }
        Nd::map(&a.1, |x| x.tanh()).expect(&a.0.tanh().unwrap(), tolerance);
    });
}

#[test]
fn views_are_read_through_their_strides() {
    both(|ctx, tolerance| {
        let (t, n) = values(ctx, "a", &[4, 3, 5]);
        let turned = t.transpose(0, 2).unwrap();
        let turned_n = Nd::from_fn(&[5, 3, 4], |p| n.at(&[p[2], p[1], p[0]]));
        let part = turned.narrow(1, 1, 2).unwrap();
        let part_n = Nd::from_fn(&[5, 2, 4], |p| turned_n.at(&[p[0], p[1] + 1, p[2]]));
        let b = values(ctx, "b", &[5, 1, 4]);
        check_binary(ctx, tolerance, (&part, &part_n), (&b.0, &b.1));
        part_n.map(f64::exp).expect(&part.exp().unwrap(), tolerance);
    });
}

#[test]
fn unary_operations() {
    type One = (&'static str, fn(&Tensor) -> Result<Tensor>, fn(f64) -> f64);
    let all: [One; 15] = [
        ("affine", |t| t.affine(3.0, -0.5), |x| 3.0 * x - 0.5),
        ("neg", Tensor::neg, |x| -x),
        ("exp", Tensor::exp, f64::exp),
        ("log", Tensor::log, f64::ln),
        ("sqrt", Tensor::sqrt, f64::sqrt),
        ("abs", Tensor::abs, f64::abs),
        ("relu", Tensor::relu, |x| x.max(0.0)),
        ("sigmoid", Tensor::sigmoid, |x| 1.0 / (1.0 + (-x).exp())),
        ("tanh", Tensor::tanh, f64::tanh),
        ("sign", Tensor::sign, |x| if x == 0.0 { 0.0 } else { x.signum() }),
        ("clamp", |t| t.clamp(-0.5, 0.75), |x| x.clamp(-0.5, 0.75)),
        ("powf", |t| t.powf(3.0), |x| x.powf(3.0)),
        ("floor", Tensor::floor, f64::floor),
        ("gt_scalar", |t| t.gt_scalar(0.5), |x| truth(x > 0.5)),
        ("ge_scalar", |t| t.ge_scalar(0.5), |x| truth(x >= 0.5)),
    ];
    both(|ctx, tolerance| {
        let (_, mut n) = values(ctx, "x", &[3, 7]);
        n.data[0] = 0.0;
        n.data[1] = 0.5;
        n.data[2] = -0.5;
        let t = n.tensor(ctx);
        let n = Nd::of(&t);
        for (name, op, f) in all {
            let made = op(&t).unwrap_or_else(|e| panic!("{name}: {e}"));
            n.map(f).expect(&made, tolerance);
        }
    });
}

#[test]
fn not_a_number_is_never_hidden() {
    both(|ctx, _| {
        let t = ctx.tensor(&[f64::NAN, 1.0], &[2]).unwrap();
        let one = ctx.full(&[], 1.0).unwrap();
        for made in [
            t.relu(),
            t.clamp(0.0, 1.0),
            t.maximum(&one),
            one.maximum(&t),
            t.minimum(&one),
            one.minimum(&t),
            t.max(0),
            t.min(0),
            t.sum(&[]),
        ] {
            assert!(made.unwrap().to_vec().unwrap()[0].is_nan());
        }
        let odd = ctx
            .tensor(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 4.0], &[4])
            .unwrap();
        assert_eq!(
            odd.nan_to_num(1.0, 2.0, 3.0).unwrap().to_vec().unwrap(),
            [1.0, 2.0, 3.0, 4.0]
        );
    });
}

#[test]
fn choice_and_product_broadcast() {
    both(|ctx, tolerance| {
        let (c, cn) = values(ctx, "c", &[3, 1]);
        let (c, cn) = (c.relu().unwrap(), cn.map(|x| x.max(0.0)));
        let (a, an) = values(ctx, "a", &[2, 3, 4]);
        let (b, bn) = values(ctx, "b", &[4]);
        let want = Nd::from_fn(&[2, 3, 4], |p| if cn.at(p) != 0.0 { an.at(p) } else { bn.at(p) });
        want.expect(&c.select_where(&a, &b).unwrap(), tolerance);
        let want = Nd::from_fn(&[2, 3, 4], |p| an.at(p) + 0.3 * bn.at(p) * cn.at(p));
        want.expect(&a.add_product(0.3, &b, &c).unwrap(), tolerance);
    });
}

#[test]
fn whole_numbers() {
    let ctx = ctx(RealType::F32);
    let a = ctx.indices(&[7, -7, 3, 0]).unwrap();
    let b = ctx.indices(&[2, 2, -5, 1]).unwrap();
    assert_eq!(a.add(&b).unwrap().to_ints().unwrap(), [9, -5, -2, 1]);
    assert_eq!(a.div(&b).unwrap().to_ints().unwrap(), [3, -3, 0, 0]);
    assert_eq!(a.maximum(&b).unwrap().to_ints().unwrap(), [7, 2, 3, 1]);
    assert_eq!(a.neg().unwrap().to_ints().unwrap(), [-7, 7, -3, 0]);
    assert_eq!(a.sign().unwrap().to_ints().unwrap(), [1, -1, 1, 0]);
    assert_eq!(
        a.eq(&ctx.indices(&[3]).unwrap()).unwrap().to_ints().unwrap(),
        [0, 0, 1, 0]
    );
}

fn shape_pair() -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
    (
        prop::collection::vec(1_usize..5, 0..5),
        prop::collection::vec(any::<(bool, bool)>(), 4),
        0_usize..5,
    )
        .prop_map(|(full, ones, cut)| {
            let with = |pick: fn(&(bool, bool)) -> bool| {
                full.iter()
                    .zip(&ones)
                    .map(|(d, o)| if pick(o) { 1 } else { *d })
                    .collect::<Vec<_>>()
            };
            let (a, b) = (with(|o| o.0 && !o.1), with(|o| o.1));
            let cut = cut.min(b.len());
            (a, b[cut..].to_vec())
        })
}

proptest! {
    #[test]
    fn any_two_shapes_that_fit((a, b) in shape_pair(), seed in 0_u64..1000) {
        both(|ctx, tolerance| {
            let a = values(ctx, &format!("a{seed}"), &a);
            let b = values(ctx, &format!("b{seed}"), &b);
            check_binary(ctx, tolerance, (&a.0, &a.1), (&b.0, &b.1));
        });
    }
}
