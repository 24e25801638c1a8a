"""What the record-length inference is measured with (docs/inference.md): stacks and suites that the other families leave out."""

import threading
import time

from book import connection, merged
from family_presented import HTTP, TLS12
from family_renegotiation import PAGE, UNKNOWN
from family_tls13 import GNUTLS13, TLS13, openssl_both
from lab import wait_for

ME = "family_inference.py"
CASES = (("certificate presented", "require", "client-certificate"), ("declined", "optional", "declined"),
         ("not requested", "none", "not-requested"))


def suites(ctx):
    """Every length of tag and of Finished, with every kind of answer."""
    for suite, label, certificate in (("TLS_AES_128_GCM_SHA256", "aes128-gcm", "client-rsa"),
                                      ("TLS_CHACHA20_POLY1305_SHA256", "chacha20", "client-ed25519"),
                                      ("TLS_AES_128_CCM_SHA256", "aes128-ccm", "client-p384"),
                                      ("TLS_AES_128_CCM_8_SHA256", "aes128-ccm-8", "client-rsa-pss")):
        both = ("-ciphersuites", suite)
        openssl_both(ctx, f"tls13-{certificate}-{label}", "pcap", f"TLS 1.3 with {suite}, {certificate} presented.", certificate,
                     server=both, client=both, function="inference")
        openssl_both(ctx, f"tls13-declined-{label}", "pcap", f"TLS 1.3 with {suite}, declined.", None, ask="optional", server=both,
                     client=both, function="inference")
        openssl_both(ctx, f"tls13-not-requested-{label}", "pcap", f"TLS 1.3 with {suite}, not requested.", "client-p256", ask=None,
                     server=both, client=both, function="inference")


def clients(ctx):
    """Programs as clients of s_server, which writes the key log."""
    s = ctx.stacks
    for stack, label in (("java", "a Java"), ("node", "a Node.js"), ("go", "a Go"), ("rustls", "a rustls"), ("python", "a Python")):
        # The rustls program has no P-521.
        kind = "ed25519" if stack == "rustls" else "p521"
        for what, ask, suffix, certificate in (
                (f"certificate presented ({kind})", "require", f"client-certificate-{kind}", f"client-{kind}"),
                ("a certificate and its issuer presented", "require", "client-chain", "client-intermediate"),
                ("a chain of about 21 kB presented", "require", "client-chain-long", "client-long-chain"),
                ("not requested", None, "not-requested", "client-p256")):
            keys = s.fresh("keys")
            name = f"tls13-{suffix}-{stack}-client"
            # The rustls program speaks to its like only.
            run = s.program_server("rustls", ask=ask or "none", version="1.3", certificate="server-p256", keylog=keys) \
                if stack == "rustls" else s.openssl_server(certificate="server-p256", ask=ask, keylog=keys)
            with run as server:
                with ctx.lab.recording(name, "pcap"):
                    if hasattr(server, "answer_ping"):
                        server.answer_ping()
                    client = s.program_client(stack, version="1.3", certificate=certificate)
                view = server.view()
            ctx.book.add(name, "pcap", f"TLS 1.3, {what}: {label} client.", ME, ctx.names[stack], server.name, view.quotes,
                         [connection(merged(view, without_request(client)))], keylog=keys)


def without_request(view):
    """A program's callback is not reached where nothing was asked, and may be where it was."""
    view.asked = view.chain = None
    return view


def gnutls_and_web(ctx):
    s = ctx.stacks
    for name, certificate, what in (("tls13-client-certificate-gnutls-ed25519", "client-ed25519", "an Ed25519 certificate"),
                                    ("tls13-client-chain-gnutls", "client-intermediate", "a certificate and its issuer")):
        keys = s.fresh("keys")
        with s.gnutls_server(ask="require", certificate="server-p256", priority=GNUTLS13, keylog=keys) as server:
            with ctx.lab.recording(name, "pcap"):
                client = s.gnutls_client(certificate=certificate, priority=GNUTLS13)
            view = server.view()
        both = merged(view, client)
        ctx.book.add(name, "pcap", f"TLS 1.3, {what} presented: GnuTLS on both sides.", ME, ctx.names["gnutls-client"], server.name,
                     both.quotes, [connection(both)], keylog=keys)
    for web, modes in (("nginx", {"require": "on", "optional": "optional", "none": "off"}),
                       ("apache", {"require": "require", "optional": "optional", "none": "none"})):
        for what, ask, suffix in CASES:
            name, keys = f"tls13-{suffix}-{web}", s.fresh("keys")
            if (ctx.captures / f"{name}.expected.json").exists() and ctx.book.read(name)["made_by"] != ME:
                continue
            run = s.nginx_server if web == "nginx" else s.apache_server
            with run(modes[ask], certificate="server-p256", protocols="TLSv1.3") as server:
                with ctx.lab.recording(name, "pcap"):
                    client = s.openssl_client(*TLS13, certificate="client-p256" if ask == "require" else None, lines=HTTP, keylog=keys)
                view = server.view()
            view.asked = None
            if ask == "optional" and view.chain is None:
                view.chain = []
            both = merged(view, client)
            ctx.book.add(name, "pcap", f"TLS 1.3, {what}: {server.name.split()[0]}.", ME, ctx.names["openssl-client"], server.name,
                         both.quotes, [connection(both)], keylog=keys)


