//! An extractor's folder, file by file. A file that cannot be read names itself, and only what
//! depends on it is not known.

use std::sync::Arc;

use super::apiops::{self, Member};
use super::backend::{Backend, BackendKind};
use super::configuration::{Configuration, text_of};
use super::entities::{Api, Fragment, Policy, Resolver};
use super::error::ConfigurationError;
use super::json::Document;
use super::place::{Place, Text};
use super::policy::PolicyDocument;
use super::record::Kind;
use super::walk::Walk;
use crate::expect::lint::Severity;

impl Configuration {
    /// Reads one file of an extractor's folder (`--apiops`): `path` is for messages, `relative` is
    /// the path inside the folder with `/`. Files of no account are named as not read; gives whether
    /// this one is of account.
    ///
    /// # Errors
    ///
    /// The configuration grows beyond its bounds. A file that is damaged is no error: it is
    /// remarked, and what depends on it is not known.
    pub fn add_apiops(
        &mut self,
        path: &str,
        relative: &str,
        bytes: &[u8],
    ) -> Result<bool, ConfigurationError> {
        let Some(member) = apiops::member(relative) else {
            self.pass_over_apiops(path, relative);
            return Ok(false);
        };
        self.is_folder = true;
        let file: Arc<str> = path.into();
        let place = Place::file(&file);
        let text = match text_of(&file, bytes) {
            Ok(text) => text,
            Err(error) => {
                self.broken(member, &place, &error);
                return Ok(true);
            }
        };
        match member {
            Member::Policy(..) | Member::Fragment(..) | Member::Resolver(_) => {
                match PolicyDocument::parse(&text, &place) {
                    Ok(document) => {
                        self.count_policy(&document, text.len(), &place)?;
                        self.add_member_policy(member, document, place);
                    }
                    Err(error) => self.broken_policy(member, &place, &error, &text),
                }
            }
            Member::Entity(kind, name, owner) => match Document::parse(&file, &text) {
                Ok(document) => Walk::new(self).entity(kind, name, owner, document.root())?,
                Err(error) => self.broken(Member::Entity(kind, name, owner), &place, &error),
            },
            Member::ProductApi(product, api) => self.products.push((product, api)),
            Member::ProductApis(product) => match Document::parse(&file, &text) {
                Ok(document) => {
                    let names = document.root().elements();
                    let names = names.filter_map(|one| one.text().or_else(|| one.text_of("name")));
                    self.products.extend(names.map(|api| (product.clone(), api.to_owned())));
                }
                Err(error) => self.broken(Member::ProductApis(product), &place, &error),
            },
        }
        Ok(true)
    }

    /// Whether a file at this path inside an extractor's folder is of account.
    pub fn is_apiops(relative: &str) -> bool {
        apiops::member(relative).is_some()
    }

    /// Names a file of an extractor's folder that is of no account.
    pub fn pass_over_apiops(&mut self, path: &str, relative: &str) {
        let (what, why) = apiops::passed_over(relative);
        self.pass_over(&Place::file(&path.into()), what, why);
    }

    fn add_member_policy(&mut self, member: Member, document: PolicyDocument, place: Place) {
        match member {
            Member::Policy(scope, owner) => {
                let document = Ok(document);
                self.policies.push(Policy { scope, owner, is_placed: true, document, place });
            }
            Member::Resolver(owner) => {
                let document = Ok(document);
                self.resolvers.push(Resolver { owner, document, place });
            }
            Member::Fragment(name, workspace) => {
                self.fragments.push(Fragment { name, workspace, document });
            }
            _ => {}
        }
    }

    /// The same for a damaged policy, of which the text may still tell that it does not choose a
    /// backend.
    fn broken_policy(
        &mut self,
        member: Member,
        place: &Place,
        error: &ConfigurationError,
        text: &str,
    ) {
        let is_policy = matches!(member, Member::Policy(..));
        self.broken(member, place, error);
        let text = text.to_ascii_lowercase();
        let is_whole = text.trim_end().ends_with("</policies>");
        let keeps_route = is_whole && !ROUTING.iter().any(|word| text.contains(word));
        if let (true, Some(Policy { document: Err(unknown), .. })) =
            (is_policy, self.policies.last_mut())
        {
            unknown.keeps_route = keeps_route;
        }
    }

    /// Puts in the place of a damaged file what is known of it: that it is there.
    fn broken(&mut self, member: Member, place: &Place, error: &ConfigurationError) {
        let at = error.place.clone().unwrap_or_else(|| place.clone());
        let why = format!("{at}: {}", error.what);
        let text =
            format!("the file cannot be read, and what depends on it is not known: {}", error.what);
        self.odd("unreadable-file", Severity::Error, &at, text);
        self.pass_over(&at, "the file", format!("it cannot be read: {}", error.what));
        let unknown =
            |name: &str| Text { raw: name.to_owned(), value: Err(why.clone()), place: at.clone() };
        match member {
            Member::Policy(scope, owner) => {
                let document = Err(why.into());
                self.policies.push(Policy { scope, owner, is_placed: true, document, place: at });
            }
            Member::Resolver(owner) => {
                self.resolvers.push(Resolver { owner, document: Err(why), place: at });
            }
            Member::Entity(Kind::Api, name, owner) => self.apis.push(Api {
                service_url: Some(unknown(&name)),
                workspace: owner.workspace,
                place: at.clone(),
                kind: None,
                revision: None,
                is_current: None,
                backend_id: None,
                name,
            }),
            Member::Entity(Kind::Backend, name, owner) => self.backends.push(Backend {
                name,
                workspace: owner.workspace,
                place: at.clone(),
                kind: BackendKind::Single,
                url: None,
                certificate_ids: Vec::new(),
                thumbprints: Vec::new(),
                proxy: None,
                resource_id: None,
                unread: vec![(at, error.what.clone())],
                is_doubtful: false,
            }),
            Member::ProductApis(product) => self.open_products.push(product),
            // What is looked up and not found is not known in any case.
            Member::Entity(..) | Member::Fragment(..) | Member::ProductApi(..) => {}
        }
    }
}

/// Words without which a policy sends requests where they go in any case.
const ROUTING: [&str; 4] = ["set-backend-service", "include-fragment", "{{", "return-response"];
