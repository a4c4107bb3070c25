//! N-MNIST: a file of five bytes per event for each recording, in a folder called after its digit.

use crate::content::{Recordings, Split, labels};
use crate::options::Options;
use crate::write::file;
use neurotrain_plugin_api::Result;
use std::path::Path;

pub(crate) fn write(dir: &Path, options: &Options, recordings: &Recordings) -> Result<(usize, usize)> {
    for (folder, split, n) in [
        ("Train", Split::Train, options.train),
        ("Test", Split::Test, options.test),
    ] {
        let labels = labels(recordings.key, split, n, recordings.classes, options.seed);
        for (i, label) in labels.into_iter().enumerate() {
            let events = recordings.recording(split, i, label, options.seed);
            let mut content = Vec::with_capacity(5 * events.len());
            for event in events {
                let [_, high, middle, low] = event.t.to_be_bytes();
                let polarity = u8::from(event.on) << 7;
                content.extend([event.x as u8, event.y as u8, polarity | high, middle, low]);
            }
            file(&dir.join(format!("{folder}/{label}/{:05}.bin", i + 1)), &content)?;
        }
    }
    Ok((options.train, options.test))
}
