//! Connections given out as soon as they are final, for runs that keep none of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::copies::GivenOut;
use super::evidence::{CaptureSummary, Connection};
use super::sessions::Sessions;
use crate::inspect::{ClientAuthentication, Handshake};
use crate::limits::Limits;

/// What takes the connections; `Break` ends the reading.
pub type Sink<'s> = dyn FnMut(Connection) -> ControlFlow<()> + 's;

/// What is left to say of a capture whose connections were given out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Streamed {
    /// The file.
    pub summary: CaptureSummary,
    /// TCP streams without TLS.
    pub other_streams: u64,
}

/// Gives connections out, each with the handshakes that it resumes.
///
/// A resumed connection may be over before the one that it resumes, which may stay open for hours;
/// then it waits for that one, or for the capture's end.
pub(super) struct Outlet<'s> {
    sink: &'s mut Sink<'s>,
    sessions: Sessions,
    given_out: GivenOut,
    waiting: Waiting,
    most_waiting: usize,
    /// The sessions that the last connection made; kept for its memory.
    made: Vec<[u8; 32]>,
    stopped: bool,
}

/// Connections that wait, numbered in the order in which they came, and the sessions that they wait
/// for.
#[derive(Debug, Default)]
struct Waiting {
    connections: BTreeMap<u64, Connection>,
    /// Each session with each connection that waits for it.
    sessions: BTreeSet<([u8; 32], u64)>,
    /// Those for which a session became known.
    woken: BTreeSet<u64>,
    /// The next one's number.
    next: u64,
}

impl<'s> Outlet<'s> {
    pub(super) fn new(sink: &'s mut Sink<'s>, limits: &Limits) -> Self {
        Self {
            sink,
            sessions: Sessions::new(limits.sessions),
            given_out: GivenOut::new(limits.sessions),
            waiting: Waiting::default(),
            most_waiting: limits.waiting_connections,
            made: Vec::new(),
            stopped: false,
        }
    }

    /// Whether more connections are wanted.
    pub(super) fn is_open(&self) -> bool {
        !self.stopped
    }

    /// Takes a connection that is over.
    pub(super) fn add(&mut self, mut connection: Connection) {
        self.sessions.link(&mut connection, |_| true, &mut self.made);
        if connection.observation.handshakes.iter().any(lacks_original) {
            let number = self.waiting.next;
            self.waiting.next += 1;
            self.waiting.insert(number, connection);
            if self.waiting.connections.len() > self.most_waiting
                && let Some(longest) = self.waiting.remove_first()
            {
                self.give(longest);
            }
        } else {
            self.give(connection);
        }
        self.wake();
    }

    /// Gives out what waited in vain.
    pub(super) fn finish(&mut self) {
        while let Some(connection) = self.waiting.remove_first() {
            self.give(connection);
        }
    }

    /// Gives out what waited for the sessions just made, in the order in which it came; that may
    /// make others known.
    ///
    /// Only handshakes that lacked their original make sessions here, and each one only once; so
    /// this ends.
    fn wake(&mut self) {
        let mut last = 0;
        loop {
            self.made.drain(..).for_each(|id| self.waiting.wake(&id));
            let Some(number) = self.waiting.next_woken(last) else {
                return;
            };
            last = number;
            let Some(mut connection) = self.waiting.remove(number) else {
                continue;
            };
            self.sessions.link(&mut connection, lacks_original, &mut self.made);
            if connection.observation.handshakes.iter().any(lacks_original) {
                self.waiting.insert(number, connection);
            } else {
                self.give(connection);
            }
        }
    }

    fn give(&mut self, mut connection: Connection) {
        if !self.stopped {
            self.given_out.mark(&mut connection);
            self.stopped = (self.sink)(connection).is_break();
        }
    }
}

/// Whether a handshake is resumed from one that is not known yet.
fn lacks_original(handshake: &Handshake) -> bool {
    matches!(handshake.client_authentication, ClientAuthentication::Resumed { original: None })
        && !handshake.session.offered.is_empty()
}

impl Waiting {
    fn insert(&mut self, number: u64, connection: Connection) {
        self.sessions.extend(Self::waits_for(&connection).map(|id| (id, number)));
        self.connections.insert(number, connection);
    }

    fn remove(&mut self, number: u64) -> Option<Connection> {
        let connection = self.connections.remove(&number)?;
        for id in Self::waits_for(&connection) {
            self.sessions.remove(&(id, number));
        }
        Some(connection)
    }

    /// Removes the one that has waited longest.
    fn remove_first(&mut self) -> Option<Connection> {
        let (number, _) = self.connections.first_key_value()?;
        self.remove(*number)
    }

