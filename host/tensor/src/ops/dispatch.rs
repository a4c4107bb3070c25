//! From operation codes to functions.

use super::arith::{Binary, binary};
use super::operands::Call;
use super::pointwise::{Signed, Unary, unary};
use super::reduce::Extreme;
use super::results::Results;
use super::{
    add_product, autograd, create, eligibility, index, inplace, join, labels, lif, matmul, outer, pseudo,
    random, reduce, scan, select, shape, softmax,
};
use crate::{HostTensor, Session};
use neurotrain_plugin_api::abi::{API_MAJOR, API_MINOR, Args, ops};
use neurotrain_plugin_api::{Error, Result};
use std::sync::Arc;

/// Runs a tensor operation on `receiver`.
pub(crate) fn tensor(receiver: &HostTensor, op: u32, args: Args<'_>) -> Result<Results> {
    let call = &Call {
        name: name(op),
        receiver,
        args,
    };
    let real = |index| call.real(index);
    match op {
        ops::ADD => binary(call, Binary::Add),
        ops::SUB => binary(call, Binary::Sub),
        ops::MUL => binary(call, Binary::Mul),
        ops::DIV => binary(call, Binary::Div),
        ops::MAXIMUM => binary(call, Binary::Maximum),
        ops::MINIMUM => binary(call, Binary::Minimum),
        ops::GT => binary(call, Binary::Greater),
        ops::GE => binary(call, Binary::GreaterEqual),
        ops::EQ => binary(call, Binary::Equal),
        ops::AFFINE => unary(
            call,
            Unary::Affine {
                scale: real(0)?,
                shift: real(1)?,
            },
        ),
        ops::NEG => unary(call, Unary::Signed(Signed::Neg)),
        ops::EXP => unary(call, Unary::Exp),
        ops::LOG => unary(call, Unary::Log),
        ops::SQRT => unary(call, Unary::Sqrt),
        ops::ABS => unary(call, Unary::Signed(Signed::Abs)),
        ops::RELU => unary(call, Unary::Signed(Signed::Relu)),
        ops::SIGMOID => unary(call, Unary::Sigmoid),
        ops::TANH => unary(call, Unary::Tanh),
        ops::SIGN => unary(call, Unary::Signed(Signed::Sign)),
        ops::CLAMP => unary(
            call,
            Unary::Clamp {
                low: real(0)?,
                high: real(1)?,
            },
        ),
        ops::POWF => unary(call, Unary::Power { exponent: real(0)? }),
        ops::FLOOR => unary(call, Unary::Floor),
        ops::GT_SCALAR => unary(call, Unary::Greater { bound: real(0)? }),
        ops::GE_SCALAR => unary(call, Unary::GreaterEqual { bound: real(0)? }),
        ops::NAN_TO_NUM => unary(
            call,
            Unary::NanTo {
                nan: real(0)?,
                positive: real(1)?,
                negative: real(2)?,
            },
        ),
        ops::WHERE => select::choose(call),
        ops::RESHAPE => shape::reshape(call),
        ops::TRANSPOSE => shape::transpose(call),
        ops::NARROW => shape::narrow(call),
        ops::SELECT => shape::select(call),
        ops::BROADCAST_TO => shape::broadcast_to(call),
        ops::COPY => shape::copy(call),
        ops::CAST => shape::cast(call),
        ops::SPARSIFY => shape::sparsify(call),
        ops::CAT => join::cat(call),
        ops::STACK => join::stack(call),
        ops::INDEX_SELECT => index::index_select(call),
        ops::INDEX_ADD => index::index_add(call),
        ops::SUM => reduce::sum(call),
        ops::MEAN => reduce::mean(call),
        ops::MAX => reduce::extreme(call, Extreme::Max),
        ops::MIN => reduce::extreme(call, Extreme::Min),
        ops::ARGMAX => reduce::argmax(call),
        ops::COUNT_NONZERO => reduce::count_nonzero(call),
        ops::NORM => reduce::norm(call),
        ops::MATMUL => matmul::matmul(call),
        ops::SOFTMAX => softmax::softmax_along(call, false),
        ops::LOG_SOFTMAX => softmax::softmax_along(call, true),
        ops::MINUS_ONE_HOT => labels::minus_one_hot(call),
        ops::SOFTMAX_MINUS_ONE_HOT => labels::softmax_minus_one_hot(call),
        ops::CROSS_ENTROPY => labels::cross_entropy(call),
        ops::GATHER_ROWS => labels::gather_rows(call),
        ops::TRACE => inplace::trace(call),
        ops::ADD_SCALED => inplace::add_scaled(call),
        ops::ASSIGN => inplace::assign(call),
        ops::PSEUDO_DERIVATIVE => pseudo::pseudo_derivative(call),
        ops::OUTER_SUM => outer::outer_sum(call),
        ops::LIF_STEP => lif::lif_step(call),
        ops::SCAN_DECAY => scan::scan_decay(call),
        ops::SCAN_GAIN => scan::scan_gain(call),
        ops::ADD_PRODUCT => add_product::add_product(call),
        ops::ELIGIBILITY_STEP => eligibility::eligibility_step(call),
        ops::VARIABLE => autograd::variable(call),
        ops::BACKWARD => autograd::backward(call),
        ops::DETACH => autograd::detach(call),
        _ => Err(unknown("tensor", op)),
    }
}

