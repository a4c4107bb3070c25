//! Arguments about sharing a campaign with other supervisors.

use crate::supervisor::{Mode, Shard, SharingOptions};
use clap::Args;
use std::time::Duration;

/// How the work is shared with other supervisors.
#[derive(Debug, Clone, Args)]
pub struct SharingArgs {
    /// Share the work with any number of others that are started like this, here or on machines that see the same folder:
    /// each takes runs that nobody has and those of dead ones, which go on from their checkpoints
    #[arg(long, conflicts_with = "force")]
    pub claim: bool,
    /// Do part I of N (from 1, as the elements of a job array are counted): every N-th run in the order of the campaign
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// With --claim: end when nothing is left to start, instead of waiting for the runs of others
    #[arg(long, requires = "claim")]
    pub no_wait: bool,
    /// With --claim: start no run; sum up what is finished or failed
    #[arg(long, requires = "claim")]
    pub no_new: bool,
    /// Seconds without a sign of life after which others may take over the runs of this supervisor
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = timeout)]
    pub claim_timeout: f64,
    /// What this supervisor is called where others see it [default: the job of the batch system it runs in]
    #[arg(long, value_name = "NAME")]
    pub worker_name: Option<String>,
}

impl SharingArgs {
    /// The wishes they express.
    pub(crate) fn options(&self, retry_failed: bool) -> SharingOptions {
        SharingOptions {
            mode: match (self.claim, self.shard) {
                (true, shard) => Mode::Shared(shard),
                (false, Some(shard)) => Mode::Part(shard),
                (false, None) => Mode::Alone,
            },
            worker: self.worker_name.clone().unwrap_or_else(batch_job),
            timeout: Duration::from_secs_f64(self.claim_timeout),
            wait: !self.no_wait,
            start: !self.no_new,
            retry_failed,
        }
    }
}

/// The job of a batch system that this process is part of.
fn batch_job() -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let pair = |system: &str, job: Option<String>, task: Option<String>| {
        let task = task.map(|task| format!("_{task}")).unwrap_or_default();
        job.map(|job| format!("{system} {job}{task}"))
    };
    let array = pair(
        "slurm",
        variable("SLURM_ARRAY_JOB_ID"),
        variable("SLURM_ARRAY_TASK_ID"),
    );
    array
        .or_else(|| pair("slurm", variable("SLURM_JOB_ID"), None))
        .or_else(|| pair("hyperqueue", variable("HQ_JOB_ID"), variable("HQ_TASK_ID")))
        .or_else(|| {
            pair(
                "kubernetes",
                variable("HOSTNAME"),
                variable("JOB_COMPLETION_INDEX"),
            )
            .filter(|_| variable("JOB_COMPLETION_INDEX").is_some())
        })
        .unwrap_or_default()
}

fn timeout(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (1.0..=86_400.0).contains(&seconds) => Ok(seconds),
        Ok(_) => Err("must be between 1 and 86400 seconds".to_owned()),
        Err(e) => Err(e.to_string()),
    }
}
