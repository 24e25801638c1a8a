//! nginx: `proxy_pass`, `grpc_pass` and `uwsgi_pass`, and the certificate that each presents.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::gateways::NginxFile;
use super::nginx_include::{self, Include};
use super::nginx_level::{Level, Setting, setting};
use super::nginx_syntax::{Directive, PREFIXES};
use super::upstream::{CertificateAt, Presents, Server, Upstream, host_and_port};

/// Everything that nginx connects to.
pub(super) fn upstreams(files: &[NginxFile]) -> Vec<Upstream> {
    let mut reader =
        Reader { files, groups: BTreeMap::new(), passes: Vec::new(), steps: 0, is_cut: false };
    for file in files.iter().filter(|file| file.is_root) {
        let is_included = files.iter().any(|other| {
            let mut includes = nginx_include::all(std::slice::from_ref(other));
            other.path != file.path
                && includes.any(|(from, name)| match nginx_include::find(files, from, &name) {
                    Include::All(found) | Include::Some(found) => {
                        found.iter().any(|found| found.path == file.path)
                    }
                    Include::NotGiven => false,
                })
        });
        if !is_included {
            let mut levels = vec![Level::default()];
            reader.level(file, &file.directives, &mut levels, &mut vec![&file.path]);
        }
    }
    let Reader { groups, passes, is_cut, .. } = reader;
    let upstreams = passes.into_iter().flat_map(|pass| pass.upstreams(&groups));
    upstreams.chain(is_cut.then(Upstream::too_many)).collect()
}

/// Servers of an `upstream` block, each as it is written.
type Groups = BTreeMap<String, Vec<String>>;

struct Reader<'a> {
    files: &'a [NginxFile],
    groups: Groups,
    passes: Vec<Pass>,
    /// Directives looked at: an include may come at many places.
    steps: usize,
    /// Whether something was left out for that.
    is_cut: bool,
}

/// A `proxy_pass` with everything that holds there.
struct Pass {
    prefix: &'static str,
    directive: Directive,
    levels: Vec<Level>,
}

impl<'a> Reader<'a> {
    fn level(
        &mut self,
        file: &'a NginxFile,
        directives: &'a [Directive],
        levels: &mut Vec<Level>,
        including: &mut Vec<&'a str>,
    ) {
        if self.steps > MOST_STEPS || self.passes.len() >= MOST_PASSES {
            self.is_cut = true;
            return;
        }
        // What a block sets holds in all of it, whatever the order.
        let mut here: Vec<(&'a NginxFile, &'a Directive)> = Vec::new();
        self.expand(file, directives, levels, including, &mut here);
        for (_, directive) in &here {
            if let Some(level) = levels.last_mut() {
                level.note(directive);
            }
        }
        for (file, directive) in here {
            if let Some(block) = &directive.block {
                if directive.name == "upstream" {
                    let name = directive.arguments.first().cloned().unwrap_or_default();
                    let servers = block.iter().filter(|one| one.name == "server");
                    let servers = servers.filter_map(|one| one.arguments.first().cloned());
                    self.groups.entry(name.to_ascii_lowercase()).or_default().extend(servers);
                    continue;
                }
                levels.push(Level::new(&directive.name, &directive.arguments));
                self.level(file, block, levels, including);
                levels.pop();
                continue;
            }
            let prefix = PREFIXES
                .into_iter()
                .find(|prefix| directive.name.strip_prefix(prefix) == Some("_pass"));
            if let Some(prefix) = prefix
                && self.passes.len() < MOST_PASSES
            {
                let (directive, levels) = (directive.clone(), levels.clone());
                self.passes.push(Pass { prefix, directive, levels });
            }
        }
    }

