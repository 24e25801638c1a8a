"""Renegotiation in TLS 1.2 and older: the second handshake is encrypted, and it is the one that asks."""

import threading

from book import connection, merged
from family_presented import TLS12

PAGE = "GET /{} HTTP/1.1\r\nHost: backend.example\r\nConnection: close\r\n\r"
UNKNOWN = {"outcome": "unknown", "alternatives": {"outcome": ["completed"]}}


def apache(ctx):
    s = ctx.stacks
    location = "<Location /private.html>\n    SSLVerifyClient {}\n    SSLVerifyDepth 5\n  </Location>"

    def case(name, kind, scenario, verify, certificate, cipher, page="private.html", renegotiated=True, changes=None):
        keys = s.fresh("keys")
        with s.apache_server("none", certificate="server-p256", location=location.format(verify)) as server:
            with ctx.lab.recording(name, kind):
                client = s.openssl_client("-tls1_2", "-cipher", cipher, certificate=certificate, keylog=keys,
                                          lines=(PAGE.format(page),), pause=0.5)
            view = server.view()
        view.asked = None
        if view.chain is None and certificate is None and renegotiated:
            view.chain = []
        both = merged(view, client)
        assert both.handshakes == (2 if renegotiated else 1), both.handshakes
        entry = connection(both, renegotiated=renegotiated, **(UNKNOWN if renegotiated else {}), **(changes or {}))
        ctx.book.add(name, kind, scenario, "family_renegotiation.py", ctx.names["openssl-client"], server.name, both.quotes,
                     [entry], keylog=keys)

    case("tls12-renegotiation-apache", "pcapng", "TLS 1.2: Apache httpd asks for a client certificate for one location only, in an "
         "encrypted renegotiation after the request; the certificate is presented.", "require", "client-rsa",
         "ECDHE-ECDSA-AES128-GCM-SHA256")
    case("tls12-renegotiation-apache-cbc", "pcap", "TLS 1.2 with a CBC suite: Apache httpd asks for one location in an encrypted "
         "renegotiation; the certificate is presented.", "require", "client-p256", "ECDHE-ECDSA-AES256-SHA384")
    case("tls12-renegotiation-apache-declined", "pcap", "TLS 1.2: Apache httpd asks for one location in an encrypted renegotiation; "
         "the client declines.", "optional", None, "ECDHE-ECDSA-AES128-GCM-SHA256")
    case("tls12-renegotiation-apache-other-location", "pcap", "TLS 1.2: the same Apache httpd, but a location that needs no client "
         "certificate: no renegotiation.", "require", "client-rsa", "ECDHE-ECDSA-AES128-GCM-SHA256", page="index.html",
         renegotiated=False)


