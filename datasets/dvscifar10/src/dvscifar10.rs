//! The data set `DVSCIFAR10` (H. Li, H. Liu, X. Ji, G. Li and L. Shi, "CIFAR10-DVS: an event-stream dataset for object
//! classification", Frontiers in Neuroscience 11:309, 2017).

use neurotrain_data_events::aedat2::SENSOR;
use neurotrain_data_events::{EventStream, aedat2, aedat4, event_info};
use neurotrain_data_files::{Place, Tree, Wanted, split_of, variant_of, warn_of_variant};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, EventBatch, EventFraming, Paper, ParamSchema, Result,
    Samples, event_params,
};

/// CIFAR10-DVS; recordings are read when asked for.
#[derive(Debug)]
pub struct DvsCifar10 {
    /// One per class.
    trees: Vec<Tree>,
    /// Class and member of each training and each test sample.
    splits: [Vec<(u8, usize)>; 2],
    framing: EventFraming,
    /// The seed that divides the samples, where it does.
    seed: Option<u64>,
}

const WANTED: Wanted = Wanted {
    key: "DVSCIFAR10",
    folders: &[
        "DVSCIFAR10",
        "CIFAR10DVS",
        "CIFAR10-DVS",
        "dvscifar10",
        "cifar10dvs",
        "cifar10-dvs",
    ],
    advice: "put CIFAR10DVS.zip (https://figshare.com/ndownloader/files/38023437), or airplane.zip to truck.zip from it \
             or of the original ones (https://figshare.com/articles/dataset/4724671), or the folders unpacked from \
             them, into a folder called DVSCIFAR10 in one of the data folders",
};

const NAMES: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

/// The archive of the archives of all classes, as tonic has it.
const WHOLE: &str = "CIFAR10DVS.zip";

/// The number of recordings of a class in the official files.
const PER_CLASS: usize = 1000;

impl DvsCifar10 {
    fn trees(place: &Place) -> Result<Vec<Tree>> {
        let whole = place.find(WHOLE);
        let tree = |name: &&str| {
            let archive = format!("{name}.zip");
            if let Some(path) = place.find_any(&[*name, &archive]) {
                // tonic's files first, then the original ones.
                return Tree::open(&path, "aedat4").or_else(|e| Tree::open(&path, "aedat").map_err(|_| e));
            }
            let inside = whole
                .as_ref()
                .map(|path| Tree::open_inside(path, &archive, "aedat4"));
            inside.transpose()?.flatten().ok_or_else(|| {
                let error = place.missing(&WANTED);
                error.context(format!("no folder {name} or file {archive}"))
            })
        };
        NAMES.iter().map(tree).collect()
    }

    fn divide(trees: &[Tree], random: bool, ctx: &Ctx) -> [Vec<(u8, usize)>; 2] {
        let mut all = Vec::new();
        for (class, tree) in (0..).zip(trees) {
            let mut members: Vec<usize> = (0..tree.members().len()).collect();
            members.sort_by_key(|m| number(&tree.members()[*m].path));
            all.push(members.into_iter().map(|m| (class, m)).collect::<Vec<_>>());
        }
        let (mut train, mut test) = (Vec::new(), Vec::new());
        if random {
            let all = all.concat();
            let order = ctx.rng("dvscifar10.split", 0).permutation(all.len());
            let cut = all.len() * 9 / 10;
            train.extend(order[..cut].iter().map(|i| all[*i]));
            test.extend(order[cut..].iter().map(|i| all[*i]));
        } else {
            for class in all {
                let cut = class.len() * 9 / 10;
                train.extend_from_slice(&class[..cut]);
                test.extend_from_slice(&class[cut..]);
            }
        }
        [train, test]
    }

    fn sizes(&self) -> [(&'static str, usize); 2] {
        [("train", self.splits[0].len()), ("test", self.splits[1].len())]
    }

    fn variant(&self) -> String {
        let [(_, n), (_, m)] = self.sizes();
        let variant = match self.trees.iter().all(|tree| tree.members().len() == PER_CLASS) {
            true => String::new(),
            false => format!("subset {n}/{m}"),
        };
        let roots: Vec<_> = self.trees.iter().map(Tree::root).collect();
        variant_of(&roots, &[n, m], variant)
    }
}

/// The number at the end of a file's name, which orders `cifar10_cat_2` before `cifar10_cat_10`.
fn number(path: &str) -> u64 {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let digits = stem.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    stem[digits..].parse().unwrap_or(u64::MAX)
}

fn decode(name: &str, bytes: &[u8]) -> Result<EventStream> {
    match name.ends_with(".aedat4") {
        true => aedat4::decode(name, bytes, SENSOR),
        false => aedat2::decode(name, bytes),
    }
}

impl Dataset for DvsCifar10 {
    const KEY: &'static str = "DVSCIFAR10";

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "CIFAR10-DVS",
            "photographs moved before an event camera, 10,000 recordings of 128×128 pixels, ten classes",
        )
        .networks(&["fc", "rec", "conv", "vgg9"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title: "CIFAR10-DVS: an event-stream dataset for object classification".into(),
            year: 2017,
            doi: "10.3389/fnins.2017.00309".into(),
            ..Paper::default()
        })
        .folders(WANTED.folders)
        .sources(crate::published::sources());
        component.params = event_params(10, 10_000);
        component.params.push(ParamSchema::switch(
            "random_split",
            "a random tenth of all recordings, by the run's seed, is the test split, instead of the last tenth of each class",
        ));
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        let trees = DvsCifar10::trees(&Place::of(&WANTED, ctx))?;
        let random = config.switch("random_split")?;
        let data = DvsCifar10 {
            splits: DvsCifar10::divide(&trees, random, ctx),
            seed: random.then(|| ctx.seed()),
            trees,
            framing: EventFraming::from_config(config)?,
        };
        warn_of_variant(Self::KEY, &data.variant(), "data set", ctx);
        Ok(data)
    }

    fn info(&self) -> DatasetInfo {
        DatasetInfo {
            classes: NAMES.len(),
            class_names: NAMES.map(str::to_owned).to_vec(),
            files: self.trees.iter().map(Tree::info).collect(),
            variant: self.variant(),
            revision: {
                let trees: Vec<&str> = self.trees.iter().map(Tree::revision).collect();
                format!("{} {:?}", trees.join(" "), self.seed)
            },
            attribution:
                "CIFAR10-DVS: Hongmin Li, Hanchao Liu, Xiangyang Ji, Guoqi Li and Luping Shi, CC BY 4.0"
                    .into(),
            ..event_info(SENSOR, &self.framing, self.sizes())
        }
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let part = &self.splits[split_of(Self::KEY, &self.sizes(), split, indices)?];
        let mut events = EventBatch::default();
        let mut labels = Vec::with_capacity(indices.len());
        for index in indices {
            let (class, member) = part[*index as usize];
            let file = self.trees[usize::from(class)].read(member)?;
            decode(&file.name, &file.bytes)?.append_to(&mut events);
            labels.push(class.into());
        }
        Ok(Samples::Events { events, labels })
    }
}
