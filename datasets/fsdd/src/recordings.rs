//! The recordings `{digit}_{speaker}_{index}.wav`, and who is in which split.

use neurotrain_data_files::{Place, Tree, Wanted};
use neurotrain_plugin_api::{Error, Result};
use std::collections::BTreeMap;

/// A file of the data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recording {
    pub(crate) digit: u8,
    pub(crate) speaker: String,
    pub(crate) index: u32,
    /// Position in the tree.
    pub(crate) member: usize,
}

/// Recordings of a split, as positions in the tree.
pub(crate) type Split = (&'static str, Vec<Recording>);

pub(crate) const WANTED: Wanted = Wanted {
    key: "FSDD",
    folders: &[
        "FSDD",
        "fsdd",
        "free-spoken-digit-dataset",
        "free-spoken-digit-dataset-master",
    ],
    advice: "get https://github.com/Jakobovski/free-spoken-digit-dataset and put its folder `recordings` (or the zip \
             archive of the repository as free-spoken-digit-dataset-master.zip) into a folder called FSDD in one of the \
             data folders",
};

const NAMES: [&str; 3] = [
    "recordings",
    "recordings.zip",
    "free-spoken-digit-dataset-master.zip",
];

/// Recordings of an index below this are for testing, says the data set.
const OFFICIAL_TEST: u32 = 5;

/// The files, in the order of their paths, and what their names say.
pub(crate) fn list(place: &Place) -> Result<(Tree, Vec<Recording>)> {
    let nested = place.find_any(&NAMES);
    // A folder of the data set's name may hold the recordings themselves.
    let flat = place.folders.iter().find(|dir| {
        let named = dir
            .file_name()
            .is_some_and(|n| WANTED.folders.iter().any(|f| n == *f));
        named && dir.join("0_jackson_0.wav").is_file()
    });
    let path = nested.as_ref().or(flat).ok_or_else(|| place.missing(&WANTED))?;
    let tree = Tree::open(path, "wav")?;
    let recordings = tree.members().iter().enumerate().map(|(member, file)| {
        parse(&file.path, member).ok_or_else(|| {
            Error::bad_data(format!(
                "{}: {} is not called DIGIT_SPEAKER_INDEX.wav",
                path.display(),
                file.path
            ))
            .with_hint("take files that are no recordings out of the folder")
        })
    });
    let recordings = recordings.collect::<Result<_>>()?;
    Ok((tree, recordings))
}

fn parse(path: &str, member: usize) -> Option<Recording> {
    let stem = path.rsplit('/').next()?.rsplit_once('.')?.0;
    let mut parts = stem.split('_');
    let recording = Recording {
        digit: parts.next()?.parse().ok().filter(|d| *d < 10)?,
        speaker: parts.next().filter(|s| !s.is_empty())?.to_owned(),
        index: parts.next()?.parse().ok()?,
        member,
    };
    parts.next().is_none().then_some(recording)
}

/// The official division: the first five recordings of each digit and speaker are for testing.
pub(crate) fn official(recordings: Vec<Recording>) -> Vec<Split> {
    let (test, train) = recordings.into_iter().partition(|r| r.index < OFFICIAL_TEST);
    vec![("train", train), ("test", test)]
}

/// By speaker: those of `test` are tested, those of `validation` validated with, the others learned from.
pub(crate) fn by_speaker(
    recordings: Vec<Recording>,
    test: &[String],
    validation: &[String],
) -> Result<Vec<Split>> {
    let mut counts = BTreeMap::new();
    for recording in &recordings {
        *counts.entry(recording.speaker.clone()).or_insert(0) += 1;
    }
    let known: Vec<&str> = counts.keys().map(String::as_str).collect();
    let fault = |message: String| {
        Err(Error::new("bad-config", message).with_hint(format!("the speakers are {}", known.join(", "))))
    };
    if let Some(unknown) = test.iter().chain(validation).find(|s| !counts.contains_key(*s)) {
        return fault(format!("there are no recordings of speaker `{unknown}`"));
    }
    if let Some(both) = validation.iter().find(|s| test.contains(s)) {
        return fault(format!(
            "speaker `{both}` is in both `test_speakers` and `validation_speakers`"
        ));
    }
    if test.is_empty() {
        return fault("`test_speakers` is empty".to_owned());
    }
    let (tested, rest): (Vec<_>, Vec<_>) = recordings.into_iter().partition(|r| test.contains(&r.speaker));
    let (validated, train): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|r| validation.contains(&r.speaker));
    if train.is_empty() {
        return fault("every speaker is held out, and none is left for training".to_owned());
    }
    let mut splits = vec![("train", train), ("test", tested)];
    if !validated.is_empty() {
        splits.insert(1, ("validation", validated));
    }
    Ok(splits)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn names_say_digit_speaker_and_index() {
        let recording = parse("recordings/7_jackson_32.wav", 3).unwrap();
        let said = (
            recording.digit,
            recording.speaker.as_str(),
            recording.index,
            recording.member,
        );
        assert_eq!(said, (7, "jackson", 32, 3));
        for wrong in [
            "10_jackson_0.wav",
            "a_b_0.wav",
            "1_b.wav",
            "1__0.wav",
            "1_b_x.wav",
            "1_b_0_1.wav",
            "1_b_0",
        ] {
            assert_eq!(parse(wrong, 0), None, "{wrong}");
        }
    }
}
