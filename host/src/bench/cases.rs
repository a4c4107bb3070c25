//! Every combination that was asked for.

use super::arguments::StepArgs;
use super::shape::{self, Shape};
use super::subject::{Case, Input};
use neurotrain_discovery::Registry;

/// The cases of `args`, in the order of shapes, networks, rules, steps, batch sizes and densities.
pub(super) fn cases(args: &StepArgs, registry: &Registry) -> Vec<Case> {
    let (rules, models) = (
        or_installed(&args.rules, "trainer", registry),
        or_installed(&args.models, "model", registry),
    );
    let mut cases = Vec::new();
    for shape in shapes(args) {
        for model in &models {
            for rule in &rules {
                for input in inputs(args, shape.as_ref()) {
                    cases.extend(args.batch.iter().map(|batch| Case {
                        rule: rule.clone(),
                        model: model.clone(),
                        input: input.clone(),
                        hidden: args.hidden.clone(),
                        batch: *batch,
                    }));
                }
            }
        }
    }
    cases
}

fn or_installed(named: &[String], kind: &str, registry: &Registry) -> Vec<String> {
    match named {
        [] => {
            let installed = registry.components(kind);
            let mut keys: Vec<String> = installed.iter().map(|f| f.component.key.clone()).collect();
            keys.sort();
            keys
        }
        named => named.to_vec(),
    }
}

/// The shapes asked for; none stands for the data set's own.
fn shapes(args: &StepArgs) -> Vec<Option<Shape>> {
    if args.dataset.is_some() {
        return vec![None];
    }
    let mut shapes: Vec<Shape> = match &args.input {
        Some(input) => vec![shape::other(input)],
        None if args.shape.is_empty() => shape::known("mnist").into_iter().collect(),
        None => args.shape.iter().filter_map(|name| shape::known(name)).collect(),
    };
    if let Some(classes) = args.classes {
        shapes.iter_mut().for_each(|shape| shape.classes = classes);
    }
    shapes.into_iter().map(Some).collect()
}

fn inputs(args: &StepArgs, shape: Option<&Shape>) -> Vec<Input> {
    let Some(shape) = shape else {
        let dataset = args.dataset.clone().unwrap_or_default();
        let real = |steps| Input::Real {
            dataset: dataset.clone(),
            steps,
        };
        return match args.steps.as_slice() {
            [] => vec![real(None)],
            steps => steps.iter().map(|t| real(Some(*t))).collect(),
        };
    };
    let or = |given: &[f64], default: f64| {
        if given.is_empty() {
            vec![default]
        } else {
            given.to_vec()
        }
    };
    let steps = if args.steps.is_empty() {
        vec![shape.steps]
    } else {
        args.steps.clone()
    };
    let mut inputs = Vec::new();
    for steps in steps {
        for density in or(&args.density, shape.density) {
            inputs.push(Input::Synthetic {
                shape: shape.clone(),
                steps,
                density,
            });
        }
    }
    inputs
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: StepArgs,
    }

    fn read(words: &str) -> Result<StepArgs, clap::Error> {
        let words = std::iter::once("bench").chain(words.split_whitespace());
        Line::try_parse_from(words).map(|line| line.args)
    }

    fn of(words: &str) -> Vec<Case> {
        cases(&read(words).unwrap(), &Registry::default())
    }

    #[test]
    fn every_combination_once() {
        let all =
            of("--rules a,b --models m --shape mnist,shd --steps 10,25 --batch 1,256 --density 0.1,0.2");
        assert_eq!(all.len(), 2 * 2 * 2 * 2 * 2);
        let distinct: std::collections::HashSet<String> = all.iter().map(|c| format!("{c:?}")).collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn a_shape_brings_its_own_numbers() {
        let [case] = &of("--rules a --models m --shape shd")[..] else {
            panic!("one case")
        };
        let Input::Synthetic {
            shape,
            steps,
            density,
        } = &case.input
        else {
            panic!("synthetic")
        };
        assert_eq!((shape.classes, *steps, *density), (20, 100, 0.02));
        let [case] = &of("--rules a --models m --input 2x3 --classes 5 --hidden 4,3")[..] else {
            panic!("one case")
        };
        let Input::Synthetic { shape, steps, .. } = &case.input else {
            panic!("synthetic")
        };
        assert_eq!((shape.input.clone(), shape.classes, *steps), (vec![2, 3], 5, 10));
        assert_eq!(case.hidden, [4, 3]);
    }

    #[test]
    fn real_data_have_their_own_steps() {
        let all = of("--rules a --models m --dataset MNIST");
        assert!(matches!(&all[0].input, Input::Real { steps: None, .. }) && all.len() == 1);
        assert_eq!(of("--rules a --models m --dataset MNIST --steps 5,6").len(), 2);
    }

    #[test]
    fn contradictions_are_refused() {
        for wrong in [
            "--shape mnist --input 784",
            "--dataset MNIST --shape mnist",
            "--dataset MNIST --density 0.1",
            "--dataset MNIST --classes 3",
            "--shape imagenet",
            "--batch 0",
            "--steps 0",
            "--density 2",
            "--input 0x3",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
