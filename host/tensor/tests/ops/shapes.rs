use crate::support::{Nd, both, ctx, values};
use neurotrain_plugin_api::{DType, Tensor};
use neurotrain_tensor::RealType;
use proptest::prelude::*;

#[test]
fn reshape_and_its_hole() {
    both(|ctx, tolerance| {
        let (t, n) = values(ctx, "x", &[4, 6]);
        Nd::new(&[2, 12], n.data.clone()).expect(&t.reshape(&[2, 12]).unwrap(), tolerance);
        let turned = t.transpose(0, 1).unwrap();
        let want = Nd::from_fn(&[6, 4], |p| n.at(&[p[1], p[0]]));
        Nd::new(&[24], want.data.clone()).expect(&turned.reshape(&[24]).unwrap(), tolerance);
        let raw = neurotrain_tensor::HostTensor::of(t.raw()).unwrap();
        let inferred = call(&raw, neurotrain_plugin_api::abi::ops::RESHAPE, &[3, -1, 2]);
        assert_eq!(&inferred.shape()[..], [3, 4, 2]);
    });
}

fn call(tensor: &neurotrain_tensor::HostTensor, op: u32, ints: &[i64]) -> Tensor {
    use neurotrain_plugin_api::abi::{Args, RawTensor};
    let made = tensor
        .call(op, Args::new(&[], &[], ints, ""))
        .into_result()
        .unwrap();
    Tensor::from_raw(made.into_iter().next().unwrap())
}

#[test]
fn parts_of_every_axis() {
    both(|ctx, tolerance| {
        let (t, n) = values(ctx, "x", &[3, 4, 5]);
        let want = Nd::from_fn(&[3, 2, 5], |p| n.at(&[p[0], p[1] + 1, p[2]]));
        want.expect(&t.narrow(1, 1, 2).unwrap(), tolerance);
        want.expect(&t.narrow(-2, 1, 2).unwrap(), tolerance);
        let want = Nd::from_fn(&[3, 4], |p| n.at(&[p[0], p[1], 3]));
        want.expect(&t.select(2, 3).unwrap(), tolerance);
        let want = Nd::from_fn(&[5, 4, 3], |p| n.at(&[p[2], p[1], p[0]]));
        want.expect(&t.transpose(0, -1).unwrap(), tolerance);
        assert_eq!(&t.narrow(0, 1, 0).unwrap().shape()[..], [0, 4, 5]);
        let want = Nd::from_fn(&[2, 3, 4, 5], |p| n.at(&p[1..]));
        want.expect(&t.broadcast_to(&[2, 3, 4, 5]).unwrap(), tolerance);
    });
}

#[test]
fn parts_of_nothing_are_nothing() {
    both(|ctx, _| {
        let part = ctx.zeros(&[0, 3]).unwrap().select(1, 2).unwrap();
        assert_eq!(&part.shape()[..], [0]);
        assert_eq!(part.to_vec().unwrap(), [0.0; 0]);
        for made in [
            part.add(&part),
            part.exp(),
            part.scan_decay(1.0),
            part.sum(&[]),
            part.softmax(0),
        ] {
            made.unwrap();
        }
        part.add_scaled(1.0, &part).unwrap();
    });
}

#[test]
fn joining() {
    both(|ctx, tolerance| {
        let (a, an) = values(ctx, "a", &[2, 3]);
        let (b, bn) = values(ctx, "b", &[2, 2]);
        let want = Nd::from_fn(&[2, 5], |p| {
            if p[1] < 3 {
                an.at(p)
            } else {
                bn.at(&[p[0], p[1] - 3])
            }
        });
        want.expect(&Tensor::cat(&[&a, &b], 1).unwrap(), tolerance);
        want.expect(&Tensor::cat(&[&a, &b], -1).unwrap(), tolerance);
        let (c, cn) = values(ctx, "c", &[2, 3]);
        let want = Nd::from_fn(&[2, 3, 2], |p| {
            if p[2] == 0 { an.at(&p[..2]) } else { cn.at(&p[..2]) }
        });
        want.expect(&Tensor::stack(&[&a, &c], 2).unwrap(), tolerance);
        want.expect(&Tensor::stack(&[&a, &c], -1).unwrap(), tolerance);
        an.expect(&Tensor::cat(&[&a], 0).unwrap(), tolerance);
    });
}

