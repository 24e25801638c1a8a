//! One handshake, recorded once or at several places: what its recordings come to together.

use super::deciding::{Deciding, deciding};
use super::judgement::{Judgement, Verdict};
use super::part::Part;
use super::run::RunResult;
use super::select::{Candidate, Named, Selected};
use crate::inspect::{ClientAuthentication, Observation, Outcome, Possession};

/// The recordings of one handshake, without the connections themselves: a run may keep many.
#[derive(Clone, Debug)]
pub struct Recordings {
    /// How many there are.
    count: usize,
    /// Of them, those without any byte of a handshake.
    without_handshake: usize,
    /// The one that is judged.
    judged: Recording,
    /// What is sure of the handshake by all of them.
    sure: Sure,
    /// They show things that cannot all be true.
    disagree: bool,
    /// What they are to the selection of each part.
    parts: Vec<Selecting>,
}

/// One recording.
#[derive(Clone, Debug)]
struct Recording {
    /// How much it shows of status, possession and outcome.
    shows: [u8; 3],
    /// A selection fits it.
    fits: bool,
    /// Its capture, its first frame, and its number among the connections.
    place: (usize, u64, usize),
    /// By each part: the verdict, and what it is to the run.
    judged: Vec<(Verdict, Option<RunResult>)>,
}

/// What recordings are to one part's selection.
#[derive(Clone, Copy, Debug)]
struct Selecting {
    fits_but_for_name: bool,
    named: Named,
}

/// What a handshake comes to by one part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Said {
    /// It is not one that the part is about.
    NotSelected,
    /// It is not, because nothing of its handshakes was recorded.
    WithoutHandshake,
    /// It may be: its server name cannot be known.
    NameNotVisible,
    /// Its recordings contradict each other.
    CopiesDisagree,
    /// The recording that is judged says so.
    Judged(Verdict, Option<RunResult>),
}

impl Recordings {
    /// One recording: the connection `number` of those that the run has, which begins in the
    /// capture and with the frame told.
    pub fn new(
        number: usize,
        (capture, first_frame): (usize, u64),
        candidate: &Candidate<'_>,
        observation: &Observation,
        parts: &[Part],
    ) -> Self {
        let sure = Sure::of(observation);
        let selecting = parts.iter().map(|part| Selecting {
            fits_but_for_name: part.selection.fits_but_for_name(candidate),
            named: part.selection.named(candidate),
        });
        let selecting: Vec<Selecting> = selecting.collect();
        let fits = selecting.iter().any(|one| one.fits_but_for_name && one.named == Named::Fits);
        let judged = parts.iter().map(|part| {
            let judgement = part.judge(observation);
            (judgement.verdict, part.result_of(&judgement))
        });
        Self {
            count: 1,
            without_handshake: usize::from(!candidate.has_handshake_bytes),
            judged: Recording {
                shows: sure.shows(observation),
                fits,
                place: (capture, first_frame, number),
                judged: judged.collect(),
            },
            sure,
            disagree: false,
            parts: selecting,
        }
    }

