"""TLS 1.2, a client certificate is presented and accepted: key kinds, chains, key exchanges, stacks."""

from book import connection, merged

HTTP = ("GET / HTTP/1.1\r\nHost: backend.example\r\nConnection: close\r\n\r",)
TLS12 = ("-tls1_2",)


def openssl_both(ctx, name, kind, scenario, certificate, server=(), client=(), server_certificate="server-p256",
                 ask="require", chain=False, function="presented", mtu=None, changes=None, **more):
    """A scenario with s_server and s_client; the s_server sees and logs every message."""
    if mtu:
        ctx.lab.mtu(mtu)
    with ctx.stacks.openssl_server(*server, certificate=server_certificate, ask=ask) as s:
        with ctx.lab.recording(name, kind):
            c = ctx.stacks.openssl_client(*client, certificate=certificate, chain=chain, **more)
        view = s.view()
    if mtu:
        ctx.lab.mtu(1500)
    both = merged(view, c)
    ctx.book.add(name, kind, scenario, f"family_{function}.py", ctx.names["openssl-client"], ctx.names["openssl-server"],
                 view.quotes, [connection(both, **(changes or {}))])
    return both


def key_kinds(ctx):
    def case(name, kind, what, certificate, *client_sigalgs, groups=None, changes=None):
        server = ("-client_sigalgs", ":".join(client_sigalgs)) if client_sigalgs else ()
        server += ("-groups", groups) if groups else ()
        openssl_both(ctx, name, kind, f"TLS 1.2, the client presents a certificate with {what}.", certificate,
                     server=server, client=TLS12 + (("-groups", groups) if groups else ()), changes=changes)

    case("tls12-client-certificate", "pcapng", "an RSA 2048 key and signs with RSA PKCS#1 v1.5 and SHA-256",
         "client-rsa", "RSA+SHA256")
    case("tls12-client-certificate-rsa-pss-signature", "pcap", "an ordinary RSA key and signs with RSA-PSS "
         "(rsa_pss_rsae_sha256)", "client-rsa", "rsa_pss_rsae_sha256")
    case("tls12-client-certificate-rsa-pss-key", "pcap", "an RSASSA-PSS key (rsa_pss_pss_sha256)",
         "client-rsa-pss", "rsa_pss_pss_sha256")
    case("tls12-client-certificate-p256", "pcap", "an ECDSA P-256 key", "client-p256")
    case("tls12-client-certificate-p384", "pcapng", "an ECDSA P-384 key", "client-p384", "ECDSA+SHA384")
    case("tls12-client-certificate-p521", "pcap", "an ECDSA P-521 key", "client-p521", "ECDSA+SHA512")
    case("tls12-client-certificate-ed25519", "pcap", "an Ed25519 key", "client-ed25519")
    case("tls12-client-certificate-ed448", "pcapng", "an Ed448 key", "client-ed448",
         changes={"alternatives": {"possession": ["not_checkable"]}})
    case("tls12-client-certificate-brainpool-p256", "pcap", "a brainpoolP256r1 key", "client-brainpool-p256",
         groups="brainpoolP256r1:P-256")
    case("tls12-client-certificate-brainpool-p384", "pcapng", "a brainpoolP384r1 key", "client-brainpool-p384",
         groups="brainpoolP384r1:P-256")


def chains(ctx):
    openssl_both(ctx, "tls12-client-chain", "pcapng", "TLS 1.2, the client presents its certificate and one intermediate CA.",
                 "client-intermediate", client=TLS12, chain=True)
    openssl_both(ctx, "tls12-client-chain-leaf-twice", "pcap", "TLS 1.2, a chain file that repeats the leaf: the Certificate "
                 "message holds the leaf, the leaf again, and the intermediate CA.", "client-intermediate", client=TLS12,
                 chain=ctx.certs.chain("client-intermediate"))
    openssl_both(ctx, "tls12-client-chain-many-records", "pcap",
                 "TLS 1.2, a chain of four certificates (about 21 kB) that needs two TLS records and many TCP segments.",
                 "client-long-chain", client=TLS12, chain=True)
    openssl_both(ctx, "tls12-client-chain-small-records", "pcap",
                 "TLS 1.2, the client sends records of at most 512 bytes: its Certificate message spans several records.",
                 "client-intermediate", client=(*TLS12, "-max_send_frag", "512"), chain=True)
    openssl_both(ctx, "tls12-client-chain-small-segments", "pcap",
                 "TLS 1.2 over a link with an MTU of 296 bytes: every handshake message spans several TCP segments.",
                 "client-intermediate", client=TLS12, chain=True, mtu=296)


