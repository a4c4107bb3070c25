//! A campaign with searches, killed at random moments, comes to the results of one that was left alone.
//!
//! `NEUROTRAIN_KILLS=100 cargo test --release --workspace --test kills -- --nocapture` is the full form; the suite kills a
//! few times. `NEUROTRAIN_KILL_SEED=N` chooses other moments.

use neurotrain_archive::{Status, open_run, same_results};
use neurotrain_study::{Direction, Distribution, Pruner, Sampler, Settings, Space, Study, Trial, TrialState};
use neurotrain_tests::{Program, archives_below, children_of, send_signal};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const TRIALS: u64 = 6;
const EPOCHS: u64 = 4;
const CAMPAIGN: &str = "name: searched
trainers: [bptt, ottt]
models: [fc_snn]
datasets: [digits]
seeds: [1, 2]
runtime: {epochs: 4, batch_size: 16, checkpoint_minutes: 0.002}
search: {trials: 6, pruner: {name: median, n_startup_trials: 2}, parameters: [trainer.lr, model.beta]}
overrides: {models: {fc_snn: {hidden_sizes: [24]}}, dataset: {T: 5}}
";

fn start(host: &Program, out: &str, jobs: &str) -> Child {
    let file = host.scratch().join("searched.yaml");
    std::fs::write(&file, CAMPAIGN).expect("the scratch folder is writable");
    let mut command = host.command();
    command.arg("run").arg(file);
    command.args(["--out", out, "--jobs", jobs, "--threads", "1", "--cost-table", "builtin"]);
    // Whoever is killed by chance several times in a row is to be started again all the same.
    command.args(["--retries", "1000"]);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

fn to_the_end(host: &Program, out: &str, jobs: &str) -> Duration {
    let begun = Instant::now();
    let mut child = start(host, out, jobs);
    assert!(child.wait().expect("it ends").success(), "{out}");
    begun.elapsed()
}

/// Random numbers without quality.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Kills supervisor, worker or both at random moments, `kills` times, and lets the campaign come to its end.
fn with_kills(host: &Program, out: &str, jobs: &str, kills: usize, whole: Duration, chance: &mut Chance) -> usize {
    let mut done = 0;
    let mut child = start(host, out, jobs);
    while done < kills {
        let wait = Duration::from_millis(chance.below(whole.as_millis().max(10) as u64 * 2 / 3));
        let until = Instant::now() + wait;
        while Instant::now() < until && child.try_wait().expect("it can be asked").is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        if let Some(status) = child.try_wait().expect("it can be asked") {
            assert!(status.success(), "{out}: {status}");
            return done;
        }
        let what = chance.below(3);
        if what > 0 {
            for worker in children_of(child.id(), "__worker") {
                send_signal(worker, "KILL");
            }
        }
        if what < 2 {
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
            child = start(host, out, jobs);
        }
        done += 1;
    }
    assert!(child.wait().expect("it ends").success(), "{out}");
    done
}

/// Complete archives of final runs below `out`, by experiment.
fn finals(host: &Program, out: &str) -> BTreeMap<String, PathBuf> {
    archives_below(&host.scratch().join(out).join("searched/runs"))
        .into_iter()
        .filter_map(|path| {
            let record = open_run(&path).expect("a whole archive").record;
            (record.status == Status::Completed).then_some((record.name, path))
        })
        .collect()
}

/// The journals below `out`, by study.
fn journals(host: &Program, out: &str) -> BTreeMap<String, PathBuf> {
    let studies = host.scratch().join(out).join("searched/studies");
    std::fs::read_dir(studies)
        .expect("studies")
        .map(|entry| entry.expect("an entry"))
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path().join("journal.log")))
        .collect()
}

/// What decides: everything of a trial but times and who did it.
type Decided = (u64, TrialState, BTreeMap<String, serde_json::Value>, BTreeMap<u64, f64>, Option<f64>);

fn decided(trial: &Trial) -> Decided {
    let Trial { number, state, params, intermediate, value, .. } = trial.clone();
    (number, state, params, intermediate, value)
}

fn trials(journal: &Path) -> Vec<Trial> {
    let mut views = neurotrain_study::read_only(journal).expect("a journal");
    views.remove(0).trials
}

fn settings(study: &str) -> Settings {
    let mut space = Space::new();
    let (low, high) = if study.starts_with("ottt") { (1e-4, 0.5) } else { (1e-5, 0.1) };
    space.insert("trainer.lr", Distribution::float(low, high, true, None).expect("a range"));
    space.insert("model.beta", Distribution::float(0.8, 0.99, false, None).expect("a range"));
    Settings {
        name: study.to_owned(),
        direction: Direction::Maximize,
        space,
        sampler: Sampler::read(&"tpe".into()).expect("a sampler"),
        pruner: Pruner::read(&serde_json::json!({"name": "median", "n_startup_trials": 2})).expect("a pruner"),
        seed: 1,
        max_steps: EPOCHS,
    }
}

