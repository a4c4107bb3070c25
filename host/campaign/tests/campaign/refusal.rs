//! Refusals that the host learns from rules.

use crate::{loaded, yaml};
use neurotrain_campaign::Experiment;

fn two_layers(experiment: &Experiment) -> Option<String> {
    let layers = experiment.model_config["hidden_sizes"]
        .as_array()
        .map_or(0, Vec::len);
    (experiment.trainer == "eprop" && layers > 1).then(|| "e-prop needs one hidden layer".to_owned())
}

#[test]
fn a_refused_triple_of_a_matrix_is_listed_once() {
    let mut campaign = loaded(&yaml(
        "{trainers: [eprop], models: [r_snn], datasets: [MNIST, SVHN], seeds: [1, 2]}",
    ));
    assert_eq!(campaign.experiments.len(), 4);
    campaign.refuse(two_layers).unwrap();
    assert_eq!(campaign.experiments.len(), 2);
    assert_eq!(campaign.skipped.len(), 1);
    assert_eq!((campaign.skipped[0].dataset.as_str()), "SVHN");
    assert_eq!(campaign.skipped[0].reason, "e-prop needs one hidden layer");
}

#[test]
fn a_refused_experiment_asked_for_by_name_is_an_error() {
    let text = "a: {trainer: {name: eprop}, model: {name: r_snn}, dataset: {name: SVHN}}";
    let problems = loaded(&yaml(text)).refuse(two_layers).unwrap_err();
    assert!(
        problems
            .to_string()
            .starts_with("experiment `a` cannot be run: e-prop needs one hidden layer")
    );
    let mut optional = loaded(&yaml(text).set("incompatible=skip"));
    optional.refuse(two_layers).unwrap();
    assert_eq!((optional.experiments.len(), optional.skipped.len()), (0, 1));
}
