//! A host tensor behind the stable vtable.

use crate::{HostTensor, PROFILE, loan, ops};
use abi_stable::std_types::RVec;
use candle_core::DType;
use core::ffi::c_void;
use neurotrain_plugin_api::abi::{
    Args, RawResult, RawTensor, RawTensorBox, SliceVisitor, TensorMeta, catch, dtype,
};
use neurotrain_plugin_api::{Error, Result};

impl RawTensor for HostTensor {
    fn meta(&self) -> TensorMeta {
        let shape = self.shape();
        let mut dims = [0; 8];
        for (to, from) in dims.iter_mut().zip(shape.iter()) {
            *to = *from as u64;
        }
        TensorMeta {
            dtype: code_of(self.dtype()),
            form: self.form(),
            rank: shape.len() as u32,
            reserved: 0,
            dims,
        }
    }

    fn duplicate(&self) -> RawTensorBox {
        self.session().meter().count_boundary_call();
        self.clone().into_raw()
    }

    fn call(&self, op: u32, args: Args<'_>) -> RawResult<RVec<RawTensorBox>> {
        self.session().meter().count_boundary_call();
        let _span = tracing::trace_span!(target: PROFILE, "tensor", op = ops::name(op)).entered();
        catch(ops::name(op), || ops::tensor(self, op, args))
    }

    fn borrow(&self, exclusive: bool, user: *mut c_void, visit: SliceVisitor) -> RawResult<()> {
        self.session().meter().count_boundary_call();
        catch("borrow", || {
            if exclusive {
                self.lend_exclusively(user, visit)
            } else {
                self.lend(user, visit)
            }
        })
    }
}

impl HostTensor {
    fn lend(&self, user: *mut c_void, visit: SliceVisitor) -> Result<()> {
        let view = self.view()?;
        let call = |data: *const u8, bytes| (visit.call)(user, data.cast_mut(), bytes);
        if view.device().is_cpu() && view.is_contiguous() {
            return loan::read_bytes(&view, call);
        }
        // Off the CPU a reader gets a copy on the host: single numbers and small vectors are read this way.
        let copy = view
            .to_device(&candle_core::Device::Cpu)
            .and_then(|t| t.contiguous())
            .map_err(|e| Error::new("tensor-op", e.to_string()))?;
        loan::read_bytes(&copy, call)
    }

    fn lend_exclusively(&self, user: *mut c_void, visit: SliceVisitor) -> Result<()> {
        self.exclusive(|tensor| loan::write_bytes(tensor, |data, bytes| (visit.call)(user, data, bytes)))
    }
}

/// The code of an element type as it crosses the boundary.
pub(crate) fn code_of(found: DType) -> u32 {
    match found {
        DType::F32 => dtype::F32,
        DType::F64 => dtype::F64,
        DType::I64 => dtype::I64,
        DType::U8 => dtype::U8,
        DType::U32 => dtype::U32,
        DType::I32 => dtype::I32,
        // No operation makes another type.
        _ => u32::MAX,
    }
}
