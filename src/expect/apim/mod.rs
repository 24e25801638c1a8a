//! Configuration of an API Management service -> Expectation.

mod apiops;
mod backend;
mod certificate_entity;
mod configuration;
mod csharp;
mod entities;
mod error;
mod json;
mod place;
mod policy;
mod razor;
mod record;
mod scope;
mod template;
mod walk;

pub use configuration::Configuration;
pub use error::ConfigurationError;
pub use place::Place;
pub use scope::Scope;