    /// The directives of a block, those of included files in their place.
    fn expand(
        &mut self,
        file: &'a NginxFile,
        directives: &'a [Directive],
        levels: &mut [Level],
        including: &mut Vec<&'a str>,
        here: &mut Vec<(&'a NginxFile, &'a Directive)>,
    ) {
        for directive in directives {
            self.steps = self.steps.saturating_add(1);
            let pattern = directive.arguments.first().filter(|_| directive.name == "include");
            let Some(pattern) = pattern else {
                here.push((file, directive));
                continue;
            };
            if nginx_include::is_harmless(pattern) {
                continue;
            }
            self.steps = self.steps.saturating_add(self.files.len());
            let is_too_much = self.steps > MOST_STEPS || including.len() > DEEPEST_INCLUDE;
            let found = match nginx_include::find(self.files, file, pattern) {
                Include::All(found) if !is_too_much => found,
                Include::Some(found) if !is_too_much => {
                    not_given(levels, pattern, directive);
                    found
                }
                _ => {
                    not_given(levels, pattern, directive);
                    Vec::new()
                }
            };
            for found in found {
                if including.contains(&&*found.path) {
                    continue;
                }
                including.push(&found.path);
                self.expand(found, &found.directives, levels, including, here);
                including.pop();
            }
        }
    }
}

fn not_given(levels: &mut [Level], pattern: &str, directive: &Directive) {
    if let Some(level) = levels.last_mut() {
        level.not_given.get_or_insert_with(|| (pattern.to_owned(), directive.place.clone()));
    }
}

impl Pass {
    /// The servers that it goes to: one for each port, for a selection knows names and ports each
    /// by themselves.
    fn upstreams(&self, groups: &Groups) -> Vec<Upstream> {
        let target = self.directive.arguments.first().map_or("", String::as_str);
        let (scheme, rest) = match target.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => (String::new(), target),
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let is_stream = self.is_stream();
        let mut reasons = vec![format!("{} {target}", self.directive.name)];
        let presents = match scheme.as_str() {
            _ if is_stream => match self.setting("ssl") {
                Setting::Set(one) if is_on(one) => self.presents(&mut reasons),
                Setting::Set(_) | Setting::Default => Presents::NoTls,
                Setting::Unknown(why) => Presents::Unknown(why),
            },
            "https" | "grpcs" | "suwsgi" => self.presents(&mut reasons),
            "http" | "grpc" | "uwsgi" => Presents::NoTls,
            "" if self.prefix != "proxy" && !target.contains('$') => Presents::NoTls,
            _ => Presents::Unknown(format!(
                "whether {target} is a TLS connection depends on a variable"
            )),
        };
        let servers =
            self.servers(authority, groups, matches!(presents, Presents::NoTls), &mut reasons);
        let upstream = |server| Upstream {
            name: self.name(authority),
            place: self.directive.place.clone(),
            server,
            presents: presents.clone(),
            rule: match self.prefix {
                "grpc" => "grpc_ssl_certificate",
                "uwsgi" => "uwsgi_ssl_certificate",
                _ => "proxy_ssl_certificate",
            },
            rule_place: match self.setting("ssl_certificate") {
                Setting::Set(directive) => Some(directive.place.clone()),
                Setting::Default | Setting::Unknown(_) => None,
            },
            reasons: reasons.clone(),
        };
        servers.into_iter().map(upstream).collect()
    }

    fn presents(&self, reasons: &mut Vec<String>) -> Presents {
        match self.setting("ssl_certificate") {
            Setting::Set(directive) => {
                let file = directive.arguments.first().map_or("", String::as_str);
                reasons.push(format!("{} {file} ({})", directive.name, directive.place));
                match file {
                    "" => Presents::None,
                    file if file.contains('$') => {
                        Presents::Unknown(format!("the certificate {file} is a variable"))
                    }
                    file => Presents::Certificate(CertificateAt::File(file.to_owned())),
                }
            }
            Setting::Default => {
                reasons.push(format!("no {}_ssl_certificate holds here", self.prefix));
                Presents::None
            }
            Setting::Unknown(why) => Presents::Unknown(why),
        }
    }

