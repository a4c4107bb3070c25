//! Results do not depend on the number of threads, bit for bit.

use crate::support::{ctx, spikes, values};
use neurotrain_plugin_api::Tensor;
use neurotrain_tensor::RealType;

fn results() -> Vec<Vec<f64>> {
    let ctx = ctx(RealType::F32);
    let (a, _) = values(&ctx, "a", &[300, 700]);
    let (b, _) = values(&ctx, "b", &[700]);
    let (w, _) = values(&ctx, "w", &[700, 130]);
    let (d, _) = values(&ctx, "d", &[300, 130]);
    let (s, _) = spikes(&ctx, "s", &[300, 700], 0.05);
    let trace = a.copy().unwrap();
    trace.trace(0.9, &s).unwrap();
    let made: Vec<Tensor> = [
        a.add(&b),
        a.mul(&a),
        a.tanh(),
        a.matmul(&w),
        s.matmul(&w),
        d.outer_sum(&a),
        d.outer_sum(&s),
        a.sum(&[]),
        a.sum(&[0]),
        a.softmax(1),
        a.scan_decay(0.9),
        a.scan_gain_reverse(&a),
        Ok(trace),
    ]
    .into_iter()
    .map(Result::unwrap)
    .collect();
    made.iter().map(|t| t.to_vec().unwrap()).collect()
}

#[test]
fn one_thread_or_several() {
    let with = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(results)
    };
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(5));
}
