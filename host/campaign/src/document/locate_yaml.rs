//! Lines of keys in YAML and JSON, from parser events.

use crate::document::locate::Locations;
use saphyr_parser::{Event, Parser};

/// A collection the parser is inside of.
enum Frame {
    Mapping { key: Option<String> },
    Sequence { index: usize },
}

pub(crate) fn locate(text: &str) -> Locations {
    let mut walk = Walk {
        locations: Locations::default(),
        frames: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        match event {
            Event::Scalar(value, ..) => walk.scalar(&value, span.start.line()),
            Event::Alias(_) => walk.value_done(),
            Event::MappingStart(..) => walk.open(Frame::Mapping { key: None }, span.start.line()),
            Event::SequenceStart(..) => walk.open(Frame::Sequence { index: 0 }, span.start.line()),
            Event::MappingEnd | Event::SequenceEnd => walk.close(),
            Event::DocumentEnd => break,
            _ => {}
        }
    }
    walk.locations
}

struct Walk {
    locations: Locations,
    frames: Vec<Frame>,
}

impl Walk {
    fn scalar(&mut self, value: &str, line: usize) {
        match self.frames.last_mut() {
            Some(Frame::Mapping { key: key @ None }) => {
                *key = Some(value.to_owned());
                if value != "<<" {
                    self.locations.add(self.path(), line);
                }
            }
            Some(Frame::Sequence { .. }) => {
                self.locations.add(self.path(), line);
                self.value_done();
            }
            _ => self.value_done(),
        }
    }

    fn open(&mut self, frame: Frame, line: usize) {
        if let Some(Frame::Sequence { .. }) = self.frames.last() {
            self.locations.add(self.path(), line);
        }
        self.frames.push(frame);
    }

    fn close(&mut self) {
        self.frames.pop();
        self.value_done();
    }

    fn value_done(&mut self) {
        match self.frames.last_mut() {
            Some(Frame::Mapping { key }) => *key = None,
            Some(Frame::Sequence { index }) => *index += 1,
            None => {}
        }
    }

    /// Keys and indices from the root to here.
    fn path(&self) -> Vec<String> {
        self.frames
            .iter()
            .map(|frame| match frame {
                Frame::Mapping { key } => key.clone().unwrap_or_default(),
                Frame::Sequence { index } => index.to_string(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, path: &str) -> Option<usize> {
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        locate(text).line(&path)
    }

    #[test]
    fn finds_lines_in_yaml() {
        let text =
            "# head\ntrainers: [a,\n  b]\nrun:\n  - name: x\n    lr: 1\n  - {name: y,\n     lr: 2}\nend: z\n";
        assert_eq!(line(text, "trainers"), Some(2));
        assert_eq!(line(text, "trainers.1"), Some(3));
        assert_eq!(line(text, "run.0"), Some(5));
        assert_eq!(line(text, "run.0.lr"), Some(6));
        assert_eq!(line(text, "run.1.lr"), Some(8));
        assert_eq!(line(text, "end"), Some(9));
        assert_eq!(line(text, "end.deeper"), Some(9), "the key above");
        assert_eq!(line(text, "absent"), None);
    }

    #[test]
    fn finds_lines_in_json() {
        let text = "{\n\t\"a\": {\"b\": [1, 2],\n\t\"c\": null},\n\"d\": 1}";
        assert_eq!(line(text, "a.c"), Some(3));
        assert_eq!(line(text, "d"), Some(4));
    }

    #[test]
    fn notices_keys_that_stand_twice() {
        let found = locate("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}");
        assert_eq!(found.repeated(), [(vec!["a".to_owned()], 3)]);
    }

    #[test]
    fn survives_anchors_and_damage() {
        let text = "base: &b {lr: 1}\nuse:\n  <<: *b\n  x: 2\nalso: *b\nlast: 1\nbroken: [";
        assert_eq!(line(text, "use.x"), Some(4));
        assert_eq!(line(text, "use.lr"), Some(2));
        assert_eq!(line(text, "last"), Some(6));
    }
}
