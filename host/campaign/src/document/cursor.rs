//! A value of a document together with its place.

use crate::document::Document;
use crate::problem::Problem;
use crate::{Origin, OriginKind};
use serde_json::Value;

/// A value of a document together with its place.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    document: &'a Document,
    path: Vec<String>,
    value: &'a Value,
}

impl<'a> Cursor<'a> {
    pub(crate) fn root(document: &'a Document) -> Self {
        Cursor {
            document,
            path: Vec::new(),
            value: document.root(),
        }
    }

    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    pub(crate) fn layer(&self) -> OriginKind {
        self.document.kind()
    }

    /// Last part of the path.
    pub(crate) fn key(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Where this value stands.
    pub(crate) fn origin(&self) -> Origin {
        self.document.origin(&self.path)
    }

    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::at(&self.origin(), message)
    }

    /// Keys and values of a mapping, in the order of the file; none if this is not a mapping.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Cursor<'a>)> {
        let map = self.value.as_object();
        map.into_iter()
            .flatten()
            .map(|(key, value)| (key.as_str(), self.down(key, value)))
            .collect()
    }

    /// Elements of a list; none if this is not a list.
    pub(crate) fn items(&self) -> Vec<Cursor<'a>> {
        let list = self.value.as_array();
        list.into_iter()
            .flatten()
            .enumerate()
            .map(|(i, value)| self.down(&i.to_string(), value))
            .collect()
    }

    pub(crate) fn get(&self, key: &str) -> Option<Cursor<'a>> {
        self.value.get(key).map(|value| self.down(key, value))
    }

    /// A word: text, or a number or truth value written where a text is wanted.
    pub(crate) fn word(&self) -> Option<String> {
        match self.value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(self.value.to_string()),
            _ => None,
        }
    }

    fn down(&self, key: &str, value: &'a Value) -> Self {
        let path = self.path.iter().cloned().chain([key.to_owned()]).collect();
        Cursor {
            document: self.document,
            path,
            value,
        }
    }
}
