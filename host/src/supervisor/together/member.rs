//! The supervisors at a campaign: each says so by a claim, and sees the others by theirs.

use super::mode::{Mode, SharingOptions};
use crate::supervisor::folders::CampaignFolder;
use neurotrain_claims::{Claim, Claims, Listed, Taken};
use neurotrain_plugin_api::{Error, Result};
use std::time::SystemTime;

/// The folder of claims in that of a campaign.
pub(crate) const CLAIMS_FOLDER: &str = "claims";
/// Key of a supervisor that takes everything.
const ALONE: &str = "campaign";
/// Beginning of the key of one that takes a part.
const PART: &str = "shard-";
/// Beginning of the key of one that takes what nobody has.
const SHARED: &str = "supervisor-";

/// This supervisor as one of those at a campaign.
#[derive(Debug)]
pub(crate) struct Member {
    claims: Claims,
    options: SharingOptions,
    others: Vec<Listed>,
    joined: SystemTime,
    // Given back after everything else.
    _presence: Claim,
}

/// Whether a claim is about taking part and not about a run.
pub(crate) fn is_membership(key: &str) -> bool {
    key == ALONE || key.starts_with(PART) || key.starts_with(SHARED)
}

impl Member {
    /// Takes part in the campaign in `folder`.
    ///
    /// # Errors
    /// `busy` when whoever is at work there cannot share with this one.
    pub(crate) fn join(folder: &CampaignFolder, options: &SharingOptions) -> Result<Self> {
        let claims = Claims::open(
            &folder.path().join(CLAIMS_FOLDER),
            &options.worker,
            options.timeout,
        )?;
        // First its own name, then a look at the others, so that of two that begin at once neither misses the other.
        let own = key(options.mode);
        let presence = match claims.take(&own)? {
            Taken::Mine(claim, _) => claim,
            Taken::Held(other) => return Err(busy(folder, options.mode, &other)),
        };
        let mut others = Vec::new();
        for other in claims.list()? {
            if !is_membership(&other.key) || other.key == own {
                continue;
            }
            if other.stale {
                continue;
            }
            if may_share(options.mode, &other.key) {
                others.push(other);
            } else {
                return Err(busy(folder, options.mode, &other));
            }
        }
        Ok(Member {
            joined: claims.now(),
            claims,
            options: options.clone(),
            others,
            _presence: presence,
        })
    }

    /// Takes the run or trial `key`, if nobody has it.
    pub(crate) fn take(&self, key: &str) -> Result<Taken> {
        self.claims.take(key)
    }

    /// Who has what.
    pub(crate) fn list(&self) -> Result<Vec<Listed>> {
        self.claims.list()
    }

    /// Supervisors that were at work when this one joined.
    pub(crate) fn others(&self) -> &[Listed] {
        &self.others
    }

    /// What the user wishes.
    pub(crate) fn options(&self) -> &SharingOptions {
        &self.options
    }

    /// Whether a run that failed at `time` is left as it is.
    pub(crate) fn respects_failure(&self, time: SystemTime) -> bool {
        let again = self.options.retry_failed || !self.options.mode.is_shared();
        !self.options.start || !again || time >= self.joined
    }
}

impl Drop for Member {
    /// Clears away what dead ones left.
    fn drop(&mut self) {
        let stale = |claim: &Listed| claim.stale && is_membership(&claim.key);
        let dead = self.claims.list().unwrap_or_default();
        for claim in dead.into_iter().filter(stale) {
            if let Err(e) = self.claims.take(&claim.key).map(drop) {
                tracing::debug!("{e}");
            }
        }
    }
}

fn key(mode: Mode) -> String {
    match mode {
        Mode::Alone => ALONE.to_owned(),
        Mode::Part(shard) => format!("{PART}{shard}"),
        Mode::Shared(_) => format!("{SHARED}{}", neurotrain_claims::unique_name()),
    }
}

fn may_share(mode: Mode, other: &str) -> bool {
    match mode {
        Mode::Alone => false,
        // Other parts of the same whole have other names.
        Mode::Part(shard) => other.starts_with(PART) && other.ends_with(&format!("-of-{}", shard.of)),
        Mode::Shared(_) => other.starts_with(SHARED),
    }
}

fn busy(folder: &CampaignFolder, mode: Mode, other: &Listed) -> Error {
    let how = match other.key.as_str() {
        ALONE => String::new(),
        key => match key.strip_prefix(PART) {
            Some(part) => format!(", which does part {}", part.replacen("-of-", "/", 1)),
            None => ", which shares it (--claim)".to_owned(),
        },
    };
    let shared = other.key.starts_with(SHARED);
    let hint = match mode {
        Mode::Shared(_) => {
            "it was started without --claim: wait for it, or stop it (runs go on from their checkpoints) and start both \
             with --claim"
        }
        _ if shared => "add --claim to share the work",
        _ => {
            "add --claim to share the work (the other one has to be started with it, too), or wait for it to end"
        }
    };
    Error::new(
        "busy",
        format!(
            "{} is being run by {}{how}",
            folder.path().display(),
            other.described()
        ),
    )
    .with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::super::mode::Shard;
    use super::*;
    use std::time::Duration;

    fn options(mode: Mode) -> SharingOptions {
        SharingOptions {
            mode,
            worker: "test".to_owned(),
            timeout: Duration::from_secs(60),
            wait: true,
            start: true,
            retry_failed: false,
        }
    }

    #[test]
    fn only_those_that_can_share_work_together() {
        let out = tempfile::tempdir().unwrap();
        let folder = CampaignFolder::create(out.path(), "c").unwrap();
        let join = |mode| Member::join(&folder, &options(mode));
        let part = |index, of| Mode::Part(Shard { index, of });
        let refused = |mode, word: &str| {
            let error = join(mode).unwrap_err();
            assert_eq!(error.code(), "busy");
            assert!(error.to_string().contains(word), "{error}");
        };
        {
            let _alone = join(Mode::Alone).unwrap();
            refused(Mode::Alone, "add --claim");
            refused(Mode::Shared(None), "without --claim");
            refused(part(1, 2), "process");
        }
        {
            let one = join(Mode::Shared(None)).unwrap();
            let two = join(Mode::Shared(None)).unwrap();
            assert!(one.others().is_empty() && two.others().len() == 1);
            refused(Mode::Alone, "add --claim to share");
            refused(part(1, 2), "--claim");
        }
        {
            let _first = join(part(1, 2)).unwrap();
            let _second = join(part(2, 2)).unwrap();
            refused(part(1, 2), "part 1/2");
            refused(part(1, 3), "part");
            refused(Mode::Shared(None), "part");
        }
        join(Mode::Alone).unwrap();
    }
}
