//! The subsets that are part of this plugin.

use crate::checksums::Checksums;

/// Four bundled files and the checksums of their contents.
#[derive(Debug)]
pub(crate) struct Bundled {
    /// Training images, training labels, test images, test labels: name within the plugin and content.
    pub(crate) files: [(&'static str, &'static [u8]); 4],
    /// SHA-256 of the decompressed contents.
    pub(crate) checksums: Checksums,
}

macro_rules! files {
    ($folder:literal) => {
        [
            files!(@one $folder, "train-images-idx3-ubyte.gz"),
            files!(@one $folder, "train-labels-idx1-ubyte.gz"),
            files!(@one $folder, "t10k-images-idx3-ubyte.gz"),
            files!(@one $folder, "t10k-labels-idx1-ubyte.gz"),
        ]
    };
    (@one $folder:literal, $name:literal) => {
        (concat!("bundled/", $folder, "/", $name), include_bytes!(concat!("../data/", $folder, "/", $name)))
    };
}

/// MNIST: 300 training and 100 test images of every class.
pub(crate) const MNIST: Bundled = Bundled {
    files: files!("mnist"),
    checksums: [
        "04dc55b9072e88982f00c049c1092bb9f06118d3152ab2dac88b674efba0e9aa",
        "3a69e20f4a9ede3b09857101d9eba527da93a31693538b1c58c2e9ba371d19ce",
        "b97c8bfeb834d8e7999eaa2d69239abe06653dc09c1e5d7eb0c974c5965bc6a9",
        "41cf2f530031915ba9fbb241407c369dba1acd7515053edff48cebeee8b260f4",
    ],
};

/// Fashion-MNIST: the first 150 training and 50 test images of every class.
pub(crate) const FASHION_MNIST: Bundled = Bundled {
    files: files!("fashion-mnist"),
    checksums: [
        "1fd0769cad235f8cfb0c3ed6f7e52fd005c4c50088f9dc43d52051ca70ecc672",
        "3317de950899d958f766f29ecbead3f0364f40cd4fd0659d2ae0244c4fa5d0a2",
        "8fdf02ada67d92f4db5ba3c2f6c5b1cc6186ba6e0efd4914661e4389e103b81e",
        "9c71808b3a0ebfc091442c0009a7aa35be2d9622bf6aaf6891ce9a0088e96c07",
    ],
};
