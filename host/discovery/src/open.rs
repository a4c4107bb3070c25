//! Opening a plugin: the one place where a plugin's code begins to run.

use crate::descriptor::{PluginDescriptor, read_descriptor};
use crate::fault::{Fault, PluginError};
use crate::layout_check::check_layout;
use crate::machine::Machine;
use crate::manifest::check_manifest;
use abi_stable::StableAbi;
use abi_stable::library::{AbiHeaderRef, LibHeader, LibraryError, ROOT_MODULE_LOADER_NAME, RootModuleError};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use neurotrain_plugin_api::PluginManifest;
use neurotrain_plugin_api::abi::PluginModuleRef;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// An opened plugin. It stays loaded until the process ends.
#[derive(Clone)]
pub struct OpenPlugin {
    /// The file.
    pub path: PathBuf,
    /// What it said before it ran.
    pub descriptor: PluginDescriptor,
    /// What it says about its components, checked.
    pub manifest: PluginManifest,
    /// Its functions.
    pub module: PluginModuleRef,
}

/// Opens a plugin in this process: descriptor, dynamic linker, layout, initialiser, manifest, in this order.
///
/// Open only what a probe has accepted: a file whose initialiser crashes takes this process with it.
///
/// # Errors
/// The first step that fails, with what to do now.
pub fn open_module(path: &Path) -> Result<OpenPlugin, PluginError> {
    let descriptor = read_descriptor(path, &Machine::current())?;
    open_described(path, &descriptor)
        .map(|(module, manifest)| OpenPlugin {
            path: path.to_owned(),
            descriptor: descriptor.clone(),
            manifest,
            module,
        })
        .map_err(|fault| PluginError {
            path: path.to_owned(),
            plugin: Some(descriptor.identity()),
            fault: Box::new(fault),
        })
}

fn open_described(
    path: &Path,
    descriptor: &PluginDescriptor,
) -> Result<(PluginModuleRef, PluginManifest), Fault> {
    // A bare name would be looked up in the system's library folders.
    let path = std::path::absolute(path).map_err(Fault::Unreadable)?;
    let header = library_header(&path)?;
    let plugin_layout = header.layout().ok_or(Fault::NoRootModule)?;
    let host_layout = <PluginModuleRef as StableAbi>::LAYOUT;
    catch_unwind(AssertUnwindSafe(|| {
        check_layout(host_layout, plugin_layout, descriptor.api_built)
    }))
    .unwrap_or_else(|_| {
        Err(Fault::Layout {
            built: descriptor.api_built,
            summary: "its layout cannot be read".to_owned(),
            details: String::new(),
        })
    })?;
    // SAFETY: the layouts have just been compared, the older side as the interface.
    let module =
        unsafe { header.init_root_module_with_unchecked_layout::<PluginModuleRef>() }.map_err(init_fault)?;
    let manifest = check_manifest(module.manifest()().as_str(), descriptor)?;
    Ok((module, manifest))
}

fn library_header(path: &Path) -> Result<&'static LibHeader, Fault> {
    // SAFETY: initialisers of the library run here; its descriptor has been accepted, and what they do is
    // the reason for opening in a probe first.
    let library =
        unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map_err(|error| Fault::Linker {
            message: reason(&error),
        })?;
    // Never unloaded: threads, destructors and statics of a Rust library outlive every handle.
    let library = ManuallyDrop::new(library);
    // SAFETY: behind this name abi_stable's `export_root_module` and `export_plugin!` put a `LibHeader`,
    // which begins with an `AbiHeader`; `AbiHeaderRef` is a transparent reference to it.
    let header =
        unsafe { library.get::<AbiHeaderRef>(ROOT_MODULE_LOADER_NAME) }.map_err(|_| Fault::NoRootModule)?;
    (*header).upgrade().map_err(|error| match error {
        LibraryError::InvalidAbiHeader(found)
            if found.magic_string != abi_stable::library::AbiHeader::VALUE.magic_string =>
        {
            Fault::NoRootModule
        }
        LibraryError::InvalidAbiHeader(found) => {
            let wanted = abi_stable::library::AbiHeader::VALUE;
            let message = format!(
                "version {}.{} instead of {}.{}",
                found.abi_major, found.abi_minor, wanted.abi_major, wanted.abi_minor
            );
            Fault::AbiStable { message }
        }
        other => Fault::AbiStable {
            message: first_line(&other.to_string()),
        },
    })
}

fn init_fault(error: LibraryError) -> Fault {
    match error {
        LibraryError::RootModule {
            err: RootModuleError::Unwound,
            ..
        } => Fault::Init {
            message: "its initialiser panicked".to_owned(),
        },
        LibraryError::RootModule {
            err: RootModuleError::Returned(error),
            ..
        } => Fault::Init {
            message: error.to_string(),
        },
        LibraryError::IncompatibleVersionNumber {
            expected_version,
            actual_version,
            ..
        } => Fault::AbiStable {
            message: format!("`plugin-api` {actual_version} instead of {expected_version}"),
        },
        other => Fault::Init {
            message: first_line(&other.to_string()),
        },
    }
}

// libloading's own text names only the call; what the linker says is its source.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |source| source.to_string())
}

fn first_line(text: &str) -> String {
    text.lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .trim()
        .to_owned()
}
