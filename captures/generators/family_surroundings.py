"""What stands around or beside the handshake: preambles, other record framing, several connections at once, DTLS."""

import struct
import threading

from book import connection, merged
from family_presented import HTTP, TLS12
from packets import ACK, SYN, read


def relayed(ctx, name, kind, scenario, mode, argument="", on="client", client_options=(), certificate="client-p256", nginx=False,
            ask="require", chain=False, made_by="family_surroundings.py"):
    """s_client through stacks/python/relay.py. The relay runs at the client, or, for what a server says first, at the server."""
    s = ctx.stacks
    relay = [s.python[0], ctx.stacks.relay]
    if on == "client":
        listen, target, port, address = "127.0.0.1:9443", "10.0.0.5:443", 443, "10.0.0.5"
    else:
        listen, target, port, address = "10.0.0.5:443", "127.0.0.1:9443", 9443, "127.0.0.1"
    if nginx:
        server = s.nginx_server("on", certificate="server-p256", listen="proxy_protocol")
    else:
        server = s.openssl_server(certificate="server-p256", ask=ask, port=port, address=address)
    with server:
        log = s.fresh("relay")
        child = ctx.lab.start(on, [*relay, listen, target, mode, argument], log, ready='"ready"')
        try:
            with ctx.lab.recording(name, kind):
                host = "127.0.0.1" if on == "client" else "10.0.0.5"
                client = s.openssl_client(*client_options, certificate=certificate, chain=chain, host=host,
                                          port=9443 if on == "client" else 443, lines=HTTP if nginx else ("hello",))
        finally:
            ctx.lab.stop(child)
        view = server.view()
    both = merged(view, client)
    ctx.book.add(name, kind, scenario, made_by, ctx.names["openssl-client"], server.name, both.quotes,
                 [connection(both)])


def preambles(ctx):
    addresses = bytes([203, 0, 113, 7, 192, 0, 2, 9]) + struct.pack(">HH", 51234, 443)
    signature = bytes.fromhex("0d0a0d0a000d0a515549540a")
    relayed(ctx, "proxy-protocol-v1", "pcap", "A PROXY protocol version 1 header, then TLS 1.2 to nginx; client certificate presented.",
            "prefix", b"PROXY TCP4 203.0.113.7 192.0.2.9 51234 443\r\n".hex(), nginx=True)
    link = b"\xee" + struct.pack(">H", 5) + b"\x01" + struct.pack("<I", 4711)
    body = addresses + link
    relayed(ctx, "proxy-protocol-v2", "pcapng", "A PROXY protocol version 2 header with a vendor TLV (0xEE, link identifier), then "
            "TLS 1.2 to nginx; client certificate presented.", "prefix",
            (signature + b"\x21\x11" + struct.pack(">H", len(body)) + body).hex(), nginx=True)
    relayed(ctx, "http-connect", "pcap", "An HTTP CONNECT request, then TLS 1.2; declined.", "http-connect", on="server",
            client_options=(*TLS12, "-proxy", "10.0.0.5:443"), certificate=None, ask="optional")
    relayed(ctx, "starttls-smtp", "pcap", "SMTP with STARTTLS, then TLS 1.2; client certificate presented.", "smtp", on="server",
            client_options=(*TLS12, "-starttls", "smtp"))
    relayed(ctx, "starttls-postgresql", "pcapng", "PostgreSQL's SSLRequest, then TLS 1.2; client certificate presented.", "postgresql",
            on="server", client_options=(*TLS12, "-starttls", "postgres"))


def framing(ctx):
    relayed(ctx, "tls12-empty-records", "pcap", "TLS 1.2: three handshake records of length 0 stand before every message of the client; "
            "the server accepts that; certificate presented.", "empty-records", client_options=TLS12)
    relayed(ctx, "tls12-tiny-records", "pcap", "TLS 1.2: the client's handshake messages, hello included, are cut into records of 32 "
            "bytes; certificate presented.", "tiny-records", client_options=TLS12)
    relayed(ctx, "tls12-joined-records", "pcapng", "TLS 1.2: the client's Certificate, ClientKeyExchange and CertificateVerify share "
            "one record; certificate presented.", "joined-records", client_options=TLS12)
    relayed(ctx, "tls12-joined-records-declined", "pcap", "TLS 1.2: the client's empty Certificate and ClientKeyExchange share one "
            "record; declined.", "joined-records", client_options=TLS12, certificate=None, ask="optional")


def at_once(ctx):
    """Three connections to nginx at the same time; nginx logs the client's port with each."""
    s = ctx.stacks
    name = "three-connections-at-once"
    cases = [("client-p256",), (None,), ("client-rsa",)]
    clients = {}
    with s.nginx_server("optional_no_ca", certificate="server-p256") as server:
        with ctx.lab.recording(name, "pcap"):
            def run(index, certificate):
                clients[index] = s.openssl_client(*TLS12, certificate=certificate, lines=HTTP, pause=0.4)
            threads = [threading.Thread(target=run, args=(i, c[0])) for i, c in enumerate(cases)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
        views = {view.port: view for view in server.views()}
    packets = read(ctx.captures / f"{name}.pcap")
    ports = [p.ports[0] for p in packets if p.flags & (SYN | ACK) == SYN]
    connections, quotes = [], []
    for stream, port in enumerate(ports):
        view = views[port]
        client = next(c for c in clients.values() if (c.chain or []) == (view.chain or []))
        connections.append(connection(merged(view, client), stream))
        quotes += view.quotes
    ctx.book.add(name, "pcap", "Three TLS 1.2 connections at the same time, their packets interleaved: two certificates and one "
                 "declined.", "family_surroundings.py", ctx.names["openssl-client"], server.name, quotes, connections)


def dtls(ctx):
    s = ctx.stacks

    def case(name, kind, scenario, certificate, ask, mtu=None, options=("-dtls1_2",), key_log=False):
        more = ("-mtu", str(mtu)) if mtu else ()
        with s.openssl_server(*options, *more, certificate="server-p256", ask=ask) as server:
            with ctx.lab.recording(name, kind, filter="udp port 443"):
                client = s.openssl_client(*options, *more, certificate=certificate)
            view = server.view()
        # OpenSSL logs a message that it sends in fragments with fragment headers inside it: only the receiver's log is right.
        client.chain = None
        both = merged(view, client)
        ctx.book.add(name, kind, scenario, "family_surroundings.py", ctx.names["openssl-client"], ctx.names["openssl-server"],
                     view.quotes, [{**connection(both), "transport": "udp"}])

    case("dtls12-client-certificate", "pcapng", "DTLS 1.2 (UDP): client certificate presented; `stream` counts UDP conversations.",
         "client-p256", "require")
    case("dtls12-client-certificate-fragmented", "pcap", "DTLS 1.2 (UDP) with an MTU of 512 bytes: handshake messages in several "
         "fragments, client certificate presented.", "client-rsa", "require", mtu=512)
    case("dtls12-declined", "pcap", "DTLS 1.2 (UDP): requested and declined.", None, "optional")
    case("dtls12-not-requested", "pcap", "DTLS 1.2 (UDP): not requested.", "client-p256", None)


def make(ctx):
    preambles(ctx)
    framing(ctx)
    at_once(ctx)
    dtls(ctx)
