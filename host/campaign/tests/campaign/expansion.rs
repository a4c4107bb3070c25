//! Matrices and named experiments.

use crate::{catalogue, faults, loaded, one, value, yaml};
use neurotrain_campaign::{CampaignSource, Request, load};
use serde_json::json;
use std::collections::BTreeMap;

/// The sizes NeuroTrain's network types lead to.
#[test]
fn the_matrix_has_the_size_of_neurotrains() {
    let campaign = loaded(&yaml(
        "trainers: []\nmodels: [fc_snn, r_snn, conv_snn]\ndatasets: []\n",
    ));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for experiment in &campaign.experiments {
        *counts.entry(&experiment.trainer).or_default() += 1;
    }
    let wanted = [
        ("bptt", 23),
        ("decolle", 15),
        ("eprop", 8),
        ("esd_rtrl", 23),
        ("etlp", 16),
        ("ostl", 16),
        ("osttp", 16),
        ("ottt", 23),
        ("stsf", 8),
        ("tp", 23),
    ];
    assert_eq!(counts, BTreeMap::from(wanted));
    assert_eq!(campaign.experiments.len(), 171);
    assert_eq!(campaign.experiments.len() + campaign.skipped.len(), 10 * 3 * 8);
    assert!(campaign.warnings.is_empty(), "{:?}", campaign.warnings);
}

#[test]
fn skipped_triples_say_why() {
    let campaign = loaded(&yaml(
        "{trainers: [stsf, bptt], models: [r_snn, conv_snn], datasets: [SHD]}",
    ));
    assert_eq!(campaign.experiments.len(), 1);
    let reasons: Vec<(&str, &str, &str)> = campaign
        .skipped
        .iter()
        .map(|s| (s.trainer.as_str(), s.model.as_str(), s.reason.as_str()))
        .collect();
    let wanted = [
        (
            "stsf",
            "r_snn",
            "`r_snn` is a network of type rec, and trainer `stsf` trains only: fc",
        ),
        (
            "stsf",
            "conv_snn",
            "`conv_snn` is a network of type conv, and trainer `stsf` trains only: fc",
        ),
        (
            "bptt",
            "conv_snn",
            "`conv_snn` is a network of type conv, and data set `SHD` feeds only: fc, rec",
        ),
    ];
    assert_eq!(reasons, wanted);
    assert_eq!(campaign.experiments[0].request, Request::Matrix);
}

#[test]
fn names_are_stable_and_unique() {
    let campaign = loaded(&yaml(
        "{trainers: all, models: all, datasets: all, seeds: [1, 42]}",
    ));
    let mut names: Vec<&str> = campaign.experiments.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names[0], "bptt__fc_snn__MNIST__s1");
    assert_eq!(names[1], "bptt__fc_snn__MNIST__s42");
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn keys_ignore_case_where_that_is_clear() {
    let experiment = one(&yaml(
        "{trainers: [BPTT], models: [FC_SNN], datasets: [fashionmnist]}",
    ));
    assert_eq!(experiment.group, "bptt__fc_snn__FashionMNIST");
    let twice = loaded(&yaml(
        "{trainers: [bptt], models: [fc_snn], datasets: [MNIST, mnist]}",
    ));
    assert_eq!(twice.experiments.len(), 1);
    assert!(
        twice.warnings[0].contains("`mnist` is listed twice"),
        "{:?}",
        twice.warnings
    );
}

#[test]
fn experiments_keep_the_order_of_the_file() {
    let text = "
experiments:
  zeta: {trainer: bptt, model: fc_snn, dataset: MNIST}
  alpha: {trainer: ottt, model: fc_snn, dataset: MNIST}
  mid: {trainer: tp, model: fc_snn, dataset: MNIST}
";
    let campaign = loaded(&yaml(text));
    let names: Vec<&str> = campaign.experiments.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["zeta__s42", "alpha__s42", "mid__s42"]);
    assert!(campaign.experiments.iter().all(|e| e.request == Request::Named));
}

#[test]
fn a_file_may_hold_a_matrix_and_experiments() {
    let text = "
name: both
description: a matrix and more
trainers: [bptt]
models: [fc_snn]
datasets: [MNIST]
experiments:
  - {name: extra one, trainer: bptt, model: {name: fc_snn, beta: 0.5}, dataset: MNIST}
";
    let campaign = loaded(&yaml(text));
    assert_eq!(
        (campaign.name.as_str(), campaign.description.as_str()),
        ("both", "a matrix and more")
    );
    let names: Vec<&str> = campaign.experiments.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["bptt__fc_snn__MNIST__s42", "extra_one__s42"]);
}

