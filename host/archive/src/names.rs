//! Names of objects in the file.

use std::collections::BTreeSet;

/// Turns names into link names, which must be unique, not empty, not `.` and free of `/`.
#[derive(Default)]
pub(crate) struct LinkNames {
    taken: BTreeSet<String>,
}

impl LinkNames {
    /// Keeps these names for others.
    pub(crate) fn reserving(names: &[&str]) -> Self {
        LinkNames {
            taken: names.iter().map(|n| (*n).to_owned()).collect(),
        }
    }

    /// The link name for `name`: `name` itself wherever HDF5 can say it.
    pub(crate) fn link(&mut self, name: &str) -> String {
        let mut link: String = name
            .chars()
            .map(|c| if c == '/' || c == '\0' { '_' } else { c })
            .collect();
        if link.is_empty() || link == "." || link == ".." {
            link.push('_');
        }
        while !self.taken.insert(link.clone()) {
            link.push('_');
        }
        link
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_where_they_can() {
        let mut names = LinkNames::reserving(&["epoch"]);
        assert_eq!(names.link("synapses.0.weight"), "synapses.0.weight");
        assert_eq!(names.link("a/b"), "a_b");
        assert_eq!(names.link("a_b"), "a_b_");
        assert_eq!(names.link("epoch"), "epoch_");
        assert_eq!(names.link(""), "_");
        assert_eq!(names.link("."), "._");
    }
}
