//! Damaged archives are read or refused with their name, never a panic.

use crate::made_up::write_archives;
use crate::support::read;
use neurotrain_data_files::testing::TestHost;
use neurotrain_data_nmnist::NMnist;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn archives(
        cut in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 0..4),
    ) {
        let dir = tempfile::tempdir().unwrap();
        write_archives(dir.path());
        let path = dir.path().join("train.zip");
        let mut bytes = std::fs::read(&path).unwrap();
        for (at, mask) in &flips {
            let at = at.index(bytes.len());
            bytes[at] ^= mask;
        }
        if flips.is_empty() {
            bytes.truncate(cut.index(bytes.len()));
        }
        std::fs::write(&path, &bytes).unwrap();
        let read = TestHost::with_dir(dir.path())
            .open::<NMnist>(&[])
            .and_then(|data| read(&data, "train", &(0..20).collect::<Vec<_>>()));
        match read {
            Ok((events, labels)) => {
                prop_assert!(!flips.is_empty(), "a truncated archive was read");
                prop_assert_eq!(events.samples(), labels.len());
            }
            // A name that is changed in the listing may leave fewer members than are asked for.
            Err(error) => prop_assert!(
                error.message().contains("train.zip") || error.code() == "bad-request",
                "{error:?}"
            ),
        }
    }
}
