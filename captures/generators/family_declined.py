"""TLS 1.2: asked and declined, declined where a certificate is required, and not asked at all."""

from book import connection, merged
from family_presented import HTTP, TLS12, openssl_both

GNUTLS12 = "NORMAL:-VERS-ALL:+VERS-TLS1.2"


def record(ctx, name, kind, scenario, server, client_name, run_client, changes=None, made_by="family_declined.py"):
    with server:
        with ctx.lab.recording(name, kind):
            client = run_client()
        view = server.view()
    both = merged(view, client)
    ctx.book.add(name, kind, scenario, made_by, ctx.names[client_name], server.name, both.quotes,
                 [connection(both, **(changes or {}))])
    return both


def declined(ctx):
    s = ctx.stacks
    openssl_both(ctx, "tls12-declined", "pcap", "TLS 1.2, the server asks, the client sends an empty Certificate message "
                 "and the server goes on.", None, client=TLS12, ask="optional", function="declined")
    openssl_both(ctx, "tls12-declined-small-segments", "pcap", "TLS 1.2 over a link with an MTU of 296 bytes, certificate "
                 "requested and declined.", None, client=TLS12, ask="optional", function="declined", mtu=296)
    programs = {"go": "Go", "node": "Node.js", "java": "Java", "rustls": "rustls", "python": "Python"}
    for stack, kind in (("go", "pcap"), ("java", "pcapng"), ("rustls", "pcap"), ("python", "pcap")):
        record(ctx, f"tls12-declined-{stack}", kind, f"TLS 1.2, certificate requested and declined: {programs[stack]} on both sides.",
               s.program_server(stack, ask="optional", certificate="server-p256"), stack,
               lambda: s.program_client(stack))
    record(ctx, "tls12-declined-node", "pcapng", "TLS 1.2, certificate requested and declined: Node.js client and server.",
           s.program_server("node", ask="optional", certificate="server-p256"), "node", lambda: s.program_client("node"))
    record(ctx, "tls12-declined-gnutls", "pcap", "TLS 1.2, certificate requested and declined: GnuTLS on both sides.",
           s.gnutls_server(ask="optional", certificate="server-p256", priority=GNUTLS12), "gnutls-client",
           lambda: s.gnutls_client(priority=GNUTLS12))


def declined_and_refused(ctx):
    s = ctx.stacks
    openssl_both(ctx, "tls12-declined-refused", "pcapng", "TLS 1.2, the server requires a certificate, the client declines; "
                 "the server ends the handshake with a fatal alert in clear text.", None, client=TLS12,
                 function="declined")
    for stack, label in (("go", "Go"), ("java", "Java"), ("rustls", "rustls")):
        record(ctx, f"tls12-declined-refused-{stack}", "pcap", f"TLS 1.2, a {label} server requires a certificate, the client "
               "declines and is refused.", s.program_server(stack, ask="require", certificate="server-p256"),
               "openssl-client", lambda: s.openssl_client(*TLS12))
    record(ctx, "tls12-declined-refused-gnutls", "pcap", "TLS 1.2, a GnuTLS server requires a certificate, the client "
           "declines and is refused.", s.gnutls_server(ask="require", certificate="server-p256", priority=GNUTLS12),
           "openssl-client", lambda: s.openssl_client(*TLS12))
    record(ctx, "tls12-declined-nginx-http-400", "pcap", "TLS 1.2, nginx with ssl_verify_client on: the handshake completes "
           "without a certificate, and the request is refused with HTTP status 400 inside it.",
           s.nginx_server("on", certificate="server-p256"), "openssl-client",
           lambda: s.openssl_client(lines=HTTP))


