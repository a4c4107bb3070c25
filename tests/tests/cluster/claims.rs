//! Supervisors that share a folder.

use crate::support::{
    RUNS, alone, assert_complete, attempts, campaign, claims, folder, is_training, supervisor,
};
use neurotrain_tests::{Program, children_of, send_signal, wait_for};

#[test]
fn two_supervisors_do_each_run_once_and_sum_up_the_same() {
    let host = Program::neurotrain();
    let file = campaign(&host, 40);
    alone(&host, &file);
    let one = supervisor(&host, &file, "both", &["--claim", "--worker-name", "one"]);
    let two = supervisor(&host, &file, "both", &["--claim", "--worker-name", "two"]);
    let said = [one.finish(0), two.finish(0)];
    assert_eq!(attempts(&host, "both").len(), RUNS, "{}\n{}", said[0], said[1]);
    for said in &said {
        assert!(said.contains("elsewhere finished"), "it did all:\n{said}");
        assert_eq!(
            said.matches("┆ 2     ┆").count(),
            2,
            "not the whole table:\n{said}"
        );
    }
    assert_complete(&host, "both");
}

#[test]
fn the_runs_of_a_killed_supervisor_are_taken_over_where_they_were() {
    let host = Program::neurotrain();
    let file = campaign(&host, 120);
    alone(&host, &file);
    let one = supervisor(&host, &file, "both", &["--claim", "--worker-name", "one"]);
    is_training(&host, "both", "one");
    let two = supervisor(&host, &file, "both", &["--claim", "--worker-name", "two"]);
    is_training(&host, "both", "two");
    one.kill();
    let said = two.finish(0);
    assert!(said.contains("goes on from a checkpoint"), "{said}");
    assert_eq!(attempts(&host, "both").len(), RUNS + 1, "{said}");
    assert_complete(&host, "both");
}

#[test]
fn a_supervisor_that_sleeps_too_long_gives_way_when_it_wakes_up() {
    let host = Program::neurotrain();
    let file = campaign(&host, 120);
    alone(&host, &file);
    let start = |name| {
        let more = ["--claim", "--claim-timeout", "2", "--worker-name", name];
        supervisor(&host, &file, "both", &more)
    };
    let one = start("one");
    is_training(&host, "both", "one");
    let mut sleepers = children_of(one.id(), "__worker");
    assert_eq!(sleepers.len(), 1);
    sleepers.insert(0, one.id());
    sleepers.iter().for_each(|id| send_signal(*id, "STOP"));
    let two = start("two");
    // It takes what is free first, and what is stale when it is through.
    wait_for("the run to be taken over", || {
        let claims = claims(&host, "both");
        let held = claims.values().filter(|claim| claim["worker"] == "one");
        (held
            .filter(|claim| {
                !claim["key"]
                    .as_str()
                    .is_some_and(|key| key.starts_with("supervisor-"))
            })
            .count()
            == 0)
            .then_some(())
    });
    sleepers.iter().for_each(|id| send_signal(*id, "CONT"));
    let said = [one.finish(0), two.finish(0)];
    assert!(said[0].contains("elsewhere finished"), "{}", said[0]);
    assert_complete(&host, "both");
}

#[test]
fn a_campaign_that_is_not_shared_has_one_supervisor() {
    let host = Program::neurotrain();
    let file = campaign(&host, 100_000);
    let one = supervisor(&host, &file, "out", &["--worker-name", "the first"]);
    is_training(&host, "out", "the first");
    for (more, words) in [
        (&[][..], ["is being run by", "the first", "add --claim"]),
        (&["--claim"], ["is being run by", "the first", "without --claim"]),
        (&["--shard", "1/2"], ["is being run by", "the first", "--claim"]),
    ] {
        let said = supervisor(&host, &file, "out", more).finish(2);
        for word in words {
            assert!(said.contains(word), "`{word}` is not said:\n{said}");
        }
    }
    assert_eq!(attempts(&host, "out").len(), 1);
    one.kill();
    // Whoever is dead keeps nobody out.
    let two = supervisor(&host, &file, "out", &["--worker-name", "the second"]);
    is_training(&host, "out", "the second");
    send_signal(two.id(), "INT");
    two.finish(130);
}

#[test]
fn parts_are_done_side_by_side_and_summed_up_together() {
    let host = Program::neurotrain();
    let file = campaign(&host, 20);
    alone(&host, &file);
    let parts = ["1/2", "2/2"].map(|part| supervisor(&host, &file, "parts", &["--shard", part]));
    for part in parts {
        let said = part.finish(0);
        assert_eq!(said.matches("started").count(), RUNS / 2, "{said}");
    }
    for part in ["1-of-2", "2-of-2"] {
        let path = folder(&host, "parts").join(format!("summary.shard-{part}.csv"));
        let csv = std::fs::read_to_string(path).expect("the summary of a part");
        assert_eq!(csv.matches(",finished,").count(), RUNS / 2, "{csv}");
    }
    assert!(!folder(&host, "parts").join("summary.csv").exists());
    supervisor(&host, &file, "parts", &["--claim", "--no-new"]).finish(0);
    assert_eq!(attempts(&host, "parts").len(), RUNS);
    assert_complete(&host, "parts");
}

#[test]
fn a_failed_run_is_not_tried_by_everybody() {
    let host = Program::neurotrain();
    let file = campaign(&host, 100);
    let once = ["--claim", "--worker-name", "one", "--retries", "0"];
    let one = supervisor(&host, &file, "out", &once);
    is_training(&host, "out", "one");
    let worker = wait_for("a worker", || children_of(one.id(), "__worker").first().copied());
    send_signal(worker, "KILL");
    let said = one.finish(1);
    assert!(said.contains("SIGKILL"), "{said}");
    let said = supervisor(&host, &file, "out", &["--claim"]).finish(1);
    assert!(
        said.contains("it failed earlier") && said.contains("SIGKILL"),
        "{said}"
    );
    assert_eq!(attempts(&host, "out").len(), RUNS, "it was tried again");
    supervisor(&host, &file, "out", &["--claim", "--retry-failed"]).finish(0);
    assert_eq!(attempts(&host, "out").len(), RUNS + 1);
}

#[test]
fn searches_are_shared_as_wholes() {
    let host = Program::neurotrain();
    let file = host.scratch().join("shared.yaml");
    let text = "name: shared\ntrainers: [bptt, ottt]\nmodels: [fc_snn]\ndatasets: [digits]\nseeds: [1, 2]\n\
                runtime: {epochs: 8, batch_size: 32}\nsearch: {trials: 4, parameters: [trainer.lr, model.beta]}\n\
                overrides: {models: {fc_snn: {hidden_sizes: [24]}}, datasets: {digits: {T: 5}}}\n";
    std::fs::write(&file, text).expect("the scratch folder is writable");
    let start = |name| supervisor(&host, &file, "both", &["--claim", "--worker-name", name]);
    let (one, two) = (start("one"), start("two"));
    let said = [one.finish(0), two.finish(0)];
    let all = said.concat();
    for said in &said {
        assert!(said.contains("Searches, by validation accuracy"), "{said}");
        assert_eq!(said.matches(" 4 of 4 ").count(), 2, "not both searches:\n{said}");
    }
    assert_eq!(all.matches(": started").count(), 2 * 4 + RUNS, "{all}");
    assert_eq!(attempts(&host, "both").len(), RUNS, "{all}");
    assert!(claims(&host, "both").is_empty(), "claims are left over");
}
