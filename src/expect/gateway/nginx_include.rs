//! Files that nginx configuration includes.

use super::gateways::NginxFile;
use super::nginx_syntax::Directive;

/// What is known of an include.
pub(super) enum Include<'a> {
    /// These files, and they are all.
    All(Vec<&'a NginxFile>),
    /// These files, and there may be more.
    Some(Vec<&'a NginxFile>),
    /// None of what it names.
    NotGiven,
}

/// What an `include` of a file stands for.
pub(super) fn find<'a>(files: &'a [NginxFile], from: &NginxFile, pattern: &str) -> Include<'a> {
    if let Some(dump) = &from.dump {
        // A dump has everything that is included.
        let of_dump = files.iter().filter(|file| file.dump.as_ref() == Some(dump));
        let root = of_dump.clone().next().map(|root| folder(&root.path)).unwrap_or_default();
        let full = match pattern.starts_with('/') || pattern.get(1..2) == Some(":") {
            true => pattern.to_owned(),
            false => format!("{root}{pattern}"),
        };
        let found: Vec<&NginxFile> = of_dump.filter(|file| matches(&full, &file.path)).collect();
        return match found.is_empty() && !pattern.contains(['*', '?', '[']) {
            true => Include::NotGiven,
            false => Include::All(found),
        };
    }
    let tail = last(pattern, 2);
    let found: Vec<&NginxFile> = files
        .iter()
        .filter(|file| file.dump.is_none() && file.path != from.path)
        .filter(|file| {
            file.included_as.as_deref() == Some(pattern)
                || matches(tail, last(&file.path, parts(tail)))
        })
        .collect();
    match (found.is_empty(), pattern.contains(['*', '?', '['])) {
        (true, _) => Include::NotGiven,
        (false, true) => Include::Some(found),
        (false, false) => Include::All(found.into_iter().take(1).collect()),
    }
}

/// Whether a file has nothing of TLS to a server in it, as nginx ships it.
pub(super) fn is_harmless(pattern: &str) -> bool {
    let name = pattern.rsplit(['/', '\\']).next().unwrap_or(pattern);
    matches!(
        name,
        "mime.types"
            | "fastcgi_params"
            | "fastcgi.conf"
            | "scgi_params"
            | "uwsgi_params"
            | "koi-utf"
            | "koi-win"
            | "win-utf"
    )
}

/// Every include of every file.
pub(super) fn all(files: &[NginxFile]) -> impl Iterator<Item = (&NginxFile, String)> {
    files.iter().flat_map(|file| {
        let mut names = Vec::new();
        collect(&file.directives, &mut names);
        names.sort();
        names.dedup();
        names.truncate(MOST_INCLUDES);
        names.into_iter().map(move |name| (file, name))
    })
}

fn collect(directives: &[Directive], names: &mut Vec<String>) {
    for directive in directives {
        if directive.name == "include" {
            let argument = directive.arguments.first();
            names.extend(argument.filter(|name| !is_harmless(name)).cloned());
        }
        // The depth is bounded where the file is read.
        collect(directive.block.as_deref().unwrap_or_default(), names);
    }
}

/// The path up to the last slash, that included.
fn folder(path: &str) -> &str {
    path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or_default()
}

/// The last parts of a path.
fn last(path: &str, count: usize) -> &str {
    let slashes = path.char_indices().rev().filter(|(_, one)| matches!(one, '/' | '\\'));
    let mut slashes = slashes.skip(count.saturating_sub(1));
    slashes.next().and_then(|(at, _)| path.get(at.saturating_add(1)..)).unwrap_or(path)
}

fn parts(path: &str) -> usize {
    path.split(['/', '\\']).count()
}

/// Different includes of one file that are looked for.
const MOST_INCLUDES: usize = 1000;

/// Longest path that is compared with a pattern, in bytes.
const LONGEST_PATH: usize = 1024;

/// Whether a name fits a pattern with `*` and `?`, in work linear in their product.
fn matches(pattern: &str, name: &str) -> bool {
    if pattern.len() > LONGEST_PATH || name.len() > LONGEST_PATH {
        return false;
    }
    let name: Vec<char> = name.chars().collect();
    let mut reached = vec![false; name.len().saturating_add(1)];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for wanted in pattern.chars() {
        let mut next = vec![false; reached.len()];
        for (index, is_reached) in reached.iter().enumerate() {
            if !is_reached {
                continue;
            }
            if wanted == '*' {
                let stars = name.get(index..).unwrap_or_default();
                let length = stars.iter().take_while(|one| **one != '/').count();
                next.iter_mut()
                    .skip(index)
                    .take(length.saturating_add(1))
                    .for_each(|one| *one = true);
            } else if name
                .get(index)
                .is_some_and(|one| *one == wanted || (wanted == '?' && *one != '/'))
                && let Some(one) = next.get_mut(index.saturating_add(1))
            {
                *one = true;
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_a_shell() {
        for (pattern, name, fits) in [
            ("/etc/nginx/conf.d/*.conf", "/etc/nginx/conf.d/a.conf", true),
            ("/etc/nginx/conf.d/*.conf", "/etc/nginx/conf.d/b/a.conf", false),
            ("*", "", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("**a*", "bbba", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
        assert_eq!(last("/etc/nginx/conf.d/a.conf", 2), "conf.d/a.conf");
        assert_eq!(last("a.conf", 2), "a.conf");
    }
}
