//! The data sets `SHD` and `SSC` (B. Cramer, Y. Stradmann, J. Schemmel and F. Zenke, "The Heidelberg spiking data sets
//! for the systematic evaluation of spiking neural networks", IEEE TNNLS 33, 2022).

use crate::file::SpikeFile;
use crate::recordings::{Part, Recordings, with_framing};
use crate::speakers;
use neurotrain_data_files::{Place, Wanted, variant_of, warn_of_variant};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Error, EventFraming, Paper, ParamSchema, Result, Samples,
    Source,
};
use std::path::PathBuf;

/// Spoken digits in English and German.
#[derive(Debug)]
pub struct Shd(Recordings);

/// Spoken commands.
#[derive(Debug)]
pub struct Ssc(Recordings);

/// What tells one data set from the other.
struct Profile {
    wanted: Wanted,
    /// Split and file.
    files: &'static [(&'static str, &'static str)],
    class_names: &'static [&'static str],
    classes: usize,
    /// Samples of the official files.
    official: &'static [usize],
}

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

/// Channels of the artificial cochlea.
const UNITS: usize = 700;

impl Profile {
    fn open(&self, config: &Config, ctx: &Ctx) -> Result<Recordings> {
        let place = Place::of(&self.wanted, ctx);
        let files: Vec<SpikeFile> = self
            .files
            .iter()
            .map(|(_, name)| SpikeFile::open(self.find(&place, name)?, ctx))
            .collect::<Result<_>>()?;
        files.iter().try_for_each(|f| f.check_labels(self.classes))?;
        let splits = self.files.iter().map(|(split, _)| *split);
        let parts = splits.zip(&files).enumerate();
        let parts = parts
            .map(|(i, (split, file))| Part::whole(split, i, file))
            .collect();
        let class_names = match files.iter().find(|f| f.class_names.len() == self.classes) {
            Some(file) if self.class_names.is_empty() => file.class_names.clone(),
            _ => self.class_names.iter().map(|n| (*n).to_owned()).collect(),
        };
        let mut framing = EventFraming::from_config(config)?;
        framing.merge_polarities = true;
        // Unlike camera data, recordings are not denoised unless that is asked for.
        framing.denoise = framing.denoise.filter(|_| config.get("denoise").is_some());
        let variant = self.variant(&files);
        warn_of_variant(self.wanted.key, &variant, "data set", ctx);
        Ok(Recordings {
            key: self.wanted.key,
            files,
            parts,
            units: UNITS,
            class_names,
            classes: self.classes,
            framing,
            variant,
            attribution: "SHD and SSC: Benjamin Cramer, Yannik Stradmann, Johannes Schemmel and Friedemann Zenke, CC BY 4.0"
                .into(),
            ctx: ctx.clone(),
        })
    }

    fn find(&self, place: &Place, name: &str) -> Result<PathBuf> {
        if let Some(path) = place.find(name) {
            return Ok(path);
        }
        let packed = [format!("{name}.zip"), format!("{name}.gz")];
        Err(match packed.iter().find_map(|p| place.find(p)) {
            Some(path) => Error::new("missing-data", format!("{} must be unpacked", path.display()))
                .with_hint("unpack it where it lies, with `unzip` or `gunzip`"),
            None => place.missing(&self.wanted).context(format!("no file {name}")),
        })
    }

    fn variant(&self, files: &[SpikeFile]) -> String {
        let sizes: Vec<usize> = files.iter().map(|f| f.labels.len()).collect();
        let variant = match sizes == self.official {
            true => String::new(),
            false => {
                let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
                format!("subset {}", sizes.join("/"))
            }
        };
        let paths: Vec<_> = files.iter().map(|f| &f.path).collect();
        variant_of(&paths, &sizes, variant)
    }
}

/// A published archive, and its MD5.
type Published = (&'static str, &'static str);

fn source((file, md5): &Published) -> Source {
    Source::file(&format!("{file}.zip"))
        .mirrors_below(&["https://zenkelab.org/datasets", "https://compneuro.net/datasets"])
        .md5(md5)
        .unpacks_to(&[file])
}

fn manifest(wanted: &Wanted, published: &[Published], title: &str, summary: &str) -> Component {
    let component = Component::new(wanted.key, title, summary)
        .networks(&["fc", "rec"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title:
                "The Heidelberg spiking data sets for the systematic evaluation of spiking neural networks"
                    .into(),
            year: 2022,
            doi: "10.1109/TNNLS.2020.3044364".into(),
            ..Paper::default()
        })
        .folders(wanted.folders)
        .sources(published.iter().map(source).collect());
    with_framing(component)
}

impl Dataset for Shd {
    const KEY: &'static str = "SHD";

    fn manifest() -> Component {
        let mut component = manifest(
            &SHD.wanted,
            &[
                ("shd_train.h5", "f3252aeb598ac776c1b526422d90eecb"),
                ("shd_test.h5", "1503a5064faa34311c398fb0a1ed0a6f"),
            ],
            "Spiking Heidelberg Digits",
            "spoken digits as spikes of 700 channels, 8,156 training and 2,264 test recordings, twenty classes",
        );
        component.params.extend([
            ParamSchema::switch(
                "random_validation",
                "draw validation recordings from all speakers of the training file instead of holding speakers out",
            ),
            ParamSchema::int_list(
                "validation_speakers",
                &[],
                "speakers held out for validation; empty: the one whose recordings come nearest to a tenth",
            ),
        ]);
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        let mut shd = SHD.open(config, ctx)?;
        if config.switch("random_validation")? {
            return Ok(Shd(shd));
        }
        let (file, all) = (&shd.files[0], &shd.parts[0].rows);
        let held_out = match speakers::listed(config, "validation_speakers")? {
            none if none.is_empty() => vec![speakers::typical(file, all)?],
            some => some,
        };
        let (train, validation) = speakers::hold_out(file, all, &held_out)?;
        shd.parts[0].rows = train;
        shd.parts.insert(
            1,
            Part {
                split: "validation",
                file: 0,
                rows: validation,
            },
        );
        Ok(Shd(shd))
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
            &SSC.wanted,
            &[
                ("ssc_train.h5", "d102be95e7144fcc0553d1f45ba94170"),
                ("ssc_valid.h5", "b4eee3516a4a90dd0c71a6ac23a8ae43"),
                ("ssc_test.h5", "a35ff1e9cffdd02a20eb850c17c37748"),
            ],
            "Spiking Speech Commands",
            "spoken commands as spikes of 700 channels, 75,466 training, 9,981 validation and 20,382 test recordings, \
             thirty-five classes",
        )
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        SSC.open(config, ctx).map(Ssc)
    }

    fn info(&self) -> DatasetInfo {
        self.0.info()
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        self.0.read(split, indices)
    }
}
