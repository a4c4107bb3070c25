//! What both data sets have in common.

use crate::bundled::Bundled;
use crate::checksums::Checksums;
use crate::file::Decoded;
use crate::folder::{self, Paths};
use crate::idx::{Images, parse_labels};
use neurotrain_data_files::{Content, split_of, variant_of};
use neurotrain_plugin_api::{Config, Ctx, DatasetInfo, Error, FileInfo, Level, ParamSchema, Result, Samples};
use std::path::PathBuf;

/// Rows of an image.
pub const ROWS: usize = 28;
/// Columns of an image.
pub const COLS: usize = 28;
/// Number of classes.
pub const CLASSES: usize = 10;

/// What tells one data set from the other.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) key: &'static str,
    /// Names of its folder below a data folder; the files lie there or in `raw` below it.
    pub(crate) folders: &'static [&'static str],
    /// Folders of packages that hold the files, below a data folder.
    pub(crate) packages: &'static [&'static str],
    /// Folders of the system that hold the files.
    pub(crate) fixed: &'static [&'static str],
    pub(crate) official: &'static Checksums,
    pub(crate) bundled: &'static Bundled,
    pub(crate) class_names: [&'static str; CLASSES],
    /// Mean of the pixels of the official training set, in `[0, 1]`.
    pub(crate) mean: f64,
    /// Their standard deviation.
    pub(crate) std: f64,
    pub(crate) attribution: &'static str,
    /// What to do when the set is missing.
    pub(crate) advice: &'static str,
}

/// An open set, decoded in memory.
#[derive(Debug)]
pub(crate) struct IdxSet {
    profile: &'static Profile,
    train: Part,
    test: Part,
    files: Vec<FileInfo>,
    variant: String,
}

#[derive(Debug)]
struct Part {
    images: Images,
    labels: Vec<u8>,
}

/// The parameters that say where the files are.
pub(crate) fn source_params() -> Vec<ParamSchema> {
    vec![ParamSchema::choice(
        "source",
        "auto",
        &["auto", "full", "bundled"],
        "full: the files of a data folder, an error without them; bundled: the subset that is part of the \
             plugin; auto: full where found, else bundled",
    )]
}

impl IdxSet {
    /// Opens the set as configured by `source`.
    pub(crate) fn open(profile: &'static Profile, config: &Config, ctx: &Ctx) -> Result<Self> {
        let source = match config.get("source") {
            Some(_) => config.text("source")?,
            None => "auto",
        };
        let dirs = ctx.data_dirs(profile.key).unwrap_or_else(|e| {
            ctx.log(Level::Debug, &format!("{}: no data folders: {e}", profile.key));
            Vec::new()
        });
        let set = IdxSet::open_in(profile, source, &dirs)?;
        if source == "auto" && set.files.iter().any(|f| f.name.starts_with("bundled/")) {
            ctx.log(
                Level::Warn,
                &format!(
                    "{}: no full set in the data folders, so the {} is used",
                    profile.key, set.variant
                ),
            );
        }
        Ok(set)
    }

    /// Opens the set from `dirs` or the bundled files.
    pub(crate) fn open_in(profile: &'static Profile, source: &str, dirs: &[PathBuf]) -> Result<Self> {
        if source == "bundled" {
            return IdxSet::bundled(profile);
        }
        if source != "auto" && source != "full" {
            return Err(Error::new(
                "bad-config",
                format!("`source` is \"{source}\", but must be one of \"auto\", \"full\", \"bundled\""),
            ));
        }
        let search = folder::search(profile, dirs);
        match &search.found {
            Some(paths) => IdxSet::from_files(profile, paths),
            None if source == "full" => Err(search.missing(profile)),
            None => search.incomplete().map_or_else(|| IdxSet::bundled(profile), Err),
        }
    }

    fn from_files(profile: &'static Profile, paths: &Paths) -> Result<Self> {
        let names = paths.each_ref().map(|path| path.display().to_string());
        let [a, b, c, d] = paths;
        let contents = [a, b, c, d].map(|path| {
            let file = Content::read(path)?;
            let info = file.info();
            Decoded::new(file, info)
        });
        let set = IdxSet::assemble(profile, names, contents)?;
        let sizes = set.sizes().map(|(_, n)| n);
        Ok(IdxSet {
            variant: variant_of(paths, &sizes, set.variant),
            ..set
        })
    }

