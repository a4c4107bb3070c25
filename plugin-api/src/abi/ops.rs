//! Operation codes.
//!
//! A code is never reused and its meaning never changes, nor does an operation gain operands, which an older
//! host would ignore: what is new gets a new code. A host that does not know a code answers with an error of
//! code `unsupported`.
//!
//! Notation: `t0, t1, …` tensor operands, `r0, …` reals, `i0, …` integers, `text`. "self" is the tensor the
//! call is made on. `[..]` after an arrow is the shape of the result. Axes may be negative (from the end).
//! Binary element-wise operations broadcast as NumPy does. Where nothing else is said one tensor returns.

// ---- tensors: element-wise ------------------------------------------------------------------------------

/// `self + t0`.
pub const ADD: u32 = 1;
/// `self - t0`.
pub const SUB: u32 = 2;
/// `self * t0`.
pub const MUL: u32 = 3;
/// `self / t0`.
pub const DIV: u32 = 4;
/// Element-wise maximum of `self` and `t0`.
pub const MAXIMUM: u32 = 5;
/// Element-wise minimum of `self` and `t0`.
pub const MINIMUM: u32 = 6;
/// `r0 * self + r1`.
pub const AFFINE: u32 = 7;
/// `-self`.
pub const NEG: u32 = 8;
/// `exp(self)`.
pub const EXP: u32 = 9;
/// `ln(self)`.
pub const LOG: u32 = 10;
/// `sqrt(self)`.
pub const SQRT: u32 = 11;
/// `|self|`.
pub const ABS: u32 = 12;
/// `max(self, 0)`.
pub const RELU: u32 = 13;
/// Logistic function.
pub const SIGMOID: u32 = 14;
/// Hyperbolic tangent.
pub const TANH: u32 = 15;
/// -1, 0 or 1.
pub const SIGN: u32 = 16;
/// `self` clamped to `[r0, r1]`.
pub const CLAMP: u32 = 17;
/// `self ^ r0`.
pub const POWF: u32 = 18;
/// 1 where `self > t0` (strict), else 0, in the type of `self`.
pub const GT: u32 = 19;
/// 1 where `self >= t0`, else 0.
pub const GE: u32 = 20;
/// 1 where `self == t0`, else 0.
pub const EQ: u32 = 21;
/// `t0` where `self != 0`, else `t1`.
pub const WHERE: u32 = 22;
/// `floor(self)`.
pub const FLOOR: u32 = 23;
/// Scalar comparison `self > r0` as 0/1.
pub const GT_SCALAR: u32 = 24;
/// Scalar comparison `self >= r0` as 0/1.
pub const GE_SCALAR: u32 = 25;
/// Replaces NaN by `r0`, +inf by `r1`, -inf by `r2`.
pub const NAN_TO_NUM: u32 = 26;

// ---- tensors: shape -------------------------------------------------------------------------------------

/// Shape `ints` (one of them may be -1).
pub const RESHAPE: u32 = 40;
/// Swaps axes `i0` and `i1`.
pub const TRANSPOSE: u32 = 41;
/// Axis `i0` from `i1`, length `i2`.
pub const NARROW: u32 = 42;
/// Concatenates `self, t0, t1, …` along axis `i0`.
pub const CAT: u32 = 43;
/// Stacks `self, t0, …` along the new axis `i0`.
pub const STACK: u32 = 44;
/// Broadcasts to shape `ints`.
pub const BROADCAST_TO: u32 = 45;
/// Rows `t0` (i64 `[k]`) along axis `i0`.
pub const INDEX_SELECT: u32 = 46;
/// `self` with `t1` added at rows `t0` (i64 `[k]`) of axis `i0`.
pub const INDEX_ADD: u32 = 47;
/// Index `i1` of axis `i0`, the axis removed.
pub const SELECT: u32 = 48;
/// A dense, independent copy.
pub const COPY: u32 = 49;
/// The elements as type `i0` (one of `dtype`).
pub const CAST: u32 = 50;
/// The same values stored as events where binary (form hint `EVENTS`), else unchanged.
pub const SPARSIFY: u32 = 51;

// ---- tensors: reductions and products -------------------------------------------------------------------

/// Sum over axes `ints`, all when empty; axes removed.
pub const SUM: u32 = 60;
/// Mean over axes `ints`, all when empty; axes removed.
pub const MEAN: u32 = 61;
/// Maximum along axis `i0`, axis removed.
pub const MAX: u32 = 62;
/// Minimum along axis `i0`, axis removed.
pub const MIN: u32 = 63;
/// Index of the first maximum along axis `i0`, i64, axis removed.
pub const ARGMAX: u32 = 64;
/// Matrix product; `i0`/`i1` transpose the last two axes of `self`/`t0` first.
pub const MATMUL: u32 = 65;
/// Softmax along axis `i0`.
pub const SOFTMAX: u32 = 66;
/// Log-softmax along axis `i0`.
pub const LOG_SOFTMAX: u32 = 67;
/// Number of non-zero elements, as a real scalar tensor.
pub const COUNT_NONZERO: u32 = 68;
/// Euclidean norm of all elements, scalar tensor.
pub const NORM: u32 = 69;