    /// Adds other recordings of the same handshake.
    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        self.without_handshake += other.without_handshake;
        self.disagree |= other.disagree | !self.sure.unite(&other.sure);
        if other.judged.goes_before(&self.judged) {
            self.judged = other.judged;
        }
        for (own, other) in self.parts.iter_mut().zip(other.parts) {
            own.fits_but_for_name |= other.fits_but_for_name;
            own.named = own.named.max(other.named);
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Those without any byte of a handshake.
    pub fn without_handshake(&self) -> usize {
        self.without_handshake
    }

    /// The number of the connection that is judged.
    pub fn judged(&self) -> usize {
        let (_, _, number) = self.judged.place;
        number
    }

    /// What they come to by each of the parts.
    pub fn said(&self, parts: &[Part]) -> Vec<Said> {
        let has_handshake_bytes = self.without_handshake < self.count;
        let selected: Vec<Selected> = parts
            .iter()
            .zip(&self.parts)
            .map(|(part, one)| {
                let Selecting { fits_but_for_name, named } = *one;
                part.selection.decide(fits_but_for_name, named, has_handshake_bytes)
            })
            .collect();
        let all = || parts.iter().zip(&selected).enumerate();
        // Who surely is asked about it comes before who may be.
        let takes = |group: usize| {
            [Selected::Yes, Selected::NameNotVisible].into_iter().find_map(|wanted| {
                all().find(|(_, (part, one))| part.group == group && **one == wanted)
            })
        };
        let said = all().map(|(index, (part, one))| {
            let is_taken = takes(part.group).is_some_and(|(taker, _)| taker != index);
            match one {
                Selected::No => Said::NotSelected,
                Selected::WithoutHandshake => Said::WithoutHandshake,
                Selected::Yes | Selected::NameNotVisible if is_taken => Said::NotSelected,
                Selected::NameNotVisible => Said::NameNotVisible,
                Selected::Yes if self.disagree => Said::CopiesDisagree,
                Selected::Yes => {
                    let judged = self.judged.judged.get(index);
                    judged.map_or(Said::NotSelected, |(verdict, result)| {
                        Said::Judged(*verdict, *result)
                    })
                }
            }
        });
        said.collect()
    }
}

impl Recording {
    /// Whether it is judged rather than another.
    fn goes_before(&self, other: &Self) -> bool {
        let order = |one: &Self| (one.shows, one.fits, std::cmp::Reverse(one.place));
        order(self) > order(other)
    }
}

impl Said {
    /// The verdict, and what it is to the run by this part.
    pub fn result(&self, part: &Part) -> (Verdict, Option<RunResult>) {
        let told = |judgement: Judgement<'_>| (judgement.verdict, part.result_of(&judgement));
        match self {
            Self::NotSelected | Self::WithoutHandshake => (Verdict::NotSelected, None),
            Self::NameNotVisible => told(Judgement::name_not_visible()),
            Self::CopiesDisagree => told(Judgement::copies_disagree()),
            Self::Judged(verdict, result) => (*verdict, *result),
        }
    }

    /// The judgement in full, of the recording that is judged.
    pub fn judgement<'a>(&self, part: &'a Part, observation: &'a Observation) -> Judgement<'a> {
        match self {
            Self::NotSelected => Judgement::not_selected(),
            Self::WithoutHandshake => Judgement::without_handshake(),
            Self::NameNotVisible => Judgement::name_not_visible(),
            Self::CopiesDisagree => Judgement::copies_disagree(),
            Self::Judged(..) => part.judge(observation),
        }
    }
}

/// What is surely so in a handshake, as far as one recording tells; `None` where it does not.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Sure {
    is_resumed: Option<bool>,
    answer: Option<Answer>,
    is_proved: Option<bool>,
    outcome: Option<Outcome>,
}

/// What the client answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Answer {
    NotRequested,
    Declined,
    /// SHA-256 of the end-entity certificate.
    Certificate([u8; 32]),
    /// SHA-256 of the raw public key.
    Key([u8; 32]),
}

