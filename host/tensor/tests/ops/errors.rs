//! Bad operands are errors that name the operation and the shapes.

use crate::support::{code, ctx};
use neurotrain_plugin_api::Tensor;
use neurotrain_plugin_api::abi::{Args, ops};
use neurotrain_tensor::RealType;

#[test]
fn shapes_that_do_not_fit_are_named() {
    let ctx = ctx(RealType::F32);
    let z = |dims: &[usize]| ctx.zeros(dims).unwrap();
    let labels = ctx.indices(&[0, 1, 2]).unwrap();
    let (a, b) = (z(&[4, 3]), z(&[5, 2]));
    let cases = [
        ("matmul", a.matmul(&b)),
        ("matmul", z(&[4]).matmul(&b)),
        ("add", a.add(&b)),
        ("where", a.select_where(&a, &b)),
        ("add_product", a.add_product(1.0, &a, &b)),
        ("reshape", a.reshape(&[5, 2])),
        ("broadcast_to", a.broadcast_to(&[4, 5])),
        ("broadcast_to", a.broadcast_to(&[3])),
        ("narrow", a.narrow(1, 2, 2)),
        ("select", a.select(0, 4)),
        ("transpose", a.transpose(0, 2)),
        ("sum", a.sum(&[2])),
        ("max", z(&[2, 0]).max(1)),
        ("argmax", z(&[0]).argmax(0)),
        ("softmax", a.softmax(-3)),
        ("cat", Tensor::cat(&[&a, &b], 0)),
        ("stack", Tensor::stack(&[&a, &b], 0)),
        ("index_add", a.index_add(0, &labels, &b)),
        (
            "index_select",
            a.index_select(0, &labels.reshape(&[3, 1]).unwrap()),
        ),
        ("minus_one_hot", a.minus_one_hot(&labels, 1.0)),
        ("cross_entropy", z(&[3]).cross_entropy(&labels).map(|_| a.clone())),
        ("gather_rows", z(&[3]).gather_rows(&labels, 1.0)),
        ("outer_sum", a.outer_sum(&b)),
        ("lif_step", a.lif_step(&a, &b, 0.9, 1.0, false).map(|p| p.0)),
        ("scan_gain", a.scan_gain(&b)),
        ("scan_decay", z(&[]).scan_decay(0.5)),
        ("trace", a.trace(0.5, &b).map(|()| a.clone())),
        ("trace", z(&[3]).trace(0.5, &a).map(|()| a.clone())),
        ("add_scaled", a.add_scaled(0.5, &b).map(|()| a.clone())),
        ("assign", a.assign(&b).map(|()| a.clone())),
    ];
    for (name, result) in cases {
        let (code, message) = code(result);
        assert_eq!(code, "shape-mismatch", "{name}: {message}");
        assert!(message.contains(&format!("`{name}`")), "{message}");
        assert!(message.contains('['), "{message}");
    }
    let (_, message) = code(a.matmul(&b));
    assert!(
        message.starts_with("`matmul` of [4, 3] and [5, 2]: "),
        "{message}"
    );
}

#[test]
fn types_that_do_not_fit_are_named() {
    let ctx = ctx(RealType::F32);
    let a = ctx.zeros(&[3]).unwrap();
    let i = ctx.indices(&[0, 1, 2]).unwrap();
    let d = a.to_f64().unwrap();
    for result in [
        a.add(&i),
        a.add(&d),
        i.exp(),
        i.mean(&[]),
        i.softmax(0),
        i.affine(1.0, 0.0),
        i.reshape(&[1, 3]).unwrap().matmul(&i.reshape(&[3, 1]).unwrap()),
        a.index_select(0, &a),
        a.select_where(&a, &i),
        Tensor::cat(&[&a, &i], 0),
        i.trace(0.5, &i).map(|()| a.clone()),
        a.assign(&i).map(|()| a.clone()),
    ] {
        assert_eq!(code(result).0, "dtype");
    }
}

