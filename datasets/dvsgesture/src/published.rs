//! Where the recordings are published.

use neurotrain_plugin_api::Source;

/// tonic's recordings, and the original ones as another edition, which their publisher gives to people only.
pub(crate) fn sources() -> Vec<Source> {
    let repacked = |name, folder: &str, id: u32, md5| {
        Source::file(name)
            .mirror(&format!("https://figshare.com/ndownloader/files/{id}"))
            .mirror(&format!("https://ndownloader.figshare.com/files/{id}"))
            .md5(md5)
            .unpacks_to(&[folder])
    };
    let original = |name, md5| {
        Source::manual(
            name,
            "open https://ibm.ent.box.com/s/3hiq58ww1pbbjrinh367ykfdf60xsfm8/folder/50167556794 in a browser, download \
             it, put it here, and unpack it if it is an archive (`tar xzf DvsGesture.tar.gz`)",
        )
        .md5(md5)
        .edition("original")
    };
    vec![
        repacked(
            "ibmGestureTrain.tar.gz",
            "ibmGestureTrain",
            38_022_171,
            "3a8f0d4120a166bac7591f77409cb105",
        ),
        repacked(
            "ibmGestureTest.tar.gz",
            "ibmGestureTest",
            38_020_584,
            "56070e45dadaa85fff82e0fbfbc06de5",
        ),
        original("DvsGesture.tar.gz", "8a5c71fb11e24e5ca5b11866ca6c00a1"),
        original("gesture_mapping.csv", "109b2ae64a0e1f3ef535b18ad7367fd1").optional(),
        original("LICENSE.txt", "065e10099753156f18f51941e6e44b66").optional(),
        original("README.txt", "a0663d3b1d8307c329a43d949ee32d19").optional(),
    ]
}
