//! The stand-in of N-MNIST.

#[cfg(test)]
mod support;

use neurotrain_data_nmnist::NMnist;
use support::events::{OPTIONS, events, learnable};
use support::stand_in;

#[test]
fn it_can_be_learned_but_not_by_its_means_alone() {
    learnable::<NMnist>(34);
}

/// The last six classes of ten: three differ in the number of events, three only in when they come.
#[test]
fn classes_differ_in_rate_or_in_timing() {
    let (_dir, data, _) = stand_in::<NMnist>(&OPTIONS);
    let (batch, labels) = events(&data, "train");
    let mean = |class: i64, of: &dyn Fn(usize) -> f64| {
        let samples: Vec<f64> = (0..batch.samples())
            .filter(|i| labels[*i] == class)
            .map(of)
            .collect();
        samples.iter().sum::<f64>() / samples.len() as f64
    };
    let number = |i: usize| batch.range(i).len() as f64;
    let middle = |i: usize| batch.t[batch.range(i)].iter().sum::<i64>() as f64 / number(i) / 300_000.0;
    let rates = [4, 5, 6].map(|class| mean(class, &number));
    assert!(
        rates[0] * 1.8 < rates[1] && rates[1] * 1.8 < rates[2],
        "{rates:?}"
    );
    let times = [4, 5, 6].map(|class| mean(class, &middle));
    assert!(times.iter().all(|t| (0.4..0.6).contains(t)), "{times:?}");
    let rates = [7, 8, 9].map(|class| mean(class, &number));
    assert!(
        rates.iter().all(|r| (rates[0] / r - 1.0).abs() < 0.2),
        "{rates:?}"
    );
    let times = [7, 8, 9].map(|class| mean(class, &middle));
    assert!(
        times[0] + 0.2 < times[1] && times[1] + 0.2 < times[2],
        "{times:?}"
    );
}

#[test]
fn every_recording_takes_the_same_time() {
    let (_dir, data, _) = stand_in::<NMnist>(&OPTIONS);
    let (batch, _) = events(&data, "train");
    for i in 0..batch.samples() {
        let t = &batch.t[batch.range(i)];
        assert!(
            t[0] < 2000 && t[t.len() - 1] >= 297_999 && t[t.len() - 1] < 300_000,
            "{i}"
        );
    }
}
