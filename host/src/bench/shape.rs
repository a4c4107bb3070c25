//! Shapes of data: those of known data sets, and others.

use clap::builder::PossibleValuesParser;
use std::fmt;

/// What a synthetic batch looks like.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    /// Its name in tables.
    pub(super) name: String,
    /// Data set whose section of a model applies.
    pub(super) dataset: &'static str,
    /// One sample at one step.
    pub(super) input: Vec<usize>,
    pub(super) classes: usize,
    pub(super) steps: usize,
    /// Share of ones.
    pub(super) density: f64,
}

/// A shape given by its sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputShape(pub Vec<usize>);

impl fmt::Display for InputShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&sizes.join("x"))
    }
}

/// Name, data set, shape, classes, steps, and about the share of ones that its coding gives.
type Known = (&'static str, &'static str, &'static [usize], usize, usize, f64);

const KNOWN: [Known; 6] = [
    ("mnist", "MNIST", &[1, 28, 28], 10, 10, 0.13),
    ("fmnist", "FashionMNIST", &[1, 28, 28], 10, 10, 0.29),
    ("cifar10", "CIFAR10", &[3, 32, 32], 10, 10, 0.47),
    ("nmnist", "NMNIST", &[2, 34, 34], 10, 10, 0.02),
    ("dvs", "DVSGesture", &[2, 128, 128], 11, 20, 0.01),
    ("shd", "SHD", &[700], 20, 100, 0.02),
];

/// The shape of a known data set.
pub(super) fn known(name: &str) -> Option<Shape> {
    let found = KNOWN.iter().find(|known| known.0 == name)?;
    let &(name, dataset, input, classes, steps, density) = found;
    Some(Shape {
        name: name.to_owned(),
        dataset,
        input: input.to_vec(),
        classes,
        steps,
        density,
    })
}

/// A shape of no data set.
pub(super) fn other(input: &InputShape) -> Shape {
    Shape {
        name: input.to_string(),
        dataset: "",
        input: input.0.clone(),
        classes: 10,
        steps: 10,
        density: 0.13,
    }
}

pub(super) fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(KNOWN.map(|known| known.0))
}

pub(super) fn parse_input(text: &str) -> Result<InputShape, String> {
    let sizes: Result<Vec<usize>, _> = text.split('x').map(str::parse).collect();
    match sizes {
        Ok(sizes) if !sizes.contains(&0) => Ok(InputShape(sizes)),
        _ => Err("write the sizes of a sample, for instance `784` or `1x28x28`".to_owned()),
    }
}

pub(super) fn parse_density(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("must be a number from 0 to 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_and_written_alike() {
        for text in ["784", "1x28x28", "2x128x128"] {
            assert_eq!(parse_input(text).unwrap().to_string(), text);
        }
        for wrong in ["", "0", "28x0", "28 x 28", "-1", "28x"] {
            assert!(parse_input(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_known_shape_is_found_by_its_name() {
        for (name, ..) in KNOWN {
            let shape = known(name).unwrap();
            assert!(shape.density > 0.0 && !shape.input.contains(&0) && shape.steps > 0);
        }
        assert_eq!(known("imagenet"), None);
    }

    #[test]
    fn a_density_is_a_share() {
        assert_eq!(parse_density("0.13"), Ok(0.13));
        assert!(
            parse_density("13").is_err() && parse_density("NaN").is_err() && parse_density("-0.1").is_err()
        );
    }
}
