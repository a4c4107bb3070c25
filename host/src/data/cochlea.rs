//! `neurotrain data cochlea`: sound into spikes.

use crate::output::{Console, bytes, duration, thousands};
use anyhow::Result;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use neurotrain_archive::{SpikeFile, write_spikes};
use neurotrain_data_cochlea::{Cochlea, Settings, Sound, Spikes};
use neurotrain_data_files::Tree;
use neurotrain_plugin_api::{Error, Result as PluginResult};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Instant;

/// Arguments of `data cochlea`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain data cochlea recordings data/mine/train.h5
  neurotrain data cochlea speech_commands data/mine/train.h5 --labels-from folder --sample-rate 16000 --high 7000
  neurotrain train --trainer bptt --model r_snn --dataset EventsHDF5 --set dataset.path=mine

The front end is described in the documentation of the data set FSDD (`neurotrain plugins show FSDD`).
An existing file is never overwritten.")]
pub struct CochleaArgs {
    /// Folder of WAV files, at any depth, or a zip archive of one
    #[arg(value_name = "WAV_DIR")]
    pub from: PathBuf,
    /// The new HDF5 file
    #[arg(value_name = "OUT.h5")]
    pub to: PathBuf,
    /// Where the class of a recording stands: `name`, before the first `_` of the file's name, and the speaker before the
    /// second (7_jackson_32.wav); or `folder`, and the speaker before the first `_` (seven/ada_nohash_0.wav)
    #[arg(long, value_enum, default_value_t = Labels::Name)]
    pub labels_from: Labels,
    /// Channels, each a unit of the spikes
    #[arg(long, value_name = "N", default_value_t = Settings::default().channels)]
    pub channels: usize,
    /// Samples per second to work with; recordings of another rate are resampled [default: that of the first recording]
    #[arg(long, value_name = "HZ")]
    pub sample_rate: Option<u32>,
    /// Centre frequency of the lowest channel
    #[arg(long, value_name = "HZ", default_value_t = Settings::default().low)]
    pub low: f64,
    /// Centre frequency of the highest channel, at most 0.45 of the sample rate
    #[arg(long, value_name = "HZ", default_value_t = Settings::default().high)]
    pub high: f64,
    /// Level that each recording is brought to
    #[arg(long, value_name = "DB", default_value_t = Settings::default().level)]
    pub level: f64,
    /// Strength of the synapses: more makes more spikes
    #[arg(long, value_name = "X", default_value_t = Settings::default().drive)]
    pub drive: f64,
}

/// Where the class of a recording stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Labels {
    /// In its file's name.
    Name,
    /// In the name of its folder.
    Folder,
}

pub(super) fn answer(args: &CochleaArgs, console: &Console) -> Result<()> {
    let start = Instant::now();
    if args.to.symlink_metadata().is_ok() {
        // Found out before the work instead of after it.
        let message = format!("`{}` exists and is never overwritten", args.to.display());
        return Err(Error::new("archive-exists", message)
            .with_hint("move it away or choose another name")
            .into());
    }
    let tree = Tree::open(&args.from, "wav")?;
    let names: Vec<Name> = tree
        .members()
        .iter()
        .map(|m| Name::parse(&m.path, args.labels_from))
        .collect::<PluginResult<_>>()
        .map_err(|e| e.context(args.from.display()))?;
    let rate = match args.sample_rate {
        Some(rate) => rate,
        None => decode(&tree, 0)?.rate,
    };
    let settings = Settings {
        channels: args.channels,
        low: args.low,
        high: args.high,
        level: args.level,
        drive: args.drive,
    };
    let spikes = listen(&tree, &Cochlea::new(settings, rate)?, rate, console)?;
    let total: usize = spikes.iter().map(|s| s.times.len()).sum();
    let file = spike_file(&names, spikes, settings, rate);
    write_spikes(&args.to, &file)?;
    console.print(&format!(
        "{}: {} recordings of {} classes and {} speakers, {} spikes, {}, in {}",
        args.to.display(),
        thousands(names.len() as u64),
        file.class_names.len(),
        file.speaker_names.len(),
        thousands(total as u64),
        bytes(args.to.metadata().map_or(0, |m| m.len())),
        duration(start.elapsed())
    ));
    Ok(())
}

/// What the path of a recording says.
struct Name {
    class: String,
    speaker: String,
}

