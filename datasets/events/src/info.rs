//! What data sets of event cameras say of themselves.

use crate::stream::Sensor;
use neurotrain_plugin_api::{DatasetInfo, EventFraming};

/// What recordings of `sensor` have in common, framed as `framing` says: kind, shape of a frame, size of the sensor, and
/// the numbers of training and test samples in `sizes`. The rest is left to the data set.
pub fn event_info(sensor: Sensor, framing: &EventFraming, sizes: [(&'static str, usize); 2]) -> DatasetInfo {
    let (rows, cols) = (sensor.height.into(), sensor.width.into());
    DatasetInfo {
        kind: "events".into(),
        shape: framing.shape(rows, cols),
        sensor: vec![rows, cols],
        splits: sizes.map(|(name, n)| (name.to_owned(), n)).to_vec(),
        scale: 1.0,
        ..DatasetInfo::default()
    }
}
