//! The kernels against their compositions of candle operations, in both real types.

use super::arith::Binary;
use super::pointwise::{Signed, Unary};
use super::{
    add_product, arith, compose, inplace, labels, lif, outer, pointwise, pseudo, scan, select, softmax,
};
use super::{matmul, operands::Call, reduce, results::Results};
use crate::{Category, HostTensor, RealType, Session, SessionConfig};
use candle_core::{DType, Device, Tensor};
use neurotrain_plugin_api::Result;
use neurotrain_plugin_api::abi::{Args, RawTensorBox};
use neurotrain_plugin_api::rng::Stream;
use std::sync::Arc;

struct Bench {
    session: Arc<Session>,
    dtype: DType,
}

fn both(test: impl Fn(&Bench)) {
    for (real, dtype) in [(RealType::F32, DType::F32), (RealType::F64, DType::F64)] {
        let config = SessionConfig {
            device: "cpu".into(),
            dtype: real,
            seed: 0,
            ..SessionConfig::default()
        };
        test(&Bench {
            session: Session::new(config).unwrap(),
            dtype,
        });
    }
}

impl Bench {
    fn random(&self, purpose: &str, dims: &[usize]) -> Tensor {
        let mut stream = Stream::new(0, purpose, 0);
        let count = dims.iter().product();
        let values: Vec<f64> = (0..count).map(|_| 4.0 * stream.uniform() - 2.0).collect();
        Tensor::from_vec(values, dims, &Device::Cpu)
            .unwrap()
            .to_dtype(self.dtype)
            .unwrap()
    }

    fn host(&self, tensor: &Tensor) -> HostTensor {
        HostTensor::dense(&self.session, tensor.clone(), Category::RuleState)
    }

    /// The results of an operation on `receiver` with tensor operands.
    fn run(
        &self,
        op: impl Fn(&Call<'_>) -> Result<Results>,
        receiver: &Tensor,
        tensors: &[&Tensor],
        reals: &[f64],
        ints: &[i64],
        text: &str,
    ) -> Vec<Tensor> {
        let receiver = self.host(receiver);
        let raw: Vec<RawTensorBox> = tensors.iter().map(|t| self.host(t).into_raw()).collect();
        let refs: Vec<&RawTensorBox> = raw.iter().collect();
        let args = Args::new(&refs, reals, ints, text);
        let call = Call {
            name: "test",
            receiver: &receiver,
            args,
        };
        let made = op(&call).unwrap();
        if made.is_empty() {
            return vec![receiver.dense_tensor().unwrap()];
        }
        made.iter()
            .map(|t| HostTensor::of(t).unwrap().dense_tensor().unwrap())
            .collect()
    }

    fn labels(&self) -> Tensor {
        Tensor::new(&[3_i64, 0, 1], &Device::Cpu).unwrap()
    }

    #[track_caller]
    fn same(&self, got: &Tensor, want: candle_core::Result<Tensor>) {
        let want = want.unwrap();
        assert_eq!((got.dims(), got.dtype()), (want.dims(), want.dtype()));
        let flat = |t: &Tensor| {
            t.to_dtype(DType::F64)
                .unwrap()
                .flatten_all()
                .unwrap()
                .to_vec1::<f64>()
                .unwrap()
        };
        let tolerance = if self.dtype == DType::F32 { 1e-5 } else { 1e-13 };
        for (g, w) in flat(got).into_iter().zip(flat(&want)) {
            assert!(
                (g - w).abs() <= tolerance * (1.0 + w.abs()) || g == w,
                "{g} instead of {w}"
            );
        }
    }
}

#[test]
fn element_wise() {
    both(|b| {
        let (x, y) = (b.random("x", &[3, 1, 5]), b.random("y", &[4, 5]));
        for op in [
            Binary::Add,
            Binary::Sub,
            Binary::Mul,
            Binary::Div,
            Binary::Maximum,
            Binary::Minimum,
            Binary::Greater,
            Binary::GreaterEqual,
            Binary::Equal,
        ] {
            b.same(
                &b.run(|c| arith::binary(c, op), &x, &[&y], &[], &[], "")[0],
                compose::binary(op, &x, &y),
            );
        }
        let (low, high) = (-0.5, 0.75);
        for op in [
            Unary::Signed(Signed::Neg),
            Unary::Signed(Signed::Abs),
            Unary::Signed(Signed::Relu),
            Unary::Signed(Signed::Sign),
            Unary::Affine {
                scale: 2.0,
                shift: 1.0,
            },
            Unary::Exp,
            Unary::Sigmoid,
            Unary::Tanh,
            Unary::Clamp { low, high },
            Unary::Power { exponent: 2.0 },
            Unary::Floor,
            Unary::Greater { bound: low },
            Unary::GreaterEqual { bound: low },
        ] {
            b.same(
                &b.run(|c| pointwise::unary(c, op), &x, &[], &[], &[], "")[0],
                compose::unary(op, &x),
            );
        }
        let positive = x.sqr().unwrap();
        for op in [Unary::Log, Unary::Sqrt] {
            b.same(
                &b.run(|c| pointwise::unary(c, op), &positive, &[], &[], &[], "")[0],
                compose::unary(op, &positive),
            );
        }
        let odd = Tensor::new(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5], &Device::Cpu).unwrap();
        let odd = odd.to_dtype(b.dtype).unwrap();
        let op = Unary::NanTo {
            nan: 1.0,
            positive: 2.0,
            negative: 3.0,
        };
        b.same(
            &b.run(|c| pointwise::unary(c, op), &odd, &[], &[], &[], "")[0],
            compose::unary(op, &odd),
        );
        let mask = x.relu().unwrap();
        let (wide, dims) = (b.random("z", &[3, 4, 5]), [3, 4, 5]);
        b.same(
            &b.run(select::choose, &mask, &[&y, &wide], &[], &[], "")[0],
            compose::choose(&mask, &y, &wide, &dims),
        );
        b.same(
            &b.run(add_product::add_product, &wide, &[&x, &y], &[0.3], &[], "")[0],
            compose::add_product(&wide, &x, &y, 0.3),
        );
    });
}

