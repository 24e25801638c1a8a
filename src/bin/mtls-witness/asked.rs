//! What is asked of the captures: one expectation or many, each with its selection.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use mtls_witness::expect::{self, Expectation, Given};
use mtls_witness::verdict::{
    Part, Selection, Verdict, parse_moment, parse_server_name, parse_since, parse_until,
};

use crate::args::{SelectionArguments, VerifyArguments};
use crate::args_expectation::ExpectationArguments;
use crate::configuration::{Configured, has_files};
use crate::expectations::many;
use crate::failure::{self, Failure};
use crate::misheard;

/// Largest certificate file that is read, in bytes: a bundle of hundreds of certificates.
const LARGEST_CERTIFICATE_FILE: u64 = 4 << 20;

/// What is asked, before the captures are read.
pub(crate) enum Asked {
    /// The command line's own expectation.
    One(Box<Source>, Box<Selection>),
    /// Those of an expectations file, each by itself.
    Many(Vec<Named>),
}

/// An expectation of an expectations file.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) selection: Selection,
    pub(crate) allowed: Vec<Verdict>,
    pub(crate) require_accepted: bool,
}

/// Where an expectation comes from.
pub(crate) struct Source {
    given: Option<Expectation>,
    configured: Option<Configured>,
}

impl Asked {
    /// Checks the options; everything that can be wrong without a capture is found here.
    pub(crate) fn new(arguments: &VerifyArguments) -> Result<Self, Failure> {
        let captures = &arguments.input.captures;
        let thumbprints = &arguments.expectation.expect_thumbprint;
        if let Some(failure) =
            thumbprints.iter().find_map(|text| misheard::thumbprint(text, captures))
        {
            return Err(failure);
        }
        let has_own = is_given(&arguments.expectation) || has_files(&arguments.configuration);
        if let Some(path) = &arguments.expectations {
            if has_own {
                return Err(Failure::new(
                    "--expectations has its own expectations: leave the others out",
                ));
            }
            return many(path, arguments).map(Self::Many);
        }
        let configured = Configured::read(&arguments.configuration, &[])?;
        let source = Source::new(&arguments.expectation, configured)?;
        Ok(Self::One(Box::new(source), Box::new(selection(&arguments.selection)?)))
    }

    /// The expectations, with certificates judged to be expired at this moment.
    pub(crate) fn parts(
        &self,
        require_accepted: bool,
        as_of: Option<i64>,
    ) -> Result<Vec<Part>, Failure> {
        match self {
            Self::One(source, selection) => {
                let targets = source.targets(as_of, selection)?;
                Ok(targets
                    .into_iter()
                    .map(|(name, expectation, selection)| Part {
                        name,
                        expectation,
                        selection,
                        allowed: Vec::new(),
                        require_accepted,
                        group: 0,
                    })
                    .collect())
            }
            Self::Many(entries) => {
                let mut parts = Vec::new();
                for (group, entry) in entries.iter().enumerate() {
                    let targets = entry.source.targets(as_of, &entry.selection)?;
                    let several = targets.len() > 1;
                    for (target, expectation, selection) in targets {
                        let name = match several {
                            true => format!("{}: {target}", entry.name),
                            false => entry.name.clone(),
                        };
                        parts.push(Part {
                            name,
                            expectation,
                            selection,
                            allowed: entry.allowed.clone(),
                            require_accepted: entry.require_accepted || require_accepted,
                            group,
                        });
                    }
                }
                Ok(parts)
            }
        }
    }
}

