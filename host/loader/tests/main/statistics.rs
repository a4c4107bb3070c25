//! Rate coding on real images: every grey level fires with its probability, independently from step to step.

use crate::support::{config, dataset, epoch, session};
use neurotrain_data_mnist::{FashionMnist, Mnist};
use neurotrain_loader::{Batch, Coding, Loader, LoaderConfig, Split};
use neurotrain_plugin_api::Dataset;
use neurotrain_tensor::RealType;

const STEPS: usize = 20;

fn batches<D: Dataset>(settings: &[(&str, &str)], coding: Coding) -> (Vec<Batch>, f64, f64) {
    let session = session(RealType::F32);
    let config = LoaderConfig {
        steps: STEPS,
        coding,
        batch_size: 250,
        ..config()
    };
    let loader = Loader::open(dataset::<D>(&session, settings), &session, config).unwrap();
    let info = loader.info();
    let (mean, std) = (info.mean[0], info.std[0]);
    (epoch(&loader, Split::Test, 0), mean, std)
}

/// Grey levels of the test images, in the order of the batches.
fn levels<D: Dataset>() -> Vec<Vec<u8>> {
    let (batches, mean, std) = batches::<D>(&[], Coding::Direct);
    let level = |v: &f32| ((f64::from(*v) * std + mean) * 255.0).round() as u8;
    batches
        .iter()
        .map(|b| {
            b.input
                .with_slice(|v: &[f32]| v[..b.len() * 784].iter().map(level).collect())
                .unwrap()
        })
        .collect()
}

/// Spikes and trials for every grey level, and successive pairs of spikes for it.
fn count(batches: &[Batch], levels: &[Vec<u8>]) -> Vec<(f64, f64, f64)> {
    let mut counts = vec![(0.0, 0.0, 0.0); 256];
    for (batch, levels) in batches.iter().zip(levels) {
        let n = levels.len();
        batch
            .input
            .with_slice(|v: &[f32]| {
                for t in 0..STEPS {
                    for (i, level) in levels.iter().enumerate() {
                        let spike = f64::from(v[t * n + i]);
                        let before = if t == 0 {
                            0.0
                        } else {
                            f64::from(v[(t - 1) * n + i])
                        };
                        let count = &mut counts[usize::from(*level)];
                        count.0 += spike;
                        count.1 += 1.0;
                        count.2 += spike * before;
                    }
                }
            })
            .unwrap();
    }
    counts
}

/// Distance of a count from its expectation in standard deviations; the expectation itself where it is certain.
fn deviation(hits: f64, trials: f64, p: f64) -> f64 {
    let variance = trials * p * (1.0 - p);
    if variance == 0.0 {
        if hits == trials * p { 0.0 } else { f64::INFINITY }
    } else {
        (hits - trials * p) / variance.sqrt()
    }
}

#[test]
fn grey_levels_fire_with_their_probability() {
    let levels = levels::<Mnist>();
    let counts = count(&batches::<Mnist>(&[], Coding::Rate).0, &levels);
    let mut squares = 0.0;
    for (level, (hits, trials, pairs)) in counts.iter().enumerate() {
        let p = level as f64 / 255.0;
        let z = deviation(*hits, *trials, p);
        assert!(
            z.abs() < 4.5,
            "level {level}: {hits} of {trials}, {z:.1} standard deviations"
        );
        squares += z * z;
        // Pairs of steps are hits with p² when steps are independent; overlapping pairs widen the spread a little.
        let z = deviation(*pairs, trials * (STEPS - 1) as f64 / STEPS as f64, p * p);
        assert!(
            z.abs() < 8.0,
            "level {level}: pairs of steps are {z:.1} standard deviations off"
        );
    }
    // Chi-square with 254 degrees of freedom: mean 254, standard deviation 22.5.
    assert!((150.0..360.0).contains(&squares), "chi-square {squares:.0}");
}

#[test]
fn fashion_pixels_are_standardised_only_when_asked_for() {
    let levels = levels::<FashionMnist>();
    let plain = count(&batches::<FashionMnist>(&[], Coding::Rate).0, &levels);
    // Host and plugin agree on the flag through the description of the data set.
    let (flagged, mean, std) = flagged();
    let flagged = count(&flagged, &levels);
    for level in 0..256 {
        let p = level as f64 / 255.0;
        let (hits, trials, _) = plain[level];
        assert!(deviation(hits, trials, p).abs() < 4.5, "level {level}");
        let (hits, trials, _) = flagged[level];
        let p = ((p - mean) / std).clamp(0.0, 1.0);
        assert!(
            deviation(hits, trials, p).abs() < 4.5,
            "level {level} standardised"
        );
    }
}

fn flagged() -> (Vec<Batch>, f64, f64) {
    use neurotrain_plugin_api::export::{Exported, RStr, open_dataset};
    let session = session(RealType::F32);
    let host = neurotrain_tensor::Services::new(session.clone(), neurotrain_tensor::Callbacks::default());
    let config_text = RStr::from_str(r#"{"fmnist_norm_rate": true}"#);
    let components = [Exported::dataset::<FashionMnist>()];
    let raw = open_dataset(&components, RStr::from_str("FashionMNIST"), config_text, host)
        .into_result()
        .unwrap();
    let loader = Loader::open(
        raw,
        &session,
        LoaderConfig {
            steps: STEPS,
            batch_size: 250,
            ..config()
        },
    )
    .unwrap();
    let (mean, std) = (loader.info().mean[0], loader.info().std[0]);
    (epoch(&loader, Split::Test, 0), mean, std)
}
