//! The data set `FSDD` (Z. Jackson et al., "Free Spoken Digit Dataset", Zenodo, 2018).

use crate::heard::Heard;
use crate::recordings::{Split, WANTED, by_speaker, list, official};
use neurotrain_data_cochlea::Settings;
use neurotrain_data_files::{Place, Tree, split_of};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Error, EventBatch, EventFraming, Level, Paper, ParamSchema,
    Result, Samples, Source, event_params,
};

/// FSDD; recordings become spikes when they are first asked for.
#[derive(Debug)]
pub struct Fsdd {
    tree: Tree,
    splits: Vec<Split>,
    heard: Heard,
    settings: Settings,
    framing: EventFraming,
    variant: String,
    ctx: Host,
}

/// The host, for its threads.
struct Host(Ctx);

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Host")
    }
}

/// Recordings of the version with six speakers.
const FULL: usize = 3000;
/// Samples per second of all recordings.
const RATE: u32 = 8000;

impl Dataset for Fsdd {
    const KEY: &'static str = "FSDD";

    fn manifest() -> Component {
        let default = Settings::default();
        let mut component = Component::new(
            Self::KEY,
            "Free Spoken Digit Dataset, as spikes",
            "English digits of six speakers, 3,000 recordings, turned into spikes of up to 700 channels by an artificial \
             cochlea",
        )
        .networks(&["fc", "rec"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title: "Free Spoken Digit Dataset".into(),
            year: 2018,
            doi: "10.5281/zenodo.1342401".into(),
            ..Paper::default()
        })
        .folders(WANTED.folders)
        .sources(vec![Source::manual("recordings", WANTED.advice)]);
        component.params = event_params(100, 0);
        let own = ["polarities", "drop_last"];
        component.params.retain(|p| !own.contains(&p.name.as_str()));
        component.params.extend([
            ParamSchema::choice("polarities", "merged", &["merged"], "there is one polarity"),
            ParamSchema::bool("drop_last", false, "leave out a last training batch that is not full"),
            ParamSchema::choice(
                "split",
                "official",
                &["official", "speaker"],
                "official: the first five recordings of each digit and speaker are tested; speaker: those of \
                 `test_speakers`, so that nobody who is tested has been heard before",
            ),
            ParamSchema::text(
                "test_speakers",
                "yweweler",
                "names of the speakers that are tested, separated by commas (split: speaker)",
            ),
            ParamSchema::text(
                "validation_speakers",
                "theo",
                "names of the speakers that are validated with, separated by commas; empty: drawn by the host from all \
                 others (split: speaker)",
            ),
            ParamSchema::int("channels", default.channels as i64, "channels of the cochlea").range(1.0, 4096.0),
            ParamSchema::float("low_hz", default.low, "centre frequency of the lowest channel").range(10.0, 3600.0),
            ParamSchema::float("high_hz", default.high, "centre frequency of the highest channel").range(10.0, 3600.0),
            ParamSchema::float("level_db", default.level, "level that each recording is brought to").range(0.0, 120.0),
            ParamSchema::float("drive", default.drive, "strength of the synapses: more makes more spikes")
                .range(1.0, 1e6),
        ]);
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        let settings = settings(config)?;
        let (tree, recordings) = list(&Place::of(&WANTED, ctx))?;
        let heard = Heard::new(settings, RATE, recordings.len())?;
        let variant = match recordings.len() {
            FULL => String::new(),
            n => format!("subset {n}"),
        };
        if !variant.is_empty() {
            ctx.log(
                Level::Warn,
                &format!("FSDD: {variant}: not the {FULL} recordings of six speakers"),
            );
        }
        let by_name = config.get("split").is_some() && config.text("split")? == "speaker";
        let splits = match by_name {
            true => by_speaker(
                recordings,
                &names(config, "test_speakers")?,
                &names(config, "validation_speakers")?,
            )?,
            false => official(recordings),
        };
        if let Some((name, _)) = splits.iter().find(|(_, all)| all.is_empty()) {
            return Err(Error::bad_data(format!(
                "{}: there are no recordings for `{name}`",
                tree.info().name
            ))
            .with_hint(WANTED.advice));
        }
        let mut framing = EventFraming::from_config(config)?;
        framing.merge_polarities = true;
        Ok(Fsdd {
            tree,
            splits,
            heard,
            settings,
            framing,
            variant,
            ctx: Host(ctx.clone()),
        })
    }

    fn info(&self) -> DatasetInfo {
        let channels = self.settings.channels;
        DatasetInfo {
            kind: "events".into(),
            shape: vec![self.framing.shape(1, channels).iter().product()],
            sensor: vec![1, channels],
            classes: 10,
            class_names: (0..10).map(|c| c.to_string()).collect(),
            splits: self
                .sizes()
                .into_iter()
                .map(|(name, n)| (name.to_owned(), n))
                .collect(),
            scale: 1.0,
            files: vec![self.tree.info()],
            variant: self.variant.clone(),
            revision: self.tree.revision().to_owned(),
            attribution:
                "Free Spoken Digit Dataset: Zohar Jackson and contributors, CC BY-SA 4.0; turned into spikes"
                    .into(),
            ..DatasetInfo::default()
        }
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let (_, all) = &self.splits[split_of(Self::KEY, &self.sizes(), split, indices)?];
        let recordings: Vec<_> = indices.iter().map(|i| &all[*i as usize]).collect();
        self.heard.listen(&self.tree, &recordings, &self.ctx.0)?;
        let mut events = EventBatch::default();
        for recording in &recordings {
            if let Some(spikes) = self.heard.spikes(recording) {
                events.t.extend(spikes.times.iter().map(|t| i64::from(*t)));
                events.x.extend_from_slice(&spikes.units);
            }
            events.offsets.push(events.t.len() as u64);
        }
        events.y = vec![0; events.t.len()];
        events.p = vec![0; events.t.len()];
        let labels = recordings.iter().map(|r| r.digit.into()).collect();
        Ok(Samples::Events { events, labels })
    }
}

impl Fsdd {
    fn sizes(&self) -> Vec<(&'static str, usize)> {
        self.splits.iter().map(|(name, all)| (*name, all.len())).collect()
    }
}

fn settings(config: &Config) -> Result<Settings> {
    let default = Settings::default();
    Ok(Settings {
        channels: match config.get("channels") {
            Some(_) => config.usize("channels")?,
            None => default.channels,
        },
        low: config.f64_opt("low_hz")?.unwrap_or(default.low),
        high: config.f64_opt("high_hz")?.unwrap_or(default.high),
        level: config.f64_opt("level_db")?.unwrap_or(default.level),
        drive: config.f64_opt("drive")?.unwrap_or(default.drive),
    })
}

fn names(config: &Config, key: &str) -> Result<Vec<String>> {
    let text = match config.get(key) {
        Some(_) => config.text(key)?,
        None => "",
    };
    let names = text.split(',').map(str::trim).filter(|n| !n.is_empty());
    Ok(names.map(str::to_owned).collect())
}
