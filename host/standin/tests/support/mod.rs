//! Opening stand-ins, and the simplest classifier.
#![allow(dead_code, clippy::print_stdout, reason = "not every test uses all of it")]

pub(crate) mod events;
pub(crate) mod images;

use neurotrain_data_files::testing::TestHost;
use neurotrain_plugin_api::{Dataset, Samples};
use neurotrain_standin::{NoSpikeFiles, Options, Report, write};

/// A stand-in of `D` and what was reported of it.
pub(crate) fn stand_in<D: Dataset>(options: &Options) -> (tempfile::TempDir, D, Report) {
    let dir = tempfile::tempdir().unwrap();
    let report = write(D::KEY, dir.path(), options, &NoSpikeFiles).unwrap();
    let data = TestHost::with_dir(dir.path()).open::<D>(&[]).unwrap();
    (dir, data, report)
}

/// Checks what every stand-in must have: sizes as reported, the name, and equally many samples of each class.
pub(crate) fn check<D: Dataset>(data: &D, report: &Report) {
    let info = data.info();
    assert_eq!(
        info.splits,
        [
            ("train".to_owned(), report.train),
            ("test".to_owned(), report.test)
        ]
    );
    assert_eq!(info.variant, format!("stand-in {}/{}", report.train, report.test));
    for (split, n) in &info.splits {
        let (_, labels) = read(data, split);
        let counts: Vec<usize> = (0..info.classes as i64)
            .map(|class| labels.iter().filter(|l| **l == class).count())
            .collect();
        let least = n / info.classes;
        assert!(
            counts.iter().all(|c| (least..=least + 1).contains(c)),
            "{counts:?}"
        );
    }
}

/// All samples of a split.
pub(crate) fn read<D: Dataset>(data: &D, split: &str) -> (Samples, Vec<i64>) {
    let n = neurotrain_data_files::testing::size(&data.info(), split) as u64;
    let samples = data.read(split, &(0..n).collect::<Vec<_>>()).unwrap();
    let labels = match &samples {
        Samples::Bytes { labels, .. } | Samples::Reals { labels, .. } | Samples::Events { labels, .. } => {
            labels.clone()
        }
    };
    (samples, labels)
}

/// Percent of test samples whose nearest mean of a class (Euclidean) is that of their class.
pub(crate) fn nearest_mean(train: (&[Vec<f64>], &[i64]), test: (&[Vec<f64>], &[i64])) -> f64 {
    let classes = 1 + *train.1.iter().max().unwrap() as usize;
    let mut means = vec![vec![0.0; train.0[0].len()]; classes];
    let mut counts = vec![0.0; classes];
    for (sample, label) in train.0.iter().zip(train.1) {
        counts[*label as usize] += 1.0;
        means[*label as usize]
            .iter_mut()
            .zip(sample)
            .for_each(|(m, v)| *m += v);
    }
    for (mean, n) in means.iter_mut().zip(&counts) {
        mean.iter_mut().for_each(|m| *m /= n);
    }
    let right = test.0.iter().zip(test.1).filter(|(sample, label)| {
        let far = |mean: &Vec<f64>| -> f64 { mean.iter().zip(*sample).map(|(a, b)| (a - b).powi(2)).sum() };
        let nearest = (0..classes).min_by(|a, b| far(&means[*a]).total_cmp(&far(&means[*b])));
        nearest == Some(**label as usize)
    });
    100.0 * right.count() as f64 / test.1.len() as f64
}