    fn servers(
        &self,
        authority: &str,
        groups: &Groups,
        is_plain: bool,
        reasons: &mut Vec<String>,
    ) -> Vec<Server> {
        if authority.contains('$') {
            reasons.push(format!("the server {authority} is a variable"));
            return vec![Server::default()];
        }
        let (host, port) = host_and_port(authority);
        let group = groups.get(&host.to_ascii_lowercase()).filter(|_| port.is_none());
        let may_be_group = group.is_none() && port.is_none() && self.has_not_given();
        let default = match self.is_stream() {
            _ if may_be_group => None,
            true => None,
            false if is_plain => Some(80),
            false => Some(443),
        };
        // A server of a group without a port has 80, also for https.
        let members: Vec<(&str, Option<u16>)> = match group {
            Some(members) => members
                .iter()
                .map(|member| host_and_port(member))
                .map(|(host, port)| (host, port.or(Some(80))))
                .collect(),
            None => vec![(host, port.or(default))],
        };
        let mut ports: Vec<Option<u16>> = members.iter().map(|(_, port)| *port).collect();
        ports.sort_unstable();
        ports.dedup();
        let name = self.server_name(host, is_plain, reasons);
        let of_port = |port: Option<u16>| {
            if let Some(name) = &name {
                return Server::new(name, port);
            }
            let members = members.iter().filter(|(_, own)| *own == port);
            let addresses: Option<Vec<IpAddr>> =
                members.map(|(host, _)| host.trim_matches(['[', ']']).parse().ok()).collect();
            Server {
                names: Vec::new(),
                addresses: addresses.unwrap_or_default(),
                ports: port.into_iter().collect(),
            }
        };
        ports.into_iter().map(of_port).collect()
    }

    /// The server name that is sent; `None` where none is, or where it cannot be told.
    fn server_name(&self, host: &str, is_plain: bool, reasons: &mut Vec<String>) -> Option<String> {
        if is_plain {
            return None;
        }
        match self.setting("ssl_server_name") {
            Setting::Set(one) if is_on(one) => {}
            Setting::Unknown(why) => {
                reasons.push(why);
                return None;
            }
            Setting::Set(_) | Setting::Default => {
                reasons.push(format!(
                    "{}_ssl_server_name is off, so that no server name is sent",
                    self.prefix
                ));
                return None;
            }
        }
        let name = match self.setting("ssl_name") {
            Setting::Set(one) => one.arguments.first().cloned().unwrap_or_default(),
            Setting::Default => host.to_owned(),
            Setting::Unknown(why) => {
                reasons.push(why);
                return None;
            }
        };
        let name = match name.as_str() {
            "$proxy_host" | "$host_and_port" => host.to_owned(),
            name => name.split(':').next().unwrap_or_default().to_owned(),
        };
        if name.contains('$') || name.is_empty() {
            reasons.push(format!("the server name that is sent, {name}, is a variable"));
            return None;
        }
        // No name is sent for an address (RFC 6066 section 3).
        let is_address = name.parse::<IpAddr>().is_ok();
        (!is_address).then_some(name)
    }

    /// What the user knows it by.
    fn name(&self, authority: &str) -> String {
        let mut name = format!("nginx {authority}");
        let inner = self.levels.iter().rev().find(|level| level.name == "location");
        if let Some(location) = inner {
            name.push_str(&format!(" (location {})", location.arguments));
        }
        name
    }

    fn is_stream(&self) -> bool {
        let has = |name: &str| self.levels.iter().any(|level| level.name == name);
        // Only a server of a stream block has a proxy_pass of its own.
        has("stream") || !has("http") && !has("location") && !has("if") && has("server")
    }

    fn has_not_given(&self) -> bool {
        self.levels.iter().any(|level| level.not_given.is_some())
            || !self.levels.iter().any(|level| matches!(level.name.as_str(), "http" | "stream"))
    }

    fn setting(&self, name: &str) -> Setting<'_> {
        setting(&self.levels, &format!("{}_{name}", self.prefix))
    }
}

fn is_on(directive: &Directive) -> bool {
    directive.arguments.first().is_some_and(|argument| argument.eq_ignore_ascii_case("on"))
}

/// `proxy_pass` directives that are read.
const MOST_PASSES: usize = 10_000;

/// Directives that are looked at, those of an included file once for each place.
const MOST_STEPS: usize = 1_000_000;

/// Includes inside one another.
const DEEPEST_INCLUDE: usize = 16;
