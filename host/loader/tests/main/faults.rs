//! What a data set does wrong becomes an error, in its place.

use crate::support::{MadeUp, config, dataset, made_up, session};
use neurotrain_loader::{Loader, LoaderConfig, Split};
use neurotrain_plugin_api::Error;
use neurotrain_tensor::RealType;

/// Loads an epoch; the error must come after whole batches and end it.
fn failure(fault: &str, reals: bool, prefetch: usize) -> Error {
    let mut settings = vec![("fault", fault)];
    if reals {
        settings.push(("reals", "yes"));
    }
    let loader = made_up(
        &settings,
        LoaderConfig {
            prefetch,
            validation_fraction: 0.0,
            ..config()
        },
    );
    let mut batches = loader.epoch(Split::Train, 0).unwrap();
    let healthy = made_up(
        &[],
        LoaderConfig {
            validation_fraction: 0.0,
            ..config()
        },
    );
    for expected in healthy.epoch(Split::Train, 0).unwrap() {
        let expected = expected.unwrap();
        match batches.next().expect("an epoch does not end before its error") {
            Ok(batch) => {
                assert_eq!(batch.samples, expected.samples);
                assert!(!batch.samples.contains(&50));
            }
            Err(error) => {
                assert!(expected.samples.contains(&50));
                assert!(batches.next().is_none());
                return error;
            }
        }
    }
    panic!("`{fault}` was not noticed");
}

#[test]
fn faults_while_reading() {
    for prefetch in [0, 2] {
        let error = failure("error", false, prefetch);
        assert_eq!(
            (error.code(), error.message(), error.hint()),
            ("bad-data", "file x: broken at offset 7", "mend it")
        );
        let error = failure("panic", false, prefetch);
        assert_eq!(error.code(), "panic");
        assert!(error.message().contains("out of cheese"));
        let error = failure("label", false, prefetch);
        assert_eq!(
            error.message(),
            "sample 50 of `train` has label 5, but there are 5 classes"
        );
        assert!(
            failure("negative label", false, prefetch)
                .message()
                .contains("sample 50 of `train` has label -1")
        );
        assert_eq!(failure("labels", false, prefetch).code(), "bad-plugin");
        assert!(
            failure("values", false, prefetch)
                .message()
                .contains("383 values came")
        );
        let error = failure("not a number", true, prefetch);
        assert_eq!(error.message(), "sample 50 of `train` holds the value NaN");
    }
}

#[test]
fn faults_of_the_description() {
    let session = session(RealType::F32);
    for fault in ["description", "kind", "shape", "mean", "std", "scale", "classes"] {
        let error = Loader::open(
            dataset::<MadeUp>(&session, &[("fault", fault)]),
            &session,
            config(),
        )
        .unwrap_err();
        assert_eq!(error.code(), "bad-plugin", "{fault}: {error}");
        if fault == "description" {
            assert!(error.message().contains("`info` function panicked"), "{error}");
        }
    }
    let error = Loader::open(
        dataset::<MadeUp>(&session, &[("fault", "no training")]),
        &session,
        config(),
    );
    assert_eq!(error.unwrap_err().code(), "bad-data");
}

#[test]
fn settings_that_cannot_work_name_themselves() {
    let session = session(RealType::F32);
    let open = |config| {
        Loader::open(dataset::<MadeUp>(&session, &[]), &session, config)
            .unwrap_err()
            .to_string()
    };
    assert!(open(LoaderConfig { steps: 0, ..config() }).contains("`T`"));
    assert!(
        open(LoaderConfig {
            batch_size: 0,
            ..config()
        })
        .contains("`batch_size`")
    );
    for validation_fraction in [-0.1, 1.0, f64::NAN] {
        assert!(
            open(LoaderConfig {
                validation_fraction,
                ..config()
            })
            .contains("`validation_fraction`")
        );
    }
}

#[test]
fn an_empty_split_is_an_error_with_a_way_out() {
    let error = made_up(
        &[],
        LoaderConfig {
            validation_fraction: 0.0,
            ..config()
        },
    )
    .epoch(Split::Validation, 0);
    assert!(error.unwrap_err().hint().contains("validation_fraction"));
    let error = made_up(&[("fault", "no test")], config())
        .epoch(Split::Test, 0)
        .unwrap_err();
    assert_eq!(error.code(), "empty-split");
}

#[test]
fn an_epoch_can_be_left_and_outlive_its_loader() {
    let loader = made_up(
        &[],
        LoaderConfig {
            batch_size: 1,
            prefetch: 3,
            ..config()
        },
    );
    for taken in [0, 1, 5] {
        let mut batches = loader.epoch(Split::Train, 0).unwrap();
        assert_eq!(batches.by_ref().take(taken).filter(Result::is_ok).count(), taken);
        drop(batches);
    }
    let (a, b) = (
        loader.epoch(Split::Train, 0).unwrap(),
        loader.epoch(Split::Train, 0).unwrap(),
    );
    drop(loader);
    assert!(a.zip(b).all(|(a, b)| a.unwrap().samples == b.unwrap().samples));
}
