//! Links resumed sessions to the full handshakes that made them.

use std::collections::{HashMap, HashSet};

use super::evidence::{CaptureSummary, Connection};
use crate::inspect::{ClientAuthentication, Handshake, Original, PskOrigin};

/// Index of a connection, and of a handshake in it.
type Place = (usize, usize);

/// Fills in the original of every resumed handshake whose session was made in the same recording:
/// in the same capture, or in any of them where `continued` says that all are one.
///
/// A session is known by its identifier (RFC 5246 section 7.4.1.2) or a ticket (RFC 5077), and in
/// TLS 1.3 by the ticket that is the identity of a pre-shared key (RFC 8446 section 4.6.1); a
/// ticket that is renewed in a resumed handshake still leads to the full one.
pub(super) fn link(connections: &mut [Connection], captures: &[CaptureSummary], continued: bool) {
    let recording = |connection: &Connection| if continued { 0 } else { connection.capture };
    let mut order: Vec<usize> = (0..connections.len()).collect();
    order.sort_by_key(|&index| {
        connections.get(index).map(|connection| {
            let at = connection.started_at.map(|at| at.nanoseconds);
            (recording(connection), at, connection.capture, connection.first_frame)
        })
    });
    // Of all the sessions made, few are resumed.
    let offered: HashSet<[u8; 32]> = connections
        .iter()
        .flat_map(|connection| &connection.observation.handshakes)
        .filter(|handshake| is_resumed(handshake))
        .flat_map(|handshake| handshake.session.offered.iter().copied())
        .collect();
    let mut sessions: HashMap<(usize, [u8; 32]), Place> = HashMap::new();
    let ambiguous = ambiguous(connections, &offered, recording);
    for index in order {
        let handshakes =
            connections.get(index).map_or(0, |connection| connection.observation.handshakes.len());
        for position in 0..handshakes {
            let place = (index, position);
            let Some((recording, handshake)) = connections.get(index).and_then(|connection| {
                let handshake = connection.observation.handshakes.get(position)?;
                Some((recording(connection), handshake))
            }) else {
                continue;
            };
            let is_resumed = is_resumed(handshake);
            let source = if is_resumed {
                let ids = || handshake.session.offered.iter().map(|id| (recording, *id));
                let mut offered = ids().filter_map(|id| sessions.get(&id).copied());
                let found = offered.next();
                // Two identifiers that lead to different handshakes lead nowhere.
                let is_one = ids().all(|id| !ambiguous.contains(&id));
                found.filter(|found| is_one && offered.all(|other| other == *found))
            } else {
                Some(place)
            };
            let Some(source) = source else {
                continue;
            };
            for id in handshake.session.issued.iter().filter(|id| offered.contains(*id)) {
                sessions.insert((recording, *id), source);
            }
            let (index_of_source, position_of_source) = source;
            let original = connections
                .get(index_of_source)
                .filter(|_| is_resumed)
                .and_then(|connection| original(connection, position_of_source));
            let (Some(mut original), Some(connection)) = (original, connections.get_mut(index))
            else {
                continue;
            };
            let elsewhere = captures.get(original.capture);
            let elsewhere = elsewhere.filter(|_| connection.capture != original.capture);
            original.elsewhere = elsewhere.map(|capture| capture.path.clone());
            if let Some(resumed) = connection.observation.handshakes.get_mut(position) {
                set_original(resumed, original);
            }
        }
    }
}

/// Sessions that full handshakes with different answers issued, of those that are resumed.
fn ambiguous(
    connections: &[Connection],
    offered: &HashSet<[u8; 32]>,
    recording: impl Fn(&Connection) -> usize,
) -> HashSet<(usize, [u8; 32])> {
    let mut issuers: HashMap<(usize, [u8; 32]), &ClientAuthentication> = HashMap::new();
    let mut ambiguous = HashSet::new();
    for connection in connections {
        let handshakes = connection.observation.handshakes.iter();
        for handshake in handshakes.filter(|handshake| !is_resumed(handshake)) {
            let answer = &handshake.client_authentication;
            for id in handshake.session.issued.iter().filter(|id| offered.contains(*id)) {
                let id = (recording(connection), *id);
                if !is_same_answer(issuers.entry(id).or_insert(answer), answer) {
                    ambiguous.insert(id);
                }
            }
        }
    }
    ambiguous
}

