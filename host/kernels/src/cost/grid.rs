//! Measured nanoseconds on a grid of shapes, and what lies between its points.

use serde::{Deserialize, Serialize};

/// Densities of ones at which the event-driven kernel is measured.
pub(super) const DENSITIES: [f64; 4] = [0.01, 0.08, 0.3, 0.8];

/// Nanoseconds of the dense kernel, then of the event-driven one at [`DENSITIES`].
pub(super) type Cell = [f64; 1 + DENSITIES.len()];

/// Costs of one kind of product at all combinations of some lengths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Rows of the binary operand, ascending.
    pub(super) rows: Vec<usize>,
    /// Its columns, ascending.
    pub(super) cols: Vec<usize>,
    /// Width of the other operand, ascending.
    pub(super) out: Vec<usize>,
    /// One per combination, `out` fastest, then `cols`.
    pub(super) cells: Vec<Cell>,
}

/// Where a length lies on an axis: after node `node` by `share` of the way to the next one; `scale` is how much longer
/// it is than the longest node.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    node: usize,
    share: f64,
    scale: f64,
}

impl Grid {
    /// Linear in each length between the points, which is exact for overheads per row, column and panel; in proportion
    /// beyond the longest, constant below the shortest.
    pub(super) fn at(&self, rows: usize, cols: usize, out: usize) -> Cell {
        let [r, c, o] = [
            place(&self.rows, rows),
            place(&self.cols, cols),
            place(&self.out, out),
        ];
        let scale = r.scale * c.scale * o.scale;
        let mut sum = [0.0; 1 + DENSITIES.len()];
        for (dr, of_row) in shares(r) {
            for (dc, of_col) in shares(c) {
                for (d_out, of_out) in shares(o) {
                    let weight = of_row * of_col * of_out * scale;
                    if weight > 0.0 {
                        let cell = &self.cells[self.index(r.node + dr, c.node + dc, o.node + d_out)];
                        for (s, v) in sum.iter_mut().zip(cell) {
                            *s += weight * v;
                        }
                    }
                }
            }
        }
        sum
    }

    fn index(&self, row: usize, col: usize, out: usize) -> usize {
        (row * self.cols.len() + col) * self.out.len() + out
    }

    /// What makes it unusable, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        for (name, axis) in [("rows", &self.rows), ("cols", &self.cols), ("out", &self.out)] {
            let ascending = axis.is_sorted_by(|a, b| a < b);
            if axis.first().is_none_or(|first| *first == 0) || !ascending {
                return Some(format!("`{name}` must hold ascending lengths of at least 1"));
            }
        }
        let expected = self.rows.len() * self.cols.len() * self.out.len();
        if self.cells.len() != expected {
            return Some(format!(
                "{} cells where the lengths make {expected}",
                self.cells.len()
            ));
        }
        let bad = self.cells.iter().position(|cell| {
            let positive = cell.iter().all(|v| v.is_finite() && *v > 0.0);
            !positive || !cell[1..].is_sorted()
        });
        bad.map(|k| {
            format!("cell {k} must hold positive nanoseconds, those of the event-driven kernel ascending")
        })
    }
}

fn place(nodes: &[usize], length: usize) -> Place {
    let last = nodes.len() - 1;
    let after = nodes.partition_point(|node| *node <= length);
    if after == 0 || after > last {
        return Place {
            node: if after == 0 { 0 } else { last },
            share: 0.0,
            scale: (length as f64 / nodes[last] as f64).max(1.0),
        };
    }
    let (low, high) = (nodes[after - 1], nodes[after]);
    Place {
        node: after - 1,
        share: (length - low) as f64 / (high - low) as f64,
        scale: 1.0,
    }
}

fn shares(place: Place) -> [(usize, f64); 2] {
    [(0, 1.0 - place.share), (1, place.share)]
}

#[cfg(test)]
mod tests {
    use super::{Cell, Grid, place};

    fn grid(cost: impl Fn(usize, usize, usize) -> Cell) -> Grid {
        let (rows, cols, out) = (vec![1, 16, 256], vec![8, 64], vec![1, 10, 16]);
        let mut cells = Vec::new();
        for r in &rows {
            for c in &cols {
                cells.extend(out.iter().map(|o| cost(*r, *c, *o)));
            }
        }
        Grid {
            rows,
            cols,
            out,
            cells,
        }
    }

    #[test]
    fn costs_with_overheads_per_length_are_met_between_the_points() {
        let cost = |r: usize, c: usize, o: usize| -> Cell {
            let (r, c, o) = (r as f64, c as f64, o as f64);
            [0, 1, 2, 3, 4].map(|k| 5.0 + 3.0 * r + 0.5 * r * o + f64::from(k) * r * c * o)
        };
        let grid = grid(cost);
        assert_eq!(grid.fault(), None);
        for shape in [(1, 8, 1), (7, 20, 12), (256, 64, 16), (100, 8, 3)] {
            let (found, wanted) = (
                grid.at(shape.0, shape.1, shape.2),
                cost(shape.0, shape.1, shape.2),
            );
            for (f, w) in found.iter().zip(wanted) {
                assert!((f - w).abs() < 1e-9 * w, "{shape:?}: {f} and {w}");
            }
        }
    }

    #[test]
    fn outside_in_proportion_or_constant() {
        let grid = grid(|r, c, o| [(r * c * o) as f64; 5]);
        assert_eq!(grid.at(2560, 64, 160)[0], (2560 * 64 * 160) as f64);
        assert_eq!(grid.at(1, 2, 1), grid.at(1, 8, 1));
    }

    #[test]
    fn places() {
        let nodes = [1, 5, 9];
        assert_eq!(place(&nodes, 5).node, 1);
        assert_eq!((place(&nodes, 6).node, place(&nodes, 6).share), (1, 0.25));
        assert_eq!((place(&nodes, 9).node, place(&nodes, 18).scale), (2, 2.0));
        assert_eq!((place(&[4], 1).node, place(&[4], 8).scale), (0, 2.0));
    }

    #[test]
    fn faults_are_found() {
        let good = grid(|_, _, _| [1.0; 5]);
        for spoil in [
            |g: &mut Grid| g.rows = vec![16, 1, 256],
            |g: &mut Grid| g.out[0] = 0,
            |g: &mut Grid| g.cols.clear(),
            |g: &mut Grid| drop(g.cells.pop()),
            |g: &mut Grid| g.cells[3][0] = f64::NAN,
            |g: &mut Grid| g.cells[3][2] = 0.5,
            |g: &mut Grid| g.cells[3] = [0.0; 5],
        ] {
            let mut bad = good.clone();
            spoil(&mut bad);
            assert!(bad.fault().is_some(), "{bad:?}");
        }
    }
}
