//! A rule the host has never seen: built after it, outside the workspace, dropped into a folder, trained.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use neurotrain_tests::{Crate, Program, workspace_root};
use sha2::{Digest, Sha256};

/// The rule of `plugin-api`'s front page, in a crate of its own.
fn delta_rule(folder: &std::path::Path) -> std::path::PathBuf {
    let source = std::fs::read_to_string(workspace_root().join("plugin-api/examples/delta_rule.rs")).unwrap();
    Crate::write(folder, "delta-rule", &source, &[]).build()
}

#[test]
fn a_strangers_rule_is_found_and_trained_by_a_host_that_was_built_before_it() {
    let host = Program::neurotrain();
    let hash = || Sha256::digest(std::fs::read(host.path()).unwrap());
    let before = hash();
    let dylib = delta_rule(&host.scratch().join("delta-rule"));
    let plugins = host.scratch().join("data-home/neurotrain/plugins/1");
    std::fs::create_dir_all(&plugins).unwrap();
    std::fs::copy(&dylib, plugins.join(dylib.file_name().unwrap())).unwrap();

    let listed = host.run(["plugins", "list"]).expect(0);
    assert!(listed.stdout.contains("delta_rule"), "{}", listed.stdout);
    let trained = host
        .run([
            "train",
            "--trainer",
            "delta_rule",
            "--model",
            "fc_snn",
            "--dataset",
            "digits",
            "--epochs",
            "4",
        ])
        .expect(0);
    let accuracy = test_accuracy(host.scratch());
    assert!(
        accuracy > 0.5,
        "ten classes, four epochs: {accuracy}\n{}",
        trained.stdout
    );
    assert_eq!(before, hash(), "the host was rebuilt");
}

#[test]
fn rules_that_stress_the_boundary_learn_digits() {
    let host = Program::neurotrain();
    let ports = Crate::fixture("ports", "neurotrain-rule-ports").build();
    // One class in ten is chance.
    for (trainer, least, extra) in [
        (
            "tp",
            0.5,
            "--epochs 4 --set trainer.lr=0.001 --set model.out_integrator=true",
        ),
        ("ostl", 0.5, "--epochs 4 --batch-size 32 --set trainer.lr=0.05"),
        (
            "stdp",
            0.4,
            "--epochs 2 --batch-size 64 --set model.hidden_sizes=[100] --set dataset.T=20",
        ),
        ("conversion", 0.5, "--epochs 4 --set dataset.T=40"),
        (
            "evolution",
            0.3,
            "--epochs 8 --batch-size 128 --set model.hidden_sizes=[16] --set trainer.lr=0.05",
        ),
    ] {
        let out = host.scratch().join(trainer);
        let mut args = vec![
            "train",
            "--trainer",
            trainer,
            "--model",
            "fc_snn",
            "--dataset",
            "digits",
        ];
        args.extend(extra.split(' '));
        let (plugin, folder) = (ports.to_str().unwrap(), out.to_str().unwrap());
        args.extend(["--plugin-path", plugin, "--out", folder]);
        let finished = host.run(args).expect(0);
        let accuracy = test_accuracy(&out);
        assert!(accuracy > least, "{trainer}: {accuracy}\n{}", finished.stdout);
    }
}

/// Test accuracy of the only archive below a folder.
fn test_accuracy(folder: &std::path::Path) -> f64 {
    let archive = neurotrain_tests::archives_below(folder)
        .pop()
        .expect("an archive");
    neurotrain_archive::open_run(&archive)
        .unwrap()
        .record
        .test
        .expect("a test result")
        .accuracy
}
