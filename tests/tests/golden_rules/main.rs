//! The rules and networks against the traces of the reference, through the plugins as loaded.

#![allow(clippy::print_stderr)] // figures, shown by --nocapture

mod case;
mod eligibility;
mod executions;
mod judge;
mod local;
mod plugins;
mod recorder;
mod replay;

use case::Case;
use judge::Finding;
use replay::{Variation, replay};

/// The cases of rules and networks that are here, or `None`, loudly, where the traces are not.
fn cases(prefixes: &[&str]) -> Option<Vec<Case>> {
    let Some(folder) = Case::folder() else {
        eprintln!("skipped: no golden traces (set NEUROTRAIN_SHARED)");
        return None;
    };
    let cases = Case::list(&folder, prefixes);
    if cases.is_empty() && !Case::all_are_here() {
        eprintln!("skipped: no golden traces of {prefixes:?} (set NEUROTRAIN_SHARED)");
        return None;
    }
    assert!(!cases.is_empty(), "no case starts with one of {prefixes:?}");
    Some(cases)
}

fn failures(findings: &[Finding]) -> Vec<String> {
    let line = |f: &Finding| format!("{}: error {:.2e}, allowed {:.2e}", f.what, f.error, f.tolerance);
    findings.iter().filter(|f| f.failed()).map(line).collect()
}

fn agrees(prefixes: &[&str], variation: &Variation) {
    let Some(cases) = cases(prefixes) else { return };
    let mut failed = Vec::new();
    for case in &cases {
        let findings = replay(case, variation);
        let measured = findings.iter().filter(|f| f.tolerance > 0.0 && !f.weak);
        let worst = measured
            .max_by(|a, b| a.share().total_cmp(&b.share()))
            .expect("findings");
        let weak = findings.iter().filter(|f| f.weak).count();
        eprintln!(
            "{}: {} quantities, {weak} weak, worst `{}` at {:.3} of its tolerance",
            case.name,
            findings.len(),
            worst.what,
            worst.share()
        );
        failed.extend(
            failures(&findings)
                .into_iter()
                .map(|line| format!("{}: {line}", case.name)),
        );
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// A mutant must fail on every case.
fn differs(prefixes: &[&str], variation: &Variation) {
    let Some(cases) = cases(prefixes) else { return };
    let blind: Vec<&str> = cases
        .iter()
        .filter(|c| failures(&replay(c, variation)).is_empty())
        .map(|c| c.name.as_str())
        .collect();
    assert!(blind.is_empty(), "{variation:?} goes unnoticed in {blind:?}");
}

const BPTT: &[&str] = &[
    "bptt__fc_snn__",
    "bptt__r_snn__",
    "bptt__conv_snn__",
    "bptt__vgg9__",
];
const OTTT: &[&str] = &[
    "ottt__fc_snn__",
    "ottt__r_snn__",
    "ottt__conv_snn__",
    "ottt__vgg9__",
];
const EPROP: &[&str] = &["eprop__r_snn__"];
const STSF: &[&str] = &["stsf__fc_snn__"];

#[test]
fn bptt_reproduces_the_reference() {
    agrees(BPTT, &Variation::default());
}

#[test]
fn ottt_reproduces_the_reference() {
    agrees(OTTT, &Variation::default());
}

#[test]
fn eprop_reproduces_the_reference() {
    agrees(EPROP, &Variation::default());
}

#[test]
fn stsf_reproduces_the_reference() {
    agrees(STSF, &Variation::default());
}

#[test]
fn dense_input_changes_nothing() {
    let dense = Variation {
        dense_input: true,
        ..Variation::default()
    };
    for prefixes in [BPTT, OTTT, EPROP, STSF] {
        agrees(prefixes, &dense);
    }
}

#[test]
fn a_decay_one_percent_off_is_noticed() {
    let decay = Variation {
        decay: 0.01,
        ..Variation::default()
    };
    for prefixes in [BPTT, OTTT, EPROP, STSF] {
        differs(prefixes, &decay);
    }
}

#[test]
fn a_wrong_sign_is_noticed() {
    let sign = Variation {
        wrong_sign: true,
        ..Variation::default()
    };
    for prefixes in [BPTT, OTTT, EPROP, STSF] {
        differs(prefixes, &sign);
    }
    differs(
        STSF,
        &Variation {
            wrong_feedback: true,
            ..Variation::default()
        },
    );
}

#[test]
fn every_repaired_defect_is_noticed() {
    differs(
        &["ottt__fc_snn__", "ottt__r_snn__", "ottt__conv_snn__"],
        &Variation::rule("lambda_half", false),
    );
    differs(&["ottt__vgg9__"], &Variation::rule("raw_ws_grad", false));
    differs(OTTT, &Variation::rule("trace_input", true));
    differs(OTTT, &Variation::rule("online_updates", false));
    differs(EPROP, &Variation::rule("post_reset_psi", false));
    differs(EPROP, &Variation::rule("rec_bias_frozen", false));
    differs(EPROP, &Variation::rule("network_readout", false));
    differs(EPROP, &Variation::rule("update_mode", "per_sequence"));
    differs(EPROP, &Variation::rule("feedback", "random"));
    differs(EPROP, &Variation::rule("threshold", 0.0303));
    differs(EPROP, &Variation::rule("tau_mem", 20.2));
    differs(EPROP, &Variation::rule("tau_out", 30.3));
    differs(
        &["stsf__fc_snn__h16_partial_batch"],
        &Variation::rule("constructor_batch", false),
    );
    differs(STSF, &Variation::rule("use_optimizer", true));
    differs(BPTT, &Variation::rule("grad_clip", 1e-3));
    differs(&["bptt__r_snn__"], &Variation::rule("reset_grad", false));
}
