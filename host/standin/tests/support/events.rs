//! What stand-ins of recordings have in common.

use super::{check, nearest_mean, read, stand_in};
use neurotrain_plugin_api::{Dataset, EventBatch, Samples};
use neurotrain_standin::Options;

pub(crate) const OPTIONS: Options = Options {
    train: 300,
    test: 103,
    seed: 2,
};

pub(crate) fn events<D: Dataset>(data: &D, split: &str) -> (EventBatch, Vec<i64>) {
    match read(data, split).0 {
        Samples::Events { events, labels } => (events, labels),
        _ => panic!("recordings are events"),
    }
}

/// Counts of events in `times` parts of the recording and a grid of eight by eight.
fn counts(batch: &EventBatch, side: usize, times: i64) -> Vec<Vec<f64>> {
    let of = |i: usize| {
        let range = batch.range(i);
        let (start, end) = (batch.t[range.start], batch.t[range.end - 1] + 1);
        let mut counts = vec![0.0; times as usize * 64];
        for e in range {
            let part = ((batch.t[e] - start) * times / (end - start)) as usize;
            let cell = |v: u16| usize::from(v) * 8 / side;
            counts[(part * 8 + cell(batch.y[e])) * 8 + cell(batch.x[e])] += 1.0;
        }
        counts
    };
    (0..batch.samples()).map(of).collect()
}

/// The nearest mean of counts in space and time recognises many test recordings, but not all.
pub(crate) fn learnable<D: Dataset>(side: usize) {
    let (_dir, data, report) = stand_in::<D>(&OPTIONS);
    check(&data, &report);
    let (train, train_labels) = events(&data, "train");
    let (test, test_labels) = events(&data, "test");
    let percent = |times| {
        nearest_mean(
            (&counts(&train, side, times), &train_labels),
            (&counts(&test, side, times), &test_labels),
        )
    };
    let (still, timed) = (percent(1), percent(5));
    println!("{}: nearest mean {still:.1} %, with time {timed:.1} %", D::KEY);
    assert!((40.0..99.0).contains(&timed), "{timed}");
    // Three of the classes cannot be told without time.
    assert!(still + 8.0 < timed, "{still} {timed}");
}
