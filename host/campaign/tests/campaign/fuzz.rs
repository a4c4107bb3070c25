//! Nothing panics, whatever is written.

use crate::catalogue;
use neurotrain_campaign::{CampaignSource, Format, dry_run, load, show};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Words of campaign files, so that random trees reach deep into the reader.
const WORDS: [&str; 38] = [
    "trainers",
    "models",
    "datasets",
    "trainer",
    "model",
    "dataset",
    "overrides",
    "experiments",
    "runtime",
    "name",
    "seeds",
    "seed",
    "opt",
    "optuna",
    "incompatible",
    "missing",
    "skip",
    "run",
    "all",
    "bptt",
    "eprop",
    "fc_snn",
    "r_snn",
    "vgg9",
    "MNIST",
    "SHD",
    "lr",
    "beta",
    "T",
    "hidden_sizes",
    "default",
    "value",
    "type",
    "min",
    "max",
    "float",
    "list",
    "epochs",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![9 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => ".{0,6}"]
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        word().prop_map(Value::from),
        any::<f64>().prop_map(|v| json!(v)),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            3 => prop::collection::vec((word(), inner), 0..6).prop_map(|e| Value::Object(Map::from_iter(e))),
        ]
    })
}

fn try_out(source: &CampaignSource) {
    match load(source, &catalogue::neurotrain()) {
        Ok(campaign) => {
            let _ = dry_run(&campaign);
            campaign.experiments.iter().take(3).for_each(|e| drop(show(e)));
        }
        Err(problems) => assert!(!problems.to_string().is_empty()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn random_trees(entries in prop::collection::vec((word(), tree()), 0..6)) {
        let root = Value::Object(Map::from_iter(entries)).to_string();
        // JSON is YAML too, apart from what YAML calls unprintable.
        try_out(&CampaignSource::text("c.json", Format::Json, &root));
        try_out(&CampaignSource::text("c.yaml", Format::Yaml, &root));
    }

    #[test]
    fn random_text(text in "[ -~\n\t]{0,80}") {
        for format in [Format::Yaml, Format::Toml, Format::Json] {
            try_out(&CampaignSource::text("c", format, &text));
        }
    }

    #[test]
    fn random_assignments(path in prop::collection::vec(word(), 0..5), value in tree(), text in ".{0,20}") {
        let source = CampaignSource::single("bptt", "fc_snn", "MNIST");
        try_out(&source.clone().set(&format!("{}={value}", path.join("."))));
        try_out(&source.set(&text).env([(format!("NEUROTRAIN_SET__{}", path.join("__")), text)]));
    }
}
