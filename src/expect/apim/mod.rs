//! Configuration of an API Management service -> Expectation.
//!
//! | module | does |
//! |---|---|
//! | `configuration` | files of any kind -> everything that is known of a service |
//! | `walk`, `record` | one JSON document -> the entities in it, whatever their wrapping |
//! | `backend`, `certificate_entity`, `entities` | one entity of each kind |
//! | `json`, `template`, `definitions`, `plan`, `place` | JSON with lines, template expressions, values that may not be known |
//! | `apiops`, `folder` | an extractor's folder: what a file is by its path; file by file |
//! | `overlay` | what an environment overrides in that folder |
//! | `policy`, `razor`, `csharp` | a policy as it is stored -> its elements, with their lines |
//! | `requests`, `flow`, `walker`, `statements`, `named_values` | the policies of an API or operation -> what a request may come to |
//! | `revisions` | which revision of an API counts |
//! | `passed_over` | what is not read, and why that may be |
//! | `index`, `reference` | an id or a thumbprint -> the certificate |
//! | `check` | what contradicts itself |
//! | `question` | what is asked, and what comes out |
//! | `resolve`, `destination`, `server`, `service_fabric`, `side_requests` | all of it -> what should be seen at each server |
//! | `commands` | what fetches a missing piece |
//! | `conclusion`, `words` | what comes of it under each hypothesis, and why |
//! | `lint_rules` | what is odd |

mod apiops;
mod backend;
mod certificate_entity;
mod check;
mod commands;
mod conclusion;
mod configuration;
mod csharp;
mod definitions;
mod destination;
mod entities;
mod error;
mod flow;
mod folder;
mod index;
mod json;
mod lint_rules;
mod named_values;
mod overlay;
mod passed_over;
mod place;
mod plan;
mod policy;
mod question;
mod razor;
mod record;
mod reference;
mod requests;
mod resolve;
mod revisions;
mod scope;
mod server;
mod service_fabric;
mod side_requests;
mod statements;
mod template;
mod url;
mod walk;
mod walker;
mod words;

pub use configuration::Configuration;
pub use error::ConfigurationError;
pub use place::Place;
pub use question::{Gateway, Question, Target};
pub use resolve::resolve;
pub use scope::Scope;
