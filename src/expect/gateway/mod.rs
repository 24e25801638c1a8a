//! Configuration of other gateways -> what should be seen at each server.
//!
//! | module | does |
//! |---|---|
//! | `gateways` | files of any kind -> the upstreams in them |
//! | `upstream` | the neutral layer: a server, and what is presented to it |
//! | `nginx`, `nginx_level`, `nginx_syntax`, `nginx_include` | nginx |
//! | `ingress` | annotations of ingress-nginx |
//! | `envoy`, `envoy_secrets` | `config_dump` and bootstrap of Envoy |
//! | `istio` | DestinationRule |
//! | `kong` | declarative configuration of Kong |
//! | `conclude` | upstreams that share a server -> one expectation |

mod conclude;
mod envoy;
mod envoy_secrets;
mod gateways;
mod ingress;
mod istio;
mod kong;
mod nginx;
mod nginx_include;
mod nginx_level;
mod nginx_syntax;
#[cfg(test)]
mod nginx_tests;
#[cfg(test)]
mod tests;
mod upstream;

pub use gateways::{Gateways, WantedFile};
