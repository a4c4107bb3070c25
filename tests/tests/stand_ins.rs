//! Stand-ins, from the command that writes them to the archive that names them.

use neurotrain_tests::{Program, archives_below};

const KEYS: [&str; 2] = ["SVHN", "NMNIST"];

#[test]
fn runs_on_stand_ins_say_so() {
    let program = Program::neurotrain();
    let write = ["data", "stand-in", "SVHN", "NMNIST", "--into", "made-up"];
    let sizes = ["--train", "60", "--test", "20", "--seed", "3"];
    let written = program.run(write.iter().chain(&sizes)).expect(0);
    for key in KEYS {
        assert!(
            written.stdout.contains(&format!("made-up/{key}")),
            "{}",
            written.stdout
        );
        let train = [
            "train",
            "--trainer",
            "bptt",
            "--model",
            "fc_snn",
            "--dataset",
            key,
        ];
        let shared = ["--epochs", "1", "--data-dir", "made-up", "--out", key];
        let trained = program.run(train.iter().chain(&shared)).expect(0);
        let name = format!("{key} [stand-in 60/20]");
        assert!(trained.stdout.contains(&name), "{}", trained.stdout);
        let archives = archives_below(&program.scratch().join(key));
        assert_eq!(archives.len(), 1);
        let shown = program.run(["archive", "show", &archives[0].display().to_string()]);
        let shown = shown.expect(0).stdout;
        assert!(shown.contains("stand-in 60/20"), "{shown}");
    }
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let program = Program::neurotrain();
    let real = program.scratch().join("data/MNIST");
    std::fs::create_dir_all(&real).unwrap();
    std::fs::write(real.join("train-images-idx3-ubyte"), "real").unwrap();
    let written = program.run(["data", "stand-in", "MNIST", "SVHN", "--into", "data"]);
    let written = written.expect(1);
    assert!(written.stderr.contains("no stand-in"), "{}", written.stderr);
    assert!(written.stdout.contains("SVHN") && !written.stdout.contains("MNIST"));
    assert_eq!(std::fs::read_dir(&real).unwrap().count(), 1);
    let nothing = program.run(["data", "stand-in", "--into", "data"]).expect(2);
    assert!(nothing.stderr.contains("KEY"), "{}", nothing.stderr);
}
