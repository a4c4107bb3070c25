//! The descriptor of a plugin: read from the file, decoded and accepted without running anything.

use crate::fault::{Fault, Identity, PluginError};
use crate::image::{Image, read_image};
use crate::machine::{GlibcVersion, Machine};
use neurotrain_plugin_api::abi::{API_MAJOR, API_MINOR, DESCRIPTOR_MAGIC, Descriptor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::mem::offset_of;
use std::path::Path;

/// No descriptor of any version is longer.
pub(crate) const LONGEST: u64 = 64 * 1024;

// Bytes of the descriptor of API 1.0, which every 1.x descriptor has.
const LEAST: u32 = size_of::<Descriptor>() as u32;
// Bytes up to `flags`, which never move in any version.
const HEAD: usize = offset_of!(Descriptor, flags) + size_of::<u32>();

/// What a plugin says about itself without being run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginDescriptor {
    /// Package name.
    pub name: String,
    /// Package version.
    pub version: String,
    /// Major version of the API it was built with.
    pub api_major: u32,
    /// Minor version of the API it was built with.
    pub api_built: u32,
    /// Least minor version of a host it can run in.
    pub api_min: u32,
    /// Whether it was built with `panic = "abort"`.
    pub panic_abort: bool,
    /// Whether it was built with debug assertions, and so probably without optimisation.
    pub debug_assertions: bool,
    /// Number of components.
    pub components: u32,
    /// Its components, as many as the descriptor has room for.
    pub keys: Vec<ComponentKey>,
    /// Target it was built for, as `x86_64-linux`.
    pub target: String,
    /// Processor features it needs.
    pub cpu_features: Vec<String>,
    /// The newest glibc it needs.
    pub needs_glibc: Option<GlibcVersion>,
    /// Version of its `plugin-api` crate.
    pub api_crate: String,
}

/// Kind and key of a component: `trainer:bptt`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ComponentKey {
    /// `trainer`, `model`, `dataset`, or a kind of a later API.
    pub kind: String,
    /// The key used in campaigns.
    pub key: String,
}

impl fmt::Display for ComponentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.key)
    }
}

impl PluginDescriptor {
    /// The part that names the plugin.
    pub fn identity(&self) -> Identity {
        Identity {
            name: self.name.clone(),
            version: self.version.clone(),
            keys: self.keys.clone(),
        }
    }
}

/// Reads the descriptor of `path` and decides whether `machine` and this host can open the file.
///
/// # Errors
/// Every [`Fault`] that can be found without running the file's code.
pub fn read_descriptor(path: &Path, machine: &Machine) -> Result<PluginDescriptor, PluginError> {
    let refuse = |plugin: Option<Identity>, fault: Fault| PluginError {
        path: path.to_owned(),
        plugin,
        fault: Box::new(fault),
    };
    let image = read_image(path).map_err(|fault| refuse(None, fault))?;
    let who = identity(&image.descriptor);
    let descriptor = check_machine(&image, machine)
        .and_then(|()| decode(&image))
        .map_err(|fault| refuse(who.clone(), fault))?;
    accept(&descriptor, machine).map_err(|fault| refuse(who, fault))?;
    Ok(descriptor)
}

fn check_machine(image: &Image, machine: &Machine) -> Result<(), Fault> {
    if image.arch == machine.arch && image.os == machine.os {
        return Ok(());
    }
    Err(Fault::OtherMachine {
        built_for: format!("{}-{}", image.arch, image.os),
        machine: machine.target(),
    })
}

