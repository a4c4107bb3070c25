//! Matrices that lie column by column are matrices like others.

use crate::support::Nd;
use neurotrain_plugin_api::Tensor;
use neurotrain_tensor::{Category, HostTensor, Session, SessionConfig};
use std::sync::Arc;

const SHAPE: [usize; 2] = [5, 7];

fn matrix(session: &Arc<Session>, shift: f32) -> (Tensor, Nd) {
    let [rows, cols] = SHAPE;
    let value = |row: usize, col: usize| (row * 10 + col) as f32 * 0.25 - shift;
    let columns = (0..cols * rows).map(|k| value(k % rows, k / rows)).collect();
    let made = HostTensor::from_columns::<f32>(session, columns, SHAPE, Category::RuleState).unwrap();
    assert!(made.lies_by_columns());
    let plain = Nd::from_fn(&SHAPE, |p| f64::from(value(p[0], p[1])));
    (Tensor::from_raw(made.into_raw()), plain)
}

fn lies_by_columns(tensor: &Tensor) -> bool {
    HostTensor::of(tensor.raw()).unwrap().lies_by_columns()
}

#[test]
fn operations_see_the_matrix() {
    let session = Session::new(SessionConfig::default()).unwrap();
    let ((a, an), (b, bn)) = (matrix(&session, 1.0), matrix(&session, 3.0));
    an.expect(&a, 0.0);
    an.expect(&a.copy().unwrap(), 0.0);
    let scaled = a.scale(2.0).unwrap();
    assert!(lies_by_columns(&scaled));
    Nd::from_fn(&SHAPE, |p| 2.0 * an.at(p)).expect(&scaled, 1e-6);
    Nd::from_fn(&SHAPE, |p| an.at(p) + bn.at(p)).expect(&a.add(&b).unwrap(), 1e-6);
    let turned = a.transpose(0, 1).unwrap();
    Nd::from_fn(&[7, 5], |p| an.at(&[p[1], p[0]])).expect(&turned, 0.0);
    Nd::from_fn(&[7], |p| (0..5).map(|row| an.at(&[row, p[0]])).sum()).expect(&a.sum(&[0]).unwrap(), 1e-4);
    let product = a.matmul_transposed(&b).unwrap();
    Nd::from_fn(&[5, 5], |p| {
        (0..7).map(|k| an.at(&[p[0], k]) * bn.at(&[p[1], k])).sum()
    })
    .expect(&product, 1e-3);
}

#[test]
fn changes_in_place_keep_what_others_see() {
    let session = Session::new(SessionConfig::default()).unwrap();
    let ((a, an), (b, bn)) = (matrix(&session, 1.0), matrix(&session, 3.0));
    let before = a.scale(1.0).unwrap();
    let seen = a.reshape(&[35]).unwrap();
    let rows = b.copy().unwrap();
    for source in [&b, &rows] {
        a.add_scaled(0.5, source).unwrap();
    }
    let changed = Nd::from_fn(&SHAPE, |p| an.at(p) + bn.at(p));
    changed.expect(&a, 1e-5);
    an.expect(&before, 0.0);
    Nd::new(&[35], an.data.clone()).expect(&seen, 0.0);
    a.add_scaled(1.0, &a).unwrap();
    Nd::from_fn(&SHAPE, |p| 2.0 * changed.at(p)).expect(&a, 1e-5);
    a.assign(&b).unwrap();
    bn.expect(&a, 0.0);
    a.with_f32_mut(|values| values[1] = 40.0).unwrap();
    assert_eq!(a.to_vec().unwrap()[1], 40.0);
    bn.expect(&b, 0.0);
}

#[test]
fn a_vector_may_be_changed_by_columns() {
    let session = Session::new(SessionConfig::default()).unwrap();
    for shape in [[1, 6], [6, 1]] {
        let made = HostTensor::from_columns(&session, vec![1.0f32; 6], shape, Category::RuleState).unwrap();
        made.modify_columns(|values: &mut [f32]| values[2] = 7.0).unwrap();
        assert_eq!(
            made.with_slice(|v: &[f32]| v.to_vec()).unwrap(),
            [1.0, 1.0, 7.0, 1.0, 1.0, 1.0]
        );
    }
    let wrong = HostTensor::from_columns(&session, vec![1.0f32; 5], [2, 3], Category::RuleState);
    assert_eq!(wrong.unwrap_err().code(), "shape-mismatch");
}
