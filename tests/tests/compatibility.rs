//! Old plugins in a new host and new plugins in an old host, both trained.
//!
//! The feature `next-minor` of `plugin-api` appends surface as the next minor version would. Plugins and hosts
//! built with it and without it stand for new and old.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use neurotrain_archive::{open_run, same_results};
use neurotrain_tests::{Crate, Program, archives_below, workspace_root};
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn a_plugin_of_the_next_minor_version_trains_in_this_host() {
    let host = Program::neurotrain();
    let folder = host.scratch().join("delta-rule-next");
    let source = std::fs::read_to_string(workspace_root().join("plugin-api/examples/delta_rule.rs")).unwrap();
    let plugin = Crate::write(&folder, "delta-rule-next", &source, &["next-minor"]).build();
    let shown = host
        .run(["plugins", "show", "delta_rule", "--plugin-path", text(&plugin)])
        .expect(0);
    assert!(
        shown.stdout.contains("1.1"),
        "the plugin was built for API 1.1: {}",
        shown.stdout
    );
    let archive = train(
        &host,
        &["--trainer", "delta_rule", "--plugin-path", text(&plugin)],
    );
    let accuracy = open_run(&archive)
        .unwrap()
        .record
        .test
        .expect("a test result")
        .accuracy;
    assert!(accuracy > 0.3, "ten classes: {accuracy}");
}

#[test]
fn plugins_of_this_version_train_in_a_host_of_the_next_minor_version() {
    let old_host = Program::neurotrain();
    let old = train(&old_host, &["--trainer", "bptt"]);
    build_next_host();
    let new_host = Program::named("neurotrain-next");
    let new = train(&new_host, &["--trainer", "bptt"]);
    let comparison = same_results(&old, &new).unwrap();
    assert!(
        comparison.same(),
        "the same plugin gives the same bits in both hosts: {comparison:?}"
    );
    // The appended method exists in the host alone; its default answers for the plugin.
    assert!(
        log_beside(&new).contains("the rule was built for an older minor version"),
        "{}",
        log_beside(&new)
    );
}

/// The fixture of the oldest version of the boundary: the published package, not this tree.
#[test]
fn a_plugin_built_against_the_first_published_boundary_trains_in_this_host() {
    let host = Program::neurotrain();
    let api = unpack_first_api(host.scratch());
    let source = std::fs::read_to_string(api.join("examples/delta_rule.rs")).unwrap();
    let plugin = Crate::write_against(
        &api,
        &host.scratch().join("delta-rule-first"),
        "delta-rule-first",
        &source,
        &[],
    )
    .build();
    let archive = train(
        &host,
        &["--trainer", "delta_rule", "--plugin-path", text(&plugin)],
    );
    assert!(
        open_run(&archive)
            .unwrap()
            .record
            .test
            .expect("a test result")
            .accuracy
            > 0.3
    );
}

fn train(host: &Program, extra: &[&str]) -> PathBuf {
    let out = host.scratch().join("out");
    let mut args = vec![
        "train",
        "--model",
        "fc_snn",
        "--dataset",
        "digits",
        "--epochs",
        "2",
        "--out",
        text(&out),
    ];
    args.extend(extra);
    host.run(args).expect(0);
    archives_below(&out).pop().expect("an archive")
}

fn log_beside(archive: &Path) -> String {
    std::fs::read_to_string(archive.with_file_name("run.log")).unwrap_or_default()
}

fn build_next_host() {
    let output = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--workspace",
            "--features",
            "neurotrain/next-minor",
            "--bin",
            "neurotrain-next",
        ])
        .current_dir(workspace_root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn unpack_first_api(into: &Path) -> PathBuf {
    let package = workspace_root().join("tests/fixtures/neurotrain-plugin-api-1.0.0.crate");
    let status = Command::new("tar")
        .arg("xzf")
        .arg(&package)
        .arg("-C")
        .arg(into)
        .status()
        .unwrap();
    assert!(status.success());
    into.join("neurotrain-plugin-api-1.0.0")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