#[test]
fn reductions_and_products() {
    both(|b| {
        let x = b.random("x", &[3, 4, 5]);
        for axes in [&[0_usize][..], &[1], &[0, 2], &[0, 1, 2]] {
            let ints: Vec<i64> = axes.iter().map(|a| *a as i64).collect();
            let count = axes.iter().map(|a| x.dims()[*a]).product();
            b.same(
                &b.run(reduce::sum, &x, &[], &[], &ints, "")[0],
                compose::sum(&x, axes),
            );
            b.same(
                &b.run(reduce::mean, &x, &[], &[], &ints, "")[0],
                compose::mean(&x, axes, count),
            );
        }
        for axis in 0..3 {
            let ints = [axis as i64];
            b.same(
                &b.run(|c| softmax::softmax_along(c, false), &x, &[], &[], &ints, "")[0],
                compose::softmax(&x, axis),
            );
            b.same(
                &b.run(|c| softmax::softmax_along(c, true), &x, &[], &[], &ints, "")[0],
                compose::log_softmax(&x, axis),
            );
        }
        b.same(&b.run(reduce::norm, &x, &[], &[], &[], "")[0], compose::norm(&x));
        let sparse = x.relu().unwrap();
        let count = compose::count_nonzero(&sparse).unwrap();
        b.same(
            &b.run(reduce::count_nonzero, &sparse, &[], &[], &[], "")[0],
            Tensor::new(count, &Device::Cpu).and_then(|t| t.to_dtype(b.dtype)),
        );
        let spikes = x.gt(1.2).and_then(|t| t.to_dtype(b.dtype)).unwrap();
        let post = b.random("post", &[3, 4, 17]);
        let events = |call: &Call<'_>| {
            let made = super::shape::sparsify(&Call {
                receiver: call.tensor(0)?,
                ..*call
            })?;
            let refs = [&made[0]];
            outer::outer_sum(&Call {
                args: Args::new(&refs, &[], &[], ""),
                ..*call
            })
        };
        b.same(
            &b.run(events, &post, &[&spikes], &[], &[], "")[0],
            compose::outer_sum(&post, &spikes, 12),
        );
        let w = b.random("w", &[5, 17]);
        let events = |call: &Call<'_>| {
            let made = super::shape::sparsify(call)?;
            matmul::matmul(&Call {
                receiver: &HostTensor::of(&made[0])?,
                ..*call
            })
        };
        b.same(
            &b.run(events, &spikes, &[&w], &[], &[], "")[0],
            compose::matmul(&spikes, &w, false, false),
        );
    });
}

/// Enough rows for several threads, and for parts that begin in the middle of the labels.
#[test]
fn many_rows_with_labels() {
    both(|b| {
        let scores = b.random("scores", &[3, 300, 40]);
        let labels: Vec<i64> = (0..300).map(|k| k * 7 % 40).collect();
        let labels = Tensor::new(&labels[..], &Device::Cpu).unwrap();
        let one = |op: fn(&Call<'_>) -> Result<Results>, reals: &[f64]| {
            b.run(op, &scores, &[&labels], reals, &[], "").remove(0)
        };
        b.same(
            &one(labels::softmax_minus_one_hot, &[0.7]),
            compose::softmax_minus_one_hot(&scores, &labels, 0.7),
        );
        b.same(
            &one(labels::cross_entropy, &[]),
            compose::cross_entropy(&scores, &labels),
        );
    });
}

