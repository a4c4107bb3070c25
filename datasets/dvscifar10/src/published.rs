//! Where the recordings are published.

use neurotrain_plugin_api::Source;

/// The original archive of each class: name, number at figshare, MD5.
const ORIGINAL: [(&str, u32, &str); 10] = [
    ("airplane", 7_712_788, "0afd5c4bf9ae06af762a77b180354fdd"),
    ("automobile", 7_712_791, "8438dfeba3bc970c94962d995b1b9bdd"),
    ("bird", 7_712_794, "a9c207c91c55b9dc2002dc21c684d785"),
    ("cat", 7_712_812, "52c63c677c2b15fa5146a8daf4d56687"),
    ("deer", 7_712_815, "b6bf21f6c04d21ba4e23fc3e36c8a4a3"),
    ("dog", 7_712_818, "f379ebdf6703d16e0a690782e62639c3"),
    ("frog", 7_712_842, "cad6ed91214b1c7388a5f6ee56d08803"),
    ("horse", 7_712_851, "e7cbbf77bec584ffbf913f00e682782a"),
    ("ship", 7_712_836, "41c7bd7d6b251be82557c6cce9a7d5c9"),
    ("truck", 7_712_839, "89f3922fd147d9aeff89e76a2b0b70a7"),
];

/// tonic's recordings (AEDAT 4) in one archive of archives, and the original ones (AEDAT 2.0) as another edition.
pub(crate) fn sources() -> Vec<Source> {
    let classes: Vec<String> = ORIGINAL
        .iter()
        .map(|(class, ..)| format!("{class}.zip"))
        .collect();
    let entries: Vec<&str> = classes.iter().map(String::as_str).collect();
    let mut sources = vec![
        Source::file("CIFAR10DVS.zip")
            .mirror("https://figshare.com/ndownloader/files/38023437")
            .mirror("https://ndownloader.figshare.com/files/38023437")
            .md5("ce3a4a0682dc0943703bd8f749a7701c")
            .unpacks_to(&entries),
    ];
    sources.extend(ORIGINAL.iter().zip(&classes).map(|((_, id, md5), name)| {
        Source::file(name)
            .mirror(&format!("https://ndownloader.figshare.com/files/{id}"))
            .mirror(&format!("https://figshare.com/ndownloader/files/{id}"))
            .md5(md5)
            .edition("original")
    }));
    sources
}
