//! Why a file is not used as a plugin: what, why, and what to do now.

use crate::descriptor::ComponentKey;
use neurotrain_plugin_api::abi::{API_MAJOR, API_MINOR};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a file cannot be used. The texts are fragments that follow the name of the plugin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The file cannot be read at all.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] std::io::Error),
    /// It is something other than a dynamic library.
    #[error("is not a dynamic library but {found}")]
    NotALibrary {
        /// What it seems to be.
        found: String,
    },
    /// The file ends before its own headers say so.
    #[error("is cut off: its headers describe {expected} bytes, the file has {actual}")]
    Truncated {
        /// Bytes the headers speak of.
        expected: u64,
        /// Bytes there are.
        actual: u64,
    },
    /// The headers contradict themselves.
    #[error("is damaged: {what}")]
    Damaged {
        /// What does not fit.
        what: String,
    },
    /// Built for another kind of machine.
    #[error("is built for {built_for}, this machine is {machine}")]
    OtherMachine {
        /// Architecture and operating system of the file.
        built_for: String,
        /// Architecture and operating system of this machine.
        machine: String,
    },
    /// The table of exported symbols is missing.
    #[error("has no table of exported symbols that can be read without running it")]
    NoSymbolTable,
    /// A dynamic library that is no plugin.
    #[error("is not a neurotrain plugin: it exports no `{symbol}`", symbol = neurotrain_plugin_api::abi::DESCRIPTOR_SYMBOL)]
    NoDescriptor,
    /// The symbol is there, but no descriptor stands behind it.
    #[error("has no plugin descriptor where its symbol points: {what}")]
    BadDescriptor {
        /// What was found instead.
        what: String,
    },
    /// The descriptor is shorter than the first version of the API defines it.
    #[error("has a plugin descriptor of {size} bytes; API {API_MAJOR} has at least {least}")]
    DescriptorTooSmall {
        /// Bytes it claims.
        size: u32,
        /// Bytes that every 1.x descriptor has.
        least: u32,
    },
    /// Another major version of the boundary.
    #[error(
        "is built for API {major}.{minor}, this host speaks API {API_MAJOR}.0 to {API_MAJOR}.{API_MINOR}"
    )]
    ApiMajor {
        /// Major version of the plugin.
        major: u32,
        /// Minor version of the plugin.
        minor: u32,
    },
    /// The plugin uses what only a newer host has.
    #[error("needs a host of API {API_MAJOR}.{needs} or later, this host speaks API {API_MAJOR}.{API_MINOR}")]
    ApiMinor {
        /// Least minor version of a host.
        needs: u32,
    },
    /// A panic would end the process instead of the run.
    #[error("is built with `panic = \"abort\"`, so that an error inside it would end the whole process")]
    PanicAbort,
    /// Built for a better processor.
    #[error("needs processor features that this machine lacks: {}", missing.join(", "))]
    CpuFeatures {
        /// The features.
        missing: Vec<String>,
    },
    /// Built on a newer system.
    #[error("needs glibc {needs}, this machine runs glibc {running}")]
    Glibc {
        /// Version the file asks for.
        needs: String,
        /// Version that runs.
        running: String,
    },
    /// The dynamic linker refused it.
    #[error("cannot be loaded: {message}")]
    Linker {
        /// The linker's words.
        message: String,
    },
    /// The root module is missing.
    #[error("has a descriptor, but no module of abi_stable behind it")]
    NoRootModule,
    /// Another abi_stable.
    #[error("is built with an incompatible abi_stable: {message}")]
    AbiStable {
        /// What differs.
        message: String,
    },
    /// Same API number, other layout.
    #[error(
        "says it is built for API {API_MAJOR}.{built}, but its types are laid out differently: {summary}"
    )]
    Layout {
        /// Minor version of the plugin.
        built: u32,
        /// The first difference, in one line.
        summary: String,
        /// Everything abi_stable says.
        details: String,
    },
    /// Its initialiser failed.
    #[error("failed to initialise: {message}")]
    Init {
        /// What it said.
        message: String,
    },
    /// The manifest is missing or no manifest.
    #[error("returned no usable manifest: {message}")]
    Manifest {
        /// What is wrong with it.
        message: String,
    },
    /// The manifest says something else than the descriptor.
    #[error("contradicts itself: {what}")]
    Contradiction {
        /// Descriptor and manifest, compared.
        what: String,
    },
    /// A parameter schema that cannot be used.
    #[error("has a faulty manifest: {}", problems.join("; "))]
    Schema {
        /// One sentence per problem, each naming the component and the parameter.
        problems: Vec<String>,
    },
}

