//! Slurm: a job array, and a job that sums up after it.

use super::order::Order;
use super::{ask, script, text_of};
use crate::campaign_commands::arguments::SubmitArgs;
use neurotrain_plugin_api::{Error, Result};

const WORKER: &str = "worker.sbatch";
const SUMMARY: &str = "summary.sbatch";
const SYSTEM: &str = "Slurm";
/// An element is queued again so many times at most, so that one that makes no progress ends.
const RESTARTS: u32 = 1000;

/// The scripts.
pub(super) fn files(order: &Order, args: &SubmitArgs) -> Vec<(&'static str, String)> {
    vec![(WORKER, worker(order, args)), (SUMMARY, summary(order, args))]
}

/// Hands them over; what was done, line by line.
pub(super) fn submit(order: &Order) -> Result<Vec<String>> {
    check_array_size(order.workers)?;
    let place = |name: &str| order.submit_folder().join(name);
    let array = job_id(&ask("sbatch", &["--parsable"], &[place(WORKER)], SYSTEM).map_err(explained)?);
    let after = format!("--dependency=afterany:{array}");
    let summary = ask("sbatch", &["--parsable", &after], &[place(SUMMARY)], SYSTEM).map_err(|e| {
        e.context(format!(
            "job array {array} is queued, but not the job that sums up"
        ))
        .with_hint(format!(
            "when the array is over: neurotrain {}",
            order.command(&["--claim", "--no-new"])[1..].join(" ")
        ))
    })?;
    let summary = job_id(&summary);
    Ok(vec![
        format!("job array {array}, and job {summary} that sums up after it"),
        format!("squeue --job {array},{summary}     scancel {array} {summary}"),
    ])
}

fn worker(order: &Order, args: &SubmitArgs) -> String {
    let throttle = args.throttle.map(|k| format!("%{k}")).unwrap_or_default();
    let mut options = vec![
        format!("--array=1-{}{throttle}", order.workers),
        format!("--cpus-per-task={}", args.cpus),
        // Also after the loss of a node.
        "--requeue".to_owned(),
        "--open-mode=append".to_owned(),
        format!("--signal=B:USR1@{}", args.warning),
    ];
    options.extend(args.time.as_ref().map(|time| format!("--time={time}")));
    options.extend(args.mem.as_ref().map(|size| format!("--mem={size}")));
    let command = if args.shard {
        let part = format!("@PART@/{}", order.workers);
        order.command(&["--shard", &part])
    } else {
        order.command(&["--claim", "--no-wait"])
    };
    let setting = script::setting(order, &command).replace("@PART@", "\"$SLURM_ARRAY_TASK_ID\"");
    format!(
        "{}{}{setting}{}",
        script::head("An element of the job array: does runs until none is left."),
        header(order, args, "worker-%A_%a.log", &options),
        ELEMENT.replace("@RESTARTS@", &RESTARTS.to_string())
    )
}

/// Before its time is up the element has checkpoints saved, and queues itself again.
const ELEMENT: &str = r#"
again=no
child=
stop() { [ -z "$child" ] || kill -TERM "$child" 2>/dev/null; }
trap 'again=yes; stop' USR1
trap 'stop' TERM INT
starts=${SLURM_RESTART_COUNT:-0}
echo "== $(date -u +%FT%TZ) on $(hostname), start $((starts + 1))"
"${command[@]}" &
child=$!
[ "$again" = no ] || stop
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
done
# 130: it was stopped, with checkpoints.
if [ "$again" = yes ] && [ "$code" -eq 130 ] && [ "$starts" -lt @RESTARTS@ ]; then
    echo "== $(date -u +%FT%TZ) time is nearly up: queued again"
    scontrol requeue "$SLURM_JOB_ID" && sleep 60
fi
exit "$code"
"#;

fn summary(order: &Order, args: &SubmitArgs) -> String {
    format!(
        "{}{}{}exit \"$code\"\n",
        script::head("The job after the array: sums up."),
        header(order, args, "summary-%j.log", &["--requeue".to_owned()]),
        script::summary(order)
    )
}

fn header(order: &Order, args: &SubmitArgs, log: &str, more: &[String]) -> String {
    let mut options = vec![
        format!("--job-name={}", order.job_name()),
        format!("--output=\"{}\"", text_of(&order.submit_folder().join(log))),
    ];
    options.extend(more.iter().cloned());
    for (name, value) in [
        ("partition", &args.partition),
        ("account", &args.account),
        ("qos", &args.qos),
    ] {
        options.extend(value.as_ref().map(|value| format!("--{name}={value}")));
    }
    options.extend(args.sbatch_arg.iter().cloned());
    let lines: Vec<String> = options
        .iter()
        .map(|option| format!("#SBATCH {option}\n"))
        .collect();
    lines.concat()
}

/// `17` of `17` and of `17;cluster`.
fn job_id(said: &str) -> String {
    said.split(';').next().unwrap_or(said).trim().to_owned()
}

fn check_array_size(workers: u32) -> Result<()> {
    // Where it cannot be asked, sbatch will say.
    let Ok(config) = ask("scontrol", &["show", "config"], &[], SYSTEM) else {
        return Ok(());
    };
    match max_array_size(&config) {
        Some(limit) if workers >= limit => Err(Error::new(
            "usage",
            format!("{workers} elements are more than this cluster allows in a job array (MaxArraySize is {limit})"),
        )
        .with_hint(format!(
            "--workers {} or less; each does as many runs as its time allows",
            limit.saturating_sub(1)
        ))),
        _ => Ok(()),
    }
}

fn max_array_size(config: &str) -> Option<u32> {
    let line = config.lines().find(|line| line.starts_with("MaxArraySize"))?;
    line.split_once('=')?.1.trim().parse().ok()
}

fn explained(e: Error) -> Error {
    let hint = if e.message().contains("Invalid job array") {
        "fewer --workers: the cluster limits the size of job arrays (`scontrol show config | grep MaxArraySize`)"
    } else if e.message().contains("partition") || e.message().contains("account") {
        "`sinfo` lists partitions, `sacctmgr show assoc user=$USER` accounts: --partition, --account, --qos"
    } else if e.message().contains("Unable to contact") {
        "the controller of Slurm does not answer; try again later"
    } else {
        return e;
    };
    e.with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slurm_says_is_read() {
        assert_eq!(job_id("17\n"), "17");
        assert_eq!(job_id("17;cluster"), "17");
        let config = "MaxArraySize            = 1001\nMaxDBDMsgs = 20008";
        assert_eq!(max_array_size(config), Some(1001));
        assert_eq!(max_array_size(""), None);
    }
}
