"""Resumed sessions that only a key log links to the connection before, pre-shared keys that are none, renewed tickets."""

import json
import time

from book import connection, merged, unanswered, with_keys
from family_presented import HTTP, TLS12
from family_tls13 import GNUTLS13, TLS13
from lab import strip_host_description
from views import View, gnutls_view

HERE = "family_sessions.py"
PSK = ("-psk", "00112233445566778899aabbccddeeff", "-ciphersuites", "TLS_AES_128_GCM_SHA256")


def linked(view, stream, to, **changes):
    """A resumed connection, and the one whose session it is; with keys where it is TLS 1.3."""
    assert view.resumed, view.quotes
    entry = connection(view, stream, **changes)
    if "with_keys" in entry:
        entry["with_keys"]["resumed_from_stream"] = to
    else:
        entry["resumed_from_stream"] = to
    return entry


def early_data(entry, answer):
    return with_keys(entry, early_data=answer)


def numbered(views):
    names = ("first", "second", "third", "fourth")
    return [line for name, view in zip(names, views) for line in (f"{name} connection:", *view.quotes)]


class Story:
    """Several connections of s_client to s_server in one recording; the server writes the key log."""

    def __init__(self, ctx, name, kind, *server, certificate="client-p256", ask="require", version=TLS13):
        self.ctx, self.name, self.kind = ctx, name, kind
        self.options, self.certificate, self.ask, self.version = server, certificate, ask, version
        self.keys, self.views = ctx.stacks.fresh("keys"), []

    def __enter__(self):
        self.recording = self.ctx.lab.recording(self.name, self.kind)
        self.start()
        self.recording.__enter__()
        return self

    def start(self, *more):
        self.server = self.ctx.stacks.openssl_server(*self.options, *more, certificate="server-p256", ask=self.ask,
                                                     keylog=self.keys)

    def restart(self, *more):
        self.server.stop()
        self.start(*more)

    def connect(self, *options):
        client = self.ctx.stacks.openssl_client(*self.version, *options, certificate=self.certificate)
        self.views.append(merged(self.server.view(), client))
        return self.views[-1]

    def __exit__(self, *error):
        self.recording.__exit__(*error)
        self.server.stop()

    def save(self, scenario, connections):
        names = self.ctx.names
        self.ctx.book.add(self.name, self.kind, scenario, HERE, names["openssl-client"], names["openssl-server"],
                          numbered(self.views), connections, keylog=self.keys)


