//! HyperQueue: a job of equal tasks, and one that sums up after them.

use super::order::Order;
use super::{ask, script, seconds_of, text_of};
use crate::campaign_commands::arguments::SubmitArgs;
use neurotrain_plugin_api::Result;

const WORKER: &str = "worker.sh";
const SUMMARY: &str = "summary.sh";
const JOB: &str = "hyperqueue.toml";

/// The scripts, and the file that describes the job.
pub(super) fn files(order: &Order, args: &SubmitArgs) -> Vec<(&'static str, String)> {
    vec![
        (WORKER, worker(order, args)),
        (SUMMARY, summary(order)),
        (JOB, job(order, args)),
    ]
}

/// Hands them over; what was done, line by line.
pub(super) fn submit(order: &Order) -> Result<Vec<String>> {
    let file = order.submit_folder().join(JOB);
    let args = ["--output-mode=quiet", "job", "submit-file"];
    let said = ask("hq", &args, &[file], "HyperQueue").map_err(|e| {
        if e.code() == "batch-system" {
            e.with_hint("`hq server start` starts a server, `hq worker start` or `hq alloc add` workers")
        } else {
            e
        }
    })?;
    let id = said.split_whitespace().last().unwrap_or_default().to_owned();
    Ok(vec![
        format!(
            "job {id}: {} tasks, and one that sums up after them",
            order.workers
        ),
        format!("hq job progress {id}     hq job info {id}     hq job cancel {id}"),
    ])
}

fn worker(order: &Order, args: &SubmitArgs) -> String {
    let command = if args.shard {
        let part = format!("@PART@/{}", order.workers);
        order.command(&["--shard", &part])
    } else {
        order.command(&["--claim", "--no-wait"])
    };
    let setting = script::setting(order, &command).replace("@PART@", "\"$HQ_TASK_ID\"");
    format!(
        "{}{setting}{}",
        script::head("A task of the job: does runs until none is left."),
        r#"exec 2>&1
echo "== $(date -u +%FT%TZ) on $(hostname), instance ${HQ_INSTANCE_ID:-0}"
"${command[@]}"
code=$?
# 1: a run failed. The summary tells it; a failed task would cancel the summary.
[ "$code" -ne 1 ] || code=0
exit "$code"
"#
    )
}

fn summary(order: &Order) -> String {
    format!(
        "{}exec 2>&1\n{}exit \"$code\"\n",
        script::head("The task after all others: sums up."),
        script::summary(order)
    )
}

fn job(order: &Order, args: &SubmitArgs) -> String {
    let folder = order.submit_folder();
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let task = |id: u32, name: &str, log: &str| {
        format!(
            "\n[[task]]\nid = {id}\ncommand = [\"bash\", {}]\ncwd = {}\nstdout = {}\nstderr = \"none\"\ncrash_limit = {}\n",
            quoted(&text_of(&folder.join(name))),
            quoted(&text_of(&order.working_folder)),
            quoted(&text_of(&folder.join(log))),
            args.crash_limit
        )
    };
    let time = args.time.as_deref().and_then(seconds_of);
    let time = time.map(|seconds| format!("time_request = \"{seconds}s\"\n"));
    let request = format!(
        "[[task.request]]\nresources = {{ \"cpus\" = {} }}\n{}",
        args.cpus,
        time.unwrap_or_default()
    );
    let mut out = format!(
        "# {}\nname = {}\n",
        "Written by `neurotrain campaign submit`; `hq job submit-file` submits it again.",
        quoted(&order.job_name())
    );
    for id in 1..=order.workers {
        let log = format!("worker-%{{JOB_ID}}-{id}.%{{INSTANCE_ID}}.log");
        out.push_str(&task(id, WORKER, &log));
        out.push_str(&request);
    }
    let ids: Vec<String> = (1..=order.workers).map(|id| id.to_string()).collect();
    out.push_str(&task(order.workers + 1, SUMMARY, "summary-%{JOB_ID}.log"));
    out.push_str(&format!("deps = [{}]\n", ids.join(", ")));
    out
}