fn decode(image: &Image) -> Result<PluginDescriptor, Fault> {
    let bytes = image.descriptor.as_slice();
    if bytes.len() < HEAD {
        return Err(Fault::BadDescriptor {
            what: format!("{} bytes instead of at least {HEAD}", bytes.len()),
        });
    }
    if !bytes.starts_with(&DESCRIPTOR_MAGIC) {
        return Err(Fault::BadDescriptor {
            what: "it does not begin as every descriptor does".to_owned(),
        });
    }
    let number = |offset: usize| {
        let mut word = [0; 4];
        word.copy_from_slice(&bytes[offset..offset + 4]);
        u32::from_le_bytes(word)
    };
    let size = number(offset_of!(Descriptor, size));
    let api_major = number(offset_of!(Descriptor, api_major));
    let api_built = number(offset_of!(Descriptor, api_built));
    // Of another major version only the head can be relied on.
    if api_major != API_MAJOR {
        return Err(Fault::ApiMajor {
            major: api_major,
            minor: api_built,
        });
    }
    if size < LEAST {
        return Err(Fault::DescriptorTooSmall { size, least: LEAST });
    }
    if bytes.len() < LEAST as usize {
        return Err(Fault::BadDescriptor {
            what: format!("{} bytes where it speaks of {size}", bytes.len()),
        });
    }
    let flags = number(offset_of!(Descriptor, flags));
    let words = |offset, length| {
        text(bytes, offset, length)
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    };
    Ok(PluginDescriptor {
        name: text(bytes, offset_of!(Descriptor, name), 96),
        version: text(bytes, offset_of!(Descriptor, version), 48),
        api_major,
        api_built,
        api_min: number(offset_of!(Descriptor, api_min)),
        panic_abort: flags & 1 != 0,
        debug_assertions: flags & 2 != 0,
        components: number(offset_of!(Descriptor, components)),
        keys: keys(bytes),
        target: text(bytes, offset_of!(Descriptor, target), 64),
        cpu_features: words(offset_of!(Descriptor, cpu_features), 256),
        needs_glibc: image.needs_glibc,
        api_crate: text(bytes, offset_of!(Descriptor, api_crate), 48),
    })
}

fn keys(bytes: &[u8]) -> Vec<ComponentKey> {
    const LENGTH: usize = 512;
    let offset = offset_of!(Descriptor, keys);
    let text = text(bytes, offset, LENGTH);
    let mut words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    // A full field may end within a key.
    if bytes[offset..offset + LENGTH].last() != Some(&0) {
        words.pop();
    }
    words
        .into_iter()
        .filter_map(|word| word.split_once(':'))
        .map(|(kind, key)| ComponentKey {
            kind: kind.to_owned(),
            key: key.to_owned(),
        })
        .collect()
}

// Text from a file goes to terminals and logs: control characters are replaced.
fn text(bytes: &[u8], offset: usize, length: usize) -> String {
    let field = bytes.get(offset..offset + length).unwrap_or_default();
    let used = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..used])
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

// For messages, also about descriptors that are refused; of another major version it may be nonsense.
fn identity(bytes: &[u8]) -> Option<Identity> {
    let name = text(bytes, offset_of!(Descriptor, name), 96);
    let version = text(bytes, offset_of!(Descriptor, version), 48);
    let plausible = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    let known = bytes.starts_with(&DESCRIPTOR_MAGIC) && bytes.len() >= LEAST as usize;
    (known && plausible(&name) && plausible(&version)).then(|| Identity {
        name,
        version,
        keys: keys(bytes),
    })
}

fn accept(descriptor: &PluginDescriptor, machine: &Machine) -> Result<(), Fault> {
    if descriptor.api_min > API_MINOR {
        return Err(Fault::ApiMinor {
            needs: descriptor.api_min,
        });
    }
    if descriptor.panic_abort {
        return Err(Fault::PanicAbort);
    }
    if let (Some(needs), Some(running)) = (descriptor.needs_glibc, machine.glibc)
        && needs > running
    {
        return Err(Fault::Glibc {
            needs: needs.to_string(),
            running: running.to_string(),
        });
    }
    let missing = machine.missing_features(&descriptor.cpu_features);
    if !missing.is_empty() {
        return Err(Fault::CpuFeatures { missing });
    }
    Ok(())
}