def openssl(ctx):
    fresh = ctx.stacks.fresh
    session, early = fresh("session"), fresh("early")
    early.write_text("early hello\n")

    with Story(ctx, "tls13-resumed-two-identities", "pcap", *PSK) as story:
        first = story.connect("-sess_out", session, *PSK[2:])
        second = story.connect("-sess_in", session, *PSK)
    story.save("TLS 1.3: the second connection offers the ticket of the first and an external pre-shared key; the server "
               "takes the ticket.", [connection(first, 0), linked(second, 1, 0)])

    with Story(ctx, "tls13-external-psk-of-two-identities", "pcap", *PSK) as story:
        first = story.connect("-sess_out", session, *PSK[2:])
        story.restart()
        second = story.connect("-sess_in", session, *PSK)
    assert second.resumed
    story.save("TLS 1.3: the second connection offers the ticket of the first and an external pre-shared key; the server "
               "was restarted, does not know the ticket and takes the external key: no session is resumed.",
               [connection(first, 0), connection(second, 1)])

    with Story(ctx, "tls13-resumed-chain", "pcapng") as story:
        sessions = [fresh("session") for _ in range(3)]
        views = [story.connect("-sess_out", sessions[0]),
                 story.connect("-sess_in", sessions[0], "-sess_out", sessions[1]),
                 story.connect("-sess_in", sessions[1], "-sess_out", sessions[2]),
                 story.connect("-sess_in", sessions[2])]
    story.save("TLS 1.3: three connections in a row, each of which resumes with the ticket that the one before it received.",
               [connection(views[0], 0), *(linked(view, stream, 0) for stream, view in enumerate(views[1:], 1))])

    with Story(ctx, "tls13-resumed-session-cache", "pcap", "-no_ticket") as story:
        first = story.connect("-sess_out", session)
        second = story.connect("-sess_in", session)
    story.save("TLS 1.3: the server keeps its sessions itself, and its tickets are short names of them.",
               [connection(first, 0), linked(second, 1, 0)])

    with Story(ctx, "tls13-resumed-early-data-refused", "pcap", "-early_data", "-no_anti_replay", "-groups", "P-384",
               ask=None, certificate=None) as story:
        groups = ("-groups", "X25519:P-384")
        first = story.connect(*groups, "-sess_out", session)
        second = story.connect(*groups, "-sess_in", session, "-early_data", early)
    story.save("TLS 1.3: the second connection resumes the session of the first and sends early data, which the server "
               "passes over because it asks for another key share (HelloRetryRequest).",
               [connection(first, 0), early_data(linked(second, 1, 0), "refused")])

    with Story(ctx, "tls13-early-data-refused", "pcapng", "-early_data", ask="optional") as story:
        first = story.connect("-sess_out", session)
        story.restart()
        second = story.connect("-sess_in", session, "-early_data", early)
    assert not second.resumed and second.chain
    story.save("TLS 1.3: the second connection offers the ticket of the first and sends early data; the server was restarted "
               "and takes neither: a full handshake follows, and the certificate is presented again.",
               [connection(first, 0), early_data(connection(second, 1), "refused")])

    with Story(ctx, "tls13-resumed-after-post-handshake", "pcap", "-CAfile", ctx.certs.certificate("root"), ask=None) as story:
        client = ctx.stacks.openssl_client(*TLS13, "-enable_pha", "-sess_out", session, certificate="client-p256", pause=0.5,
                                           lines=("hello", lambda: story.server.command("c"), "still here"))
        first = merged(story.server.view(), client)
        assert first.handshakes == 2 and first.chain
        story.views.append(first)
        second = story.connect("-sess_in", session)
    story.save("TLS 1.3: the certificate is presented in a post-handshake authentication, and the second connection resumes "
               "with a ticket that came after it.", [connection(first, 0), linked(second, 1, 0)])

    anonymous = ("-cipher", "ADH-AES128-SHA256:@SECLEVEL=0")
    with Story(ctx, "tls12-anonymous-requested", "pcap", *anonymous, version=TLS12) as story:
        ctx.stacks.openssl_client(*TLS12, *anonymous, certificate="client-p256")
        story.views.append(story.server.view())
    view, story.keys = story.views[0], None
    assert view.asked and view.chain is None and view.refused
    story.save("TLS 1.2 with an anonymous cipher suite, with which no server may ask for a certificate (RFC 5246 section "
               "7.4.4): OpenSSL asks all the same, and the client stops the handshake.",
               [connection(view, **unanswered("ended_early"))])


def stacks(ctx):
    s = ctx.stacks

    def chain(name, kind, stack, scenario, times, *options, keyed=True, version="1.3"):
        keys = s.fresh("keys") if keyed else None
        with s.program_server(stack, *options, ask="require", certificate="server-p256", version=version,
                              keylog=keys) as server:
            with ctx.lab.recording(name, kind):
                clients = s.program_client(stack, "--times", str(times), certificate="client-p256", version=version)
            servers = server.views()
        both = [merged(a, b) for a, b in zip(servers, clients)]
        assert len(both) == times
        ctx.book.add(name, kind, scenario, HERE, ctx.names[stack], server.name, numbered(both),
                     [connection(both[0], 0), *(linked(view, stream, 0) for stream, view in enumerate(both[1:], 1))],
                     keylog=keys)

    chain("tls13-resumed-go", "pcap", "go", "TLS 1.3 with Go on both sides: the later connections resume.", 3)
    chain("tls13-resumed-rustls", "pcapng", "rustls", "TLS 1.3 with rustls on both sides: the later connections resume.", 3)
    chain("tls12-ticket-renewed", "pcap", "go", "TLS 1.2 with Go on both sides, the server replaces its ticket key before every "
          "connection: each resumed connection receives a new ticket, with which the next one resumes.", 4, "--rotate-ticket-keys",
          keyed=False, version="1.2")

    # s_client knows which session file it used, and writes the keys.
    for stack, label in (("node", "a Node.js"), ("python", "a Python"), ("java", "a Java")):
        name, keys, session = f"tls13-resumed-{stack}-server", s.fresh("keys"), s.fresh("session")
        with s.program_server(stack, ask="require", certificate="server-p256", version="1.3") as server:
            with ctx.lab.recording(name, "pcap"):
                clients = [s.openssl_client(*TLS13, "-sess_out", session, certificate="client-p256", keylog=keys),
                           s.openssl_client(*TLS13, "-sess_in", session, certificate="client-p256", keylog=keys)]
            servers = server.views()
        both = [merged(a, b) for a, b in zip(servers, clients)]
        ctx.book.add(name, "pcap", f"TLS 1.3 with {label} server: the second connection resumes the session of the first.", HERE,
                     ctx.names["openssl-client"], server.name, numbered(both),
                     [connection(both[0], 0), linked(both[1], 1, 0)], keylog=keys)

    name, keys, session = "tls13-resumed-nginx", s.fresh("keys"), s.fresh("session")
    with s.nginx_server("on", certificate="server-p256", protocols="TLSv1.3") as server:
        with ctx.lab.recording(name, "pcap"):
            clients = [s.openssl_client(*TLS13, "-sess_out", session, certificate="client-p256", lines=HTTP, keylog=keys),
                       s.openssl_client(*TLS13, "-sess_in", session, certificate="client-p256", lines=HTTP, keylog=keys)]
        servers = server.views()
    both = [merged(a, b) for a, b in zip(servers, clients)]
    ctx.book.add(name, "pcap", "TLS 1.3 with nginx: the second connection resumes; nginx logs the certificate of the original "
                 "handshake for it too.", HERE, ctx.names["openssl-client"], server.name, numbered(both),
                 [connection(both[0], 0), linked(both[1], 1, 0)], keylog=keys)


