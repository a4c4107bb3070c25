//! Parameters with the forms that products want.

use crate::graph::Standardise;
use crate::scalar::{Held, Scalar, read, update};
use crate::standardise;
use neurotrain_kernels::transpose;
use neurotrain_kernels::{Order, Panels};
use neurotrain_plugin_api::{Error, Result};
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
    /// Whether the rule said that it leaves the values as they are.
    pub(crate) spared: bool,
    /// How often the values changed.
    pub(crate) changes: u64,
    value: HostTensor,
    /// The transposed values `[cols, rows]`, row-major.
    transposed: Option<Held<Vec<R>>>,
    /// The transposed values in panels; kept when they are old, so that their memory serves again.
    panels: Option<Held<Panels<R>>>,
    /// The form that changed last.
    newest: Form,
    panels_are_old: bool,
    /// Whether the last forward product read the panels.
    in_panels: bool,
    standardised: Option<Standardised<R>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Value,
    Transposed,
    Panels,
}

#[derive(Debug)]
struct Standardised<R> {
    with: Standardise,
    matrix: Held<Vec<R>>,
    panels: Option<Held<Panels<R>>>,
}

impl<R: Scalar> Param<R> {
    pub(crate) fn new(name: &str, kind: ParamKind, value: HostTensor) -> Self {
        Param {
            name: name.to_owned(),
            shape: value.dims(),
            kind,
            trained: false,
            spared: false,
            changes: 0,
            value,
            transposed: None,
            panels: None,
            newest: Form::Value,
            panels_are_old: true,
            in_panels: false,
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
        let (rows, cols) = (self.rows(), self.cols());
        match (self.newest, &self.transposed, &self.panels) {
            (Form::Transposed, Some(transposed), _) => update(&self.value, |values: &mut [R]| {
                transpose(transposed, [cols, rows], values);
                Ok(())
            })?,
            (Form::Panels, _, Some(panels)) => update(&self.value, |values: &mut [R]| {
                panels.unpack_transposed(values);
                Ok(())
            })?,
            _ => {}
        }
        self.newest = Form::Value;
        Ok(&self.value)
    }

    /// Changes the values in place.
    pub(crate) fn change<T>(&mut self, body: impl FnOnce(&mut [R]) -> Result<T>) -> Result<T> {
        self.value()?;
        self.changed(Form::Value);
        update(&self.value, body)
    }

    /// Replaces the values.
    pub(crate) fn set(&mut self, value: &HostTensor) -> Result<()> {
        self.value.assign(value)?;
        if self.value.lies_by_columns() {
            // Once row by row instead of at every product.
            self.value.modify(|_: &mut [R]| ())?;
        }
        self.changed(Form::Value);
        Ok(())
    }

    /// Changes the transposed values `[cols, rows]` in place; the values follow when they are next asked for.
    pub(crate) fn change_transposed(&mut self, body: impl FnOnce(&mut [R])) -> Result<()> {
        if self.transposed.is_none() {
            let (rows, cols, session) = (self.rows(), self.cols(), self.session().clone());
            let mut made = vec![R::ZERO; rows * cols];
            read(self.value()?, |values| transpose(values, [rows, cols], &mut made))?;
            self.transposed = Some(Held::of_values(&session, made, Category::Parameter));
        }
        self.changed(Form::Transposed);
        if let Some(transposed) = &mut self.transposed {
            body(transposed);
        }
        Ok(())
    }

    /// Changes the transposed values in panels in place; the values follow when they are next asked for.
    pub(crate) fn change_panels<T>(&mut self, body: impl FnOnce(&mut Panels<R>) -> T) -> Result<T> {
        self.own_panels()?;
        self.changed(Form::Panels);
        match &mut self.panels {
            Some(panels) => Ok(body(panels)),
            None => Err(Error::new(
                "host-fault",
                format!("parameter `{}` has no panels", self.name),
            )),
        }
    }

    /// Takes note of a forward product that reads the values as they are.
    pub(crate) fn read_densely(&mut self) {
        self.in_panels = false;
    }

    /// How a gradient had best lie, and be taken: as the form of the values that forward products use.
    pub(crate) fn order(&self) -> Order {
        let matrix = self.shape.len() == 2 && self.session().device().is_cpu();
        match matrix && self.in_panels && !self.panels_are_old && self.panels.is_some() {
            true => Order::Columns,
            false => Order::Rows,
        }
    }

    fn changed(&mut self, form: Form) {
        self.changes += 1;
        self.newest = form;
        self.standardised = None;
        self.panels_are_old = form != Form::Panels;
        if form != Form::Transposed {
            self.transposed = None;
        }
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

    /// Lends the transposed matrix in panels, standardised where asked; kept until the values change.
    pub(crate) fn panels(&mut self, with: Option<Standardise>) -> Result<&Panels<R>> {
        let Some(with) = with else {
            self.in_panels = true;
            return self.own_panels();
        };
        let (rows, cols, session) = (self.rows(), self.cols(), self.session().clone());
        let standardised = self.standardised(with)?;
        let matrix = &standardised.matrix;
        Ok(standardised
            .panels
            .get_or_insert_with(|| held_panels(&session, matrix, rows, cols)))
    }

    /// What [`panels`](Param::panels) lent last, where nothing changed since.
    pub(crate) fn ready_panels(&self, with: Option<Standardise>) -> Option<&Panels<R>> {
        match (with, &self.standardised) {
            (None, _) if self.panels_are_old => None,
            (None, _) => self.panels.as_deref(),
            (Some(with), Some(made)) if made.with == with => made.panels.as_deref(),
            _ => None,
        }
    }

    fn own_panels(&mut self) -> Result<&Panels<R>> {
        let (rows, cols, session) = (self.rows(), self.cols(), self.session().clone());
        let mut kept = self.panels.take();
        if self.panels_are_old || kept.is_none() {
            let made = read(self.value()?, |values| match kept.take() {
                Some(mut panels) => {
                    panels.repack_transposed(values);
                    panels
                }
                None => held_panels(&session, values, rows, cols),
            })?;
            kept = Some(made);
            self.panels_are_old = false;
        }
        let none = || held_panels(&session, &[], 0, 0);
        Ok(self.panels.insert(kept.unwrap_or_else(none)))
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
                    matrix: Held::of_values(&session, matrix, Category::Parameter),
                    panels: None,
                }
            }
        };
        Ok(self.standardised.insert(made))
    }
}

/// The panels `[cols, rows]` of a matrix `[rows, cols]`.
fn held_panels<R: Scalar>(session: &Arc<Session>, values: &[R], rows: usize, cols: usize) -> Held<Panels<R>> {
    let panels = Panels::pack_transposed(values, cols, rows);
    let bytes = panels.bytes();
    Held::new(session, panels, bytes, Category::Parameter)
}
