//! The data set `NPZ`: arrays of numpy.

use crate::archive::{Archive, row_major};
use crate::memory::{Memory, Part, Values};
use crate::place::{count, find, hold_out, place_params, text};
use neurotrain_data_files::{Content, npy, variant_of};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Error, ParamSchema, Result, Samples, coding_params,
};

/// Samples of an archive, in memory.
#[derive(Debug)]
pub struct Npz(Memory);

/// The most classes.
const MAX_CLASSES: usize = 65_536;

impl Dataset for Npz {
    const KEY: &'static str = "NPZ";

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "Arrays of numpy",
            "your own samples in an .npz archive: images, features, or frames with time steps of their own",
        )
        .networks(&["fc", "rec", "conv", "vgg9"])
        .docs(include_str!("../README.md"));
        component.params = place_params("the .npz file");
        for (name, help) in [
            ("x_train", "array of the training samples"),
            ("y_train", "array of their labels"),
            ("x_test", "array of the test samples, where there is one"),
            ("y_test", "array of their labels"),
        ] {
            component.params.push(ParamSchema::text(name, name, help));
        }
        component.params.extend([
            ParamSchema::choice(
                "layout",
                "auto",
                &["auto", "features", "image", "frames"],
                "what the axes after the first are: features F; image H, W or C, H, W; frames T and then those of \
                 features or an image; auto: by their number (1: features, 2 or 3: image, 4: frames)",
            ),
            ParamSchema::float(
                "scale",
                0.0,
                "factor that maps values to [0, 1]; 0: 1/255 for bytes, 1 for other numbers",
            ),
            ParamSchema::int("classes", 0, "number of classes; 0: one more than the highest label")
                .range(0.0, MAX_CLASSES as f64),
        ]);
        component.params.extend(coding_params(10, "direct"));
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        let path = find(Self::KEY, config, ctx)?;
        let file = Content::read(&path)?;
        let mut archive = Archive::open(&file)?;
        let mut part = |split: &'static str| -> Result<(Part, Vec<usize>)> {
            let (x, y) = (format!("x_{split}"), format!("y_{split}"));
            let x = archive.read(text(config, &x, &x)?)?;
            let y = archive.read(text(config, &y, &y)?)?;
            samples(split, &x, &y)
        };
        let (train, axes) = part("train")?;
        let layout = Layout::of(text(config, "layout", "auto")?, &axes, &file.name)?;
        let unit = axes.iter().product();
        let mut parts = vec![train];
        if has_test(config, &Archive::open(&file)?)? {
            let (test, test_axes) = part("test")?;
            if test_axes != axes {
                return Err(Error::bad_data(format!(
                    "{}: training samples have shape {axes:?}, test samples {test_axes:?}",
                    file.name
                )));
            }
            let same = matches!(test.values, Values::Bytes(_)) == matches!(parts[0].values, Values::Bytes(_));
            if !same {
                return Err(Error::bad_data(format!(
                    "{}: one of the arrays of training and test samples holds bytes, the other does not",
                    file.name
                ))
                .with_hint("store both with the same dtype"));
            }
            parts.push(test);
        } else {
            let [train, test] = hold_out(&parts[0].labels, config)?;
            let all = parts.remove(0);
            parts.push(all.pick("train", &train, unit));
            parts.push(all.pick("test", &test, unit));
        }
        let classes = classes(config, &parts, &file.name)?;
        let scale = match config.f64_opt("scale")?.filter(|s| *s != 0.0) {
            Some(scale) => scale,
            None if matches!(parts[0].values, Values::Bytes(_)) => 1.0 / 255.0,
            None => 1.0,
        };
        let sizes: Vec<usize> = parts.iter().map(|p| p.labels.len()).collect();
        let info = DatasetInfo {
            kind: layout.kind.into(),
            shape: layout.shape,
            classes,
            scale,
            files: vec![file.info()],
            variant: variant_of(&[&path], &sizes, String::new()),
            ..DatasetInfo::default()
        };
        Ok(Npz(Memory::new(Self::KEY, parts, layout.channels, info)))
    }

    fn info(&self) -> DatasetInfo {
        self.0.info.clone()
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        self.0.read(split, indices)
    }
}

