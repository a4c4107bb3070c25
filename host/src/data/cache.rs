//! `neurotrain data cache`: frames of recordings that are kept between runs.

use crate::output::{Console, table};
use crate::runtime::default_frame_folder;
use anyhow::Result;
use clap::{Args, Subcommand};
use neurotrain_loader::{CacheFolder, CachedEntry, DEFAULT_CACHE_BYTES};
use neurotrain_plugin_api::Error;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::SystemTime;

/// Arguments of `data cache`.
#[derive(Debug, Clone, Subcommand)]
pub enum CacheCommand {
    /// List the entries, the one used longest ago first
    Ls {
        /// Which folder
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Remove what interrupted runs have left, and entries used longest ago until the rest fits
    #[command(after_help = "Examples:
  neurotrain data cache gc                  # down to 8 GiB
  neurotrain data cache gc --max 500MB
  neurotrain data cache gc --all

Entries that a run uses stay. A run makes room by itself (`runtime.cache_bytes`), and builds again what it needs.")]
    Gc {
        /// What may be left, for instance 500MB or 2GiB [default: 8GiB]
        #[arg(long, value_name = "SIZE", value_parser = size, conflicts_with = "all")]
        max: Option<u64>,
        /// Leave nothing that is not in use
        #[arg(long)]
        all: bool,
        /// Which folder
        #[command(flatten)]
        place: PlaceArgs,
    },
}

/// Which folder is meant, and how to answer.
#[derive(Debug, Clone, Args)]
pub struct PlaceArgs {
    /// The folder, where a campaign names one (`runtime.cache`) [default: `frames` in NEUROTRAIN_CACHE_DIR or the user's
    /// cache folder]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Answers `neurotrain data cache …`.
///
/// # Errors
/// When there is no folder or it cannot be read.
pub(super) fn answer(command: &CacheCommand, console: &Console) -> Result<()> {
    match command {
        CacheCommand::Ls { place } => {
            let folder = open(place)?;
            let entries = folder.entries().map_err(|e| failed(&folder, e))?;
            match place.json {
                true => console.print(&serde_json::to_string_pretty(&listed_json(&folder, &entries))?),
                false => console.print(&listed(&folder, &entries)),
            }
        }
        CacheCommand::Gc { max, all, place } => {
            let folder = open(place)?;
            let most = if *all {
                0
            } else {
                max.unwrap_or(DEFAULT_CACHE_BYTES)
            };
            let freed = folder.shrink(most).map_err(|e| failed(&folder, e))?;
            match place.json {
                true => console.print(&serde_json::to_string_pretty(&json!({
                    "folder": folder.path(), "removed": freed.entries, "bytes": freed.bytes, "left": freed.left,
                }))?),
                false => console.print(&format!(
                    "{} of {} in {} removed, {} left",
                    counted(freed.entries),
                    shown(freed.bytes),
                    folder.path().display(),
                    shown(freed.left)
                )),
            }
            if freed.left > most {
                console.note("What is left is used by runs.");
            }
        }
    }
    Ok(())
}

fn open(place: &PlaceArgs) -> Result<CacheFolder> {
    let folder = place.folder.clone().or_else(default_frame_folder);
    let folder = folder.ok_or_else(|| {
        Error::new("missing-data", "there is no home folder, and so no cache")
            .with_hint("name the folder with `--folder`, or set NEUROTRAIN_CACHE_DIR")
    })?;
    Ok(CacheFolder::new(folder))
}

fn failed(folder: &CacheFolder, error: std::io::Error) -> Error {
    Error::from(error).context(format!("{}", folder.path().display()))
}

fn listed(folder: &CacheFolder, entries: &[CachedEntry]) -> String {
    let place = folder.path().display();
    if entries.is_empty() {
        return format!("Nothing is kept in {place}.");
    }
    let rows = entries.iter().map(|entry| {
        let (data, split) = match &entry.content {
            Ok((data, split)) => (data.clone(), split.clone()),
            Err(why) => ("unusable".to_owned(), why.clone()),
        };
        let file = entry.path.file_stem().unwrap_or_default().to_string_lossy();
        vec![
            data,
            split,
            shown(entry.bytes),
            ago(entry.used),
            if entry.in_use { "yes" } else { "" }.to_owned(),
            file.rsplit('-').next().unwrap_or_default().to_owned(),
        ]
    });
    let total: u64 = entries.iter().map(|entry| entry.bytes).sum();
    format!(
        "{}\n{}, {} in {place}",
        table(&["data", "split", "size", "last used", "in use", "key"], rows),
        counted(entries.len()),
        shown(total)
    )
}

fn listed_json(folder: &CacheFolder, entries: &[CachedEntry]) -> Value {
    let list = entries.iter().map(|entry| {
        let seconds = entry.used.duration_since(SystemTime::UNIX_EPOCH);
        let (data, split, fault) = match &entry.content {
            Ok((data, split)) => (Some(data), Some(split), None),
            Err(why) => (None, None, Some(why)),
        };
        json!({
            "file": entry.path, "dataset": data, "split": split, "bytes": entry.bytes, "in_use": entry.in_use,
            "last_used": seconds.map_or(0, |s| s.as_secs()), "fault": fault,
        })
    });
    json!({ "folder": folder.path(), "entries": list.collect::<Vec<_>>() })
}

fn counted(entries: usize) -> String {
    match entries {
        1 => "1 entry".to_owned(),
        n => format!("{n} entries"),
    }
}

fn shown(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

fn ago(time: SystemTime) -> String {
    let seconds = time.elapsed().map_or(0, |elapsed| elapsed.as_secs());
    match seconds {
        0..120 => format!("{seconds} s ago"),
        120..7_200 => format!("{} min ago", seconds / 60),
        7_200..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// A number of bytes, with a unit or without.
fn size(text: &str) -> std::result::Result<u64, String> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        "tib" => 1_099_511_627_776.0,
        _ => {
            return Err(format!(
                "`{unit}` is none of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"
            ));
        }
    };
    match number.parse::<f64>() {
        Ok(n) => Ok((n * factor) as u64),
        Err(_) => Err("a size is a number with or without a unit, for instance 500MB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("0"), Ok(0));
        assert_eq!(size("500MB"), Ok(500_000_000));
        assert_eq!(size("1.5 GiB"), Ok(3 << 29));
        assert!(size("MB").is_err() && size("5 parsecs").is_err() && size("1.2.3").is_err());
        assert_eq!(
            (shown(999), shown(1_500), shown(2_500_000_000)),
            ("999 B".into(), "1.5 kB".into(), "2.5 GB".into())
        );
    }

    #[test]
    fn an_empty_folder_is_no_fault() {
        let dir = tempfile::tempdir().unwrap();
        let folder = CacheFolder::new(dir.path().join("none"));
        assert!(listed(&folder, &folder.entries().unwrap()).starts_with("Nothing is kept in"));
        assert_eq!(folder.shrink(0).unwrap().entries, 0);
    }
}
