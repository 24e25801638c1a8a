//! One thing that explains what was seen.

/// One thing that explains what was seen, or that whoever looks into it should know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Its kind, kebab-case: `issuer-not-in-certificate-authorities`. Never renamed.
    pub code: &'static str,
    /// How far the bytes carry it.
    pub strength: Strength,
    /// One sentence, with the values that were compared and without a full stop; holds text of the
    /// capture and of files, which is hostile.
    pub text: String,
    /// Frames that show it, numbered as in the connection's capture; may be empty.
    pub frames: Vec<u64>,
    /// The very command or setting to go on with; hostile like `text`.
    pub next_step: Option<String>,
}

/// How far the bytes carry a finding; the strongest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Strength {
    /// The bytes prove it.
    Certain,
    /// It fits what was seen, and little else does.
    Likely,
    /// It fits what was seen, as other things do.
    Possible,
}

impl Strength {
    /// The contract's word, `likely`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}
