//! Fashion-MNIST (Xiao, Rasul and Vollgraf, arXiv:1708.07747, 2017).

use crate::bundled;
use crate::checksums::FASHION_MNIST;
use crate::set::{IdxSet, Profile, source_params};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Paper, ParamSchema, Result, Samples, coding_params,
};

/// The data set `FashionMNIST`.
#[derive(Debug)]
pub struct FashionMnist {
    set: IdxSet,
    rate_from_standardised: bool,
}

pub(crate) const PROFILE: Profile = Profile {
    key: "FashionMNIST",
    folders: &[
        "FashionMNIST",
        "fashion-mnist",
        "fashion_mnist",
        "fashionmnist",
        "Fashion-MNIST",
    ],
    packages: &[],
    fixed: &["/usr/share/datasets/fashion-mnist"],
    official: &FASHION_MNIST,
    bundled: &bundled::FASHION_MNIST,
    class_names: [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ],
    mean: 0.2860,
    std: 0.3530,
    attribution: "Fashion-MNIST: Zalando SE (Han Xiao, Kashif Rasul, Roland Vollgraf), MIT",
    advice: "put the four IDX files (plain or .gz) into a folder called FashionMNIST or fashion-mnist in one of the \
             data folders; Debian has them in the package `dataset-fashion-mnist`; or choose `source: bundled`",
};

impl Dataset for FashionMnist {
    const KEY: &'static str = PROFILE.key;

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "Fashion-MNIST",
            "articles of clothing, 60,000 training and 10,000 test images of 28×28 grey levels, ten classes",
        )
        .networks(&["fc", "rec", "conv"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title: "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms".into(),
            year: 2017,
            arxiv: "1708.07747".into(),
            ..Paper::default()
        })
        .folders(PROFILE.folders)
        .sources(crate::published::fashion());
        component.params = coding_params(10, "rate");
        component.params.extend(source_params());
        component.params.push(ParamSchema::switch(
            "fmnist_norm_rate",
            "rate coding of the standardised pixels, clamped to [0, 1], instead of the pixels",
        ));
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        Ok(FashionMnist {
            rate_from_standardised: config.switch("fmnist_norm_rate")?,
            set: IdxSet::open(&PROFILE, config, ctx)?,
        })
    }

    fn info(&self) -> DatasetInfo {
        DatasetInfo {
            rate_from_standardised: self.rate_from_standardised,
            ..self.set.info()
        }
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        self.set.read(split, indices)
    }
}