impl Source {
    pub(crate) fn new(
        arguments: &ExpectationArguments,
        mut configured: Option<Configured>,
    ) -> Result<Self, Failure> {
        if !is_given(arguments) && configured.is_some() {
            return Self { given: None, configured }.checked();
        }
        let password = match &arguments.password_file {
            Some(path) => Some(password(path)?),
            None => None,
        };
        let mut files = Vec::new();
        for path in &arguments.expect_certificate {
            let bytes = read(path, LARGEST_CERTIFICATE_FILE)
                .map_err(|failure| misheard::certificate(path, None).unwrap_or(failure))?;
            if let Some(failure) = misheard::certificate(path, Some(&bytes)) {
                return Err(failure);
            }
            files.push((path.display().to_string(), bytes));
        }
        let mut given: Vec<Given<'_>> =
            arguments.expect_thumbprint.iter().map(|text| Given::Thumbprint(text)).collect();
        given.extend(files.iter().map(|(path, bytes)| Given::CertificateFile {
            path,
            bytes,
            password: password.as_deref(),
        }));
        given.extend(arguments.expect_spki.iter().map(|text| Given::Spki(text)));
        given.extend(arguments.expect_san.iter().map(|text| Given::SubjectName(text)));
        let mut issuers = Vec::new();
        for text in &arguments.expect_issuer {
            issuers.push((text, issuer_file(text)?));
        }
        given.extend(issuers.iter().map(|(text, file)| match file {
            Some(bytes) => Given::IssuerFile { path: text, bytes },
            None => Given::IssuerName(text),
        }));
        if arguments.expect_none {
            given.push(Given::None);
        }
        let resolved = expect::resolve(&given)
            .map_err(|error| Failure { what: error.to_string(), hint: error.hint() })?;
        for warning in &resolved.warnings {
            failure::warn(warning);
        }
        if let Some(configured) = &mut configured {
            // The certificate itself tells what its entity does not.
            for one in &resolved.expectation.certificates {
                if let (Some(certificate), Some(path)) = (&one.certificate, &one.label) {
                    let _ = configured.configuration.add(path, &certificate.der);
                }
            }
        }
        Self { given: Some(resolved.expectation), configured }.checked()
    }

    /// Resolves the configuration once, so that what is wrong with it is told before a capture is
    /// read.
    fn checked(self) -> Result<Self, Failure> {
        let Some(configured) = &self.configured else {
            return Ok(self);
        };
        let targets = configured.resolve(None)?;
        for name in configured.left_out() {
            failure::warn(&format!(
                "{name}: which server it is cannot be told, so it is left out; --backend-id NAME and \
                 --server ADDR ask about it"
            ));
        }
        if let Some(given) = &self.given {
            for target in targets.into_iter().filter(|target| target.is_asked) {
                if let (_, Some(warning)) = target.expectation.decided_by(given.clone()) {
                    failure::warn(&format!("{}: {warning}", target.name));
                }
            }
        }
        Ok(self)
    }

    /// What is expected, by server, with the selection of each.
    ///
    /// A server that cannot be selected is an error where it was asked about. Where the user named
    /// a server and the configuration has several, those that the name is of are meant.
    fn targets(
        &self,
        as_of: Option<i64>,
        selection: &Selection,
    ) -> Result<Vec<(String, Expectation, Selection)>, Failure> {
        let Some(configured) = &self.configured else {
            let given = self.given.clone().unwrap_or_default();
            return Ok(vec![(String::new(), given, selection.clone())]);
        };
        let mut targets = configured.resolve(as_of)?;
        let is_one = targets.iter().filter(|target| target.is_asked).count() == 1;
        let mut selection = selection.clone();
        if selection.has_server() && is_one {
            // The user knows better where the one backend is seen.
            targets.retain(|target| {
                target.is_asked || selection.is_about(&target.expectation.endpoints)
            });
        } else if selection.has_server() {
            targets.retain(|target| selection.is_about(&target.expectation.endpoints));
            if targets.is_empty() {
                return Err(Failure::new(
                    "--sni and --server name none of the configuration's several servers",
                )
                .hint("name the one backend with --backend-id"));
            }
            selection.servers.clear();
            selection.server_names.clear();
        }
        let mut parts = Vec::new();
        for target in targets {
            if target.needs_selection && !selection.has_server() && selection.streams.is_empty() {
                if !target.is_asked {
                    continue;
                }
                return Err(Failure::new(format!(
                    "{}: the configuration does not say which server it is",
                    target.name
                ))
                .hint("select its connections with --sni, --server or --stream"));
            }
            let own = if target.is_asked {
                selection.clone().or_endpoints(&target.expectation.endpoints)
            } else {
                let common = Selection {
                    servers: Vec::new(),
                    server_names: Vec::new(),
                    ..selection.clone()
                };
                common.or_endpoints(&target.expectation.endpoints)
            };
            let expectation = match &self.given {
                // What was given is about what was asked, not about what a policy does beside.
                Some(given) if target.is_asked => target.expectation.decided_by(given.clone()).0,
                _ => target.expectation,
            };
            parts.push((target.name, expectation, own));
        }
        Ok(parts)
    }
}