def openssl(ctx):
    s = ctx.stacks

    def case(name, kind, scenario, server_options=(), client_options=TLS12, certificate="client-p256", ask=None,
             server_command="R", client_command=None, more_commands=(), certificate_of_server="server-p256", decide=None, handshakes=2):
        keys = s.fresh("keys")
        with s.openssl_server("-CAfile", ctx.certs.certificate("root"), *server_options, certificate=certificate_of_server,
                              ask=ask) as server:
            act = (lambda: server.command(server_command)) if server_command else client_command
            with ctx.lab.recording(name, kind):
                client = s.openssl_client(*client_options, certificate=certificate, keylog=keys,
                                          lines=("hello", act, "still here",
                                                 *[part for command in more_commands
                                                   for part in ((lambda command=command: server.command(command)), "and here")]),
                                          pause=0.5)
            view = server.view()
        both = merged(view, client)
        assert both.handshakes == handshakes, (name, both.handshakes)
        entry = decide(both) if decide else connection(both, renegotiated=True, **UNKNOWN)
        ctx.book.add(name, kind, scenario, "family_renegotiation.py", ctx.names["openssl-client"], ctx.names["openssl-server"],
                     view.quotes, [entry], keylog=keys)

    full = ("-no_resumption_on_reneg",)
    case("tls12-renegotiation", "pcap", "TLS 1.2: the server did not ask at first, then asks in a full encrypted renegotiation; the "
         "certificate is presented.", full)
    case("tls12-renegotiation-declined", "pcapng", "TLS 1.2: the server asks in a full encrypted renegotiation; the client declines.",
         full, certificate=None)
    case("tls12-renegotiation-refused", "pcap", "TLS 1.2: the server asks in an encrypted renegotiation and refuses the presented "
         "certificate of an unknown CA.", (*full, "-verify_return_error"), certificate="client-stranger")

    def nothing_asked(view):
        """No handshake asked: with keys, the value is that of the first."""
        return connection(view, renegotiated=True, **UNKNOWN)

    case("tls12-renegotiation-abbreviated", "pcap", "TLS 1.2: the server wants to ask in a renegotiation, but the renegotiation "
         "resumes the session, so that nothing is asked and nothing is presented.", decide=nothing_asked)

    def clear_and_encrypted(view):
        """The first handshake asked and was answered in clear text: that answer is known without keys."""
        entry = connection(view, renegotiated=True)
        clear = connection(view)
        return {**clear, "with_keys": entry["with_keys"]}

    case("tls12-renegotiation-after-presented", "pcap", "TLS 1.2: the certificate is presented in the first handshake in clear text; "
         "the client then starts a full encrypted renegotiation, in which the server does not ask again.", ("-client_renegotiation", *full),
         ask="require", server_command=None, client_command="R", decide=clear_and_encrypted)
    case("tls12-renegotiation-by-client", "pcapng", "TLS 1.2: the client starts an encrypted renegotiation; the server asks in "
         "neither handshake.", ("-client_renegotiation", *full), server_command=None, client_command="R", decide=nothing_asked)
    for version, flag in (("1.0", "-tls1"), ("1.1", "-tls1_1")):
        low = ("-cipher", "DEFAULT@SECLEVEL=0", flag)
        case(f"tls{version.replace('.', '')}-renegotiation", "pcap", f"TLS {version}: the server asks in a full encrypted "
             "renegotiation; the certificate is presented.", (*full, *low), low, certificate="client-rsa",
             certificate_of_server="server-rsa")
    case("tls12-renegotiation-chacha20", "pcap", "TLS 1.2 with ChaCha20-Poly1305: the server asks in a full encrypted renegotiation; "
         "the certificate is presented.", full, (*TLS12, "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"))
    case("tls12-renegotiation-several", "pcap", "TLS 1.2: three full encrypted renegotiations in a row; the server asks in the second "
         "only, and the certificate is presented.", full, server_command="r", more_commands=("R", "r"), handshakes=4)
    case("tls12-renegotiation-rsa-key-exchange", "pcap", "TLS 1.2 with RSA key exchange, CBC and without encrypt-then-MAC or extended "
         "master secret where the stacks allow; the server asks in a full encrypted renegotiation.", full,
         (*TLS12, "-cipher", "AES128-SHA256"), certificate_of_server="server-rsa")


def go_client(ctx):
    """Go does not renegotiate unless told so: it answers HelloRequest with an alert and closes."""
    s = ctx.stacks
    name, keys = "tls12-renegotiation-not-supported", s.fresh("keys")
    with s.openssl_server("-CAfile", ctx.certs.certificate("root"), "-no_resumption_on_reneg", certificate="server-p256",
                          keylog=keys) as server:
        with ctx.lab.recording(name, "pcap"):
            timer = threading.Timer(0.6, lambda: server.command("R"))
            timer.start()
            client = s.program_client("go", certificate="client-p256")
        view = server.view()
    both = merged(view, without_callback(client))
    entry = connection(both, renegotiated=True, **UNKNOWN)
    entry["handshakes"] = 1
    entry["with_keys"]["outcome"] = "completed"  # The handshake was; what followed was not one.
    entry["alternatives"]["handshakes"] = [2]
    ctx.book.add(name, "pcap", "TLS 1.2: the server sends an encrypted HelloRequest to ask for a certificate; the client does not "
                 "renegotiate and ends the connection with an encrypted alert.", "family_renegotiation.py", ctx.names["go"],
                 server.name, [*view.quotes, *client.quotes], [entry], keylog=keys)


def without_callback(view):
    """Go's callback is not reached in a handshake that it does not take part in."""
    view.asked = view.chain = None
    return view


def make(ctx):
    apache(ctx)
    openssl(ctx)
    go_client(ctx)
