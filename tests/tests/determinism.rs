//! The same seed gives the same result, bit for bit, whatever the threads, the processes and the neighbours.

use neurotrain_archive::same_results;
use neurotrain_tests::{Program, archives_below};
use std::path::{Path, PathBuf};

/// Trains `trainer` with seed 7 and returns the archive.
fn train(host: &Program, out: &str, trainer: &str, model: &str, more: &[&str]) -> PathBuf {
    let mut args = vec![
        "train",
        "--trainer",
        trainer,
        "--model",
        model,
        "--dataset",
        "digits",
        "--epochs",
        "2",
        "--out",
        out,
        "--seed",
        "7",
        "--set",
        "model.hidden_sizes=[48]",
        "--set",
        "dataset.T=6",
    ];
    args.extend(more);
    host.run(args).expect(0);
    let of_seed = |path: &PathBuf| path.display().to_string().contains("s7");
    archives_below(&host.scratch().join(out))
        .into_iter()
        .find(of_seed)
        .expect("an archive")
}

fn same(a: &Path, b: &Path) {
    let comparison = same_results(a, b).expect("two archives");
    assert!(
        comparison.same(),
        "{} and {}: {:?}",
        a.display(),
        b.display(),
        comparison.differences
    );
}

#[test]
fn one_thread_or_two_one_process_or_two() {
    for (trainer, model) in [
        ("bptt", "fc_snn"),
        ("ottt", "r_snn"),
        ("eprop", "r_snn"),
        ("stsf", "fc_snn"),
    ] {
        let host = Program::neurotrain();
        let one = train(&host, "one", trainer, model, &["--threads", "1"]);
        let two = train(&host, "two", trainer, model, &["--threads", "2"]);
        same(&one, &two);
        // Beside another run of another seed.
        let busy = train(
            &host,
            "busy",
            trainer,
            model,
            &["--threads", "2", "--jobs", "2", "--seed", "8"],
        );
        same(&one, &busy);
    }
}

#[test]
fn another_seed_is_another_result() {
    let host = Program::neurotrain();
    let first = train(&host, "out", "bptt", "fc_snn", &["--seed", "8"]);
    let of_other = |path: &PathBuf| path.display().to_string().contains("s8");
    let other = archives_below(&host.scratch().join("out"))
        .into_iter()
        .find(of_other)
        .expect("an archive");
    assert!(!same_results(&first, &other).expect("two archives").same());
}