#[test]
fn values_that_do_not_fit_are_named() {
    let ctx = ctx(RealType::F32);
    let t = ctx.zeros(&[3, 4]).unwrap();
    assert_eq!(
        code(t.op_code(ops::BROADCAST_TO, &[], &[1 << 50, 3, 4], "")).0,
        "out-of-memory"
    );
    assert_eq!(
        code(t.op_code(ops::RESHAPE, &[], &[1 << 62, 4, -1], "")).0,
        "shape-mismatch"
    );
    let (tall, wide) = (ctx.zeros(&[1 << 24, 1]).unwrap(), ctx.zeros(&[1 << 24]).unwrap());
    assert_eq!(code(tall.add(&wide)).0, "out-of-memory");
    let (code1, message) = code(t.minus_one_hot(&ctx.indices(&[0, 4, 1]).unwrap(), 1.0));
    assert_eq!(code1, "bad-args");
    assert!(
        message.contains("index 4 at position 1 is not in 0..4"),
        "{message}"
    );
    assert_eq!(
        code(t.index_select(0, &ctx.indices(&[-1]).unwrap())).0,
        "bad-args"
    );
    let whole = ctx.indices(&[1, 2]).unwrap();
    assert_eq!(code(whole.div(&ctx.indices(&[1, 0]).unwrap())).0, "bad-args");
    assert_eq!(code(t.sum(&[0, -2])).0, "bad-args");
    assert_eq!(
        code(t.op_code(ops::PSEUDO_DERIVATIVE, &[1.0, 2.0], &[], "bump")).0,
        "unsupported"
    );
    assert_eq!(code(t.op_code(ops::RESHAPE, &[], &[-1, -1], "")).0, "bad-args");
    assert_eq!(code(t.op_code(ops::RESHAPE, &[], &[-2, -6], "")).0, "bad-args");
    assert_eq!(code(t.op_code(ops::CAST, &[], &[77], "")).0, "unsupported");
    assert_eq!(
        code(t.op_code(ops::NARROW, &[], &[0, i64::MAX, i64::MAX], "")).0,
        "shape-mismatch"
    );
    assert_eq!(
        code(t.op_code(ops::NARROW, &[], &[0, -1, 2], "")).0,
        "shape-mismatch"
    );
    assert_eq!(
        code(t.op_code(ops::BROADCAST_TO, &[], &[1; 9], "")).0,
        "shape-mismatch"
    );
}

trait OpCode {
    fn op_code(&self, op: u32, reals: &[f64], ints: &[i64], text: &str) -> neurotrain_plugin_api::Result<()>;
}

impl OpCode for Tensor {
    fn op_code(&self, op: u32, reals: &[f64], ints: &[i64], text: &str) -> neurotrain_plugin_api::Result<()> {
        Ok(self
            .raw()
            .call(op, Args::new(&[], reals, ints, text))
            .into_result()
            .map(drop)?)
    }
}

#[test]
fn no_operation_panics_without_operands() {
    let ctx = ctx(RealType::F32);
    for t in [
        ctx.zeros(&[2, 3]).unwrap(),
        ctx.zeros(&[]).unwrap(),
        ctx.zeros(&[0]).unwrap(),
        ctx.indices(&[1]).unwrap(),
    ] {
        for op in 0..200 {
            if let Err(e) = t.op_code(op, &[], &[], "") {
                assert_ne!(e.code(), "panic", "operation {op}: {e}");
                assert_ne!(e.code(), "tensor-op", "operation {op}: {e}");
            }
        }
    }
    let t = ctx.zeros(&[2, 3]).unwrap();
    for op in [
        ops::ADD,
        ops::MATMUL,
        ops::TRACE,
        ops::LIF_STEP,
        ops::SCAN_GAIN,
        ops::ASSIGN,
        ops::GATHER_ROWS,
    ] {
        let (code, message) = code(t.op_code(op, &[1.0, 1.0], &[], ""));
        assert_eq!(code, "bad-args", "{message}");
        assert!(message.contains("missing"), "{message}");
    }
    for op in [
        ops::AFFINE,
        ops::CLAMP,
        ops::POWF,
        ops::NAN_TO_NUM,
        ops::TRANSPOSE,
        ops::SELECT,
        ops::MAX,
        ops::CAST,
    ] {
        assert_eq!(code(t.op_code(op, &[], &[], "")).0, "bad-args");
    }
}

#[test]
fn unknown_operations_name_the_version() {
    let ctx = ctx(RealType::F32);
    let t = ctx.zeros(&[2]).unwrap();
    for op in [0, 39, 199, 300, u32::MAX] {
        let (code, message) = code(t.op_code(op, &[], &[], ""));
        assert_eq!(code, "unsupported");
        assert!(message.contains("plugin API 1."), "{message}");
    }
}

#[test]
fn a_tensor_of_another_host_is_refused() {
    use abi_stable::sabi_trait::TD_Opaque;
    use neurotrain_plugin_api::abi::{RawTensor, RawTensor_TO};
    let ctx = ctx(RealType::F32);
    let t = ctx.zeros(&[2]).unwrap();
    let inner = neurotrain_tensor::HostTensor::of(t.raw()).unwrap();
    let foreign = Tensor::from_raw(RawTensor_TO::from_value(Foreign(inner), TD_Opaque));
    struct Foreign(neurotrain_tensor::HostTensor);
    impl RawTensor for Foreign {
        fn meta(&self) -> neurotrain_plugin_api::abi::TensorMeta {
            self.0.meta()
        }
        fn duplicate(&self) -> neurotrain_plugin_api::abi::RawTensorBox {
            self.0.duplicate()
        }
        fn call(
            &self,
            op: u32,
            args: Args<'_>,
        ) -> neurotrain_plugin_api::abi::RawResult<
            abi_stable::std_types::RVec<neurotrain_plugin_api::abi::RawTensorBox>,
        > {
            self.0.call(op, args)
        }
        fn borrow(
            &self,
            exclusive: bool,
            user: *mut core::ffi::c_void,
            visit: neurotrain_plugin_api::abi::SliceVisitor,
        ) -> neurotrain_plugin_api::abi::RawResult<()> {
            self.0.borrow(exclusive, user, visit)
        }
    }
    assert_eq!(code(t.add(&foreign)).0, "foreign-tensor");
}
