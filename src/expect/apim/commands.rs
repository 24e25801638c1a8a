//! The commands that fetch what is missing.

use super::configuration::Configuration;
use super::error::ConfigurationError;
use super::place::{Place, last_segment, quoted};
use super::scope::Level;

/// The version of the REST interface that knows everything but what previews add: pools of backends
/// among it.
pub(super) const API_VERSION: &str = "2024-05-01";

/// The version that knows APIs of the type `mcp` and the Backend that they name.
pub(super) const API_VERSION_WITH_MCP: &str = "2025-09-01-preview";

impl Configuration {
    /// What to run for a resource of the service or of a workspace (`backends/orders`).
    pub(super) fn fetch(&self, level: &Level, path: &str, version: &str) -> String {
        let service = self.service_id.as_deref().unwrap_or(UNKNOWN_SERVICE);
        let workspace = match level {
            Level::Any | Level::Service => String::new(),
            Level::AnyWorkspace => "/workspaces/WORKSPACE".to_owned(),
            Level::Workspace(name) => format!("/workspaces/{}", segment(name)),
        };
        let path: Vec<String> = path.split('/').map(segment).collect();
        let path = path.join("/");
        format!(
            "az rest --method get --url \"https://management.azure.com{service}{workspace}/{path}\
             ?api-version={version}\" fetches it"
        )
    }

    /// Only entities of this service are read (`--service`); to be said before any file is.
    pub fn only_service(&mut self, name: &str) {
        self.asked_service = Some(name.to_owned());
    }

    /// Whether an entity of this service, by its id or name, is to be read. Remembers which services
    /// there are.
    pub(super) fn is_asked_service(&mut self, service: &str, place: &Place) -> bool {
        let name = last_segment(service);
        if let Some(asked) = &self.asked_service
            && !asked.eq_ignore_ascii_case(name)
        {
            return false;
        }
        if !self.services.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            self.services.push((name.to_owned(), place.clone()));
        }
        let is_whole = service.to_ascii_lowercase().starts_with("/subscriptions/");
        let is_usable = service.len() <= LONGEST_ID && service.chars().all(is_plain);
        if self.service_id.is_none() && is_whole && is_usable {
            self.service_id = Some(service.to_owned());
        }
        true
    }

    /// Refuses the entities of several services, which would be taken for one's.
    pub(super) fn is_of_one_service(&self) -> Result<(), ConfigurationError> {
        let [(first, _), (second, place), ..] = self.services.as_slice() else {
            return Ok(());
        };
        let what = format!(
            "an entity of the service {}, beside those of {}: which service is meant cannot be told",
            quoted(second),
            quoted(first)
        );
        Err(ConfigurationError::at(place, what).hint("name the one that is meant: --service NAME"))
    }
}

/// A name from a file as part of a command.
fn segment(name: &str) -> String {
    match !name.is_empty() && name.chars().all(|one| is_plain(one) || matches!(one, ';' | '=')) {
        true => quoted(name),
        false => "NAME".to_owned(),
    }
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '/' | '(' | ')')
}

const UNKNOWN_SERVICE: &str = "/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/\
     Microsoft.ApiManagement/service/NAME";

/// Characters of a service's id.
const LONGEST_ID: usize = 400;
