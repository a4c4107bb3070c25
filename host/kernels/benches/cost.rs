//! How good the choices of a cost table are: over the layers of the supported data sets and all densities, the chosen
//! kernel against the better one.
//!
//! `cargo bench -p neurotrain-kernels --bench cost [-- [--builtin | --table FILE] [--all] [--quick]]`; without a table it
//! calibrates first. Ends with an error when the chosen kernel takes more than 1.1 times as long as the other one, after
//! that was measured several times: the machine should be idle.

#![allow(clippy::print_stdout)]

use neurotrain_kernels::cost::{CostTable, Form, Kernel, calibrate};
use neurotrain_kernels::dense::{Matrix, product};
use neurotrain_kernels::gather::sum_rows;
use neurotrain_kernels::gradient::{add_weight_gradient, weight_gradient, weight_gradient_into};
use neurotrain_kernels::product as plain;
use neurotrain_kernels::weighted::{Support, Weighted, add_weighted_gradient, weighted_gradient_into};
use neurotrain_kernels::{Events, Order, Panels};
use rustix::time::{ClockId, clock_gettime};
use std::cell::RefCell;
use std::process::ExitCode;
use std::time::Duration;

/// Inputs and outputs of layers.
const LAYERS: [(usize, usize); 10] = [
    (784, 256),
    (784, 800),
    (3072, 1024),
    (1024, 512),
    (2312, 512),
    (700, 512),
    (256, 10),
    (512, 20),
    (256, 256),
    (512, 512),
];
const ROWS: [usize; 3] = [1, 256, 2560];
/// Larger shapes with fewer rows.
const MORE: [(usize, usize, usize); 3] = [(1, 32768, 1024), (64, 32768, 1024), (16, 784, 256)];
const DENSITIES: [f64; 10] = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0];
const FORMS: [Form; 8] = [
    Form::Forward,
    Form::ForwardPlain,
    Form::ForwardTurned,
    Form::Gradient,
    Form::GradientTurned,
    Form::Update,
    Form::GradientWeighted,
    Form::UpdateWeighted,
];
/// Multiply-adds of a shape from which rows are left out.
const LARGEST: usize = 1 << 32;
const QUICK: usize = 1 << 27;
const PROMISE: f64 = 1.1;
const ATTEMPTS: u32 = 12;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let flag = |name: &str| args.iter().any(|a| a == name);
    let after = |flag: &str| args.iter().position(|a| a == flag).and_then(|k| args.get(k + 1));
    let table = if flag("--builtin") {
        CostTable::builtin()
    } else if let Some(file) = after("--table") {
        let text = std::fs::read_to_string(file).expect("the file can be read");
        CostTable::from_json(&text).expect("the file holds a table")
    } else {
        calibrate(Duration::from_millis(2500))
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("one thread").install(|| {
        check(
            &table,
            flag("--all"),
            if flag("--quick") { QUICK } else { LARGEST },
        )
    })
}

fn check(table: &CostTable, all: bool, largest: usize) -> ExitCode {
    let mut shapes: Vec<(usize, usize, usize)> = Vec::new();
    for (cols, out) in LAYERS {
        shapes.extend(ROWS.map(|rows| (rows.min(largest / (cols * out)), cols, out)));
    }
    shapes.extend(
        MORE.iter()
            .filter(|(rows, cols, out)| rows * cols * out <= largest),
    );
    shapes.dedup();
    let (mut worst, mut broken, mut cases) = (1.0f64, 0, 0);
    for (rows, cols, out) in shapes {
        let shape = Shape::new(rows, cols, out);
        for form in FORMS {
            let times = table.times(form, rows, cols, out);
            let mut line = format!(
                "{rows:5} x {cols:5} x {out:4} {:15} break-even {:6.3}:",
                format!("{form:?}"),
                times
                    .break_even()
                    .map_or(f64::INFINITY, |n| n as f64 / (rows * cols) as f64)
            );
            let mut shown = all;
            for (density, sparse) in DENSITIES.iter().zip(&shape.sparse) {
                let chosen = times.choose(sparse.events.nnz());
                let ratio = shape.ratio(form, sparse, chosen);
                worst = worst.max(ratio);
                cases += 1;
                if ratio > PROMISE {
                    broken += 1;
                    shown = true;
                }
                let mark = if chosen == Kernel::Dense { 'd' } else { 'e' };
                line += &format!(" {}%{mark}{ratio:.2}", density * 100.0);
            }
            if shown {
                println!("{line}");
            }
        }
    }
    println!("{cases} cases; chosen / better at worst {worst:.2}; {broken} above {PROMISE}");
    ExitCode::from(u8::from(broken > 0))
}

struct Shape {
    rows: usize,
    cols: usize,
    out: usize,
    dense: Vec<f32>,
    sparse: Vec<Sparse>,
    table: Vec<f32>,
    post: Vec<f32>,
    space: RefCell<Space>,
}

/// A sparse operand of some density.
struct Sparse {
    events: Events,
    /// As many elements that are no ones.
    values: Vec<f32>,
    support: Support,
}

