"""TLS 1.3: everything after the ServerHello is encrypted. Every capture has its key log beside it."""

import subprocess

from book import connection, merged, obscured, with_keys
from family_damaged import Maker
from family_presented import HTTP
from packets import Conversation, read, write

TLS13 = ("-tls1_3",)
GNUTLS13 = "NORMAL:-VERS-ALL:+VERS-TLS1.3"
WHOLE = "tls13-client-certificate"


def openssl_both(ctx, name, kind, scenario, certificate, server=(), client=(), ask="require", chain=False, lines=("hello",),
                 decide=None, pause=0.25, function="tls13"):
    """s_server and s_client; the server writes the key log. `lines` may be a function of the running server."""
    keys = ctx.stacks.fresh("keys")
    with ctx.stacks.openssl_server(*server, certificate="server-p256", ask=ask, keylog=keys) as s:
        with ctx.lab.recording(name, kind):
            c = ctx.stacks.openssl_client(*TLS13, *client, certificate=certificate, chain=chain, pause=pause,
                                          lines=lines(s) if callable(lines) else lines)
        view = s.view()
    both = merged(view, c)
    ctx.book.add(name, kind, scenario, f"family_{function}.py", ctx.names["openssl-client"], ctx.names["openssl-server"],
                 view.quotes, [decide(both) if decide else connection(both)], keylog=keys)
    return both


def openssl(ctx):
    case = lambda *a, **k: openssl_both(ctx, *a, **k)
    case(WHOLE, "pcapng", "TLS 1.3, client certificate presented.", "client-p256")
    case("tls13-client-certificate-rsa", "pcap", "TLS 1.3, client certificate with an RSA key presented.", "client-rsa")
    case("tls13-client-certificate-rsa-pss-key", "pcap", "TLS 1.3, client certificate with an RSASSA-PSS key presented.", "client-rsa-pss")
    case("tls13-client-certificate-p521", "pcap", "TLS 1.3, client certificate with a P-521 key presented.", "client-p521")
    case("tls13-client-certificate-ed25519", "pcap", "TLS 1.3, client certificate with an Ed25519 key presented.", "client-ed25519")
    case("tls13-client-chain", "pcap", "TLS 1.3, the client presents its certificate and one intermediate CA.", "client-intermediate",
         chain=True)
    case("tls13-client-chain-many-records", "pcap", "TLS 1.3, a chain of four certificates (about 21 kB) in two records.",
         "client-long-chain", chain=True)
    case("tls13-client-chain-small-records", "pcap", "TLS 1.3, the client sends records of at most 512 bytes.", "client-intermediate",
         client=("-max_send_frag", "512"), chain=True)
    case("tls13-declined", "pcapng", "TLS 1.3, certificate requested and declined.", None, ask="optional")
    case("tls13-not-requested", "pcap", "TLS 1.3, certificate not requested; the client has one configured.", "client-p256", ask=None)
    case("tls13-refused-unknown-ca", "pcap", "TLS 1.3, the certificate comes from a CA that the server does not know: encrypted fatal "
         "alert.", "client-stranger", server=("-verify_return_error",))
    case("tls13-refused-expired", "pcap", "TLS 1.3, the presented certificate has expired: encrypted fatal alert.", "client-expired",
         server=("-verify_return_error",))
    case("tls13-declined-refused", "pcapng", "TLS 1.3, a certificate is required and the client declines: encrypted fatal alert "
         "certificate_required.", None)
    for suite, label in (("TLS_AES_128_GCM_SHA256", "aes128-gcm"), ("TLS_CHACHA20_POLY1305_SHA256", "chacha20"),
                         ("TLS_AES_128_CCM_SHA256", "aes128-ccm"), ("TLS_AES_128_CCM_8_SHA256", "aes128-ccm-8")):
        both = ("-ciphersuites", suite)
        case(f"tls13-client-certificate-{label}", "pcap", f"TLS 1.3 with {suite}, client certificate presented.", "client-p256",
             server=both, client=both)
    case("tls13-padded-records", "pcap", "TLS 1.3, the server pads its records to a multiple of 512 bytes and so does the client; "
         "client certificate presented.", "client-p256", server=("-record_padding", "512"), client=("-record_padding", "512"))
    case("tls13-hello-retry-request", "pcapng", "TLS 1.3 with a HelloRetryRequest, because the client's key share has another group; "
         "client certificate presented.", "client-p256", server=("-groups", "P-384"), client=("-groups", "X25519:P-384"))
    case("tls13-hello-retry-request-declined", "pcap", "TLS 1.3 with a HelloRetryRequest, declined.", None, ask="optional",
         server=("-groups", "P-384"), client=("-groups", "X25519:P-384"))
    case("tls13-no-middlebox-compatibility", "pcap", "TLS 1.3 without the ChangeCipherSpec records of middlebox compatibility mode; "
         "client certificate presented.", "client-p256", server=("-no_middlebox",), client=("-no_middlebox",))
    psk = ("-psk", "00112233445566778899aabbccddeeff", "-ciphersuites", "TLS_AES_128_GCM_SHA256")
    case("tls13-external-psk", "pcap", "TLS 1.3 with an external pre-shared key: no certificates on either side.", None, ask=None,
         server=psk, client=psk, decide=external_psk)