/// Results take the memory of dropped tensors, whose values must not show.
#[test]
fn kept_memory_is_written_as_a_whole() {
    const DIMS: [usize; 2] = [150, 200];
    both(|b| {
        let (x, y) = (b.random("x", &DIMS), b.random("y", &DIMS));
        let spoil = || {
            let count = DIMS.iter().product();
            let mut kept = 0;
            for _ in 0..2 {
                let buffer = b.session.kept_buffer::<f32>(count).is_some();
                kept += usize::from(buffer || b.session.kept_buffer::<f64>(count).is_some());
            }
            for _ in 0..2 {
                let spoiled = Tensor::full(f64::NAN, &DIMS, &Device::Cpu).unwrap();
                let spoiled = spoiled.to_dtype(b.dtype).unwrap().force_contiguous().unwrap();
                drop(HostTensor::owned(&b.session, spoiled, Category::RuleState));
            }
            kept
        };
        let finite = |tensors: Vec<Tensor>| {
            let sum = tensors[0].to_dtype(DType::F64).unwrap().sum_all().unwrap();
            assert!(sum.to_scalar::<f64>().unwrap().is_finite());
        };
        let mut kept = 0;
        let mut check =
            |op: &dyn Fn(&Call<'_>) -> Result<Results>, tensors: &[&Tensor], reals: &[f64], text| {
                kept += spoil();
                finite(b.run(op, &x, tensors, reals, &[], text));
            };
        check(&|c| arith::binary(c, Binary::Mul), &[&y], &[], "");
        check(
            &|c| {
                let affine = Unary::Affine {
                    scale: 2.0,
                    shift: 1.0,
                };
                pointwise::unary(c, affine)
            },
            &[],
            &[],
            "",
        );
        check(&add_product::add_product, &[&y, &y], &[0.5], "");
        check(&select::choose, &[&y, &x], &[], "");
        check(&scan::scan_decay, &[], &[0.5], "");
        check(&pseudo::pseudo_derivative, &[], &[1.0, 25.0], "fast_sigmoid");
        let square = b.random("square", &[200, 200]);
        check(&matmul::matmul, &[&square], &[], "");
        assert!(kept > 6, "{kept} buffers were kept: the test sees nothing");
    });
}

#[test]
fn vocabulary_of_rules() {
    both(|b| {
        let (x, y) = (b.random("x", &[2, 3, 5]), b.random("y", &[2, 3, 5]));
        let labels_of = b.labels();
        let one = |op: fn(&Call<'_>) -> Result<Results>, t: &[&Tensor], r: &[f64], i: &[i64]| {
            b.run(op, &x, t, r, i, "")
        };
        b.same(
            &one(labels::minus_one_hot, &[&labels_of], &[0.7], &[])[0],
            compose::minus_one_hot(&x, &labels_of, 0.7),
        );
        b.same(
            &one(labels::softmax_minus_one_hot, &[&labels_of], &[0.7], &[])[0],
            compose::softmax_minus_one_hot(&x, &labels_of, 0.7),
        );
        b.same(
            &one(labels::cross_entropy, &[&labels_of], &[], &[])[0],
            compose::cross_entropy(&x, &labels_of),
        );
        let table = b.random("table", &[4, 6]);
        b.same(
            &b.run(labels::gather_rows, &table, &[&labels_of], &[1.5], &[], "")[0],
            compose::gather_rows(&table, &labels_of, 1.5),
        );
        b.same(
            &one(inplace::trace, &[&y], &[0.9, 0.3], &[])[0],
            compose::trace(&x, &y, 0.9, 0.3),
        );
        b.same(
            &one(inplace::add_scaled, &[&y], &[0.3], &[])[0],
            compose::trace(&x, &y, 1.0, 0.3),
        );
        for reverse in [false, true] {
            let flag = [i64::from(reverse)];
            b.same(
                &one(scan::scan_decay, &[], &[0.8], &flag)[0],
                compose::scan_decay(&x, 0.8, reverse),
            );
            b.same(
                &one(scan::scan_gain, &[&y], &[], &flag)[0],
                compose::scan_gain(&x, &y, reverse),
            );
        }
        let spikes = y.gt(0.0).and_then(|t| t.to_dtype(b.dtype)).unwrap();
        for inclusive in [false, true] {
            let made = one(
                lif::lif_step,
                &[&y, &spikes],
                &[0.9, 0.5],
                &[i64::from(inclusive)],
            );
            let (membrane, fired) = compose::lif_step(&x, &y, &spikes, 0.9, 0.5, inclusive).unwrap();
            b.same(&made[0], Ok(membrane));
            b.same(&made[1], Ok(fired));
        }
        let kinds: [(&str, &[f64]); 6] = [
            ("fast_sigmoid", &[25.0]),
            ("sigmoid", &[4.0]),
            ("atan", &[2.0]),
            ("triangular", &[0.3, 0.5]),
            ("tanh", &[]),
            ("boxcar", &[0.5]),
        ];
        for (kind, parameters) in kinds {
            let reals = [&[0.25], parameters].concat();
            let surrogate = neurotrain_plugin_api::Surrogate::from_parts(kind, parameters).unwrap();
            let kernel = pseudo::kernel_of(&surrogate).unwrap();
            b.same(
                &b.run(pseudo::pseudo_derivative, &x, &[], &reals, &[], kind)[0],
                compose::pseudo_derivative(kernel, &x, 0.25),
            );
        }
    });
}