impl Sure {
    fn of(observation: &Observation) -> Self {
        let Deciding::Handshake(_, handshake) = deciding(observation) else {
            return Self::default();
        };
        let authentication = &handshake.client_authentication;
        let (is_resumed, shown) = match authentication {
            ClientAuthentication::Obscured(_) => (None, None),
            ClientAuthentication::Resumed { original } => {
                (Some(true), original.as_ref().map(|original| &original.client_authentication))
            }
            _ => (Some(false), Some(authentication)),
        };
        let (answer, possession) = match shown {
            None => (None, None),
            Some(ClientAuthentication::NotRequested) => (Some(Answer::NotRequested), None),
            Some(ClientAuthentication::Declined { .. }) => (Some(Answer::Declined), None),
            Some(ClientAuthentication::Presented(presented)) => {
                let leaf = presented.chain.first().map(|leaf| leaf.sha256.0);
                (leaf.map(Answer::Certificate), Some(&presented.possession))
            }
            Some(ClientAuthentication::PresentedKey(presented)) => {
                (Some(Answer::Key(presented.key.spki_sha256.0)), Some(&presented.possession))
            }
            Some(ClientAuthentication::Resumed { .. } | ClientAuthentication::Obscured(_)) => {
                (None, None)
            }
        };
        let is_proved = match possession {
            Some(Possession::Verified { .. }) => Some(true),
            Some(Possession::Failed { .. } | Possession::Missing) => Some(false),
            Some(Possession::NotSeen | Possession::NotCheckable { .. }) | None => None,
        };
        let outcome = Some(handshake.outcome).filter(|outcome| *outcome != Outcome::Unknown);
        Self { is_resumed, answer, is_proved, outcome }
    }

    /// How much it is: of status, possession and outcome. Where there is nothing to prove, the proof
    /// is no more to be had than of another.
    fn shows(&self, observation: &Observation) -> [u8; 3] {
        let status = match (self.answer, self.is_resumed) {
            (Some(_), _) => 2,
            (None, Some(_)) => 1,
            (None, None) => 0,
        };
        let is_seen = observation.handshakes.iter().any(|handshake| {
            let possession = match &handshake.client_authentication {
                ClientAuthentication::Presented(presented) => &presented.possession,
                ClientAuthentication::PresentedKey(presented) => &presented.possession,
                _ => return false,
            };
            matches!(possession, Possession::NotCheckable { .. })
        });
        let possession = if self.is_proved.is_some() { 2 } else { u8::from(is_seen) };
        [status, possession, u8::from(self.outcome.is_some())]
    }

