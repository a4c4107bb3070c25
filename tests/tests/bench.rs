//! `neurotrain bench`, as a process: what is measured is there and plausible.

use neurotrain_tests::{Finished, Program};
use serde_json::Value;

fn bench(words: &str) -> Finished {
    let host = Program::neurotrain();
    host.run(std::iter::once("bench").chain(words.split_whitespace()))
}

fn json(words: &str) -> Value {
    let finished = bench(words).expect(0);
    serde_json::from_str(&finished.stdout).unwrap_or_else(|e| panic!("{e}:\n{}", finished.stdout))
}

fn number(row: &Value, path: &str) -> f64 {
    row.pointer(path)
        .and_then(Value::as_f64)
        .unwrap_or_else(|| panic!("{path} is no number in {row:#}"))
}

#[test]
fn training_steps_are_measured() {
    let all = json(
        "train --rules bptt,eprop --models fc_snn --input 40 --hidden 16 --classes 4 --steps 3,6 --batch 32 \
         --density 0.25 --threads 1 --seconds 0 --json",
    );
    let steps = all["steps"].as_array().expect("a list");
    assert_eq!(steps.len(), 2, "{all:#}");
    for (row, time) in steps.iter().zip([3.0, 6.0]) {
        assert_eq!(row["layers"], serde_json::json!([16, 4]));
        assert_eq!((number(row, "/steps"), number(row, "/batch")), (time, 32.0));
        assert!((number(row, "/density") - 0.25).abs() < 0.05);
        assert_eq!(number(row, "/parameters"), f64::from(40 * 16 + 16 * 4));
        // Both layers, at every step of a sample.
        assert_eq!(
            number(row, "/forward/dense_mac"),
            time * (40.0 * 16.0 + 16.0 * 4.0)
        );
        let events = number(row, "/forward/effective_ac");
        assert!(
            events > time * 40.0 * 16.0 * 0.2 && events < number(row, "/forward/dense_mac"),
            "{events}"
        );
        assert!(number(row, "/learning/dense_mac") > 0.0);
        let milliseconds = number(row, "/ms_per_batch");
        let rate = number(row, "/samples_per_second");
        assert!(milliseconds > 0.0 && (rate * milliseconds / 32e3 - 1.0).abs() < 1e-6);
        assert!(number(row, "/median_ms") >= milliseconds);
        let parts =
            ["synapses", "neurons", "parameters"].map(|part| number(row, &format!("/bound/{part}_ms")));
        assert!(parts.iter().all(|ms| *ms > 0.0), "{parts:?}");
        assert!((number(row, "/bound/total_ms") - parts.iter().sum::<f64>()).abs() < 1e-9);
    }
    // What BPTT records grows with the steps.
    let state = |i: usize| number(&steps[i], "/peak_training_bytes");
    assert!(state(0) > f64::from(4 * 3 * 32 * 16) && state(1) > 1.5 * state(0));
    let skipped = &all["skipped"][0];
    assert_eq!(skipped["rule"], "eprop", "{all:#}");
    assert!(
        skipped["reason"].as_str().is_some_and(|r| r.contains("rec")),
        "{skipped}"
    );
}

#[test]
fn evaluation_learns_nothing() {
    let all = json(
        "evaluate --rules bptt --models r_snn --input 20 --hidden 8 --steps 2 --batch 4 --threads 1 --seconds 0 \
         --no-roofline --json",
    );
    let row = &all["steps"][0];
    assert!(number(row, "/forward/effective_ac") > 0.0);
    assert!(row["learning"].is_null() && row["bound"].is_null() && all["machine"].is_null());
}

#[test]
fn real_data_and_settings_of_a_rule() {
    let all = json(
        "train --rules bptt --models fc_snn --dataset digits --steps 4 --batch 16 --threads 1 --seconds 0 \
         --no-roofline --set lr=0.01 --json",
    );
    let row = &all["steps"][0];
    assert_eq!((number(row, "/steps"), number(row, "/classes")), (4.0, 10.0));
    // The model's section for the data set applies.
    assert_eq!(row["layers"], serde_json::json!([64, 10]));
    let finished =
        bench("train --rules bptt --models fc_snn --input 8 --set lrr=0.01 --threads 1 --seconds 0")
            .expect(1);
    assert!(
        finished.stdout.contains("did you mean `lr`"),
        "{}",
        finished.stdout
    );
    assert!(
        finished.stderr.contains("nothing was measured"),
        "{}",
        finished.stderr
    );
}

#[test]
fn loading_is_measured() {
    let all = json("load --dataset digits --steps 3 --batch 64 --threads 1 --seconds 0 --json");
    let row = &all["load"][0];
    assert_eq!((number(row, "/steps"), number(row, "/batch")), (3.0, 64.0));
    assert!(number(row, "/samples_per_second") > 0.0 && number(row, "/samples") > 1000.0);
}

#[test]
fn the_machine_can_do_something() {
    let all = json("machine --threads 1 --json");
    let rates = &all["rates"][0];
    assert_eq!(number(rates, "/threads"), 1.0);
    for path in [
        "/gemm_flops",
        "/lif_updates_per_second",
        "/rows/0/adds_per_second",
        "/rows/2/adds_per_second",
    ] {
        assert!(number(rates, path) > 0.0, "{path}");
    }
    for level in 0..4 {
        for what in ["copy", "triad"] {
            assert!(number(rates, &format!("/bandwidth/{level}/{what}_bytes_per_second")) > 0.0);
        }
    }
}

#[test]
fn contradictions_are_refused() {
    for words in [
        "train --shape mnist --input 784",
        "train --batch 0",
        "train --density 1.5",
        "machine --threads 0",
    ] {
        let finished = bench(words).expect(2);
        assert!(finished.stderr.contains("error"), "{}", finished.stderr);
    }
}
