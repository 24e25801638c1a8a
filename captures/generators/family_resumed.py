"""TLS 1.2 session resumption by session id and by ticket; the original handshake is in the same capture."""

import time

from book import connection, merged
from family_presented import HTTP, TLS12


def openssl_pair(ctx, name, kind, scenario, server_options, certificate="client-p256", ask="require", restart=False,
                 client_options=TLS12):
    """Two connections of s_client: the second offers the session of the first."""
    s = ctx.stacks
    session = s.fresh("session")
    connections, quotes = [], []
    server = s.openssl_server(*server_options, certificate="server-p256", ask=ask)
    try:
        with ctx.lab.recording(name, kind):
            client = s.openssl_client(*client_options, "-sess_out", session, certificate=certificate)
            view = server.view()
            first = merged(view, client)
            if restart:
                server.stop()
                time.sleep(0.2)
                server = s.openssl_server(*server_options, certificate="server-p256", ask=ask)
            client = s.openssl_client(*client_options, "-sess_in", session, certificate=certificate)
            view2 = server.view()
        second = merged(view2, client)
    finally:
        server.stop()
    connections = [connection(first, 0),
                   connection(second, 1, **({"resumed_from_stream": 0} if second.resumed else {}))]
    ctx.book.add(name, kind, scenario, "family_resumed.py", ctx.names["openssl-client"], ctx.names["openssl-server"],
                 ["first connection:", *view.quotes, "second connection:", *view2.quotes], connections)


def program_pair(ctx, name, kind, scenario, stack):
    """Two connections of one client program, which resumes by itself."""
    s = ctx.stacks
    with s.program_server(stack, ask="require", certificate="server-p256") as server:
        with ctx.lab.recording(name, kind):
            clients = s.program_client(stack, "--times", "2", certificate="client-p256")
        servers = server.views()
    both = [merged(a, b) for a, b in zip(servers, clients)]
    assert both[1].resumed, f"{stack} did not resume"
    ctx.book.add(name, kind, scenario, "family_resumed.py", ctx.names[stack], server.name,
                 ["first connection:", *servers[0].quotes, "second connection:", *servers[1].quotes],
                 [connection(both[0], 0), connection(both[1], 1, resumed_from_stream=0)])


def nginx_pair(ctx):
    s = ctx.stacks
    name, session = "tls12-resumed-nginx", s.fresh("session")
    with s.nginx_server("on", certificate="server-p256") as server:
        with ctx.lab.recording(name, "pcap"):
            one = s.openssl_client("-sess_out", session, certificate="client-p256", lines=HTTP)
            two = s.openssl_client("-sess_in", session, certificate="client-p256", lines=HTTP)
        views = server.views()
    both = [merged(views[0], one), merged(views[1], two)]
    assert both[1].resumed
    ctx.book.add(name, "pcap", "TLS 1.2 with nginx: the second connection resumes the session of the first by a ticket; nginx "
                 "logs the certificate of the original handshake for it too.", "family_resumed.py", ctx.names["openssl-client"],
                 server.name, ["first connection:", *views[0].quotes, "second connection:", *views[1].quotes],
                 [connection(both[0], 0), connection(both[1], 1, resumed_from_stream=0)])


def make(ctx):
    openssl_pair(ctx, "tls12-resumed-session-id", "pcapng", "TLS 1.2: a client certificate is presented, then a second connection "
                 "resumes that session by its session id.", ("-no_ticket",))
    openssl_pair(ctx, "tls12-resumed-ticket", "pcap", "TLS 1.2: a client certificate is presented, then a second connection "
                 "resumes that session by a session ticket.", ())
    openssl_pair(ctx, "tls12-resumed-after-declined", "pcap", "TLS 1.2: the client declines, then a second connection resumes "
                 "that session by a ticket.", (), certificate=None, ask="optional")
    openssl_pair(ctx, "tls12-resumed-after-not-requested", "pcap", "TLS 1.2: no certificate is requested, then a second connection "
                 "resumes that session by its session id.", ("-no_ticket",), certificate=None, ask=None)
    openssl_pair(ctx, "tls12-ticket-refused", "pcapng", "TLS 1.2: the server has been restarted and does not accept the ticket of "
                 "the first connection, so the second is a full handshake and the certificate is presented again.", (), restart=True)
    program_pair(ctx, "tls12-resumed-go", "pcap", "TLS 1.2 with Go on both sides: the second connection resumes by a ticket.", "go")
    program_pair(ctx, "tls12-resumed-java", "pcapng", "TLS 1.2 with Java on both sides: the second connection resumes.", "java")
    program_pair(ctx, "tls12-resumed-rustls", "pcap", "TLS 1.2 with rustls on both sides: the second connection resumes.", "rustls")
    nginx_pair(ctx)
