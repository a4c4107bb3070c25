//! Arrays, and what is wrong with them.

use crate::fixture::{bytes, npy, npz, open, reals, small};
use neurotrain_data_custom::Npz;
use neurotrain_plugin_api::{Dataset, Error};
use std::path::PathBuf;

struct Case {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

fn case(content: &[u8]) -> Case {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mine.npz");
    std::fs::write(&path, content).unwrap();
    Case { _dir: dir, path }
}

fn with(arrays: &[(&'static str, Vec<u8>)]) -> Case {
    let mut all = small();
    for (name, content) in arrays {
        all.retain(|(n, _)| n != name);
        all.push((name, content.clone()));
    }
    case(&npz(&all))
}

fn message(case: &Case) -> String {
    let error: Error = open::<Npz>(&case.path, &[]).unwrap_err();
    assert_eq!(error.code(), "bad-data", "{error:?}");
    assert!(error.message().contains("mine.npz"), "{error:?}");
    error.message().to_owned()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

#[test]
fn bytes_are_features() {
    let case = case(&npz(&small()));
    let data = open::<Npz>(&case.path, &[]).unwrap();
    let info = data.info();
    assert_eq!((info.kind.as_str(), info.shape), ("features", vec![2]));
    assert_eq!(info.splits, [("train".to_owned(), 4), ("test".to_owned(), 2)]);
    assert_eq!((info.classes, info.variant.as_str()), (2, ""));
    assert!((info.scale - 1.0 / 255.0).abs() < 1e-12);
    assert!((info.mean[0] - 465.0 / 8.0 / 255.0).abs() < 1e-9);
    assert_eq!(bytes(&data, "train", &[1, 0]), (vec![10, 20, 0, 255], vec![1, 0]));
    assert_eq!(bytes(&data, "test", &[1]), (vec![3, 4], vec![0]));
    assert!(data.read("test", &[2]).is_err());
}

#[test]
fn axes_say_what_samples_are() {
    let x = |shape: &str| {
        let values: Vec<f32> = (0..48).map(|i| i as f32).collect();
        with(&[
            ("x_train", npy("<f4", false, shape, &floats(&values))),
            (
                "y_train",
                npy("<i8", false, "(2,)", &[[0; 8], [1, 0, 0, 0, 0, 0, 0, 0]].concat()),
            ),
            ("x_test", npy("<f4", false, shape, &floats(&values))),
        ])
    };
    for (shape, layout, kind, step) in [
        ("(2, 24)", "auto", "features", vec![24]),
        ("(2, 4, 6)", "auto", "image", vec![1, 4, 6]),
        ("(2, 3, 4, 2)", "auto", "image", vec![3, 4, 2]),
        ("(2, 2, 3, 2, 2)", "auto", "frames", vec![3, 2, 2]),
        ("(2, 4, 6)", "frames", "frames", vec![6]),
        ("(2, 2, 4, 3)", "frames", "frames", vec![1, 4, 3]),
    ] {
        let case = x(shape);
        let data = open::<Npz>(&case.path, &[("layout", layout.into())]).unwrap();
        let info = data.info();
        assert_eq!((info.kind.as_str(), info.shape), (kind, step), "{shape}");
        assert_eq!(reals(&data, "train", &[1]).0[..2], [24.0, 25.0]);
    }
    let case = x("(2, 1, 2, 2, 2, 3)");
    assert!(message(&case).contains("samples of shape [1, 2, 2, 2, 3]"));
}

#[test]
fn fortran_order_is_undone() {
    // [[0, 1], [2, 3], [4, 5], [6, 7]] by columns.
    let values = [0.0, 2.0, 4.0, 6.0, 1.0, 3.0, 5.0, 7.0];
    let case = with(&[
        ("x_train", npy("<f4", true, "(4, 2)", &floats(&values))),
        (
            "x_test",
            npy("<f4", true, "(2, 2)", &floats(&[0.0, 2.0, 1.0, 3.0])),
        ),
    ]);
    let data = open::<Npz>(&case.path, &[]).unwrap();
    let read = reals(&data, "train", &[0, 1, 2, 3]).0;
    assert_eq!(read, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
}

#[test]
fn truth_values_are_not_bytes() {
    let case = with(&[
        ("x_train", npy("|b1", false, "(4, 2)", &[0, 1, 1, 1, 0, 0, 1, 0])),
        ("x_test", npy("|b1", false, "(2, 2)", &[0, 1, 1, 0])),
    ]);
    let data = open::<Npz>(&case.path, &[]).unwrap();
    assert_eq!(data.info().scale, 1.0);
    assert_eq!(reals(&data, "test", &[0]).0, [0.0, 1.0]);
}

#[test]
fn a_share_of_each_class_is_held_out() {
    let labels: Vec<u8> = (0..40).map(|i| i % 4).collect();
    let x: Vec<u8> = (0..40).collect();
    let case = case(&npz(&[
        ("x_train", npy("|u1", false, "(40, 1)", &x)),
        ("y_train", npy("|u1", false, "(40,)", &labels)),
    ]));
    let split = |seed: i64| {
        let data = open::<Npz>(&case.path, &[("split_seed", seed.into())]).unwrap();
        let (test, labels) = bytes(&data, "test", &(0..8).collect::<Vec<_>>());
        for class in 0..4 {
            assert_eq!(labels.iter().filter(|l| **l == class).count(), 2);
        }
        let (train, _) = bytes(&data, "train", &(0..32).collect::<Vec<_>>());
        let mut all = [train, test.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, x);
        test
    };
    assert_eq!(split(0), split(0));
    assert_ne!(split(0), split(1));
}

#[test]
fn faults_name_file_and_array() {
    let labels = |l: &[u8]| npy("|i1", false, &format!("({},)", l.len()), l);
    assert!(message(&with(&[("y_train", labels(&[0, 1, 0]))])).contains("4 samples, but"));
    assert!(message(&with(&[("y_train", labels(&[0, 1, 255, 0]))])).contains("label -1 of sample 2"));
    let halves: Vec<u8> = [0.0_f64, 0.5, 1.0, 1.0]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    assert!(message(&with(&[("y_train", npy("<f8", false, "(4,)", &halves))])).contains("label 0.5"));
    let hot = npy("|u1", false, "(4, 2)", &[0; 8]);
    assert!(message(&with(&[("y_train", hot)])).contains("labels of shape [4, 2]"));
    let wide = npy("|u1", false, "(2, 3)", &[0; 6]);
    assert!(message(&with(&[("x_test", wide)])).contains("have shape [2], test samples [3]"));
    let text = npy("<U3", false, "(4, 2)", &[0; 96]);
    assert!(message(&with(&[("x_train", text)])).contains("elements of type `<U3`"));
    let complex = npy("<c8", false, "(4, 2)", &[0; 64]);
    assert!(message(&with(&[("x_train", complex)])).contains("`<c8`"));
    let none = npy("<f4", false, "(0, 2)", &[]);
    assert!(message(&with(&[("x_train", none), ("y_train", labels(&[]))])).contains("shape [0, 2]"));
    let nan = npy(
        "<f4",
        false,
        "(4, 2)",
        &floats(&[0., 0., 0., 0., 0., f32::NAN, 0., 0.]),
    );
    let case = with(&[
        ("x_train", nan),
        ("x_test", npy("<f4", false, "(2, 2)", &[0; 16])),
    ]);
    assert!(message(&case).contains("sample 2 holds a value that is not finite"));
    let mixed = with(&[("x_test", npy("<f4", false, "(2, 2)", &[0; 16]))]);
    assert!(message(&mixed).contains("holds bytes, the other does not"));
    let mut renamed = small();
    renamed[0].0 = "images";
    let case = case_of(&renamed);
    assert!(message(&case).contains("holds no array `x_train`, only images, x_test, y_test, y_train"));
    assert!(open::<Npz>(&case.path, &[("x_train", "images".into())]).is_ok());
    let wished = open::<Npz>(
        &case.path,
        &[("x_train", "images".into()), ("x_test", "more".into())],
    );
    assert!(wished.unwrap_err().message().contains("no array `more`"));
    let few = open::<Npz>(&case_of(&small()).path, &[("classes", 1.into())]).unwrap_err();
    assert!(
        few.message().contains("label 1 is not below the 1 `classes`"),
        "{few:?}"
    );
}

fn case_of(arrays: &[(&str, Vec<u8>)]) -> Case {
    case(&npz(arrays))
}

#[test]
fn a_missing_file_is_explained() {
    let unset = open::<Npz>(std::path::Path::new(""), &[]).unwrap_err();
    assert!(unset.code() == "bad-config" && unset.message().contains("`path` is not set"));
    let missing = open::<Npz>(std::path::Path::new("/nowhere/x.npz"), &[]).unwrap_err();
    assert!(missing.code() == "missing-data" && missing.message().contains("/nowhere/x.npz"));
}
