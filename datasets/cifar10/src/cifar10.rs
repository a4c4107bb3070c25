//! The data set `CIFAR10` (A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009).

use crate::part::{CLASSES, IMAGE, SHAPE};
use crate::source::{self, Opened};
use neurotrain_data_files::{Place, split_of, warn_of_variant};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Paper, ParamSchema, Result, Samples, coding_params,
};

/// CIFAR-10, decoded in memory.
#[derive(Debug)]
pub struct Cifar10(Opened);

const NAMES: [&str; CLASSES as usize] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

impl Cifar10 {
    fn sizes(&self) -> [(&'static str, usize); 2] {
        [
            ("train", self.0.train.labels.len()),
            ("test", self.0.test.labels.len()),
        ]
    }
}

impl Dataset for Cifar10 {
    const KEY: &'static str = "CIFAR10";

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "CIFAR-10",
            "photographs of ten kinds of things, 50,000 training and 10,000 test images of 32×32 pixels in colour",
        )
        .networks(&["fc", "rec", "conv", "vgg9"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title: "Learning multiple layers of features from tiny images".into(),
            year: 2009,
            ..Paper::default()
        })
        .folders(source::FULL.folders)
        .sources(crate::published::sources());
        component.params = coding_params(6, "direct");
        component.params.push(ParamSchema::choice(
            "source",
            "full",
            &["full", "subset"],
            "full: the official files; subset: any files of whole records of the binary version",
        ));
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        let subset = config.get("source").is_some() && config.text("source")? == "subset";
        let opened = match subset {
            true => source::subset(&Place::of(&source::SUBSET, ctx))?,
            false => source::full(&Place::of(&source::FULL, ctx))?,
        };
        if !subset {
            warn_of_variant(Self::KEY, &opened.variant, "content", ctx);
        }
        Ok(Cifar10(opened))
    }

    fn info(&self) -> DatasetInfo {
        DatasetInfo {
            kind: "image".into(),
            shape: SHAPE.to_vec(),
            classes: CLASSES.into(),
            class_names: NAMES.map(str::to_owned).to_vec(),
            splits: self.sizes().map(|(name, n)| (name.to_owned(), n)).to_vec(),
            scale: 1.0 / 255.0,
            mean: vec![0.4914, 0.4822, 0.4465],
            std: vec![0.2023, 0.1994, 0.2010],
            files: self.0.files.clone(),
            variant: self.0.variant.clone(),
            attribution: "CIFAR-10: Alex Krizhevsky, Vinod Nair and Geoffrey Hinton; no licence is stated"
                .into(),
            flip: true,
            crop_padding: 4,
            ..DatasetInfo::default()
        }
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let part = match split_of(Self::KEY, &self.sizes(), split, indices)? {
            0 => &self.0.train,
            _ => &self.0.test,
        };
        let mut values = Vec::with_capacity(indices.len() * IMAGE);
        let mut labels = Vec::with_capacity(indices.len());
        for index in indices {
            let i = *index as usize;
            values.extend_from_slice(&part.pixels[i * IMAGE..(i + 1) * IMAGE]);
            labels.push(part.labels[i].into());
        }
        Ok(Samples::Bytes { values, labels })
    }
}
