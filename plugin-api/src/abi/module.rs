//! The root module: how the host obtains a plugin's components.

use super::{RawDatasetBox, RawHostBox, RawModelBox, RawNetworkBox, RawResult, RawTrainerBox};
use abi_stable::StableAbi;
use abi_stable::library::RootModule;
use abi_stable::package_version_strings;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RStr, RString};

/// The functions every plugin exports. One dylib may serve several components, told apart by key.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginModuleRef)))]
#[sabi(missing_field(panic))]
pub struct PluginModule {
    /// The manifest as JSON, see [`PluginManifest`](crate::PluginManifest).
    pub manifest: extern "C" fn() -> RString,
    /// Whether trainer `key` with `config` can train the network described by `network` (JSON); an error
    /// says why not.
    pub check_trainer:
        for<'a> extern "C" fn(key: RStr<'a>, config: RStr<'a>, network: RStr<'a>) -> RawResult<()>,
    /// Binds trainer `key` to a network.
    pub create_trainer: for<'a> extern "C" fn(
        key: RStr<'a>,
        config: RStr<'a>,
        network: RawNetworkBox,
        host: RawHostBox,
    ) -> RawResult<RawTrainerBox>,
    /// Creates model family `key`.
    pub create_model: for<'a> extern "C" fn(key: RStr<'a>, host: RawHostBox) -> RawResult<RawModelBox>,
    /// Opens data set `key`.
    #[sabi(last_prefix_field)]
    pub open_dataset:
        for<'a> extern "C" fn(key: RStr<'a>, config: RStr<'a>, host: RawHostBox) -> RawResult<RawDatasetBox>,
    /// Appended in API 1.1, where it stands for whatever the next minor version brings.
    #[cfg(feature = "next-minor")]
    #[sabi(missing_field(option))]
    pub changelog: extern "C" fn() -> RString,
}

impl RootModule for PluginModuleRef {
    abi_stable::declare_root_module_statics! {PluginModuleRef}
    const BASE_NAME: &'static str = "neurotrain_plugin";
    const NAME: &'static str = "neurotrain_plugin";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}
