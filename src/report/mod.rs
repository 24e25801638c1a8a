//! Evidence and verdicts -> bytes. Knows neither files nor terminals: it gets a `Write`.

mod grouping;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod names;
mod recipe;
pub mod sarif;
mod selection;
mod summary;
mod tally;
pub mod text;
mod times;
mod told;
mod untrusted;

use crate::certificate::Certificate;
use crate::diagnose::Finding;
use crate::expect::Expectation;
use crate::verdict::{HypothesisFinding, Judgement, RunResult, Selection, Verdict};
use crate::witness::{Connection, Evidence};

pub use grouping::{Grouping, Layout};
pub use selection::candidate;
pub use tally::Tally;
pub use untrusted::visible;

/// The program and its version, as reports name them.
const TOOL_VERSION: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));

/// Everything a report says, in one value that every format reads.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What was seen.
    pub evidence: &'a Evidence,
    /// What was expected; `None` in `inspect`.
    pub expectation: Option<&'a Expectation>,
    /// Which connections the question was about; `None` in `inspect`.
    pub selection: Option<&'a Selection>,
    /// One for each connection of `evidence`, in its order; empty in `inspect`.
    pub judgements: &'a [Judgement<'a>],
    /// What each judgement is to the run, in their order; `None` where it is not selected. Empty in
    /// `inspect`.
    pub results: &'a [Option<RunResult>],
    /// The answer for the run; in `inspect` `None`, or `Error`.
    pub result: Option<RunResult>,
    /// What the connections come to, whatever of the input could not be read; `None` in `inspect`,
    /// and where no capture could be used.
    pub of_connections: Option<RunResult>,
    /// What the connections say about the hypotheses of the expectation.
    pub hypotheses: &'a [HypothesisFinding],
    /// What explains each connection of `evidence`, in its order, the strongest first and remarks
    /// last; may be shorter, the rest then has none.
    pub findings: &'a [Vec<Finding>],
    /// What explains the run as a whole, the strongest first: of several connections together, or
    /// where there is none.
    pub run_findings: &'a [Finding],
    /// The expectations that the run is made of, where there are several; `judgements` then holds
    /// the gravest judgement of each connection, and `expectation` is the first of them.
    pub parts: &'a [Part<'a>],
    /// In `inspect` with a selection, how many connections it left out: they are not in `evidence`.
    pub left_out: Option<usize>,
    /// The command line, word by word, for who wants to repeat the run; may be empty.
    pub command: &'a [String],
}

/// One of several expectations, and what came of it.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What was expected.
    pub expectation: &'a Expectation,
    /// Which connections it is about.
    pub selection: &'a Selection,
    /// One for each connection of the evidence.
    pub judgements: &'a [Judgement<'a>],
    /// What each judgement is to the run; `None` where it is not selected.
    pub results: &'a [Option<RunResult>],
    /// What came of it; `None` where no capture could be used.
    pub result: Option<RunResult>,
    /// What its connections come to, whatever of the input could not be read.
    pub of_connections: Option<RunResult>,
    /// What the connections say about its hypotheses.
    pub hypotheses: &'a [HypothesisFinding],
}

/// What a configuration says about one server, without a capture.
#[derive(Clone, Copy, Debug)]
pub struct Resolution<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What should be seen.
    pub expectation: &'a Expectation,
}

impl<'a> Report<'a> {
    /// Every connection with its judgement, in the order of the evidence.
    fn connections(&self) -> impl Iterator<Item = (&'a Connection, Option<&'a Judgement<'a>>)> {
        let judgements = self.judgements;
        self.evidence
            .connections
            .iter()
            .enumerate()
            .map(move |(index, connection)| (connection, judgements.get(index)))
    }

    /// The connection with this index in the evidence, and its judgement.
    fn connection(&self, index: usize) -> Option<(&'a Connection, Option<&'a Judgement<'a>>)> {
        Some((self.evidence.connections.get(index)?, self.judgements.get(index)))
    }

    /// What explains the connection with this index in the evidence, the strongest first and remarks
    /// last.
    fn findings_of(&self, connection: usize) -> &'a [Finding] {
        let findings = self.findings;
        findings.get(connection).map(Vec::as_slice).unwrap_or_default()
    }

    /// The report of one part, as if it were all.
    fn part(&self, part: &'a Part<'a>) -> Self {
        Self {
            expectation: Some(part.expectation),
            selection: Some(part.selection),
            judgements: part.judgements,
            results: part.results,
            result: part.result,
            of_connections: part.of_connections,
            hypotheses: part.hypotheses,
            // They explain the gravest judgement of a connection, which may be another part's.
            findings: &[],
            run_findings: &[],
            parts: &[],
            ..*self
        }
    }

    /// What the judgement of a connection is to the run, by its index in the evidence.
    fn result_of(&self, connection: usize) -> Option<RunResult> {
        self.results.get(connection).copied().flatten()
    }

    /// The report of each expectation: the parts, or the whole where it is about one.
    fn by_expectation(&self) -> Vec<(&'a str, Self)> {
        match self.parts {
            [] => vec![("", *self)],
            parts => parts.iter().map(|part| (part.name, self.part(part))).collect(),
        }
    }

    /// All connections, counted.
    fn tally(&self) -> Tally {
        let mut tally = Tally::new(self.judged());
        for (connection, judgement) in self.connections() {
            match connection.same_handshake_as {
                Some(_) => tally.note_copy(),
                None => tally.note(judgement.map(|one| one.verdict)),
            }
            tally.note_without_handshake(usize::from(!connection.has_handshake_bytes));
        }
        if let Some(left_out) = self.left_out {
            tally.note_left_out(left_out);
        }
        tally
    }

    /// How many connections got this verdict.
    fn count(&self, verdict: Verdict) -> usize {
        self.judgements.iter().filter(|judgement| judgement.verdict == verdict).count()
    }

    /// How many connections were judged.
    fn selected(&self) -> usize {
        self.judgements.len() - self.count(Verdict::NotSelected)
    }

    /// The certificate that was expected, where there is one alone and a file held it.
    fn expected_certificate(&self) -> Option<&'a Certificate> {
        if !self.parts.is_empty() {
            return None;
        }
        expected_certificate(self.expectation?)
    }

    /// Whether there are verdicts to show.
    fn judged(&self) -> bool {
        self.expectation.is_some()
    }
}

/// The certificate that was expected, where there is one alone and a file held it.
fn expected_certificate(expectation: &Expectation) -> Option<&Certificate> {
    match expectation.certificates.as_slice() {
        [expected] => expected.certificate.as_ref(),
        _ => None,
    }
}
