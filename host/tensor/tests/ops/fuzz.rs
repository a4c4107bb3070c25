//! No operands make an operation panic.

use crate::support::{ctx_of, session};
use neurotrain_plugin_api::abi::{Args, RawTensorBox};
use neurotrain_plugin_api::{Ctx, Tensor};
use neurotrain_tensor::{Callbacks, Category, RealType, Services};
use proptest::prelude::*;

/// Tensors of many shapes, types and forms.
fn pool(ctx: &Ctx) -> Vec<Tensor> {
    let mut all: Vec<Tensor> = [
        &[][..],
        &[0],
        &[1],
        &[3],
        &[3, 4],
        &[4, 3],
        &[2, 3, 4],
        &[1, 4],
        &[0, 3],
        &[2, 0, 4],
    ]
    .iter()
    .map(|dims| ctx.uniform("x", 0, dims, -2.0, 2.0).unwrap())
    .collect();
    for dims in [&[3, 4][..], &[2, 3, 4], &[4], &[0, 4]] {
        let chance = ctx.full(dims, 0.4).unwrap();
        all.push(ctx.bernoulli("s", 0, &chance).unwrap().sparsify().unwrap());
    }
    all.push(ctx.indices(&[2, 0, 1]).unwrap());
    all.push(ctx.indices(&[-1, 9]).unwrap());
    all.push(ctx.indices(&[]).unwrap());
    all.push(all[4].transpose(0, 1).unwrap());
    all.push(all[6].narrow(1, 1, 2).unwrap());
    all.push(all[3].broadcast_to(&[4, 3]).unwrap());
    all.push(all[4].variable().unwrap());
    all.push(all[4].variable().unwrap().sum(&[]).unwrap());
    all.push(all[4].to_f32().unwrap());
    all.push(all[4].to_f64().unwrap());
    all
}

fn int() -> impl Strategy<Value = i64> {
    prop_oneof![8 => -3_i64..6, 1 => Just(i64::MAX), 1 => Just(i64::MIN), 1 => Just(1 << 40)]
}

fn real() -> impl Strategy<Value = f64> {
    prop_oneof![4 => -2.0..2.0_f64, 1 => Just(0.0), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)]
}

fn text() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["", "tanh", "boxcar", "triangular", "i64", "nonsense", "ü"][..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn tensor_operations(
        op in 0_u32..115,
        receiver in any::<prop::sample::Index>(),
        operands in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        reals in prop::collection::vec(real(), 0..4),
        ints in prop::collection::vec(int(), 0..4),
        text in text(),
        double in any::<bool>(),
    ) {
        let session = session(if double { RealType::F64 } else { RealType::F32 }, 1);
        {
            let ctx = ctx_of(&session);
            let pool = pool(&ctx);
            let receiver = receiver.get(&pool);
            let refs: Vec<&RawTensorBox> = operands.iter().map(|i| i.get(&pool).raw()).collect();
            match receiver.raw().call(op, Args::new(&refs, &reals, &ints, text)).into_result() {
                Ok(made) => {
                    for tensor in made {
                        let tensor = Tensor::from_raw(tensor);
                        let count: usize = tensor.shape().iter().product();
                        prop_assert_eq!(tensor.to_vec().unwrap().len(), count);
                    }
                }
                Err(e) => {
                    prop_assert_ne!(e.code.as_str(), "panic", "{}", e.message);
                    prop_assert_ne!(e.code.as_str(), "tensor-op", "{}", e.message);
                    prop_assert_ne!(e.code.as_str(), "host-fault", "{}", e.message);
                }
            }
        }
        for category in Category::ALL {
            prop_assert_eq!(session.meter().live_bytes(category), 0);
        }
    }

    #[test]
    fn host_operations(
        op in 199_u32..208,
        reals in prop::collection::vec(real(), 0..4),
        ints in prop::collection::vec(int(), 0..4),
        text in text(),
        probability in any::<bool>(),
    ) {
        let session = session(RealType::F32, 1);
        let host = Services::new(session.clone(), Callbacks::default());
        let t = ctx_of(&session).full(&[2, 2], 0.5).unwrap();
        let refs = [t.raw()];
        let args = Args::new(&refs[..usize::from(probability)], &reals, &ints, text);
        if let Err(e) = host.call(op, args).into_result() {
            prop_assert_ne!(e.code.as_str(), "panic", "{}", e.message);
            prop_assert_ne!(e.code.as_str(), "tensor-op", "{}", e.message);
        }
    }
}
