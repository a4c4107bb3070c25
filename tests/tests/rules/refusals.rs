//! Networks that a rule cannot train are refused with the reason and a way out.

use crate::bench::Bench;
use serde_json::{Value, json};

fn refused(rule: &str, model: &str, values: Value, reason: &str) {
    let bench = Bench::new(model, values, 8, 3, 1);
    let error = bench.check(rule, json!({})).expect_err("a refusal");
    assert_eq!(error.code(), "refused", "{rule}: {error}");
    assert!(error.to_string().contains(reason), "{rule}: {error}");
}

#[test]
fn eprop_wants_one_recurrent_layer_and_an_integrator() {
    let integrator = |sizes: Value| json!({ "hidden_sizes": sizes, "out_integrator": true });
    refused(
        "eprop",
        "r_snn",
        integrator(json!([6, 5])),
        "exactly one hidden layer; this network has 2",
    );
    refused(
        "eprop",
        "r_snn",
        integrator(json!([])),
        "exactly one hidden layer; this network has 0",
    );
    refused(
        "eprop",
        "r_snn",
        json!({ "hidden_sizes": [6] }),
        "out_integrator: true",
    );
    refused("eprop", "fc_snn", integrator(json!([6])), "use model `r_snn`");
}

#[test]
fn stsf_wants_a_hidden_layer_spikes_and_no_recurrence() {
    refused("stsf", "fc_snn", json!({ "hidden_sizes": [] }), "hidden_sizes");
    refused(
        "stsf",
        "fc_snn",
        json!({ "out_integrator": true }),
        "out_integrator: false",
    );
    refused("stsf", "r_snn", json!({}), "recurrent");
}

#[test]
fn etlp_and_ostl_want_a_spiking_readout_and_osttp_does_not() {
    for model in ["fc_snn", "r_snn"] {
        for rule in ["etlp", "ostl"] {
            refused(
                rule,
                model,
                json!({ "out_integrator": true }),
                "out_integrator: false",
            );
            let bench = Bench::new(model, json!({}), 8, 3, 1);
            assert_eq!(bench.check(rule, json!({})), Ok(()), "{rule} on {model}");
        }
        for values in [json!({}), json!({ "out_integrator": true })] {
            let bench = Bench::new(model, values, 8, 3, 1);
            assert_eq!(bench.check("osttp", json!({})), Ok(()), "osttp on {model}");
        }
    }
}

#[test]
fn bptt_and_ottt_take_what_there_is() {
    for model in ["fc_snn", "r_snn"] {
        for values in [
            json!({}),
            json!({ "hidden_sizes": [] }),
            json!({ "out_integrator": true }),
        ] {
            let bench = Bench::new(model, values, 8, 3, 1);
            for rule in ["bptt", "ottt"] {
                assert_eq!(bench.check(rule, json!({})), Ok(()), "{rule} on {model}");
            }
        }
    }
}

#[test]
fn a_rate_for_each_kind_of_weight() {
    let bench = Bench::new("r_snn", json!({ "out_integrator": true }), 8, 3, 1);
    let plugin = crate::plugins::Plugin::rule("eprop");
    let mut config = plugin.config(&serde_json::Map::new());
    config.set("lr_layer_norm", vec![1.0, 1.0]);
    let error = bench.bind(&plugin, &config).expect_err("two rates");
    assert!(error.to_string().contains("must have 3"), "{error}");
}
