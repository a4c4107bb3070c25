//! A host for tests, and small sets of files.

use abi_stable::erased_types::TD_Opaque;
use abi_stable::std_types::{RResult, RStr, RVec};
use core::ffi::c_void;
use flate2::Compression;
use flate2::write::GzEncoder;
use neurotrain_plugin_api::abi::{
    Args, IndexVisitor, RawError, RawHost, RawHost_TO, RawHostBox, RawResult, RawTensorBox,
};
use neurotrain_plugin_api::{Bundle, Config, Ctx, Dataset, Error, Samples};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Knows data folders, and remembers what was logged.
#[derive(Clone, Default)]
pub(crate) struct TestHost {
    pub(crate) dirs: Vec<PathBuf>,
    pub(crate) log: Arc<Mutex<Vec<String>>>,
}

impl TestHost {
    pub(crate) fn with_dir(dir: &Path) -> Self {
        TestHost {
            dirs: vec![dir.to_owned()],
            ..TestHost::default()
        }
    }

    pub(crate) fn open<D: Dataset>(&self, settings: &[(&str, &str)]) -> Result<D, Error> {
        let ctx = Ctx::from_raw(RawHost_TO::from_value(self.clone(), TD_Opaque))?;
        let mut config = Config::defaults(&D::manifest().params);
        settings.iter().for_each(|(key, value)| config.set(key, *value));
        D::open(&config, &ctx)
    }
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
    fn service(&self, name: RStr<'_>, _: Bundle) -> RawResult<Bundle> {
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
            _ => return refused(),
        }
        RResult::ROk(answer)
    }
    fn log(&self, _: u32, message: RStr<'_>) {
        self.log.lock().unwrap().push(message.to_string());
    }
    fn cancelled(&self) -> bool {
        false
    }
    fn parallel_for(&self, _: usize, _: *mut c_void, _: IndexVisitor) -> RawResult<()> {
        refused()
    }
}

pub(crate) const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Contents of the four files of a set of 20 and 10 samples.
pub(crate) fn small_set() -> [Vec<u8>; 4] {
    let images = |n: u32| {
        let mut file = [0x803_u32, n, 28, 28].map(u32::to_be_bytes).concat();
        file.extend((0..n * 784).map(|i| (i * 7 % 251) as u8));
        file
    };
    let labels = |n: u32| {
        let mut file = [0x801_u32, n].map(u32::to_be_bytes).concat();
        file.extend((0..n).map(|i| (i % 10) as u8));
        file
    };
    [images(20), labels(20), images(10), labels(10)]
}

pub(crate) fn write_set(dir: &Path, names: [&str; 4], contents: &[Vec<u8>; 4]) {
    std::fs::create_dir_all(dir).unwrap();
    for (name, content) in names.iter().zip(contents) {
        std::fs::write(dir.join(name), content).unwrap();
    }
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// All samples of a split.
pub(crate) fn all<D: Dataset>(data: &D, split: &str) -> (Vec<u8>, Vec<i64>) {
    let size = data
        .info()
        .splits
        .iter()
        .find(|(name, _)| name == split)
        .unwrap()
        .1;
    match data.read(split, &(0..size as u64).collect::<Vec<_>>()).unwrap() {
        Samples::Bytes { values, labels } => (values, labels),
        _ => panic!("images are bytes"),
    }
}

pub(crate) fn histogram(labels: &[i64]) -> [usize; 10] {
    let mut counts = [0; 10];
    labels.iter().for_each(|l| counts[*l as usize] += 1);
    counts
}

/// The folder of reference data, unless absent.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let root = std::env::var_os("NEUROTRAIN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    Some(root.join("data")).filter(|d| d.is_dir())
}
