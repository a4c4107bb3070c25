//! Which files are read, and whether they are the official ones.

use crate::part::{BATCH, Part};
use crate::{pickle, records};
use neurotrain_data_files::{Content, Place, Wanted, is_stand_in, read_tar_gz, sha256, variant_of};
use neurotrain_plugin_api::{Error, FileInfo, Result};
use std::path::Path;

pub(crate) const FULL: Wanted = Wanted {
    key: "CIFAR10",
    folders: &["CIFAR10", "cifar10", "CIFAR-10", "cifar-10"],
    advice: "put `cifar-10-binary.tar.gz` or `cifar-10-python.tar.gz` from https://www.cs.toronto.edu/~kriz/cifar.html, \
             or the folder unpacked from it, into a folder called CIFAR10 in one of the data folders",
};

pub(crate) const SUBSET: Wanted = Wanted {
    key: "CIFAR10",
    folders: &["cifar10-subset", "CIFAR10", "cifar10", "CIFAR-10", "cifar-10"],
    advice: "put files data_batch*.bin and test_batch*.bin of whole records into a folder called cifar10-subset in one \
             of the data folders",
};

/// Decoded files.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) train: Part,
    pub(crate) test: Part,
    pub(crate) files: Vec<FileInfo>,
    pub(crate) variant: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Binary,
    Python,
}

/// The five training files and the test file.
const STEMS: [&str; 6] = [
    "data_batch_1",
    "data_batch_2",
    "data_batch_3",
    "data_batch_4",
    "data_batch_5",
    "test_batch",
];

/// MD5 of the files of the python version.
const PYTHON: [&str; 6] = [
    "c99cafc152244af753f735de768cd75f",
    "d4bba439e000b95fd0a9bffe97cbabec",
    "54ebc095f3ab1f0389bbae665268c751",
    "634d18415352ddfa80567beed471001a",
    "482c414d41f54cd18b22e5b47cb7c3cb",
    "40351d587109b95175f43aff81a1287e",
];

/// SHA-256 of the first records of two files of the binary version: how many, and of what. Checksums of the whole files
/// have not been published.
const BINARY: [(usize, usize, &str); 2] = [
    (
        0,
        4000,
        "0993cf8b8e43bc207603aef9787006995746513f5e3fa5a52e06d1b069926330",
    ),
    (
        5,
        1000,
        "8314c96d7cd65618193bab23acdd5d4c4af15bf6dd00a1781d55beedf3be1ef5",
    ),
];

/// Opens the official files: a folder of the binary version, of the python version, or an archive of either.
pub(crate) fn full(place: &Place) -> Result<Opened> {
    for (name, version) in [
        ("cifar-10-batches-bin", Version::Binary),
        ("cifar-10-batches-py", Version::Python),
        ("cifar-10-binary.tar.gz", Version::Binary),
        ("cifar-10-python.tar.gz", Version::Python),
    ] {
        if let Some(path) = place.find(name) {
            let files = match path.is_dir() {
                true => folder(&path, version)?,
                false => archive(&path, version)?,
            };
            return official(&path, &files, version);
        }
    }
    // The files may also lie in the data set's folder itself.
    if let Some(first) = place.find("data_batch_1.bin") {
        let dir = first.parent().unwrap_or(Path::new("."));
        return official(dir, &folder(dir, Version::Binary)?, Version::Binary);
    }
    Err(place.missing(&FULL))
}

