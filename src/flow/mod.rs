//! Segments -> two ordered byte streams for each connection.

mod carried;
mod conflicts;
mod cuts;
mod held;
mod holes;
mod key;
mod numbers;
mod passing;
mod pending;
mod stream;
mod table;
mod weak;

#[cfg(test)]
mod numbers_tests;
#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod table_tests;

pub use carried::{Account, Carried, Doubt};
pub use conflicts::Conflict;
pub use holes::Hole;
pub use key::Side;
pub use numbers::{Fit, Heading, InOrder, Numbers};
pub use stream::Stream;
pub use table::{FlowTable, Located};
