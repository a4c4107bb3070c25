use crate::support::{code, ctx, spikes, values};
use neurotrain_plugin_api::{Ctx, Tensor};
use neurotrain_tensor::RealType;

#[test]
fn slices_show_and_change_the_elements() {
    let ctx = ctx(RealType::F32);
    let (t, n) = values(&ctx, "x", &[3, 4]);
    let seen = t.transpose(0, 1).unwrap().with_f32(|s| s.to_vec()).unwrap();
    assert_eq!(f64::from(seen[1]), n.at(&[1, 0]));
    let alias = t.clone();
    let view = t.select(0, 0).unwrap();
    t.with_f32_mut(|s| s.fill(2.0)).unwrap();
    assert_eq!(alias.to_vec().unwrap(), [2.0; 12]);
    assert_eq!(view.to_vec().unwrap(), n.data[..4]);
    let (s, _) = spikes(&ctx, "s", &[2, 5], 0.4);
    s.with_f32_mut(|v| v[0] = 7.0).unwrap();
    assert!(!s.is_sparse());
    assert_eq!(s.to_vec().unwrap()[0], 7.0);
    assert_eq!(code(t.with_f64(|_| ())).0, "dtype");
    assert_eq!(ctx.zeros(&[0]).unwrap().with_f32(<[f32]>::len).unwrap(), 0);
}

#[test]
fn a_tensor_that_is_lent_exclusively_cannot_be_used() {
    let ctx = ctx(RealType::F64);
    let t = ctx.zeros(&[3]).unwrap();
    let other = ctx.full(&[3], 1.0).unwrap();
    let alias = t.clone();
    t.with_f64_mut(|s| {
        s[0] = 5.0;
        assert_eq!(&alias.shape()[..], [3]);
        for result in [
            alias.add(&other),
            other.add(&alias),
            alias.sum(&[]),
            alias.reshape(&[3, 1]),
            alias.copy(),
            alias.sparsify(),
            alias.detach(),
            Tensor::cat(&[&other, &alias], 0),
            alias.outer_sum(&other),
            other.matmul(&alias.clone()).or_else(|_| alias.neg()),
        ] {
            let (code, message) = code(result);
            assert_eq!(code, "borrowed", "{message}");
        }
        for result in [
            alias.trace(0.5, &other),
            other.trace(0.5, &alias),
            alias.assign(&other),
            other.assign(&alias),
            alias.with_f64(|_| ()),
            alias.with_f64_mut(|_| ()),
            alias.to_vec().map(drop),
        ] {
            assert_eq!(code(result).0, "borrowed");
        }
    })
    .unwrap();
    assert_eq!(t.to_vec().unwrap(), [5.0, 0.0, 0.0]);
}

#[test]
fn a_loan_ends_when_its_closure_panics() {
    let ctx = ctx(RealType::F64);
    let t = ctx.zeros(&[3]).unwrap();
    let result = t.with_f64_mut(|s| {
        s[0] = 5.0;
        panic!("on purpose");
    });
    let (code, message) = code::<()>(result);
    assert_eq!(code, "panic");
    assert!(message.contains("on purpose"));
    t.add_scaled(1.0, &ctx.full(&[3], 1.0).unwrap()).unwrap();
    assert_eq!(t.to_vec().unwrap(), [6.0, 1.0, 1.0]);
}

#[test]
fn readers_keep_what_they_were_lent() {
    let ctx = ctx(RealType::F64);
    let t = ctx.full(&[3], 1.0).unwrap();
    t.with_f64(|s| {
        t.add_scaled(1.0, &t).unwrap();
        assert_eq!(s, [1.0; 3]);
    })
    .unwrap();
    assert_eq!(t.to_vec().unwrap(), [2.0; 3]);
}

#[test]
fn threads_write_tensors_of_their_own() {
    fn run(ctx: &Ctx) {
        let shared = ctx.full(&[64], 2.0).unwrap();
        let own: Vec<Tensor> = (0..16).map(|_| ctx.zeros(&[64]).unwrap()).collect();
        let failed = std::sync::Mutex::new(Vec::new());
        struct Shared<'a>(&'a [Tensor], &'a Tensor);
        // SAFETY: handles of this host may be used from several threads, as `RawTensor: Sync` demands.
        unsafe impl Sync for Shared<'_> {}
        let tensors = Shared(&own, &shared);
        let tensors = &tensors;
        ctx.parallel_for(16, |i| {
            let result = tensors.0[i].add_scaled(i as f64, tensors.1);
            if let Err(e) = result {
                failed.lock().unwrap().push(e.to_string());
            }
        })
        .unwrap();
        assert_eq!(*failed.lock().unwrap(), Vec::<String>::new());
        for (i, t) in own.iter().enumerate() {
            assert_eq!(t.to_vec().unwrap(), [2.0 * i as f64; 64]);
        }
    }
    run(&ctx(RealType::F64));
}
