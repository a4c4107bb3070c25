//! A campaign seen from another terminal.

use crate::support::{RUNS, campaign, folder, is_training, start, supervisor};
use neurotrain_tests::{Program, children_of, send_signal, wait_for};
use serde_json::Value;
use std::io::Write;

fn status(host: &Program, code: i32) -> Value {
    let folder = folder(host, "out");
    let finished = host.run(["campaign", "status", "--json", folder.to_str().expect("UTF-8")]);
    serde_json::from_str(&finished.expect(code).stdout).expect("JSON")
}

#[test]
fn the_state_is_told_while_others_write() {
    let host = Program::neurotrain();
    let file = campaign(&host, 150);
    let once = ["--claim", "--worker-name", "slurm 17_3", "--retries", "0"];
    let one = supervisor(&host, &file, "out", &once);
    is_training(&host, "out", "slurm 17_3");
    let during = status(&host, 3);
    assert_eq!(during["totals"]["runs"], RUNS);
    assert_eq!(during["totals"]["running"], 1, "{during:#}");
    assert_eq!(during["supervisors"][0]["worker"], "slurm 17_3");
    assert!(
        during["seconds_left"].as_f64().is_some_and(|left| left > 0.0),
        "{during:#}"
    );
    let shown = folder(&host, "out");
    let shown = host
        .run(["campaign", "status", shown.to_str().expect("UTF-8")])
        .expect(3)
        .stdout;
    for word in [
        "0 of 4 finished",
        "1 running",
        "3 waiting",
        "slurm 17_3",
        "epoch ",
    ] {
        assert!(shown.contains(word), "`{word}` is not said:\n{shown}");
    }

    let mut watch = host.command();
    watch
        .args(["campaign", "watch", "--interval", "0.2"])
        .arg(folder(&host, "out"));
    let watch = start(&mut watch);
    let worker = wait_for("a worker", || children_of(one.id(), "__worker").first().copied());
    send_signal(worker, "KILL");
    one.finish(1);
    let said = watch.finish(1);
    assert!(
        said.contains("1 failed") && said.contains("3 of 4 finished"),
        "{said}"
    );

    let after = status(&host, 1);
    assert_eq!(after["totals"]["failed"], 1);
    let runs = after["runs"].as_array().expect("a list");
    let failed = runs
        .iter()
        .find(|run| run["state"] == "failed")
        .expect("the killed one");
    assert!(
        failed["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("SIGKILL"))
    );
    assert!(after["supervisors"].as_array().is_some_and(Vec::is_empty));
    supervisor(&host, &file, "out", &["--retry-failed"]).finish(0);
    assert_eq!(status(&host, 0)["totals"]["finished"], RUNS);
}

#[test]
fn torn_and_foreign_files_are_no_hindrance() {
    let host = Program::neurotrain();
    let file = campaign(&host, 100_000);
    let one = supervisor(&host, &file, "out", &["--worker-name", "one"]);
    is_training(&host, "out", "one");
    one.kill();
    let claims = folder(&host, "out").join("claims");
    std::fs::write(claims.join("abc.1"), "{\"half").expect("the folder is writable");
    std::fs::write(claims.join("README"), "notes").expect("the folder is writable");
    for attempt in crate::support::attempts(&host, "out") {
        let mut log = std::fs::File::options()
            .append(true)
            .open(attempt.join("run.jsonl"))
            .expect("the log");
        log.write_all(b"{\"time\":\"2026").expect("it is writable");
    }
    let seen = status(&host, 3);
    assert_eq!(seen["totals"]["stopped"], 1, "{seen:#}");
    assert_eq!(seen["totals"]["waiting"], RUNS - 1);
    assert_eq!(seen["supervisors"][0]["lost"], true);
    let refused = host.run(["campaign", "status", "nowhere"]).expect(2);
    assert!(
        refused.stderr.contains("nowhere") && refused.stderr.contains("what to do"),
        "{}",
        refused.stderr
    );
}
