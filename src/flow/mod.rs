//! Segments -> two ordered byte streams for each connection.

mod cuts;
mod held;
mod key;
mod passing;
mod pending;
mod stream;
mod table;

#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod table_tests;

pub use key::Side;
pub use stream::{Conflict, Hole, Stream};
pub use table::{FlowTable, Located, Reuse};