/// Opens any files of whole records of the binary version in one folder.
pub(crate) fn subset(place: &Place) -> Result<Opened> {
    let names = |dir: &Path, stem: &str| {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries
            .map(|e| e.path())
            .filter(|p| {
                p.file_name().is_some_and(|n| {
                    let n = n.to_string_lossy();
                    n.starts_with(stem) && n.ends_with(".bin")
                })
            })
            .collect();
        paths.sort();
        paths
    };
    for dir in &place.folders {
        let (train, test) = (names(dir, "data_batch"), names(dir, "test_batch"));
        if train.is_empty() || test.is_empty() {
            continue;
        }
        let mut files = Vec::new();
        let mut read = |paths: &[std::path::PathBuf]| -> Result<Part> {
            let mut part = Part::default();
            for path in paths {
                let file = Content::read(path)?;
                part.append(records::decode(&file)?);
                files.push(file.info());
            }
            Ok(part)
        };
        let (train, test) = (read(&train)?, read(&test)?);
        let sizes = [train.labels.len(), test.labels.len()];
        let variant = variant_of(&[dir], &sizes, format!("subset {}/{}", sizes[0], sizes[1]));
        return Ok(Opened {
            train,
            test,
            files,
            variant,
        });
    }
    Err(place.missing(&SUBSET))
}

fn file_name(stem: &str, version: Version) -> String {
    match version {
        Version::Binary => format!("{stem}.bin"),
        Version::Python => stem.to_owned(),
    }
}

fn folder(dir: &Path, version: Version) -> Result<Vec<Content>> {
    let paths = STEMS.map(|stem| dir.join(file_name(stem, version)));
    let lacking: Vec<_> = paths
        .iter()
        .filter(|p| !p.is_file())
        .filter_map(|p| p.file_name())
        .collect();
    if !lacking.is_empty() {
        let lacking: Vec<_> = lacking.iter().map(|n| n.to_string_lossy()).collect();
        return Err(Error::new(
            "missing-data",
            format!("{} lacks {}", dir.display(), lacking.join(", ")),
        )
        .with_hint("complete the folder, or choose `source: subset`"));
    }
    paths.iter().map(|path| Content::read(path)).collect()
}

fn archive(path: &Path, version: Version) -> Result<Vec<Content>> {
    let wanted = STEMS.map(|stem| file_name(stem, version));
    let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let mut found = read_tar_gz(path, |name| wanted.contains(&last(name)))?;
    wanted
        .iter()
        .map(|name| {
            let at = found.iter().position(|f| last(&f.name) == *name);
            at.map(|at| found.swap_remove(at)).ok_or_else(|| {
                Error::bad_data(format!("{}: the archive holds no {name}", path.display()))
                    .with_hint("fetch the archive again")
            })
        })
        .collect()
}

/// The parts of the official files, which were found at `path`; stand-ins may have fewer images.
fn official(path: &Path, files: &[Content], version: Version) -> Result<Opened> {
    let whole = !is_stand_in(path);
    let mut parts = Vec::new();
    for file in files {
        let part = match version {
            Version::Binary => records::decode(file)?,
            Version::Python => pickle::decode(file)?,
        };
        if whole && part.labels.len() != BATCH {
            return Err(Error::bad_data(format!(
                "{}: holds {} images, an official file {BATCH}",
                file.name,
                part.labels.len()
            ))
            .with_hint("the copy or download was cut short; replace the file, or choose `source: subset`"));
        }
        parts.push(part);
    }
    let mut train = Part::default();
    let test = parts.pop().unwrap_or_default();
    parts.into_iter().for_each(|part| train.append(part));
    let sizes = [train.labels.len(), test.labels.len()];
    let variant = match recognised(files, version) {
        true => String::new(),
        false => format!("unrecognised files {}/{}", sizes[0], sizes[1]),
    };
    Ok(Opened {
        train,
        test,
        files: files.iter().map(Content::info).collect(),
        variant: variant_of(&[path], &sizes, variant),
    })
}

fn recognised(files: &[Content], version: Version) -> bool {
    match version {
        Version::Python => files.iter().map(Content::md5).eq(PYTHON),
        Version::Binary => BINARY.iter().all(|(file, records, checksum)| {
            let start = files[*file].bytes.get(..records * records::RECORD);
            start.is_some_and(|bytes| sha256(bytes) == *checksum)
        }),
    }
}
