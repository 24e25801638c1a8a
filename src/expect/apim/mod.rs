//! Configuration of an API Management service -> Expectation.
//!
//! | module | does |
//! |---|---|
//! | `configuration` | files of any kind -> everything that is known of a service |
//! | `walk`, `record` | one JSON document -> the entities in it, whatever their wrapping |
//! | `backend`, `certificate_entity`, `entities` | one entity of each kind |
//! | `json`, `value`, `node`, `place` | JSON with lines, values that may not be known |
//! | `template`, `template_scope`, `parameters`, `expression`, `evaluate`, `loops`, `functions`, `function_texts`, `budget` | a template and its parameters -> the resources that it deploys |
//! | `terraform`, `terraform_template`, `azapi`, `parents`, `plan` | a Terraform plan or state -> its resources; what a plan does not know yet |
//! | `doubt`, `doubtful`, `settled` | what may not be there; templates with the parameters that came beside them |
//! | `apiops`, `folder` | an extractor's folder: what a file is by its path; file by file |
//! | `overlay` | what an environment overrides in that folder |
//! | `policy`, `razor`, `csharp` | a policy as it is stored -> its elements, with their lines |
//! | `requests`, `flow`, `walker`, `statements`, `known_policies`, `named_values` | the policies of an API or operation -> what a request may come to |
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
mod azapi;
mod backend;
mod budget;
mod certificate_entity;
mod check;
mod commands;
mod conclusion;
mod configuration;
mod csharp;
mod destination;
mod doubt;
mod doubtful;
mod entities;
mod error;
mod evaluate;
#[cfg(test)]
mod evaluate_tests;
mod expression;
mod flow;
mod folder;
mod function_texts;
mod functions;
mod index;
mod json;
mod known_policies;
mod lint_rules;
mod loops;
mod named_values;
mod node;
mod overlay;
mod parameters;
mod parents;
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
mod settled;
mod side_requests;
mod statements;
mod template;
mod template_scope;
mod terraform;
mod terraform_template;
mod url;
mod value;
mod walk;
mod walker;
mod words;

pub use configuration::Configuration;
pub use error::ConfigurationError;
pub use place::Place;
pub use question::{Gateway, Question, Target};
pub use resolve::resolve;
pub use scope::Scope;
