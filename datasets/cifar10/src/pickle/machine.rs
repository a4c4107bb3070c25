//! The stack machine of the pickle format, protocols 0 to 4 without what needs a Python interpreter.

use neurotrain_data_files::Cursor;
use neurotrain_plugin_api::Result;
use std::collections::HashMap;

/// A value; parts of it are positions among the machine's nodes.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Empty,
    Bool(bool),
    Int(i64),
    /// A string of either kind.
    Bytes(&'a [u8]),
    /// A list, a tuple or a set.
    Items(Vec<usize>),
    Dict(Vec<(usize, usize)>),
    /// Something that a Python program would import.
    Import,
    /// What a call would give: its arguments and the state that was set.
    Object {
        arguments: usize,
        state: Option<usize>,
    },
}

/// The values that a file builds.
#[derive(Debug)]
pub(super) struct Machine<'a> {
    nodes: Vec<Node<'a>>,
    stack: Vec<usize>,
    /// Heights of the stack where marks were set.
    marks: Vec<usize>,
    memo: HashMap<u32, usize>,
}

/// More values than any file of this data set has.
const MAX_NODES: usize = 1 << 20;

impl<'a> Machine<'a> {
    /// Runs the instructions in `bytes`, the content of file `name`.
    pub(super) fn run(name: &'a str, bytes: &'a [u8]) -> Result<Self> {
        let mut machine = Machine {
            nodes: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        };
        let mut cursor = Cursor::new(name, bytes);
        loop {
            let start = cursor.offset();
            let op = cursor.u8("a pickle instruction")?;
            if op == b'.' {
                break;
            }
            let done = machine.step(op, &mut cursor)?;
            if done.is_none() || machine.nodes.len() > MAX_NODES {
                return Err(cursor
                    .fault_at(start, format!("cannot follow the pickle instruction 0x{op:02x}"))
                    .with_hint("the file is damaged or not of the python version; replace it"));
            }
        }
        match machine.stack.len() {
            1 => Ok(machine),
            n => Err(cursor.fault(format!("the pickle ends with {n} values instead of one"))),
        }
    }

