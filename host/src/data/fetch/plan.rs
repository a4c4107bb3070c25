//! What is to be fetched, from where, to where.

use super::super::arguments::FetchArgs;
use super::super::places::folder_names;
use neurotrain_fetch::{file_below, is_web_address};
use neurotrain_plugin_api::{Component, Error, Result, Source};
use std::path::{Path, PathBuf};

/// A file to be fetched.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item<'a> {
    pub(super) key: &'a str,
    pub(super) source: &'a Source,
    pub(super) mirrors: Vec<String>,
    pub(super) target: PathBuf,
}

impl Item<'_> {
    /// Whether everything that the archive unpacks to is there.
    pub(super) fn is_unpacked(&self) -> bool {
        let entries = &self.source.unpacks_to;
        let folder = self.target.parent().unwrap_or(Path::new("."));
        !entries.is_empty() && entries.iter().all(|entry| folder.join(entry).exists())
    }
}

/// The files of `component` that are asked for, below the data folder `into`.
pub(super) fn plan<'a>(component: &'a Component, args: &FetchArgs, into: &Path) -> Result<Vec<Item<'a>>> {
    if component.sources.is_empty() {
        return Err(Error::new(
            "missing-data",
            format!("`{}` has nothing to fetch: its plugin names no sources", component.key),
        )
        .with_hint(format!(
            "it may be part of its plugin (`neurotrain data list`), or `neurotrain plugins show {}` says where it \
             comes from",
            component.key
        )));
    }
    if let Some(wrong) = args.mirror.iter().find(|base| !is_web_address(base)) {
        return Err(Error::new(
            "usage",
            format!("`--mirror {wrong}` does not begin with http:// or https://"),
        ));
    }
    let names = folder_names(component);
    let folder = names.first().copied().unwrap_or(&component.key);
    let own = file_below(into, folder)?;
    let wanted = |s: &&Source| s.edition == args.edition && (args.optional || !s.optional);
    let items: Vec<Item<'_>> = component
        .sources
        .iter()
        .filter(wanted)
        .map(|source| {
            Ok(Item {
                key: &component.key,
                source,
                mirrors: mirrors(source, folder, &args.mirror),
                target: file_below(&own, &source.name)?,
            })
        })
        .collect::<Result<_>>()?;
    match items.is_empty() {
        true => Err(no_edition(component, &args.edition)),
        false => Ok(items),
    }
}

/// The addresses of a file: the user's, else the published ones.
fn mirrors(source: &Source, folder: &str, bases: &[String]) -> Vec<String> {
    if bases.is_empty() {
        return source.mirrors.clone();
    }
    let urls = bases.iter().flat_map(|base| {
        let base = base.trim_end_matches('/');
        [
            format!("{base}/{folder}/{}", source.name),
            format!("{base}/{}", source.name),
        ]
    });
    urls.collect()
}

fn no_edition(component: &Component, edition: &str) -> Error {
    let mut names: Vec<String> = component
        .sources
        .iter()
        .map(|s| match s.edition.as_str() {
            "" => "the usual one".to_owned(),
            name => format!("`{name}`"),
        })
        .collect();
    names.dedup();
    Error::new("usage", format!("`{}` has no edition `{edition}`", component.key))
        .with_hint(format!("there is {}", names.join(" and ")))
}
