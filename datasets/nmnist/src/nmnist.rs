//! The data set `NMNIST` (G. Orchard, A. Jayawant, G. K. Cohen and N. Thakor, "Converting static image datasets to
//! spiking neuromorphic datasets using saccades", Frontiers in Neuroscience 9:437, 2015).

use neurotrain_data_events::event_info;
use neurotrain_data_events::nmnist::{SENSOR, decode};
use neurotrain_data_files::{Place, Tree, Wanted, split_of, variant_of, warn_of_variant};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Error, EventBatch, EventFraming, Paper, ParamSchema,
    Result, Samples, Source, event_params,
};

/// N-MNIST; recordings are read when asked for.
#[derive(Debug)]
pub struct NMnist {
    train: Part,
    test: Part,
    framing: EventFraming,
    first_saccade_only: bool,
}

#[derive(Debug)]
struct Part {
    tree: Tree,
    labels: Vec<u8>,
}

const WANTED: Wanted = Wanted {
    key: "NMNIST",
    folders: &["NMNIST", "N-MNIST", "nmnist", "n-mnist"],
    advice: "put train.zip and test.zip from https://data.mendeley.com/datasets/468j46mzdv/1, or the folders Train and \
             Test unpacked from them, into a folder called NMNIST in one of the data folders",
};

/// Samples of the official splits.
const OFFICIAL: (usize, usize) = (60_000, 10_000);
/// Microseconds before which the first of the three jerks ends.
const FIRST_SACCADE: i64 = 100_000;

impl Part {
    fn open(place: &Place, names: &[&str]) -> Result<Part> {
        let path = place.find_any(names).ok_or_else(|| place.missing(&WANTED))?;
        let tree = Tree::open(&path, "bin")?;
        let labels = tree.members().iter().map(|member| {
            let digit = member
                .path
                .rsplit('/')
                .nth(1)
                .and_then(|folder| folder.parse::<u8>().ok());
            digit.filter(|d| *d < 10).ok_or_else(|| {
                Error::bad_data(format!(
                    "{}: {} does not lie in a folder called after a digit",
                    path.display(),
                    member.path
                ))
            })
        });
        Ok(Part {
            labels: labels.collect::<Result<_>>()?,
            tree,
        })
    }
}

/// The archives at Mendeley Data, which are read without unpacking.
fn sources() -> Vec<Source> {
    let file = |name, id, md5| {
        let base = "https://data.mendeley.com/public-files/datasets/468j46mzdv/files";
        Source::file(name)
            .mirror(&format!("{base}/{id}/file_downloaded"))
            .md5(md5)
    };
    vec![
        file(
            "train.zip",
            "39c25547-014b-4137-a934-9d29fa53c7a0",
            "20959b8e626244a1b502305a9e6e2031",
        ),
        file(
            "test.zip",
            "05a4d654-7e03-4c15-bdfa-9bb2bcbea494",
            "69ca8762b2fe404d9b9bad1103e97832",
        ),
    ]
}

impl NMnist {
    fn sizes(&self) -> [(&'static str, usize); 2] {
        [
            ("train", self.train.labels.len()),
            ("test", self.test.labels.len()),
        ]
    }

    fn variant(&self) -> String {
        let [(_, n), (_, m)] = self.sizes();
        let variant = match (n, m) == OFFICIAL {
            true => String::new(),
            false => format!("subset {n}/{m}"),
        };
        variant_of(&[self.train.tree.root(), self.test.tree.root()], &[n, m], variant)
    }
}

impl Dataset for NMnist {
    const KEY: &'static str = "NMNIST";

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "N-MNIST",
            "handwritten digits seen by a moving event camera, 60,000 training and 10,000 test recordings of 34×34 pixels",
        )
        .networks(&["fc", "rec", "conv"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title: "Converting static image datasets to spiking neuromorphic datasets using saccades".into(),
            year: 2015,
            doi: "10.3389/fnins.2015.00437".into(),
            ..Paper::default()
        })
        .folders(WANTED.folders)
        .sources(sources());
        component.params = event_params(10, 10_000);
        component.params.push(ParamSchema::bool(
            "first_saccade_only",
            false,
            "use the events of the first of the three jerks of the camera only",
        ));
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        let place = Place::of(&WANTED, ctx);
        let data = NMnist {
            train: Part::open(&place, &["Train", "train.zip", "Train.zip"])?,
            test: Part::open(&place, &["Test", "test.zip", "Test.zip"])?,
            framing: EventFraming::from_config(config)?,
            first_saccade_only: config.get("first_saccade_only").is_some()
                && config.bool("first_saccade_only")?,
        };
        warn_of_variant(Self::KEY, &data.variant(), "data set", ctx);
        Ok(data)
    }

    fn info(&self) -> DatasetInfo {
        DatasetInfo {
            classes: 10,
            class_names: (0..10).map(|c| c.to_string()).collect(),
            files: vec![self.train.tree.info(), self.test.tree.info()],
            variant: self.variant(),
            revision: format!("{} {}", self.train.tree.revision(), self.test.tree.revision()),
            attribution:
                "N-MNIST: Garrick Orchard, Ajinkya Jayawant, Gregory Cohen and Nitish Thakor, CC BY-SA 4.0"
                    .into(),
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
            let file = part.tree.read(*index as usize)?;
            let mut recording = decode(&file.name, &file.bytes, SENSOR)?;
            if self.first_saccade_only {
                recording = recording.between(i64::MIN, FIRST_SACCADE);
            }
            recording.append_to(&mut events);
            labels.push(part.labels[*index as usize].into());
        }
        Ok(Samples::Events { events, labels })
    }
}