    pub(super) fn node(&self, value: usize) -> &Node<'a> {
        self.nodes.get(value).unwrap_or(&Node::Empty)
    }

    /// The parts of a list or tuple.
    pub(super) fn items(&self, value: usize) -> Option<&[usize]> {
        match self.node(value) {
            Node::Items(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn arguments(&self, value: usize) -> Option<usize> {
        match self.node(value) {
            Node::Object { arguments, .. } => Some(*arguments),
            _ => None,
        }
    }

    pub(super) fn state(&self, value: usize) -> Option<usize> {
        match self.node(value) {
            Node::Object { state, .. } => *state,
            _ => None,
        }
    }

    /// The entry `key` of the dictionary that was built.
    pub(super) fn entry(&self, key: &str) -> Option<usize> {
        let Node::Dict(entries) = self.node(*self.stack.first()?) else {
            return None;
        };
        let is_key = |k: usize| matches!(self.node(k), Node::Bytes(b) if *b == key.as_bytes());
        entries.iter().rev().find(|(k, _)| is_key(*k)).map(|(_, v)| *v)
    }

    /// Carries out an instruction; none when it is unknown or makes no sense here.
    fn step(&mut self, op: u8, cursor: &mut Cursor<'a>) -> Result<Option<()>> {
        let text = "the text of a pickle";
        let node = match op {
            0x80 => return cursor.take(1, "the protocol").map(|_| Some(())),
            0x95 => return cursor.take(8, "the length of a frame").map(|_| Some(())),
            b'N' => Node::Empty,
            0x88 => Node::Bool(true),
            0x89 => Node::Bool(false),
            b'K' => Node::Int(cursor.u8("a number")?.into()),
            b'M' => Node::Int(cursor.u16_le("a number")?.into()),
            b'J' => Node::Int(cursor.i32_le("a number")?.into()),
            b'I' => match cursor.line(b'\n', 24, "a number")? {
                b"00\n" => Node::Bool(false),
                b"01\n" => Node::Bool(true),
                line => match std::str::from_utf8(line).ok().and_then(|l| l.trim().parse().ok()) {
                    Some(n) => Node::Int(n),
                    None => return Ok(None),
                },
            },
            b'U' | b'C' | 0x8c => {
                let n = cursor.u8(text)?;
                Node::Bytes(cursor.take(n.into(), text)?)
            }
            b'T' | b'B' | b'X' => {
                let n = cursor.u32_le(text)?;
                Node::Bytes(cursor.take(n as usize, text)?)
            }
            b'c' => {
                cursor.line(b'\n', 200, "a module")?;
                cursor.line(b'\n', 200, "a name")?;
                Node::Import
            }
            b']' | b')' | 0x8f => Node::Items(Vec::new()),
            b'}' => Node::Dict(Vec::new()),
            b'(' => {
                self.marks.push(self.stack.len());
                return Ok(Some(()));
            }
            b'q' => return Ok(self.put(cursor.u8("a memo")?.into())),
            b'r' => return Ok(self.put(cursor.u32_le("a memo")?)),
            0x94 => return Ok(self.put(self.memo.len() as u32)),
            b'h' => return Ok(self.get(cursor.u8("a memo")?.into())),
            b'j' => return Ok(self.get(cursor.u32_le("a memo")?)),
            _ => return Ok(self.combine(op)),
        };
        self.push(node);
        Ok(Some(()))
    }

    /// Instructions that take from the stack.
    fn combine(&mut self, op: u8) -> Option<()> {
        match op {
            b't' | b'l' => {
                let items = self.marked()?;
                self.push(Node::Items(items));
            }
            0x85..=0x87 => {
                let from = self
                    .stack
                    .len()
                    .checked_sub(usize::from(op - 0x84))
                    .filter(|n| *n >= self.floor())?;
                let items = self.stack.split_off(from);
                self.push(Node::Items(items));
            }
            b'd' => {
                let entries = pairs(&self.marked()?)?;
                self.push(Node::Dict(entries));
            }
            b'a' | b'e' => {
                let new = if op == b'a' {
                    vec![self.pop()?]
                } else {
                    self.marked()?
                };
                match self.nodes.get_mut(*self.stack.last()?)? {
                    Node::Items(items) => items.extend(new),
                    _ => return None,
                }
            }
            b's' | b'u' => {
                let new = match op {
                    b's' => {
                        let value = self.pop()?;
                        vec![self.pop()?, value]
                    }
                    _ => self.marked()?,
                };
                let new = pairs(&new)?;
                match self.nodes.get_mut(*self.stack.last()?)? {
                    Node::Dict(entries) => entries.extend(new),
                    _ => return None,
                }
            }
            b'R' | 0x81 => {
                let arguments = self.pop()?;
                self.pop()?;
                self.push(Node::Object {
                    arguments,
                    state: None,
                });
            }
            0x93 => {
                self.pop()?;
                self.pop()?;
                self.push(Node::Import);
            }
            b'b' => {
                let new = self.pop()?;
                match self.nodes.get_mut(*self.stack.last()?)? {
                    Node::Object { state, .. } => *state = Some(new),
                    _ => return None,
                }
            }
            b'0' => drop(self.pop()?),
            _ => return None,
        }
        Some(())
    }

    fn push(&mut self, node: Node<'a>) {
        self.stack.push(self.nodes.len());
        self.nodes.push(node);
    }

    /// Below this height the stack belongs to what is outside the last mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Option<usize> {
        if self.stack.len() <= self.floor() {
            return None;
        }
        self.stack.pop()
    }

    /// What lies above the last mark.
    fn marked(&mut self) -> Option<Vec<usize>> {
        let mark = self.marks.pop()?;
        (mark <= self.stack.len()).then(|| self.stack.split_off(mark))
    }

    fn put(&mut self, key: u32) -> Option<()> {
        self.memo.insert(key, *self.stack.last()?);
        Some(())
    }

    fn get(&mut self, key: u32) -> Option<()> {
        self.stack.push(*self.memo.get(&key)?);
        Some(())
    }
}

fn pairs(items: &[usize]) -> Option<Vec<(usize, usize)>> {
    let (pairs, rest) = items.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[k, v]| (*k, *v)).collect())
}
