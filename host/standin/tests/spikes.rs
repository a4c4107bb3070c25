//! What is handed to whoever writes HDF5 files.

#[cfg(test)]
mod support;

use neurotrain_plugin_api::Result;
use neurotrain_standin::{Options, SpikeFile, SpikeFileWriter, write};
use std::path::Path;
use std::sync::Mutex;
use support::nearest_mean;

#[derive(Default)]
struct Kept(Mutex<Vec<(String, SpikeFile)>>);

impl SpikeFileWriter for Kept {
    fn write(&self, path: &Path, file: &SpikeFile) -> Result<()> {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        self.0.lock().expect("one thread").push((name, file.clone()));
        Ok(())
    }
}

fn files(key: &str) -> Vec<(String, SpikeFile)> {
    let dir = tempfile::tempdir().expect("a folder");
    let kept = Kept::default();
    let options = Options {
        train: 600,
        test: 140,
        seed: 1,
    };
    write(key, dir.path(), &options, &kept).expect("a stand-in");
    kept.0.into_inner().expect("one thread")
}

/// Counts in five parts of the time and seventy of the channels.
fn counts(file: &SpikeFile) -> Vec<Vec<f64>> {
    let of = |(times, units): (&Vec<f32>, &Vec<u16>)| {
        let mut counts = vec![0.0; 350];
        for (t, unit) in times.iter().zip(units) {
            let part = ((t / 0.8 * 5.0) as usize).min(4);
            counts[part * 70 + usize::from(*unit) / 10] += 1.0;
        }
        counts
    };
    file.times.iter().zip(&file.units).map(of).collect()
}

#[test]
fn words_can_be_told() {
    for (key, names, classes) in [
        ("SHD", vec!["shd_train.h5", "shd_test.h5"], 20),
        ("SSC", vec!["ssc_train.h5", "ssc_valid.h5", "ssc_test.h5"], 35),
    ] {
        let files = files(key);
        assert_eq!(
            files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            names
        );
        for (_, file) in &files {
            assert_eq!(file.keys.len(), classes);
            assert!(
                file.times
                    .iter()
                    .all(|t| t.is_sorted() && t.iter().all(|t| (0.0..0.8).contains(t)))
            );
            assert!(file.units.iter().flatten().all(|u| *u < 700));
            assert!(file.labels.iter().all(|l| usize::from(*l) < classes));
        }
        let (train, test) = (&files[0].1, &files[files.len() - 1].1);
        assert_eq!((train.labels.len(), test.labels.len()), (600, 140));
        let labels = |file: &SpikeFile| file.labels.iter().map(|l| i64::from(*l)).collect::<Vec<_>>();
        let percent = nearest_mean((&counts(train), &labels(train)), (&counts(test), &labels(test)));
        println!("{key}: nearest mean {percent:.1} %");
        assert!((40.0..99.0).contains(&percent), "{percent}");
    }
}
