//! What is said about searches.

use crate::{faults, one, yaml};
use neurotrain_campaign::Metric;
use serde_json::json;

const MATRIX: &str = "
trainers: [bptt]
models: [fc_snn]
datasets: [MNIST]
";

fn with(more: &str) -> String {
    format!("{MATRIX}{more}")
}

#[test]
fn the_block_alone_asks_for_a_search_and_defaults_are_sane() {
    let search = one(&yaml(&with("search: {trials: 30}"))).search.unwrap();
    assert_eq!(search.settings.trials, 30);
    assert_eq!(search.settings.metric, Some(Metric::ValidationAccuracy));
    assert_eq!(
        (&search.settings.sampler, &search.settings.pruner),
        (&json!("tpe"), &json!("none"))
    );
    assert_eq!(search.settings.defaults_first, Some(true));
    assert_eq!(one(&yaml(MATRIX)).search, None);
    assert_eq!(one(&yaml(&with("search: {trials: 30}\nopt: false"))).search, None);
}

#[test]
fn the_reference_selects_on_the_test_data_and_only_it_may() {
    let reference = one(&yaml(&with("opt: true\nruntime: {protocol: neurotrain}"))).search.unwrap();
    assert_eq!(reference.settings.metric, Some(Metric::TestAccuracy));
    assert_eq!(reference.settings.defaults_first, Some(false));
    let refused = refusal(&yaml(&with("search: {metric: test_accuracy}")));
    assert!(refused.contains("no honest protocol") && refused.contains("protocol: neurotrain"), "{refused}");
}

#[test]
fn named_parameters_are_explored_and_no_others() {
    let search = |parameters: &str| one(&yaml(&with(&format!("search: {{parameters: {parameters}}}")))).search.unwrap();
    let space = search("[trainer.lr]").space;
    assert_eq!(space.len(), 1);
    assert_eq!((space["trainer.lr"].min, space["trainer.lr"].log), (Some(1e-5), true));
    let space = search("{trainer.lr: {min: 0.001, max: 0.01}, model.hidden_sizes: [[64], [128, 64]]}").space;
    assert_eq!((space["trainer.lr"].max, space["trainer.lr"].log), (Some(0.01), false));
    assert_eq!(space["model.hidden_sizes"].list, Some(vec![json!([64]), json!([128, 64])]));
}

#[test]
fn whatever_is_wrong_is_said_before_anything_starts() {
    for (block, parts) in [
        ("search: {trails: 3}", ["unknown setting `trails`", "did you mean `trials`"]),
        ("search: {trials: 0}", ["`trials` is 0", "at least 1"]),
        ("search: {sampler: tpa}", ["tpa", "tpe"]),
        ("search: {pruner: {name: mediam}}", ["mediam", "median"]),
        ("search: {direction: minimize}", ["does not fit the metric", "leave `direction` out"]),
        ("search: {metric: accuracy}", ["`metric` is \"accuracy\"", "validation_accuracy"]),
        ("search: {parameters: [trainer.lrr]}", ["`trainer.lrr`", "did you mean `trainer.lr`"]),
        ("search: {parameters: {trainer.lr: {min: 0.1, max: 0.01}}}", ["`trainer.lr`", "above"]),
        ("search: {parameters: {trainer.lr: {min: -5, max: 0.01}}}", ["`trainer.lr`", "must be"]),
    ] {
        let said = refusal(&yaml(&with(block)));
        for part in parts {
            assert!(said.contains(part), "{block}: {said}");
        }
    }
}

fn refusal(source: &neurotrain_campaign::CampaignSource) -> String {
    faults(source).to_string()
}