impl Fault {
    /// A short stable identifier.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Unreadable(_) => "unreadable",
            Fault::NotALibrary { .. } => "not-a-library",
            Fault::Truncated { .. } => "truncated",
            Fault::Damaged { .. } => "damaged",
            Fault::OtherMachine { .. } => "other-machine",
            Fault::NoSymbolTable => "no-symbol-table",
            Fault::NoDescriptor => "not-a-plugin",
            Fault::BadDescriptor { .. } => "bad-descriptor",
            Fault::DescriptorTooSmall { .. } => "descriptor-too-small",
            Fault::ApiMajor { .. } => "api-major",
            Fault::ApiMinor { .. } => "api-minor",
            Fault::PanicAbort => "panic-abort",
            Fault::CpuFeatures { .. } => "cpu-features",
            Fault::Glibc { .. } => "glibc",
            Fault::Linker { .. } => "linker",
            Fault::NoRootModule => "no-root-module",
            Fault::AbiStable { .. } => "abi-stable",
            Fault::Layout { .. } => "layout",
            Fault::Init { .. } => "init",
            Fault::Manifest { .. } => "manifest",
            Fault::Contradiction { .. } => "contradiction",
            Fault::Schema { .. } => "schema",
        }
    }

    /// What to do now.
    pub fn hint(&self) -> String {
        let rebuild = "rebuild it with `cargo build --release`";
        match self {
            Fault::Unreadable(_) => "check that it exists and that you may read it".to_owned(),
            Fault::NotALibrary { .. } => {
                "give the file that `cargo build --release` of a plugin leaves in `target/release` \
                 (`lib*.so`, `lib*.dylib`), or remove this one from the plugin folder"
                    .to_owned()
            }
            Fault::Truncated { .. } => "copy it again, or rebuild it".to_owned(),
            Fault::Damaged { .. } | Fault::BadDescriptor { .. } => format!("copy it again, or {rebuild}"),
            Fault::OtherMachine { machine, .. } => format!("{rebuild} on {machine}"),
            Fault::NoSymbolTable => {
                format!("{rebuild}; `strip` is fine, removing the section headers (sstrip) is not")
            }
            Fault::NoDescriptor => {
                "if it is meant to be one: its crate must be a `cdylib` and call `export_plugin!` at its root; \
                 otherwise remove it from the plugin folder"
                    .to_owned()
            }
            Fault::DescriptorTooSmall { .. } | Fault::NoRootModule => {
                format!("export the plugin with `export_plugin!` and {rebuild}")
            }
            Fault::ApiMajor { major, .. } if *major > API_MAJOR => format!(
                "install a neurotrain of API {major}, or set `neurotrain-plugin-api = \"{API_MAJOR}\"` in the plugin's \
                 Cargo.toml and {rebuild}"
            ),
            Fault::ApiMajor { .. } => {
                format!("set `neurotrain-plugin-api = \"{API_MAJOR}\"` in the plugin's Cargo.toml and {rebuild}")
            }
            Fault::ApiMinor { needs } => format!(
                "install a neurotrain of API {API_MAJOR}.{needs} or later, or build the plugin against \
                 `neurotrain-plugin-api` {API_MAJOR}.{API_MINOR}: `cargo update -p neurotrain-plugin-api --precise \
                 {API_MAJOR}.{API_MINOR}.0`"
            ),
            Fault::PanicAbort => {
                format!("remove `panic = \"abort\"` from the profile in the plugin's Cargo.toml and {rebuild}")
            }
            Fault::CpuFeatures { .. } => {
                format!("{rebuild} without `-C target-cpu=native` (see RUSTFLAGS and .cargo/config.toml)")
            }
            Fault::Glibc { running, .. } => {
                format!("{rebuild} on this machine, or on one with glibc {running} or older")
            }
            Fault::Linker { .. } => {
                "install the library or symbol it names, or rebuild the plugin on this machine".to_owned()
            }
            Fault::AbiStable { .. } => format!("run `cargo update -p abi_stable` in the plugin's folder and {rebuild}"),
            Fault::Layout { .. } => format!(
                "run `cargo update -p neurotrain-plugin-api -p abi_stable` in the plugin's folder and {rebuild}; the \
                 full comparison is in the details"
            ),
            Fault::Init { .. } | Fault::Manifest { .. } | Fault::Contradiction { .. } | Fault::Schema { .. } => {
                "this is a defect of the plugin: correct it, or report it to its authors".to_owned()
            }
        }
    }

    /// The long form, where there is one.
    pub fn details(&self) -> &str {
        match self {
            Fault::Layout { details, .. } => details,
            _ => "",
        }
    }

    /// Whether the file was judged without running any of its code.
    pub fn before_any_code_ran(&self) -> bool {
        !matches!(
            self,
            Fault::Linker { .. }
                | Fault::NoRootModule
                | Fault::AbiStable { .. }
                | Fault::Layout { .. }
                | Fault::Init { .. }
                | Fault::Manifest { .. }
                | Fault::Contradiction { .. }
                | Fault::Schema { .. }
        )
    }
}

