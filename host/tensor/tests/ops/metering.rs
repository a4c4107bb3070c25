use crate::support::{ctx_of, session, spikes, values};
use neurotrain_kernels::Events;
use neurotrain_plugin_api::Tensor;
use neurotrain_tensor::{Category, HostTensor, Phase, RealType};
use std::sync::Arc;

#[test]
fn every_byte_is_given_back() {
    for (dtype, size) in [(RealType::F32, 4), (RealType::F64, 8)] {
        let session = session(dtype, 1);
        let meter = session.meter();
        {
            let ctx = ctx_of(&session);
            let (x, _) = values(&ctx, "x", &[10, 20]);
            assert_eq!(meter.live_bytes(Category::RuleState), 200 * size);
            let views = [x.reshape(&[200]).unwrap(), x.transpose(0, 1).unwrap(), x.clone()];
            assert_eq!(meter.live_bytes(Category::RuleState), 200 * size);
            let sum = x.add(&x).unwrap();
            assert_eq!(meter.live_bytes(Category::RuleState), 400 * size);
            drop(x);
            assert_eq!(meter.live_bytes(Category::RuleState), 400 * size);
            drop(views);
            assert_eq!(meter.live_bytes(Category::RuleState), 200 * size);
            drop(sum);
            assert_eq!(meter.live_training_bytes(), 0);
            assert!(meter.peak_bytes(Category::RuleState) >= 400 * size);
        }
        meter.reset_peaks();
        assert_eq!(meter.peak_bytes(Category::RuleState), 0);
    }
}

#[test]
fn the_joint_peak_is_not_the_sum_of_peaks() {
    let session = session(RealType::F64, 1);
    let make = |category| HostTensor::from_vec(&session, vec![0.0_f64; 100], &[100], category).unwrap();
    drop(make(Category::NeuronState));
    drop(make(Category::Activation));
    drop(make(Category::Parameter));
    let meter = session.meter();
    assert_eq!(meter.peak_training_bytes(), 800);
    assert_eq!(meter.peak_bytes(Category::Parameter), 800);
    let _together = (
        make(Category::NeuronState),
        make(Category::RuleState),
        make(Category::Input),
    );
    assert_eq!(meter.peak_training_bytes(), 1600);
    assert_eq!(meter.live_bytes(Category::Input), 800);
}

#[test]
fn parts_of_the_input_stay_input() {
    let session = session(RealType::F32, 1);
    let dense: Vec<f32> = (0..60).map(|i| f32::from(u8::from(i % 7 == 0))).collect();
    let events = Arc::new(Events::from_dense(&dense, 6, 10).unwrap());
    let x = Tensor::from_raw(HostTensor::events(&session, events, &[3, 2, 10], Category::Input).into_raw());
    let step = x.select(0, 1).unwrap();
    assert!(step.is_sparse());
    assert_eq!(
        step.to_vec().unwrap(),
        dense[20..40].iter().map(|v| f64::from(*v)).collect::<Vec<_>>()
    );
    assert_eq!(session.meter().live_training_bytes(), 0);
    assert!(session.meter().live_bytes(Category::Input) > 0);
}

#[test]
fn synaptic_operations_of_rules() {
    let session = session(RealType::F32, 1);
    let ctx = ctx_of(&session);
    let (x, n) = spikes(&ctx, "x", &[40, 50], 0.05);
    let ones = n.data.iter().sum::<f64>() as u64;
    let (w, _) = values(&ctx, "w", &[50, 30]);
    let (d, _) = values(&ctx, "d", &[40, 30]);
    let meter = session.meter();
    x.matmul(&w).unwrap();
    let ops = meter.synaptic_ops(Phase::Learning);
    assert_eq!(
        (ops.dense_mac, ops.effective_ac, ops.effective_mac),
        (40 * 50 * 30, ones * 30, 0)
    );
    d.outer_sum(&x).unwrap();
    let ops = meter.synaptic_ops(Phase::Learning);
    assert_eq!(
        (ops.dense_mac, ops.effective_ac, ops.effective_mac),
        (2 * 40 * 50 * 30, 2 * ones * 30, 0)
    );
    d.matmul_transposed(&w).unwrap();
    assert_eq!(meter.synaptic_ops(Phase::Learning).effective_mac, 40 * 50 * 30);
    assert_eq!(meter.synaptic_ops(Phase::Forward).dense_mac, 0);
    meter.count_spatial_backprop();
    meter.count_weight_transport();
    meter.count_temporal_backprop();
    assert_eq!((meter.spatial_backprop(), meter.weight_transport()), (1, 1));
    assert_eq!(meter.temporal_backprop(), 1);
    meter.reset_counters();
    assert_eq!(meter.synaptic_ops(Phase::Learning).dense_mac, 0);
    assert_eq!((meter.spatial_backprop(), meter.temporal_backprop()), (0, 0));
}

#[test]
fn an_escaped_tensor_is_never_changed_behind_its_holder() {
    let session = session(RealType::F64, 1);
    let mine = candle_core::Tensor::new(&[1.0_f64, 2.0], session.device()).unwrap();
    let t = HostTensor::dense(&session, mine.clone(), Category::Parameter);
    t.modify::<f64>(|s| s[0] = 9.0).unwrap();
    assert_eq!(mine.to_vec1::<f64>().unwrap(), [1.0, 2.0]);
    let seen = t.dense_tensor().unwrap();
    t.modify::<f64>(|s| s[0] = 10.0).unwrap();
    assert_eq!(seen.to_vec1::<f64>().unwrap(), [9.0, 2.0]);
    let view = t.view().unwrap();
    t.modify::<f64>(|s| s[0] = 11.0).unwrap();
    assert_eq!(view.to_vec1::<f64>().unwrap(), [10.0, 2.0]);
    assert_eq!(t.with_slice::<f64, _>(<[f64]>::to_vec).unwrap(), [11.0, 2.0]);
    drop((view, t));
    assert_eq!(session.meter().live_bytes(Category::Parameter), 0);
}

#[test]
fn a_kept_part_does_not_keep_the_whole() {
    let session = session(RealType::F64, 1);
    let ctx = ctx_of(&session);
    let record = ctx.full(&[100, 10], 2.0).unwrap();
    let kept = ctx.zeros(&[10]).unwrap();
    kept.assign(&record.select(0, 7).unwrap()).unwrap();
    drop(record);
    assert_eq!(session.meter().live_training_bytes(), 80);
    assert_eq!(kept.to_vec().unwrap(), [2.0; 10]);
    // A whole tensor is taken over without a copy.
    let next = ctx.full(&[10], 3.0).unwrap();
    session.meter().reset_peaks();
    kept.assign(&next).unwrap();
    assert_eq!(session.meter().live_training_bytes(), 80);
    assert_eq!(session.meter().peak_training_bytes(), 160);
}

#[test]
fn a_repeated_frame_counts_once() {
    let session = session(RealType::F32, 1);
    let frame = candle_core::Tensor::ones((1, 3, 4), candle_core::DType::F32, session.device()).unwrap();
    let repeated = HostTensor::owned(&session, frame.broadcast_as((10, 3, 4)).unwrap(), Category::Input);
    let meter = session.meter();
    assert_eq!(repeated.dims(), [10, 3, 4]);
    assert_eq!(meter.live_bytes(Category::Input), 12 * 4);
    drop(repeated);
    assert_eq!(meter.live_bytes_of_all(), 0);
    assert_eq!(meter.peak_bytes_of_all(), 12 * 4);
}
