//! Holds claims against measurements.

use super::measured::{Credit, Measured};
use super::verdict::{Finding, Verdict};
use Verdict::{Contradicted, NotMeasured, NotObservable, Unclaimed, Verified};
use neurotrain_plugin_api::Taxonomy;

/// What one network says to one claim.
type Judge = fn(&Taxonomy, &Measured) -> (Verdict, String);

/// What a manifest says of one claim.
type Claim = fn(&Taxonomy) -> String;

/// Every column of the table: its name, what the manifest says, and how it is judged.
const COLUMNS: [(&str, Claim, Judge); 10] = [
    ("strategy", |t| t.strategy.clone(), strategy),
    ("learning signal", |t| t.learning_signal.clone(), signal),
    ("local in time", |t| yes(t.temporally_local), time),
    ("local in space", |t| yes(t.spatially_local), space),
    ("weight transport", transport_claim, transport),
    (
        "traces",
        |t| yes(t.traces),
        |_, _| unseen("of traces nothing is seen but their memory"),
    ),
    (
        "spike timing",
        |t| yes(t.stdp),
        |_, _| unseen("no measurement separates it from traces"),
    ),
    ("projection", |t| t.projection.clone(), projection),
    ("local classifier", |t| yes(t.local_classifier), classifier),
    ("memory in T", |t| t.memory_in_t.clone(), memory),
];

/// All claims of a rule. `None` as measurements: nothing was measured.
pub(super) fn judge(taxonomy: &Taxonomy, measured: Option<&[Measured]>) -> Vec<Finding> {
    COLUMNS
        .iter()
        .map(|(column, says, judge)| {
            let (verdict, why) = match measured {
                None => (NotMeasured, String::new()),
                Some(networks) => on_all(taxonomy, networks, *judge),
            };
            let mut says = says(taxonomy);
            if verdict == Unclaimed {
                says = why.clone();
            }
            Finding {
                column,
                says,
                verdict,
                why,
            }
        })
        .collect()
}

/// A contradiction on any network is one; otherwise what was seen on any network holds.
fn on_all(taxonomy: &Taxonomy, networks: &[Measured], judge: Judge) -> (Verdict, String) {
    let judged: Vec<(Verdict, String)> = networks
        .iter()
        .map(|m| {
            let (verdict, why) = judge(taxonomy, m);
            let why = if verdict == Unclaimed {
                why
            } else {
                format!("{}: {why}", m.model)
            };
            (verdict, why)
        })
        .collect();
    [Contradicted, Verified, Unclaimed, NotObservable]
        .into_iter()
        .find_map(|wanted| judged.iter().find(|(verdict, _)| *verdict == wanted))
        .cloned()
        .unwrap_or_else(|| unseen("no network was measured"))
}

fn strategy(t: &Taxonomy, m: &Measured) -> (Verdict, String) {
    let Some(labels) = m.credit.labels_anywhere else {
        return unseen("nothing was learnt");
    };
    let why = if labels {
        "other labels change what is learnt"
    } else {
        "other labels change nothing of what is learnt"
    };
    let verdict = match (t.strategy.as_str(), labels) {
        ("supervised", true) | ("unsupervised", false) => Verified,
        ("supervised", false) | ("unsupervised", true) => Contradicted,
        _ => NotObservable,
    };
    (verdict, why.to_owned())
}

/// Words cannot be checked, but where the signal comes from can, as far as the other claims imply it.
fn signal(t: &Taxonomy, m: &Measured) -> (Verdict, String) {
    let c = &m.credit;
    let why = format!("hidden layers learn from {}", source(c));
    let (Some(labels), Some(readout)) = (c.labels, c.readout) else {
        return (NotObservable, why);
    };
    let expected = match (t.strategy.as_str(), t.projection.as_str()) {
        ("supervised", "dfa") => Some((true, true)),
        ("supervised", "drtp") => Some((true, false)),
        ("supervised", _) if t.local_classifier => Some((true, false)),
        ("supervised", _) if !t.spatially_local => Some((true, true)),
        _ => None,
    };
    let verdict = match expected {
        None => NotObservable,
        Some(expected) if expected == (labels, readout) => Verified,
        Some(_) => Contradicted,
    };
    (verdict, why)
}

fn source(c: &Credit) -> &'static str {
    match (c.labels, c.readout, c.transport) {
        (None, ..) => "something that was not seen",
        (Some(false), Some(true), _) => "the readout, whatever the labels",
        (Some(false), ..) => "their own activity, whatever the labels",
        (_, Some(false), _) => "the labels, whatever the readout does",
        (_, Some(true), Some(true)) => "the readout's error through its weights",
        (_, Some(true), Some(false)) => "the readout's error by a way of their own",
        _ => "the labels, perhaps through the readout",
    }
}

fn time(t: &Taxonomy, m: &Measured) -> (Verdict, String) {
    let g = &m.growth;
    match (t.temporally_local, g.temporal_backprop > 0, g.grows()) {
        (true, true, _) => (
            Contradicted,
            "errors are swept backwards through time (`neuron_adjoint`)".to_owned(),
        ),
        (false, true, _) => (
            Verified,
            "errors are swept backwards through time (`neuron_adjoint`)".to_owned(),
        ),
        (true, false, false) => (Verified, "no state but the present and traces is kept".to_owned()),
        (false, false, false) => (
            Contradicted,
            "no state but the present and traces is kept".to_owned(),
        ),
        (local, false, true) if is_the_same_without_history(m) => (
            if local { Verified } else { Contradicted },
            "`execution: online` keeps no state but the present and traces, and changes the weights alike"
                .to_owned(),
        ),
        (_, false, true) => (
            NotObservable,
            "the sequence is kept, but what of it is used cannot be seen".to_owned(),
        ),
    }
}

