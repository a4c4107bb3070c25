//! Labels, and what tells one class of recordings from another.

use neurotrain_plugin_api::rng::Stream;

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    Train,
    Validation,
    Test,
}

impl Split {
    /// The name of a stream of random numbers for this part of data set `key`.
    pub(crate) fn purpose(self, key: &str, what: &str) -> String {
        format!("stand-in.{key}.{self:?}.{what}").to_ascii_lowercase()
    }
}

/// `n` labels, equally many of each class (as far as `n` allows), in random order.
pub(crate) fn labels(key: &str, split: Split, n: usize, classes: usize, seed: u64) -> Vec<u8> {
    let order = Stream::new(seed, &split.purpose(key, "labels"), 0).permutation(n);
    order.into_iter().map(|i| (i % classes) as u8).collect()
}

/// What the recordings of a class have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Traits {
    /// Where events are; classes of a triple share it.
    pub(crate) place: usize,
    /// Events, as a multiple of the usual number.
    pub(crate) rate: f64,
    /// The part of the recording around which events come; none when they come all the time.
    pub(crate) when: Option<f64>,
}

/// The rates of a triple.
const RATES: [f64; 3] = [0.4, 1.0, 2.5];
/// The parts of the recording of a triple.
const TIMES: [f64; 3] = [0.2, 0.5, 0.8];

impl Traits {
    /// Those of class `class` of `classes`: one triple differs in rate and one in timing for every ten classes.
    pub(crate) fn of(class: usize, classes: usize) -> Traits {
        let triples = (classes / 10).max(1);
        let own_place = classes.saturating_sub(6 * triples);
        if class < own_place {
            return Traits {
                place: class,
                rate: 1.0,
                when: None,
            };
        }
        let (triple, i) = ((class - own_place) / 3, (class - own_place) % 3);
        let place = own_place + triple;
        match triple < triples {
            true => Traits {
                place,
                rate: RATES[i],
                when: None,
            },
            false => Traits {
                place,
                rate: 1.0,
                when: Some(TIMES[i]),
            },
        }
    }

    /// Number of places of a data set of `classes` classes.
    pub(crate) fn places(classes: usize) -> usize {
        (0..classes)
            .map(|class| Traits::of(class, classes).place + 1)
            .max()
            .unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_classes_are_alike() {
        for classes in [10, 11, 20, 35] {
            let all: Vec<_> = (0..classes).map(|c| Traits::of(c, classes)).collect();
            for (i, a) in all.iter().enumerate() {
                assert!(all[..i].iter().all(|b| a != b), "{classes} {i}");
            }
            let timed = all.iter().filter(|t| t.when.is_some()).count();
            let rated = all
                .iter()
                .filter(|t| t.when.is_none() && all.iter().filter(|u| u.place == t.place).count() > 1)
                .count();
            assert_eq!((timed, rated), (3 * (classes / 10), 3 * (classes / 10)));
            assert_eq!(
                Traits::places(classes),
                classes - 6 * (classes / 10) + 2 * (classes / 10)
            );
        }
    }

    #[test]
    fn labels_are_balanced() {
        let labels = labels("X", Split::Train, 103, 10, 1);
        for class in 0..10 {
            let n = labels.iter().filter(|l| **l == class).count();
            assert!((10..=11).contains(&n));
        }
        assert!(!labels.is_sorted());
    }
}
