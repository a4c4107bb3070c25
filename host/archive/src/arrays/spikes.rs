//! Recordings of spikes in the layout of the Heidelberg data sets.

use crate::{aside, error, h5};
use half::f16;
use hdf5::types::VarLenArray;
use hdf5::{Group, H5Type};
use ndarray::ArrayView1;
use neurotrain_plugin_api::Result;
use std::path::Path;

/// What [`write_spikes`] writes: one entry per recording in `times`, `units`, `labels` and `speakers`.
#[derive(Debug, Clone, Default)]
pub struct SpikeFile<'a> {
    /// Times in seconds, ascending; stored in half precision, as the layout has them.
    pub times: Vec<Vec<f32>>,
    /// The unit of each spike.
    pub units: Vec<Vec<u16>>,
    /// Class of each recording.
    pub labels: Vec<u16>,
    /// Speaker of each recording, as an index of `speaker_names`; may be empty.
    pub speakers: Vec<u16>,
    /// Names of the classes.
    pub class_names: Vec<String>,
    /// Names of the speakers.
    pub speaker_names: Vec<String>,
    /// Attributes of the file: what it was made of and how.
    pub notes: Vec<(&'a str, String)>,
}

/// Writes recordings as the new file `path`: `spikes/times`, `spikes/units`, `labels`, `extra/speaker`, `extra/keys`
/// (B. Cramer et al., "The Heidelberg spiking data sets", IEEE TNNLS 33, 2022), and `extra/speaker_names`.
///
/// # Errors
/// `archive-exists`, `archive-full`, `archive-unwritable`, `archive-invalid`. No partial file is left behind.
pub fn write_spikes(path: &Path, file: &SpikeFile<'_>) -> Result<()> {
    let n = file.labels.len();
    let fits = file.times.len() == n && file.units.len() == n && [0, n].contains(&file.speakers.len());
    let same = file
        .times
        .iter()
        .zip(&file.units)
        .all(|(t, u)| t.len() == u.len());
    if !fits || !same {
        return Err(error::invalid(
            "times, units, labels and speakers differ in number",
        ));
    }
    let spikes: usize = file.units.iter().map(Vec::len).sum();
    let image = h5::file_image(spikes * 4 + n * 64, |h5| {
        for (name, value) in &file.notes {
            h5::put_text_attribute(h5, name, value)?;
        }
        let group = h5::create_group(h5, "spikes")?;
        put_lists(
            &group,
            "times",
            file.times
                .iter()
                .map(|t| t.iter().map(|s| f16::from_f32(*s)).collect()),
        )?;
        put_lists(&group, "units", file.units.iter().cloned())?;
        h5::put_array(h5, "labels", &[n], &file.labels)?;
        let extra = h5::create_group(h5, "extra")?;
        if !file.speakers.is_empty() {
            h5::put_array(&extra, "speaker", &[n], &file.speakers)?;
            h5::put_texts(
                &extra,
                "speaker_names",
                &[file.speaker_names.len()],
                &file.speaker_names,
            )?;
        }
        h5::put_texts(&extra, "keys", &[file.class_names.len()], &file.class_names)?;
        Ok(())
    })?;
    aside::write_new_file(path, &image)
}

fn put_lists<T: H5Type + Copy>(to: &Group, name: &str, lists: impl Iterator<Item = Vec<T>>) -> Result<()> {
    let lists: Vec<VarLenArray<T>> = lists.map(|l| VarLenArray::from_slice(&l)).collect();
    to.new_dataset_builder()
        .obj_track_times(false)
        .with_data(ArrayView1::from(&lists))
        .create(name)
        .map(drop)
        .map_err(|e| error::building(&format!("lists `{name}`"), &e))
}