/// Runs a creation or random operation.
pub(crate) fn host(session: &Arc<Session>, op: u32, args: Args<'_>) -> Result<Results> {
    let name = name(op);
    match op {
        ops::FULL => create::full(session, name, &args),
        ops::FROM_REALS => create::from_reals(session, name, &args),
        ops::FROM_INTS => create::from_ints(session, &args),
        ops::UNIFORM => random::uniform(session, name, &args),
        ops::NORMAL => random::normal(session, name, &args),
        ops::BERNOULLI => random::bernoulli(session, name, &args),
        ops::PERMUTATION => random::permutation(session, name, &args),
        _ => Err(unknown("host", op)),
    }
}

/// The name of an operation in messages: that of the author-level method.
pub(crate) fn name(op: u32) -> &'static str {
    match op {
        ops::ADD => "add",
        ops::SUB => "sub",
        ops::MUL => "mul",
        ops::DIV => "div",
        ops::MAXIMUM => "maximum",
        ops::MINIMUM => "minimum",
        ops::AFFINE => "affine",
        ops::NEG => "neg",
        ops::EXP => "exp",
        ops::LOG => "log",
        ops::SQRT => "sqrt",
        ops::ABS => "abs",
        ops::RELU => "relu",
        ops::SIGMOID => "sigmoid",
        ops::TANH => "tanh",
        ops::SIGN => "sign",
        ops::CLAMP => "clamp",
        ops::POWF => "powf",
        ops::GT => "gt",
        ops::GE => "ge",
        ops::EQ => "eq",
        ops::WHERE => "where",
        ops::FLOOR => "floor",
        ops::GT_SCALAR => "gt_scalar",
        ops::GE_SCALAR => "ge_scalar",
        ops::NAN_TO_NUM => "nan_to_num",
        ops::RESHAPE => "reshape",
        ops::TRANSPOSE => "transpose",
        ops::NARROW => "narrow",
        ops::CAT => "cat",
        ops::STACK => "stack",
        ops::BROADCAST_TO => "broadcast_to",
        ops::INDEX_SELECT => "index_select",
        ops::INDEX_ADD => "index_add",
        ops::SELECT => "select",
        ops::COPY => "copy",
        ops::CAST => "cast",
        ops::SPARSIFY => "sparsify",
        ops::SUM => "sum",
        ops::MEAN => "mean",
        ops::MAX => "max",
        ops::MIN => "min",
        ops::ARGMAX => "argmax",
        ops::MATMUL => "matmul",
        ops::SOFTMAX => "softmax",
        ops::LOG_SOFTMAX => "log_softmax",
        ops::COUNT_NONZERO => "count_nonzero",
        ops::NORM => "norm",
        ops::MINUS_ONE_HOT => "minus_one_hot",
        ops::SOFTMAX_MINUS_ONE_HOT => "softmax_minus_one_hot",
        ops::CROSS_ENTROPY => "cross_entropy",
        ops::GATHER_ROWS => "gather_rows",
        ops::TRACE => "trace",
        ops::ADD_SCALED => "add_scaled",
        ops::ASSIGN => "assign",
        ops::PSEUDO_DERIVATIVE => "pseudo_derivative",
        ops::OUTER_SUM => "outer_sum",
        ops::LIF_STEP => "lif_step",
        ops::SCAN_DECAY => "scan_decay",
        ops::SCAN_GAIN => "scan_gain",
        ops::ADD_PRODUCT => "add_product",
        ops::ELIGIBILITY_STEP => "eligibility_step",
        ops::VARIABLE => "variable",
        ops::BACKWARD => "backward",
        ops::DETACH => "detach",
        ops::FULL => "full",
        ops::FROM_REALS => "tensor",
        ops::FROM_INTS => "indices",
        ops::UNIFORM => "uniform",
        ops::NORMAL => "normal",
        ops::BERNOULLI => "bernoulli",
        ops::PERMUTATION => "permutation",
        _ => "unknown operation",
    }
}

fn unknown(kind: &str, op: u32) -> Error {
    let message = format!(
        "{kind} operation {op} is unknown to this host, which speaks plugin API {API_MAJOR}.{API_MINOR}"
    );
    Error::new("unsupported", message)
        .with_hint("install a newer neurotrain, or build the plugin against the plugin API of this one")
}
