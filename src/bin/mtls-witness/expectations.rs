//! An expectations file: each entry as if its options stood on a command line of its own.

use std::path::{Path, PathBuf};

use mtls_witness::expect::{self, FileEntry, Located};
use mtls_witness::verdict::{
    Selection, Verdict, parse_moment, parse_server_name, parse_since, parse_until,
};

use crate::args::VerifyArguments;
use crate::args_expectation::{ConfigurationArguments, ExpectationArguments};
use crate::asked::{Named, Source, read, selection};
use crate::configuration::{Configured, wrong};
use crate::failure::Failure;

/// Largest expectations file that is read, in bytes; the library refuses more than 4 MiB.
const LARGEST_EXPECTATIONS: u64 = (4 << 20) + 1;

/// The entries of an expectations file; the command line's selection holds for each.
pub(crate) fn many(path: &Path, arguments: &VerifyArguments) -> Result<Vec<Named>, Failure> {
    let name = path.display().to_string();
    let bytes = read(path, LARGEST_EXPECTATIONS)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("{name}: the file is no UTF-8 text")))?;
    let entries = FileEntry::read_all(&name, &text).map_err(wrong)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let common = selection(&arguments.selection)?;
    entries
        .into_iter()
        .map(|entry| {
            let at = |line: u64, failure: Failure| Failure {
                what: format!("{name}:{line}: {}", failure.what),
                hint: failure.hint,
            };
            let line = entry.line;
            named(entry, folder, &common).map_err(|(own, failure)| at(own.unwrap_or(line), failure))
        })
        .collect()
}

/// What is wrong with an entry, and in which line where it is not the entry's own.
type Wrong = (Option<u64>, Failure);

fn named(entry: FileEntry, folder: &Path, common: &Selection) -> Result<Named, Wrong> {
    let whole = |failure: Failure| (None, failure);
    let path = |located: &Located| folder.join(&located.text);
    let paths = |list: &[Located]| list.iter().map(path).collect::<Vec<PathBuf>>();
    let texts = |list: &[Located]| list.iter().map(|one| one.text.clone()).collect();
    // A distinguished name is not relative to anything.
    let issuer = |one: &Located| match path(one).is_file() || !one.text.contains('=') {
        true => path(one).display().to_string(),
        false => one.text.clone(),
    };
    let expectation = ExpectationArguments {
        expect_thumbprint: texts(&entry.thumbprints),
        expect_certificate: paths(&entry.certificates),
        expect_spki: texts(&entry.spkis),
        expect_san: texts(&entry.names),
        expect_issuer: entry.issuers.iter().map(issuer).collect(),
        expect_none: entry.none,
        password_file: None,
    };
    let policy = |(scope, file): &(Option<expect::apim::Scope>, Located)| {
        let file = path(file).display().to_string();
        match scope {
            Some(scope) => format!("{scope}={file}"),
            None => file,
        }
    };
    let configuration = ConfigurationArguments {
        backend: paths(&entry.backend_files),
        certificates: paths(&entry.certificate_lists),
        previous_certificates: paths(&entry.previous_lists),
        policy: entry.policies.iter().map(policy).collect(),
        gateway_config: paths(&entry.gateway_files),
        apiops: entry.apiops.as_ref().map(path),
        apiops_configuration: paths(&entry.apiops_configurations),
        service: entry.service.clone(),
        backend_id: entry.backend_id.clone(),
        api: entry.api.clone(),
        operation: entry.operation.clone(),
        hypothesis: entry.hypothesis.as_ref().map(|one| one.text.clone()),
        gateway: entry.gateway.as_ref().map(|one| one.text.clone()),
    };
    let configured = Configured::read(&configuration, &[]).map_err(whole)?;
    let source = Source::new(&expectation, configured).map_err(whole)?;
    let mut selection = common.clone();
    selection.streams.extend(&entry.streams);
    for one in &entry.servers {
        let server = one.text.parse().map_err(|error| located("server", one, &error))?;
        selection.servers.push(server);
    }
    for one in &entry.clients {
        let client = one.text.parse().map_err(|error| located("client", one, &error))?;
        selection.clients.push(client);
    }
    for one in &entry.server_names {
        let name = parse_server_name(&one.text).map_err(|error| located("sni", one, &error))?;
        selection.server_names.push(name);
    }
    for one in &entry.excluded_clients {
        let client = one.text.parse().map_err(|error| located("exclude-client", one, &error))?;
        selection.excluded_clients.push(client);
    }
    for one in &entry.excluded_server_names {
        let name = parse_server_name(&one.text);
        let name = name.map_err(|error| located("exclude-sni", one, &error))?;
        selection.excluded_server_names.push(name);
    }
    selection.allow_begun_before |= entry.allow_begun_before;
    if let Some(one) = &entry.active_at {
        let moment = parse_moment(&one.text).map_err(|error| located("active-at", one, &error))?;
        selection.active_at = Some(moment);
    }
    if let Some(one) = &entry.since {
        let since = parse_since(&one.text).map_err(|error| located("since", one, &error))?;
        selection.since = Some(since);
    }
    if let Some(one) = &entry.until {
        let until = parse_until(&one.text).map_err(|error| located("until", one, &error))?;
        selection.until = Some(until);
    }
    let mut allowed = Vec::new();
    for one in &entry.allow {
        let verdict = VERDICTS.into_iter().find(|verdict| verdict.code() == one.text);
        let verdict = verdict.ok_or_else(|| {
            let known = VERDICTS.map(Verdict::code).join(", ");
            let failure = Failure::new(format!("there is no verdict \"{}\" to allow", one.text));
            (Some(one.line), failure.hint(format!("one of {known}")))
        })?;
        allowed.push(verdict);
    }
    Ok(Named {
        name: entry.name,
        source,
        selection,
        allowed,
        require_accepted: entry.require_accepted,
    })
}

fn located(key: &str, one: &Located, error: &mtls_witness::verdict::SelectError) -> Wrong {
    let failure = Failure { what: format!("{key}: {error}"), hint: Some(error.hint().to_owned()) };
    (Some(one.line), failure)
}

/// Verdicts that an expectation may allow.
const VERDICTS: [Verdict; 6] = [
    Verdict::Match,
    Verdict::Mismatch,
    Verdict::Absent,
    Verdict::NotRequested,
    Verdict::Unexpected,
    Verdict::Inconclusive,
];
