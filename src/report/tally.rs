//! Counts of connections by their verdicts.

use crate::verdict::{Recordings, Verdict};

/// How many connections there are, and how many of each verdict.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    connections: usize,
    copies: usize,
    without_handshake: usize,
    judged: bool,
    /// Of those without verdicts, how many are outside the selection; `None` without a selection.
    left_out: Option<usize>,
    /// In the order of `VERDICTS`.
    verdicts: [usize; 7],
}

const VERDICTS: [Verdict; 7] = [
    Verdict::Match,
    Verdict::Mismatch,
    Verdict::Absent,
    Verdict::NotRequested,
    Verdict::Unexpected,
    Verdict::Inconclusive,
    Verdict::NotSelected,
];

impl Tally {
    /// No connections yet; `judged` says whether they will have verdicts.
    pub fn new(judged: bool) -> Self {
        Self { judged, ..Self::default() }
    }

    /// Counts one more connection with its verdict; it is not another's recording.
    pub fn note(&mut self, verdict: Option<Verdict>) {
        self.connections += 1;
        let counts = VERDICTS.iter().zip(&mut self.verdicts);
        for (one, count) in counts {
            *count += usize::from(verdict == Some(*one));
        }
    }

    /// Counts one more recording of a handshake that is judged already.
    pub fn note_copy(&mut self) {
        self.note(self.judged.then_some(Verdict::NotSelected));
        self.copies += 1;
    }

    /// Counts the recordings of one handshake, with its verdict.
    pub fn note_recordings(&mut self, verdict: Option<Verdict>, recordings: &Recordings) {
        self.note(verdict);
        (1..recordings.count()).for_each(|_| self.note_copy());
        self.note_without_handshake(recordings.without_handshake());
    }

    /// Says that so many of the connections counted are without any byte of a handshake.
    pub fn note_without_handshake(&mut self, connections: usize) {
        self.without_handshake += connections;
    }

    /// Counts so many more connections that are not shown, for a selection.
    pub fn note_left_out(&mut self, connections: usize) {
        self.connections += connections;
        self.left_out = Some(self.left_out.unwrap_or_default() + connections);
    }

    /// Counts the connections of another tally too.
    pub fn add(&mut self, other: &Self) {
        self.connections += other.connections;
        self.copies += other.copies;
        self.without_handshake += other.without_handshake;
        if let Some(left_out) = other.left_out {
            self.left_out = Some(self.left_out.unwrap_or_default() + left_out);
        }
        for (own, other) in self.verdicts.iter_mut().zip(other.verdicts) {
            *own += other;
        }
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.connections
    }

    /// How many of them are further recordings of one handshake.
    pub fn copies(&self) -> usize {
        self.copies
    }

    /// How many are without any byte of a handshake.
    pub fn without_handshake(&self) -> usize {
        self.without_handshake
    }

    /// How many have this verdict; `None` where nothing is judged.
    pub fn count(&self, verdict: Verdict) -> Option<usize> {
        if verdict == Verdict::NotSelected && self.left_out.is_some() {
            return self.left_out;
        }
        let position = VERDICTS.iter().position(|one| *one == verdict)?;
        self.verdicts.get(position).copied().filter(|_| self.judged)
    }

    /// How many were judged; `None` where nothing is.
    pub fn selected(&self) -> Option<usize> {
        self.count(Verdict::NotSelected).map(|outside| self.connections - outside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_outside_the_selection_are_counted_apart() {
        let mut tally = Tally::new(true);
        let verdicts = [Verdict::NotSelected, Verdict::Match, Verdict::Match];
        verdicts.into_iter().for_each(|one| tally.note(Some(one)));
        let mut twice = Tally::new(true);
        twice.add(&tally);
        twice.add(&tally);
        assert_eq!((tally.connections(), tally.selected()), (3, Some(2)));
        assert_eq!((twice.count(Verdict::Match), twice.count(Verdict::Absent)), (Some(4), Some(0)));
    }

    #[test]
    fn copies_are_outside_the_selection() {
        let mut tally = Tally::new(true);
        tally.note(Some(Verdict::Match));
        tally.note_copy();
        assert_eq!((tally.connections(), tally.selected(), tally.copies()), (2, Some(1), 1));
    }

    #[test]
    fn without_judging_a_selection_leaves_out() {
        let mut tally = Tally::new(false);
        tally.note(None);
        tally.note_left_out(0);
        let mut other = Tally::new(false);
        other.note_left_out(2);
        tally.add(&other);
        assert_eq!((tally.connections(), tally.selected()), (3, Some(1)));
        assert_eq!(tally.count(Verdict::NotSelected), Some(2));
        assert_eq!(tally.count(Verdict::Match), None);
    }

    #[test]
    fn without_judging_there_are_no_verdicts() {
        let mut tally = Tally::new(false);
        tally.note(None);
        assert_eq!((tally.connections(), tally.selected()), (1, None));
        assert_eq!(tally.count(Verdict::Match), None);
    }
}
