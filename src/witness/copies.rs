//! Which connections are recordings of one handshake, at several places of a network.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::evidence::{Connection, Copied};

/// The randoms of a handshake, or digests of them: the client's and the server's, where visible.
type Randoms = [Option<u64>; 2];

/// Numbers of handshakes by the randoms that a connection shows of them; connections of one capture
/// or recording with the same number are recordings of one handshake.
///
/// Randoms are equal as far as each is visible, at least one is visible in both, and none differs.
/// A connection of which one alone is visible is a recording of the one handshake of which both are,
/// or where there are several such, of none of them: which one, cannot be told.
pub fn same_handshakes(
    shown: impl IntoIterator<Item = [Option<u64>; 2]>,
) -> HashMap<[Option<u64>; 2], usize> {
    let mut numbers: HashMap<Randoms, usize> = HashMap::new();
    // The handshake with this random of the client or of the server; `None` where there are more.
    let mut whole: HashMap<(usize, u64), Option<usize>> = HashMap::new();
    let mut next = 0;
    for randoms in shown.into_iter().filter(|randoms| *randoms != [None; 2]) {
        let Entry::Vacant(new) = numbers.entry(randoms) else {
            continue;
        };
        new.insert(next);
        if let [Some(client), Some(server)] = randoms {
            for random in [(0, client), (1, server)] {
                let one = whole.entry(random).or_insert(Some(next));
                *one = one.filter(|known| *known == next);
            }
        }
        next += 1;
    }
    for (randoms, number) in &mut numbers {
        let seen = match *randoms {
            [Some(client), None] => (0, client),
            [None, Some(server)] => (1, server),
            _ => continue,
        };
        if let Some(Some(known)) = whole.get(&seen) {
            *number = *known;
        }
    }
    numbers
}

/// Says of each connection which earlier one is a recording of the same handshake, within the same
/// capture, or in any where `continued` says that all are one recording.
pub(super) fn mark(connections: &mut [Connection], continued: bool) {
    let is_of = |connection: &Connection| if continued { 0 } else { connection.capture };
    let mut rest = connections;
    while let Some(recording) = rest.first().map(is_of) {
        let length = rest.iter().take_while(|connection| is_of(connection) == recording).count();
        let (own, others) = rest.split_at_mut(length);
        mark_all(own);
        rest = others;
    }
}

/// The same of the connections of one recording, in order.
fn mark_all(connections: &mut [Connection]) {
    let numbers = same_handshakes(connections.iter().map(|connection| connection.randoms));
    let mut first: HashMap<usize, Copied> = HashMap::new();
    for connection in connections {
        let Some(number) = numbers.get(&connection.randoms) else {
            continue;
        };
        let own = Copied::of(connection);
        connection.same_handshake_as = match first.entry(*number) {
            Entry::Occupied(known) => Some(*known.get()),
            Entry::Vacant(new) => {
                new.insert(own);
                None
            }
        };
    }
}

/// Handshakes of which recordings were given out, in two halves: when the younger one is full, the
/// older one is forgotten.
#[derive(Debug)]
pub(super) struct GivenOut {
    young: HashMap<(usize, u64), Given>,
    old: HashMap<(usize, u64), Given>,
    limit: usize,
}

/// What was given out with one random.
#[derive(Clone, Copy, Debug)]
struct Given {
    first: Copied,
    randoms: Randoms,
    /// There are several handshakes with it.
    is_ambiguous: bool,
}

impl GivenOut {
    /// Remembers about `limit` randoms at most.
    pub(super) fn new(limit: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), limit: limit / 2 }
    }

    /// Says which connection that was given out before is a recording of the same handshake.
    pub(super) fn mark(&mut self, connection: &mut Connection) {
        let [client, server] = connection.randoms;
        let visible = [(0, client), (1, server)].into_iter();
        let visible: Vec<_> = visible.filter_map(|(at, random)| Some((at, random?))).collect();
        let known = visible.iter().filter_map(|random| self.known(random));
        let mut known = known.filter(|given| {
            !given.is_ambiguous && are_compatible(given.randoms, connection.randoms)
        });
        connection.same_handshake_as = known.next().map(|given| given.first);
        let first = connection.same_handshake_as.unwrap_or_else(|| Copied::of(connection));
        for random in visible {
            self.learn(random, first, connection.randoms);
        }
    }

    fn known(&self, random: &(usize, u64)) -> Option<&Given> {
        self.young.get(random).or_else(|| self.old.get(random))
    }

    fn learn(&mut self, random: (usize, u64), first: Copied, randoms: Randoms) {
        let given = match self.known(&random) {
            None => Given { first, randoms, is_ambiguous: false },
            Some(known) if are_compatible(known.randoms, randoms) => {
                let [client, server] = known.randoms;
                let [more_of_client, more_of_server] = randoms;
                let randoms = [client.or(more_of_client), server.or(more_of_server)];
                Given { randoms, ..*known }
            }
            Some(known) => Given { is_ambiguous: true, ..*known },
        };
        if self.young.len() >= self.limit {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(random, given);
    }
}

/// Whether no random is visible in both and different.
fn are_compatible(one: Randoms, other: Randoms) -> bool {
    one.iter().zip(other).all(|(one, other)| one.is_none() || other.is_none() || *one == other)
}

impl Copied {
    fn of(connection: &Connection) -> Self {
        let Connection { capture, stream, first_frame, .. } = *connection;
        Self { capture, stream, first_frame }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The groups of connections that show these randoms.
    fn groups(shown: &[Randoms]) -> Vec<Option<usize>> {
        let numbers = same_handshakes(shown.iter().copied());
        let of = |randoms| numbers.get(randoms).copied();
        let first = |number| shown.iter().position(|other| of(other) == Some(number));
        shown.iter().map(|randoms| first(of(randoms)?)).collect()
    }

    const NONE: Option<u64> = None;

    #[test]
    fn equal_as_far_as_visible_is_one_handshake() {
        let both = [Some(1), Some(9)];
        assert_eq!(groups(&[both, both, [Some(2), Some(8)]]), [Some(0), Some(0), Some(2)]);
        assert_eq!(groups(&[[Some(1), NONE], [Some(1), NONE]]), [Some(0), Some(0)]);
        assert_eq!(groups(&[[NONE, NONE], [NONE, NONE]]), [None, None]);
    }

    #[test]
    fn one_with_both_joins_one_with_each_wherever_it_stands() {
        let (client, server, both) = ([Some(1), NONE], [NONE, Some(9)], [Some(1), Some(9)]);
        for shown in [[client, server, both], [both, client, server], [server, both, client]] {
            assert_eq!(groups(&shown), [Some(0), Some(0), Some(0)], "{shown:?}");
        }
        // Without it, nothing says that they are of one.
        assert_eq!(groups(&[client, server]), [Some(0), Some(1)]);
    }

    #[test]
    fn replayed_random_joins_nothing() {
        let (one, other) = ([Some(1), Some(8)], [Some(1), Some(9)]);
        assert_eq!(groups(&[one, other]), [Some(0), Some(1)]);
        let client = [Some(1), NONE];
        for shown in [[one, other, client], [client, one, other], [one, client, other]] {
            let expected: Vec<_> = (0..3).map(Some).collect();
            assert_eq!(groups(&shown), expected, "{shown:?}");
        }
        assert_eq!(groups(&[[Some(1), Some(9)], [Some(2), Some(9)]]), [Some(0), Some(1)]);
    }
}
