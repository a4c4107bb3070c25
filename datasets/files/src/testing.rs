//! A host for the tests of data set plugins: it knows data folders and remembers what was logged.

use abi_stable::erased_types::TD_Opaque;
use abi_stable::std_types::{RResult, RStr, RVec};
use core::ffi::c_void;
use neurotrain_plugin_api::abi::{
    Args, IndexVisitor, RawError, RawHost, RawHost_TO, RawHostBox, RawResult, RawTensorBox,
};
use neurotrain_plugin_api::{
    Bundle, Config, Ctx, Dataset, DatasetInfo, Error, NO_SUCH_ARRAY, Result, Samples,
};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The host's side of a data set under test.
#[derive(Debug, Clone, Default)]
pub struct TestHost {
    /// The data folders.
    pub dirs: Vec<PathBuf>,
    /// Arrays of HDF5 files: the end of the file's path, the array's name, its rows.
    pub arrays: Vec<(&'static str, &'static str, Vec<Vec<f64>>)>,
    /// Reads arrays of files in place of `arrays`.
    pub hdf5: Option<fn(&Bundle) -> Result<Bundle>>,
    log: Arc<Mutex<Vec<String>>>,
}

impl TestHost {
    /// A host with one data folder.
    pub fn with_dir(dir: &Path) -> Self {
        TestHost {
            dirs: vec![dir.to_owned()],
            ..TestHost::default()
        }
    }

    /// Opens a data set with its defaults and `settings`.
    ///
    /// # Errors
    /// Those of the data set.
    pub fn open<D: Dataset>(&self, settings: &[(&str, &str)]) -> Result<D> {
        self.open_with(|config| {
            for (key, value) in settings {
                match *value {
                    "true" => config.set(key, true),
                    "false" => config.set(key, false),
                    text => config.set(key, text),
                }
            }
        })
    }

    /// Opens a data set with its defaults and what `set` changes.
    ///
    /// # Errors
    /// Those of the data set.
    pub fn open_with<D: Dataset>(&self, set: impl FnOnce(&mut Config)) -> Result<D> {
        let ctx = Ctx::from_raw(RawHost_TO::from_value(self.clone(), TD_Opaque))?;
        let mut config = Config::defaults(&D::manifest().params);
        set(&mut config);
        D::open(&config, &ctx)
    }

    fn array(&self, request: &Bundle) -> Result<Bundle> {
        let (path, name) = (request.text("path")?, request.text("array")?);
        let found = self
            .arrays
            .iter()
            .find(|(file, array, _)| path.ends_with(file) && *array == name);
        let (.., all) =
            found.ok_or_else(|| Error::new(NO_SUCH_ARRAY, format!("{path}: there is no array `{name}`")))?;
        let mut answer = Bundle::new();
        if request.text("kind")? == "numbers" {
            let width = all.first().map_or(0, Vec::len) as i64;
            let rows = all.len() as i64;
            let dims = if width == 1 { vec![rows] } else { vec![rows, width] };
            answer.put_ints("dims", &dims);
            answer.put_reals("values", &all.concat());
            return Ok(answer);
        }
        let rows = match request.get("rows") {
            Some(_) => request.ints("rows")?,
            None => (0..all.len() as i64).collect(),
        };
        let mut offsets = vec![0];
        let mut values = Vec::new();
        for row in &rows {
            values.extend_from_slice(&all[*row as usize]);
            offsets.push(values.len() as i64);
        }
        answer.put_ints("dims", &[rows.len() as i64]);
        answer.put_int("length", all.len() as i64);
        answer.put_ints("offsets", &offsets);
        answer.put_reals("values", &values);
        Ok(answer)
    }

    /// What was logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Number of samples of a split.
pub fn size(info: &DatasetInfo, split: &str) -> usize {
    info.splits
        .iter()
        .find(|(name, _)| name == split)
        .map_or(0, |(_, n)| *n)
}

/// All samples of a split whose values are bytes.
///
/// # Errors
/// Those of the data set.
pub fn all_bytes<D: Dataset>(data: &D, split: &str) -> Result<(Vec<u8>, Vec<i64>)> {
    let indices: Vec<u64> = (0..size(&data.info(), split) as u64).collect();
    match data.read(split, &indices)? {
        Samples::Bytes { values, labels } => Ok((values, labels)),
        _ => Err(Error::new("test", "the values are no bytes")),
    }
}

/// The folder of reference data, unless absent: `NEUROTRAIN_SHARED`, or `shared` beside the repository. Says so where
/// it is absent.
#[expect(clippy::print_stderr, reason = "tests that skip say so")]
pub fn shared_data(manifest_dir: &str) -> Option<PathBuf> {
    let root = std::env::var_os("NEUROTRAIN_SHARED")
        .map_or_else(|| Path::new(manifest_dir).join("../../../shared"), PathBuf::from);
    let data = Some(root.join("data")).filter(|d| d.is_dir());
    if data.is_none() {
        eprintln!("skipped: no reference data; set NEUROTRAIN_SHARED to its folder");
    }
    data
}

fn refused<T>() -> RawResult<T> {
    RResult::RErr(RawError {
        code: "unsupported".into(),
        message: "not in tests".into(),
        hint: "".into(),
    })
}

impl RawHost for TestHost {
    fn duplicate(&self) -> RawHostBox {
        RawHost_TO::from_value(self.clone(), TD_Opaque)
    }
    fn call(&self, _: u32, _: Args<'_>) -> RawResult<RVec<RawTensorBox>> {
        refused()
    }
    fn service(&self, name: RStr<'_>, request: Bundle) -> RawResult<Bundle> {
        let mut answer = Bundle::new();
        match name.as_str() {
            "run" => {
                answer.put_int("seed", 1);
                answer.put_int("dtype", 0);
            }
            "data_dir" => {
                let dirs: Vec<String> = self.dirs.iter().map(|d| d.display().to_string()).collect();
                answer.put_text("dirs", &dirs.join("\n"));
            }
            "hdf5_array" => {
                let answer = self
                    .hdf5
                    .map_or_else(|| self.array(&request), |read| read(&request));
                return match answer {
                    Ok(answer) => RResult::ROk(answer),
                    Err(e) => RResult::RErr(e.into()),
                };
            }
            _ => return refused(),
        }
        RResult::ROk(answer)
    }
    fn log(&self, _: u32, message: RStr<'_>) {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(message.to_string());
    }
    fn cancelled(&self) -> bool {
        false
    }
    fn parallel_for(&self, count: usize, user: *mut c_void, body: IndexVisitor) -> RawResult<()> {
        (0..count).for_each(|index| (body.call)(user, index));
        RResult::ROk(())
    }
}
