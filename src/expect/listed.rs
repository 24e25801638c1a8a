//! Certificates that a configuration lists, whatever is expected.

use std::sync::Arc;

use super::thumbprint::Thumbprint;

/// A certificate that a configuration lists: whose it is where another one than expected is seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedCertificate {
    /// The name of its entity.
    pub name: String,
    /// Its thumbprint.
    pub thumbprint: Thumbprint,
    /// It stands in an earlier listing.
    pub is_earlier: bool,
    /// The file, as the user named it.
    pub file: Arc<str>,
    /// Line in the file, from 1; `None` where that is not known.
    pub line: Option<u64>,
}
