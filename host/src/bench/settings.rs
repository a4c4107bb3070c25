//! Configurations of the components that are measured.

use neurotrain_discovery::nearest;
use neurotrain_plugin_api::{Component, Config, Error, Result};
use serde_json::Value;

/// The assignments of `--set`, by component.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Settings {
    pub(super) trainer: Vec<(String, Value)>,
    pub(super) model: Vec<(String, Value)>,
    pub(crate) dataset: Vec<(String, Value)>,
}

impl Settings {
    /// Reads `lr=0.01`, `trainer.lr=0.01`, `model.beta=0.95`, `dataset.coding=direct`; addresses without a component
    /// belong to `plain`.
    pub(crate) fn parse(assignments: &[String], plain: &str) -> Result<Self> {
        let mut settings = Settings::default();
        for text in assignments {
            let wrong = || {
                Error::new("usage", format!("`--set {text}` is not understood")).with_hint(
                    "write `--set lr=0.01`, `--set model.beta=0.95` or `--set dataset.coding=direct`",
                )
            };
            let (address, value) = text.split_once('=').ok_or_else(wrong)?;
            let (kind, key) = address.trim().split_once('.').unwrap_or((plain, address.trim()));
            let list = match kind {
                "trainer" => &mut settings.trainer,
                "model" => &mut settings.model,
                "dataset" => &mut settings.dataset,
                _ => return Err(wrong()),
            };
            // What is no JSON is a text.
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            list.push((key.to_owned(), value));
        }
        Ok(settings)
    }
}

/// Defaults of a component, then its own `sections` in this order, then `assigned`.
pub(crate) fn configure(
    component: &Component,
    sections: &[&str],
    assigned: &[(String, Value)],
) -> Result<Config> {
    let mut config = Config::defaults(&component.params);
    for section in sections {
        let own = component.sections.iter();
        for (_, values) in own.filter(|(name, _)| name.eq_ignore_ascii_case(section)) {
            for (key, value) in values {
                config.set(key, value.clone());
            }
        }
    }
    for (key, value) in assigned {
        let Some(schema) = component.params.iter().find(|p| p.name == *key) else {
            let error = Error::new(
                "bad-config",
                format!("{} `{}` has no parameter `{key}`", component.kind, component.key),
            );
            let names = || component.params.iter().map(|p| p.name.as_str());
            return Err(match nearest(key, names()) {
                Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                None => error.with_hint(format!("it has {}", names().collect::<Vec<_>>().join(", "))),
            });
        };
        schema.check(value)?;
        config.set(key, value.clone());
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use neurotrain_plugin_api::ParamSchema;
    use serde_json::json;

    fn component() -> Component {
        Component::new("net", "Network", "")
            .param(ParamSchema::float("beta", 0.9, "").range(0.0, 1.0))
            .param(ParamSchema::bool("out_integrator", false, ""))
            .section("MNIST", json!({ "beta": 0.8 }))
            .section("tp", json!({ "out_integrator": true, "beta": 0.7 }))
    }

    #[test]
    fn assignments_go_to_their_component() {
        let given = [
            "lr=0.01",
            "model.beta=0.5",
            "dataset.coding=direct",
            "trainer.mode=x",
        ];
        let settings = Settings::parse(&given.map(str::to_owned), "trainer").unwrap();
        assert_eq!(
            settings.trainer,
            [("lr".to_owned(), json!(0.01)), ("mode".to_owned(), json!("x"))]
        );
        assert_eq!(settings.model, [("beta".to_owned(), json!(0.5))]);
        assert_eq!(settings.dataset, [("coding".to_owned(), json!("direct"))]);
        for wrong in ["lr", "runtime.epochs=3"] {
            assert!(
                Settings::parse(&[wrong.to_owned()], "trainer").is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn later_layers_win() {
        let read = |sections: &[&str], assigned: &[(String, Value)]| {
            let config = configure(&component(), sections, assigned).unwrap();
            (
                config.f64("beta").unwrap(),
                config.bool("out_integrator").unwrap(),
            )
        };
        assert_eq!(read(&[], &[]), (0.9, false));
        assert_eq!(read(&["mnist"], &[]), (0.8, false));
        assert_eq!(read(&["mnist", "tp"], &[]), (0.7, true));
        assert_eq!(
            read(&["mnist", "tp"], &[("beta".to_owned(), json!(0.6))]),
            (0.6, true)
        );
    }

    #[test]
    fn unknown_and_impossible_values_are_errors() {
        let fault =
            |key: &str, value: Value| configure(&component(), &[], &[(key.to_owned(), value)]).unwrap_err();
        assert!(fault("betta", json!(0.5)).hint().contains("beta"));
        assert!(fault("beta", json!(2.0)).message().contains("beta"));
    }
}
