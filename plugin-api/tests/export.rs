//! An author's names may be those that the export macro uses itself.

mod ops {
    use neurotrain_plugin_api::{Component, Config, Ctx, Dataset, DatasetInfo, Error, Result, Samples};

    pub(crate) struct Bundle;

    impl Dataset for Bundle {
        const KEY: &'static str = "bundle";

        fn manifest() -> Component {
            Component::new(Self::KEY, "", "")
        }
        fn open(_: &Config, _: &Ctx) -> Result<Self> {
            Ok(Bundle)
        }
        fn info(&self) -> DatasetInfo {
            DatasetInfo::default()
        }
        fn read(&self, _: &str, _: &[u64]) -> Result<Samples> {
            Err(Error::bad_data("there is nothing"))
        }
    }
}

neurotrain_plugin_api::export_plugin!(datasets: [ops::Bundle]);

#[test]
fn names_of_the_author_may_be_those_of_the_boundary() {
    // That this file compiles is the test: `ops` is a module of the boundary, too.
    assert_eq!(<ops::Bundle as neurotrain_plugin_api::Dataset>::KEY, "bundle");
}
