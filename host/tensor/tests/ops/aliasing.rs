//! In-place operations are seen through every handle of a tensor, and through nothing else.

use crate::support::{Nd, ctx_of, session, values};
use neurotrain_plugin_api::Tensor;
use neurotrain_tensor::{Category, RealType};
use proptest::prelude::*;

/// Handles of tensors, each with the cell that it stands for; and the values that each cell should have.
#[derive(Default)]
struct Model {
    handles: Vec<(Tensor, usize)>,
    cells: Vec<Nd>,
}

impl Model {
    fn add(&mut self, tensor: Tensor, values: Nd) {
        self.cells.push(values);
        self.handles.push((tensor, self.cells.len() - 1));
    }

    fn check(&self) {
        for (tensor, cell) in &self.handles {
            self.cells[*cell].expect(tensor, 1e-12);
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Clone(usize),
    Drop(usize),
    View(usize, u8),
    Trace(usize, usize),
    Assign(usize, usize),
    Write(usize),
    Sum(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0_usize..64;
    prop_oneof![
        n.clone().prop_map(Step::Clone),
        n.clone().prop_map(Step::Drop),
        (n.clone(), 0_u8..8).prop_map(|(i, k)| Step::View(i, k)),
        (n.clone(), n.clone()).prop_map(|(i, j)| Step::Trace(i, j)),
        (n.clone(), n.clone()).prop_map(|(i, j)| Step::Assign(i, j)),
        n.clone().prop_map(Step::Write),
        (n.clone(), n).prop_map(|(i, j)| Step::Sum(i, j)),
    ]
}

fn apply(model: &mut Model, step: &Step) {
    let count = model.handles.len();
    let pick = |i: usize| i % count;
    match step {
        Step::Clone(i) => {
            let (tensor, cell) = &model.handles[pick(*i)];
            let made = (tensor.clone(), *cell);
            model.handles.push(made);
        }
        Step::Drop(i) => {
            if count > 2 {
                model.handles.swap_remove(pick(*i));
            }
        }
        Step::View(i, kind) => {
            let (tensor, cell) = &model.handles[pick(*i)];
            let n = &model.cells[*cell];
            // All tensors of this test are [4, 4]: views keep that shape.
            let (made, values) = match kind {
                0 => (
                    tensor.transpose(0, 1),
                    Nd::from_fn(&[4, 4], |p| n.at(&[p[1], p[0]])),
                ),
                1 => (tensor.narrow(0, 0, 4), n.clone()),
                2 => (tensor.detach(), n.clone()),
                3 => (tensor.copy(), n.clone()),
                4 => (tensor.reshape(&[16]).and_then(|t| t.reshape(&[4, 4])), n.clone()),
                5 => (
                    tensor.select(0, 1).and_then(|t| t.broadcast_to(&[4, 4])),
                    Nd::from_fn(&[4, 4], |p| n.at(&[1, p[1]])),
                ),
                6 => (tensor.sparsify(), n.clone()),
                _ => (Tensor::cat(&[tensor], 0), n.clone()),
            };
            model.add(made.unwrap(), values);
        }
        Step::Trace(i, j) => {
            let ((a, ca), (b, cb)) = (&model.handles[pick(*i)], &model.handles[pick(*j)]);
            a.trace(0.5, b).unwrap();
            let added = model.cells[*cb].clone();
            let target = &mut model.cells[*ca];
            *target = Nd::from_fn(&[4, 4], |p| 0.5 * target.at(p) + added.at(p));
        }
        Step::Assign(i, j) => {
            let ((a, ca), (b, cb)) = (&model.handles[pick(*i)], &model.handles[pick(*j)]);
            a.assign(b).unwrap();
            model.cells[*ca] = model.cells[*cb].clone();
        }
        Step::Write(i) => {
            let (a, cell) = &model.handles[pick(*i)];
            a.with_f64_mut(|s| s[5] = 0.25).unwrap();
            model.cells[*cell].data[5] = 0.25;
        }
        Step::Sum(i, j) => {
            let ((a, ca), (b, cb)) = (&model.handles[pick(*i)], &model.handles[pick(*j)]);
            let made = a.add(b).unwrap();
            let (x, y) = (&model.cells[*ca], &model.cells[*cb]);
            let values = Nd::from_fn(&[4, 4], |p| x.at(p) + y.at(p));
            model.add(made, values);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn every_handle_sees_its_own_cell(steps in prop::collection::vec(step(), 1..40)) {
        let session = session(RealType::F64, 3);
        {
            let ctx = ctx_of(&session);
            let mut model = Model::default();
            let (t, n) = values(&ctx, "x", &[4, 4]);
            model.add(t, n);
            let binary = ctx.tensor(&[1.0, 0.0, 0.0, 1.0].repeat(4), &[4, 4]).unwrap().sparsify().unwrap();
            let n = Nd::of(&binary);
            model.add(binary, n);
            for step in &steps {
                apply(&mut model, step);
                model.check();
            }
        }
        prop_assert_eq!(session.meter().live_training_bytes(), 0);
        for category in Category::ALL {
            prop_assert_eq!(session.meter().live_bytes(category), 0);
        }
    }
}

#[test]
fn an_unshared_tensor_is_changed_where_it_lies() {
    let session = session(RealType::F64, 3);
    let ctx = ctx_of(&session);
    let t = ctx.zeros(&[1000]).unwrap();
    let x = ctx.full(&[1000], 1.0).unwrap();
    let address = |t: &Tensor| t.with_f64(|s| s.as_ptr() as usize).unwrap();
    let before = address(&t);
    session.meter().reset_peaks();
    t.trace(0.5, &x).unwrap();
    t.clone().add_scaled(2.0, &x).unwrap();
    assert_eq!(address(&t), before);
    assert_eq!(
        session.meter().peak_training_bytes(),
        session.meter().live_training_bytes()
    );
    let view = t.reshape(&[10, 100]).unwrap();
    t.trace(0.5, &x).unwrap();
    assert_ne!(address(&t), before);
    assert_eq!(address(&view), before);
}
