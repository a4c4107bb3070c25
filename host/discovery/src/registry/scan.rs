//! Scanning the search path.

use super::cache::{Cache, CacheEntry, Stamp, Verdict, default_cache_file, host_identity, now};
use super::entry::{Duplicate, PluginEntry, Shadowed, Status};
use crate::descriptor::{ComponentKey, PluginDescriptor, read_descriptor};
use crate::fault::Refusal;
use crate::machine::Machine;
use crate::probe::{ProbeFailure, Prober, sha256_of};
use crate::search::{Candidate, Origin, PlaceState, SearchEntry, SearchOptions, candidates};
use serde::Serialize;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

/// How to scan.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// Where to look.
    pub search: SearchOptions,
    /// The cache; `None` does without.
    pub cache_file: Option<PathBuf>,
    /// Whether every file is probed again, whatever the cache says.
    pub rescan: bool,
    /// The machine the plugins are to run on.
    pub machine: Machine,
}

impl ScanOptions {
    /// The options of this process, with what its command line adds.
    pub fn from_process(plugin_path: Vec<PathBuf>, campaign: Option<PathBuf>) -> Self {
        ScanOptions {
            search: SearchOptions::from_process(plugin_path, campaign),
            cache_file: default_cache_file(),
            rescan: false,
            machine: Machine::current(),
        }
    }
}

/// All plugins, in the order in which they count.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Registry {
    /// Every file that was looked at, usable or not.
    pub plugins: Vec<PluginEntry>,
    /// Components hidden by files earlier on the path.
    pub shadowed: Vec<Shadowed>,
    /// Files reached a second time.
    pub duplicates: Vec<Duplicate>,
    /// Where was looked.
    pub search_path: Vec<SearchEntry>,
    /// Where verdicts are remembered.
    pub cache_file: Option<PathBuf>,
    /// What the user should be shown and no plugin is to blame for.
    pub warnings: Vec<String>,
}

impl Registry {
    /// Looks at every file on the search path, and probes those that are new or have changed.
    ///
    /// Nothing fails: what cannot be used is in the registry with its reason.
    pub fn scan(options: &ScanOptions, prober: &dyn Prober) -> Self {
        let search_path = options.search.search_path();
        let mut warnings = place_warnings(&search_path);
        let (found, again) = candidates(&search_path);
        let (cache, warning) = options.cache_file.as_deref().map(Cache::load).unwrap_or_default();
        warnings.extend(warning);
        let mut scan = Scan {
            options,
            prober,
            host: host_identity(&options.machine),
            cache,
            warnings,
        };
        let plugins: Vec<PluginEntry> = found
            .iter()
            .map(|candidate| scan.judge(candidate, search_path[candidate.place].origin))
            .collect();
        let Scan {
            cache,
            mut warnings,
            host,
            ..
        } = scan;
        if let Some(file) = &options.cache_file
            && let Err(error) = cache.save(file, &host)
        {
            warnings.push(format!(
                "the plugin cache `{}` cannot be written ({error}), so plugins are probed again each time; set \
                 NEUROTRAIN_CACHE_DIR to a folder that can be written",
                file.display()
            ));
        }
        Registry {
            shadowed: shadowed(&plugins),
            duplicates: again
                .into_iter()
                .map(|c| Duplicate {
                    path: c.path,
                    place: c.place,
                })
                .collect(),
            plugins,
            search_path,
            cache_file: options.cache_file.clone(),
            warnings,
        }
    }
}

struct Scan<'a> {
    options: &'a ScanOptions,
    prober: &'a dyn Prober,
    host: String,
    cache: Cache,
    warnings: Vec<String>,
}

