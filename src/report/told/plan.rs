//! What of a report's connections is shown: a row each or groups, and which of them in detail.

use super::groups::{Group, groups};
use crate::inspect::ClientAuthentication;
use crate::report::summary::Summary;
use crate::report::{Grouping, Layout, Report};
use crate::verdict::{Judgement, Verdict};
use crate::witness::Connection;

/// More connections than this are shown in groups, and of each group that needs a look one in
/// detail.
pub(in crate::report) const DETAILED_CONNECTIONS: usize = 20;

/// What is shown; connections by their index in the evidence.
#[derive(Clone, Debug, Default)]
pub(in crate::report) struct Plan {
    /// Those that are shown in one way or another.
    pub(in crate::report) shown: Vec<usize>,
    /// In groups, where they are.
    pub(in crate::report) groups: Option<Vec<Group>>,
    /// Those told in detail, each with the group that it stands for.
    pub(in crate::report) detailed: Vec<(usize, Option<usize>)>,
    /// How many are not told in detail.
    pub(in crate::report) omitted: u64,
}

impl Plan {
    /// The plan of a report; `everything` is for those outside the selection too, and all in detail.
    pub(in crate::report) fn new(
        report: &Report<'_>,
        (layout, everything): (Layout, bool),
    ) -> Self {
        let is_selected = |judgement: Option<&Judgement<'_>>| {
            judgement.is_none_or(|one| one.verdict != Verdict::NotSelected)
        };
        let mut shown = Vec::new();
        let mut selected = 0;
        for (index, (_, judgement)) in report.connections().enumerate() {
            let is_selected = is_selected(judgement);
            selected += usize::from(is_selected);
            if is_selected || everything {
                shown.push(index);
            }
        }
        let many = selected > DETAILED_CONNECTIONS && !everything && !layout.list;
        let grouping = layout.grouping.or_else(|| many.then_some(Grouping::ALL));
        let groups = grouping.map(|grouping| groups(report, grouping, &shown));
        let mut plan = Self { shown, groups, ..Self::default() };
        plan.choose(report, everything, selected > DETAILED_CONNECTIONS);
        plan
    }

    /// Chooses those told in detail.
    fn choose(&mut self, report: &Report<'_>, everything: bool, many: bool) {
        let look = |index: &usize| match report.connection(*index) {
            Some((connection, judgement)) => needs_look(connection, judgement),
            None => false,
        };
        let mut chosen = Vec::new();
        match &self.groups {
            Some(groups) if !everything => {
                for (number, group) in groups.iter().enumerate() {
                    let first = group
                        .members
                        .iter()
                        .find(|index| look(index))
                        .or_else(|| group.members.first().filter(|_| !many));
                    if let Some(first) = first.filter(|_| chosen.len() < DETAILED_CONNECTIONS) {
                        chosen.push((*first, Some(number)));
                    } else {
                        self.omitted += group.members.len().try_into().unwrap_or(u64::MAX);
                    }
                }
            }
            _ => {
                for index in &self.shown {
                    if everything || !many || look(index) {
                        chosen.push((*index, None));
                    } else {
                        self.omitted += 1;
                    }
                }
            }
        }
        self.detailed = chosen;
    }
}

/// Whether a connection is worth a look among many.
fn needs_look(connection: &Connection, judgement: Option<&Judgement<'_>>) -> bool {
    match judgement {
        Some(judgement) => judgement.verdict != Verdict::Match || judgement.cause.is_some(),
        None => !matches!(
            *Summary::of(&connection.observation).authentication,
            ClientAuthentication::NotRequested
        ),
    }
}
