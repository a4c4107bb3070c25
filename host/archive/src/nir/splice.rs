//! Sums: NIR has no node for them, since every node adds up what reaches it.

use std::collections::BTreeSet;

/// Replaces each node of `sums` by edges from all of its sources to all of its targets.
///
/// # Errors
/// When a signal would reach a node twice, which edges cannot say.
pub(super) fn splice_sums(
    edges: &[(String, String)],
    sums: &[&str],
) -> Result<Vec<(String, String)>, String> {
    let mut edges = edges.to_vec();
    for sum in sums {
        let sources: Vec<String> = edges
            .iter()
            .filter(|(_, to)| to == sum)
            .map(|(from, _)| from.clone())
            .collect();
        let targets: Vec<String> = edges
            .iter()
            .filter(|(from, _)| from == sum)
            .map(|(_, to)| to.clone())
            .collect();
        edges.retain(|(from, to)| from != sum && to != sum);
        for source in &sources {
            edges.extend(targets.iter().map(|target| (source.clone(), target.clone())));
        }
    }
    let mut seen = BTreeSet::new();
    match edges.iter().find(|e| !seen.insert(*e)) {
        Some((from, to)) => Err(format!("`{from}` reaches `{to}` twice")),
        None => Ok(edges),
    }
}

#[cfg(test)]
mod tests {
    use super::splice_sums;

    fn edges(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn chained_sums_vanish() {
        let before = edges(&[("a", "s"), ("b", "s"), ("s", "t"), ("c", "t"), ("t", "n")]);
        let after = splice_sums(&before, &["s", "t"]).unwrap();
        assert_eq!(after, edges(&[("c", "n"), ("a", "n"), ("b", "n")]));
    }

    #[test]
    fn a_doubled_signal_is_refused() {
        let before = edges(&[("a", "s"), ("a", "s"), ("s", "n")]);
        assert!(splice_sums(&before, &["s"]).is_err());
        let before = edges(&[("a", "s"), ("s", "n"), ("a", "n")]);
        assert!(splice_sums(&before, &["s"]).is_err());
    }
}
