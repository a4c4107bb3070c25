//! What a plugin may ask of the host.

use crate::abi::{Args, Bundle, IndexVisitor, RawHostBox, catch, ops};
use crate::tensor::{missing_result, with_raw};
use crate::tensor_ops::ints;
use crate::{DType, Error, Result, Tensor};
use abi_stable::std_types::RStr;
use core::ffi::c_void;

/// Severity of a log record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The run cannot go on.
    Error = 1,
    /// Something the user should know.
    Warn = 2,
    /// Progress.
    Info = 3,
    /// Detail for the author.
    Debug = 4,
    /// More of it.
    Trace = 5,
}

/// The host as seen by a plugin: tensors, randomness, logging, cancellation, services.
///
/// A plugin opens no file for writing, prints nothing, starts no threads and takes no randomness from a
/// clock: what it needs comes from here.
pub struct Ctx {
    raw: RawHostBox,
    seed: u64,
    dtype: DType,
}

impl Clone for Ctx {
    fn clone(&self) -> Self {
        Ctx {
            raw: self.raw.duplicate(),
            seed: self.seed,
            dtype: self.dtype,
        }
    }
}

impl Ctx {
    /// Wraps the host's handle; called by the export macro.
    pub fn from_raw(raw: RawHostBox) -> Result<Self> {
        let run = raw
            .service(RStr::from_str("run"), Bundle::new())
            .into_result()
            .map_err(Error::from)?;
        Ok(Ctx {
            seed: run.int("seed")? as u64,
            dtype: DType::from_code(run.int("dtype")? as u32),
            raw,
        })
    }

    /// The run's seed. Use it through the random operations, which mix in a purpose and an index.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The run's real type, `F32` or `F64`.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Writes a log record that carries the plugin's name and version.
    pub fn log(&self, level: Level, message: &str) {
        self.raw.log(level as u32, RStr::from_str(message));
    }

    /// Whether the user asked to stop.
    pub fn cancelled(&self) -> bool {
        self.raw.cancelled()
    }

    /// An error when the user asked to stop; for use with `?` in long loops.
    pub fn check_cancelled(&self) -> Result<()> {
        if self.cancelled() {
            Err(Error::new("cancelled", "stopped on request"))
        } else {
            Ok(())
        }
    }

    /// A tensor of zeros in the run's real type.
    pub fn zeros(&self, shape: &[usize]) -> Result<Tensor> {
        self.full(shape, 0.0)
    }

    /// A tensor filled with `value`.
    pub fn full(&self, shape: &[usize], value: f64) -> Result<Tensor> {
        self.op(ops::FULL, &[], &[value], &ints(shape), "")
    }

    /// A real tensor from values in row-major order.
    pub fn tensor(&self, values: &[f64], shape: &[usize]) -> Result<Tensor> {
        self.op(ops::FROM_REALS, &[], values, &ints(shape), "")
    }

    /// An i64 vector: labels or indices.
    pub fn indices(&self, values: &[i64]) -> Result<Tensor> {
        self.op(ops::FROM_INTS, &[], &[], values, "")
    }

    /// Uniform numbers in `[low, high)`: a pure function of the seed, `purpose` and `index`.
    pub fn uniform(&self, purpose: &str, index: u64, shape: &[usize], low: f64, high: f64) -> Result<Tensor> {
        self.op(
            ops::UNIFORM,
            &[],
            &[low, high],
            &with_index(index, shape),
            purpose,
        )
    }

    /// Normal numbers: a pure function of the seed, `purpose` and `index`.
    pub fn normal(&self, purpose: &str, index: u64, shape: &[usize], mean: f64, std: f64) -> Result<Tensor> {
        self.op(ops::NORMAL, &[], &[mean, std], &with_index(index, shape), purpose)
    }

    /// 0/1 draws with the probabilities of a tensor.
    pub fn bernoulli(&self, purpose: &str, index: u64, probability: &Tensor) -> Result<Tensor> {
        self.op(ops::BERNOULLI, &[probability], &[], &[index as i64], purpose)
    }

    /// A random permutation of `0..n`, i64.
    pub fn permutation(&self, purpose: &str, index: u64, n: usize) -> Result<Tensor> {
        self.op(ops::PERMUTATION, &[], &[], &[index as i64, n as i64], purpose)
    }

    /// The generator itself, for randomness outside tensors.
    pub fn rng(&self, purpose: &str, index: u64) -> crate::rng::Stream {
        crate::rng::Stream::new(self.seed, purpose, index)
    }

    /// Runs `body(i)` for every `i < count` on the host's threads. Nesting is an error.
    pub fn parallel_for(&self, count: usize, body: impl Fn(usize) + Sync) -> Result<()> {
        struct Job<F> {
            body: F,
            failure: std::sync::Mutex<Option<Error>>,
        }
        extern "C" fn call<F: Fn(usize) + Sync>(user: *mut c_void, index: usize) {
            // SAFETY: `user` is the `Job` of the enclosing call, which waits for all indices.
            let job = unsafe { &*user.cast::<Job<F>>() };
            if let Err(e) = catch("parallel_for", || {
                (job.body)(index);
                Ok(())
            })
            .into_result()
            {
                *job.failure
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(e.into());
            }
        }
        fn call_of<F: Fn(usize) + Sync>(_: &Job<F>) -> IndexVisitor {
            IndexVisitor { call: call::<F> }
        }
        let mut job = Job {
            body,
            failure: std::sync::Mutex::new(None),
        };
        let callback = call_of(&job);
        self.raw
            .parallel_for(count, (&raw mut job).cast(), callback)
            .into_result()?;
        match job
            .failure
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
        {
            Some(e) => Err(e),
            None => Ok(()),
        }
    }

    /// Asks a named service of the host. `unsupported` means this host does not have it.
    ///
    /// Services of API 1.0: `run` (seed, type), `data_dir` (request `key`; answers `dirs`, newline-separated
    /// folders to look for a data set in, and `bundled`, the folder of bundled data). Hosts may have more, see
    /// [`hdf5_array`](Ctx::hdf5_array).
    pub fn service(&self, name: &str, request: Bundle) -> Result<Bundle> {
        Ok(self.raw.service(RStr::from_str(name), request).into_result()?)
    }

    /// Folders in which data set `key` may lie, best first; bundled data last.
    pub fn data_dirs(&self, key: &str) -> Result<Vec<std::path::PathBuf>> {
        let mut request = Bundle::new();
        request.put_text("key", key);
        let answer = self.service("data_dir", request)?;
        Ok(answer.text("dirs")?.lines().map(Into::into).collect())
    }

    fn op(&self, op: u32, tensors: &[&Tensor], reals: &[f64], ints: &[i64], text: &str) -> Result<Tensor> {
        with_raw(tensors, |raw| {
            let out = self
                .raw
                .call(op, Args::new(raw, reals, ints, text))
                .into_result()?;
            out.into_iter()
                .next()
                .map(Tensor::from_raw)
                .ok_or_else(|| missing_result(op))
        })
    }
}

fn with_index(index: u64, shape: &[usize]) -> Vec<i64> {
    std::iter::once(index as i64)
        .chain(shape.iter().map(|d| *d as i64))
        .collect()
}
