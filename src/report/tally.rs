//! Counts of connections by their verdicts.

use crate::verdict::{Judgement, Verdict};

/// How many connections there are, and how many of each verdict.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    connections: usize,
    judged: bool,
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

    /// Counts one more connection.
    pub fn note(&mut self, judgement: Option<&Judgement<'_>>) {
        self.connections += 1;
        let counts = VERDICTS.iter().zip(&mut self.verdicts);
        for (verdict, count) in counts {
            *count += usize::from(judgement.is_some_and(|one| one.verdict == *verdict));
        }
    }

    /// Counts the connections of another tally too.
    pub fn add(&mut self, other: &Self) {
        self.connections += other.connections;
        for (own, other) in self.verdicts.iter_mut().zip(other.verdicts) {
            *own += other;
        }
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.connections
    }

    /// How many have this verdict; `None` where nothing is judged.
    pub fn count(&self, verdict: Verdict) -> Option<usize> {
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
        let outside = Judgement::not_selected();
        let matching = Judgement { verdict: Verdict::Match, ..outside };
        [&outside, &matching, &matching].into_iter().for_each(|one| tally.note(Some(one)));
        let mut twice = Tally::new(true);
        twice.add(&tally);
        twice.add(&tally);
        assert_eq!((tally.connections(), tally.selected()), (3, Some(2)));
        assert_eq!((twice.count(Verdict::Match), twice.count(Verdict::Absent)), (Some(4), Some(0)));
    }

    #[test]
    fn without_judging_there_are_no_verdicts() {
        let mut tally = Tally::new(false);
        tally.note(None);
        assert_eq!((tally.connections(), tally.selected()), (1, None));
        assert_eq!(tally.count(Verdict::Match), None);
    }
}
