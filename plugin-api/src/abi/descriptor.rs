//! The static descriptor that the host reads from a plugin's file without running it.

/// First bytes of every descriptor.
pub const DESCRIPTOR_MAGIC: [u8; 16] = *b"NEUROTRAIN-PLUG\0";
/// Name of the exported static.
pub const DESCRIPTOR_SYMBOL: &str = "NEUROTRAIN_PLUGIN_DESCRIPTOR";
/// Major version of the boundary: a change of layout.
pub const API_MAJOR: u32 = 1;
/// Minor version of the boundary: appended surface only.
pub const API_MINOR: u32 = if cfg!(feature = "next-minor") { 1 } else { 0 };
/// The least minor version of a host that can load plugins built against this crate.
pub const API_MIN_HOST_MINOR: u32 = 0;

/// Text of bounded length, stored inline and padded with zeros so that it can be read from the file.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Text<const N: usize> {
    /// UTF-8 bytes, zero padded.
    pub bytes: [u8; N],
}

impl<const N: usize> Text<N> {
    /// Copies `text`, cutting it at `N` bytes.
    pub const fn new(text: &str) -> Self {
        let source = text.as_bytes();
        let mut bytes = [0; N];
        let mut i = 0;
        while i < source.len() && i < N {
            bytes[i] = source[i];
            i += 1;
        }
        Text { bytes }
    }
}

/// The descriptor. Fields up to `flags` never move; later versions append and grow `size`.
///
/// All numbers are in the byte order of the plugin's own target.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Descriptor {
    /// [`DESCRIPTOR_MAGIC`].
    pub magic: [u8; 16],
    /// Bytes of this structure.
    pub size: u32,
    /// [`API_MAJOR`] the plugin was built with.
    pub api_major: u32,
    /// [`API_MINOR`] the plugin was built with.
    pub api_built: u32,
    /// Least minor version of a host it can run in.
    pub api_min: u32,
    /// Bit 0: built with `panic = "abort"`; bit 1: built with debug assertions.
    pub flags: u32,
    /// Number of components.
    pub components: u32,
    /// Package name.
    pub name: Text<96>,
    /// Package version.
    pub version: Text<48>,
    /// Keys of the components as `kind:key`, separated by spaces.
    pub keys: Text<512>,
    /// Target the plugin was built for, as architecture and operating system.
    pub target: Text<64>,
    /// CPU features that were enabled for the whole build, separated by spaces.
    pub cpu_features: Text<256>,
    /// Version of the `plugin-api` crate.
    pub api_crate: Text<48>,
}

impl Descriptor {
    /// The descriptor of a plugin; called by [`export_plugin!`](crate::export_plugin).
    pub const fn new(name: &str, version: &str, keys: Text<512>, components: u32) -> Self {
        Descriptor {
            magic: DESCRIPTOR_MAGIC,
            size: size_of::<Descriptor>() as u32,
            api_major: API_MAJOR,
            api_built: API_MINOR,
            api_min: API_MIN_HOST_MINOR,
            flags: (cfg!(panic = "abort") as u32) | (cfg!(debug_assertions) as u32) << 1,
            components,
            name: Text::new(name),
            version: Text::new(version),
            keys,
            target: Text::new(TARGET),
            cpu_features: Text::new(CPU_FEATURES),
            api_crate: Text::new(env!("CARGO_PKG_VERSION")),
        }
    }
}

const TARGET: &str = if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
    "x86_64-linux"
} else if cfg!(all(target_arch = "aarch64", target_os = "linux")) {
    "aarch64-linux"
} else if cfg!(all(target_arch = "x86_64", target_os = "macos")) {
    "x86_64-macos"
} else if cfg!(all(target_arch = "aarch64", target_os = "macos")) {
    "aarch64-macos"
} else {
    "other"
};

// Only what a build beyond the target's baseline would need: such a plugin dies of SIGILL elsewhere.
const CPU_FEATURES: &str = if cfg!(target_feature = "avx512f") {
    "avx512f avx2 fma"
} else if cfg!(all(target_feature = "avx2", target_feature = "fma")) {
    "avx2 fma"
} else if cfg!(target_feature = "avx2") {
    "avx2"
} else if cfg!(target_feature = "avx") {
    "avx"
} else if cfg!(target_feature = "sse4.2") {
    "sse4.2"
} else if cfg!(target_feature = "sve") {
    "sve"
} else {
    ""
};