def external_psk(view):
    """No session of the past, but in the contract's words PSK counts as resumed."""
    assert view.resumed
    return connection(view)


def resumption(ctx):
    s = ctx.stacks

    def pair(name, kind, scenario, certificate, ask, early=False, server_options=()):
        keys, session = s.fresh("keys"), s.fresh("session")
        early_file = s.fresh("early")
        early_file.write_text("early hello\n")
        with s.openssl_server(*server_options, *(("-early_data",) if early else ()), certificate="server-p256", ask=ask,
                              keylog=keys) as server:
            with ctx.lab.recording(name, kind):
                client = s.openssl_client(*TLS13, "-sess_out", session, certificate=certificate)
                view = server.view()
                first = merged(view, client)
                client = s.openssl_client(*TLS13, "-sess_in", session, *(("-early_data", early_file) if early else ()),
                                          certificate=certificate)
                view2 = server.view()
        second = merged(view2, client)
        assert second.resumed, name
        entry = connection(second, 1)
        entry["with_keys"]["resumed_from_stream"] = 0
        if early:
            assert "Early data was accepted" in client.output
            entry["with_keys"]["early_data"] = "accepted"
        ctx.book.add(name, kind, scenario, "family_tls13.py", ctx.names["openssl-client"], ctx.names["openssl-server"],
                     ["first connection:", *view.quotes, "second connection:", *view2.quotes], [connection(first, 0), entry],
                     keylog=keys)

    pair("tls13-resumed", "pcapng", "TLS 1.3: a client certificate is presented, then a second connection resumes that session by a "
         "pre-shared key. Which session it was cannot be read without keys.", "client-p256", "require")
    pair("tls13-resumed-after-declined", "pcap", "TLS 1.3: the client declines, then a second connection resumes that session.", None,
         "optional")
    pair("tls13-resumed-early-data", "pcap", "TLS 1.3: no certificate is requested, then a second connection resumes that session "
         "and sends early data (0-RTT).", None, None, early=True)


def post_handshake(ctx):
    s = ctx.stacks

    def decide(view):
        """Post-handshake authentication: without keys the connection is encrypted in any case."""
        assert view.handshakes == 2, view.quotes
        return connection(view)

    def asks(server):
        return "hello", lambda: server.command("c"), "still here"

    ca = ("-CAfile", ctx.certs.certificate("root"))
    openssl_both(ctx, "tls13-post-handshake", "pcapng", "TLS 1.3: the server does not ask in the handshake, but after it; the "
                 "certificate is presented.", "client-p256", server=ca, client=("-enable_pha",), ask=None, lines=asks, decide=decide,
                 pause=0.5)
    openssl_both(ctx, "tls13-post-handshake-declined", "pcap", "TLS 1.3: the server asks after the handshake; the client declines.",
                 None, server=ca, client=("-enable_pha",), ask=None, lines=asks, decide=decide, pause=0.5)
    openssl_both(ctx, "tls13-post-handshake-after-key-update", "pcap", "TLS 1.3: both sides update their traffic keys, then the server "
                 "asks; the certificate is presented.", "client-p256", server=ca, client=("-enable_pha",), ask=None,
                 lines=lambda server: ("hello", "K", lambda: server.command("K"), *asks(server)), decide=decide, pause=0.5)
    openssl_both(ctx, "tls13-post-handshake-offered-only", "pcap", "TLS 1.3: the client offers post-handshake authentication, the "
                 "server never asks.", "client-p256", client=("-enable_pha",), ask=None)
    openssl_both(ctx, "tls13-key-update", "pcap", "TLS 1.3: certificate presented in the handshake; afterwards both sides update their "
                 "traffic keys.", "client-p256", lines=lambda server: ("hello", "K", lambda: server.command("K"), "still here"),
                 pause=0.5)

    location = "<Location /private.html>\n    SSLVerifyClient require\n  </Location>"
    page = "GET /private.html HTTP/1.1\r\nHost: backend.example\r\nConnection: close\r\n\r"
    for name, kind, scenario, options in (
        ("tls13-post-handshake-apache", "pcap", "TLS 1.3: Apache httpd asks for one location only, by post-handshake authentication; "
         "the certificate is presented.", ("-enable_pha",)),
        ("tls13-post-handshake-apache-not-offered", "pcap", "TLS 1.3: Apache httpd needs a certificate for one location, but the "
         "client does not offer post-handshake authentication: HTTP status 403, nothing was requested.", ())):
        keys = s.fresh("keys")
        with s.apache_server("none", certificate="server-p256", protocols="TLSv1.3", location=location) as server:
            with ctx.lab.recording(name, kind):
                client = s.openssl_client(*TLS13, *options, certificate="client-rsa", keylog=keys, lines=(page,), pause=0.5)
            view = server.view()
        view.asked = None
        both = merged(view, client)
        assert both.handshakes == (2 if options else 1)
        ctx.book.add(name, kind, scenario, "family_tls13.py", ctx.names["openssl-client"], server.name, both.quotes,
                     [connection(both)], keylog=keys)
    name, keys = "tls13-post-handshake-python", s.fresh("keys")
    with s.program_server("python", "--post-handshake", ask="require", version="1.3", certificate="server-p256", keylog=keys) as server:
        with ctx.lab.recording(name, "pcap"):
            client = s.program_client("python", "--post-handshake", version="1.3", certificate="client-p384")
        view = server.view()
    both = merged(view, client)
    both.handshakes = 2
    ctx.book.add(name, "pcap", "TLS 1.3 with Python on both sides: the server asks after the handshake; the certificate is presented.",
                 "family_tls13.py", ctx.names["python"], server.name, both.quotes, [connection(both)], keylog=keys)


