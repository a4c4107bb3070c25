//! An HDF5 file built in memory.
//!
//! The library writes metadata when it flushes and closes; where the disk is full by then it reports success
//! for a broken file, or crashes. So it never writes to a disk here: its in-memory driver builds the bytes,
//! and ordinary file operations, whose errors are exact, put them down.

use crate::error;
use hdf5::File;
use hdf5::file::LibraryVersion;
use hdf5::plist::group_create::LinkCreationOrder;
use hdf5_sys::h5f::H5Fget_file_image;
use neurotrain_plugin_api::{Error, Result};
use std::sync::atomic::{AtomicU64, Ordering};

const SMALLEST_GROWTH: usize = 1 << 20;
const LARGEST_GROWTH: usize = 64 << 20;

/// The bytes of a file that `fill` fills; `expected` bytes of data guide how memory grows.
///
/// Formats are bounded to those of HDF5 1.8, which every reader in use knows.
pub(crate) fn file_image(expected: usize, fill: impl FnOnce(&File) -> Result<()>) -> Result<Vec<u8>> {
    let growth = (expected / 4).clamp(SMALLEST_GROWTH, LARGEST_GROWTH);
    let file = File::with_options()
        .with_fapl(|p| {
            p.core_options(growth, false)
                .libver_bounds(LibraryVersion::V18, LibraryVersion::V18)
        })
        .with_fcpl(|p| {
            p.link_creation_order(LinkCreationOrder::Indexed)
                .obj_track_times(false)
        })
        .create(unique_name())
        .map_err(|e| error::building("the file itself", &e))?;
    fill(&file)?;
    file.flush()
        .map_err(|e| error::building("the buffered parts", &e))?;
    image_of(&file)
}

/// The library takes two open files of one name for the same file, even where neither is on a disk.
fn unique_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("neurotrain-image-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn image_of(file: &File) -> Result<Vec<u8>> {
    let _lock = hdf5_sys::LOCK.lock();
    // SAFETY: the id belongs to the open `file`, and a null buffer of length 0 asks for the size only.
    let size = unsafe { H5Fget_file_image(file.id(), std::ptr::null_mut(), 0) };
    let size = usize::try_from(size).map_err(|_| image_error())?;
    let mut bytes = vec![0_u8; size];
    // SAFETY: the id belongs to the open `file`, and `bytes` is valid for writes of `size` bytes.
    let written = unsafe { H5Fget_file_image(file.id(), bytes.as_mut_ptr().cast(), size) };
    if usize::try_from(written) == Ok(size) {
        Ok(bytes)
    } else {
        Err(image_error())
    }
}

fn image_error() -> Error {
    let cause = hdf5::Error::query().unwrap_or_else(|_| "the file image is not available".into());
    error::building("the finished image", &cause)
}
