//! What rules say of themselves is held against measurement, and what they forget is said.

use neurotrain_archive::open_run;
use neurotrain_tests::{Crate, Finished, Program, archives_below};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Rules that lie, forget and explode, built outside the workspace.
static LIARS: LazyLock<PathBuf> = LazyLock::new(|| Crate::fixture("liars", "neurotrain-rule-liars").build());

/// Verdicts by rule and column.
type Verdicts = BTreeMap<String, BTreeMap<String, String>>;

fn verdicts(finished: &Finished) -> Verdicts {
    let json: Value = serde_json::from_str(&finished.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let finding = |f: &Value| (text(&f["column"]), text(&f["verdict"]));
    list(&json)
        .iter()
        .map(|rule| {
            let findings = list(&rule["findings"]).iter().map(finding).collect();
            (text(&rule["rule"]), findings)
        })
        .collect()
}

#[test]
fn the_claims_of_the_rules_here_hold() {
    let host = Program::neurotrain();
    let finished = host.run(["taxonomy", "--format", "json"]).expect(0);
    let rules = verdicts(&finished);
    assert!(rules.len() >= 13, "{:?}", rules.keys());
    for (rule, columns) in &rules {
        for (column, verdict) in columns {
            assert_ne!(verdict, "contradicted", "{rule}, {column}");
        }
        for column in ["strategy", "local in time", "local in space", "memory in T"] {
            assert_eq!(columns[column], "verified", "{rule}, {column}");
        }
    }
    for rule in ["decolle", "ell", "bell", "fell", "etlp", "osttp", "stsf", "tp"] {
        assert_eq!(rules[rule]["weight transport"], "verified", "{rule}");
    }
    for rule in ["etlp", "osttp", "stsf"] {
        assert_eq!(rules[rule]["projection"], "verified", "{rule}");
    }
    for rule in ["ell", "bell", "fell"] {
        assert_eq!(rules[rule]["local classifier"], "verified", "{rule}");
    }
    // Nothing is claimed of it, but it is seen.
    let json: Value = serde_json::from_str(&finished.stdout).expect("JSON");
    for rule in json.as_array().expect("a list") {
        let sends =
            ["bptt", "ottt", "eprop", "esd_rtrl", "ostl"].contains(&rule["rule"].as_str().expect("a key"));
        for network in rule["measured"].as_array().expect("a list") {
            let seen = &network["credit"]["transport"];
            assert!(
                seen.is_null() || seen == sends,
                "{} on {}",
                rule["rule"],
                network["model"]
            );
        }
    }
}

#[test]
fn every_lie_is_found_and_nothing_else() {
    let host = Program::neurotrain();
    let file = LIARS.to_str().expect("UTF-8");
    let finished = host.run(["plugins", "check", file, "--json"]).expect(1);
    let rules = verdicts(&finished);
    let expected = |rule: &str| -> &[&str] {
        match rule {
            "hoarding" => &["memory in T"],
            "sending" | "transporting" => &["local in space", "projection", "weight transport"],
            "layerwise" => &["local in space"],
            "sweeping" => &["local in time"],
            "blind" => &["learning signal", "projection", "strategy"],
            "targeting" => &["learning signal", "projection"],
            _ => &[],
        }
    };
    assert_eq!(rules.len(), 10, "{:?}", rules.keys());
    for (rule, columns) in &rules {
        let contradicted: Vec<&str> = columns
            .iter()
            .filter(|(_, verdict)| *verdict == "contradicted")
            .map(|(column, _)| column.as_str())
            .collect();
        let expected = expected(rule);
        if rule == "sweeping" {
            // The recorded sequence grows as well.
            assert!(contradicted.contains(&"local in time"), "{contradicted:?}");
            continue;
        }
        if rule == "exploding" {
            continue;
        }
        assert_eq!(contradicted, expected, "{rule}");
    }
    for column in [
        "strategy",
        "local in time",
        "local in space",
        "weight transport",
        "projection",
        "memory in T",
    ] {
        assert_eq!(rules["honest"][column], "verified", "{column}");
    }
}

#[test]
fn a_contradiction_names_the_claim_and_the_measurement() {
    let host = Program::neurotrain();
    let plugins = ["--plugin-path", LIARS.to_str().expect("UTF-8")];
    let check = |rule: &str| host.run(["plugins", "check", rule].iter().chain(&plugins));
    let hoarding = check("hoarding").expect(1);
    for word in ["`hoarding`", "memory in T: constant", "80 steps", "what to do"] {
        assert!(hoarding.stderr.contains(word), "`{word}`:\n{}", hoarding.stderr);
    }
    let sending = check("sending").expect(1);
    assert!(sending.stderr.contains("input_grad"), "{}", sending.stderr);
    let transporting = check("transporting").expect(1);
    let words = "weights above that make no difference forwards";
    assert!(transporting.stderr.contains(words), "{}", transporting.stderr);
    let honest = check("honest").expect(0);
    assert!(honest.stderr.is_empty(), "{}", honest.stderr);
    assert!(honest.stdout.contains("verified"), "{}", honest.stdout);
}

#[test]
fn the_table_has_other_forms() {
    let host = Program::neurotrain();
    let print = |format: &str| {
        host.run(["taxonomy", "bptt", "--no-measure", "--format", format])
            .expect(0)
            .stdout
    };
    assert!(print("csv").starts_with("rule,version,\"strategy\",\"strategy: verdict\""));
    assert!(print("csv").contains("\"not measured\""));
    assert!(print("markdown").contains("| bptt | supervised |"));
    assert!(print("table").contains("error backpropagated"));
    host.run(["taxonomy", "bppt"]).expect(2);
}

/// One short epoch of a rule; its output and the warnings in its archive and its log.
fn train(rule: &str) -> (Finished, Vec<String>, String) {
    let host = Program::neurotrain();
    let finished = host
        .run([
            "train",
            "--trainer",
            rule,
            "--model",
            "fc_snn",
            "--dataset",
            "digits",
            "--epochs",
            "1",
            "--set",
            "model.hidden_sizes=[16]",
            "--set",
            "dataset.T=4",
            "--plugin-path",
            LIARS.to_str().expect("UTF-8"),
        ])
        .expect(0);
    let archive = archives_below(host.scratch()).pop().expect("an archive");
    let run = archive.parent().unwrap_or(Path::new(""));
    let log = std::fs::read_to_string(run.join("run.jsonl")).expect("the log");
    let warnings = open_run(&archive).expect("an archive").record.warnings;
    (finished, warnings, log)
}

#[test]
fn a_forgotten_parameter_is_said() {
    let (finished, warnings, log) = train("forgetful");
    let words = "`synapses.0.weight` was not changed by the first 5 batches";
    assert!(finished.stderr.contains(words), "{}", finished.stderr);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains(words) && log.contains(words),
        "{warnings:?}\n{log}"
    );
}

#[test]
fn weights_that_are_no_numbers_are_said() {
    let (finished, warnings, log) = train("exploding");
    assert!(finished.stderr.contains("are not finite"), "{}", finished.stderr);
    assert!(
        warnings.iter().any(|w| w.contains("are not finite")),
        "{warnings:?}"
    );
    assert!(log.contains("are not finite"), "{log}");
}

#[test]
fn nothing_is_said_of_rules_that_train_everything() {
    for rule in ["honest", "bptt", "etlp"] {
        let (finished, warnings, _) = train(rule);
        assert!(
            !finished.stderr.contains("warning"),
            "{rule}: {}",
            finished.stderr
        );
        assert!(warnings.is_empty(), "{rule}: {warnings:?}");
    }
}