    /// Marks those that wait for this session.
    fn wake(&mut self, id: &[u8; 32]) {
        let waits = self.sessions.range((*id, 0)..=(*id, u64::MAX));
        self.woken.extend(waits.map(|(_, number)| *number));
    }

    /// Takes the first mark after that of the connection `last`, or where there is none the first.
    fn next_woken(&mut self, last: u64) -> Option<u64> {
        let number = self.woken.range(last..).chain(&self.woken).next().copied()?;
        self.woken.remove(&number);
        Some(number)
    }

    fn waits_for(connection: &Connection) -> impl Iterator<Item = [u8; 32]> {
        let lacking = connection.observation.handshakes.iter().filter(|one| lacks_original(one));
        lacking.flat_map(|handshake| handshake.session.offered.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::inspect::{HandshakeKind, Inspector, Observation, Outcome, Session, StreamEnd};

    const FULL: ClientAuthentication = ClientAuthentication::NotRequested;
    const RESUMED: ClientAuthentication = ClientAuthentication::Resumed { original: None };

    fn connection(
        stream: u64,
        answer: ClientAuthentication,
        offered: &[u8],
        issued: &[u8],
    ) -> Connection {
        let digests = |numbers: &[u8]| numbers.iter().map(|number| [*number; 32]).collect();
        let handshake = Handshake {
            kind: HandshakeKind::Initial,
            client_authentication: answer,
            outcome: Outcome::Completed,
            session: Session {
                offered: digests(offered),
                issued: digests(issued),
                ..Session::default()
            },
            ..any_handshake()
        };
        let end = ([10, 0, 0, 4], 443).into();
        Connection {
            capture: 0,
            stream: Some(stream),
            endpoints: [end, end],
            client: None,
            encapsulation: Vec::new(),
            preamble: None,
            first_frame: stream,
            last_frame: stream,
            started_at: None,
            ended_at: None,
            closed: None,
            has_handshake_bytes: true,
            randoms: [None; 2],
            same_handshake_as: None,
            observation: Observation { handshakes: vec![handshake], ..Observation::default() },
            anomalies: Vec::new(),
            anomalies_omitted: 0,
        }
    }

    fn any_handshake() -> Handshake {
        let mut inspector = Inspector::new(&Limits::default());
        let alert = crate::tls::Alert {
            level: crate::tls::AlertLevel::FATAL,
            description: crate::tls::AlertDescription::NO_CERTIFICATE,
        };
        inspector.consume_unassigned(&crate::inspect::Event::Alert { alert, frame: 1 });
        let mut observation = inspector.finish(StreamEnd::default(), StreamEnd::default());
        observation.handshakes.remove(0)
    }

    /// Streams in the order in which they are given out, each with its original's.
    fn given(connections: Vec<Connection>, limits: &Limits) -> Vec<(u64, Option<u64>)> {
        let mut given = Vec::new();
        let mut sink = |connection: Connection| {
            let answer = &connection.observation.handshakes[0].client_authentication;
            let original = match answer {
                ClientAuthentication::Resumed { original } => original.as_ref(),
                _ => None,
            };
            given.push((connection.stream.unwrap(), original.and_then(|original| original.stream)));
            ControlFlow::Continue(())
        };
        let mut outlet = Outlet::new(&mut sink, limits);
        connections.into_iter().for_each(|connection| outlet.add(connection));
        outlet.finish();
        given
    }

    #[test]
    fn a_resumed_connection_is_given_out_with_its_original() {
        let order = vec![connection(0, FULL, &[], &[7]), connection(1, RESUMED, &[7], &[])];
        assert_eq!(given(order, &Limits::default()), [(0, None), (1, Some(0))]);
    }

    #[test]
    fn a_resumed_connection_waits_for_an_original_that_is_over_later() {
        let order = vec![
            connection(2, RESUMED, &[8], &[]),
            connection(1, RESUMED, &[7], &[8]),
            connection(3, FULL, &[], &[]),
            connection(0, FULL, &[], &[7]),
        ];
        let expected = [(3, None), (0, None), (1, Some(0)), (2, Some(0))];
        assert_eq!(given(order, &Limits::default()), expected);
    }

    #[test]
    fn those_that_wait_for_one_session_are_given_out_in_the_order_in_which_they_came() {
        let order = vec![
            connection(1, RESUMED, &[7], &[]),
            connection(2, RESUMED, &[8], &[]),
            connection(3, RESUMED, &[7], &[]),
            connection(4, RESUMED, &[9, 7], &[]),
            connection(0, FULL, &[], &[7]),
        ];
        let expected = [(0, None), (1, Some(0)), (3, Some(0)), (4, Some(0)), (2, None)];
        assert_eq!(given(order, &Limits::default()), expected);
    }

    #[test]
    fn what_is_woken_wakes_those_behind_it_first_and_then_those_before_it() {
        let order = vec![
            connection(1, RESUMED, &[5], &[]),
            connection(2, RESUMED, &[8], &[]),
            connection(3, RESUMED, &[7], &[8, 9]),
            connection(4, RESUMED, &[9], &[5]),
            connection(0, FULL, &[], &[7]),
        ];
        let given = given(order, &Limits::default());
        let streams: Vec<u64> = given.iter().map(|(stream, _)| *stream).collect();
        assert_eq!(streams, [0, 3, 4, 1, 2]);
        assert!(given.iter().all(|(stream, original)| *stream == 0 || *original == Some(0)));
    }

    #[test]
    fn a_connection_with_two_resumed_handshakes_waits_for_both_originals() {
        let mut both = connection(3, RESUMED, &[7], &[10]);
        both.observation
            .handshakes
            .extend(connection(3, RESUMED, &[8], &[]).observation.handshakes);
        let order = vec![
            both,
            connection(4, RESUMED, &[10], &[]),
            connection(0, FULL, &[], &[7]),
            connection(1, FULL, &[], &[8]),
        ];
        let expected = [(0, None), (4, Some(0)), (1, None), (3, Some(0))];
        assert_eq!(given(order, &Limits::default()), expected);
    }

    #[test]
    fn sessions_of_different_handshakes_lead_nowhere_however_often_they_are_made() {
        let order = vec![
            connection(2, RESUMED, &[7, 8], &[7]),
            connection(3, RESUMED, &[9], &[]),
            connection(0, FULL, &[], &[7, 8]),
            connection(1, RESUMED, &[6], &[]),
            connection(4, FULL, &[], &[6]),
        ];
        let expected = [(0, None), (2, Some(0)), (4, None), (1, Some(4)), (3, None)];
        assert_eq!(given(order, &Limits::default()), expected);
        let order = vec![
            connection(0, FULL, &[], &[7]),
            connection(1, FULL, &[], &[8]),
            connection(2, RESUMED, &[7, 8], &[7]),
            connection(3, FULL, &[], &[8]),
        ];
        let expected = [(0, None), (1, None), (3, None), (2, None)];
        assert_eq!(given(order, &Limits::default()), expected);
    }

    #[test]
    fn a_connection_may_resume_a_session_that_it_makes_itself_later() {
        let mut one = connection(1, RESUMED, &[7], &[]);
        one.observation.handshakes.extend(connection(1, FULL, &[], &[7]).observation.handshakes);
        assert_eq!(given(vec![one], &Limits::default()), [(1, Some(1))]);
    }

    #[test]
    fn a_connection_that_left_is_waited_for_no_more() {
        let limits = Limits { waiting_connections: 2, ..Limits::default() };
        let mut sink = |_: Connection| ControlFlow::Continue(());
        let mut outlet = Outlet::new(&mut sink, &limits);
        for stream in 0..9 {
            outlet.add(connection(stream, RESUMED, &[7, 8], &[]));
        }
        assert_eq!((outlet.waiting.connections.len(), outlet.waiting.sessions.len()), (2, 4));
        outlet.add(connection(9, FULL, &[], &[7]));
        assert!(outlet.waiting.connections.is_empty() && outlet.waiting.sessions.is_empty());
        assert!(outlet.waiting.woken.is_empty() && outlet.made.is_empty());
    }

    #[test]
    fn what_waits_in_vain_is_given_out_at_the_end_or_where_too_many_wait() {
        let order = || (0..3).map(|stream| connection(stream, RESUMED, &[9], &[])).collect();
        assert_eq!(given(order(), &Limits::default()), [(0, None), (1, None), (2, None)]);
        let limits = Limits { waiting_connections: 1, ..Limits::default() };
        let mut late: Vec<_> = order();
        late.push(connection(3, FULL, &[], &[9]));
        let expected = [(0, None), (1, None), (3, None), (2, Some(3))];
        assert_eq!(given(late, &limits), expected);
    }

    #[test]
    fn old_sessions_are_forgotten() {
        let limits = Limits { sessions: 4, ..Limits::default() };
        let mut order: Vec<_> =
            (0..9).map(|number| connection(number.into(), FULL, &[], &[number])).collect();
        order.push(connection(20, RESUMED, &[8], &[]));
        order.push(connection(21, RESUMED, &[0], &[]));
        assert_eq!(given(order, &limits)[9..], [(20, Some(8)), (21, None)]);
    }
}
