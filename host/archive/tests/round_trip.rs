//! What is written is read back, and equality means what it says.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{convolutional_record, names, parameters, parameters_of, record};
use neurotrain_archive::{
    EpochMetrics, NirView, Parameter, ParameterData, Protocol, RunRecord, Scores, Status, compare_runs,
    open_run, render_json, render_text, same_results, write_run,
};

#[test]
fn a_run_survives() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    let written = write_run(&path, &record(), &parameters()).unwrap();
    assert_eq!(names(dir.path()), ["run.h5"]);
    assert_eq!(written.nir_absent, None);

    let run = open_run(&path).unwrap();
    assert_eq!(run.record, record());
    assert_eq!(run.bytes, written.bytes);
    assert_eq!(run.weights_sha256, written.weights_sha256);
    assert_eq!(
        run.nir,
        NirView::Present {
            version: "1.0.8".to_owned()
        }
    );
    let infos: Vec<_> = parameters().iter().map(Parameter::info).collect();
    assert_eq!(run.parameters, infos);
    for (read, given) in run.read_parameters().unwrap().iter().zip(parameters()) {
        assert!(read.same_bits(&given), "{}", given.name);
        assert_eq!(read.flags, given.flags);
    }
}

/// Without anything that is optional.
#[test]
fn an_empty_run_survives() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    let record = RunRecord {
        status: Status::Failed {
            reason: "killed by signal 9 (out of memory?)".to_owned(),
        },
        protocol: Protocol::Neurotrain,
        ..RunRecord::default()
    };
    let written = write_run(&path, &record, &[]).unwrap();
    assert!(written.nir_absent.unwrap().contains("no network graph"));
    let run = open_run(&path).unwrap();
    assert_eq!(run.record, record);
    assert_eq!(run.read_parameters().unwrap(), []);
    assert!(render_text(&run).contains("killed by signal 9"));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a.h5"), dir.path().join("b.h5"));
    write_run(&a, &record(), &parameters()).unwrap();
    write_run(&b, &record(), &parameters()).unwrap();
    assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
}

#[test]
fn numbers_that_are_none_survive() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    let mut given = record();
    given.epochs[2].train.loss = f64::NAN;
    given.epochs[2].validation = Some(Scores {
        accuracy: 0.1,
        loss: f64::INFINITY,
    });
    given.test = Some(Scores {
        accuracy: 0.1,
        loss: f64::NAN,
    });
    write_run(&path, &given, &[]).unwrap();
    let run = open_run(&path).unwrap();
    assert!(run.record.epochs[2].train.loss.is_nan());
    assert_eq!(run.record.epochs[2].validation.unwrap().loss, f64::INFINITY);
    assert!(run.record.test.unwrap().loss.is_nan());
    assert!(same_results(&path, &path).unwrap().same());
    let json = render_json(&run).unwrap();
    assert_eq!(json["run"]["epochs"][2]["train"]["loss"], "NaN");
    assert_eq!(json["run"]["epochs"][2]["validation"]["loss"], "inf");
}

#[test]
fn only_results_count_for_equality() {
    let dir = tempfile::tempdir().unwrap();
    let mut count = 0;
    let mut write = |record: &RunRecord, parameters: &[Parameter<'_>]| {
        count += 1;
        let path = dir.path().join(format!("{count}.h5"));
        write_run(&path, record, parameters).unwrap();
        open_run(&path).unwrap()
    };
    let base = write(&record(), &parameters());

    let mut other = record();
    other.created = "2027-01-01T00:00:00Z".to_owned();
    other.measured.execution_seconds = 1.0;
    other.epochs[0].wall_seconds = 99.0;
    other.epochs[0].peak_training_state_bytes = 1;
    other.provenance.machine.threads = 64;
    let other = write(&other, &parameters());
    assert_eq!(
        compare_runs(&base, &other).unwrap().differences,
        Vec::<String>::new()
    );
    assert_eq!(base.metrics_sha256, other.metrics_sha256);

    let mut other = record();
    other.epochs[1].train.loss = f64::from_bits(other.epochs[1].train.loss.to_bits() + 1);
    let found = compare_runs(&base, &write(&other, &parameters())).unwrap();
    assert_eq!(found.differences.len(), 1, "{found:?}");
    assert!(
        found.differences[0].contains("`train_loss` differs first in epoch 2"),
        "{found:?}"
    );

    let mut other = record();
    other.epochs[0].scalars.remove("error");
    other.epochs[0].activation_sparsity[1] = 0.5;
    other.totals.parameter_count += 1;
    let found = compare_runs(&base, &write(&other, &parameters())).unwrap();
    assert_eq!(found.differences.len(), 3, "{found:?}");

    let mut changed = parameters();
    let ParameterData::F32(values) = &mut changed[0].data else {
        panic!()
    };
    values.to_mut()[3] = f32::from_bits(values[3].to_bits() ^ 1);
    let ParameterData::F64(values) = &mut changed[4].data else {
        panic!()
    };
    values.to_mut()[1] = 0.0;
    changed.pop();
    let found = compare_runs(&base, &write(&record(), &changed)).unwrap();
    assert_eq!(found.differences.len(), 3, "{found:?}");
    assert!(
        found.differences[0].contains("`synapses.0.weight` differs in 1 values"),
        "{found:?}"
    );
    assert!(
        found.differences[1].contains("`classifier/0` differs in 1 values, by at most 0e0"),
        "{found:?}"
    );
    assert!(
        found.differences[2].contains("`empty` is in the first run only"),
        "{found:?}"
    );
}

