//! Plugins and hosts of different minor versions.

use crate::PROGRAM;
use crate::support::{FAULTY, FAULTY_NEXT, GOOD, GOOD_NEXT, NEXT_HOST, TestResult, build};
use neurotrain_discovery::open_module;
use neurotrain_plugin_api::abi::layout;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn exercise(host: &Path, plugins: &[&'static str]) -> TestResult<Vec<Value>> {
    let folder = tempfile::tempdir()?;
    let answer = folder.path().join("answer.json");
    let output = Command::new(host)
        .arg("exercise")
        .arg(&answer)
        .args(plugins.iter().map(|p| build(p)))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&std::fs::read(answer)?)?)
}

// What every plugin gives in every host.
fn check_common(answer: &Value) {
    if let Some(rule) = answer.get("fixture_rule") {
        assert_eq!(rule["check_one_layer"], Value::Null);
        assert_eq!(
            rule["check_two_layers"],
            "2 layers, but the fixture rule trains one"
        );
        assert_eq!(rule["seen"], 5.0);
        assert_eq!(answer["fixture_net"], json!({ "nodes": 4, "weight": [4, 6] }));
    }
}

#[test]
fn old_and_new_plugins_work_side_by_side_in_this_host() -> TestResult {
    let answers = exercise(Path::new(PROGRAM), &[GOOD, GOOD_NEXT, FAULTY_NEXT, FAULTY])?;
    for (answer, plugin_minor) in answers.iter().zip([0, 1, 1, 0]) {
        assert_eq!(
            (&answer["host_minor"], &answer["plugin_minor"]),
            (&json!(0), &json!(plugin_minor))
        );
        check_common(answer);
    }
    // The new plugin called a method that this host does not have: its default ran.
    assert_eq!(answers[2]["log"], json!(["appended 0"]));
    Ok(())
}

#[test]
fn old_and_new_plugins_work_side_by_side_in_the_next_host() -> TestResult {
    let answers = exercise(&build(NEXT_HOST), &[GOOD, GOOD_NEXT, FAULTY, FAULTY_NEXT])?;
    for (answer, plugin_minor) in answers.iter().zip([0, 1, 0, 1]) {
        assert_eq!(
            (&answer["host_minor"], &answer["plugin_minor"]),
            (&json!(1), &json!(plugin_minor))
        );
        check_common(answer);
    }
    // What the old plugin lacks has a default or is absent; what the new one has is called.
    assert_eq!(answers[0]["changelog"], Value::Null);
    assert_eq!(answers[0]["fixture_rule"]["remarks"], "");
    assert_eq!(answers[1]["changelog"], "1.1: remarks");
    assert_eq!(
        answers[1]["fixture_rule"]["remarks"],
        "built for the next minor version"
    );
    assert_eq!(answers[3]["log"], json!(["appended 7"]));
    Ok(())
}

#[test]
fn the_order_of_opening_does_not_matter() -> TestResult {
    for host in [PathOf::This, PathOf::Next] {
        for order in [[GOOD_NEXT, GOOD], [GOOD, GOOD_NEXT], [FAULTY_NEXT, GOOD]] {
            assert_eq!(exercise(&host.path(), &order)?.len(), 2);
        }
    }
    Ok(())
}

enum PathOf {
    This,
    Next,
}

impl PathOf {
    fn path(&self) -> std::path::PathBuf {
        match self {
            PathOf::This => PROGRAM.into(),
            PathOf::Next => build(NEXT_HOST),
        }
    }
}

#[test]
fn the_next_minor_version_only_appends() -> TestResult {
    let folder = tempfile::tempdir()?;
    let answer = folder.path().join("layout.txt");
    assert!(
        Command::new(build(NEXT_HOST))
            .arg("layout")
            .arg(&answer)
            .status()?
            .success()
    );
    let next = std::fs::read_to_string(answer)?;
    layout::check_extension(&layout::dump(), &next).map_err(|faults| faults.join("\n"))?;
    assert!(
        layout::check_extension(&next, &layout::dump()).is_err(),
        "the next version appends nothing"
    );
    Ok(())
}

#[test]
fn each_plugin_has_a_module_of_its_own() -> TestResult {
    let good = open_module(&build(GOOD))?;
    let next = open_module(&build(GOOD_NEXT))?;
    assert_eq!(
        (good.manifest.name.as_str(), next.manifest.name.as_str()),
        (GOOD, GOOD_NEXT)
    );
    assert_eq!(good.descriptor.api_built, 0);
    assert_eq!(next.descriptor.api_built, 1);
    // A second time gives the same plugin.
    assert_eq!(open_module(&build(GOOD))?.manifest, good.manifest);
    Ok(())
}
