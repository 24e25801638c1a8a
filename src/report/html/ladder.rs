//! The ladder of a handshake as a drawing: where each line and each text stands.

use super::view::{class, shown};
use crate::report::told::ladder::{Peer, Rung};
use crate::report::untrusted::{columns_of, columns_of_char};

/// Where the client's line stands; left of it are the frame numbers.
const CLIENT: usize = 62;
/// Where the server's line stands.
const SERVER: usize = 354;
/// Between two lines of text.
const LINE: usize = 13;
/// Columns of text between the two.
const TEXT_COLUMNS: usize = 46;
/// Lines of what a message carried.
const TEXT_LINES: usize = 3;

/// A drawing, in units of which a letter is about six wide.
pub(super) struct Ladder {
    pub(super) height: usize,
    pub(super) client_line: usize,
    pub(super) server_line: usize,
    pub(super) client: String,
    pub(super) server: String,
    pub(super) steps: Vec<Step>,
}

/// One message, or a remark.
pub(super) struct Step {
    pub(super) class: &'static str,
    /// The message and what it carried, for who does not see the drawing.
    pub(super) text: String,
    pub(super) frame: String,
    pub(super) frame_y: usize,
    pub(super) lines: Vec<Line>,
    pub(super) arrow: Option<Arrow>,
    /// Of a remark: where its band begins, and its height.
    pub(super) band: Option<(usize, usize)>,
}

pub(super) struct Line {
    pub(super) y: usize,
    pub(super) is_first: bool,
    pub(super) text: String,
}

pub(super) struct Arrow {
    pub(super) y: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    /// The three corners of its head.
    pub(super) head: String,
}

impl Ladder {
    /// The drawing of these rungs, between these two ends.
    pub(super) fn new(rungs: Vec<Rung>, client: String, server: String) -> Self {
        let mut y = 44;
        let mut steps = Vec::new();
        for rung in rungs {
            let (step, height) = Step::new(rung, y);
            steps.push(step);
            y += height;
        }
        Self { height: y + 4, client_line: CLIENT, server_line: SERVER, client, server, steps }
    }
}

impl Step {
    fn new(rung: Rung, top: usize) -> (Self, usize) {
        let mut texts = wrapped(&shown(&rung.message), 2);
        let of_message = texts.len();
        texts.extend(wrapped(&shown(&rung.carried), TEXT_LINES));
        let lines: Vec<Line> = (0..)
            .zip(texts)
            .map(|(number, text)| Line {
                y: top + LINE * (number + 1),
                is_first: number < of_message,
                text,
            })
            .collect();
        let text_height = LINE * lines.len();
        let frame = frames(&rung.frames);
        let who = match rung.from {
            Some(Peer::Client) => "client to server: ",
            Some(Peer::Server) => "server to client: ",
            None => "",
        };
        let mut text = format!("{who}{}", shown(&rung.message));
        if !rung.carried.is_empty() {
            text.push_str(&format!(", {}", shown(&rung.carried)));
        }
        if !frame.is_empty() {
            text.push_str(&format!(" (frame {frame})"));
        }
        let class = class(rung.meaning);
        match rung.from {
            Some(peer) => {
                let y = top + text_height + 7;
                let arrow = Some(Arrow::new(peer, y));
                let step = Self { class, text, frame, frame_y: y + 4, lines, arrow, band: None };
                (step, text_height + 16)
            }
            None => {
                let band = Some((top + 2, text_height + 6));
                let step =
                    Self { class, text, frame, frame_y: top + LINE, lines, arrow: None, band };
                (step, text_height + 14)
            }
        }
    }
}

impl Arrow {
    fn new(peer: Peer, y: usize) -> Self {
        let (from, to, back) = match peer {
            Peer::Client => (CLIENT, SERVER, SERVER - 9),
            Peer::Server => (SERVER, CLIENT, CLIENT + 9),
        };
        let head = format!("{to},{y} {back},{} {back},{}", y - 4, y + 4);
        Self { y, from, to, head }
    }
}

fn frames(frames: &[u64]) -> String {
    match frames {
        [] => String::new(),
        [only] => only.to_string(),
        [first, .., last] => format!("{first}–{last}"),
    }
}

/// Text in lines of so many columns, broken between words where there are some; what does not fit is
/// cut.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && columns_of(&line) + 1 + columns_of(word) > TEXT_COLUMNS {
            lines.push(std::mem::take(&mut line));
        } else if !line.is_empty() {
            line.push(' ');
        }
        for character in word.chars() {
            if columns_of(&line) + columns_of_char(character) > TEXT_COLUMNS {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
        if lines.len() > most {
            break;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.pop();
            last.push('…');
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_broken_and_cut() {
        assert_eq!(wrapped("", 2), Vec::<String>::new());
        assert_eq!(wrapped("a b", 2), ["a b"]);
        let lines = wrapped(&"word ".repeat(100), 3);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| columns_of(line) <= TEXT_COLUMNS), "{lines:?}");
        assert!(lines.last().is_some_and(|line| line.ends_with('…')));
        assert_eq!(wrapped(&"x".repeat(10_000), 2).len(), 2);
    }
}