    /// Takes what another recording shows of the same handshake; `false` where both cannot be true.
    fn unite(&mut self, other: &Self) -> bool {
        fn one<T: Copy + PartialEq>(own: &mut Option<T>, other: Option<T>) -> bool {
            let agree = own.is_none() || other.is_none() || *own == other;
            *own = own.or(other);
            agree
        }
        // Each is to be taken, whatever the others are.
        one(&mut self.is_resumed, other.is_resumed)
            & one(&mut self.answer, other.answer)
            & one(&mut self.is_proved, other.is_proved)
            & one(&mut self.outcome, other.outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::super::select::Selection;
    use super::super::test_values::*;
    use super::*;
    use crate::expect::Expectation;
    use crate::inspect::{Handshake, ObscuredReason};

    fn candidate(name: Option<&str>) -> Candidate<'_> {
        Candidate {
            endpoints: [([10, 0, 0, 4], 51_234).into(), ([10, 0, 0, 5], 443).into()],
            client: Some(0),
            server_name: name,
            is_name_known: name.is_some(),
            server_certificate: None,
            has_handshake_bytes: true,
            stream: Some(0),
            started_at: None,
            ended_at: None,
        }
    }

    fn part(expectation: Expectation, names: &[&str]) -> Part {
        let server_names = names.iter().map(|name| (*name).to_owned()).collect();
        let selection = Selection { server_names, ..Selection::default() };
        Part { expectation, selection, ..Part::default() }
    }

    /// What recordings that show these answers come to, in whatever order they come.
    fn come_to(part: &Part, shown: &[(Option<&str>, ClientAuthentication)]) -> (Said, usize) {
        let parts = std::slice::from_ref(part);
        let one = |(number, (name, shown)): (usize, &(Option<&str>, ClientAuthentication))| {
            let observation = observation([handshake(shown.clone())]);
            let place = (0, number.try_into().unwrap_or_default());
            Recordings::new(number, place, &candidate(*name), &observation, parts)
        };
        let of = |order: Vec<usize>| {
            let all = order.into_iter().filter_map(|index| Some(one((index, shown.get(index)?))));
            all.reduce(|mut all, other| {
                all.add(other);
                all
            })
        };
        let forth = of((0..shown.len()).collect()).map(|all| (all.said(parts), all.judged()));
        let back = of((0..shown.len()).rev().collect()).map(|all| (all.said(parts), all.judged()));
        assert_eq!(forth, back);
        let (said, judged) = forth.unwrap_or_default();
        (said.first().copied().unwrap_or(Said::NotSelected), judged)
    }

    #[test]
    fn judged_is_the_recording_that_shows_most() {
        let hidden = || obscured(ObscuredReason::OneDirection);
        let matching = Said::Judged(Verdict::Match, Some(RunResult::Pass));
        let part = part(expect_sha1(1), &[]);
        let shown = [(None, hidden()), (None, presented(&[1])), (None, hidden())];
        assert_eq!(come_to(&part, &shown), (matching, 1));
        assert_eq!(come_to(&part, &[(None, presented(&[1])), (None, presented(&[1]))]).1, 0);
    }

    #[test]
    fn copies_that_contradict_each_other_settle_nothing() {
        let part = part(expect_sha1(1), &[]);
        for other in [declined(), presented(&[2]), ClientAuthentication::NotRequested] {
            let shown = [(None, declined()), (None, presented(&[1])), (None, other)];
            assert_eq!(come_to(&part, &shown).0, Said::CopiesDisagree);
        }
        let mut forged = presentation(&[1]);
        forged.possession = Possession::Failed { scheme: String::new(), signer: None };
        let shown = [(None, presented(&[1])), (None, ClientAuthentication::Presented(forged))];
        assert_eq!(come_to(&part, &shown).0, Said::CopiesDisagree);
        assert_eq!(Said::CopiesDisagree.result(&part).1, Some(RunResult::Inconclusive));
    }

    #[test]
    fn contradicting_ends_settle_nothing() {
        let parts = [part(expect_sha1(1), &[])];
        let with = |outcome| {
            let observation = observation([Handshake { outcome, ..handshake(presented(&[1])) }]);
            Recordings::new(0, (0, 1), &candidate(None), &observation, &parts)
        };
        let mut all = with(Outcome::Refused);
        all.add(with(Outcome::Unknown));
        assert!(matches!(all.said(&parts)[..], [Said::Judged(Verdict::Match, _)]));
        all.add(with(Outcome::Completed));
        assert_eq!(all.said(&parts), [Said::CopiesDisagree]);
    }

    #[test]
    fn name_that_any_recording_shows_is_the_name() {
        let named = part(expect_sha1(1), &["a.example"]);
        let hidden = || (None, presented(&[1]));
        let shown = |name| [hidden(), (Some(name), obscured(ObscuredReason::OneDirection))];
        let (said, judged) = come_to(&named, &shown("a.example"));
        assert!(matches!(said, Said::Judged(Verdict::Match, _)));
        assert_eq!(judged, 0);
        assert_eq!(come_to(&named, &shown("b.example")).0, Said::NotSelected);
        assert_eq!(come_to(&named, &[hidden(), hidden()]).0, Said::NameNotVisible);
    }

    #[test]
    fn connection_goes_to_the_first_part_of_a_group_that_surely_selects_it() {
        let of = |group, names: &[&str]| Part { group, ..part(expect_sha1(1), names) };
        let parts = [of(0, &["a.example"]), of(0, &[]), of(0, &[]), of(1, &[])];
        let observation = observation([handshake(presented(&[1]))]);
        let one = Recordings::new(0, (0, 1), &candidate(None), &observation, &parts);
        let said = one.said(&parts);
        let judged = said.iter().map(|said| matches!(said, Said::Judged(..)));
        assert!(judged.eq([false, true, false, true]), "{said:?}");
    }
}