#[test]
fn large_weights_are_compressed_and_survive() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    let values: Vec<f32> = (0..1 << 20).map(|i| (i % 1000) as f32).collect();
    let given = [Parameter::f32("w", &[1024, 1024], values.as_slice())];
    let written = write_run(&path, &RunRecord::default(), &given).unwrap();
    assert!(written.bytes < 1 << 20, "{} bytes", written.bytes);
    assert!(open_run(&path).unwrap().read_parameters().unwrap()[0].same_bits(&given[0]));
}

#[test]
fn what_nir_cannot_say_is_said() {
    let reason = |change: fn(&mut RunRecord)| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.h5");
        let mut record = convolutional_record();
        change(&mut record);
        let parameters = parameters_of(record.graph.as_ref().unwrap());
        let written = write_run(&path, &record, &parameters).unwrap();
        let NirView::Absent { reason } = open_run(&path).unwrap().nir else {
            panic!("a view was written")
        };
        assert_eq!(written.nir_absent.as_deref(), Some(reason.as_str()));
        reason
    };
    let pool = reason(|r| r.graph.as_mut().unwrap().nodes[4].kind = "max_pool2d".to_owned());
    assert!(pool.contains("`max_pool2d` (node `pool.0`)"), "{pool}");
    assert!(
        reason(|r| r.graph.as_mut().unwrap().nodes[4].kind = "acme.gate".to_owned()).contains("acme.gate")
    );
    let standardise = reason(|r| {
        let attrs = &mut r.graph.as_mut().unwrap().nodes[1].attrs;
        attrs.insert("standardise".to_owned(), serde_json::json!({ "gain": 1.0 }));
    });
    assert!(standardise.contains("weight standardisation"), "{standardise}");
    let unreached = reason(|r| r.graph.as_mut().unwrap().edges.retain(|(_, to)| to != "lif.0"));
    assert!(unreached.contains("not reached"), "{unreached}");
    let kernel = reason(|r| r.graph.as_mut().unwrap().nodes[4].attrs["kernel"] = serde_json::json!([99, 2]));
    assert!(kernel.contains("larger than its input"), "{kernel}");
    assert!(reason(|r| r.step_seconds = Some(0.0)).contains("time step"));
}

#[test]
fn contradictions_are_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    let refused = |record: &RunRecord, parameters: &[Parameter<'_>]| {
        write_run(&path, record, parameters).unwrap_err().to_string()
    };
    let twice = [
        Parameter::f32("w", &[1], vec![0.0]),
        Parameter::f32("w", &[1], vec![0.0]),
    ];
    assert!(refused(&record(), &twice).contains("two parameters are named `w`"));
    let short = [Parameter::f32("w", &[2, 2], vec![0.0])];
    assert!(refused(&record(), &short).contains("shape [2, 2] but 1 values"));
    let mut sparsity = record();
    sparsity.epochs[2].activation_sparsity = vec![0.5; 3];
    assert!(
        refused(&sparsity, &[]).contains("epoch 3"),
        "{}",
        refused(&sparsity, &[])
    );
    let mut nul = record();
    nul.name = "a\0b".to_owned();
    assert!(refused(&nul, &[]).contains("NUL"));
    assert_eq!(names(dir.path()), Vec::<String>::new());
}

#[test]
fn a_reason_with_a_nul_does_not_cost_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    let mut failed = record();
    failed.status = Status::Failed {
        reason: "read\0beyond the end".to_owned(),
    };
    write_run(&path, &failed, &[]).unwrap();
    assert_eq!(
        open_run(&path).unwrap().record.status.reason(),
        "read\u{fffd}beyond the end"
    );
}

mod any {
    use super::*;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    fn name() -> impl Strategy<Value = String> {
        prop_oneof![Just("epoch".to_owned()), Just("/".to_owned()), "[a-c./ µ]{0,4}"]
    }

    fn number() -> impl Strategy<Value = f64> {
        any::<f64>().prop_filter("compared with ==", |v| !v.is_nan())
    }

    fn scores() -> impl Strategy<Value = Scores> {
        (number(), number()).prop_map(|(accuracy, loss)| Scores { accuracy, loss })
    }

    fn epoch(layers: usize) -> impl Strategy<Value = EpochMetrics> {
        let sparsity = prop_oneof![Just(Vec::new()), vec(number(), layers)];
        let scalars = btree_map(name(), number(), 0..3);
        let optional = (prop::option::of(scores()), prop::option::of(scores()));
        (scores(), optional, sparsity, scalars, any::<u64>()).prop_map(
            |(train, (validation, test), activation_sparsity, scalars, peak)| EpochMetrics {
                train,
                validation,
                test,
                activation_sparsity,
                scalars,
                peak_training_state_bytes: peak,
                ..EpochMetrics::default()
            },
        )
    }

    fn run() -> impl Strategy<Value = RunRecord> {
        (0_usize..4).prop_flat_map(|layers| {
            let text = "[ -~µ\n]{0,9}";
            let parts = (
                vec(epoch(layers), 0..4),
                prop::option::of(scores()),
                text,
                text,
                any::<u64>(),
            );
            parts.prop_map(move |(epochs, test, run_id, reason, seed)| RunRecord {
                run_id,
                seed,
                status: Status::Failed { reason },
                layers: (0..layers).map(|l| format!("layer {l}")).collect(),
                epochs,
                test,
                ..RunRecord::default()
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_run_survives(record in run(), values in btree_map(name(), vec(any::<f32>(), 0..5), 0..5)) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("run.h5");
            let given: Vec<_> =
                values.iter().map(|(n, v)| Parameter::f32(n, &[v.len()], v.as_slice())).collect();
            write_run(&path, &record, &given).unwrap();
            let run = open_run(&path).unwrap();
            prop_assert_eq!(&run.record, &record);
            for (read, given) in run.read_parameters().unwrap().iter().zip(&given) {
                prop_assert_eq!(&read.name, &given.name);
                prop_assert!(read.same_bits(given));
            }
        }
    }
}
