//! The nearest known name.

/// Words people use for parameters that are called otherwise here.
const SYNONYMS: [(&str, &str); 8] = [
    ("learning_rate", "lr"),
    ("timesteps", "T"),
    ("time_steps", "T"),
    ("steps", "T"),
    ("hidden", "hidden_sizes"),
    ("layers", "hidden_sizes"),
    ("decay", "beta"),
    ("batch", "batch_size"),
];

/// `did you mean …?` and the list of known names, as a hint.
pub(crate) fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let list = match known.as_slice() {
        [] => "none are known".to_owned(),
        some => format!("known: {}", some.join(", ")),
    };
    match nearest(name, &known) {
        Some(near) => format!("did you mean `{near}`? {list}"),
        None => list,
    }
}

/// The known name that `name` most probably means.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let folded = name.to_lowercase();
    let allowed = match folded.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        n => n / 3,
    };
    let closest = known
        .iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&folded, &candidate.to_lowercase()),
                *candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance);
    let synonym = SYNONYMS
        .iter()
        .find(|(word, _)| *word == folded)
        .map(|(_, meant)| *meant);
    closest
        .map(|(_, candidate)| candidate)
        .or_else(|| {
            known
                .iter()
                .copied()
                .find(|candidate| Some(*candidate) == synonym)
        })
        .or_else(|| {
            known
                .iter()
                .copied()
                .find(|candidate| folded.len() > 2 && extends(&folded, candidate))
        })
}

fn extends(folded: &str, candidate: &str) -> bool {
    let candidate = candidate.to_lowercase();
    candidate.starts_with(folded) || (candidate.len() > 2 && folded.starts_with(&candidate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let known = [
            "lr",
            "loss_type",
            "grad_clip",
            "hidden_sizes",
            "T",
            "MNIST",
            "FashionMNIST",
        ];
        for (given, meant) in [
            ("lrr", Some("lr")),
            ("los_type", Some("loss_type")),
            ("gradclip", Some("grad_clip")),
            ("hidden", Some("hidden_sizes")),
            ("learning_rate", Some("lr")),
            ("fashion_mnist", Some("FashionMNIST")),
            ("t", Some("T")),
            ("MNITS", Some("MNIST")),
            ("zebra", None),
            ("x", None),
        ] {
            assert_eq!(nearest(given, &known), meant, "{given}");
        }
    }

    #[test]
    fn lists_what_is_known() {
        assert_eq!(
            hint("lrr", ["lr", "gamma"]),
            "did you mean `lr`? known: lr, gamma"
        );
        assert_eq!(hint("zebra", ["lr"]), "known: lr");
        assert_eq!(hint("zebra", []), "none are known");
    }
}
