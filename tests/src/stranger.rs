//! Crates built outside the workspace, as a stranger would: own target folder, own lock file.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A plugin crate of somebody else.
#[derive(Debug)]
pub struct Crate {
    name: String,
    folder: PathBuf,
    features: Vec<String>,
}

impl Crate {
    /// A crate written into `folder`, with `source` as its only file and `plugin-api` as its only dependency
    /// (with `api_features`).
    pub fn write(folder: &Path, name: &str, source: &str, api_features: &[&str]) -> Self {
        Self::write_against(
            &workspace_root().join("plugin-api"),
            folder,
            name,
            source,
            api_features,
        )
    }

    /// The same against the `plugin-api` in folder `api`.
    pub fn write_against(api: &Path, folder: &Path, name: &str, source: &str, api_features: &[&str]) -> Self {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.3.1\"\nedition = \"2024\"\nlicense = \"MIT\"\n\n\
             [lib]\ncrate-type = [\"cdylib\"]\n\n\
             [dependencies]\nneurotrain-plugin-api = {{ path = {:?}, features = {api_features:?} }}\n\n[workspace]\n",
            api
        );
        std::fs::create_dir_all(folder.join("src")).expect("the folder of the crate");
        std::fs::write(folder.join("Cargo.toml"), manifest).expect("its manifest");
        std::fs::write(folder.join("src/lib.rs"), source).expect("its source");
        Crate {
            name: name.to_owned(),
            folder: folder.to_owned(),
            features: Vec::new(),
        }
    }

    /// The crate `tests/fixtures/NAME`, whose package is called `package`.
    pub fn fixture(name: &str, package: &str) -> Self {
        let folder = workspace_root().join("tests/fixtures").join(name);
        Crate {
            name: package.to_owned(),
            folder,
            features: Vec::new(),
        }
    }

    /// With a cargo feature.
    #[must_use]
    pub fn feature(mut self, feature: &str) -> Self {
        self.features.push(feature.to_owned());
        self
    }

    /// Builds it into a target folder of its own and returns the dylib.
    ///
    /// # Panics
    /// With cargo's messages when it does not build.
    pub fn build(&self) -> PathBuf {
        let target = workspace_root()
            .join("target/strangers")
            .join(&self.name)
            .join(self.features.join("-"));
        let output = Command::new(env!("CARGO"))
            .args([
                "build",
                "--release",
                "--features",
                &self.features.join(","),
                "--target-dir",
            ])
            .arg(&target)
            .current_dir(&self.folder)
            .env_remove("CARGO_TARGET_DIR")
            .output()
            .expect("cargo starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let file = format!(
            "{}{}{}",
            std::env::consts::DLL_PREFIX,
            self.name.replace('-', "_"),
            std::env::consts::DLL_SUFFIX
        );
        target.join("release").join(file)
    }
}

/// The root of the repository.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}
