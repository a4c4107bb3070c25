//! A run: its device, real type, seed and meter.

use crate::columns::turned;
use crate::recycled::{LEAST, Recycled, bytes_of};
use crate::value::DenseView;
use crate::{Category, Meter, loan};
use candle_core::{DType, Device};
use neurotrain_kernels::Real;
use neurotrain_kernels::cost::CostTable;
use neurotrain_plugin_api::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The real type of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RealType {
    /// IEEE single precision.
    #[default]
    F32,
    /// IEEE double precision.
    F64,
}

/// What a run is opened with.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// `auto`, `cpu`, `cuda:N` or `metal`.
    pub device: String,
    /// The real type.
    pub dtype: RealType,
    /// The seed that all randomness comes from.
    pub seed: u64,
    /// What decides between dense and event-driven products. The two agree to rounding only, so runs that are to agree
    /// to the bit need the same table.
    pub cost: CostTable,
}

impl Default for SessionConfig {
    /// Single precision on the processor, seed 0, the built-in table.
    fn default() -> Self {
        SessionConfig {
            device: "cpu".to_owned(),
            dtype: RealType::F32,
            seed: 0,
            cost: CostTable::builtin(),
        }
    }
}

/// One run. Two sessions in one process share nothing.
#[derive(Debug)]
pub struct Session {
    device: Device,
    device_name: String,
    dtype: DType,
    seed: u64,
    cost: CostTable,
    meter: Meter,
    recycled: Recycled,
    /// Bytes of training state that were once live together.
    needed: AtomicUsize,
}

impl Session {
    /// Opens the device.
    ///
    /// # Errors
    /// `bad-config` for a name that is none, `unsupported` for a device that this machine or this build does not have.
    pub fn new(config: SessionConfig) -> Result<Arc<Session>> {
        let (device, device_name) = open_device(&config.device)?;
        let dtype = match config.dtype {
            RealType::F32 => DType::F32,
            RealType::F64 => DType::F64,
        };
        if dtype == DType::F64 && device.is_metal() {
            return Err(Error::new(
                "unsupported",
                "Metal has no double precision: `dtype` f64 cannot run on `metal`",
            )
            .with_hint("use `dtype: f32` or `device: cpu`"));
        }
        Ok(Arc::new(Session {
            device,
            device_name,
            dtype,
            seed: config.seed,
            cost: config.cost,
            meter: Meter::default(),
            recycled: Recycled::default(),
            needed: AtomicUsize::new(0),
        }))
    }

    /// The device that tensors of the run live on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Its name as resolved: `cpu`, `cuda:0` or `metal`.
    pub fn device_name(&self) -> &str {
        &self.device_name
    }

    /// The run's real type, `F32` or `F64`.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The run's seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What decides between dense and event-driven products.
    pub fn cost(&self) -> &CostTable {
        &self.cost
    }

    /// A buffer of `length` elements with arbitrary values, which may be the memory of a dropped tensor.
    pub fn buffer<R: Real>(&self, length: usize) -> Vec<R> {
        self.kept_buffer(length).unwrap_or_else(|| vec![R::ZERO; length])
    }

    /// The memory of a dropped tensor with arbitrary values, where there is one of this length or of little more.
    pub(crate) fn kept_buffer<E: 'static>(&self, length: usize) -> Option<Vec<E>> {
        let buffer = self.recycled.take(length)?;
        self.meter.release(Category::Free, bytes_of(&buffer) as u64);
        Some(buffer)
    }

    /// Keeps the memory of a tensor that is dropped, where nobody else sees it.
    pub(crate) fn recycle(&self, view: DenseView) {
        let tensor = &view.tensor;
        let bytes = tensor.elem_count() * tensor.dtype().size_in_bytes();
        if bytes < LEAST || !self.device.is_cpu() || tensor.track_op() || !view.token.is_exclusive() {
            return;
        }
        // Candle does not lend what is repeated or cut, and its refusal costs more than the memory.
        let straight = if tensor.is_contiguous() {
            tensor.clone()
        } else if let Some(turned) = turned(tensor) {
            turned
        } else {
            return;
        };
        let single = loan::take::<f32>(&straight);
        let double = loan::take::<f64>(&straight);
        // The tensor's own charge ends first, so that its memory is never counted twice.
        drop(view);
        // Half as much again as the run ever needed at once: layers are not live together, their buffers all come back.
        let needed = self.meter.peak_training_bytes() as usize;
        let needed = self.needed.fetch_max(needed, Relaxed).max(needed);
        let most = needed + needed / 2;
        let change = match (single, double) {
            (Some(buffer), _) => self.recycled.keep_single(buffer, most),
            (_, Some(buffer)) => self.recycled.keep_double(buffer, most),
            _ => return,
        };
        self.meter.charge(Category::Free, change.kept as u64);
        self.meter.release(Category::Free, change.dropped as u64);
    }

    /// What the run allocates and computes.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }
}

fn open_device(name: &str) -> Result<(Device, String)> {
    let index = |text: &str| {
        text.parse::<usize>().map_err(|_| {
            Error::new(
                "bad-config",
                format!("`device`: `{name}` has no number after the colon"),
            )
        })
    };
    match name.split_once(':').unwrap_or((name, "")) {
        ("cpu", "") => Ok((Device::Cpu, "cpu".to_owned())),
        ("auto", "") => Ok(best_device()),
        ("cuda", number) => {
            let number = if number.is_empty() { 0 } else { index(number)? };
            let device = Device::new_cuda(number).map_err(|e| absent(name, "cuda", &e))?;
            Ok((device, format!("cuda:{number}")))
        }
        ("metal", number) => {
            let number = if number.is_empty() { 0 } else { index(number)? };
            let device = Device::new_metal(number).map_err(|e| absent(name, "metal", &e))?;
            Ok((device, "metal".to_owned()))
        }
        _ => Err(
            Error::new("bad-config", format!("`device`: `{name}` is not a device"))
                .with_hint("write `auto`, `cpu`, `cuda:0` or `metal`"),
        ),
    }
}

fn best_device() -> (Device, String) {
    if let Ok(device) = Device::new_cuda(0) {
        return (device, "cuda:0".to_owned());
    }
    match Device::new_metal(0) {
        Ok(device) => (device, "metal".to_owned()),
        Err(_) => (Device::Cpu, "cpu".to_owned()),
    }
}

fn absent(name: &str, feature: &str, cause: &candle_core::Error) -> Error {
    Error::new(
        "unsupported",
        format!("`device`: `{name}` cannot be opened: {cause}"),
    )
    .with_hint(format!(
        "use `device: cpu`, or a build with the cargo feature `{feature}` on a machine that has it"
    ))
}