def renegotiation(ctx):
    s = ctx.stacks
    location = "<Location /private.html>\n    SSLVerifyClient optional\n    SSLVerifyDepth 5\n  </Location>"
    for name, cipher, certificate in (("apache-cbc-declined", "ECDHE-ECDSA-AES256-SHA384", None),
                                      ("apache-cbc-sha1", "ECDHE-ECDSA-AES128-SHA", "client-rsa"),
                                      ("apache-cbc-sha1-declined", "ECDHE-ECDSA-AES128-SHA", None),
                                      ("apache-ed25519", "ECDHE-ECDSA-AES256-GCM-SHA384", "client-ed25519"),
                                      ("apache-chacha20-declined", "ECDHE-ECDSA-CHACHA20-POLY1305", None)):
        name, keys = f"tls12-renegotiation-{name}", s.fresh("keys")
        with s.apache_server("none", certificate="server-p256", location=location) as server:
            with ctx.lab.recording(name, "pcap"):
                client = s.openssl_client("-tls1_2", "-cipher", cipher, certificate=certificate, keylog=keys,
                                          lines=(PAGE.format("private.html"),), pause=0.5)
            view = server.view()
        view.asked = None
        if view.chain is None and certificate is None:
            view.chain = []
        both = merged(view, client)
        assert both.handshakes == 2, both.handshakes
        ctx.book.add(name, "pcap", f"TLS 1.2 with {cipher}: Apache httpd asks for one location in an encrypted renegotiation; "
                     + ("the certificate is presented." if certificate else "the client declines."), ME, ctx.names["openssl-client"],
                     server.name, both.quotes, [connection(both, renegotiated=True, **UNKNOWN)], keylog=keys)
    full = ("-CAfile", ctx.certs.certificate("root"), "-no_resumption_on_reneg", *TLS12)
    priorities = {"": "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM",
                  "-cbc": "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA1"}
    for stack, label, suffix in (("java", "a Java", ""), ("gnutls-client", "a GnuTLS", ""), ("gnutls-client", "a GnuTLS", "-cbc")):
        for certificate in ("client-rsa", None):
            name, keys = f"tls12-renegotiation-{stack.split('-')[0]}-client{suffix}" + ("" if certificate else "-declined"), s.fresh("keys")
            with s.openssl_server(*full, certificate="server-p256", keylog=keys) as server:
                with ctx.lab.recording(name, "pcap"):
                    threading.Thread(target=renegotiate, args=(server, "ping" if stack == "java" else "hello"), daemon=True).start()
                    client = s.program_client(stack, version="1.2", certificate=certificate) if stack == "java" \
                        else s.gnutls_client(certificate=certificate, priority=priorities[suffix])
                view = server.view()
            both = merged(view, without_request(client))
            assert both.handshakes == 2, (name, both.handshakes)
            entry = connection(both, renegotiated=True, **UNKNOWN)
            if entry["with_keys"]["outcome"] == "refused":
                # Both sides had finished; the client's alert came after that.
                entry["alternatives"] = {**entry["alternatives"], "with_keys.outcome": ["completed"]}
            ctx.book.add(name, "pcap", "TLS 1.2: the server asks in a full encrypted renegotiation; "
                         + ("the certificate is presented" if certificate else "the client declines") + f": {label} client.", ME,
                         ctx.names[stack], server.name, view.quotes, [entry], keylog=keys)


def renegotiate(server, line):
    """Asks once the client has sent its line, then answers the line."""
    wait_for(lambda: line in server.log.read_text(errors="replace"), "the client's line", server.log)
    server.command("R")
    time.sleep(1)
    server.command("Answer")


def make(ctx):
    for part in (suites, clients, gnutls_and_web, renegotiation):
        part(ctx)