// ---- tensors: SNN vocabulary ----------------------------------------------------------------------------

/// `self [.., C]` minus the one-hot code of labels `t0` (i64 `[B]`, broadcast over leading axes), times `r0`
/// where given.
pub const MINUS_ONE_HOT: u32 = 80;
/// `softmax(self) - one_hot(t0)` along the last axis, times `r0` where given.
pub const SOFTMAX_MINUS_ONE_HOT: u32 = 81;
/// Mean over the batch of `-log softmax(self)[label]`, labels `t0`; scalar tensor.
pub const CROSS_ENTROPY: u32 = 82;
/// Rows of `self [C, n]` gathered by labels `t0`, times `r0` where given -> `[B, n]`.
pub const GATHER_ROWS: u32 = 83;
/// Trace update in place: `self <- r0 * self + t0` (times `r1` where given). Returns nothing.
pub const TRACE: u32 = 84;
/// In place: `self <- self + r0 * t0`. Returns nothing.
pub const ADD_SCALED: u32 = 85;
/// In place: `self <- t0`. Returns nothing.
pub const ASSIGN: u32 = 86;
/// Pseudo-derivative `text` of `self - r0` with parameters `r1..`; see [`crate::Surrogate`].
pub const PSEUDO_DERIVATIVE: u32 = 87;
/// `postᵀ pre` summed over all leading axes: self `[.., n]`, `t0` `[.., i]` -> `[n, i]`; event-driven where
/// `t0` is sparse.
pub const OUTER_SUM: u32 = 88;
/// One LIF step without a network: self `u [B, n]`, `t0` current, `t1` previous reset decision or spikes;
/// `r0` decay, `r1` threshold, `i0` 1 for a `>=` test; returns `u'` and spikes: `u' = r0 u + t0 - r1 t1`.
pub const LIF_STEP: u32 = 89;
/// Exponential filter along axis 0: `y_t = r0 y_{t-1} + self_t`; `i0` 1 runs from the end.
pub const SCAN_DECAY: u32 = 90;
/// Filter along axis 0 with a gain per element: `y_t = t0_t * y_{t-1} + self_t`; with `i0` 1 from the end,
/// `y_t = t0_{t+1} * y_{t+1} + self_t`.
pub const SCAN_GAIN: u32 = 91;
/// `x + r0 * t0 * t1` with self `x`.
pub const ADD_PRODUCT: u32 = 92;
/// One step of a per-synapse trace and its use, in one pass. In place on self `[B, n, i]` and on `t3 [n, i]`:
/// `e <- gain e + t0 t1ᵀ` per sample (`t0 [B, n]`, `t1 [B, i]`), then `t3 += Σ_b t2 e` (`t2 [B, n]`). The gain is
/// `r0`, or `t4 [B, n]` where `i0` is 1. Returns nothing.
pub const ELIGIBILITY_STEP: u32 = 93;

// ---- tensors: automatic differentiation (for third-party rules) -----------------------------------------

/// A leaf that gradients are wanted of, with the values of self.
pub const VARIABLE: u32 = 110;
/// Gradients of the scalar self with respect to variables `t0, …`; one tensor each.
pub const BACKWARD: u32 = 111;
/// The values without history.
pub const DETACH: u32 = 112;

// ---- host: creation and randomness ----------------------------------------------------------------------

/// Filled with `r0`, shape `ints`; `text` may give a type (`i64`), else the run's real type.
pub const FULL: u32 = 200;
/// A tensor of the run's real type, of shape `ints`, from `reals` in row-major order.
pub const FROM_REALS: u32 = 201;
/// An i64 vector from `ints`.
pub const FROM_INTS: u32 = 202;
/// Uniform in `[r0, r1)`, shape `ints[1..]`, index `i0`, purpose `text`; see [`crate::rng`].
pub const UNIFORM: u32 = 203;
/// Normal with mean `r0` and standard deviation `r1`; operands as [`UNIFORM`].
pub const NORMAL: u32 = 204;
/// Bernoulli draws of probability `t0`, index `i0`, purpose `text`.
pub const BERNOULLI: u32 = 205;
/// A random permutation of `0..i1` (i64), index `i0`, purpose `text`.
pub const PERMUTATION: u32 = 206;

// ---- network: running -----------------------------------------------------------------------------------

