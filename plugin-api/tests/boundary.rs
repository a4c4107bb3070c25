//! What the safe side makes of a host that lends, sends and answers strangely.

use abi_stable::erased_types::TD_Opaque;
use abi_stable::std_types::{RResult, RVec};
use neurotrain_plugin_api::abi::{
    Args, Array, RawError, RawResult, RawTensor, RawTensor_TO, RawTensorBox, SliceVisitor, TensorMeta, dtype,
};
use neurotrain_plugin_api::{Batch, Bundle, Error, Tensor};
use std::ffi::c_void;
use std::sync::Arc;

/// A tensor of `dims` over bytes that begin `skip` bytes into aligned memory.
#[derive(Clone)]
struct Lent {
    dtype: u32,
    dims: Vec<u64>,
    memory: Arc<Vec<u64>>,
    skip: usize,
    bytes: usize,
}

impl RawTensor for Lent {
    fn meta(&self) -> TensorMeta {
        let mut dims = [0; 8];
        dims[..self.dims.len()].copy_from_slice(&self.dims);
        TensorMeta {
            dtype: self.dtype,
            form: 0,
            rank: self.dims.len() as u32,
            reserved: 0,
            dims,
        }
    }
    fn duplicate(&self) -> RawTensorBox {
        RawTensor_TO::from_value(self.clone(), TD_Opaque)
    }
    fn call(&self, _: u32, _: Args<'_>) -> RawResult<RVec<RawTensorBox>> {
        RResult::RErr(RawError::from(Error::new("unsupported", "no operations")))
    }
    fn borrow(&self, _: bool, user: *mut c_void, visit: SliceVisitor) -> RawResult<()> {
        let start = self.memory.as_ptr().cast_mut().cast::<u8>();
        (visit.call)(user, start.wrapping_add(self.skip), self.bytes);
        RResult::ROk(())
    }
}

fn tensor(dtype: u32, dims: &[u64], words: &[u64]) -> Lent {
    let memory = Arc::new(words.to_vec());
    Lent {
        dtype,
        dims: dims.to_vec(),
        bytes: words.len() * 8,
        memory,
        skip: 0,
    }
}

fn handle(lent: Lent) -> Tensor {
    Tensor::from_raw(RawTensor_TO::from_value(lent, TD_Opaque))
}

fn code<T>(result: Result<T, Error>) -> String {
    result.err().map(|e| e.code().to_owned()).unwrap_or_default()
}

#[test]
fn whole_numbers_keep_every_bit() {
    let large = (1_u64 << 53) + 1;
    assert_eq!(
        handle(tensor(dtype::I64, &[1], &[large])).to_ints(),
        Ok(vec![large as i64])
    );
}

#[test]
fn every_element_type_can_be_read() {
    for code in [
        dtype::U16,
        dtype::I32,
        dtype::U32,
        dtype::U8,
        dtype::F32,
        dtype::F64,
        dtype::I64,
    ] {
        let n = 8 / dtype::size(code) as u64;
        let read = handle(tensor(code, &[n], &[0])).to_vec();
        assert_eq!(read, Ok(vec![0.0; n as usize]), "type {code}");
    }
}

#[test]
fn memory_that_holds_no_such_elements_is_refused() {
    let misaligned = Lent {
        skip: 1,
        bytes: 8,
        ..tensor(dtype::F32, &[2], &[0, 0])
    };
    assert_eq!(code(handle(misaligned).with_f32(<[f32]>::len)), "host-fault");
    let cut = Lent {
        bytes: 7,
        ..tensor(dtype::F32, &[2], &[0])
    };
    assert_eq!(code(handle(cut).to_vec()), "host-fault");
}

#[test]
fn shared_loans_nest() {
    let one = handle(tensor(dtype::F64, &[1], &[1.5_f64.to_bits()]));
    let both = one.with_f64(|a| one.with_f64(|b| a[0] + b[0]));
    assert_eq!(both, Ok(Ok(3.0)));
}

#[test]
fn a_panic_in_a_slice_closure_is_an_error() {
    let one = handle(tensor(dtype::F64, &[1], &[0]));
    let result = one.with_f64(|_| -> f64 { panic!("in the closure") });
    assert_eq!(code(result), "panic");
}

#[test]
fn arrays_that_contradict_themselves_are_refused() {
    let mut bundle = Bundle::new();
    bundle.put_reals("whole", &[1.0, 2.0]);
    bundle.put_tensor("tensor", handle(tensor(dtype::F64, &[1], &[0])));
    for (name, dtype, dims, bytes) in [
        ("cut", dtype::F64, vec![2], 15),
        ("short", dtype::I64, vec![2], 8),
        ("endless", dtype::F64, vec![u64::MAX, 4], 8),
        ("number", dtype::F64, vec![], 8),
    ] {
        bundle.arrays.push(Array {
            name: name.into(),
            dtype,
            dims: dims.into(),
            bytes: vec![0; bytes].into(),
            tensor: abi_stable::std_types::ROption::RNone,
        });
    }
    assert_eq!(bundle.reals("whole"), Ok(vec![1.0, 2.0]));
    assert_eq!(bundle.real("number"), Ok(0.0));
    for name in ["cut", "short", "endless", "tensor"] {
        assert_eq!(code(bundle.reals(name)), "bad-bundle", "{name}");
        assert_eq!(code(bundle.ints(name)), "bad-bundle", "{name}");
    }
    assert_eq!(code(bundle.text("tensor")), "bad-bundle");
    assert_eq!(code(bundle.text("number")), "bad-bundle");
}

fn batch(dims: &[u64], labels: &[i64]) -> Result<Batch, Error> {
    let mut bundle = Bundle::new();
    bundle.put_tensor("input", handle(tensor(dtype::F32, dims, &[])));
    bundle.put_tensor("labels", handle(tensor(dtype::I64, &[labels.len() as u64], &[])));
    bundle.put_ints("label_values", labels);
    for name in ["classes", "epoch", "batch", "nominal_batch", "constant_input"] {
        bundle.put_int(name, 0);
    }
    Batch::from_bundle(bundle)
}

#[test]
fn samples_are_counted_by_the_input() -> Result<(), Error> {
    let batch_of =
        |dims: &[u64], labels: &[i64]| batch(dims, labels).map(|b| (b.steps(), b.len(), b.is_empty()));
    assert_eq!(batch_of(&[5, 3, 7], &[0, 1, 2])?, (5, 3, false));
    // Without labels, as rules that learn from rewards or from nothing are given them.
    assert_eq!(batch_of(&[5, 3, 7], &[])?, (5, 3, false));
    assert_eq!(code(batch_of(&[5], &[])), "bad-batch");
    Ok(())
}
