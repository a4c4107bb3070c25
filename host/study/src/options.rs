//! Reads `tpe` or `{name: tpe, n_startup_trials: 10}`.

use neurotrain_plugin_api::{Error, Result};
use serde_json::{Map, Value};

/// A name and its settings; every setting must be taken before [`finish`](Options::finish).
pub(crate) struct Options {
    /// For messages: `sampler` or `pruner`.
    what: &'static str,
    pub(crate) name: String,
    rest: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Options {
    /// Reads a name, or a table with a `name`.
    pub(crate) fn read(what: &'static str, value: &Value) -> Result<Self> {
        let mut rest = match value {
            Value::Object(table) => table.clone(),
            Value::Null => Map::from_iter([("name".to_owned(), Value::from("none"))]),
            name => Map::from_iter([("name".to_owned(), name.clone())]),
        };
        let name = match rest.remove("name").or_else(|| rest.remove("type")) {
            Some(Value::String(name)) => name,
            Some(Value::Null) => "none".to_owned(),
            _ => {
                return Err(bad(format!(
                    "{what}: {value} is neither a name nor a table with a `name`"
                )));
            }
        };
        Ok(Options {
            what,
            name,
            rest,
            known: Vec::new(),
        })
    }

    /// Which of `names` is meant: `TPESampler`, `tpe` and `TPE` are one. Each entry lists all words for one thing.
    pub(crate) fn choose<T: Copy>(&self, names: &[(&'static [&'static str], T)]) -> Result<T> {
        let word = folded(&self.name, self.what);
        let found = names
            .iter()
            .find(|(words, _)| words.iter().any(|known| folded(known, self.what) == word));
        found.map(|(_, chosen)| *chosen).ok_or_else(|| {
            let known: Vec<&str> = names
                .iter()
                .filter_map(|(words, _)| words.first().copied())
                .collect();
            let every = names.iter().flat_map(|(words, _)| words.iter().copied());
            unknown(self.what, &self.name, every, &known)
        })
    }

    /// A whole number of at least `least`.
    pub(crate) fn whole(&mut self, key: &'static str, default: u64, least: u64) -> Result<u64> {
        let Some(value) = self.take(key) else {
            return Ok(default);
        };
        let number = value.as_u64().filter(|number| *number >= least);
        number.ok_or_else(|| self.wrong(key, &value, &format!("a whole number of at least {least}")))
    }

    /// A whole number of at least 1, or `auto` for none.
    pub(crate) fn whole_or_auto(&mut self, key: &'static str) -> Result<Option<u64>> {
        match self.take(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(word)) if word == "auto" => Ok(None),
            Some(value) => match value.as_u64().filter(|number| *number >= 1) {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong(key, &value, "a whole number of at least 1, or `auto`")),
            },
        }
    }

    /// A number, where one is given.
    pub(crate) fn number(&mut self, key: &'static str) -> Result<Option<f64>> {
        match self.take(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_f64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong(key, &value, "a number")),
            },
        }
    }

    /// Refuses settings that nobody took.
    pub(crate) fn finish(self) -> Result<()> {
        match self.rest.keys().next() {
            None => Ok(()),
            Some(key) => {
                let what = format!("{} `{}`: setting", self.what, self.name);
                Err(unknown(&what, key, self.known.iter().copied(), &self.known))
            }
        }
    }

    pub(crate) fn wrong(&self, key: &str, value: &Value, wanted: &str) -> Error {
        bad(format!(
            "{} `{}`: `{key}` is {value}, not {wanted}",
            self.what, self.name
        ))
    }

    fn take(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        self.rest.remove(key)
    }
}

/// Lower case without separators and the ending that says what it is.
fn folded(word: &str, what: &str) -> String {
    let lower = word.to_lowercase();
    let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    plain.strip_suffix(what).unwrap_or(&plain).to_owned()
}

fn unknown<'a>(what: &str, name: &str, every: impl Iterator<Item = &'a str>, known: &[&str]) -> Error {
    let lower = name.to_lowercase();
    let nearest = every
        .map(|known| (strsim::damerau_levenshtein(&lower, known), known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 3)
        .min();
    let list = match known {
        [] => "it has none".to_owned(),
        some => format!("known: {}", some.join(", ")),
    };
    let hint = match nearest {
        Some((_, near)) => format!("did you mean `{near}`? {list}"),
        None => list,
    };
    bad(format!("{what} `{name}` is unknown")).with_hint(hint)
}

pub(crate) fn bad(message: String) -> Error {
    Error::new("bad-config", message)
}