impl Name {
    fn parse(path: &str, labels: Labels) -> PluginResult<Name> {
        let mut parts = path.rsplit('/');
        let stem = parts
            .next()
            .and_then(|file| file.rsplit_once('.'))
            .map_or("", |(stem, _)| stem);
        let mut words = stem.split('_');
        let class = match labels {
            Labels::Name => words.next(),
            Labels::Folder => parts.next(),
        };
        let named = class.filter(|c| !c.is_empty()).map(str::to_owned);
        let class = named.ok_or_else(|| {
            Error::bad_data(format!("{path}: there is no class in its name"))
                .with_hint("choose where classes stand with `--labels-from`")
        })?;
        Ok(Name {
            class,
            speaker: words.next().unwrap_or_default().to_owned(),
        })
    }
}

fn decode(tree: &Tree, member: usize) -> PluginResult<Sound> {
    let file = tree.read(member)?;
    Sound::decode(&file.name, &file.bytes)
}

fn listen(tree: &Tree, cochlea: &Cochlea, rate: u32, console: &Console) -> Result<Vec<Spikes>> {
    let bar = console.bars().add(ProgressBar::new(tree.members().len() as u64));
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} recordings, {eta} left") {
        bar.set_style(style);
    }
    let spikes = (0..tree.members().len()).into_par_iter().map(|member| {
        let sound = decode(tree, member)?;
        let sound = if sound.rate == rate {
            sound
        } else {
            sound.resampled(rate)
        };
        let spikes = cochlea.spikes(&sound).map_err(|e| e.context(tree.name(member)));
        bar.inc(1);
        spikes
    });
    // The first that failed, whatever the order in which threads came to them.
    let mut results = Vec::new();
    spikes.collect_into_vec(&mut results);
    bar.finish_and_clear();
    Ok(results.into_iter().collect::<PluginResult<_>>()?)
}

fn spike_file(names: &[Name], spikes: Vec<Spikes>, settings: Settings, rate: u32) -> SpikeFile<'static> {
    let (class_names, labels) = numbered(names.iter().map(|n| n.class.as_str()));
    let (speaker_names, speakers) = numbered(names.iter().map(|n| n.speaker.as_str()));
    let known = speaker_names.iter().all(|s| !s.is_empty());
    let mut file = SpikeFile {
        labels,
        class_names,
        speakers: if known { speakers } else { Vec::new() },
        speaker_names: if known { speaker_names } else { Vec::new() },
        notes: vec![
            ("producer", format!("neurotrain {}", env!("CARGO_PKG_VERSION"))),
            (
                "cochlea",
                format!(
                    "gammatone filters, Meddis hair cells, bushy cells; {} channels from {} to {} Hz (unit 0 is the \
                     lowest), {} dB, drive {}, {rate} samples per second",
                    settings.channels, settings.low, settings.high, settings.level, settings.drive
                ),
            ),
        ],
        ..SpikeFile::default()
    };
    for recording in spikes {
        file.times
            .push(recording.times.iter().map(|t| *t as f32 * 1e-6).collect());
        file.units.push(recording.units);
    }
    file
}

/// The different names in order (numbers by value), and the position of each name among them.
fn numbered<'a>(names: impl Iterator<Item = &'a str>) -> (Vec<String>, Vec<u16>) {
    let all: Vec<&str> = names.collect();
    let mut different = all.clone();
    different.sort_by_key(|name| (name.parse::<u64>().unwrap_or(u64::MAX), *name));
    different.dedup();
    let at: HashMap<&str, u16> = different
        .iter()
        .enumerate()
        .map(|(i, n)| (*n, i as u16))
        .collect();
    let numbers = all.iter().map(|name| at[name]).collect();
    (different.into_iter().map(str::to_owned).collect(), numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_speakers_come_from_paths() {
        let parse = |path: &str, labels| Name::parse(path, labels).map(|n| (n.class, n.speaker));
        let of = |class: &str, speaker: &str| Ok((class.to_owned(), speaker.to_owned()));
        assert_eq!(parse("r/7_jackson_32.wav", Labels::Name), of("7", "jackson"));
        assert_eq!(
            parse("x/seven/ada_nohash_0.wav", Labels::Folder),
            of("seven", "ada")
        );
        assert_eq!(parse("seven.wav", Labels::Name), of("seven", ""));
        assert!(parse("seven.wav", Labels::Folder).is_err());
        assert!(parse("_a.wav", Labels::Name).is_err());
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let (names, numbers) = numbered(["10", "9", "b", "a", "9"].into_iter());
        assert_eq!(names, ["9", "10", "a", "b"]);
        assert_eq!(numbers, [1, 0, 3, 2, 0]);
    }
}