#[test]
fn an_incompatible_triple_asked_for_by_name() {
    let text = "experiments:\n  odd: {trainer: stsf, model: r_snn, dataset: MNIST}\n  fine: {trainer: bptt, model: fc_snn, dataset: MNIST}\n";
    let problems = faults(&yaml(text)).to_string();
    assert!(
        problems.starts_with("test.yaml:2 (experiments.odd): `odd` cannot be run: `r_snn` is a network"),
        "{problems}"
    );
    assert!(problems.contains("incompatible: run"), "{problems}");

    let skipped = loaded(&yaml(text).set("incompatible=skip"));
    assert_eq!((skipped.experiments.len(), skipped.skipped.len()), (1, 1));
    assert_eq!(skipped.experiments[0].request, Request::Optional);
    let run = loaded(&yaml(text).set("experiments.odd.incompatible=run"));
    assert_eq!(run.experiments.len(), 2);
    assert!(
        run.warnings[0].starts_with("`odd` is run although"),
        "{:?}",
        run.warnings
    );

    let single = faults(&CampaignSource::single("stsf", "r_snn", "MNIST")).to_string();
    assert!(single.contains("trains only: fc"), "{single}");
}

#[test]
fn components_that_are_not_installed_can_be_left_out() {
    let text = "{trainers: [bptt, tp], models: [fc_snn, conv_snn], datasets: [MNIST]}";
    let installed: Vec<_> = catalogue::neurotrain()
        .into_iter()
        .filter(|c| c.key != "conv_snn" && c.key != "tp")
        .collect();
    let problems = load(&yaml(text), &installed).unwrap_err();
    assert_eq!(problems.list().len(), 2, "{problems}");
    assert!(problems.to_string().contains("missing=skip"), "{problems}");
    let campaign = load(&yaml(text).set("missing=skip"), &installed).unwrap();
    assert_eq!(campaign.experiments.len(), 1);
    assert_eq!(campaign.warnings.len(), 2, "{:?}", campaign.warnings);
}

#[test]
fn a_single_run_uses_the_same_path() {
    let campaign = loaded(&CampaignSource::single("bptt", "fc_snn", "mnist").set("epochs=1"));
    assert_eq!(campaign.name, "bptt__fc_snn__MNIST");
    let single = &campaign.experiments[0];
    let matrix = one(&yaml(
        "{trainers: [bptt], models: [fc_snn], datasets: [MNIST], epochs: 1}",
    ));
    assert_eq!(single.id(&BTreeMap::new(), ""), matrix.id(&BTreeMap::new(), ""));
    assert_eq!(single.name, matrix.name);
}

/// With a file a single run takes over its overrides and settings, not its matrix.
#[test]
fn a_single_run_takes_overrides_from_a_file() {
    let mut source = yaml("{trainers: {ottt: {}, bptt: {lr: 0.5}}, runtime: {epochs: 2}}");
    source.single = CampaignSource::single("bptt", "fc_snn", "MNIST").single;
    let experiment = one(&source);
    assert_eq!(
        (value(&experiment, "trainer.lr"), experiment.runtime.epochs),
        (json!(0.5), 2)
    );
    if let Some(run) = source.single.as_mut() {
        run.name = Some("my run/1".to_owned());
    }
    assert_eq!(one(&source).name, "my_run_1__s42", "fit for a file name");
}

#[test]
fn names_must_fit_file_systems() {
    let mut source = CampaignSource::single("bptt", "fc_snn", "MNIST");
    if let Some(run) = source.single.as_mut() {
        run.name = Some("x".repeat(300));
    }
    assert!(faults(&source).to_string().contains("is longer than 200 bytes"));
}

#[test]
fn the_same_run_under_two_names_is_noticed() {
    let text = "experiments:\n  a: {trainer: bptt, model: fc_snn, dataset: MNIST}\n  b: {trainer: {name: bptt, lr: 0.001}, model: fc_snn, dataset: MNIST}\n";
    let campaign = loaded(&yaml(text));
    assert_eq!(campaign.warnings, ["`b__s42` and `a__s42` are the same run"]);
    let renamed = text.replace("b: {", "b: {name: a, ");
    assert!(
        faults(&yaml(&renamed))
            .to_string()
            .contains("two experiments are called `a__s42`")
    );
}
