//! Writing a campaign file.

use super::summary::write_summary;
use super::{SCHEMA_VERSION, STUDIES, SUMMARY};
use crate::aside::{self, Replaced};
use crate::error;
use crate::h5::{self, create_group, put_text_attribute};
use crate::names::LinkNames;
use crate::read::{StoredRun, open_file};
use crate::table::{TableRow, runs_table};
use hdf5::{File, Group};
use neurotrain_plugin_api::Result;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The value of the root attribute `Conventions`, by which a campaign file is known.
pub(crate) const CONVENTIONS: &str = "NeuroTrain-campaign";

/// A run that goes into a campaign file.
#[derive(Debug, Clone, Copy)]
pub struct CampaignMember<'a> {
    /// Its name; unique within its study.
    pub name: &'a str,
    /// The search it is a trial of; empty for a run of the campaign itself.
    pub study: &'a str,
    /// The run, in a file of its own.
    pub run: &'a StoredRun,
}

/// What a campaign file holds of its runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Everything.
    Copies,
    /// Everything but large arrays, to which links lead, relative to the campaign file.
    Links,
}

impl Content {
    fn name(self) -> &'static str {
        match self {
            Content::Copies => "merged",
            Content::Links => "linked",
        }
    }
}

/// Writes the campaign file `path`, in place of an earlier one as a whole; says whether anything changed.
///
/// Equal members give equal bytes. Like the file of a run it is built in memory, which has to hold it twice; links
/// take next to nothing.
///
/// # Errors
/// `archive-exists` where another file has the name; `archive-full`, `archive-unwritable`; `archive-unreadable` and
/// `archive-corrupt` for members. An earlier file stays as it was.
pub fn write_campaign(
    path: &Path,
    campaign: &str,
    members: &[CampaignMember<'_>],
    content: Content,
) -> Result<Replaced> {
    aside::check_replaceable(path, CONVENTIONS)?;
    let places = places(members);
    let rows: Vec<TableRow<'_>> = members
        .iter()
        .zip(&places)
        .map(|(member, place)| TableRow {
            name: place,
            study: member.study,
            run: member.run,
        })
        .collect();
    let table = runs_table(&rows)?;
    let expected = match content {
        Content::Copies => members.iter().map(|m| m.run.bytes as usize).sum(),
        Content::Links => 0,
    };
    let image = h5::file_image(expected, |file| {
        write_identity(file, campaign, content)?;
        write_summary(file, &table)?;
        for (member, place) in members.iter().zip(&places) {
            add(path, file, member, place, content)?;
        }
        Ok(())
    })?;
    aside::replace_file(path, &image).map_err(|e| e.context(format!("campaign `{campaign}`")))
}

fn write_identity(file: &File, campaign: &str, content: Content) -> Result<()> {
    let producer = format!("neurotrain {}", env!("CARGO_PKG_VERSION"));
    for (name, text) in [
        ("Conventions", CONVENTIONS),
        ("schema_version", SCHEMA_VERSION),
        ("producer", producer.as_str()),
        ("campaign", campaign),
        ("layout", content.name()),
        ("NX_class", "NXroot"),
    ] {
        put_text_attribute(file, name, text)?;
    }
    Ok(())
}

/// Where each member goes, a path in the file.
fn places(members: &[CampaignMember<'_>]) -> Vec<String> {
    let mut studies = LinkNames::default();
    let mut study_links: BTreeMap<&str, (String, LinkNames)> = BTreeMap::new();
    let mut own = LinkNames::reserving(&[SUMMARY, STUDIES]);
    members
        .iter()
        .map(|member| match member.study {
            "" => own.link(member.name),
            study => {
                let (link, names) = study_links
                    .entry(study)
                    .or_insert_with(|| (studies.link(study), LinkNames::default()));
                format!("{STUDIES}/{link}/{}", names.link(member.name))
            }
        })
        .collect()
}

fn add(path: &Path, file: &File, member: &CampaignMember<'_>, place: &str, content: Content) -> Result<()> {
    let (parent, name) = place.rsplit_once('/').unwrap_or(("", place));
    let parent = groups(file, parent)?;
    let (source, _) = open_file(&member.run.path)?;
    match content {
        Content::Copies => h5::copy_file(&source, &parent, name),
        Content::Links => h5::link_file(&source, &parent, name, &relative(&member.run.path, path)?),
    }
}

/// The group `path`, made where it is missing.
fn groups(file: &File, path: &str) -> Result<Group> {
    let mut group: Group = (**file).clone();
    for name in path.split('/').filter(|name| !name.is_empty()) {
        group = if group.link_exists(name) {
            group
                .group(name)
                .map_err(|e| error::building(&format!("group `{name}`"), &e))?
        } else {
            create_group(&group, name)?
        };
    }
    Ok(group)
}

/// The way from the folder of `from` to `target`, so that a campaign folder can be moved as a whole.
fn relative(target: &Path, from: &Path) -> Result<String> {
    let absolute = |path: &Path| -> Result<PathBuf> {
        let folder = aside::folder_of(path);
        let folder = folder.canonicalize().map_err(|e| error::reading(&folder, &e))?;
        Ok(folder.join(path.file_name().unwrap_or_default()))
    };
    let (target, from) = (absolute(target)?, absolute(from)?);
    let folder = from.parent().unwrap_or(Path::new("/"));
    let shared = target
        .components()
        .zip(folder.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(target.components().skip(shared)).collect();
    way.to_str().map(str::to_owned).ok_or_else(|| {
        let cause = std::io::Error::other("the HDF5 library links only to names in UTF-8");
        error::reading(&target, &cause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_campaign_file_to_the_run() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["c/runs/a", "elsewhere"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let way =
            |target: &str, from: &str| relative(&dir.path().join(target), &dir.path().join(from)).unwrap();
        assert_eq!(way("c/runs/a/run.h5", "c/campaign.h5"), "runs/a/run.h5");
        assert_eq!(way("c/runs/a/run.h5", "elsewhere/all.h5"), "../c/runs/a/run.h5");
        assert_eq!(way("c/x.h5", "c/runs/a/all.h5"), "../../x.h5");
        assert_eq!(way("c/x.h5", "c/runs/../all.h5"), "x.h5");
    }
}
