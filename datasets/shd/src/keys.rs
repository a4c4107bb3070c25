//! The data sets `SHD` and `SSC` (B. Cramer, Y. Stradmann, J. Schemmel and F. Zenke, "The Heidelberg spiking data sets
//! for the systematic evaluation of spiking neural networks", IEEE TNNLS 33, 2022).

use crate::words::{Profile, Words};
use neurotrain_data_files::Wanted;
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Paper, ParamSchema, Result, Samples, event_params,
};

/// Spoken digits in English and German.
#[derive(Debug)]
pub struct Shd(Words);

/// Spoken commands.
#[derive(Debug)]
pub struct Ssc(Words);

const SHD: Profile = Profile {
    wanted: Wanted {
        key: "SHD",
        folders: &["SHD", "shd"],
        advice: "unpack shd_train.h5 and shd_test.h5 from https://zenkelab.org/datasets/ into a folder called SHD in one \
                 of the data folders",
    },
    files: &[("train", "shd_train.h5"), ("test", "shd_test.h5")],
    class_names: &[
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "null", "eins",
        "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun",
    ],
    classes: 20,
    official: &[8156, 2264],
};

const SSC: Profile = Profile {
    wanted: Wanted {
        key: "SSC",
        folders: &["SSC", "ssc"],
        advice: "unpack ssc_train.h5, ssc_valid.h5 and ssc_test.h5 from https://zenkelab.org/datasets/ into a folder \
                 called SSC in one of the data folders",
    },
    files: &[
        ("train", "ssc_train.h5"),
        ("validation", "ssc_valid.h5"),
        ("test", "ssc_test.h5"),
    ],
    class_names: &[],
    classes: 35,
    official: &[75_466, 9_981, 20_382],
};

fn manifest(key: &str, title: &str, summary: &str) -> Component {
    let mut component = Component::new(key, title, summary)
        .networks(&["fc", "rec"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title:
                "The Heidelberg spiking data sets for the systematic evaluation of spiking neural networks"
                    .into(),
            year: 2022,
            doi: "10.1109/TNNLS.2020.3044364".into(),
            ..Paper::default()
        });
    component.params = event_params(100, 0);
    component
        .params
        .retain(|p| !["polarities", "drop_last"].contains(&p.name.as_str()));
    let help = "there is one polarity";
    component
        .params
        .push(ParamSchema::choice("polarities", "merged", &["merged"], help));
    component.params.push(ParamSchema::bool(
        "drop_last",
        false,
        "leave out a last training batch that is not full",
    ));
    component
}

impl Dataset for Shd {
    const KEY: &'static str = "SHD";

    fn manifest() -> Component {
        manifest(
            Self::KEY,
            "Spiking Heidelberg Digits",
            "spoken digits as spikes of 700 channels, 8,156 training and 2,264 test recordings, twenty classes",
        )
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        Words::open(&SHD, config, ctx).map(Shd)
    }

    fn info(&self) -> DatasetInfo {
        self.0.info()
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        self.0.read(split, indices)
    }
}

impl Dataset for Ssc {
    const KEY: &'static str = "SSC";

    fn manifest() -> Component {
        manifest(
            Self::KEY,
            "Spiking Speech Commands",
            "spoken commands as spikes of 700 channels, 75,466 training, 9,981 validation and 20,382 test recordings, \
             35 classes",
        )
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        Words::open(&SSC, config, ctx).map(Ssc)
    }

    fn info(&self) -> DatasetInfo {
        self.0.info()
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        self.0.read(split, indices)
    }
}