fn is_given(arguments: &ExpectationArguments) -> bool {
    arguments.expect_none
        || !arguments.expect_thumbprint.is_empty()
        || !arguments.expect_certificate.is_empty()
        || !arguments.expect_spki.is_empty()
        || !arguments.expect_san.is_empty()
        || !arguments.expect_issuer.is_empty()
}

/// The content of the file that an issuer is named by; `None` for a distinguished name.
fn issuer_file(text: &str) -> Result<Option<Vec<u8>>, Failure> {
    let path = Path::new(text);
    let is_name = text.contains('=');
    match is_name && !path.is_file() {
        true => Ok(None),
        false => read(path, LARGEST_CERTIFICATE_FILE).map(Some).map_err(|failure| {
            failure.hint("a distinguished name is TYPE=VALUE, as in \"CN=Contoso CA,O=Contoso\"")
        }),
    }
}

/// The first line of a file; a password on the command line would be seen by others.
fn password(path: &Path) -> Result<String, Failure> {
    let name = path.display().to_string();
    let bytes = read(path, LARGEST_PASSWORD)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("{name}: the password is no UTF-8 text")))?;
    let first = text.trim_start_matches('\u{feff}').lines().next();
    Ok(first.unwrap_or_default().to_owned())
}

/// Largest password file that is read, in bytes.
const LARGEST_PASSWORD: u64 = 4096;

pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| Failure::io(&name, &error))?;
    Ok(bytes)
}

pub(crate) fn selection(arguments: &SelectionArguments) -> Result<Selection, Failure> {
    let mut selection = Selection {
        streams: arguments.stream.clone(),
        allow_begun_before: arguments.allow_begun_before,
        ..Selection::default()
    };
    for text in &arguments.server {
        selection.servers.push(text.parse().map_err(|error| wrong_option("--server", &error))?);
    }
    for text in &arguments.client {
        selection.clients.push(text.parse().map_err(|error| wrong_option("--client", &error))?);
    }
    for text in &arguments.sni {
        selection
            .server_names
            .push(parse_server_name(text).map_err(|error| wrong_option("--sni", &error))?);
    }
    for text in &arguments.exclude_client {
        let network = text.parse().map_err(|error| wrong_option("--exclude-client", &error))?;
        selection.excluded_clients.push(network);
    }
    for text in &arguments.exclude_sni {
        let name =
            parse_server_name(text).map_err(|error| wrong_option("--exclude-sni", &error))?;
        selection.excluded_server_names.push(name);
    }
    if let Some(text) = &arguments.active_at {
        let moment = parse_moment(text).map_err(|error| wrong_option("--active-at", &error))?;
        selection.active_at = Some(moment);
    }
    if let Some(text) = &arguments.since {
        selection.since = Some(parse_since(text).map_err(|error| wrong_option("--since", &error))?);
    }
    if let Some(text) = &arguments.until {
        selection.until = Some(parse_until(text).map_err(|error| wrong_option("--until", &error))?);
    }
    if let (Some(since), Some(until)) = (selection.since, selection.until)
        && since > until
    {
        return Err(Failure::new("--since is later than --until"));
    }
    Ok(selection)
}

fn wrong_option(option: &str, error: &mtls_witness::verdict::SelectError) -> Failure {
    Failure { what: format!("{option}: {error}"), hint: Some(error.hint().to_owned()) }
}
