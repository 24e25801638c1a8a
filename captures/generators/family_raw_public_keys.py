"""Public keys in place of certificates (RFC 7250), with GnuTLS on both sides."""

import base64
import hashlib
import re
import subprocess

from book import connection, merged, with_keys
from family_tls13 import GNUTLS13

GNUTLS12 = "NORMAL:-VERS-ALL:+VERS-TLS1.2"
CLIENT_KEY, SERVER_KEY = "-CTYPE-CLI-ALL:+CTYPE-CLI-RAWPK", "-CTYPE-SRV-ALL:+CTYPE-SRV-RAWPK"


def public_key(ctx, name):
    target = ctx.stacks.fresh("public")
    subprocess.run(["openssl", "pkey", "-in", ctx.certs.key(name), "-pubout", "-out", target], check=True)
    return target


def record(ctx, name, scenario, priority, client_key, server_key):
    s, keys = ctx.stacks, ctx.stacks.fresh("keys")
    raw = lambda who: ("--rawpkkeyfile", ctx.certs.key(who), "--rawpkfile", public_key(ctx, who))
    priority = ":".join([priority, *([CLIENT_KEY] if client_key else []), *([SERVER_KEY] if server_key else [])])
    with s.gnutls_server(*(raw("server-p256") if server_key else ()), ask="require" if not client_key else "optional",
                         certificate="server-p256", priority=priority, keylog=keys) as server:
        with ctx.lab.recording(name, "pcap"):
            client = s.gnutls_client(*(raw("client-p256") if client_key else ()), priority=priority,
                                     certificate=None if client_key else "client-p256")
        view = server.view()
        log = server.log.read_text(errors="replace")
    both = merged(view, client)
    assert both.asked and both.completed, log
    entry = connection(both)
    if client_key:
        pem = re.search(r"-----BEGIN PUBLIC KEY-----(.*?)-----END", log, re.S)[1]
        sha256 = hashlib.sha256(base64.b64decode("".join(pem.split()))).hexdigest()
        seen = {"status": "presented", "possession": "verified", "chain_length": 0, "raw_public_key_sha256": sha256,
                "certificate_request_seen": True}
        entry["answered"] = "presented"
        entry = with_keys(entry, **seen) if "with_keys" in entry else {**entry, **seen}
        both.quotes += ["- Certificate type: Raw Public Key", f"SHA-256 of the public key in the log: {sha256}"]
    ctx.book.add(name, "pcap", scenario, "family_raw_public_keys.py", ctx.names["gnutls-client"], server.name, both.quotes,
                 [entry], keylog=keys if "with_keys" in entry else None)


def make(ctx):
    record(ctx, "tls12-raw-public-key", "TLS 1.2: the client presents a raw public key (RFC 7250), the server a certificate.",
           GNUTLS12, True, False)
    record(ctx, "tls12-raw-public-key-server", "TLS 1.2: the server presents a raw public key, the client a certificate.",
           GNUTLS12, False, True)
    record(ctx, "tls13-raw-public-key", "TLS 1.3: the client presents a raw public key, the server a certificate.",
           GNUTLS13, True, False)
    record(ctx, "tls13-raw-public-keys", "TLS 1.3: both sides present raw public keys.", GNUTLS13, True, True)
