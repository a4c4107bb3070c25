use crate::support::{ctx, ctx_of, session};
use neurotrain_plugin_api::rng::Stream;
use neurotrain_tensor::RealType;

#[test]
fn numbers_depend_on_seed_purpose_and_index_alone() {
    for dtype in [RealType::F32, RealType::F64] {
        let draw = |seed, purpose: &str, index| {
            let ctx = ctx_of(&session(dtype, seed));
            ctx.uniform("something else", 9, &[13], 0.0, 1.0).unwrap();
            let all = [
                ctx.uniform(purpose, index, &[40], -1.0, 1.0).unwrap(),
                ctx.normal(purpose, index, &[40], 0.0, 1.0).unwrap(),
                ctx.bernoulli(purpose, index, &ctx.full(&[40], 0.5).unwrap())
                    .unwrap(),
                ctx.permutation(purpose, index, 40).unwrap(),
            ];
            all.map(|t| t.to_vec().unwrap())
        };
        let first = draw(5, "weights", 2);
        assert_eq!(first, draw(5, "weights", 2));
        for other in [
            draw(6, "weights", 2),
            draw(5, "feedback", 2),
            draw(5, "weights", 3),
        ] {
            assert!(first.iter().zip(&other).all(|(a, b)| a != b));
        }
    }
}

#[test]
fn numbers_are_those_of_the_generator() {
    let ctx = ctx(RealType::F64);
    let mut stream = Stream::new(1, "w", 7);
    let want: Vec<f64> = (0..6).map(|_| 2.0 + 3.0 * stream.uniform()).collect();
    assert_eq!(
        ctx.uniform("w", 7, &[2, 3], 2.0, 5.0).unwrap().to_vec().unwrap(),
        want
    );
    let mut stream = Stream::new(1, "w", 7);
    let want: Vec<f64> = (0..6).map(|_| 2.0 + 3.0 * stream.normal()).collect();
    assert_eq!(
        ctx.normal("w", 7, &[6], 2.0, 3.0).unwrap().to_vec().unwrap(),
        want
    );
    let mut stream = Stream::new(1, "w", 7);
    let chances = [0.0, 0.25, 0.5, 1.0];
    let want: Vec<f64> = chances
        .iter()
        .map(|p| f64::from(u8::from(stream.uniform() < *p)))
        .collect();
    let drawn = ctx
        .bernoulli("w", 7, &ctx.tensor(&chances, &[4]).unwrap())
        .unwrap();
    assert_eq!(drawn.to_vec().unwrap(), want);
    assert_eq!((want[0], want[3]), (0.0, 1.0));
    let order = Stream::new(1, "w", 7).permutation(50);
    let want: Vec<i64> = order.into_iter().map(|i| i as i64).collect();
    assert_eq!(ctx.permutation("w", 7, 50).unwrap().to_ints().unwrap(), want);
}

#[test]
fn both_types_draw_the_same_numbers() {
    let draw = |dtype| {
        ctx(dtype)
            .normal("w", 0, &[500], 0.0, 1.0)
            .unwrap()
            .to_vec()
            .unwrap()
    };
    for (single, double) in draw(RealType::F32).iter().zip(draw(RealType::F64)) {
        assert_eq!(*single, f64::from(double as f32));
    }
}

#[test]
fn the_upper_end_is_excluded_in_single_precision() {
    let ctx = ctx(RealType::F32);
    // A range of which single precision has two values only.
    let low = 1.0;
    let high = f64::from(1.0_f32.next_up());
    let all = ctx.uniform("w", 0, &[2000], low, high).unwrap().to_vec().unwrap();
    assert!(all.iter().all(|v| *v == low));
}

#[test]
fn creation() {
    let ctx = ctx(RealType::F32);
    assert_eq!(ctx.full(&[2, 2], 1.5).unwrap().to_vec().unwrap(), [1.5; 4]);
    assert_eq!(&ctx.full(&[], 1.5).unwrap().shape()[..], [0_usize; 0]);
    assert_eq!(
        ctx.tensor(&[1.0, 2.0], &[2, 1]).unwrap().to_vec().unwrap(),
        [1.0, 2.0]
    );
    assert_eq!(ctx.indices(&[3, -4]).unwrap().to_ints().unwrap(), [3, -4]);
    assert_eq!(crate::support::code(ctx.tensor(&[1.0], &[2])).0, "shape-mismatch");
    assert_eq!(crate::support::code(ctx.zeros(&[1 << 40, 1 << 40])).0, "bad-args");
    assert_eq!(crate::support::code(ctx.zeros(&[1 << 56])).0, "out-of-memory");
    assert_eq!(ctx.permutation("p", 0, 0).unwrap().to_ints().unwrap(), [0_i64; 0]);
}
