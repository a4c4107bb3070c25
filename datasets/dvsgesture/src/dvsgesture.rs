//! The data set `DVSGesture` (A. Amir et al., "A low power, fully event-based gesture recognition system", CVPR 2017).

use crate::original::Original;
use crate::repacked::Repacked;
use neurotrain_data_events::gesture::CLASSES;
use neurotrain_data_events::{EventStream, Sensor, event_info};
use neurotrain_data_files::{Place, Wanted, split_of, variant_of, warn_of_variant};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Error, EventBatch, EventFraming, FileInfo, Paper, Result,
    Samples, event_params,
};
use std::path::Path;

/// DVS128 Gesture; recordings are read when asked for.
#[derive(Debug)]
pub struct DvsGesture {
    train: Part,
    test: Part,
    framing: EventFraming,
}

#[derive(Debug)]
enum Part {
    Original(Original),
    Repacked(Repacked),
}

const WANTED: Wanted = Wanted {
    key: "DVSGesture",
    folders: &["DVSGesture", "DvsGesture", "dvsgesture", "DVS128Gesture"],
    advice: "unpack ibmGestureTrain.tar.gz and ibmGestureTest.tar.gz (https://figshare.com/ndownloader/files/38022171 and \
             38020584), or DvsGesture.tar.gz from https://research.ibm.com/interactive/dvsgesture, into a folder called \
             DVSGesture in one of the data folders",
};

const SENSOR: Sensor = Sensor {
    width: 128,
    height: 128,
};
/// Training and test samples of the repacked and of the original files.
const OFFICIAL: [(usize, usize); 2] = [(1077, 264), (1176, 288)];

/// What the original files are called, which are official but cut otherwise than the repacked ones.
const ORIGINAL: &str = "original recordings";

const NAMES: [&str; CLASSES as usize] = [
    "hand clapping",
    "right hand wave",
    "left hand wave",
    "right arm clockwise",
    "right arm counter-clockwise",
    "left arm clockwise",
    "left arm counter-clockwise",
    "arm roll",
    "air drums",
    "air guitar",
    "other gestures",
];

impl Part {
    fn len(&self) -> usize {
        match self {
            Part::Original(part) => part.len(),
            Part::Repacked(part) => part.len(),
        }
    }

    fn read(&self, index: usize) -> Result<(EventStream, u8)> {
        match self {
            Part::Original(part) => part.read(index, SENSOR),
            Part::Repacked(part) => part.read(index, SENSOR),
        }
    }

    fn root(&self) -> &Path {
        match self {
            Part::Original(part) => &part.dir,
            Part::Repacked(part) => part.tree.root(),
        }
    }

    fn files(&self) -> Vec<FileInfo> {
        match self {
            Part::Original(part) => part.files.clone(),
            Part::Repacked(part) => vec![part.tree.info()],
        }
    }

    fn revision(&self) -> &str {
        match self {
            Part::Original(part) => &part.revision,
            Part::Repacked(part) => part.tree.revision(),
        }
    }
}

impl DvsGesture {
    fn find(place: &Place) -> Result<[Part; 2]> {
        if let (Some(train), Some(test)) = (place.find("ibmGestureTrain"), place.find("ibmGestureTest")) {
            return Ok([
                Part::Repacked(Repacked::open(&train)?),
                Part::Repacked(Repacked::open(&test)?),
            ]);
        }
        if let Some(list) = place.find("trials_to_train.txt") {
            let dir = list.parent().unwrap_or(&list);
            let part = |trials| Original::open(dir, trials).map(Part::Original);
            return Ok([part("trials_to_train.txt")?, part("trials_to_test.txt")?]);
        }
        let packed = ["ibmGestureTrain.tar.gz", "DvsGesture.tar.gz"];
        match place.find_any(&packed) {
            Some(path) => Err(Error::new(
                "missing-data",
                format!(
                    "{} must be unpacked: samples cannot be read one by one from it",
                    path.display()
                ),
            )
            .with_hint("unpack it (and ibmGestureTest.tar.gz) where it lies: `tar xzf FILE`")),
            None => Err(place.missing(&WANTED)),
        }
    }

    fn sizes(&self) -> [(&'static str, usize); 2] {
        [("train", self.train.len()), ("test", self.test.len())]
    }

    fn variant(&self) -> String {
        let [(_, n), (_, m)] = self.sizes();
        let variant = match (&self.train, OFFICIAL.contains(&(n, m))) {
            (Part::Repacked(_), true) => String::new(),
            (Part::Original(_), true) => format!("{ORIGINAL} {n}/{m}"),
            (_, false) => format!("subset {n}/{m}"),
        };
        variant_of(&[self.train.root(), self.test.root()], &[n, m], variant)
    }
}

impl Dataset for DvsGesture {
    const KEY: &'static str = "DVSGesture";

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "DVS128 Gesture",
            "gestures seen by an event camera, 1,077 training and 264 test recordings of 128×128 pixels, eleven classes",
        )
        .networks(&["fc", "rec", "conv", "vgg9"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title: "A low power, fully event-based gesture recognition system".into(),
            year: 2017,
            doi: "10.1109/CVPR.2017.781".into(),
            ..Paper::default()
        })
        .folders(WANTED.folders)
        .sources(crate::published::sources());
        component.params = event_params(20, 10_000);
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        let [train, test] = DvsGesture::find(&Place::of(&WANTED, ctx))?;
        let data = DvsGesture {
            train,
            test,
            framing: EventFraming::from_config(config)?,
        };
        if !data.variant().starts_with(ORIGINAL) {
            warn_of_variant(Self::KEY, &data.variant(), "data set", ctx);
        }
        Ok(data)
    }

    fn info(&self) -> DatasetInfo {
        DatasetInfo {
            classes: CLASSES.into(),
            class_names: NAMES.map(str::to_owned).to_vec(),
            files: [self.train.files(), self.test.files()].concat(),
            variant: self.variant(),
            revision: format!("{} {}", self.train.revision(), self.test.revision()),
            attribution: "DVS128 Gesture: Arnon Amir et al., IBM, CC BY 4.0".into(),
            ..event_info(SENSOR, &self.framing, self.sizes())
        }
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let part = match split_of(Self::KEY, &self.sizes(), split, indices)? {
            0 => &self.train,
            _ => &self.test,
        };
        let mut events = EventBatch::default();
        let mut labels = Vec::with_capacity(indices.len());
        for index in indices {
            let (recording, label) = part.read(*index as usize)?;
            recording.append_to(&mut events);
            labels.push(label.into());
        }
        Ok(Samples::Events { events, labels })
    }
}
