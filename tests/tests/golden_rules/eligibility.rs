//! ETLP, OSTL and OSTTP.

use crate::replay::Variation;
use crate::{agrees, differs};

const ETLP: &[&str] = &["etlp__fc_snn__", "etlp__r_snn__"];
const OSTL: &[&str] = &["ostl__fc_snn__", "ostl__r_snn__"];
const OSTTP: &[&str] = &["osttp__fc_snn__", "osttp__r_snn__"];

#[test]
fn etlp_reproduces_the_reference() {
    agrees(ETLP, &Variation::default());
}

#[test]
fn ostl_reproduces_the_reference() {
    agrees(OSTL, &Variation::default());
}

#[test]
fn osttp_reproduces_the_reference() {
    agrees(OSTTP, &Variation::default());
}

#[test]
fn dense_input_changes_nothing() {
    let dense = Variation {
        dense_input: true,
        ..Variation::default()
    };
    for prefixes in [ETLP, OSTL, OSTTP] {
        agrees(prefixes, &dense);
    }
}

#[test]
fn a_decay_one_percent_off_is_noticed() {
    let decay = Variation {
        decay: 0.01,
        ..Variation::default()
    };
    for prefixes in [ETLP, OSTL, OSTTP] {
        differs(prefixes, &decay);
    }
}

#[test]
fn a_wrong_sign_is_noticed() {
    let sign = Variation {
        wrong_sign: true,
        ..Variation::default()
    };
    for prefixes in [ETLP, OSTL, OSTTP] {
        differs(prefixes, &sign);
    }
    let feedback = Variation {
        wrong_feedback: true,
        ..Variation::default()
    };
    for prefixes in [ETLP, OSTTP] {
        differs(prefixes, &feedback);
    }
}

#[test]
fn every_repaired_defect_of_etlp_is_noticed() {
    let recurrent = &["etlp__r_snn__"];
    differs(recurrent, &Variation::rule("rec_trace_early", false));
    differs(recurrent, &Variation::rule("post_reset_psi", false));
    differs(recurrent, &Variation::rule("rec_bias_frozen", false));
    differs(ETLP, &Variation::rule("surrogate_scale", 0.303));
    differs(ETLP, &Variation::rule("update_rate_hz", 500.0));
    differs(ETLP, &Variation::rule("use_optimizer", true));
}

#[test]
fn every_repaired_defect_of_ostl_is_noticed() {
    // Where the network resets to zero anyway, a gain that follows it is the same.
    let subtracting = &[
        "ostl__fc_snn__h16_direct",
        "ostl__fc_snn__h16x12_bin",
        "ostl__r_snn__h16_direct",
        "ostl__r_snn__h16x12_bin",
    ];
    differs(subtracting, &Variation::rule("gain", "match_reset"));
    differs(subtracting, &Variation::rule("gain", "zero_reset"));
    let recurrent = &["ostl__r_snn__"];
    differs(recurrent, &Variation::rule("post_reset_psi", false));
    differs(recurrent, &Variation::rule("rec_bias_frozen", false));
    differs(recurrent, &Variation::rule("ostl_complete", true));
    differs(OSTL, &Variation::rule("feedback_alignment", true));
    differs(OSTL, &Variation::rule("deferred", true));
}

#[test]
fn every_repaired_defect_of_osttp_is_noticed() {
    let recurrent = &["osttp__r_snn__"];
    differs(recurrent, &Variation::rule("eligibility", "diagonal"));
    differs(recurrent, &Variation::rule("eligibility", "exact"));
    differs(recurrent, &Variation::rule("post_reset_psi", false));
    differs(recurrent, &Variation::rule("rec_bias_frozen", false));
    // Only of a reset by subtraction.
    let subtracting = &["osttp__r_snn__h16_direct", "osttp__r_snn__h16x12_bin"];
    differs(subtracting, &Variation::rule("delayed_gain", false));
    differs(OSTTP, &Variation::rule("membrane_error", false));
    differs(OSTTP, &Variation::rule("output_loss", "ce"));
    differs(OSTTP, &Variation::rule("pseudo", "fast_sigmoid"));
}
