//! The folder of claims: taking jobs and seeing who has them.

use crate::beat::Beating;
use crate::claim::Claim;
use crate::clock;
use crate::files::{self, Found};
use crate::holder::Holder;
use neurotrain_plugin_api::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What a claim that cannot be understood is given before it is stale.
const UNREADABLE: Duration = Duration::from_secs(60);
/// Others may come first so many times before this gives up for now.
const ATTEMPTS: usize = 8;

/// The claims of one folder, as one process takes part in them.
#[derive(Debug)]
pub struct Claims {
    folder: PathBuf,
    worker: String,
    timeout: Duration,
    beating: Beating,
}

/// What came of the wish to take a job.
#[derive(Debug)]
pub enum Taken {
    /// This process has it now; the holder it was taken over from, if there was one.
    Mine(Claim, Option<Listed>),
    /// Another process has it.
    Held(Listed),
}

/// A claim as others see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The job.
    pub key: String,
    /// Who has it; none where the file cannot be understood.
    pub holder: Option<Holder>,
    /// Time since its latest sign of life.
    pub age: Duration,
    /// Whether the holder is dead or silent for too long, so that the job may be taken over.
    pub stale: bool,
}

impl Listed {
    /// Who has it, for a message.
    pub fn described(&self) -> String {
        match &self.holder {
            Some(holder) => holder.described(),
            None => "somebody who left no readable name".to_owned(),
        }
    }
}

impl Claims {
    /// Takes part in the claims of `folder`, which is made if it is not there; this process is called `worker` and
    /// counts as dead when it gives no sign for `timeout`.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn open(folder: &Path, worker: &str, timeout: Duration) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
        Ok(Claims {
            folder: folder.to_owned(),
            worker: worker.to_owned(),
            timeout,
            beating: Beating::start(timeout).map_err(|e| failed(folder, &e))?,
        })
    }

    /// Takes the job `key` if nobody has it, or whoever has it is dead.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn take(&self, key: &str) -> Result<Taken> {
        let fail = |e: std::io::Error| failed(&self.folder, &e);
        let mut latest = None;
        for _ in 0..ATTEMPTS {
            // Also has a network file system look at the folder again instead of remembering it.
            let now = clock::now(&self.folder);
            let Some(current) = self.current(key).map_err(fail)? else {
                if let Some(claim) = self.first(key).map_err(fail)? {
                    return Ok(Taken::Mine(claim, None));
                }
                continue;
            };
            let listed = judged(&current, now);
            if !listed.stale {
                return Ok(Taken::Held(listed));
            }
            if let Some(claim) = self.succeed(&current).map_err(fail)? {
                return Ok(Taken::Mine(claim, Some(listed)));
            }
            latest = Some(listed);
        }
        // Others are at it, so it is in hands.
        Ok(Taken::Held(latest.unwrap_or(Listed {
            key: key.to_owned(),
            holder: None,
            age: Duration::ZERO,
            stale: false,
        })))
    }

    /// All claims there are.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn list(&self) -> Result<Vec<Listed>> {
        list(&self.folder)
    }

    /// The time of the file system.
    pub fn now(&self) -> SystemTime {
        clock::now(&self.folder)
    }

    /// The claim file that counts for `key`.
    fn current(&self, key: &str) -> std::io::Result<Option<Found>> {
        for _ in 0..ATTEMPTS {
            let names = files::names(&self.folder)?;
            let highest = names.iter().filter(|(k, _)| k == key).map(|(_, n)| *n).max();
            let Some(number) = highest else {
                return Ok(None);
            };
            if let Some(found) = files::read(&self.folder, key, number)? {
                return Ok(Some(found));
            }
        }
        Err(std::io::Error::new(
            std::io::ErrorKind::StaleNetworkFileHandle,
            format!("claims on {key} come and go"),
        ))
    }

    /// A claim where there was none.
    fn first(&self, key: &str) -> std::io::Result<Option<Claim>> {
        let holder = Holder::this(key, &self.worker, self.timeout);
        Ok(files::create(&self.folder, &holder, 1)?.then(|| self.held(holder, 1)))
    }

    /// The claim after `stale`, unless somebody else was faster or the holder woke up.
    fn succeed(&self, stale: &Found) -> std::io::Result<Option<Claim>> {
        let (key, number) = (&stale.key, stale.number + 1);
        let holder = Holder::this(key, &self.worker, self.timeout);
        if !files::create(&self.folder, &holder, number)? {
            return Ok(None);
        }
        let same = files::read(&self.folder, key, stale.number)?
            .is_some_and(|now| now.holder == stale.holder && now.modified == stale.modified);
        if !same {
            files::remove(&self.folder, key, number)?;
            return Ok(None);
        }
        // Lowest first: whoever finds its predecessor gone has to know that everything before is gone, too.
        let mut earlier: Vec<u64> = files::names(&self.folder)?
            .into_iter()
            .filter_map(|(k, n)| (k == *key && n < number).then_some(n))
            .collect();
        earlier.sort_unstable();
        for number in earlier {
            files::remove(&self.folder, key, number)?;
        }
        Ok(Some(self.held(holder, number)))
    }

    fn held(&self, holder: Holder, number: u64) -> Claim {
        Claim::new(self.folder.clone(), holder, number, Arc::clone(&self.beating.0))
    }
}

/// All claims in `folder`, by key; none where there is no folder.
///
/// # Errors
/// Those of the file system.
pub fn list(folder: &Path) -> Result<Vec<Listed>> {
    let fail = |e: std::io::Error| failed(folder, &e);
    let mut highest: BTreeMap<String, u64> = BTreeMap::new();
    for (key, number) in files::names(folder).map_err(fail)? {
        let known = highest.entry(key).or_default();
        *known = number.max(*known);
    }
    let now = clock::now(folder);
    let mut listed = Vec::new();
    for (key, number) in highest {
        // One that is given back meanwhile is no claim.
        if let Some(found) = files::read(folder, &key, number).map_err(fail)? {
            listed.push(judged(&found, now));
        }
    }
    Ok(listed)
}

fn judged(found: &Found, now: SystemTime) -> Listed {
    let limit = found.holder.as_ref().and_then(Holder::timeout);
    let age = now.duration_since(found.modified).unwrap_or_default();
    Listed {
        key: found.key.clone(),
        stale: age > limit.unwrap_or(UNREADABLE) || found.holder.as_ref().is_some_and(Holder::is_dead),
        holder: found.holder.clone(),
        age,
    }
}

fn failed(folder: &Path, e: &std::io::Error) -> Error {
    Error::new(
        "io",
        format!("claims in {} cannot be read or written: {e}", folder.display()),
    )
    .with_hint("every machine that takes part needs to read and write this folder")
}