/// Whether two handshakes showed the same of the client, but for the frames.
pub(super) fn is_same_answer(one: &ClientAuthentication, other: &ClientAuthentication) -> bool {
    match (one, other) {
        (ClientAuthentication::NotRequested, ClientAuthentication::NotRequested)
        | (ClientAuthentication::Declined { .. }, ClientAuthentication::Declined { .. }) => true,
        (ClientAuthentication::Presented(one), ClientAuthentication::Presented(other)) => {
            let leaves = [one, other].map(|presented| presented.chain.first());
            let [one_leaf, other_leaf] = leaves.map(|leaf| leaf.map(|leaf| leaf.sha256));
            one_leaf == other_leaf && one.possession == other.possession
        }
        (one, other) => one == other,
    }
}

fn is_resumed(handshake: &Handshake) -> bool {
    matches!(handshake.client_authentication, ClientAuthentication::Resumed { .. })
}

/// The handshake at `position` of a connection, as those that resume it name it.
pub(super) fn original(connection: &Connection, position: usize) -> Option<Original> {
    let handshake = connection.observation.handshakes.get(position)?;
    let frame = handshake.client_hello_frames.first();
    let frame = frame.or_else(|| handshake.certificate_request.as_ref()?.frames.first());
    Some(Original {
        capture: connection.capture,
        elsewhere: None,
        stream: connection.stream,
        handshake: position,
        frame: frame.copied().unwrap_or(connection.first_frame),
        client_authentication: handshake.client_authentication.clone(),
        outcome: handshake.outcome,
    })
}

