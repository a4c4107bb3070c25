//! The data set `SVHN` (Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu and A. Y. Ng, "Reading digits in natural
//! images with unsupervised feature learning", NIPS workshop, 2011).

use crate::digits::{CLASSES, IMAGE, Part, SIDE};
use neurotrain_data_files::{Content, Place, Wanted, split_of, variant_of, warn_of_variant};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, FileInfo, Paper, ParamSchema, Result, Samples, Source,
    coding_params,
};

/// SVHN, decoded in memory.
#[derive(Debug)]
pub struct Svhn {
    train: Part,
    test: Part,
    files: Vec<FileInfo>,
    variant: String,
}

const WANTED: Wanted = Wanted {
    key: "SVHN",
    folders: &["SVHN", "svhn"],
    advice: "put train_32x32.mat and test_32x32.mat (\"format 2\") from http://ufldl.stanford.edu/housenumbers/ into a \
             folder called SVHN in one of the data folders",
};

/// Published name and MD5 of a file.
type Official = (&'static str, &'static str);

const TRAIN: Official = ("train_32x32.mat", "e26dedcc434d2e4c54c9b2d4a06d8373");
const TEST: Official = ("test_32x32.mat", "eb5a983be6a315427106f1b164d9cef3");
const EXTRA: Official = ("extra_32x32.mat", "a93ce644f1a588dc4d68dda5feec44a7");

/// The official training and extra files together.
const WITH_EXTRA: &str = "with extra training images";

/// The files of "format 2".
fn sources() -> Vec<Source> {
    let file = |(name, md5): Official, bytes| {
        Source::file(name)
            .mirrors_below(&["http://ufldl.stanford.edu/housenumbers"])
            .bytes(bytes)
            .md5(md5)
    };
    vec![
        file(TRAIN, 182_040_794),
        file(TEST, 64_275_384),
        file(EXTRA, 1_329_278_602).optional(),
    ]
}

impl Svhn {
    fn sizes(&self) -> [(&'static str, usize); 2] {
        [
            ("train", self.train.labels.len()),
            ("test", self.test.labels.len()),
        ]
    }

    fn find(place: &Place, with_extra: bool) -> Result<Self> {
        let (mut files, mut paths) = (Vec::new(), Vec::new());
        let mut recognised = true;
        let mut part = |(name, md5): Official| -> Result<Part> {
            let path = place.find(name).ok_or_else(|| {
                let error = place.missing(&WANTED);
                error.context(format!("no file {name}"))
            })?;
            let file = Content::read(&path)?;
            recognised &= file.md5() == md5;
            files.push(file.info());
            paths.push(path);
            Part::decode(&file)
        };
        let (mut train, test) = (part(TRAIN)?, part(TEST)?);
        if with_extra {
            train.append(part(EXTRA)?);
        }
        let (n, m) = (train.labels.len(), test.labels.len());
        let variant = match (recognised, with_extra) {
            (false, _) => format!("unrecognised files {n}/{m}"),
            (true, true) => WITH_EXTRA.to_owned(),
            (true, false) => String::new(),
        };
        Ok(Svhn {
            train,
            test,
            files,
            variant: variant_of(&paths, &[n, m], variant),
        })
    }
}

impl Dataset for Svhn {
    const KEY: &'static str = "SVHN";

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "Street View House Numbers",
            "digits of house numbers, 73,257 training and 26,032 test images of 32×32 pixels in colour, ten classes",
        )
        .networks(&["fc", "rec", "conv", "vgg9"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title: "Reading digits in natural images with unsupervised feature learning".into(),
            year: 2011,
            ..Paper::default()
        })
        .folders(WANTED.folders)
        .sources(sources());
        component.params = coding_params(10, "direct");
        component.params.push(ParamSchema::bool(
            "extra",
            false,
            "train on the 531,131 easier images of extra_32x32.mat too",
        ));
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        let extra = config.get("extra").is_some() && config.bool("extra")?;
        let svhn = Svhn::find(&Place::of(&WANTED, ctx), extra)?;
        if svhn.variant != WITH_EXTRA {
            warn_of_variant(Self::KEY, &svhn.variant, "content", ctx);
        }
        Ok(svhn)
    }

    fn info(&self) -> DatasetInfo {
        DatasetInfo {
            kind: "image".into(),
            shape: vec![3, SIDE, SIDE],
            classes: CLASSES,
            class_names: (0..CLASSES).map(|c| c.to_string()).collect(),
            splits: self.sizes().map(|(name, n)| (name.to_owned(), n)).to_vec(),
            scale: 1.0 / 255.0,
            mean: vec![0.4377, 0.4438, 0.4728],
            std: vec![0.1980, 0.2010, 0.1970],
            files: self.files.clone(),
            variant: self.variant.clone(),
            attribution: "SVHN: Yuval Netzer et al., Stanford; for non-commercial research only".into(),
            crop_padding: 4,
            ..DatasetInfo::default()
        }
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let part = match split_of(Self::KEY, &self.sizes(), split, indices)? {
            0 => &self.train,
            _ => &self.test,
        };
        let mut values = Vec::with_capacity(indices.len() * IMAGE);
        let mut labels = Vec::with_capacity(indices.len());
        for index in indices {
            part.push_image(*index as usize, &mut values);
            labels.push(part.labels[*index as usize].into());
        }
        Ok(Samples::Bytes { values, labels })
    }
}
