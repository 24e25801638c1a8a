//! Segments -> two ordered byte streams for each connection.

mod conflicts;
mod cuts;
mod held;
mod key;
mod numbers;
mod passing;
mod pending;
mod stream;
mod table;
mod weak;

#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod table_tests;

pub use key::Side;
pub use numbers::{Fit, Heading, Numbers};
pub use stream::{Account, Carried, Conflict, Doubt, Hole, Stream};
pub use table::{FlowTable, Located};