/// Fills in the original of a resumed handshake.
pub(super) fn set_original(resumed: &mut Handshake, original: Original) {
    resumed.client_authentication =
        ClientAuthentication::Resumed { original: Some(Box::new(original)) };
    if let Some(key) = &mut resumed.session.pre_shared_key {
        key.origin = PskOrigin::Session;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]
    use super::super::sessions::Sessions;
    use super::*;
    use crate::inspect::{
        Finished, Frames, Handshake, HandshakeKind, Observation, Outcome, PreSharedKey, Session,
        Visibility,
    };

    const FULL: ClientAuthentication = ClientAuthentication::NotRequested;
    const RESUMED: ClientAuthentication = ClientAuthentication::Resumed { original: None };

    /// A handshake that offered and issued the sessions of these numbers.
    fn handshake(answer: ClientAuthentication, offered: &[u8], issued: &[u8]) -> Handshake {
        let digests = |numbers: &[u8]| numbers.iter().map(|number| [*number; 32]).collect();
        Handshake {
            kind: HandshakeKind::Initial,
            protocol_version: None,
            cipher_suite: None,
            visibility: Visibility::Clear,
            hello_retry_request: false,
            resumed: matches!(answer, ClientAuthentication::Resumed { .. }),
            certificate_request: None,
            client_authentication: answer,
            server_chain: Default::default(),
            certificate_message_missing: false,
            outcome: Outcome::Completed,
            alerts: Vec::new(),
            client_hello_frames: Frames::new(),
            server_hello_frames: Frames::new(),
            certificate_verify_frames: Frames::new(),
            finished: Finished::NotChecked,
            inference: None,
            session: Session {
                offered: digests(offered),
                issued: digests(issued),
                ..Session::default()
            },
        }
    }

    fn connection(capture: usize, stream: u64, handshakes: Vec<Handshake>) -> Connection {
        let end = ([10, 0, 0, 4], 443).into();
        Connection {
            capture,
            stream: Some(stream),
            endpoints: [end, end],
            client: None,
            encapsulation: Vec::new(),
            preamble: None,
            first_frame: 10 * stream + 1,
            last_frame: 10 * stream + 9,
            started_at: None,
            ended_at: None,
            closed: None,
            has_handshake_bytes: true,
            randoms: [None; 2],
            same_handshake_as: None,
            observation: Observation { handshakes, ..Observation::default() },
            anomalies: Vec::new(),
            anomalies_omitted: 0,
        }
    }

    /// Stream and handshake of the original of each connection's first handshake.
    fn originals(mut connections: Vec<Connection>, continued: bool) -> Vec<Option<(u64, usize)>> {
        link(&mut connections, &[], continued);
        let original = |connection: &Connection| match &connection.observation.handshakes[0]
            .client_authentication
        {
            ClientAuthentication::Resumed { original } => {
                original.as_ref().map(|original| (original.stream.unwrap(), original.handshake))
            }
            _ => None,
        };
        connections.iter().map(original).collect()
    }

    #[test]
    fn a_ticket_renewed_in_a_chain_of_resumptions_leads_to_the_full_handshake() {
        let chain = vec![
            connection(0, 0, vec![handshake(FULL, &[], &[1])]),
            connection(0, 1, vec![handshake(RESUMED, &[1], &[2])]),
            connection(0, 2, vec![handshake(RESUMED, &[2], &[3])]),
            connection(0, 3, vec![handshake(RESUMED, &[3], &[])]),
        ];
        assert_eq!(originals(chain, false), [None, Some((0, 0)), Some((0, 0)), Some((0, 0))]);
    }

    #[test]
    fn a_chain_whose_beginning_is_not_there_leads_nowhere() {
        let chain = vec![
            connection(0, 0, vec![handshake(RESUMED, &[1], &[2])]),
            connection(0, 1, vec![handshake(RESUMED, &[2], &[])]),
        ];
        assert_eq!(originals(chain, false), [None, None]);
    }

    #[test]
    fn a_ticket_of_a_post_handshake_authentication_leads_to_it() {
        let connections = vec![
            connection(0, 0, vec![handshake(FULL, &[], &[1]), handshake(FULL, &[], &[2])]),
            connection(0, 1, vec![handshake(RESUMED, &[1], &[])]),
            connection(0, 2, vec![handshake(RESUMED, &[2], &[])]),
        ];
        assert_eq!(originals(connections, false), [None, Some((0, 0)), Some((0, 1))]);
    }

    #[test]
    fn identifiers_of_different_sessions_lead_nowhere() {
        let connections = vec![
            connection(0, 0, vec![handshake(FULL, &[], &[1])]),
            connection(0, 1, vec![handshake(FULL, &[], &[2])]),
            connection(0, 2, vec![handshake(RESUMED, &[1, 2], &[])]),
        ];
        assert_eq!(originals(connections, false), [None, None, None]);
    }

    #[test]
    fn a_session_issued_twice_leads_nowhere_where_the_answers_differ() {
        let declined = ClientAuthentication::Declined { frames: [9].into() };
        for (second, expected) in [(FULL, Some((1, 0))), (declined, None)] {
            let connections = vec![
                connection(0, 0, vec![handshake(FULL, &[], &[1])]),
                connection(0, 1, vec![handshake(second, &[], &[1])]),
                connection(0, 2, vec![handshake(RESUMED, &[1], &[])]),
            ];
            assert_eq!(originals(connections.clone(), false), [None, None, expected]);
            let mut sessions = Sessions::new(8);
            let mut found = None;
            for mut connection in connections {
                sessions.link(&mut connection, |_| true, &mut Vec::new());
                found = match &connection.observation.handshakes[0].client_authentication {
                    ClientAuthentication::Resumed { original } => {
                        original.as_ref().map(|one| (one.stream.unwrap(), one.handshake))
                    }
                    _ => None,
                };
            }
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn another_capture_is_searched_only_where_both_are_one_recording() {
        let connections = vec![
            connection(0, 0, vec![handshake(FULL, &[], &[1])]),
            connection(1, 0, vec![handshake(RESUMED, &[1], &[])]),
        ];
        assert_eq!(originals(connections.clone(), false), [None, None]);
        assert_eq!(originals(connections, true), [None, Some((0, 0))]);
    }

    #[test]
    fn a_pre_shared_key_is_of_a_session_only_where_its_ticket_was_seen() {
        let psk = || {
            let mut one = handshake(RESUMED, &[1], &[]);
            one.session.pre_shared_key = Some(PreSharedKey {
                offered: Some(1),
                accepted: Some(0),
                origin: PskOrigin::Unknown,
                zero_ticket_age: Some(false),
            });
            one
        };
        let mut connections = vec![
            connection(0, 0, vec![psk()]),
            connection(0, 1, vec![handshake(FULL, &[], &[1])]),
            connection(0, 2, vec![psk()]),
        ];
        link(&mut connections, &[], false);
        let unknown = |index: usize| {
            connections[index].observation.handshakes[0].uses_psk_of_unknown_origin()
        };
        assert_eq!((unknown(0), unknown(1), unknown(2)), (true, false, false));
    }
}
