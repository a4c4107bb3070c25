//! Parameters with the forms that products want.

use crate::graph::Standardise;
use crate::scalar::{Held, Scalar, read, update};
use crate::standardise;
use neurotrain_kernels::product::transpose;
use neurotrain_plugin_api::Result;
use neurotrain_tensor::{Category, HostTensor, Session};
use std::sync::Arc;

/// Whose a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// Declared by the network graph.
    Network,
    /// Registered by the rule, trainable.
    OwnTrainable,
    /// Registered by the rule, fixed.
    OwnFixed,
}

/// A parameter seen as a matrix `[rows, cols]`: the first axis and all others.
#[derive(Debug)]
pub(crate) struct Param<R> {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) kind: ParamKind,
    pub(crate) trained: bool,
    /// How often the values changed.
    pub(crate) changes: u64,
    /// The values; behind the transposed form while `value_is_old`.
    value: HostTensor,
    value_is_old: bool,
    transposed: Option<Held<R>>,
    standardised: Option<Standardised<R>>,
}

#[derive(Debug)]
struct Standardised<R> {
    with: Standardise,
    matrix: Held<R>,
    transposed: Option<Held<R>>,
}

impl<R: Scalar> Param<R> {
    pub(crate) fn new(name: &str, kind: ParamKind, value: HostTensor) -> Self {
        Param {
            name: name.to_owned(),
            shape: value.dims(),
            kind,
            trained: false,
            changes: 0,
            value,
            value_is_old: false,
            transposed: None,
            standardised: None,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    pub(crate) fn cols(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    fn session(&self) -> &Arc<Session> {
        self.value.session()
    }

    /// The values, up to date.
    pub(crate) fn value(&mut self) -> Result<&HostTensor> {
        if self.value_is_old
            && let Some(transposed) = &self.transposed
        {
            let (rows, cols) = (self.rows(), self.cols());
            update(&self.value, |values: &mut [R]| {
                transpose(transposed, cols, rows, values);
                Ok(())
            })?;
            self.value_is_old = false;
        }
        Ok(&self.value)
    }

    /// Changes the values in place.
    pub(crate) fn change<T>(&mut self, body: impl FnOnce(&mut [R]) -> Result<T>) -> Result<T> {
        self.value()?;
        self.changes += 1;
        self.transposed = None;
        self.standardised = None;
        update(&self.value, body)
    }

    /// Replaces the values.
    pub(crate) fn set(&mut self, value: &HostTensor) -> Result<()> {
        self.value.assign(value)?;
        self.changes += 1;
        self.value_is_old = false;
        self.transposed = None;
        self.standardised = None;
        Ok(())
    }

    /// Changes the transposed values `[cols, rows]` in place; the values follow when they are next asked for.
    pub(crate) fn change_transposed(&mut self, body: impl FnOnce(&mut [R])) -> Result<()> {
        self.transposed_values()?;
        self.changes += 1;
        self.standardised = None;
        if let Some(transposed) = &mut self.transposed {
            self.value_is_old = true;
            body(transposed);
        }
        Ok(())
    }

    /// Lends the matrix `[rows, cols]`, standardised where asked.
    pub(crate) fn with_matrix<T>(
        &mut self,
        with: Option<Standardise>,
        body: impl FnOnce(&[R]) -> T,
    ) -> Result<T> {
        match with {
            None => read(self.value()?, body),
            Some(with) => Ok(body(&self.standardised(with)?.matrix)),
        }
    }

    /// Lends the transposed matrix `[cols, rows]`, standardised where asked; kept until the values change.
    pub(crate) fn transposed(&mut self, with: Option<Standardise>) -> Result<&[R]> {
        let Some(with) = with else {
            return self.transposed_values();
        };
        let (rows, cols, session) = (self.rows(), self.cols(), self.session().clone());
        let standardised = self.standardised(with)?;
        let matrix = &standardised.matrix;
        Ok(standardised
            .transposed
            .get_or_insert_with(|| held_transpose(&session, matrix, rows, cols)))
    }

    fn transposed_values(&mut self) -> Result<&[R]> {
        if self.transposed.is_none() {
            let (rows, cols, session) = (self.rows(), self.cols(), self.session().clone());
            let made = read(self.value()?, |values| {
                held_transpose(&session, values, rows, cols)
            })?;
            self.transposed = Some(made);
        }
        Ok(self.transposed.as_deref().unwrap_or(&[]))
    }

    fn standardised(&mut self, with: Standardise) -> Result<&mut Standardised<R>> {
        if self.standardised.as_ref().is_some_and(|s| s.with != with) {
            self.standardised = None;
        }
        let made = match self.standardised.take() {
            Some(made) => made,
            None => {
                let rows = self.rows();
                let session = self.session().clone();
                let matrix = read(self.value()?, |values| standardise::forward(with, values, rows))?;
                Standardised {
                    with,
                    matrix: Held::new(&session, matrix, Category::Parameter),
                    transposed: None,
                }
            }
        };
        Ok(self.standardised.insert(made))
    }
}

fn held_transpose<R: Scalar>(session: &Arc<Session>, values: &[R], rows: usize, cols: usize) -> Held<R> {
    let mut out = vec![R::ZERO; values.len()];
    transpose(values, rows, cols, &mut out);
    Held::new(session, out, Category::Parameter)
}
