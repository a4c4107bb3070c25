//! The data set `EventsHDF5`: one's own recordings of spikes, from configuration alone.

use crate::file::SpikeFile;
use crate::recordings::{Part, Recordings, with_framing};
use crate::speakers;
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Error, EventFraming, ParamSchema, Result, Samples,
};
use std::path::{Path, PathBuf};

/// Recordings of any number of units and classes.
#[derive(Debug)]
pub struct EventsHdf5(Recordings);

/// The most columns of a sensor.
const MAX_UNITS: usize = 65_536;

impl Dataset for EventsHdf5 {
    const KEY: &'static str = "EventsHDF5";

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "Spikes in HDF5",
            "your own recordings of spikes, in HDF5 files of SHD's layout",
        )
        .networks(&["fc", "rec"])
        .docs(include_str!("../README.md"));
        component.params = vec![
            ParamSchema::text("path", "", "folder of the files, absolute or below a data folder"),
            ParamSchema::text("train", "train.h5", "file of the training recordings"),
            ParamSchema::text(
                "test",
                "",
                "file of the test recordings; empty: `test_speakers` or `test_fraction` of those in `train`",
            ),
            ParamSchema::text(
                "validation",
                "",
                "file of the validation recordings; empty: `validation_speakers`, or drawn by the host",
            ),
            ParamSchema::int_list("test_speakers", &[], "speakers of `train` held out for testing"),
            ParamSchema::int_list("validation_speakers", &[], "speakers of `train` held out for validation"),
            ParamSchema::float(
                "test_fraction",
                0.2,
                "share of the recordings of `train`, drawn at random, to be tested with when neither `test` nor \
                 `test_speakers` is given",
            )
            .range(0.0, 0.9),
            ParamSchema::int("split_seed", 0, "which recordings `test_fraction` draws").at_least(0.0),
            ParamSchema::int("units", 0, "channels of a recording; 0: as many as there are in the files")
                .range(0.0, MAX_UNITS as f64),
            ParamSchema::int(
                "classes",
                0,
                "number of classes; 0: of `extra/keys`, or one more than the highest label",
            )
            .range(0.0, 65_536.0),
        ];
        with_framing(component)
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        let text = |key: &str| match config.get(key) {
            Some(_) => config.text(key),
            None => Ok(""),
        };
        let folder = text("path")?;
        let mut files = vec![SpikeFile::open(find(folder, text("train")?, "train", ctx)?, ctx)?];
        let mut parts = vec![Part::whole("train", 0, &files[0])];
        for split in ["validation", "test"] {
            let name = text(split)?;
            if !name.is_empty() {
                files.push(SpikeFile::open(find(folder, name, split, ctx)?, ctx)?);
                parts.push(Part::whole(split, files.len() - 1, &files[files.len() - 1]));
            }
        }
        divide(config, &files[0], &mut parts)?;
        let classes = classes(config, &files)?;
        files.iter().try_for_each(|f| f.check_labels(classes))?;
        let mut framing = EventFraming::from_config(config)?;
        framing.merge_polarities = true;
        framing.denoise = framing.denoise.filter(|_| config.get("denoise").is_some());
        Ok(EventsHdf5(Recordings {
            key: Self::KEY,
            units: units(config, &files, ctx)?,
            class_names: files
                .iter()
                .find(|f| f.class_names.len() == classes)
                .map(|f| f.class_names.clone())
                .unwrap_or_default(),
            classes,
            framing,
            variant: String::new(),
            attribution: String::new(),
            files,
            parts,
            ctx: ctx.clone(),
        }))
    }

    fn info(&self) -> DatasetInfo {
        self.0.info()
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        self.0.read(split, indices)
    }
}

/// Holds out test and validation recordings where there are no files of them.
fn divide(config: &Config, file: &SpikeFile, parts: &mut Vec<Part>) -> Result<()> {
    for (split, key) in [("test", "test_speakers"), ("validation", "validation_speakers")] {
        let speakers = speakers::listed(config, key)?;
        let given = parts.iter().any(|p| p.split == split);
        if given && !speakers.is_empty() {
            return Err(Error::new(
                "bad-config",
                format!("`{key}` is given beside a file for `{split}`; leave one of them out"),
            ));
        }
        let (rest, out) = if !speakers.is_empty() {
            speakers::hold_out(file, &parts[0].rows, &speakers)?
        } else if split == "test" && !given {
            draw(config, &parts[0].rows)?
        } else {
            continue;
        };
        parts[0].rows = rest;
        parts.push(Part {
            split,
            file: 0,
            rows: out,
        });
    }
    Ok(())
}

fn draw(config: &Config, rows: &[u64]) -> Result<(Vec<u64>, Vec<u64>)> {
    let fraction = config.f64_opt("test_fraction")?.unwrap_or(0.2);
    let seed = match config.get("split_seed") {
        Some(_) => config.usize("split_seed")? as u64,
        None => 0,
    };
    let n = (rows.len() as f64 * fraction).round() as usize;
    if n == 0 || n == rows.len() {
        return Err(Error::new(
            "bad-config",
            format!(
                "`test_fraction` of {fraction} leaves no test or no training recordings of {}",
                rows.len()
            ),
        )
        .with_hint("give a file for `test`, or another share"));
    }
    let order = Stream::new(seed, "EventsHDF5 test", 0).permutation(rows.len());
    let pick = |of: &[usize]| {
        let mut picked: Vec<u64> = of.iter().map(|i| rows[*i]).collect();
        picked.sort_unstable();
        picked
    };
    Ok((pick(&order[n..]), pick(&order[..n])))
}

fn classes(config: &Config, files: &[SpikeFile]) -> Result<usize> {
    let given = match config.get("classes") {
        Some(_) => config.usize("classes")?,
        None => 0,
    };
    let highest = files.iter().flat_map(|f| &f.labels).max();
    let named = files.iter().map(|f| f.class_names.len()).max().unwrap_or(0);
    Ok(match given {
        0 => named.max(highest.map_or(0, |l| usize::from(*l) + 1)),
        given => given,
    })
}

fn units(config: &Config, files: &[SpikeFile], ctx: &Ctx) -> Result<usize> {
    let given = match config.get("units") {
        Some(_) => config.usize("units")?,
        None => 0,
    };
    let units = match given {
        0 => files
            .iter()
            .map(|f| f.units(ctx))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .max(),
        given => Some(given),
    };
    let units = units.unwrap_or(0);
    match (1..=MAX_UNITS).contains(&units) {
        true => Ok(units),
        false => Err(Error::bad_data(format!(
            "{}: the highest unit is {}, but at most {MAX_UNITS} units are supported",
            files[0].path.display(),
            units.saturating_sub(1)
        ))),
    }
}

fn find(folder: &str, name: &str, key: &str, ctx: &Ctx) -> Result<PathBuf> {
    if name.is_empty() {
        return Err(Error::new("bad-config", format!("`{key}` names no file")));
    }
    let wanted = Path::new(folder).join(name);
    let places: Vec<PathBuf> = match wanted.is_absolute() {
        true => vec![wanted],
        false => ctx
            .data_dirs(EventsHdf5::KEY)?
            .iter()
            .map(|dir| dir.join(&wanted))
            .collect(),
    };
    places.iter().find(|p| p.is_file()).cloned().ok_or_else(|| {
        let looked: Vec<String> = places.iter().map(|p| p.display().to_string()).collect();
        Error::new(
            "missing-data",
            format!(
                "the file of `{key}` was not found; looked for {}",
                looked.join(", ")
            ),
        )
        .with_hint("set `path` to the folder of the files, absolute or below a data folder")
    })
}
