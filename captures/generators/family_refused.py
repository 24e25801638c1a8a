"""A certificate is presented in TLS 1.2 and the server refuses it, or takes it without verifying; and handshakes that
fail before the client could answer."""

from book import connection, merged, unanswered
from family_declined import record
from family_presented import HTTP, TLS12, openssl_both


def presented(ctx):
    s = ctx.stacks
    strict = ("-verify_return_error",)
    openssl_both(ctx, "tls12-refused-unknown-ca", "pcapng", "TLS 1.2, the certificate comes from a CA that the server does "
                 "not know: fatal alert unknown_ca.", "client-stranger", client=TLS12, server=strict, function="refused")
    openssl_both(ctx, "tls12-refused-expired", "pcap", "TLS 1.2, the presented certificate has expired: fatal alert "
                 "certificate_expired.", "client-expired", client=TLS12, server=strict, function="refused")
    openssl_both(ctx, "tls12-refused-missing-intermediate", "pcap", "TLS 1.2, the client sends its certificate without the "
                 "intermediate CA: fatal alert unknown_ca.", "client-intermediate", client=TLS12, server=strict, function="refused")
    openssl_both(ctx, "tls12-unverified-accepted", "pcap", "TLS 1.2, a certificate from an unknown CA is presented; the server "
                 "logs the verification error and goes on.", "client-stranger", client=TLS12, function="refused")
    text = "TLS 1.2, the certificate comes from a CA that the {} server does not know: fatal alert {}."
    for stack, label, alert in (("go", "Go", "bad_certificate"), ("java", "Java", "certificate_unknown"),
                                ("rustls", "rustls", "unknown_ca"), ("python", "Python", "unknown_ca")):
        record(ctx, f"tls12-refused-by-{stack}", "pcap", text.format(label, alert),
               s.program_server(stack, ask="require", certificate="server-p256"), "openssl-client",
               lambda: s.openssl_client(*TLS12, certificate="client-stranger"), made_by="family_refused.py")
    record(ctx, "tls12-refused-by-apache", "pcap", "TLS 1.2, the certificate comes from a CA that Apache httpd does not know.",
           s.apache_server("require", certificate="server-p256"), "openssl-client",
           lambda: s.openssl_client(certificate="client-stranger", lines=HTTP), made_by="family_refused.py")
    record(ctx, "tls12-nginx-http-400-unknown-ca", "pcapng", "TLS 1.2, nginx with ssl_verify_client on and a certificate from an "
           "unknown CA: the handshake completes, the request is refused with HTTP status 400 inside it.",
           s.nginx_server("on", certificate="server-p256"), "openssl-client",
           lambda: s.openssl_client(certificate="client-stranger", lines=HTTP), made_by="family_refused.py")
    record(ctx, "tls12-nginx-optional-no-ca", "pcap", "TLS 1.2, nginx with ssl_verify_client optional_no_ca takes a certificate "
           "from an unknown CA.", s.nginx_server("optional_no_ca", certificate="server-p256"), "openssl-client",
           lambda: s.openssl_client(certificate="client-stranger", lines=HTTP), made_by="family_refused.py")
    record(ctx, "tls12-apache-optional-no-ca", "pcap", "TLS 1.2, Apache httpd with SSLVerifyClient optional_no_ca takes a "
           "certificate from an unknown CA.", s.apache_server("optional_no_ca", certificate="server-p256"), "openssl-client",
           lambda: s.openssl_client(certificate="client-stranger", lines=HTTP), made_by="family_refused.py")


def wrong_key(ctx):
    """A Go client presents a copied certificate and signs with another key."""
    s = ctx.stacks
    for name, kind, certificate, key in (("tls12-copied-certificate", "pcap", "client-p256", "client-stranger"),
                                         ("tls12-copied-certificate-rsa", "pcapng", "client-rsa", "server-rsa")):
        with s.openssl_server(certificate="server-p256", ask="require") as server:
            with ctx.lab.recording(name, kind):
                client = s.program_client("go", "--foreign-key", ctx.certs.key(key), certificate=certificate)
            view = server.view()
        ctx.book.add(name, kind, "TLS 1.2, the client presents a certificate whose key it does not have: the CertificateVerify "
                     "is made with another key, and the server sends a fatal alert.", "family_refused.py", ctx.names["go"],
                     server.name, view.quotes, [connection(merged(view, client), possession="failed")])


def unfinished(ctx):
    s = ctx.stacks
    name = "tls12-client-rejects-server"
    with s.openssl_server(certificate="server-p256", ask="require") as server:
        with ctx.lab.recording(name, "pcap"):
            client = s.program_client("go", certificate="client-p256", ca="other-root")
        view = server.view()
    client.asked = client.chain = None  # Its callback is not reached: the request came, but the client had given up.
    ctx.book.add(name, "pcap", "TLS 1.2, the server asks; the client does not trust the server's certificate and ends the "
                 "handshake with a fatal alert before it answers the request.", "family_refused.py", ctx.names["go"],
                 server.name, view.quotes + client.quotes,
                 [connection(merged(view, client), **unanswered("ended_early", outcome="refused"))])
    openssl_both(ctx, "tls12-no-common-cipher-suite", "pcap", "TLS 1.2, the server finds no common cipher suite and answers the "
                 "ClientHello with a fatal alert.", "client-p256", client=(*TLS12, "-cipher", "AES128-SHA"),
                 function="refused", changes=unanswered("ended_early"))
    openssl_both(ctx, "tls12-version-refused", "pcapng", "The client offers TLS 1.2 only, the server wants TLS 1.3: fatal alert "
                 "protocol_version.", "client-p256", client=TLS12, server=("-tls1_3",), function="refused",
                 changes=unanswered("ended_early"))


def make(ctx):
    presented(ctx)
    wrong_key(ctx)
    unfinished(ctx)