/// Clears all temporal state; `i0` the batch size to come.
pub const NET_RESET: u32 = 300;
/// One step on `t0 [B, ..]`. Returns nothing; read it with [`NET_FIELD`].
pub const NET_STEP: u32 = 301;
/// A whole sequence `t0 [T, B, ..]` from cleared state. `i0` 1 keeps the record for [`NET_FIELD`] and
/// [`NET_NEURON_ADJOINT`], 0 keeps only the readout.
pub const NET_RUN: u32 = 302;
/// Field `i1` (see [`crate::Field`]) of layer `i0`: `[B, ..]` after a step, `[T, B, ..]` after a run.
pub const NET_FIELD: u32 = 303;
/// Synapse product of layer `i0` with its current weights, pooled as the layer pools: `t0 [.., in]`.
pub const NET_CURRENT: u32 = 304;
/// Changes `text` (`beta`, `threshold`, `reset`) of layer `i0`'s neuron to `r0` (or, for `reset`, to the kind
/// after a colon: `reset:zero`). Returns nothing.
pub const NET_SET_NEURON: u32 = 305;
/// A segment `t0 [S, B, ..]` of a sequence, from the state that the last call left; `i0` as in [`NET_RUN`].
pub const NET_RUN_ON: u32 = 306;
/// What the neurons of all layers carry to the next step: for every layer its membranes and its last spikes,
/// `[B, ..]`, each empty (`[0]`) where there are none.
pub const NET_STATE: u32 = 307;
/// Goes back to the state `t0, t1, …` that [`NET_STATE`] returned. Returns nothing.
pub const NET_SET_STATE: u32 = 308;

// ---- network: credit ------------------------------------------------------------------------------------

/// Reverse sweep of layer `i0`'s neuron over the recorded sequence, from the gradients with respect to its
/// spikes (given where `i2` is 1) and to its reported membrane (where `i3` is 1), in this order, both
/// `[T, B, n]` -> gradient with respect to its input current `[T, B, n]`. Recurrent layers include their own
/// recurrence. `i1` 1 detaches the immediate reset.
pub const NET_NEURON_ADJOINT: u32 = 320;
/// Weight gradient of matrix `i1` (0 feed-forward, 1 recurrent) of layer `i0`: `t0` gradient with respect to
/// the input current, `t1` presynaptic activity, both `[B, ..]` or `[T, B, ..]`, summed over all leading axes.
pub const NET_WEIGHT_GRAD: u32 = 321;
/// Adjoint of layer `i0`'s synapse and of all nodes between it and its source layers: `t0` gradient with
/// respect to the input current -> for every source layer (in the order of `sources`) the gradient with
/// respect to its spikes. Metered as spatial backpropagation and as weight transport.
pub const NET_INPUT_GRAD: u32 = 322;
/// In place: matrix `i1` of layer `i0` `+= r0 * weight_grad(t0, t1)`. Returns nothing.
pub const NET_OUTER_UPDATE: u32 = 323;
/// As [`NET_WEIGHT_GRAD`], but with respect to the weights as they enter the product: where a synapse
/// standardises its weights, the derivative of the standardisation is left out. The same number elsewhere.
pub const NET_WEIGHT_GRAD_RAW: u32 = 324;
/// As [`NET_INPUT_GRAD`], but through the weights as they are stored: where a synapse standardises its
/// weights, credit does not see it. The same numbers elsewhere.
pub const NET_INPUT_GRAD_RAW: u32 = 325;
/// As [`NET_NEURON_ADJOINT`] for a segment that is not the last one: a last tensor `[B, n]` is the gradient with
/// respect to the current of the step after it.
pub const NET_NEURON_ADJOINT_ON: u32 = 326;

// ---- network: parameters --------------------------------------------------------------------------------

/// Value of parameter `i0`; later updates do not change the returned tensor.
pub const NET_PARAM: u32 = 340;
/// Sets parameter `i0` to `t0`. Returns nothing.
pub const NET_PARAM_SET: u32 = 341;
/// Parameter `i0` `+= r0 * t0`. Returns nothing.
pub const NET_PARAM_ADD: u32 = 342;
/// Adam on parameter `i0` in one pass: gradient `t0`, moments `t1`, `t2` (changed in place); `r0` learning
/// rate, `r1` b1, `r2` b2, `r3` eps, `r4` step number from 1, `r5` decoupled weight decay. Returns nothing.
pub const NET_ADAM: u32 = 343;
/// Momentum SGD on parameter `i0`: gradient `t0`, buffer `t1` (in place); `r0` learning rate, `r1` momentum,
/// `r2` 1 on the first use of the buffer. Returns nothing.
pub const NET_SGD: u32 = 344;
/// Registers a parameter of the rule's own, named `text`, with initial value `t0`; `i0` 1 when trainable.
/// It is archived beside the weights. Returns its index, an i64 vector of one element.
pub const NET_REGISTER: u32 = 345;
/// Declares that the rule trains parameter `i0` (`i1` 1) or leaves it (0); for the archive.
pub const NET_MARK_TRAINED: u32 = 346;

// ---- network: declarative plasticity --------------------------------------------------------------------

/// Runs a sequence `t0 [T, 1, in]` through layer `i0` alone under the plasticity specification `text` (JSON,
/// see [`crate::Plasticity`]), event-driven, changing its weights; returns the spikes `[T, 1, n]`. Adaptive
/// thresholds `t1 [n]` are changed in place; `r0` is the modulator.
pub const NET_PLASTICITY: u32 = 360;