/// A file that is not used, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}", describe(path, plugin.as_ref(), fault))]
pub struct PluginError {
    /// The file.
    pub path: PathBuf,
    /// Which plugin it is, where that could be read.
    pub plugin: Option<Identity>,
    /// Why.
    #[source]
    pub fault: Box<Fault>,
}

/// Name, version and components of a plugin, which is more than can be read of most refused files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Package name.
    pub name: String,
    /// Package version.
    pub version: String,
    /// What it would offer.
    pub keys: Vec<ComponentKey>,
}

impl Identity {
    /// How messages name a plugin, with its file.
    pub(crate) fn describe(plugin: Option<&Self>, path: &Path) -> String {
        match plugin {
            Some(Identity { name, version, .. }) => format!("plugin `{name}` {version} ({})", path.display()),
            None => format!("`{}`", path.display()),
        }
    }
}

fn describe(path: &Path, plugin: Option<&Identity>, fault: &Fault) -> String {
    let who = Identity::describe(plugin, path);
    let when = if fault.before_any_code_ran() {
        "; refused before any of its code ran"
    } else {
        ""
    };
    format!("{who} {fault}{when}")
}

/// A refusal as it is cached, listed and written as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A short stable identifier, for instance `api-major`, `crashed`, `timeout`.
    pub code: String,
    /// What and why.
    pub message: String,
    /// What to do now.
    pub hint: String,
    /// The long form: the full layout comparison, or the last lines the plugin printed.
    #[serde(default)]
    pub details: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. What to do: {}", self.message, self.hint)
    }
}

impl std::error::Error for Refusal {}

impl From<&PluginError> for Refusal {
    fn from(error: &PluginError) -> Self {
        Refusal {
            code: error.fault.code().to_owned(),
            message: error.to_string(),
            hint: error.fault.hint(),
            details: error.fault.details().to_owned(),
        }
    }
}

impl From<PluginError> for Refusal {
    fn from(error: PluginError) -> Self {
        Refusal::from(&error)
    }
}

impl From<Refusal> for neurotrain_plugin_api::Error {
    fn from(refusal: Refusal) -> Self {
        neurotrain_plugin_api::Error::new(&refusal.code, refusal.message).with_hint(refusal.hint)
    }
}

impl From<PluginError> for neurotrain_plugin_api::Error {
    fn from(error: PluginError) -> Self {
        Refusal::from(error).into()
    }
}
