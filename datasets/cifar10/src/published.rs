//! Where the official archives are published.

use neurotrain_plugin_api::Source;

/// The binary version, and the python version as another edition; both are read without unpacking.
pub(crate) fn sources() -> Vec<Source> {
    const SITE: &[&str] = &["https://www.cs.toronto.edu/~kriz"];
    vec![
        Source::file("cifar-10-binary.tar.gz")
            .mirrors_below(SITE)
            .bytes(170_052_171)
            .md5("c32a1d4ab5d03f1284b67883e8d87530"),
        Source::file("cifar-10-python.tar.gz")
            .mirrors_below(SITE)
            .bytes(170_498_071)
            .md5("c58f30108f718f92721af3b95e74349a")
            .edition("python"),
    ]
}
