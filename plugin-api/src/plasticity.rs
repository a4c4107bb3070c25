//! Declarative spike-timing-dependent plasticity, run by the host event by event.

use serde::{Deserialize, Serialize};

/// Pair-based STDP with soft or hard bounds, for rules that see one sample at a time: the whole sequence is
/// one call ([`Network::plasticity`](crate::Network::plasticity)).
///
/// Per step, with traces `x̄` (presynaptic) and `ȳ` (postsynaptic) *before* adding this step's spikes:
/// a postsynaptic spike adds `modulator · a_plus · f₊(w) · x̄`, a presynaptic spike subtracts
/// `modulator · a_minus · f₋(w) · ȳ`, with `f₊ = (w_max - w)^mu`, `f₋ = (w - w_min)^mu`; weights are clamped to
/// `[w_min, w_max]`. Source: Morrison, Diesmann, Gerstner, Biol. Cybern. 98 (2008).
// A field that an older host would ignore would change what is learned, so it refuses it. Fields of later versions
// must not be written where they have their default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plasticity {
    /// Presynaptic trace decay per step.
    pub pre_decay: f64,
    /// Postsynaptic trace decay per step.
    pub post_decay: f64,
    /// Potentiation rate.
    pub a_plus: f64,
    /// Depression rate.
    pub a_minus: f64,
    /// Weight dependence; 0 is additive.
    #[serde(default)]
    pub mu: f64,
    /// Traces saturate at 1 (nearest spike) instead of adding up (all to all).
    #[serde(default)]
    pub nearest: bool,
    /// Least weight.
    pub w_min: f64,
    /// Greatest weight.
    pub w_max: f64,
    /// Sum to which the input weights of every neuron are scaled after the sample; absent: not scaled.
    #[serde(default)]
    pub normalise: Option<f64>,
    /// `none`, or `winner`: in a step only the neuron with the highest membrane above its threshold fires,
    /// and all membranes are set to 0.
    #[serde(default)]
    pub inhibition: String,
    /// Added to a neuron's threshold at each of its spikes.
    #[serde(default)]
    pub threshold_plus: f64,
    /// Factor of the threshold's adaptive part per step.
    #[serde(default = "one")]
    pub threshold_decay: f64,
}

fn one() -> f64 {
    1.0
}

#[cfg(test)]
mod tests {
    use super::Plasticity;
    use serde_json::json;

    #[test]
    fn what_a_host_does_not_know_it_refuses() {
        let mut text = json!({ "pre_decay": 0.9, "post_decay": 0.9, "a_plus": 0.01, "a_minus": 0.012,
            "w_min": 0.0, "w_max": 1.0 });
        assert!(serde_json::from_value::<Plasticity>(text.clone()).is_ok());
        text["triplet_decay"] = json!(0.5);
        let error = serde_json::from_value::<Plasticity>(text).expect_err("a field of a later version");
        assert!(error.to_string().contains("triplet_decay"), "{error}");
    }
}
