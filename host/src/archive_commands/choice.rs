//! Which of several attempts stands for a run.

use super::attempts::Attempt;
use std::collections::HashMap;

/// The best attempt at each run of each study, in the order in which runs were found: the latest complete one, else the
/// latest whose archive opens, else the last. Attempts under an id that `current` names for the run come first: an
/// earlier configuration may have used the same name.
pub(super) fn best<'a>(attempts: &'a [Attempt], current: &HashMap<String, String>) -> Vec<&'a Attempt> {
    let mut chosen: Vec<&Attempt> = Vec::new();
    for attempt in attempts {
        let same = |other: &&mut &Attempt| other.name == attempt.name && other.study == attempt.study;
        match chosen.iter_mut().find(same) {
            Some(other) if rank(attempt, current) >= rank(other, current) => *other = attempt,
            Some(_) => {}
            None => chosen.push(attempt),
        }
    }
    chosen
}

/// Greater is better.
fn rank<'a>(attempt: &'a Attempt, current: &HashMap<String, String>) -> (bool, bool, bool, &'a str) {
    let wanted = current.get(&attempt.name).is_none_or(|id| *id == attempt.id);
    let created = attempt.run().map_or("", |run| run.record.created.as_str());
    (wanted, attempt.complete(), attempt.run().is_some(), created)
}
