//! Configuration of an API Management service -> Expectation.
//!
//! | module | does |
//! |---|---|
//! | `configuration` | files of any kind -> everything that is known of a service |
//! | `walk`, `record` | one JSON document -> the entities in it, whatever their wrapping |
//! | `backend`, `certificate_entity`, `entities` | one entity of each kind |
//! | `json`, `template`, `place` | JSON with lines, template expressions, values that may not be known |
//! | `apiops` | an extractor's folder, file by file |
//! | `policy`, `razor`, `csharp` | a policy as it is stored -> its elements, with their lines |
//! | `requests`, `flow` | the policies of an API or operation -> what a request may come to |
//! | `reference` | an id or a thumbprint -> the certificate |
//! | `resolve`, `conclusion` | all of it -> what should be seen at each backend, and why |
//! | `lint_rules` | what is odd |

mod apiops;
mod backend;
mod certificate_entity;
mod conclusion;
mod configuration;
mod csharp;
mod entities;
mod error;
mod flow;
mod json;
mod lint_rules;
mod place;
mod policy;
mod razor;
mod record;
mod reference;
mod requests;
mod resolve;
mod scope;
mod template;
mod url;
mod walk;

pub use configuration::Configuration;
pub use error::ConfigurationError;
pub use place::Place;
pub use resolve::{Gateway, Question, Target, resolve};
pub use scope::Scope;