impl Scan<'_> {
    fn judge(&mut self, candidate: &Candidate, origin: Origin) -> PluginEntry {
        let path = &candidate.path;
        let mut entry = PluginEntry {
            path: path.clone(),
            origin,
            place: candidate.place,
            status: Status::Ok,
            identity: None,
            descriptor: None,
            manifest: None,
            sha256: None,
            bytes: std::fs::metadata(path).map_or(0, |file| file.len()),
            probed_at: None,
            open_micros: None,
            cached: false,
        };
        // Never cached: it is cheap, and depends on the machine.
        match read_descriptor(path, &self.options.machine) {
            Ok(descriptor) => {
                entry.identity = Some(descriptor.identity());
                entry.descriptor = Some(descriptor.clone());
                if let Err(error) = self.probe(&mut entry, &descriptor) {
                    let failure = ProbeFailure::NotProbed(error);
                    entry.status = Status::Refused(failure.into_refusal(path, entry.identity.as_ref()));
                }
            }
            Err(error) => {
                entry.status = Status::Refused(Refusal::from(&error));
                entry.identity = error.plugin;
            }
        }
        entry
    }

    fn probe(&mut self, entry: &mut PluginEntry, descriptor: &PluginDescriptor) -> io::Result<()> {
        let path = std::path::absolute(&entry.path)?;
        let stamp = Stamp::of(&std::fs::metadata(&path)?);
        let known = self
            .cache
            .get(&path, &self.host)
            .filter(|_| !self.options.rescan)
            .cloned();
        if let Some(known) = known {
            let untouched = known.stamp == stamp;
            if untouched || sha256_of(&path)? == known.sha256 {
                apply(entry, &known, true);
                if !untouched {
                    self.cache.put(CacheEntry { stamp, ..known });
                }
                return Ok(());
            }
        }
        let mut sha256 = sha256_of(&path)?;
        tracing::debug!(file = %path.display(), "probing");
        let verdict = match self.prober.probe(&path) {
            Ok(report) if report.descriptor == *descriptor => {
                sha256.clone_from(&report.sha256);
                Verdict::Accepted(Box::new(report))
            }
            Ok(_) => {
                return Err(io::Error::other(
                    "the file changed while it was probed; try again",
                ));
            }
            Err(ProbeFailure::NotProbed(error)) => return Err(error),
            Err(failure) => {
                let quarantines = failure.quarantines();
                let refusal = failure.into_refusal(&entry.path, entry.identity.as_ref());
                if quarantines {
                    Verdict::Quarantined(refusal)
                } else {
                    Verdict::Refused(refusal)
                }
            }
        };
        let fresh = CacheEntry {
            path,
            host: self.host.clone(),
            stamp,
            sha256,
            probed_at: now(),
            verdict,
        };
        apply(entry, &fresh, false);
        self.cache.put(fresh);
        Ok(())
    }
}

fn apply(entry: &mut PluginEntry, known: &CacheEntry, cached: bool) {
    entry.bytes = known.stamp.bytes;
    entry.sha256 = Some(known.sha256.clone());
    entry.probed_at = Some(known.probed_at);
    entry.cached = cached;
    match &known.verdict {
        Verdict::Accepted(report) => {
            entry.manifest = Some(report.manifest.clone());
            entry.open_micros = Some(report.open_micros);
        }
        Verdict::Refused(refusal) => entry.status = Status::Refused(refusal.clone()),
        Verdict::Quarantined(refusal) => entry.status = Status::Quarantined(refusal.clone()),
    }
}

// A place that somebody named should be there; the others are only habits.
fn place_warnings(search_path: &[SearchEntry]) -> Vec<String> {
    search_path
        .iter()
        .filter(|place| matches!(place.origin, Origin::CommandLine | Origin::Environment))
        .filter_map(|place| {
            let why = match &place.state {
                PlaceState::Folder | PlaceState::File => return None,
                PlaceState::Missing => "does not exist",
                PlaceState::Unreadable(error) => error,
            };
            Some(format!(
                "`{}` ({}) is not searched: {why}",
                place.path.display(),
                place.origin
            ))
        })
        .collect()
}

fn shadowed(plugins: &[PluginEntry]) -> Vec<Shadowed> {
    let mut first: HashMap<ComponentKey, (&Path, Option<&str>)> = HashMap::new();
    let mut shadowed = Vec::new();
    for plugin in plugins {
        for component in plugin.manifest.iter().flat_map(|manifest| &manifest.components) {
            let key = ComponentKey {
                kind: component.kind.clone(),
                key: component.key.clone(),
            };
            match first.get(&key) {
                None => {
                    first.insert(key, (&plugin.path, plugin.sha256.as_deref()));
                }
                Some((used, sha256)) => shadowed.push(Shadowed {
                    component: key,
                    used: used.to_path_buf(),
                    ignored: plugin.path.clone(),
                    identical: sha256.is_some() && *sha256 == plugin.sha256.as_deref(),
                }),
            }
        }
    }
    shadowed
}
