//! Which pictures a data set gets.

use super::activity::activity;
use super::frames::frames;
use super::paint::Look;
use super::raster::rasters;
use super::samples::samples;
use crate::data::gallery::Gallery;
use crate::data::info::class_name;
use neurotrain_plugin_api::{DatasetInfo, Result};
use std::path::{Path, PathBuf};

/// Most classes that a picture shows.
const MOST_CLASSES: usize = 40;

/// Writes the pictures of data set `key` into `folder` and returns their paths.
///
/// Images: samples by class, and activity. Recordings: also their parts over time, and spike rasters; of a sensor of one
/// row (a cochlea) only rasters and activity.
pub(in crate::data) fn draw(
    key: &str,
    info: &DatasetInfo,
    gallery: &Gallery,
    folder: &Path,
) -> Result<Vec<PathBuf>> {
    let names: Vec<String> = (0..info.classes.min(MOST_CLASSES))
        .map(|class| class_name(info, class))
        .collect();
    let heading = match info.variant.as_str() {
        "" => key.to_owned(),
        variant => format!("{key} [{variant}]"),
    };
    let title = |what: &str| format!("{heading}: {what}");
    let events = info.kind == "events" && !info.sensor.is_empty();
    let look = look(info);
    let split = &gallery.split;
    let mut pictures = Vec::new();
    if let Some(look) = look {
        let what = match events {
            true => format!("recordings of `{split}` by class, all events; blue on, red off"),
            false => format!("samples of `{split}` by class"),
        };
        pictures.push(("samples", samples(&title(&what), &names, look, gallery)));
        if events {
            let what = "one recording of each class in eight parts of its duration; blue on, red off";
            pictures.push(("frames", frames(&title(what), &names, look, gallery)));
        }
    }
    if let ([rows, cols], true) = (&info.sensor[..], events) {
        let what = match rows {
            1 => "spikes of one recording of each class, channel over time",
            _ => "spikes of one recording of each class, pixel (row by row) over time",
        };
        pictures.push(("raster", rasters(&title(what), &names, (*rows, *cols), gallery)));
    }
    let what = match events {
        true => format!("mean events of {} recordings of `{split}`", gallery.examined),
        false => format!(
            "mean value in [0, 1] of {} samples of `{split}`",
            gallery.examined
        ),
    };
    pictures.push(("activity", activity(&title(&what), &names, look, events, gallery)));
    pictures
        .into_iter()
        .map(|(name, canvas)| {
            let path = folder.join(format!("{key}-{name}.png"));
            canvas.save(&path).map(|()| path)
        })
        .collect()
}

/// How samples can be drawn; none when they are no pictures.
fn look(info: &DatasetInfo) -> Option<Look> {
    // Larger ones would not fit beside each other.
    const MOST: usize = 1024;
    let fits = |rows: usize, cols: usize| rows > 1 && cols > 1 && rows <= MOST && cols <= MOST;
    match (&info.sensor[..], &info.shape[..]) {
        (&[rows, cols], _) => fits(rows, cols).then_some(Look::Events { rows, cols }),
        (_, &[channels, rows, cols]) => fits(rows, cols).then_some(Look::Image { channels, rows, cols }),
        (_, &[rows, cols]) => fits(rows, cols).then_some(Look::Image {
            channels: 1,
            rows,
            cols,
        }),
        _ => None,
    }
}