impl Sparse {
    fn new(events: Events) -> Sparse {
        let values: Vec<f32> = events.to_dense::<f32>().iter().map(|v| 0.75 * v).collect();
        Sparse {
            support: Support::of(&values, events.rows, events.cols),
            values,
            events,
        }
    }

    fn weighted(&self) -> Weighted<f32> {
        Weighted::new(&self.values, &self.support)
    }
}

/// What is written.
struct Space {
    current: Vec<f32>,
    weights: Vec<f32>,
    panels: Panels<f32>,
}

impl Shape {
    fn new(rows: usize, cols: usize, out: usize) -> Shape {
        let mut draw = 88_172_645_463_325_252_u64;
        let mut random = move || {
            draw ^= draw << 13;
            draw ^= draw >> 7;
            draw ^= draw << 17;
            (draw >> 11) as f64 / (1u64 << 53) as f64
        };
        let mut events = |density: f64| {
            let mut events = Events::empty(rows, cols);
            for row in 0..rows {
                events
                    .index
                    .extend((0..cols as u32).filter(|_| random() < density));
                events.offsets[row + 1] = events.index.len() as u32;
            }
            events
        };
        Shape {
            rows,
            cols,
            out,
            dense: events(0.2).to_dense(),
            sparse: DENSITIES.map(|density| Sparse::new(events(density))).into(),
            table: vec![0.5; cols * out],
            post: vec![0.25; rows * out],
            space: RefCell::new(Space {
                current: vec![0.0; rows * out],
                weights: vec![0.0; cols * out],
                panels: Panels::zeros(cols, out),
            }),
        }
    }

    /// Time of `chosen` over the time of the better kernel, measured until that is clear.
    fn ratio(&self, form: Form, sparse: &Sparse, chosen: Kernel) -> f64 {
        let mut least = [f64::INFINITY; 2];
        for attempt in 1..=ATTEMPTS {
            least[0] = least[0].min(sample(|| self.run(form, sparse, Kernel::Dense)));
            least[1] = least[1].min(sample(|| self.run(form, sparse, Kernel::Events)));
            let [mine, other] = match chosen {
                Kernel::Dense => least,
                Kernel::Events => [least[1], least[0]],
            };
            let clear = other > 1.3 * mine || attempt > 3 && mine <= PROMISE * other;
            if clear || attempt == ATTEMPTS {
                return mine / mine.min(other);
            }
        }
        1.0
    }

    fn run(&self, form: Form, sparse: &Sparse, kernel: Kernel) -> Vec<f32> {
        let events = &sparse.events;
        let (rows, cols, out) = (self.rows, self.cols, self.out);
        let x = Matrix::new(&self.dense, rows, cols);
        let turned_post = Matrix::new(&self.post, rows, out).t();
        let mut space = self.space.borrow_mut();
        let Space {
            current,
            weights,
            panels,
        } = &mut *space;
        match (form, kernel) {
            (Form::Forward | Form::ForwardPlain | Form::ForwardTurned, Kernel::Dense) => {
                product(x, Matrix::new(&self.table, out, cols).t(), current, false);
            }
            (Form::Forward, Kernel::Events) => sum_rows(events, panels, current),
            (Form::ForwardPlain, Kernel::Events) => plain::sum_rows(events, &self.table, out, current),
            (Form::ForwardTurned, Kernel::Events) => {
                sum_rows(events, &Panels::pack_transposed(&self.table, cols, out), current);
            }
            (Form::Gradient | Form::GradientTurned | Form::GradientWeighted, Kernel::Dense) => {
                let mut gradient = vec![0.0; cols * out];
                product(turned_post, x, &mut gradient, false);
                return gradient;
            }
            (Form::Gradient, Kernel::Events) => return weight_gradient(events, &self.post, out),
            (Form::GradientTurned, Kernel::Events) => {
                weight_gradient_into(events, &self.post, out, Order::Columns, weights);
            }
            (Form::GradientWeighted, Kernel::Events) => {
                let mut gradient = vec![0.0; cols * out];
                weighted_gradient_into(&sparse.weighted(), &self.post, out, Order::Rows, &mut gradient);
                return gradient;
            }
            (Form::UpdateWeighted, Kernel::Events) => {
                add_weighted_gradient(&sparse.weighted(), &self.post, 1e-9, panels);
            }
            (Form::Update | Form::UpdateWeighted, Kernel::Dense) => product(turned_post, x, weights, true),
            (Form::Update, Kernel::Events) => add_weight_gradient(events, &self.post, 1e-9, panels),
        }
        Vec::new()
    }
}

/// Nanoseconds of the processor that one execution takes, over at least 30 µs.
fn sample<T>(mut body: impl FnMut() -> T) -> f64 {
    let mut repeats = 1;
    loop {
        let start = now();
        for _ in 0..repeats {
            std::hint::black_box(body());
        }
        let taken = now() - start;
        if taken > 30_000.0 {
            return taken / f64::from(repeats);
        }
        repeats *= 4;
    }
}

fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
