//! A data set made up for tests, and ways to look at batches.

use neurotrain_loader::{Batch, Loader, LoaderConfig, Split};
use neurotrain_plugin_api::abi::RawDatasetBox;
use neurotrain_plugin_api::export::{Exported, RStr, open_dataset};
use neurotrain_plugin_api::{Component, Config, Ctx, Dataset, DatasetInfo, Error, Result, Samples};
use neurotrain_tensor::{Callbacks, RealType, Services, Session, SessionConfig};
use std::sync::Arc;

/// Images of shape [2, 3, 4] whose values are a function of split and index. What `fault` names goes wrong.
pub(crate) struct MadeUp {
    config: Config,
}

pub(crate) const SHAPE: [usize; 3] = [2, 3, 4];
pub(crate) const PIXELS: usize = 24;
pub(crate) const TRAIN: u64 = 103;
pub(crate) const TEST: u64 = 37;

/// The stored value of an element.
pub(crate) fn stored(split: &str, sample: u64, element: usize) -> u8 {
    let x = sample * 31 + element as u64 * 17 + split.len() as u64;
    // The last element is the same in all samples; a third of the others are 0, some are 255.
    match x % 6 {
        _ if element == PIXELS - 1 => 128,
        0 | 1 => 0,
        2 => 255,
        _ => (x * 37 % 256) as u8,
    }
}

impl MadeUp {
    fn fault(&self) -> &str {
        self.config.text("fault").unwrap_or("")
    }
}

impl Dataset for MadeUp {
    const KEY: &'static str = "made-up";

    fn manifest() -> Component {
        Component::default()
    }

    fn open(config: &Config, _: &Ctx) -> Result<Self> {
        Ok(MadeUp {
            config: config.clone(),
        })
    }

    fn info(&self) -> DatasetInfo {
        let mut splits = vec![("train".into(), TRAIN as usize), ("test".into(), TEST as usize)];
        if self.config.get("validation").is_some() {
            splits.push(("validation".into(), 11));
        }
        let mut info = DatasetInfo {
            kind: self.config.text("kind").unwrap_or("image").into(),
            shape: SHAPE.to_vec(),
            classes: 5,
            splits,
            scale: 1.0 / 255.0,
            mean: vec![0.25, 0.5],
            std: vec![0.5, 2.0],
            rate_from_standardised: self.config.get("standardised").is_some(),
            flip: self.config.get("augment").is_some(),
            crop_padding: if self.config.get("augment").is_some() {
                1
            } else {
                0
            },
            ..DatasetInfo::default()
        };
        match self.fault() {
            "description" => panic!("no description"),
            "kind" => info.kind = "sound".into(),
            "shape" => info.shape = vec![2, 0, 4],
            "mean" => info.mean = vec![0.0; 3],
            "std" => info.std = vec![0.0],
            "scale" => info.scale = f64::NAN,
            "classes" => info.classes = 0,
            "no training" => info.splits.clear(),
            "no test" => info.splits.truncate(1),
            _ => {}
        }
        info
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let has = |sample| indices.contains(&sample);
        match self.fault() {
            "error" if has(50) => {
                return Err(Error::bad_data("file x: broken at offset 7").with_hint("mend it"));
            }
            "panic" if has(50) => panic!("out of cheese"),
            _ => {}
        }
        let mut labels: Vec<i64> = indices.iter().map(|i| (i % 5) as i64).collect();
        match (self.fault(), indices.iter().position(|i| *i == 50)) {
            ("label", Some(at)) => labels[at] = 5,
            ("negative label", Some(at)) => labels[at] = -1,
            ("labels", Some(_)) => drop(labels.pop()),
            _ => {}
        }
        if let Some(mode) = self.config.get("frames").and_then(|v| v.as_str()) {
            // [N, 3, ..shape]: value of (sample, step, element).
            let value = |i: &u64, t: usize, e: usize| match mode {
                "binary" => f32::from(stored(split, *i + t as u64, e) > 100) * 255.0,
                _ => f32::from(stored(split, *i + t as u64, e)),
            };
            let values = indices
                .iter()
                .flat_map(|i| (0..3).flat_map(move |t| (0..PIXELS).map(move |e| value(i, t, e))))
                .collect();
            return Ok(Samples::Reals { values, labels });
        }
        let mut values: Vec<u8> = indices
            .iter()
            .flat_map(|i| (0..PIXELS).map(|e| stored(split, *i, e)))
            .collect();
        if self.fault() == "values" && has(50) {
            values.pop();
        }
        if self.config.get("reals").is_some() {
            let mut values: Vec<f32> = values.into_iter().map(f32::from).collect();
            if let (Some(at), "not a number") = (indices.iter().position(|i| *i == 50), self.fault()) {
                values[at * PIXELS + 3] = f32::NAN;
            }
            return Ok(Samples::Reals { values, labels });
        }
        Ok(Samples::Bytes { values, labels })
    }
}

pub(crate) fn session(dtype: RealType) -> Arc<Session> {
    Session::new(SessionConfig {
        device: "cpu".into(),
        dtype,
        seed: 1,
        ..SessionConfig::default()
    })
    .unwrap()
}

/// Opens a data set through the boundary.
pub(crate) fn dataset<D: Dataset>(session: &Arc<Session>, settings: &[(&str, &str)]) -> RawDatasetBox {
    let mut config = Config::default();
    settings.iter().for_each(|(key, value)| config.set(key, *value));
    let host = Services::new(session.clone(), Callbacks::default());
    let json = config.to_json();
    let opened = open_dataset(
        &[Exported::dataset::<D>()],
        RStr::from_str(D::KEY),
        RStr::from_str(&json),
        host,
    );
    opened.into_result().unwrap()
}

/// Small batches that are prepared when asked for.
pub(crate) fn config() -> LoaderConfig {
    LoaderConfig {
        steps: 4,
        batch_size: 16,
        validation_fraction: 0.2,
        seed: 9,
        prefetch: 0,
        ..LoaderConfig::default()
    }
}

pub(crate) fn made_up(settings: &[(&str, &str)], config: LoaderConfig) -> Loader {
    let session = session(RealType::F32);
    Loader::open(dataset::<MadeUp>(&session, settings), &session, config).unwrap()
}

pub(crate) fn epoch(loader: &Loader, split: Split, epoch: u64) -> Vec<Batch> {
    loader
        .epoch(split, epoch)
        .unwrap()
        .collect::<Result<_>>()
        .unwrap()
}

/// Samples in the order of use.
pub(crate) fn samples(batches: &[Batch]) -> Vec<u64> {
    batches.iter().flat_map(|b| b.samples.iter().copied()).collect()
}

/// The input of each sample, `[T, elements]`, by number.
pub(crate) fn inputs(batches: &[Batch]) -> std::collections::BTreeMap<u64, Vec<f32>> {
    let mut all = std::collections::BTreeMap::new();
    for batch in batches {
        let dims = batch.input.dims();
        let (steps, n) = (dims[0], dims[1]);
        let len: usize = dims[2..].iter().product();
        batch
            .input
            .with_slice(|values: &[f32]| {
                for (i, sample) in batch.samples.iter().enumerate() {
                    let rows = (0..steps).flat_map(|t| &values[(t * n + i) * len..(t * n + i + 1) * len]);
                    all.insert(*sample, rows.copied().collect::<Vec<f32>>());
                }
            })
            .unwrap();
    }
    all
}
