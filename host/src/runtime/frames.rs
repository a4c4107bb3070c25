//! Where frames of recordings are kept between runs.

use neurotrain_discovery::cache_folder;
use neurotrain_loader::FrameCache;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What is to be kept, and what decides its content.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameSource<'a> {
    /// `auto`, `off` or a folder.
    pub(crate) setting: &'a str,
    /// Bytes that all entries may take.
    pub(crate) max_bytes: u64,
    /// Key of the data set.
    pub(crate) dataset: &'a str,
    /// Digest of its plugin.
    pub(crate) plugin: &'a str,
    /// All its parameters.
    pub(crate) config: &'a Map<String, Value>,
}

/// The folder that `auto` means; none without a home folder.
pub(crate) fn default_frame_folder() -> Option<PathBuf> {
    Some(cache_folder()?.join("frames"))
}

/// Where the loader keeps frames; none where it does not.
pub(crate) fn frame_cache(source: &FrameSource<'_>) -> Option<FrameCache> {
    let folder = match source.setting {
        "off" => return None,
        "auto" => default_frame_folder()?,
        folder => PathBuf::from(folder),
    };
    // Parameters of the host's own that change neither what is decoded nor how it is framed.
    const OTHERS: [&str; 4] = ["drop_last", "augment", "random_test", "coding"];
    let mut config: Vec<(&String, &Value)> = source
        .config
        .iter()
        .filter(|(key, _)| !OTHERS.contains(&key.as_str()))
        .collect();
    config.sort_by_key(|(key, _)| *key);
    let config: Vec<String> = config
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    Some(FrameCache {
        folder,
        max_bytes: source.max_bytes,
        dataset: source.dataset.to_owned(),
        identity: format!("plugin {}\n{}", source.plugin, config.join("\n")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity(config: Value) -> String {
        let config = config.as_object().unwrap().clone();
        let source = FrameSource {
            setting: "here",
            max_bytes: 7,
            dataset: "NMNIST",
            plugin: "00ff",
            config: &config,
        };
        let cache = frame_cache(&source).unwrap();
        assert_eq!((cache.folder.as_path(), cache.max_bytes), ("here".as_ref(), 7));
        assert!(
            frame_cache(&FrameSource {
                setting: "off",
                ..source
            })
            .is_none()
        );
        cache.identity
    }

    #[test]
    fn what_decides_frames_is_told() {
        let base = identity(json!({"T": 10, "first_saccade_only": true, "drop_last": null}));
        assert_eq!(
            base,
            identity(json!({"first_saccade_only": true, "drop_last": true, "T": 10}))
        );
        assert_ne!(base, identity(json!({"T": 10, "first_saccade_only": false})));
    }
}