def gnutls(ctx):
    s, name, keys = ctx.stacks, "tls13-resumed-gnutls", ctx.stacks.fresh("keys")
    with s.gnutls_server(ask="require", certificate="server-p256", priority=GNUTLS13, keylog=keys) as server:
        with ctx.lab.recording(name, "pcap"):
            client = s.gnutls_client("--resume", certificate="client-p256", priority=GNUTLS13)
        time.sleep(0.3)
        log = server.log.read_text(errors="replace")
    # The log of the first connection ends where the second is accepted.
    before, accepted, rest = log.partition("* Accepted connection")
    view = gnutls_view(before + accepted + rest.partition("* Accepted connection")[0])
    assert "*** This is a resumed session" in client.output
    client.quotes += ["client: *** This is a resumed session"]
    first = merged(view, client)
    second = View(asked=False, version=first.version, cipher=first.cipher, server_name=first.server_name, resumed=True,
                  completed=True, quotes=["*** This is a resumed session"])
    ctx.book.add(name, "pcap", "TLS 1.3 with GnuTLS on both sides: the second connection resumes the session of the first.", HERE,
                 ctx.names["gnutls-client"], server.name, numbered([first, second]),
                 [connection(first, 0), linked(second, 1, 0)], keylog=keys)


def rotated(ctx):
    """One recording in several files, as dumpcap's ring buffer leaves them."""
    s, keys = ctx.stacks, ctx.stacks.fresh("keys")
    raw, log = ctx.lab.work / "rotated.pcapng", ctx.lab.work / "rotated.recorder"
    folder = ctx.captures / "rotated"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    recorder = ctx.lab.start("server", ["dumpcap", "-q", "-i", "eth0", "-f", "tcp port 443", "-b", "packets:24", "-w", raw], log,
                             ready="File: ")
    time.sleep(0.3)
    views = []
    for version, options in ((TLS12, ("-no_ticket",)), (TLS13, ())):
        session = s.fresh("session")
        with s.openssl_server(*options, certificate="server-p256", ask="require", keylog=keys) as server:
            for way in ("-sess_out", "-sess_in"):
                client = s.openssl_client(*version, way, session, certificate="client-long-chain", chain=True)
                views.append(merged(server.view(), client))
    time.sleep(0.5)
    ctx.lab.stop(recorder)
    parts = sorted(ctx.lab.work.glob("rotated_*.pcapng"))
    names = [f"{number}.pcapng" for number in range(1, len(parts) + 1)]
    for part, name in zip(parts, names):
        strip_host_description(part, folder / name)
    connections = [{"status": view.answered(), "leaf_sha1": view.thumbprints()[0] if view.answered() == "presented" else None,
                    "outcome": "completed" if view.completed else "refused", "resumed_from": number - 1 if view.resumed else None}
                   for number, view in enumerate(views)]
    assert [view.resumed for view in views] == [False, True, False, True]
    document = {"scenario": "One recording, cut by dumpcap into files of 24 packets: TLS 1.2 with a client chain of 21 kB and its "
                "resumption by session id, the same in TLS 1.3 by ticket. Read with --continue-across-files and the key log.",
                "client": ctx.names["openssl-client"], "server": ctx.names["openssl-server"],
                "endpoint_log": numbered(views), "captures": names, "connections": connections, "made_by": HERE}
    (folder / "expected.json").write_text(json.dumps(document, indent=2) + "\n")
    (folder / "keys.log").write_text(keys.read_text())
    print(f"rotated/: {len(names)} files", flush=True)


def make(ctx):
    openssl(ctx)
    stacks(ctx)
    gnutls(ctx)
    rotated(ctx)