#[test]
fn rows_by_index() {
    both(|ctx, tolerance| {
        let (t, n) = values(ctx, "x", &[3, 4, 2]);
        let index = ctx.indices(&[3, 0, 3]).unwrap();
        let at = [3, 0, 3];
        let want = Nd::from_fn(&[3, 3, 2], |p| n.at(&[p[0], at[p[1]], p[2]]));
        want.expect(&t.index_select(1, &index).unwrap(), tolerance);
        let (s, sn) = values(ctx, "s", &[3, 3, 2]);
        let want = Nd::from_fn(&[3, 4, 2], |p| {
            let added: f64 = (0..3)
                .filter(|k| at[*k] == p[1])
                .map(|k| sn.at(&[p[0], k, p[2]]))
                .sum();
            n.at(p) + added
        });
        want.expect(&t.index_add(1, &index, &s).unwrap(), tolerance);
    });
}

#[test]
fn casts_truncate() {
    let ctx = ctx(RealType::F32);
    let t = ctx.tensor(&[1.9, -1.9, 0.0], &[3]).unwrap();
    let whole = t.to_i64().unwrap();
    assert_eq!(whole.dtype(), DType::I64);
    assert_eq!(whole.to_ints().unwrap(), [1, -1, 0]);
    let double = whole.to_f64().unwrap();
    assert_eq!(double.dtype(), DType::F64);
    assert_eq!(double.to_vec().unwrap(), [1.0, -1.0, 0.0]);
    assert_eq!(double.to_f32().unwrap().dtype(), DType::F32);
}

#[test]
fn a_copy_is_independent() {
    both(|ctx, tolerance| {
        let (t, n) = values(ctx, "x", &[2, 3]);
        let copy = t.transpose(0, 1).unwrap().copy().unwrap();
        t.assign(&ctx.zeros(&[2, 3]).unwrap()).unwrap();
        Nd::from_fn(&[3, 2], |p| n.at(&[p[1], p[0]])).expect(&copy, tolerance);
    });
}

proptest! {
    #[test]
    fn chains_of_views(steps in prop::collection::vec((0_usize..4, any::<u16>(), any::<u16>()), 1..8)) {
        both(|ctx, tolerance| {
            let (mut t, mut n) = values(ctx, "x", &[4, 3, 5]);
            for (kind, a, b) in &steps {
                let rank = n.dims.len();
                if rank == 0 {
                    break;
                }
                let (a, b) = (*a as usize, *b as usize);
                let axis = a % rank;
                let length = n.dims[axis];
                match kind {
                    0 => {
                        let other = b % rank;
                        t = t.transpose(axis as i64, other as i64).unwrap();
                        let mut dims = n.dims.clone();
                        dims.swap(axis, other);
                        n = Nd::from_fn(&dims, |p| {
                            let mut p = p.to_vec();
                            p.swap(axis, other);
                            n.at(&p)
                        });
                    }
                    1 if length > 1 => {
                        let from = b % length;
                        let len = length - from;
                        t = t.narrow(axis as i64, from, len).unwrap();
                        let mut dims = n.dims.clone();
                        dims[axis] = len;
                        n = Nd::from_fn(&dims, |p| {
                            let mut p = p.to_vec();
                            p[axis] += from;
                            n.at(&p)
                        });
                    }
                    2 => {
                        let at = b % length;
                        t = t.select(axis as i64, at).unwrap();
                        let mut dims = n.dims.clone();
                        dims.remove(axis);
                        n = Nd::from_fn(&dims, |p| {
                            let mut p = p.to_vec();
                            p.insert(axis, at);
                            n.at(&p)
                        });
                    }
                    _ => {
                        let dims = [n.data.len()];
                        t = t.reshape(&dims).unwrap();
                        n = Nd::new(&dims, n.data.clone());
                    }
                }
                n.expect(&t, tolerance);
            }
        });
    }
}
