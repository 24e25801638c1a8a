//! Connections given out as soon as they are final, for runs that keep none of them.

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::evidence::{CaptureSummary, Connection};
use super::resumption::{original, set_original};
use crate::inspect::{ClientAuthentication, Handshake, Original};
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
    waiting: VecDeque<Connection>,
    most_waiting: usize,
    stopped: bool,
}

type SessionId = [u8; 32];

/// Sessions and the full handshakes that made them, in two halves: when the younger one is full, the
/// older one is forgotten.
#[derive(Debug)]
struct Sessions {
    young: HashMap<SessionId, Arc<Original>>,
    old: HashMap<SessionId, Arc<Original>>,
    limit: usize,
}

impl<'s> Outlet<'s> {
    pub(super) fn new(sink: &'s mut Sink<'s>, limits: &Limits) -> Self {
        let limit = limits.sessions / 2;
        Self {
            sink,
            sessions: Sessions { young: HashMap::new(), old: HashMap::new(), limit },
            waiting: VecDeque::new(),
            most_waiting: limits.waiting_connections,
            stopped: false,
        }
    }

    /// Whether more connections are wanted.
    pub(super) fn is_open(&self) -> bool {
        !self.stopped
    }

    /// Takes a connection that is over.
    pub(super) fn add(&mut self, mut connection: Connection) {
        let made_sessions = self.sessions.link(&mut connection);
        if lacks_original(&connection) {
            self.waiting.push_back(connection);
            if self.waiting.len() > self.most_waiting
                && let Some(longest) = self.waiting.pop_front()
            {
                self.give(longest);
            }
        } else {
            self.give(connection);
        }
        if made_sessions {
            self.wake();
        }
    }

    /// Gives out what waited in vain.
    pub(super) fn finish(&mut self) {
        while let Some(connection) = self.waiting.pop_front() {
            self.give(connection);
        }
    }

    /// Gives out what waited for the sessions that are known now; they may make others known.
    fn wake(&mut self) {
        let mut progress = true;
        while std::mem::take(&mut progress) {
            for _ in 0..self.waiting.len() {
                let Some(mut connection) = self.waiting.pop_front() else {
                    break;
                };
                let made_sessions = self.sessions.link(&mut connection);
                if lacks_original(&connection) {
                    self.waiting.push_back(connection);
                } else {
                    self.give(connection);
                    progress |= made_sessions;
                }
            }
        }
    }

    fn give(&mut self, connection: Connection) {
        if !self.stopped {
            self.stopped = (self.sink)(connection).is_break();
        }
    }
}

/// Whether a handshake is resumed from one that is not known yet.
fn lacks_original(connection: &Connection) -> bool {
    connection.observation.handshakes.iter().any(|handshake| {
        matches!(handshake.client_authentication, ClientAuthentication::Resumed { original: None })
            && !handshake.session.offered.is_empty()
    })
}

impl Sessions {
    /// Fills in the originals that are known, and learns the sessions that the connection made; says
    /// whether there were any.
    fn link(&mut self, connection: &mut Connection) -> bool {
        let mut made_sessions = false;
        for position in 0..connection.observation.handshakes.len() {
            let Some(handshake) = connection.observation.handshakes.get(position) else {
                continue;
            };
            let is_resumed =
                matches!(handshake.client_authentication, ClientAuthentication::Resumed { .. });
            let source = if is_resumed {
                self.original(handshake)
            } else if handshake.session.issued.is_empty() {
                None
            } else {
                original(connection, position).map(Arc::new)
            };
            let (Some(source), Some(handshake)) =
                (source, connection.observation.handshakes.get_mut(position))
            else {
                continue;
            };
            if is_resumed {
                set_original(handshake, Original::clone(&source));
            }
            for id in &handshake.session.issued {
                made_sessions = true;
                self.learn(*id, Arc::clone(&source));
            }
        }
        made_sessions
    }

    /// The one handshake that made the sessions offered; two lead nowhere.
    fn original(&self, handshake: &Handshake) -> Option<Arc<Original>> {
        let known = |id| self.young.get(id).or_else(|| self.old.get(id));
        let mut offered = handshake.session.offered.iter().filter_map(known);
        let found = offered.next()?;
        offered.all(|other| other == found).then(|| Arc::clone(found))
    }

    fn learn(&mut self, id: SessionId, original: Arc<Original>) {
        if self.young.len() >= self.limit {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, original);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]
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
            stream,
            endpoints: [end, end],
            client: None,
            encapsulation: Vec::new(),
            preamble: None,
            first_frame: stream,
            last_frame: stream,
            started_at: None,
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
            given.push((connection.stream, original.map(|original| original.stream)));
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
