//! Neurons: from discrete constants to NIR's differential equations.
//!
//! Here a step is `u <- beta u + I`. NIR says `tau dv/dt = (v_leak - v) + r I`, which an Euler step of length
//! `dt` turns into `v <- (1 - dt/tau) v + (dt/tau) r I`; so `tau = dt / (1 - beta)` and `r = tau / dt`.

use super::graph::{Annotations, Metadata, NirKind};
use neurotrain_plugin_api::NeuronInfo;

/// The primitive of `neuron` and what it leaves unsaid.
pub(super) fn neuron_node(
    name: &str,
    neuron: &NeuronInfo,
    shape: Vec<usize>,
    dt: f64,
) -> Result<(NirKind, Annotations), String> {
    let (beta, threshold) = (neuron.beta, neuron.threshold);
    if !beta.is_finite() || !threshold.is_finite() {
        return Err(format!(
            "neuron `{name}` has beta {beta} and threshold {threshold}"
        ));
    }
    let fires = neuron.kind == "lif";
    // The engine limits the decay to [0, 1]; without a leak tau is infinite, and NIR has nodes of its own.
    let leak = 1.0 - beta.clamp(0.0, 1.0);
    let kind = match (fires, leak > 0.0) {
        (true, true) => NirKind::LeakyIntegrateFire {
            tau: dt / leak,
            r: 1.0 / leak,
            threshold,
            shape,
        },
        (true, false) => NirKind::IntegrateFire {
            r: 1.0 / dt,
            threshold,
            shape,
        },
        (false, true) => NirKind::LeakyIntegrator {
            tau: dt / leak,
            r: 1.0 / leak,
            shape,
        },
        (false, false) => NirKind::Integrator { r: 1.0 / dt, shape },
    };
    let mut metadata = vec![("beta", Metadata::Number(beta))];
    if fires {
        metadata.push(("threshold", Metadata::Number(threshold)));
        metadata.push(("reset", Metadata::Text(neuron.reset.clone())));
        metadata.push(("reset_order", Metadata::Text(neuron.reset_order.clone())));
        let test = if neuron.surrogate.fires_at_threshold() {
            "v >= threshold"
        } else {
            "v > threshold"
        };
        metadata.push(("spike_condition", Metadata::Text(test.to_owned())));
        let surrogate = serde_json::to_string(&neuron.surrogate).unwrap_or_default();
        metadata.push(("surrogate", Metadata::Text(surrogate)));
        if let Some(note) = reset_note(&neuron.reset, &neuron.reset_order) {
            metadata.push(("note", Metadata::Text(note.to_owned())));
        }
    }
    Ok((kind, metadata))
}

/// NIR resets to `v_reset` at the spike; everything else is only told in words.
fn reset_note(reset: &str, order: &str) -> Option<&'static str> {
    match (reset, order) {
        ("zero", "immediate") => None,
        ("zero", _) => Some("the reset to v_reset acts one step after the spike"),
        ("subtract", "immediate") => Some("a spike subtracts the threshold at once; v_reset does not apply"),
        ("subtract", _) => Some("a spike subtracts the threshold one step later; v_reset does not apply"),
        _ => Some("a spike does not reset the membrane; v_reset does not apply"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use neurotrain_plugin_api::Surrogate;

    fn neuron(kind: &str, beta: f64) -> NeuronInfo {
        NeuronInfo {
            kind: kind.to_owned(),
            beta,
            threshold: 1.0,
            reset: "subtract".to_owned(),
            reset_order: "delayed".to_owned(),
            surrogate: Surrogate::FastSigmoid { slope: 25.0 },
        }
    }

    /// An Euler step of the NIR node is the step of the network.
    #[test]
    fn the_euler_step_is_the_discrete_step() {
        let dt = 1e-4;
        for beta in [0.0, 0.5, 0.9, 0.99] {
            let (kind, metadata) = neuron_node("n", &neuron("lif", beta), vec![3], dt).unwrap();
            let NirKind::LeakyIntegrateFire {
                tau, r, threshold, ..
            } = kind
            else {
                panic!("{kind:?}")
            };
            let (v, input) = (0.7, 0.3);
            let euler = v + dt / tau * (-v + r * input);
            assert!((euler - (beta * v + input)).abs() < 1e-12, "beta {beta}");
            assert_eq!(threshold, 1.0);
            assert!(metadata.contains(&("reset", Metadata::Text("subtract".to_owned()))));
            assert!(metadata.iter().any(|(k, _)| *k == "note"));
        }
    }

    #[test]
    fn without_leak_there_are_other_primitives() {
        let (kind, metadata) = neuron_node("n", &neuron("integrator", 1.0), vec![3], 0.5).unwrap();
        assert_eq!(
            kind,
            NirKind::Integrator {
                r: 2.0,
                shape: vec![3]
            }
        );
        assert!(!metadata.iter().any(|(k, _)| *k == "reset"));
        let (kind, _) = neuron_node("n", &neuron("lif", 1.0), vec![3], 0.5).unwrap();
        assert!(matches!(kind, NirKind::IntegrateFire { .. }), "{kind:?}");
        let (kind, _) = neuron_node("n", &neuron("integrator", 0.5), vec![3], 0.5).unwrap();
        assert_eq!(
            kind,
            NirKind::LeakyIntegrator {
                tau: 1.0,
                r: 2.0,
                shape: vec![3]
            }
        );
    }

    #[test]
    fn an_immediate_reset_to_zero_is_what_nir_means() {
        let mut neuron = neuron("lif", 0.9);
        (neuron.reset, neuron.reset_order) = ("zero".to_owned(), "immediate".to_owned());
        let (_, metadata) = neuron_node("n", &neuron, vec![3], 1e-4).unwrap();
        assert!(!metadata.iter().any(|(k, _)| *k == "note"));
    }
}
