//! By what connections are taken together in a report for people.

/// By what connections are taken together; a group is alike in all that is asked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Grouping {
    /// The client's address, or its network where there are many.
    pub client: bool,
    /// The server's address and port.
    pub server: bool,
    /// The server name.
    pub name: bool,
    /// What was seen of client authentication.
    pub seen: bool,
    /// The verdict.
    pub verdict: bool,
}

/// How many connections a report for people shows, and in what way.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Layout {
    /// A line for each connection, however many there are.
    pub list: bool,
    /// Groups by this, however few connections there are; else by everything, where there are many.
    pub grouping: Option<Grouping>,
}

impl Grouping {
    /// By everything.
    pub const ALL: Self =
        Self { client: true, server: true, name: true, seen: true, verdict: true };

    /// The words that may be asked for.
    pub const NAMES: [&'static str; 5] = ["client", "server", "name", "seen", "verdict"];

    /// The same by one thing more; `None` where there is no such word.
    #[must_use]
    pub fn and(self, name: &str) -> Option<Self> {
        Some(match name {
            "client" => Self { client: true, ..self },
            "server" => Self { server: true, ..self },
            "name" => Self { name: true, ..self },
            "seen" => Self { seen: true, ..self },
            "verdict" => Self { verdict: true, ..self },
            _ => return None,
        })
    }
}
