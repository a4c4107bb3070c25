//! The campaign files of this repository.

use crate::catalogue;
use neurotrain_campaign::{Campaign, CampaignSource, Format, load};
use neurotrain_plugin_api::{Component, ParamSchema, coding_params};
use std::path::PathBuf;

/// What this repository has beside the catalogue of the reference.
fn components() -> Vec<Component> {
    let digits = Component::new("digits", "digits", "").networks(&["fc", "rec", "conv"]);
    let mut digits = coding_params(10, "rate")
        .into_iter()
        .fold(digits, Component::param);
    digits.kind = "dataset".to_owned();
    let mut components = catalogue::neurotrain();
    let source = ParamSchema::choice(
        "source",
        "auto",
        &["auto", "full", "bundled"],
        "where the files are",
    );
    for component in components
        .iter_mut()
        .filter(|c| c.key.ends_with("MNIST") && c.key != "NMNIST")
    {
        component.params.push(source.clone());
    }
    components.push(digits);
    let downsample = ParamSchema::int("downsample", 1, "pixels a side that become one");
    for component in components.iter_mut().filter(|c| c.key.starts_with("DVS")) {
        component.params.push(downsample.clone());
    }
    let mut ssc = Component::new("SSC", "SSC", "")
        .networks(&["fc", "rec"])
        .param(ParamSchema::int("T", 100, "number of time steps"));
    ssc.kind = "dataset".to_owned();
    components.push(ssc);
    let mut residual = Component::new("resnet_snn", "resnet_snn", "").networks(&["conv"]);
    residual.kind = "model".to_owned();
    components.push(residual);
    for component in components.iter_mut() {
        if ["ottt", "eprop", "esd_rtrl", "ostl", "osttp"].contains(&component.key.as_str()) {
            let choices = ["auto", "sequence", "online"];
            component.params.push(ParamSchema::choice(
                "execution",
                "auto",
                &choices,
                "how steps are done",
            ));
        }
    }
    for component in components
        .iter_mut()
        .filter(|c| c.key == "decolle" && c.kind == "trainer")
    {
        component.network_types.push("rec".to_owned());
    }
    for key in ["ell", "bell", "fell"] {
        let mut rule = Component::new(key, key, "").networks(&["fc", "conv"]).param(
            ParamSchema::float("lr", 1e-3, "learning rate")
                .search(1e-5, 1e-1)
                .log(),
        );
        rule.kind = "trainer".to_owned();
        components.push(rule);
    }
    let mut spoken = Component::new("FSDD", "FSDD", "")
        .networks(&["fc", "rec"])
        .param(ParamSchema::int("T", 100, "number of time steps"))
        .param(ParamSchema::int("downsample", 1, "channels that become one"))
        .param(ParamSchema::choice(
            "split",
            "speaker",
            &["official", "speaker"],
            "what is tested",
        ));
    spoken.kind = "dataset".to_owned();
    components.push(spoken);
    let subset = ParamSchema::choice("source", "full", &["full", "subset"], "which files");
    for component in components.iter_mut().filter(|c| c.key == "CIFAR10") {
        component.params.push(subset.clone());
    }
    components
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../campaigns")
}

fn campaign(name: &str) -> Campaign {
    load(&CampaignSource::file(folder().join(name)), &components())
        .unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn every_file_loads_without_warnings() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if [".yaml", ".toml", ".json"].iter().any(|end| name.ends_with(end)) {
            let campaign = campaign(&name);
            assert!(campaign.warnings.is_empty(), "{name}: {:?}", campaign.warnings);
            assert!(!campaign.description.is_empty(), "{name} describes itself");
            count += 1;
        }
    }
    for entry in std::fs::read_dir(folder().join("rules")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".yaml") {
            let campaign = campaign(&format!("rules/{name}"));
            assert!(campaign.warnings.is_empty(), "{name}: {:?}", campaign.warnings);
            count += 1;
        }
    }
    assert!(count >= 20);
}

/// The examples of the documentation.
#[test]
fn the_examples_of_the_readme_load() {
    let text = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let examples: Vec<&str> = text
        .split("```yaml")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(examples.len(), 3);
    // The third is the block of a search, to be added to a matrix.
    let searched = format!("{}\n{}", examples[0], examples[2]);
    for (example, runs) in [(examples[0], 6), (examples[1], 1), (&searched, 6)] {
        let campaign = load(
            &CampaignSource::text("README.md", Format::Yaml, example),
            &components(),
        )
        .unwrap();
        assert_eq!((campaign.experiments.len(), campaign.warnings), (runs, vec![]));
    }
}

#[test]
fn quickstart_covers_the_four_rules_and_both_networks() {
    let campaign = campaign("quickstart.yaml");
    for trainer in ["bptt", "ottt", "eprop", "stsf"] {
        assert!(
            campaign.experiments.iter().any(|e| e.trainer == trainer),
            "{trainer}"
        );
    }
    assert_eq!(
        campaign.experiments.len(),
        3 * 12,
        "three seeds of bptt and ottt on both networks, eprop on r_snn, stsf on fc_snn, each on two data sets"
    );
    assert_eq!(campaign.skipped.len(), 4);
}

#[test]
fn mnist_full_is_the_comparison_with_the_reference() {
    let campaign = campaign("mnist-full.yaml");
    assert_eq!(campaign.experiments.len(), 6);
    for experiment in &campaign.experiments {
        assert_eq!(experiment.runtime.epochs, 3);
        assert_eq!(experiment.dataset_config["T"], 10);
        assert_eq!(experiment.model_config["hidden_sizes"], serde_json::json!([256]));
    }
}
