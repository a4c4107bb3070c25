//! CIFAR10-DVS: a folder of AEDAT 2.0 recordings for each class.

use crate::content::{Recordings, Split};
use crate::options::Options;
use crate::write::file;
use neurotrain_plugin_api::Result;
use std::path::Path;

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

const HEADER: &str = "#!AER-DAT2.0\r\n\
    # This is a raw AE data file - do not edit\r\n\
    # Data format is int32 address, int32 timestamp (8 bytes total), repeated for each event\r\n\
    # Timestamps tick is 1 us\r\n\
    # stand-in: the content is made up\r\n";

/// There is no official division: the loader takes the last tenth of each class for the test split. So the number of
/// training samples decides, and about a ninth of it is added.
pub(crate) fn write(dir: &Path, options: &Options, recordings: &Recordings) -> Result<(usize, usize)> {
    let n = (options.train.div_ceil(NAMES.len()) * 10).div_ceil(9);
    for (class, name) in NAMES.iter().enumerate() {
        for i in 0..n {
            let index = class * n + i;
            let events = recordings.recording(Split::Train, index, class as u8, options.seed);
            let mut content = HEADER.as_bytes().to_vec();
            for event in events {
                let (x, y) = (127 - u32::from(event.x), 127 - u32::from(event.y));
                let address = y << 8 | x << 1 | u32::from(!event.on);
                content.extend(address.to_be_bytes());
                content.extend(event.t.to_be_bytes());
            }
            file(&dir.join(format!("{name}/cifar10_{name}_{i}.aedat")), &content)?;
        }
    }
    let train = n * 9 / 10;
    Ok((NAMES.len() * train, NAMES.len() * (n - train)))
}
