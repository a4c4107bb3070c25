//! `neurotrain data preview`.

use super::arguments::PreviewArgs;
use super::protocol::Work;
use super::selection::{advance, advise, sample_bar, select};
use crate::cli::Exit;
use crate::output::Console;
use crate::runtime::DataSearch;
use anyhow::{Context, Result};

pub(super) fn run(args: &PreviewArgs, console: &Console) -> Result<Exit> {
    let one = &args.one;
    let registry = one.search.scan()?;
    let data = DataSearch::new(&one.search.data_dir);
    let selected = select(&registry, std::slice::from_ref(&one.key), &one.set)?;
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot create {}", args.out.display()))?;
    for selected in &selected {
        let bar = sample_bar(console, selected.key());
        let work = Work::Draw {
            samples: one.samples,
            out: std::path::absolute(&args.out)?,
        };
        let opened = selected
            .open(&data, &work, &mut advance(&bar))
            .map_err(|e| advise(selected, e));
        bar.finish_and_clear();
        for picture in opened?.answer.pictures {
            let name = picture.file_name().unwrap_or_default();
            console.print(&args.out.join(name).display().to_string());
        }
    }
    Ok(Exit::Done)
}
