//! Judgements that do not come from what a connection shows.

use super::judgement::{Cause, Grounds, Judgement, Verdict, Words};

impl Judgement<'_> {
    /// The judgement of a connection that the user did not ask about.
    pub fn not_selected() -> Self {
        const WORDS: &Words<'_> =
            &Words { explanation: "The connection is outside the selection.", evidence: &[] };
        Self::told(Verdict::NotSelected, None, WORDS)
    }

    /// The judgement of a connection of which nothing but what came after its handshakes was
    /// recorded, and that is not asked about for that.
    pub fn without_handshake() -> Self {
        const WORDS: &Words<'_> = &Words {
            explanation: "The connection began before the capture, which has nothing of its \
                          handshake: it is left out of the result.",
            evidence: &[],
        };
        Self::told(Verdict::NotSelected, Some(Cause::WithoutHandshake), WORDS)
    }

    /// The judgement of a connection that may be one that the user asked about by name.
    pub fn name_not_visible() -> Self {
        const WORDS: &Words<'_> = &Words {
            explanation: "The capture does not show which server name the client asked for, \
                          because the ClientHello cannot be read; it may be the one selected.",
            evidence: &[],
        };
        Self::told(Verdict::Inconclusive, Some(Cause::NameNotVisible), WORDS)
    }

    /// The judgement of a handshake that was recorded several times, with different contents.
    pub fn copies_disagree() -> Self {
        const WORDS: &Words<'_> = &Words {
            explanation: "The handshake was recorded at several places, and these recordings \
                          contradict each other: at least one of them is not what was sent.",
            evidence: &[],
        };
        Self::told(Verdict::Inconclusive, Some(Cause::CopiesDisagree), WORDS)
    }

    /// The judgement of another recording of a handshake that is judged already.
    pub fn same_handshake() -> Self {
        const WORDS: &Words<'_> = &Words {
            explanation: "This is another recording of a handshake that is judged already.",
            evidence: &[],
        };
        Self::told(Verdict::NotSelected, Some(Cause::SameHandshake), WORDS)
    }

    fn told(verdict: Verdict, cause: Option<Cause>, words: &'static Words<'static>) -> Self {
        Self { verdict, cause, handshake: None, grounds: Grounds::Told(words) }
    }
}
