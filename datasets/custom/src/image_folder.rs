//! The data set `ImageFolder`: images of one's own, a folder for each class.

use crate::folder::{Layout, layout};
use crate::memory::{Memory, Part, Values};
use crate::place::{count, find, hold_out, place_params};
use image::imageops::FilterType;
use image::{DynamicImage, ImageReader, Limits};
use neurotrain_data_files::{Content, sha256, variant_of};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Error, FileInfo, ParamSchema, Result, Samples,
    coding_params,
};
use std::io::Cursor;
use std::path::Path;

/// Images, decoded in memory.
#[derive(Debug)]
pub struct ImageFolder(Memory);

/// The largest side of an image that is decoded.
const MAX_SIDE: u32 = 16_384;
/// The most memory that decoding an image may take.
const MAX_BYTES: u64 = 1 << 29;
/// The most memory that all decoded images may take.
const MAX_ALL: usize = 1 << 34;

impl Dataset for ImageFolder {
    const KEY: &'static str = "ImageFolder";

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "Folder of images",
            "your own images: `train/CLASS/*.png` and `test/CLASS/*.png`, or one folder that is divided",
        )
        .networks(&["fc", "rec", "conv", "vgg9"])
        .docs(include_str!("../README.md"));
        component.params = place_params("the folder");
        component.params.extend([
            ParamSchema::int(
                "height",
                0,
                "rows that images are resized to; 0: those of the first image",
            )
            .range(0.0, 4096.0),
            ParamSchema::int(
                "width",
                0,
                "columns that images are resized to; 0: those of the first image",
            )
            .range(0.0, 4096.0),
            ParamSchema::bool(
                "grayscale",
                false,
                "one channel of grey levels instead of red, green, blue",
            ),
            ParamSchema::bool("flip", false, "training images may be mirrored (direct coding)"),
            ParamSchema::int(
                "crop_padding",
                0,
                "zero padding of a random crop in training (direct coding)",
            )
            .range(0.0, 64.0),
        ]);
        component.params.extend(coding_params(10, "direct"));
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        let root = find(Self::KEY, config, ctx)?;
        let Layout { classes, splits } = layout(&root)?;
        let grayscale = config.get("grayscale").is_some() && config.bool("grayscale")?;
        let mut decoder = Decoder {
            size: [count(config, "height")?, count(config, "width")?],
            resize: count(config, "height")? > 0 && count(config, "width")? > 0,
            grayscale,
            decoded: 0,
        };
        let (mut parts, mut files) = (Vec::new(), Vec::new());
        for split in splits {
            let mut values = Vec::new();
            let (mut bytes, mut listing) = (0, String::new());
            for (path, _) in &split.images {
                let file = Content::read(path)?;
                decoder.decode(&file, &mut values)?;
                bytes += file.bytes.len() as u64;
                listing += &format!("{}\t{}\n", below(&root, path), sha256(&file.bytes));
            }
            files.push(FileInfo {
                name: format!("{} ({} images, listing)", split.name, split.images.len()),
                bytes,
                sha256: sha256(listing.as_bytes()),
            });
            parts.push(Part {
                split: split.name,
                values: Values::Bytes(values),
                labels: split.images.iter().map(|(_, class)| *class).collect(),
            });
        }
        let channels = if grayscale { 1 } else { 3 };
        let [height, width] = decoder.size;
        if parts.iter().all(|p| p.split != "test") {
            let [train, test] = hold_out(&parts[0].labels, config)?;
            let unit = channels * height * width;
            let all = parts.remove(0);
            parts.insert(0, all.pick("train", &train, unit));
            parts.push(all.pick("test", &test, unit));
        }
        let sizes: Vec<usize> = parts.iter().map(|p| p.labels.len()).collect();
        let info = DatasetInfo {
            kind: "image".into(),
            shape: vec![channels, height, width],
            classes: classes.len(),
            class_names: classes,
            scale: 1.0 / 255.0,
            files,
            variant: variant_of(&[&root], &sizes, String::new()),
            flip: config.get("flip").is_some() && config.bool("flip")?,
            crop_padding: count(config, "crop_padding")?,
            ..DatasetInfo::default()
        };
        Ok(ImageFolder(Memory::new(Self::KEY, parts, channels, info)))
    }

    fn info(&self) -> DatasetInfo {
        self.0.info.clone()
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        self.0.read(split, indices)
    }
}

/// Decodes images to one size.
struct Decoder {
    /// Rows and columns; 0 until the first image is known.
    size: [usize; 2],
    /// Whether images of another size are resized, instead of refused.
    resize: bool,
    grayscale: bool,
    /// Bytes so far.
    decoded: usize,
}

impl Decoder {
    /// Appends the image in `file` to `to`: `[C, H, W]`.
    fn decode(&mut self, file: &Content, to: &mut Vec<u8>) -> Result<()> {
        let mut image = open(file)?;
        let found = [image.height() as usize, image.width() as usize];
        for (size, found) in self.size.iter_mut().zip(found) {
            if *size == 0 {
                *size = found;
            }
        }
        if found != self.size {
            if !self.resize {
                return Err(Error::bad_data(format!(
                    "{}: {} rows and {} columns, the images before it {} and {}",
                    file.name, found[0], found[1], self.size[0], self.size[1]
                ))
                .with_hint("set `height` and `width`, to which images are resized then"));
            }
            let [height, width] = self.size.map(|s| s as u32);
            image = image.resize_exact(width, height, FilterType::Triangle);
        }
        let before = to.len();
        match self.grayscale {
            true => to.extend(image.to_luma8().into_raw()),
            false => {
                let pixels = image.to_rgb8().into_raw();
                for channel in 0..3 {
                    to.extend(pixels.iter().skip(channel).step_by(3));
                }
            }
        }
        self.decoded += to.len() - before;
        match self.decoded > MAX_ALL {
            true => Err(Error::bad_data(format!(
                "{}: the images up to this one take more than {MAX_ALL} bytes of memory",
                file.name
            ))
            .with_hint("set a smaller `height` and `width`")),
            false => Ok(()),
        }
    }
}

/// Decodes an image whose format is told by its content.
fn open(file: &Content) -> Result<DynamicImage> {
    let damaged = |e: &dyn std::fmt::Display| {
        Error::bad_data(format!("{}: not a readable image: {e}", file.name))
            .with_hint("the file is damaged or of another format; replace or remove it")
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);
    let mut reader = ImageReader::new(Cursor::new(&file.bytes))
        .with_guessed_format()
        .map_err(|e| damaged(&e))?;
    reader.limits(limits);
    reader.decode().map_err(|e| damaged(&e))
}

fn below(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).iter();
    let parts: Vec<_> = parts.map(|p| p.to_string_lossy()).collect();
    parts.join("/")
}