def stacks(ctx):
    s = ctx.stacks

    def record(name, kind, scenario, server, client_name, run_client, keys, **changes):
        with server:
            with ctx.lab.recording(name, kind):
                if hasattr(server, "answer_ping"):
                    server.answer_ping()
                client = run_client()
            view = server.view()
        both = merged(view, client)
        ctx.book.add(name, kind, scenario, "family_tls13.py", ctx.names[client_name], server.name, both.quotes,
                     [connection(both, **changes)], keylog=keys)

    def program(stack, label, what, ask, certificate, kind="pcap", options=(), suffix="", ca="root"):
        keys = s.fresh("keys")
        record(f"tls13-{suffix or what.replace(' ', '-')}-{stack}", kind, f"TLS 1.3, {what}: {label} on both sides.",
               s.program_server(stack, *options, ask=ask, version="1.3", certificate="server-p256", keylog=keys), stack,
               lambda: s.program_client(stack, *options, version="1.3", certificate=certificate), keys)

    for stack, label, certificate in (("go", "Go", "client-intermediate"), ("rustls", "rustls", "client-p384"),
                                      ("python", "Python", "client-rsa")):
        program(stack, label, "certificate presented", "require", certificate, suffix="client-certificate")
        program(stack, label, "declined", "optional", None)
        program(stack, label, "not requested", "none", "client-p256")
    program("rustls", "rustls", "certificate presented, both sides compress their certificates with zlib", "require",
            "client-intermediate", options=("--compress", "yes"), suffix="compressed-certificate")

    for what, ask, certificate, suffix in (("certificate presented", "require", "client-rsa", "client-certificate"),
                                           ("declined", "optional", None, "declined"),
                                           ("not requested", "none", "client-p256", "not-requested")):
        # Node.js and Java with s_client, which knows every byte and writes the keys.
        for stack, label in (("node", "a Node.js"), ("java", "a Java")):
            keys = s.fresh("keys")
            record(f"tls13-{suffix}-{stack}-server", "pcap", f"TLS 1.3, {what}: {label} server.",
                   s.program_server(stack, ask=ask, version="1.3", certificate="server-p256"), "openssl-client",
                   lambda: s.openssl_client(*TLS13, certificate=certificate, keylog=keys), keys)
        keys = s.fresh("keys")
        record(f"tls13-{suffix}-gnutls", "pcap", f"TLS 1.3, {what}: GnuTLS on both sides.",
               s.gnutls_server(ask=ask, certificate="server-p256", priority=GNUTLS13, keylog=keys), "gnutls-client",
               lambda: s.gnutls_client(certificate=certificate, priority=GNUTLS13), keys)
    for stack, label in (("node", "Node.js"), ("java", "Java")):
        keys = s.fresh("keys")
        record(f"tls13-client-certificate-{stack}-client", "pcapng", f"TLS 1.3, certificate presented: a {label} client.",
               s.openssl_server(certificate="server-p256", ask="require", keylog=keys), stack,
               lambda: s.program_client(stack, version="1.3", certificate="client-rsa"), keys)
        keys = s.fresh("keys")
        record(f"tls13-declined-{stack}-client", "pcap", f"TLS 1.3, declined: a {label} client.",
               s.openssl_server(certificate="server-p256", ask="optional", keylog=keys), stack,
               lambda: s.program_client(stack, version="1.3"), keys)
    for stack, label in (("go", "Go"), ("rustls", "rustls"), ("java", "Java"), ("node", "Node.js")):
        keys = s.fresh("keys")
        # Node.js refuses after the handshake, by a reset without an alert: on the wire that is no refusal of the handshake.
        changes = {"alternatives": {"with_keys.outcome": ["completed", "unknown", "unfinished"]}} if stack == "node" else {}
        record(f"tls13-refused-by-{stack}", "pcap", f"TLS 1.3, a certificate from an unknown CA is refused: a {label} server.",
               s.program_server(stack, ask="require", version="1.3", certificate="server-p256"), "openssl-client",
               lambda: s.openssl_client(*TLS13, certificate="client-stranger", keylog=keys), keys, **changes)
    keys = s.fresh("keys")
    with s.openssl_server(certificate="server-p256", ask="require", keylog=keys) as server:
        with ctx.lab.recording("tls13-copied-certificate", "pcap"):
            client = s.program_client("go", "--foreign-key", ctx.certs.key("client-stranger"), certificate="client-p256", version="1.3")
        view = server.view()
    entry = connection(merged(view, client))
    ctx.book.add("tls13-copied-certificate", "pcap", "TLS 1.3, the client presents a certificate whose key it does not have: its "
                 "CertificateVerify is made with another key and the server refuses it.", "family_tls13.py", ctx.names["go"],
                 server.name, view.quotes, [with_keys(entry, possession="failed")], keylog=keys)
    keys = s.fresh("keys")
    with s.nginx_server("on", certificate="server-p256", protocols="TLSv1.3") as server:
        with ctx.lab.recording("tls13-client-certificate-nginx", "pcapng"):
            client = s.openssl_client(*TLS13, certificate="client-rsa", lines=HTTP, keylog=keys)
        view = server.view()
    both = merged(view, client)
    ctx.book.add("tls13-client-certificate-nginx", "pcapng", "TLS 1.3, certificate presented: nginx with ssl_verify_client on.",
                 "family_tls13.py", ctx.names["openssl-client"], server.name, both.quotes, [connection(both)], keylog=keys)