/// Every suggestion of a journal follows from what was in it before: replayed, the schedule gives the same.
fn assert_replays(study: &str, journal: &Path) {
    let text = std::fs::read_to_string(journal).expect("a journal");
    let folder = tempfile::tempdir().expect("a folder");
    let mut number = 0;
    let mut before = 0;
    for line in text.split_inclusive('\n') {
        let record: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        // A new trial with its parameters; an enqueued one has none that were suggested.
        if record["op_code"] == 4 {
            if record["state"] == 0 {
                let copy = folder.path().join(format!("{number}.log"));
                std::fs::write(&copy, &text[..before]).expect("a copy");
                let mut replayed = Study::open(&copy, settings(study), "replay").expect("a study");
                let suggested = replayed.ask(BTreeMap::new()).expect("a suggestion").expect("a trial");
                assert_eq!(suggested.number, number, "{study}");
                assert_eq!(suggested.params, trials(journal)[number as usize].params, "{study}, trial {number}");
            }
            number += 1;
        }
        before += line.len();
    }
    assert_eq!(number, TRIALS, "{study}");
}

fn environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn killed_at_random_moments_a_campaign_comes_to_the_same_results() {
    let host = Program::neurotrain();
    let whole = to_the_end(&host, "whole", "1");
    let (reference, known) = (finals(&host, "whole"), journals(&host, "whole"));
    assert_eq!((reference.len(), known.len()), (4, 2));

    let mut chance = Chance(environment("NEUROTRAIN_KILL_SEED", 7));
    let wanted = environment("NEUROTRAIN_KILLS", 8) as usize;
    let (mut kills, mut rounds) = (0, 0);
    while kills < wanted {
        let out = format!("killed-{rounds}");
        kills += with_kills(&host, &out, "1", (wanted - kills).min(6), whole, &mut chance);
        rounds += 1;
        let resumed = finals(&host, &out);
        assert!(reference.keys().eq(resumed.keys()), "{resumed:?}");
        for (name, path) in &reference {
            let compared = same_results(path, &resumed[name]).expect("archives");
            assert!(compared.same(), "{name} after kills in {out}: {:?}", compared.differences);
        }
        for (study, journal) in journals(&host, &out) {
            let of = |journal: &Path| trials(journal).iter().map(decided).collect::<Vec<_>>();
            assert_eq!(of(&journal), of(&known[&study]), "{study} in {out}");
            assert_replays(&study, &journal);
        }
        eprintln!("{out}: the same after {kills} of {wanted} kills so far");
    }
}

#[test]
fn with_several_workers_the_logged_schedule_replays() {
    let host = Program::neurotrain();
    let mut chance = Chance(environment("NEUROTRAIN_KILL_SEED", 11));
    let kills = environment("NEUROTRAIN_KILLS", 4) as usize;
    let whole = Duration::from_secs(3);
    let done = with_kills(&host, "two", "2", kills.min(12), whole, &mut chance);
    eprintln!("{done} kills");
    for (study, journal) in journals(&host, "two") {
        assert_replays(&study, &journal);
        for trial in trials(&journal) {
            assert!(trial.state.is_finished() && trial.state != TrialState::Failed, "{trial:?}");
        }
    }
    // A trial's result is a function of its values: done again alone, it is the same.
    let scratch = host.scratch().to_owned();
    let (_, journal) = journals(&host, "two").into_iter().next().expect("a study");
    let folders = journal.parent().expect("a folder").join("trials");
    let archives: Vec<PathBuf> = archives_below(&folders)
        .into_iter()
        .filter(|path| open_run(path).is_ok_and(|run| run.record.status == Status::Completed))
        .collect();
    let original = archives.first().expect("a complete trial").clone();
    let folder = original.parent().expect("a folder").to_owned();
    host.run(["repeat", folder.to_str().expect("UTF-8")]).expect(0);
    let again: Vec<PathBuf> = archives_below(&scratch.join("two"))
        .into_iter()
        .filter(|path| !archives.contains(path) && path.to_string_lossy().contains("trials"))
        .filter(|path| open_run(path).is_ok_and(|run| run.record.status == Status::Completed))
        .collect();
    let [again] = &again[..] else { panic!("one repeated run: {again:?}") };
    let compared = same_results(&original, again).expect("archives");
    assert!(compared.same(), "{:?}", compared.differences);
}
