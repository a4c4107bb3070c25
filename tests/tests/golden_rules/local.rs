//! DECOLLE, ES-D-RTRL and traces propagation.

use crate::replay::Variation;
use crate::{agrees, differs};

const DECOLLE: &[&str] = &["decolle__fc_snn__", "decolle__conv_snn__"];
const ESD_RTRL: &[&str] = &["esd_rtrl__fc_snn__", "esd_rtrl__r_snn__", "esd_rtrl__conv_snn__"];
const TP: &[&str] = &["tp__fc_snn__", "tp__r_snn__", "tp__conv_snn__", "tp__vgg9__"];

#[test]
fn decolle_reproduces_the_reference() {
    agrees(DECOLLE, &Variation::default());
}

#[test]
fn esd_rtrl_reproduces_the_reference() {
    agrees(ESD_RTRL, &Variation::default());
}

#[test]
fn traces_propagation_reproduces_the_reference() {
    agrees(TP, &Variation::default());
}

#[test]
fn dense_input_changes_nothing() {
    let dense = Variation {
        dense_input: true,
        ..Variation::default()
    };
    for prefixes in [DECOLLE, ESD_RTRL, TP] {
        agrees(prefixes, &dense);
    }
}

#[test]
fn a_wrong_sign_is_noticed() {
    let sign = Variation {
        wrong_sign: true,
        ..Variation::default()
    };
    for prefixes in [DECOLLE, ESD_RTRL, TP] {
        differs(prefixes, &sign);
    }
    differs(
        DECOLLE,
        &Variation {
            wrong_feedback: true,
            ..Variation::default()
        },
    );
}

#[test]
fn constants_one_percent_off_are_noticed() {
    let decay = Variation {
        decay: 0.01,
        ..Variation::default()
    };
    for prefixes in [DECOLLE, ESD_RTRL, TP] {
        differs(prefixes, &decay);
    }
    differs(ESD_RTRL, &Variation::rule("etrace_decay", 0.909));
    differs(TP, &Variation::rule("alpha", 0.5353));
    differs(TP, &Variation::rule("beta", 0.9898));
    differs(TP, &Variation::rule("vth", 1.01));
}

#[test]
fn every_repaired_defect_is_noticed() {
    differs(DECOLLE, &Variation::rule("use_optimizer", true));
    let conv = &["decolle__conv_snn__"];
    differs(conv, &Variation::rule("gap_unscaled", false));
    differs(conv, &Variation::rule("ignore_pooling", false));
    differs(ESD_RTRL, &Variation::rule("input_untraced", false));
    differs(
        &["esd_rtrl__r_snn__"],
        &Variation::rule("frozen_recurrent", false),
    );
    differs(
        &["esd_rtrl__fc_snn__"],
        &Variation::rule("generic_readout", false),
    );
    differs(
        &["esd_rtrl__fc_snn__", "esd_rtrl__conv_snn__"],
        &Variation::rule("pseudo_derivative", "signal"),
    );
    differs(&["tp__r_snn__"], &Variation::rule("rec_bias_frozen", false));
    differs(&["tp__vgg9__"], &Variation::rule("raw_head", false));
    differs(TP, &Variation::rule("train_target_propagator", false));
}
