//! Measured nanoseconds on a grid of shapes, and what lies between its points.

use serde::{Deserialize, Serialize};

/// Densities of ones at which the event-driven kernel is measured.
pub(super) const DENSITIES: [f64; 4] = [0.01, 0.2, 0.5, 1.0];

/// Nanoseconds of the dense kernel, then of the event-driven one at [`DENSITIES`].
pub(super) type Cell = [f64; 1 + DENSITIES.len()];

/// Costs of one kind of product at all combinations of some lengths.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Grid {
    /// Rows of the binary operand, ascending.
    pub(super) rows: Vec<usize>,
    /// Its columns, ascending.
    pub(super) cols: Vec<usize>,
    /// Width of the other operand, ascending.
    pub(super) out: Vec<usize>,
    /// One per combination, `out` fastest, then `cols`.
    pub(super) cells: Vec<Cell>,
}

/// A grid as read, of whatever densities.
#[derive(Deserialize)]
pub(super) struct Measured {
    rows: Vec<usize>,
    cols: Vec<usize>,
    out: Vec<usize>,
    cells: Vec<Vec<f64>>,
}

impl Measured {
    /// With [`DENSITIES`]; `three` where it was measured at 1 %, 20 % and 80 %: what lay on their line still does.
    pub(super) fn grid(self, three: bool) -> Result<Grid, String> {
        let read = |cell: &Vec<f64>| match cell[..] {
            [dense, low, middle, high] if three => {
                let slope = (high - middle) / 0.6;
                Ok([dense, low, middle, middle + 0.3 * slope, high + 0.2 * slope])
            }
            [dense, a, b, c, d] if !three => Ok([dense, a, b, c, d]),
            _ => {
                let wanted = if three { 4 } else { 1 + DENSITIES.len() };
                Err(format!("a cell has {} figures instead of {wanted}", cell.len()))
            }
        };
        Ok(Grid {
            cells: self.cells.iter().map(read).collect::<Result<_, _>>()?,
            rows: self.rows,
            cols: self.cols,
            out: self.out,
        })
    }
}

/// Where a length lies on an axis: after node `node` by `share` of the way to the next one; more than 1 beyond the last.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    node: usize,
    share: f64,
}

impl Grid {
    /// Linear in each length between and beyond the points, which is exact for overheads per row, column and panel;
    /// constant below the shortest.
    pub(super) fn at(&self, rows: usize, cols: usize, out: usize) -> Cell {
        let (r, c, o) = (
            place(&self.rows, rows),
            place(&self.cols, cols),
            place(&self.out, out),
        );
        let mut sum = [0.0; 1 + DENSITIES.len()];
        for (row, of_row) in shares(r) {
            for (col, of_col) in shares(c) {
                for (width, of_out) in shares(o) {
                    let weight = of_row * of_col * of_out;
                    if weight != 0.0 {
                        let cell = &self.cells[self.index(row, col, width)];
                        for (s, v) in sum.iter_mut().zip(cell) {
                            *s += weight * v;
                        }
                    }
                }
            }
        }
        // Far beyond the points, noise of the figures must not turn costs around.
        sum[0] = sum[0].max(0.0);
        sum[1] = sum[1].max(0.0);
        for k in 2..sum.len() {
            sum[k] = sum[k].max(sum[k - 1]);
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
            if axis.len() < 2 || axis[0] == 0 || !ascending {
                return Some(format!(
                    "`{name}` must hold two or more ascending lengths of at least 1"
                ));
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
    let node = nodes
        .partition_point(|node| *node <= length)
        .clamp(1, nodes.len() - 1)
        - 1;
    let (low, high) = (nodes[node], nodes[node + 1]);
    Place {
        node,
        share: length.saturating_sub(low) as f64 / (high - low) as f64,
    }
}

fn shares(place: Place) -> [(usize, f64); 2] {
    [(place.node, 1.0 - place.share), (place.node + 1, place.share)]
}

#[cfg(test)]
mod tests {
    use super::{Cell, Grid, place};

    fn grid(cost: impl Fn(usize, usize, usize) -> Cell) -> Grid {
        let (rows, cols, out) = (vec![1, 16, 256], vec![8, 64], vec![1, 8, 16]);
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
        for shape in [(1, 8, 1), (7, 20, 16), (256, 64, 8), (100, 8, 8), (2560, 65, 160)] {
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
    fn short_lengths_cost_as_the_shortest() {
        let grid = grid(|r, c, o| [(r * c * o) as f64; 5]);
        assert_eq!(grid.at(1, 2, 1), grid.at(1, 8, 1));
    }

    #[test]
    fn places() {
        let nodes = [1, 5, 9];
        let found = |length: usize| (place(&nodes, length).node, place(&nodes, length).share);
        assert_eq!(found(1), (0, 0.0));
        assert_eq!(found(5), (1, 0.0));
        assert_eq!(found(6), (1, 0.25));
        assert_eq!(found(9), (1, 1.0));
        assert_eq!(found(17), (1, 3.0));
    }

    /// More events never cost less, even where figures are extrapolated that contradict each other.
    #[test]
    fn ascending_whatever_the_figures() {
        let grid = grid(|r, _, _| {
            if r == 16 {
                [9.0, 1.0, 50.0, 60.0, 70.0]
            } else {
                [1.0, 2.0, 3.0, 4.0, 5.0]
            }
        });
        let cell = grid.at(100_000, 8, 8);
        assert!(
            cell[1..].is_sorted() && cell.iter().all(|v| *v >= 0.0),
            "{cell:?}"
        );
    }

    #[test]
    fn faults_are_found() {
        let good = grid(|_, _, _| [1.0; 5]);
        for spoil in [
            |g: &mut Grid| g.rows = vec![16, 1, 256],
            |g: &mut Grid| g.out[0] = 0,
            |g: &mut Grid| g.cols.clear(),
            |g: &mut Grid| g.cells.truncate(3),
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
