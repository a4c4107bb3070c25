//! The id of a run.

use crate::{one, yaml};
use neurotrain_campaign::{CampaignSource, Experiment};
use std::collections::BTreeMap;

fn run() -> CampaignSource {
    CampaignSource::single("bptt", "fc_snn", "MNIST")
}

fn id(experiment: &Experiment) -> String {
    let plugins = [
        ("bptt".to_owned(), "11".to_owned()),
        ("fc_snn".to_owned(), "22".to_owned()),
    ];
    experiment.id(&BTreeMap::from(plugins), "33")
}

#[test]
fn what_decides_the_result_decides_the_id() {
    let base = id(&one(&run()));
    assert_eq!(base.len(), 16);
    assert!(base.bytes().all(|b| b.is_ascii_hexdigit()));
    for change in [
        "trainer.lr=0.1",
        "model.beta=0.5",
        "dataset.T=3",
        "seed=1",
        "epochs=1",
        "batch_size=1",
        "dtype=f64",
        "device=cpu",
        "validation=0.2",
        "protocol=neurotrain",
        "compat=neurotrain",
    ] {
        assert_ne!(base, id(&one(&run().set(change))), "{change}");
    }
    let experiment = one(&run());
    assert_ne!(base, experiment.id(&BTreeMap::new(), "33"), "plugins");
    let plugins = BTreeMap::from([
        ("bptt".to_owned(), "11".to_owned()),
        ("fc_snn".to_owned(), "22".to_owned()),
    ]);
    assert_ne!(base, experiment.id(&plugins, "44"), "data");
}

#[test]
fn what_does_not_decide_the_result_does_not_decide_the_id() {
    let base = id(&one(&run()));
    for change in [
        "threads=2",
        "jobs=3",
        "out=elsewhere",
        "data_dir=there",
        "cost_table=builtin",
        "name=other",
        "trainer.lr=1.0e-3",
        "profile=true",
        "profile_batches=5",
        "cache=off",
        "cache_bytes=5",
    ] {
        assert_eq!(base, id(&one(&run().set(change))), "{change}");
    }
    let named = "x: {trainer: {name: bptt, lr: 0.001}, model: {name: fc_snn}, dataset: {name: MNIST}}";
    assert_eq!(base, id(&one(&yaml(named))));
    assert_eq!(
        id(&one(&run().set("trainer.grad_clip=1"))),
        id(&one(&run().set("trainer.grad_clip=1.0")))
    );
}

/// An experiment goes to a worker as JSON and comes back the same.
#[test]
fn experiments_survive_serialisation() {
    let experiment = one(&run().set("trainer.lr=0.1").set("opt=true"));
    let text = serde_json::to_string(&experiment).unwrap();
    let back: Experiment = serde_json::from_str(&text).unwrap();
    assert_eq!(back, experiment);
    assert_eq!(id(&back), id(&experiment));
}
