//! Pooling of feature maps `[rows, channels, h, w]` in equal windows, and its adjoint.

use neurotrain_plugin_api::{Result, Tensor};

/// How a window becomes one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Max,
    Mean,
}

/// Windows that do not overlap; what remains at the bottom and the right is not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Windows {
    pub(crate) kind: Kind,
    /// Height and width of a window.
    pub(crate) size: [usize; 2],
    /// Height and width of the map.
    pub(crate) map: [usize; 2],
}

impl Windows {
    /// All square windows that make `to` of `from` (height and width), and the largest where none is square; small
    /// ones first.
    pub(crate) fn between(kind: Kind, from: [usize; 2], to: [usize; 2]) -> Vec<Self> {
        if to.contains(&0) {
            return Vec::new();
        }
        let fits =
            |size: &[usize; 2]| (0..2).all(|axis| size[axis] > 0 && from[axis] / size[axis] == to[axis]);
        let largest = [from[0] / to[0], from[1] / to[1]];
        let mut sizes: Vec<[usize; 2]> = (1..=from[0]).map(|side| [side; 2]).filter(fits).collect();
        if sizes.is_empty() && fits(&largest) {
            sizes.push(largest);
        }
        sizes
            .into_iter()
            .map(|size| Windows {
                kind,
                size,
                map: from,
            })
            .collect()
    }

    /// `[rows, channels, h', w']`.
    pub(crate) fn forward(&self, map: &Tensor) -> Result<Tensor> {
        let spread = self.spread(map)?;
        match self.kind {
            Kind::Max => spread.max(0),
            Kind::Mean => spread.mean(&[0]),
        }
    }

    /// From the gradient of the pooled map to that of `map`; a maximum's goes to its first position.
    pub(crate) fn adjoint(&self, map: &Tensor, gradient: &Tensor) -> Result<Tensor> {
        let shape = map.shape();
        let places = self.size[0] * self.size[1];
        let spread = match self.kind {
            Kind::Mean => {
                let mut dims = vec![places];
                dims.extend(gradient.shape().iter());
                gradient.scale(1.0 / places as f64)?.broadcast_to(&dims)?
            }
            Kind::Max => {
                let spread = self.spread(map)?;
                let highest = spread.ge(&spread.max(0)?)?;
                let seen = highest.scan_decay(1.0)?;
                highest.sub(&highest.mul(&seen.gt_scalar(1.5)?)?)?.mul(gradient)?
            }
        };
        self.gather(&spread, [shape[0], shape[1]])
    }

    fn pooled(&self) -> [usize; 2] {
        [self.map[0] / self.size[0], self.map[1] / self.size[1]]
    }

    /// `[places in a window, rows, channels, h', w']`.
    fn spread(&self, map: &Tensor) -> Result<Tensor> {
        let shape = map.shape();
        let ([kh, kw], [h, w]) = (self.size, self.pooled());
        let (rows, channels) = (shape[0], shape[1]);
        let mut seen = map.clone();
        if h * kh < self.map[0] {
            seen = seen.narrow(2, 0, h * kh)?;
        }
        if w * kw < self.map[1] {
            seen = seen.narrow(3, 0, w * kw)?;
        }
        seen.copy()?
            .reshape(&[rows * channels * h, kh, w, kw])?
            .transpose(0, 1)? // kh, rows, w, kw
            .transpose(1, 3)? // kh, kw, w, rows
            .transpose(2, 3)? // kh, kw, rows, w
            .copy()?
            .reshape(&[kh * kw, rows, channels, h, w])
    }

    /// The inverse of [`spread`](Windows::spread), 0 where no window looks.
    fn gather(&self, spread: &Tensor, [rows, channels]: [usize; 2]) -> Result<Tensor> {
        let ([kh, kw], [h, w]) = (self.size, self.pooled());
        let mut map = spread
            .copy()?
            .reshape(&[kh, kw, rows * channels * h, w])?
            .transpose(2, 3)?
            .transpose(1, 3)?
            .transpose(0, 1)?
            .copy()?
            .reshape(&[rows, channels, h * kh, w * kw])?;
        for axis in [2, 3] {
            map = pad(&map, axis, 0, self.map[axis - 2] - map.shape()[axis])?;
        }
        Ok(map)
    }
}

/// `map` with zeros before and after along `axis`.
pub(crate) fn pad(map: &Tensor, axis: usize, before: usize, after: usize) -> Result<Tensor> {
    let zeros = |count: usize| -> Result<Option<Tensor>> {
        if count == 0 {
            return Ok(None);
        }
        let mut shape = map.shape().to_vec();
        shape[axis] = count;
        let first = map.narrow(axis as i64, 0, 1)?.scale(0.0)?;
        first.broadcast_to(&shape).map(Some)
    };
    let (before, after) = (zeros(before)?, zeros(after)?);
    let parts: Vec<&Tensor> = before.iter().chain([map]).chain(after.iter()).collect();
    match parts.len() {
        1 => Ok(map.clone()),
        _ => Tensor::cat(&parts, axis as i64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_from_the_maps() {
        let sizes = |from, to| -> Vec<[usize; 2]> {
            Windows::between(Kind::Max, from, to)
                .iter()
                .map(|w| w.size)
                .collect()
        };
        assert_eq!(sizes([8, 8], [4, 4]), [[2, 2]]);
        assert_eq!(sizes([11, 11], [5, 5]), [[2, 2]]);
        assert_eq!(sizes([3, 3], [1, 1]), [[2, 2], [3, 3]]);
        assert_eq!(sizes([16, 16], [2, 2]), [[6, 6], [7, 7], [8, 8]]);
        assert_eq!(sizes([8, 4], [2, 2]), [[4, 2]]);
        assert!(sizes([10, 10], [4, 4]).is_empty());
        assert!(sizes([4, 4], [8, 8]).is_empty());
        assert!(sizes([4, 4], [0, 0]).is_empty());
    }
}
