//! Parameters as rules read and change them.

use crate::core::Work;
use crate::custom::snapshot;
use crate::params::{Param, ParamKind};
use crate::scalar::{Scalar, read, update};
use neurotrain_kernels::Order;
use neurotrain_kernels::optim::{self, Adam, axpy, axpy_in_panels};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{Category, HostTensor};

impl<R: Scalar> Work<'_, R> {
    /// Takes note of an update that passes `times` through as many values as a parameter has.
    pub(crate) fn count_update(&self, param: usize, times: usize) {
        let values = crate::shape::count(&self.state.params[param].shape);
        let bytes = times * values * size_of::<R>();
        self.session.meter().count_update_bytes(bytes as u64);
    }

    fn param(&mut self, name: &str, index: usize) -> Result<&mut Param<R>> {
        let count = self.state.params.len();
        self.state.params.get_mut(index).ok_or_else(|| {
            Error::new(
                "bad-operand",
                format!("`{name}`: parameter {index} of {count} does not exist"),
            )
        })
    }

    /// The value now; later updates do not change the returned tensor.
    pub(crate) fn param_value(&mut self, index: usize) -> Result<HostTensor> {
        snapshot(self.param("param", index)?.value()?)
    }

    pub(crate) fn param_set(&mut self, index: usize, value: &HostTensor) -> Result<()> {
        let param = self.param("set_param", index)?;
        param.fits("set_param", "the value", value)?;
        param.set(&snapshot(value)?)
    }

    pub(crate) fn param_add(&mut self, index: usize, scale: f64, delta: &HostTensor) -> Result<()> {
        let param = self.param("add_param", index)?;
        param.fits("add_param", "the change", delta)?;
        let scale = R::from_f64(scale);
        if param.order() == Order::Columns && delta.lies_by_columns() {
            let add = |panels: &mut _| delta.with_columns(|delta| axpy_in_panels(panels, scale, delta));
            param.change_panels(add)??;
        } else {
            param.change(|values| read(delta, |delta: &[R]| axpy(values, scale, delta)))?;
        }
        self.count_update(index, 3);
        Ok(())
    }

    pub(crate) fn adam(
        &mut self,
        index: usize,
        adam: &Adam,
        gradient: &HostTensor,
        first: &HostTensor,
        second: &HostTensor,
    ) -> Result<()> {
        let param = self.param("adam", index)?;
        for (what, tensor) in [
            ("the gradient", gradient),
            ("the first moment", first),
            ("the second moment", second),
        ] {
            param.fits("adam", what, tensor)?;
        }
        if param.order() == Order::Columns && gradient.lies_by_columns() {
            let mut outcome = Ok(());
            param.change_panels(|panels| {
                gradient.with_columns(|gradient: &[R]| {
                    first.modify_columns(|first| {
                        outcome = second.modify_columns(|second| {
                            optim::adam_in_panels(adam, panels, gradient, first, second);
                        });
                    })
                })
            })???;
            outcome?;
        } else {
            param.change(|values| {
                read(gradient, |gradient: &[R]| {
                    update(first, |first| {
                        update(second, |second| {
                            optim::adam(adam, values, gradient, first, second);
                            Ok(())
                        })
                    })
                })?
            })?;
        }
        self.count_update(index, 7);
        Ok(())
    }

    pub(crate) fn momentum(
        &mut self,
        index: usize,
        (lr, momentum, first_use): (f64, f64, bool),
        gradient: &HostTensor,
        buffer: &HostTensor,
    ) -> Result<()> {
        let param = self.param("sgd", index)?;
        param.fits("sgd", "the gradient", gradient)?;
        param.fits("sgd", "the buffer", buffer)?;
        if param.order() == Order::Columns && gradient.lies_by_columns() {
            param.change_panels(|panels| {
                gradient.with_columns(|gradient: &[R]| {
                    buffer.modify_columns(|buffer| {
                        optim::momentum_in_panels(lr, momentum, first_use, panels, gradient, buffer);
                    })
                })
            })???;
        } else {
            param.change(|values| {
                read(gradient, |gradient: &[R]| {
                    update(buffer, |buffer| {
                        optim::momentum(lr, momentum, first_use, values, gradient, buffer);
                        Ok(())
                    })
                })?
            })?;
        }
        self.count_update(index, 5);
        Ok(())
    }

    /// Adds a parameter of the rule's own at the next free index.
    pub(crate) fn register(&mut self, name: &str, value: &HostTensor, trainable: bool) -> Result<HostTensor> {
        let refused = |why: &str| Error::new("bad-operand", format!("`register`: `{name}` {why}"));
        if name.is_empty() {
            return Err(refused("is no name"));
        }
        if self.state.params.iter().any(|p| p.name == name) {
            return Err(
                refused("is already the name of a parameter").with_hint("choose a name of the rule's own")
            );
        }
        if value.dtype() != self.session.dtype() {
            return Err(refused(&format!(
                "has type {}, not the run's {}",
                value.dtype().as_str(),
                R::NAME
            )));
        }
        let values = read(value, <[R]>::to_vec)?;
        let owned = HostTensor::from_vec(self.session, values, value.shape(), Category::Parameter)?;
        let kind = if trainable {
            ParamKind::OwnTrainable
        } else {
            ParamKind::OwnFixed
        };
        let mut param = Param::new(name, kind, owned);
        param.trained = trainable;
        let index = self.state.params.len();
        self.state.params.push(param);
        HostTensor::labels(self.session, &[index as i64])
    }

    pub(crate) fn mark_trained(&mut self, index: usize, trained: bool) -> Result<()> {
        let param = self.param("mark_trained", index)?;
        (param.trained, param.spared) = (trained, !trained);
        Ok(())
    }
}

impl<R: Scalar> Param<R> {
    /// Checks shape and type of an operand.
    pub(crate) fn fits(&self, name: &str, what: &str, tensor: &HostTensor) -> Result<()> {
        if tensor.shape()[..] != self.shape[..] {
            let message = format!(
                "`{name}` of parameter `{}`: {what} has shape {:?}, not {:?}",
                self.name,
                tensor.shape(),
                self.shape
            );
            return Err(Error::new("shape-mismatch", message));
        }
        if tensor.dtype() != R::DTYPE {
            let message = format!(
                "`{name}` of parameter `{}`: {what} has type {}, not {}",
                self.name,
                tensor.dtype().as_str(),
                R::NAME
            );
            return Err(Error::new("dtype", message));
        }
        Ok(())
    }
}
