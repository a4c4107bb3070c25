//! The data set `USPS` (J. J. Hull, "A database for handwritten text recognition research", IEEE TPAMI 16, 1994).

use neurotrain_data_files::{Content, Place, Wanted, split_of};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Error, FileInfo, Paper, Result, Samples, Source,
    coding_params,
};
use std::path::Path;

/// USPS, in memory.
#[derive(Debug)]
pub struct Usps {
    train: Part,
    test: Part,
    files: Vec<FileInfo>,
    mean: f64,
    std: f64,
}

#[derive(Debug)]
struct Part {
    /// `[N, 16, 16]`, from 0 to 1.
    pixels: Vec<f32>,
    labels: Vec<u8>,
}

const WANTED: Wanted = Wanted {
    key: "USPS",
    folders: &["USPS", "usps"],
    advice: "put usps.h5 (groups `train` and `test` with `data` and `target`, as many machine-learning courses \
             distribute it) into a folder called USPS in one of the data folders",
};

const SIDE: usize = 16;
const CLASSES: usize = 10;
/// Samples of the full set.
const FULL: (usize, usize) = (7291, 2007);

impl Part {
    fn read(path: &Path, group: &str, ctx: &Ctx) -> Result<Part> {
        let fault = |what: String| {
            Error::bad_data(format!("{}: group `{group}`: {what}", path.display()))
                .with_hint("the file is damaged or of another layout; replace it")
        };
        let data = ctx.hdf5_array(path, &format!("{group}/data"))?;
        let target = ctx.hdf5_array(path, &format!("{group}/target"))?;
        let n = target.values.len();
        if n == 0 || data.values.len() != n * SIDE * SIDE {
            return Err(fault(format!("`data` of shape {:?} for {n} targets", data.dims)));
        }
        if let Some(i) = data.values.iter().position(|v| !(0.0..=1.0).contains(v)) {
            let value = data.values[i];
            return Err(fault(format!(
                "pixel {value} of image {} is not from 0 to 1",
                i / (SIDE * SIDE)
            )));
        }
        let is_class = |l: &f64| l.fract() == 0.0 && (0.0..CLASSES as f64).contains(l);
        if let Some(i) = target.values.iter().position(|l| !is_class(l)) {
            return Err(fault(format!(
                "target {} of image {i} is not a class below {CLASSES}",
                target.values[i]
            )));
        }
        Ok(Part {
            pixels: data.values.iter().map(|v| *v as f32).collect(),
            labels: target.values.iter().map(|l| *l as u8).collect(),
        })
    }
}

impl Usps {
    fn sizes(&self) -> [(&'static str, usize); 2] {
        [
            ("train", self.train.labels.len()),
            ("test", self.test.labels.len()),
        ]
    }
}

impl Dataset for Usps {
    const KEY: &'static str = "USPS";

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "USPS digits",
            "digits of postal codes, 7,291 training and 2,007 test images of 16×16 grey levels, ten classes",
        )
        .networks(&["fc", "rec", "conv"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title: "A database for handwritten text recognition research".into(),
            year: 1994,
            doi: "10.1109/34.291440".into(),
            ..Paper::default()
        })
        .folders(WANTED.folders)
        .sources(vec![Source::manual("usps.h5", WANTED.advice)]);
        component.params = coding_params(10, "rate");
        component
    }

    fn open(_: &Config, ctx: &Ctx) -> Result<Self> {
        let place = Place::of(&WANTED, ctx);
        let path = place.find("usps.h5").ok_or_else(|| place.missing(&WANTED))?;
        let file = Content::read(&path)?.info();
        let (train, test) = (Part::read(&path, "train", ctx)?, Part::read(&path, "test", ctx)?);
        let values = || train.pixels.iter().map(|v| f64::from(*v));
        let n = train.pixels.len() as f64;
        let mean = values().sum::<f64>() / n;
        let variance = values().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        // A set of equal pixels cannot be standardised.
        let std = if variance > 0.0 { variance.sqrt() } else { 1.0 };
        Ok(Usps {
            train,
            test,
            files: vec![file],
            mean,
            std,
        })
    }

    fn info(&self) -> DatasetInfo {
        let [(_, n), (_, m)] = self.sizes();
        DatasetInfo {
            kind: "image".into(),
            shape: vec![1, SIDE, SIDE],
            classes: CLASSES,
            class_names: (0..CLASSES).map(|c| c.to_string()).collect(),
            splits: vec![("train".into(), n), ("test".into(), m)],
            scale: 1.0,
            mean: vec![self.mean],
            std: vec![self.std],
            files: self.files.clone(),
            variant: if (n, m) == FULL {
                String::new()
            } else {
                format!("subset {n}/{m}")
            },
            attribution: "USPS: Jonathan J. Hull and the United States Postal Service; for research".into(),
            crop_padding: 2,
            ..DatasetInfo::default()
        }
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let part = match split_of(Self::KEY, &self.sizes(), split, indices)? {
            0 => &self.train,
            _ => &self.test,
        };
        let size = SIDE * SIDE;
        let mut values = Vec::with_capacity(indices.len() * size);
        let mut labels = Vec::with_capacity(indices.len());
        for index in indices {
            let i = *index as usize;
            values.extend_from_slice(&part.pixels[i * size..(i + 1) * size]);
            labels.push(part.labels[i].into());
        }
        Ok(Samples::Reals { values, labels })
    }
}