/// Whether there are test samples: only when nothing says so are training samples drawn in their place.
fn has_test(config: &Config, archive: &Archive<'_>) -> Result<bool> {
    for name in ["x_test", "y_test"] {
        let array = text(config, name, name)?;
        if array != name || archive.has(array) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the axes of a sample are.
struct Layout {
    kind: &'static str,
    /// Of one step.
    shape: Vec<usize>,
    channels: usize,
}

impl Layout {
    fn of(wanted: &str, axes: &[usize], name: &str) -> Result<Layout> {
        let wanted = match (wanted, axes.len()) {
            ("auto", 1) => "features",
            ("auto", 2 | 3) => "image",
            ("auto", 4) => "frames",
            (other, _) => other,
        };
        let (kind, shape) = match (wanted, axes) {
            ("features", [n]) => ("features", vec![*n]),
            ("image", [h, w]) => ("image", vec![1, *h, *w]),
            ("image", [c, h, w]) => ("image", vec![*c, *h, *w]),
            ("frames", [_, n]) => ("frames", vec![*n]),
            ("frames", [_, h, w]) => ("frames", vec![1, *h, *w]),
            ("frames", [_, c, h, w]) => ("frames", vec![*c, *h, *w]),
            _ => {
                return Err(Error::bad_data(format!(
                    "{name}: samples of shape {axes:?} cannot be taken with `layout: {wanted}`"
                ))
                .with_hint(
                    "features are [N, F]; images [N, H, W] or [N, C, H, W]; frames [N, T, F], [N, T, H, W] or \
                     [N, T, C, H, W]",
                ));
            }
        };
        let channels = if shape.len() == 3 { shape[0] } else { 1 };
        Ok(Layout {
            kind,
            shape,
            channels,
        })
    }
}

/// The samples of a split and the axes of one of them.
fn samples(split: &'static str, x: &Content, y: &Content) -> Result<(Part, Vec<usize>)> {
    let values = npy::Array::parse(&x.name, &x.bytes)?;
    let labels = npy::Array::parse(&y.name, &y.bytes)?;
    let fault = |what: String| Err(Error::bad_data(what));
    let (Some((n, axes)), [labelled]) = (values.shape.split_first(), labels.shape.as_slice()) else {
        return fault(format!(
            "{}: labels of shape {:?}, but they must have one axis ({}: {:?})",
            y.name, labels.shape, x.name, values.shape
        ));
    };
    if n != labelled {
        return fault(format!(
            "{}: {n} samples, but {} holds {labelled} labels",
            x.name, y.name
        ));
    }
    if values.is_empty() || axes.is_empty() {
        return fault(format!("{}: an array of shape {:?}", x.name, values.shape));
    }
    let label = |i: usize| {
        let label = labels.real(i);
        let whole = label.fract() == 0.0 && (0.0..MAX_CLASSES as f64).contains(&label);
        whole.then_some(label as u16).ok_or_else(|| {
            Error::bad_data(format!(
                "{}: offset {}: label {label} of sample {i} is not a class from 0 to {}",
                y.name,
                labels.offset(i),
                MAX_CLASSES - 1
            ))
        })
    };
    let part = Part {
        split,
        labels: (0..*n).map(label).collect::<Result<_>>()?,
        values: match values.is_bytes() {
            true => Values::Bytes(row_major(&values).map(|v| v as u8).collect()),
            false => Values::Reals(row_major(&values).map(|v| v as f32).collect()),
        },
    };
    if let Values::Reals(reals) = &part.values
        && let Some(i) = reals.iter().position(|v| !v.is_finite())
    {
        let sample = i / axes.iter().product::<usize>();
        return fault(format!(
            "{}: sample {sample} holds a value that is not finite in single precision",
            x.name
        ));
    }
    Ok((part, axes.to_vec()))
}

fn classes(config: &Config, parts: &[Part], name: &str) -> Result<usize> {
    let highest = parts.iter().flat_map(|p| &p.labels).max();
    let needed = highest.map_or(0, |l| usize::from(*l) + 1);
    match count(config, "classes")? {
        0 => Ok(needed),
        given if given >= needed => Ok(given),
        given => Err(Error::bad_data(format!(
            "{name}: label {} is not below the {given} `classes`",
            needed - 1
        ))),
    }
}