def not_requested(ctx):
    s = ctx.stacks
    openssl_both(ctx, "tls12-not-requested", "pcapng", "TLS 1.2, the server does not ask; the client has a certificate "
                 "configured all the same. The server issues a session ticket.", "client-p256", client=TLS12, ask=None,
                 function="declined")
    openssl_both(ctx, "tls12-not-requested-no-ticket", "pcap", "TLS 1.2, the server does not ask and issues no session ticket.",
                 None, client=TLS12, server=("-no_ticket",), ask=None, function="declined")
    openssl_both(ctx, "tls12-not-requested-small-segments", "pcap", "TLS 1.2 over a link with an MTU of 296 bytes, "
                 "certificate not requested.", None, client=TLS12, server=("-no_ticket",), ask=None, function="declined", mtu=296)
    openssl_both(ctx, "tls12-not-requested-rsa-key-exchange", "pcap", "TLS 1.2 with RSA key exchange, certificate not requested.",
                 None, client=(*TLS12, "-cipher", "AES256-GCM-SHA384"), server_certificate="server-rsa", ask=None,
                 function="declined")
    response = ctx.certs.ocsp_response("server-p256")
    openssl_both(ctx, "tls12-not-requested-ocsp-stapling", "pcapng", "TLS 1.2, certificate not requested; the server's flight "
                 "holds a CertificateStatus message.", None, client=(*TLS12, "-status"),
                 server=("-status_file", response), ask=None, function="declined")
    openssl_both(ctx, "tls12-presented-ocsp-stapling", "pcap", "TLS 1.2, certificate presented; the server's flight holds "
                 "CertificateStatus between Certificate and ServerKeyExchange.", "client-p256", client=(*TLS12, "-status"),
                 server=("-status_file", response), function="declined")
    openssl_both(ctx, "tls12-anonymous", "pcap", "TLS 1.2 with an anonymous Diffie-Hellman suite: no certificates on either side.",
                 None, client=(*TLS12, "-cipher", "ADH-AES128-GCM-SHA256:@SECLEVEL=0"),
                 server=("-cipher", "ADH-AES128-GCM-SHA256:@SECLEVEL=0"), server_certificate=None, ask=None,
                 function="declined")
    psk = ("-psk_identity", "witness", "-psk", "00112233445566778899aabbccddeeff")
    openssl_both(ctx, "tls12-psk", "pcap", "TLS 1.2 with a pre-shared key suite: no certificates on either side, and not a "
                 "resumption.", None, client=(*TLS12, "-cipher", "PSK-AES128-GCM-SHA256", *psk),
                 server=("-cipher", "PSK-AES128-GCM-SHA256", *psk), server_certificate=None, ask=None, function="declined")
    openssl_both(ctx, "tls12-dhe-psk", "pcap", "TLS 1.2 with a DHE-PSK suite: a ServerKeyExchange, but no certificates.",
                 None, client=(*TLS12, "-cipher", "DHE-PSK-AES128-GCM-SHA256", *psk),
                 server=("-cipher", "DHE-PSK-AES128-GCM-SHA256", *psk), server_certificate=None, ask=None, function="declined")
    openssl_both(ctx, "tls12-next-protocol-negotiation", "pcap", "TLS 1.2, certificate presented, with the old next protocol "
                 "negotiation extension: an extra encrypted handshake message before the client's Finished.", "client-p256",
                 client=(*TLS12, "-nextprotoneg", "http/1.1"), server=("-nextprotoneg", "http/1.1"), function="declined")
    for stack, label in (("go", "Go"), ("java", "Java"), ("node", "Node.js"), ("rustls", "rustls")):
        record(ctx, f"tls12-not-requested-{stack}", "pcap", f"TLS 1.2, certificate not requested: {label} on both sides.",
               s.program_server(stack, ask="none", certificate="server-p256"), stack,
               lambda: s.program_client(stack, certificate="client-p256"))
    record(ctx, "tls12-not-requested-apache", "pcap", "TLS 1.2, certificate not requested: Apache httpd.",
           s.apache_server("none", certificate="server-p256"), "openssl-client",
           lambda: s.openssl_client(lines=HTTP, certificate="client-p256"))
    record(ctx, "tls12-not-requested-gnutls", "pcapng", "TLS 1.2, certificate not requested: GnuTLS on both sides.",
           s.gnutls_server(ask="none", certificate="server-p256", priority=GNUTLS12), "gnutls-client",
           lambda: s.gnutls_client(certificate="client-p256", priority=GNUTLS12))


def make(ctx):
    declined(ctx)
    declined_and_refused(ctx)
    not_requested(ctx)