def key_exchanges(ctx):
    def case(name, kind, scenario, cipher, certificate="client-p256", server=()):
        openssl_both(ctx, name, kind, scenario, certificate, server_certificate="server-rsa",
                     client=(*TLS12, "-cipher", cipher), server=server)

    case("tls12-client-certificate-cbc", "pcap", "TLS 1.2 with a CBC cipher suite, client certificate presented.",
         "ECDHE-RSA-AES128-SHA256")
    case("tls12-client-certificate-rsa-key-exchange", "pcapng", "TLS 1.2 with RSA key exchange, so without a "
         "ServerKeyExchange; client certificate presented.", "AES128-GCM-SHA256")
    case("tls12-client-certificate-dhe", "pcap", "TLS 1.2 with finite-field Diffie-Hellman, client certificate presented.",
         "DHE-RSA-AES128-GCM-SHA256")
    case("tls12-client-certificate-chacha20", "pcap", "TLS 1.2 with ChaCha20-Poly1305, client certificate presented.",
         "ECDHE-RSA-CHACHA20-POLY1305")


def stacks(ctx):
    s, lab = ctx.stacks, ctx.lab

    def record(name, kind, scenario, server, client_name, run_client):
        with server:
            with lab.recording(name, kind):
                client = run_client()
            view = server.view()
        both = merged(view, client)
        ctx.book.add(name, kind, scenario, "family_presented.py", ctx.names[client_name], server.name,
                     both.quotes, [connection(both)])

    text = "TLS 1.2, client certificate presented: {}."
    record("tls12-client-certificate-nginx", "pcapng", text.format("nginx with ssl_verify_client on"),
           s.nginx_server("on", certificate="server-p256"), "openssl-client",
           lambda: s.openssl_client(certificate="client-rsa", lines=HTTP))
    record("tls12-client-certificate-apache", "pcap", text.format("Apache httpd with SSLVerifyClient require"),
           s.apache_server("require", certificate="server-p256"), "openssl-client",
           lambda: s.openssl_client(certificate="client-rsa", lines=HTTP))
    record("tls12-client-certificate-go", "pcap", text.format("Go on both sides"),
           s.program_server("go", ask="require", certificate="server-p256"), "go",
           lambda: s.program_client("go", certificate="client-intermediate"))
    record("tls12-client-certificate-java", "pcapng", text.format("Java on both sides"),
           s.program_server("java", ask="require", certificate="server-p256"), "java",
           lambda: s.program_client("java", certificate="client-rsa"))
    record("tls12-client-certificate-rustls", "pcap", text.format("rustls on both sides"),
           s.program_server("rustls", ask="require", certificate="server-p256"), "rustls",
           lambda: s.program_client("rustls", certificate="client-p384"))
    record("tls12-client-certificate-python", "pcap", text.format("Python on both sides"),
           s.program_server("python", ask="require", certificate="server-p256"), "python",
           lambda: s.program_client("python", certificate="client-rsa"))
    record("tls12-client-certificate-node", "pcap", text.format("Node.js as the server"),
           s.program_server("node", ask="require", certificate="server-p256"), "openssl-client",
           lambda: s.openssl_client(*TLS12, certificate="client-rsa"))
    record("tls12-client-certificate-gnutls", "pcap", text.format("GnuTLS on both sides"),
           s.gnutls_server(ask="require", certificate="server-p256", priority="NORMAL:-VERS-ALL:+VERS-TLS1.2"),
           "gnutls-client",
           lambda: s.gnutls_client(certificate="client-intermediate", priority="NORMAL:-VERS-ALL:+VERS-TLS1.2"))


def make(ctx):
    key_kinds(ctx)
    chains(ctx)
    key_exchanges(ctx)
    stacks(ctx)
