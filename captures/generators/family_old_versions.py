"""TLS 1.0 and TLS 1.1 (OpenSSL needs security level 0 for them)."""

from family_presented import openssl_both

LOW = ("-cipher", "DEFAULT@SECLEVEL=0")


def make(ctx):
    for version, flag in (("1.0", "-tls1"), ("1.1", "-tls1_1")):
        short = "tls" + version.replace(".", "")

        def case(suffix, kind, what, certificate, ask="require", server_certificate="server-rsa", server=(), client=()):
            openssl_both(ctx, f"{short}-{suffix}", kind, f"TLS {version}, {what}.", certificate, ask=ask,
                         server_certificate=server_certificate, server=(*LOW, flag, *server),
                         client=(*LOW, flag, *client), function="old_versions")

        case("client-certificate", "pcap", "certificate presented, RSA signature over MD5 and SHA-1", "client-rsa")
        case("client-certificate-ecdsa", "pcapng", "certificate presented, ECDSA signature over SHA-1", "client-p256",
             server_certificate="server-p256")
        case("declined", "pcap", "certificate requested and declined", None, ask="optional")
        case("not-requested", "pcapng", "certificate not requested", "client-p256", ask=None)
    openssl_both(ctx, "tls10-client-certificate-record-splitting", "pcap",
                 "TLS 1.0 with a CBC suite, certificate presented; the client sends an empty application data record first.",
                 "client-rsa", server_certificate="server-rsa", server=("-cipher", "AES128-SHA@SECLEVEL=0", "-tls1"),
                 client=("-cipher", "AES128-SHA@SECLEVEL=0", "-tls1"), function="old_versions")