    fn bundled(profile: &'static Profile) -> Result<Self> {
        let names = profile.bundled.files.map(|(name, _)| name.to_owned());
        let contents = profile.bundled.files.map(|(name, bytes)| {
            let file = Content {
                name: name.to_owned(),
                bytes: bytes.to_vec(),
            };
            let info = FileInfo {
                name: name.to_owned(),
                ..file.info()
            };
            Decoded::new(file, info)
        });
        IdxSet::assemble(profile, names, contents)
    }

    fn assemble(
        profile: &'static Profile,
        names: [String; 4],
        [train_images, train_labels, test_images, test_labels]: [Result<Decoded>; 4],
    ) -> Result<Self> {
        let contents = [train_images?, train_labels?, test_images?, test_labels?];
        let checksums = contents.each_ref().map(|c| c.checksum.as_str());
        refuse_another_set(profile, &names[0], &checksums)?;
        let recognised = if checksums == *profile.official {
            Some("")
        } else if checksums == profile.bundled.checksums {
            Some("subset")
        } else {
            None
        };
        let files = contents.each_ref().map(|c| c.info.clone()).to_vec();
        let [a, b, c, d] = contents;
        let train = Part::new(&names[0], a, &names[1], &b)?;
        let test = Part::new(&names[2], c, &names[3], &d)?;
        let variant = match recognised {
            Some("") => String::new(),
            kind => format!(
                "{} {}/{}",
                kind.unwrap_or("unrecognised files"),
                train.images.count,
                test.images.count
            ),
        };
        Ok(IdxSet {
            profile,
            train,
            test,
            files,
            variant,
        })
    }

    fn sizes(&self) -> [(&'static str, usize); 2] {
        [
            ("train", self.train.labels.len()),
            ("test", self.test.labels.len()),
        ]
    }

    pub(crate) fn info(&self) -> DatasetInfo {
        DatasetInfo {
            kind: "image".into(),
            shape: vec![1, ROWS, COLS],
            classes: CLASSES,
            class_names: self.profile.class_names.map(str::to_owned).to_vec(),
            splits: self.sizes().map(|(name, n)| (name.to_owned(), n)).to_vec(),
            scale: 1.0 / 255.0,
            mean: vec![self.profile.mean],
            std: vec![self.profile.std],
            files: self.files.clone(),
            variant: self.variant.clone(),
            attribution: self.profile.attribution.into(),
            flip: false,
            crop_padding: 4,
            rate_from_standardised: false,
            ..DatasetInfo::default()
        }
    }

    pub(crate) fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let part = match split_of(self.profile.key, &self.sizes(), split, indices)? {
            0 => &self.train,
            _ => &self.test,
        };
        let mut values = Vec::with_capacity(indices.len() * ROWS * COLS);
        let mut labels = Vec::with_capacity(indices.len());
        for index in indices {
            let i = *index as usize;
            values.extend_from_slice(part.images.image(i));
            labels.push(part.labels[i].into());
        }
        Ok(Samples::Bytes { values, labels })
    }
}

impl Part {
    fn new(image_name: &str, images: Decoded, label_name: &str, labels: &Decoded) -> Result<Self> {
        let images = Images::parse(image_name, images.bytes)?;
        let labels = parse_labels(label_name, &labels.bytes)?;
        if images.count != labels.len() {
            return Err(Error::bad_data(format!(
                "{image_name} holds {} images (offset 4), but {label_name} holds {} labels (offset 4)",
                images.count,
                labels.len()
            ))
            .with_hint("the two files do not belong together; replace both"));
        }
        Ok(Part { images, labels })
    }
}

/// Both sets use the same file names, so that a file in the wrong folder is easily taken for the other set's.
fn refuse_another_set(profile: &Profile, name: &str, checksums: &[&str; 4]) -> Result<()> {
    for other in [&crate::mnist::PROFILE, &crate::fashion::PROFILE] {
        let known = other.official.iter().chain(&other.bundled.checksums);
        if other.key != profile.key && known.into_iter().any(|known| checksums.contains(known)) {
            return Err(Error::bad_data(format!(
                "{name}: its folder holds files of {}, where {} is expected",
                other.key, profile.key
            ))
            .with_hint("put each set into a folder of its own"));
        }
    }
    Ok(())
}
