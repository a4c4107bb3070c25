//! Groups.

use crate::error;
use hdf5::plist::group_create::LinkCreationOrder;
use hdf5::{Dataset, Group, IndexType, IterationOrder, LocationType};

/// A group whose members keep the order of their creation.
pub(crate) fn create_group(parent: &Group, name: &str) -> neurotrain_plugin_api::Result<Group> {
    new_group(parent, name).map_err(|e| error::building(&format!("group `{name}`"), &e))
}

/// As [`create_group`], with the library's error.
pub(super) fn new_group(parent: &Group, name: &str) -> hdf5::Result<Group> {
    parent
        .create_group_builder()
        .with_gcpl(|p| {
            p.link_creation_order(LinkCreationOrder::Indexed)
                .obj_track_times(false)
        })
        .create(name)
}

/// Member names in the order of their creation.
pub(crate) fn members(group: &Group) -> hdf5::Result<Vec<String>> {
    group.member_names_by(IndexType::CreationOrder, IterationOrder::Increasing)
}

/// Groups deeper than this are no layout of ours; a group that contains itself has no end.
const DEEPEST: usize = 32;

/// What is in a group.
pub(crate) enum Member {
    /// A group.
    Group(Group),
    /// A dataset.
    Dataset(Dataset),
}

/// Visits everything below `group`, groups before what is in them; paths begin without a slash. An object with several
/// names is visited under each.
pub(crate) fn walk<E: From<hdf5::Error>>(
    group: &Group,
    visit: &mut impl FnMut(&str, &Member) -> Result<(), E>,
) -> Result<(), E> {
    descend(group, "", 0, visit)
}

fn descend<E: From<hdf5::Error>>(
    group: &Group,
    path: &str,
    depth: usize,
    visit: &mut impl FnMut(&str, &Member) -> Result<(), E>,
) -> Result<(), E> {
    if depth > DEEPEST {
        return Err(hdf5::Error::from(format!("groups are nested too deeply at `{path}`")).into());
    }
    for name in members(group)? {
        let below = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}/{name}")
        };
        match group.loc_type_by_name(&name)? {
            LocationType::Group => {
                let child = group.group(&name)?;
                visit(&below, &Member::Group(child.clone()))?;
                descend(&child, &below, depth + 1, visit)?;
            }
            LocationType::Dataset => visit(&below, &Member::Dataset(group.dataset(&name)?))?,
            _ => {}
        }
    }
    Ok(())
}
