//! Where a study is.

use crate::supervisor::folders::{CampaignFolder, RunFolders};
use crate::worker::spec::RunSpec;
use neurotrain_campaign::Search;
use neurotrain_plugin_api::{Error, Result};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Name of the journal in a study's folder.
pub(crate) const JOURNAL: &str = "journal.log";

/// The folder of a study: `CAMPAIGN/studies/NAME/{journal.log,trials/…}`.
#[derive(Debug, Clone)]
pub(super) struct StudyPlace {
    /// The study's name.
    pub(super) name: String,
    /// Its journal.
    pub(super) journal: PathBuf,
    /// The runs of its trials.
    pub(super) trials: RunFolders,
}

impl StudyPlace {
    /// Creates the folder for the search that `base` asks for. Another space, sampler, pruner or seed, or another
    /// version of anything that decides a result, is another study; more trials are not. A study that is done `anew`
    /// has a folder of its own, and is the one that later starts take up.
    pub(super) fn create(
        base: &RunSpec,
        search: &Search,
        folder: &CampaignFolder,
        anew: bool,
    ) -> Result<Self> {
        let settings = &search.settings;
        let content = json!({
            "run": base.id,
            "space": search.space,
            "metric": settings.metric,
            "sampler": settings.sampler,
            "pruner": settings.pruner,
            "seed": settings.seed,
            "defaults_first": settings.defaults_first,
        });
        let digest = Sha256::digest(content.to_string());
        let id: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{}-{id}", base.experiment.group);
        let (name, root) = latest(&folder.path().join("studies"), &name, anew);
        std::fs::create_dir_all(&root)
            .map_err(|e| Error::from(e).context(format!("{} cannot be made", root.display())))?;
        Ok(StudyPlace {
            journal: root.join(JOURNAL),
            trials: RunFolders::create(root.join("trials"))?,
            name,
        })
    }
}

/// The latest folder called `name`, `name.2`, …, or the next one.
fn latest(studies: &Path, name: &str, anew: bool) -> (String, PathBuf) {
    let numbered = |n: usize| match n {
        1 => name.to_owned(),
        n => format!("{name}.{n}"),
    };
    let taken = (1..).take_while(|n| studies.join(numbered(*n)).exists()).last();
    let number = match taken {
        None => 1,
        Some(last) if anew => last + 1,
        Some(last) => last,
    };
    (numbered(number), studies.join(numbered(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_study_done_anew_is_the_one_that_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let name = |anew| latest(folder.path(), "a-0", anew).0;
        assert_eq!(name(false), "a-0");
        std::fs::create_dir(folder.path().join("a-0")).unwrap();
        assert_eq!((name(false), name(true)), ("a-0".to_owned(), "a-0.2".to_owned()));
        std::fs::create_dir(folder.path().join("a-0.2")).unwrap();
        assert_eq!(name(false), "a-0.2");
    }
}