/// Whether a form of the rule without history does the same.
fn is_the_same_without_history(m: &Measured) -> bool {
    m.form("online")
        .is_some_and(|f| f.same_updates && !f.growth.grows() && f.growth.temporal_backprop == 0)
}

fn space(t: &Taxonomy, m: &Measured) -> (Verdict, String) {
    let (c, calls) = (&m.credit, m.growth.spatial_backprop);
    let evidence = if calls > 0 && m.hidden_layers > 0 {
        Some(format!(
            "errors are sent through layers (`input_grad`, {calls} calls for a batch)"
        ))
    } else if c.transport == Some(true) {
        Some("updates depend on weights above that make no difference forwards".to_owned())
    } else if c.chain == Some(true) {
        Some("updates depend on membranes or weights of hidden layers above".to_owned())
    } else {
        None
    };
    match (evidence, t.spatially_local) {
        (Some(why), true) => (Contradicted, why),
        (Some(why), false) => (Verified, why),
        (None, local) => match (c.transport, c.chain, m.hidden_layers) {
            (Some(false), Some(false), _) => (
                if local { Verified } else { Contradicted },
                "updates do not depend on weights or membranes above".to_owned(),
            ),
            (Some(false), None, 1) if local => {
                (Verified, "updates do not depend on the weights above".to_owned())
            }
            _ => (NotObservable, not_seen(c)),
        },
    }
}

fn transport_claim(t: &Taxonomy) -> String {
    if claims_no_transport(t) { "no" } else { "" }.to_owned()
}

/// A local rule, and one with random projections, has no use for the weights above.
fn claims_no_transport(t: &Taxonomy) -> bool {
    t.spatially_local || ["dfa", "drtp"].contains(&t.projection.as_str())
}

fn transport(t: &Taxonomy, m: &Measured) -> (Verdict, String) {
    let found = m.credit.transport;
    if !claims_no_transport(t) {
        return match found {
            Some(found) => (Unclaimed, yes(found)),
            None => (NotObservable, not_seen(&m.credit)),
        };
    }
    match found {
        Some(true) => (
            Contradicted,
            "updates depend on weights above that make no difference forwards".to_owned(),
        ),
        Some(false) => (
            Verified,
            "the weights of twin neurons above can be exchanged without a trace".to_owned(),
        ),
        None => (NotObservable, not_seen(&m.credit)),
    }
}

fn projection(t: &Taxonomy, m: &Measured) -> (Verdict, String) {
    let c = &m.credit;
    let why = format!("hidden layers learn from {}", source(c));
    let (Some(labels), Some(readout)) = (c.labels, c.readout) else {
        return (NotObservable, not_seen(c));
    };
    let verdict = match (t.projection.as_str(), labels, readout, c.transport) {
        ("dfa" | "drtp", _, _, Some(true)) | ("dfa", _, false, _) | ("drtp", _, true, _) => Contradicted,
        ("dfa" | "drtp", false, ..) => Contradicted,
        ("dfa", true, true, Some(false)) | ("drtp", true, false, Some(false)) => Verified,
        ("none", true, true, Some(false)) => Contradicted,
        ("none", _, _, Some(true)) => Verified,
        _ => NotObservable,
    };
    (verdict, why)
}

fn classifier(t: &Taxonomy, m: &Measured) -> (Verdict, String) {
    let c = &m.credit;
    let (Some(labels), Some(readout)) = (c.labels, c.readout) else {
        return (NotObservable, not_seen(c));
    };
    let why = format!("hidden layers learn from {}", source(c));
    match t.local_classifier {
        false => unseen("a classifier that is not there cannot be seen"),
        true if !labels => (Contradicted, why),
        true if readout && !c.own_parameters => (Contradicted, why),
        true if !readout && c.own_classifier => (
            Verified,
            format!("{why}; the rule trains parameters with an axis of classes"),
        ),
        true => (
            NotObservable,
            format!("{why}; a fixed classifier cannot be told from a projection of the label"),
        ),
    }
}

fn memory(t: &Taxonomy, m: &Measured) -> (Verdict, String) {
    // `auto` may choose the form that keeps nothing.
    let kept = m.form("sequence").filter(|form| form.growth.grows());
    let (grows, growth, form) = match (m.growth.grows(), kept) {
        (false, Some(kept)) if t.memory_in_t == "linear" => {
            (true, &kept.growth, "with `execution: sequence`, ")
        }
        (grows, _) => (grows, &m.growth, ""),
    };
    let verdict = match (t.memory_in_t.as_str(), grows) {
        ("constant", false) | ("linear", true) => Verified,
        ("constant", true) | ("linear", false) => Contradicted,
        _ => NotObservable,
    };
    let figures: Vec<String> = growth
        .bytes
        .iter()
        .map(|b| format!("{} over {} steps", crate::output::bytes(b.state()), b.steps))
        .collect();
    let why = format!(
        "{form}neuron state, rule state and activations take {}",
        figures.join(", ")
    );
    (verdict, why)
}

fn not_seen(c: &Credit) -> String {
    match &c.notes[..] {
        [] => "nothing that could be changed to see it".to_owned(),
        notes => notes.join("; "),
    }
}

fn unseen(why: &str) -> (Verdict, String) {
    (NotObservable, why.to_owned())
}

fn yes(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}
