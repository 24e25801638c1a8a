//! `port_reuse`.

use super::choices::Choices;
use super::segments::turns;
use super::tcp_recording::Recording;
use super::witness::{answer, check_settled, examine};
use crate::limits::Limits;
use crate::tls::preamble;

/// Records two dialogues, which the input describes, as two TCP connections on the same ports, one
/// after the other: ended in one of the ways that TCP knows, or not, and begun again with other
/// numbers; then again with some packets missing. Promised: both are found as they are found alone;
/// with packets missing no answer is another one, and one in which both sides speak TLS does not
/// vanish while any packet tells of it. Where one side speaks no TLS to the end, there is no handshake.
pub fn port_reuse(input: &[u8]) {
    let mut choices = Choices::new(input);
    let (Some(how), Some(lost), Some(more)) = (choices.u8(), choices.u16(), choices.u16()) else {
        return;
    };
    let (Some(numbers), Some(length)) = (choices.u32(), choices.u16()) else { return };
    let first = turns(&mut Choices::new(choices.bytes(length.into())));
    let second = turns(&mut choices);
    let how = How { end: how & 3, begin: how >> 2 & 3, without_syn: how & 0x10 != 0, numbers };

    let one = How { without_syn: false, ..how };
    let other = How { end: How::OPEN, ..how };
    let alone = [alone(&first, one), alone(&second, other)];
    let (recording, begins) = together([&first, &second], how);
    check(&recording.file_without(&[]), &alone, 2);
    let lost = [lost, more].map(|lost| usize::from(lost) % recording.len().max(1));
    let left = |range: std::ops::Range<usize>| range.filter(|at| !lost.contains(at)).count();
    // One of a connection's packets may be a SYN that nobody answered.
    let telling = [left(2..begins), left(begins + 2..recording.len())];
    let telling = [&first, &second].into_iter().zip(telling);
    let least = telling.filter(|(turns, left)| *left > 0 && both_begin_tls(turns)).count();
    check(&recording.file_without(&lost), &alone, least);
}

/// How the first connection ends and the second one begins.
#[derive(Clone, Copy, Debug)]
struct How {
    end: u8,
    begin: u8,
    without_syn: bool,
    numbers: u32,
}

impl How {
    /// Nothing ends the connection.
    const OPEN: u8 = 3;

    fn end(self, recording: &mut Recording) {
        match self.end {
            0 => recording.fins(),
            1 => recording.rst(true),
            2 => recording.rst(false),
            _ => {}
        }
    }
}

/// Whether the first that each side says begins with a hello.
fn both_begin_tls(turns: &[(bool, &[u8])]) -> bool {
    [true, false].into_iter().all(|client| {
        let first =
            turns.iter().find(|(from_client, bytes)| *from_client == client && !bytes.is_empty());
        first.is_some_and(|(_, bytes)| preamble::find_hello(bytes) == Some(0))
    })
}

/// What a dialogue alone says for sure, where it is one of TLS.
fn alone(turns: &[(bool, &[u8])], how: How) -> Option<Option<Vec<u8>>> {
    let mut recording = Recording::new([70_000, 7]);
    recording.syns();
    if how.without_syn {
        recording.lose_last();
        recording.lose_last();
    }
    turns.iter().for_each(|(from_client, bytes)| recording.payload(*from_client, bytes));
    how.end(&mut recording);
    let evidence = examine(&recording.into_file(), Limits::default());
    evidence.connections.first().map(answer)
}

/// Both, and where the second one begins.
fn together(dialogues: [&[(bool, &[u8])]; 2], how: How) -> (Recording, usize) {
    let mut recording = Recording::new([how.numbers, how.numbers.rotate_left(16)]);
    let mut begins = 0;
    for (number, turns) in dialogues.into_iter().enumerate() {
        if number == 1 {
            how.end(&mut recording);
            begins = recording.len();
            let [client, server] = recording.next();
            // Linux goes on 65,537 numbers later; others by the clock, or anywhere.
            let farther = match how.begin {
                0 => [65_537, 65_537],
                1 => [1 << 20, 1 << 24],
                2 => [1 << 31, 1 << 20],
                _ => [how.numbers | 1 << 17, how.numbers | 1 << 18],
            };
            let [of_client, of_server] = farther;
            recording.begin([client.wrapping_add(of_client), server.wrapping_add(of_server)]);
        }
        recording.syns();
        if number == 1 && how.without_syn {
            recording.lose_last();
            recording.lose_last();
        }
        turns.iter().for_each(|(from_client, bytes)| recording.payload(*from_client, bytes));
    }
    (recording, begins)
}

/// Where both connections are sure alone, every answer is one of theirs; and at least `least` of those
/// that are TLS are listed.
fn check(file: &[u8], alone: &[Option<Option<Vec<u8>>>; 2], least: usize) {
    let evidence = examine(file, Limits::default());
    check_settled(file, &evidence);
    let mut known: Vec<&Vec<u8>> = alone.iter().flatten().flatten().collect();
    for connection in &evidence.connections {
        if let Some(said) = answer(connection) {
            let position = known.iter().position(|known| **known == said);
            // What alone is not sure of, losses may leave in another light.
            let is_open = alone.iter().any(|one| one.as_ref().is_none_or(Option::is_none));
            let is_known = position.is_some() || is_open;
            assert!(is_known, "stream {:?} says what neither said", connection.stream);
            position.map(|position| known.remove(position));
        }
    }
    if alone.iter().all(Option::is_some) {
        assert!(evidence.connections.len() >= least, "{} listed", evidence.connections.len());
    }
}