def derived(ctx):
    """Other secrets for the same packets, secrets inside the capture, and damage under encryption."""
    m = Maker(ctx)
    base = ctx.book.read(WHOLE)
    packets = read(ctx.captures / base["capture"])
    keys = (ctx.captures / f"{WHOLE}.keys").read_text().splitlines()
    raw = (ctx.captures / base["capture"]).read_bytes()
    entry = base["connections"][0]

    def variant(name, scenario, lines, **changes):
        m.save(name, WHOLE, scenario, None, "pcapng", raw=raw, made_by="family_tls13.py",
               connections=[with_keys(entry, **changes)])
        (ctx.captures / f"{name}.keys").write_text("\n".join(lines) + "\n")

    hidden = {"leaf_sha1": None, "chain_length": None, "possession": None, "outcome": "unknown", "certificate_request_seen": False}
    only = lambda *labels: [line for line in keys if line.split()[0] in labels]
    variant("tls13-handshake-secrets-only", "The key log holds the handshake secrets only: enough for the certificate, not for the "
            "application data.", only("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"), outcome="unknown")
    variant("tls13-client-handshake-secret-only", "The key log holds the client's handshake secret only: the certificate can be read, "
            "the request cannot, and the signature cannot be checked without the server's messages.",
            only("CLIENT_HANDSHAKE_TRAFFIC_SECRET"), certificate_request_seen=False, possession="not_seen", outcome="unknown")
    variant("tls13-server-handshake-secret-only", "The key log holds the server's handshake secret only: the request can be read, the "
            "answer cannot.", only("SERVER_HANDSHAKE_TRAFFIC_SECRET"), status="obscured", reason="decryption_failed",
            **{**hidden, "certificate_request_seen": True})
    wrong = [line[:-2] + f"{int(line[-2:], 16) ^ 1:02x}" if "HANDSHAKE" in line else line for line in keys]
    variant("tls13-wrong-secrets", "The key log names this connection, but its handshake secrets are wrong.", wrong, status="obscured",
            reason="decryption_failed", **hidden)
    wrong = [line[:-2] + f"{int(line[-2:], 16) ^ 1:02x}" if line.startswith("CLIENT_HANDSHAKE") else line for line in keys]
    variant("tls13-wrong-client-secret", "The key log names this connection; the client's handshake secret is wrong.", wrong,
            status="obscured", reason="decryption_failed", **{**hidden, "certificate_request_seen": True})
    other = (ctx.captures / "tls13-declined.keys").read_text().splitlines()
    variant("tls13-secrets-of-another-connection", "The key log is that of another connection.", other, status="obscured",
            reason="encrypted", **hidden)

    for source in ("tls13-post-handshake", "tls13-post-handshake-offered-only"):
        document = ctx.book.read(source)
        name = source + "-handshake-secrets-only"
        m.save(name, source, "The key log holds the handshake secrets only: whether the server asked after the handshake, for which "
               "the client was ready, cannot be read.", None, document["capture"].rsplit(".", 1)[1],
               raw=(ctx.captures / document["capture"]).read_bytes(), made_by="family_tls13.py",
               connections=[with_keys(document["connections"][0], status="obscured", reason="encrypted", leaf_sha1=None,
                                      chain_length=None, possession=None, outcome="unknown", handshakes=1,
                                      certificate_request_seen=False)])
        lines = (ctx.captures / f"{source}.keys").read_text().splitlines()
        (ctx.captures / f"{name}.keys").write_text("\n".join(line for line in lines if "HANDSHAKE" in line) + "\n")

    # The secrets inside the file: a reader has them without being given a key log.
    target = ctx.captures / "tls13-secrets-in-capture.pcapng"
    subprocess.run(["editcap", "--inject-secrets", f"tls,{ctx.captures / (WHOLE + '.keys')}", ctx.captures / base["capture"], target],
                   check=True, capture_output=True)
    known = {**entry, **{k: v for k, v in entry["with_keys"].items()}}
    server_log = {"leaf_sha256": certificate_sha256(ctx, known["leaf_sha1"]), "chain_complete": True}
    m.save("tls13-secrets-in-capture", WHOLE, "The secrets are in the file, in a Decryption Secrets Block: the certificate can be "
           "read without a key log.", None, "pcapng", raw=target.read_bytes(), made_by="family_tls13.py",
           connections=[{**known, **server_log}])

    c = Conversation(packets)
    flight = [p for p in packets if c.side(p) == "client" and p.payload][1]
    lost = [p for p in packets if p is not flight]

    def damaged(name, scenario, kept, kind="pcap", keyed=None, **changes):
        m.save(name, WHOLE, scenario, kept, kind, made_by="family_tls13.py",
               connections=[{**with_keys(entry, **(keyed or {})), **changes}])
        (ctx.captures / f"{name}.keys").write_text("\n".join(keys) + "\n")

    gone = {"leaf_sha1": None, "chain_length": None, "possession": None}
    damaged("tls13-gap-client-flight", "The segment with the client's flight is missing.", lost,
            keyed={"status": "obscured", "reason": "gap", **gone, "outcome": "unknown"},
            alternatives={"reason": ["gap"], "with_keys.outcome": ["completed"]})
    damaged("tls13-ends-after-server-flight", "The recording ends before the client answers.",
            packets[:packets.index(flight)], keyed={"status": "obscured", "reason": "ended_early", **gone, "outcome": "unfinished"},
            alternatives={"reason": ["ended_early"], "outcome": ["unfinished"], "with_keys.outcome": ["unknown"]})
    damaged("tls13-starts-at-client-flight", "The recording starts after the server's flight: no hello is in the file, so that the "
            "secrets cannot be assigned to it.", packets[packets.index(flight):], "pcapng",
            keyed={"status": "obscured", "reason": "started_mid_connection", **gone, "outcome": "unknown",
                   "certificate_request_seen": False, "handshakes": 0},
            **obscured("started_mid_connection"), protocol_version=None, cipher_suite=None, server_name=None, handshakes=0,
            alternatives={"handshakes": [1], "with_keys.handshakes": [1]})


def certificate_sha256(ctx, sha1):
    import hashlib
    for path in (ctx.captures / "certificates").glob("*.pem"):
        der = ctx.certs.der(path.stem)
        if hashlib.sha1(der).hexdigest() == sha1:
            return hashlib.sha256(der).hexdigest()
    raise KeyError(sha1)


def make(ctx):
    openssl(ctx)
    resumption(ctx)
    post_handshake(ctx)
    stacks(ctx)
    derived(ctx)
