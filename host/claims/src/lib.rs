//! Who does which job, where several processes on several machines share a folder and nothing else.
//!
//! A claim on the job `KEY` is a file `KEY.N`, of which the one with the highest number counts. It appears whole, by a
//! hard link that fails where the name exists, so that of several takers one succeeds. Its holder renews the time of the
//! file; when that time is old, or the holder was a process of this machine and is dead, another may take over by making
//! `KEY.N+1`. It is void unless `KEY.N` is still there, unchanged, afterwards: whoever took over in between has removed it.
//! A holder that finds its file gone has lost the job ([`Claim::lost`]) and has to stop.
//!
//! Times are those of the file system, so the clocks of the machines need not agree.

mod beat;
mod claim;
mod clock;
mod files;
mod folder;
mod holder;

pub use claim::Claim;
pub use folder::{Claims, Listed, Taken, list};
pub use holder::{Holder, unique_name};
