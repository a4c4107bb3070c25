//! A data set of somebody else, that says where its file comes from: thirty images of 10×10 bytes, two classes.

use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Error, FileInfo, ParamSchema, Result, Samples, Source,
};

pub struct Squares {
    bytes: Vec<u8>,
    fault: String,
}

impl Dataset for Squares {
    const KEY: &'static str = "squares";

    fn manifest() -> Component {
        let mut component = Component::new(Self::KEY, "Squares", "a fixture").sources(vec![
            Source::file("values.bin")
                .mirror("http://127.0.0.1:9/values.bin")
                .bytes(3000)
                .md5("a216503cb86d01a23e71e047d4ccf001"),
            Source::file("more.bin")
                .mirror("http://127.0.0.1:9/more.bin")
                .optional(),
            Source::manual("signed.bin", "sign the form").edition("original"),
        ]);
        component.params = vec![ParamSchema::choice(
            "fault",
            "none",
            &["none", "abort", "label"],
            "what goes wrong",
        )];
        component
    }

    fn open(config: &Config, ctx: &Ctx) -> Result<Self> {
        let dirs = ctx.data_dirs(Self::KEY)?;
        let path = dirs
            .iter()
            .map(|dir| dir.join("squares/values.bin"))
            .find(|path| path.is_file());
        let path = path.ok_or_else(|| Error::new("missing-data", "squares/values.bin was not found"))?;
        Ok(Squares {
            bytes: std::fs::read(path).map_err(Error::from)?,
            fault: config.text("fault")?.to_owned(),
        })
    }

    fn info(&self) -> DatasetInfo {
        DatasetInfo {
            kind: "image".into(),
            shape: vec![1, 10, 10],
            classes: 2,
            splits: vec![("train".into(), 20), ("test".into(), 10)],
            scale: 1.0 / 255.0,
            files: vec![FileInfo {
                name: "values.bin".into(),
                bytes: 3000,
                sha256: String::new(),
            }],
            ..DatasetInfo::default()
        }
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        if self.fault == "abort" {
            eprintln!("about to abort");
            std::process::abort();
        }
        let first = if split == "train" { 0 } else { 20 };
        let mut values = Vec::new();
        for i in indices {
            let at = (first + *i as usize) * 100;
            let image = self.bytes.get(at..at + 100);
            values.extend_from_slice(image.ok_or_else(|| {
                Error::bad_data(format!(
                    "values.bin: ends at offset {}, before sample {i}",
                    self.bytes.len()
                ))
            })?);
        }
        let wrong = if self.fault == "label" { 7 } else { 0 };
        Ok(Samples::Bytes {
            values,
            labels: indices.iter().map(|i| (*i % 2) as i64 + wrong).collect(),
        })
    }
}

neurotrain_plugin_api::export_plugin!(datasets: [Squares]);
