//! Groups.

use crate::error;
use hdf5::plist::group_create::LinkCreationOrder;
use hdf5::{Group, IndexType, IterationOrder};
use neurotrain_plugin_api::Result;

/// A group whose members keep the order of their creation.
pub(crate) fn create_group(parent: &Group, name: &str) -> Result<Group> {
    parent
        .create_group_builder()
        .with_gcpl(|p| {
            p.link_creation_order(LinkCreationOrder::Indexed)
                .obj_track_times(false)
        })
        .create(name)
        .map_err(|e| error::building(&format!("group `{name}`"), &e))
}

/// Member names in the order of their creation.
pub(crate) fn members(group: &Group) -> hdf5::Result<Vec<String>> {
    group.member_names_by(IndexType::CreationOrder, IterationOrder::Increasing)
}
