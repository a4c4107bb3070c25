//! What the child reports, and the file it goes through.

use crate::descriptor::PluginDescriptor;
use crate::fault::Refusal;
use neurotrain_plugin_api::PluginManifest;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What a probe found out about a plugin it accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// The descriptor.
    pub descriptor: PluginDescriptor,
    /// The manifest, which agrees with the descriptor and with itself.
    pub manifest: PluginManifest,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// API of the host that compared the layouts and found them compatible.
    pub layout_checked_by: String,
    /// Microseconds from opening the file to its checked manifest.
    pub open_micros: u64,
}

/// The content of the report file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// Usable.
    Accepted(Box<ProbeReport>),
    /// Refused for a reason that could be told.
    Refused(Refusal),
}

/// SHA-256 of a file, hexadecimal.
pub(crate) fn sha256_of(path: &Path) -> io::Result<String> {
    let (mut file, mut hash, mut block) = (File::open(path)?, Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => hash.update(&block[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
