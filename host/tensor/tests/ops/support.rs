//! Runs of both real types, and a plain array to compare with.

use neurotrain_plugin_api::{Ctx, Error, Tensor};
use neurotrain_tensor::{Callbacks, RealType, Services, Session, SessionConfig};
use std::sync::Arc;

pub(crate) fn session(dtype: RealType, seed: u64) -> Arc<Session> {
    Session::new(SessionConfig {
        device: "cpu".to_owned(),
        dtype,
        seed,
        ..SessionConfig::default()
    })
    .unwrap()
}

pub(crate) fn ctx_of(session: &Arc<Session>) -> Ctx {
    Ctx::from_raw(Services::new(session.clone(), Callbacks::default())).unwrap()
}

pub(crate) fn ctx(dtype: RealType) -> Ctx {
    ctx_of(&session(dtype, 1))
}

/// Runs a test in both real types, with a relative tolerance for each.
pub(crate) fn both(test: impl Fn(&Ctx, f64)) {
    test(&ctx(RealType::F32), 2e-5);
    test(&ctx(RealType::F64), 1e-12);
}

/// A dense row-major array in double precision.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Nd {
    pub(crate) dims: Vec<usize>,
    pub(crate) data: Vec<f64>,
}

impl Nd {
    pub(crate) fn new(dims: &[usize], data: Vec<f64>) -> Nd {
        assert_eq!(dims.iter().product::<usize>(), data.len());
        Nd {
            dims: dims.to_vec(),
            data,
        }
    }

    pub(crate) fn from_fn(dims: &[usize], f: impl FnMut(&[usize]) -> f64) -> Nd {
        Nd {
            dims: dims.to_vec(),
            data: positions(dims).iter().map(Vec::as_slice).map(f).collect(),
        }
    }

    pub(crate) fn of(tensor: &Tensor) -> Nd {
        Nd::new(&tensor.shape(), tensor.to_vec().unwrap())
    }

    /// The element at a position of a shape that this array broadcasts to.
    pub(crate) fn at(&self, position: &[usize]) -> f64 {
        let own = &position[position.len() - self.dims.len()..];
        let flat = own
            .iter()
            .zip(&self.dims)
            .fold(0, |flat, (i, d)| flat * d + if *d == 1 { 0 } else { *i });
        self.data[flat]
    }

    pub(crate) fn map(&self, f: impl Fn(f64) -> f64) -> Nd {
        Nd::new(&self.dims, self.data.iter().map(|v| f(*v)).collect())
    }

    pub(crate) fn tensor(&self, ctx: &Ctx) -> Tensor {
        ctx.tensor(&self.data, &self.dims).unwrap()
    }

    /// That `tensor` has this shape and, to a relative tolerance, these values.
    #[track_caller]
    pub(crate) fn expect(&self, tensor: &Tensor, tolerance: f64) {
        assert_eq!(&tensor.shape()[..], &self.dims[..], "shape");
        for (k, (got, want)) in tensor.to_vec().unwrap().iter().zip(&self.data).enumerate() {
            let same = got == want || (got.is_nan() && want.is_nan());
            assert!(
                same || (got - want).abs() <= tolerance * (1.0 + want.abs()),
                "element {k}: {got} instead of {want}"
            );
        }
    }
}

/// All positions of a shape in row-major order.
pub(crate) fn positions(dims: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for length in dims {
        all = all
            .iter()
            .flat_map(|p| (0..*length).map(move |i| [&p[..], &[i]].concat()))
            .collect();
    }
    all
}

/// Random values in `[-2, 2)`, with a tensor that holds them exactly.
pub(crate) fn values(ctx: &Ctx, purpose: &str, dims: &[usize]) -> (Tensor, Nd) {
    let tensor = ctx.uniform(purpose, 0, dims, -2.0, 2.0).unwrap();
    let array = Nd::of(&tensor);
    (tensor, array)
}

/// A random 0/1 tensor of the given density as events, and its values.
pub(crate) fn spikes(ctx: &Ctx, purpose: &str, dims: &[usize], density: f64) -> (Tensor, Nd) {
    let chance = ctx.full(dims, density).unwrap();
    let tensor = ctx.bernoulli(purpose, 0, &chance).unwrap().sparsify().unwrap();
    assert!(tensor.is_sparse());
    let array = Nd::of(&tensor);
    (tensor, array)
}

#[track_caller]
pub(crate) fn code<T>(result: Result<T, Error>) -> (String, String) {
    match result {
        Ok(_) => panic!("an error was expected"),
        Err(e) => (e.code().to_owned(), e.message().to_owned()),
    }
}

/// The shape that two broadcast to.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Vec<usize> {
    let rank = a.len().max(b.len());
    let length = |dims: &[usize], axis: usize| (axis + dims.len()).checked_sub(rank).map_or(1, |k| dims[k]);
    (0..rank)
        .map(|k| {
            if length(a, k) == 1 {
                length(b, k)
            } else {
                length(a, k)
            }
        })
        .collect()
}
