"""What keeps connections apart, and what does not: ports used again, VLANs, overlays, address translation; and connections that
the recording shows late or through much else."""

import time
from contextlib import ExitStack, contextmanager

from book import connection, merged, obscured
from family_presented import TLS12
from family_surroundings import relayed
from lab import sh
from packets import Conversation, read

MADE_BY = "family_places.py"
PORT = "45678"


def same_port(ctx):
    """Two sockets bound to the same port, one after the other: presented, then declined."""
    s = ctx.stacks
    bound = (*TLS12, "-bind", f"10.0.0.4:{PORT}")

    def reset(side):
        return lambda: ctx.lab.run(side, ["ss", "-K", "state", "established", f"( sport = :{PORT} or dport = :{PORT} )"])

    def case(name, kind, scenario, lines, certificates=("client-p256", None), options=bound):
        connections, quotes = [], []
        with s.openssl_server(certificate="server-p256", ask="optional") as server:
            with ctx.lab.recording(name, kind):
                for stream, certificate in enumerate(certificates):
                    client = s.openssl_client(*options, certificate=certificate, lines=lines if stream == 0 else ("hello",))
                    view = server.view()
                    connections.append(connection(merged(view, client), stream))
                    quotes += view.quotes
                    # A port in TIME-WAIT is free again for a SYN with a later timestamp, which counts seconds (RFC 6191).
                    time.sleep(1.5)
        ctx.book.add(name, kind, scenario, MADE_BY, ctx.names["openssl-client"], ctx.names["openssl-server"], quotes, connections)

    sh("ip", "netns", "exec", ctx.lab.client_ns, "sysctl", "-w", "net.ipv4.tcp_tw_reuse=1")
    case("tls12-same-port-after-fin", "pcap", "Two sockets bound to the same client port, one after the other, the first one closed by "
         "the client: the second one's first sequence number is 65537 above the last one of the first, as a port in TIME-WAIT is used "
         "again; presented, then declined.", ("hello",))
    case("tls12-same-port-after-reset-by-client", "pcap", "Two sockets bound to the same client port, one after the other, the first one "
         "reset by the client: presented, then declined.", ("hello", reset("client")))
    case("tls12-same-port-after-reset-by-server", "pcapng", "Two sockets bound to the same client port, one after the other, the first one "
         "reset by the server: presented, then declined.", ("hello", reset("server")))


@contextmanager
def namespaces(ctx, *devices):
    """A namespace at each end of the lab's link, always with the same addresses; `devices` are the `ip` commands that make the
    device "inner" in the client's or the server's namespace."""
    names = []
    with ExitStack() as stack:
        for side, own, peer, last in (("client", "10.0.0.4", "10.0.0.5", 4), ("server", "10.0.0.5", "10.0.0.4", 5)):
            base = ctx.lab.client_ns if side == "client" else ctx.lab.server_ns
            namespace = f"{base}-{len(ctx.lab.inner)}"
            ctx.lab.inner.append(namespace)
            sh("ip", "netns", "add", namespace)
            stack.callback(sh, "ip", "netns", "del", namespace, check=False)
            sh("ip", "-n", base, "link", "add", *(word.format(own=own, peer=peer) for word in devices))
            sh("ip", "-n", base, "link", "set", "inner", "address", f"02:00:00:00:01:0{last}")
            sh("ip", "-n", base, "link", "set", "inner", "netns", namespace)
            for command in (("addr", "add", f"192.0.2.{last}/24", "dev", "inner"), ("link", "set", "lo", "up"), ("link", "set", "inner", "up")):
                sh("ip", "-n", namespace, *command)
            sh("ip", "netns", "exec", namespace, "ethtool", "-K", "inner", "tx", "off", "gro", "off", "tso", "off", "gso", "off", check=False)
            names.append(namespace)
        yield names


def two_vlans(ctx):
    """The same addresses and ports in two VLANs at the same time."""
    s, lab, name = ctx.stacks, ctx.lab, "tls12-two-vlans-same-addresses"
    bound = (*TLS12, "-bind", f"192.0.2.4:{PORT}")
    tagger = ctx.stacks.relay.with_name("tagger.py")
    with namespaces(ctx, "port11", "type", "veth", "peer", "name", "inner") as (client_one, server_one), \
            namespaces(ctx, "port12", "type", "veth", "peer", "name", "inner") as (client_two, server_two):
        switches = []
        for side, namespace in (("client", lab.client_ns), ("server", lab.server_ns)):
            for port in ("port11", "port12"):
                sh("ip", "-n", namespace, "link", "set", port, "up")
            switches.append(lab.start(side, [s.python[0], tagger, "eth0", "port11=11", "port12=12"], s.fresh("tagger"), ready='"ready"'))
        with s.openssl_server(certificate="server-p256", ask="optional", side=server_one) as first_server, \
                s.openssl_server(certificate="server-p256", ask="optional", side=server_two) as second_server:
            views = []

            def meanwhile():
                client = s.openssl_client(*bound, certificate=None, host="192.0.2.5", side=client_two)
                views.append((second_server.view(), client))

            with lab.recording(name, "pcap", filter="vlan and tcp port 443"):
                client = s.openssl_client(*bound, certificate="client-p256", host="192.0.2.5", side=client_one,
                                          lines=("hello", meanwhile, "still here"))
            views.insert(0, (first_server.view(), client))
        for switch in switches:
            lab.stop(switch)
    connections = [connection(merged(view, client), stream) for stream, (view, client) in enumerate(views)]
    quotes = [quote for view, _ in views for quote in view.quotes]
    ctx.book.add(name, "pcap", "Two VLANs with the same addresses, and in both a connection between the same ports, the second one while "
                 "the first is open: presented in VLAN 11, declined in VLAN 12.", MADE_BY, ctx.names["openssl-client"],
                 ctx.names["openssl-server"], quotes, connections)


def vxlan(ctx):
    """Linux took port 8472 for VXLAN before it had a number, and Flannel and Cilium still do."""
    s = ctx.stacks

    def case(name, kind, scenario, certificate):
        device = ("inner", "type", "vxlan", "id", "42", "local", "{own}", "remote", "{peer}", "dev", "eth0", "dstport", "8472")
        with namespaces(ctx, *device) as (client_ns, server_ns):
            with s.openssl_server(certificate="server-p256", ask="optional", side=server_ns) as server:
                with ctx.lab.recording(name, kind, filter="udp port 8472"):
                    client = s.openssl_client(*TLS12, certificate=certificate, host="192.0.2.5", side=client_ns)
                view = server.view()
        ctx.book.add(name, kind, scenario, MADE_BY, ctx.names["openssl-client"], ctx.names["openssl-server"], view.quotes,
                     [{**connection(merged(view, client)), "stream": None}])

    case("tls12-vxlan-8472", "pcap", "VXLAN on UDP port 8472, as Flannel and Cilium use it; certificate presented. Wireshark does not "
         "take that port for VXLAN, so the connection has no number there.", "client-p256")
    case("tls12-vxlan-8472-declined", "pcapng", "VXLAN on UDP port 8472, as Flannel and Cilium use it; declined.", None)


def translated(ctx):
    """A container behind address translation, recorded on all interfaces of its host."""
    s, lab = ctx.stacks, ctx.lab
    container = f"{lab.server_ns}-container"

    def case(name, kind, scenario, certificate):
        with s.openssl_server(certificate="server-p256", ask="optional", side=container) as server:
            with lab.recording(name, kind, interface="any", options=("-B", "16" if kind == "pcapng" else "16384")):
                client = s.openssl_client(*TLS12, certificate=certificate, host="10.0.0.5")
            view = server.view()
        both = merged(view, client)
        ctx.book.add(name, kind, scenario, MADE_BY, ctx.names["openssl-client"], ctx.names["openssl-server"], view.quotes,
                     [connection(both), connection(both, 1), replies(both, 2)])

    def replies(both, stream):
        """The kernel undoes its own translation first: at the bridge, replies go to the client itself, and nothing of it is seen."""
        return connection(both, stream, **obscured("one_direction"), server_name=None, outcome="unknown",
                          alternatives={"outcome": ["completed"]})

    with ExitStack() as stack:
        sh("ip", "netns", "add", container)
        stack.callback(sh, "ip", "netns", "del", container, check=False)
        host = ("ip", "-n", lab.server_ns)
        sh(*host, "link", "add", "bridge0", "type", "bridge")
        stack.callback(sh, *host, "link", "del", "bridge0", check=False)
        sh(*host, "link", "add", "port0", "type", "veth", "peer", "name", "eth0", "netns", container)
        sh(*host, "link", "set", "port0", "master", "bridge0")
        sh(*host, "addr", "add", "172.17.0.1/16", "dev", "bridge0")
        for device in ("bridge0", "port0"):
            sh(*host, "link", "set", device, "up")
        for command in (("addr", "add", "172.17.0.2/16", "dev", "eth0"), ("link", "set", "lo", "up"), ("link", "set", "eth0", "up"),
                        ("route", "add", "default", "via", "172.17.0.1")):
            sh("ip", "-n", container, *command)
        for namespace, device in ((lab.server_ns, "port0"), (container, "eth0")):
            sh("ip", "netns", "exec", namespace, "ethtool", "-K", device, "tx", "off", "gro", "off", "tso", "off", "gso", "off", check=False)
        inside = ("ip", "netns", "exec", lab.server_ns)
        sh(*inside, "sysctl", "-w", "net.ipv4.ip_forward=1")
        rules = ("add table ip translation", "add chain ip translation before { type nat hook prerouting priority -100; }",
                 "add chain ip translation behind { type nat hook postrouting priority 100; }",
                 "add rule ip translation before iifname eth0 tcp dport 443 dnat to 172.17.0.2:443",
                 "add rule ip translation behind oifname bridge0 masquerade")
        stack.callback(sh, *inside, "nft", "delete", "table", "ip", "translation", check=False)
        for rule in rules:
            sh(*inside, "nft", rule)
        case("tls12-translated-recorded-thrice", "pcap", "A container behind address translation (both addresses), recorded on all "
             "interfaces of its host: the same handshake at the link, at the bridge and at its port; at the bridge the replies have one "
             "address of outside, so that they stand alone; certificate presented.", "client-p256")
        case("tls12-translated-recorded-thrice-declined", "pcapng", "A container behind address translation (both addresses), recorded on "
             "all interfaces of its host: the same handshake at the link, at the bridge and at its port; declined.", None)


def begun_before(ctx):
    """The recording begins when the connection is open; then the server asks, in a renegotiation."""
    s = ctx.stacks

    def case(name, kind, scenario, certificate, requests):
        keys = s.fresh("keys")
        with s.openssl_server("-CAfile", ctx.certs.certificate("root"), "-no_resumption_on_reneg", certificate="server-p256") as server:
            with ExitStack() as stack:
                lines = ("hello", lambda: stack.enter_context(ctx.lab.recording(name, kind)), "recorded", *requests(server), "still here")
                client = s.openssl_client(*TLS12, certificate=certificate, keylog=keys, lines=lines, pause=0.5)
            view = server.view()
        both = merged(view, client)
        entry = connection(both, **obscured("started_mid_connection"), certificate_request_seen=False, protocol_version=None,
                           cipher_suite=None, server_name=None, outcome="unknown", handshakes=0,
                           alternatives={"protocol_version": ["TLS 1.2"], "outcome": ["completed"], "handshakes": [1, 2]})
        ctx.book.add(name, kind, scenario, MADE_BY, ctx.names["openssl-client"], ctx.names["openssl-server"], view.quotes, [entry])

    case("tls12-renegotiation-begun-before", "pcap", "The recording begins in an open connection of TLS 1.2; then the server asks in an "
         "encrypted renegotiation, and the certificate is presented.", "client-p256", lambda server: (lambda: server.command("R"),))
    case("tls12-renegotiation-begun-before-declined", "pcapng", "The recording begins in an open connection of TLS 1.2; then the server "
         "asks in an encrypted renegotiation, and the client declines.", None, lambda server: (lambda: server.command("R"),))


def talk_before(ctx):
    """Much is said before TLS begins."""
    relayed(ctx, "starttls-smtp-long-talk", "pcap", "SMTP with STARTTLS after 40 kB of capabilities, so that TLS begins late; declined.",
            "smtp-long", on="server", client_options=(*TLS12, "-starttls", "smtp"), certificate=None, ask="optional", made_by=MADE_BY)
    hello = Conversation(read(ctx.captures / "tls12-not-requested-no-ticket.pcap")).stream("client")
    hello = hello[:5 + int.from_bytes(hello[3:5], "big")]
    header = proxy_v2((0xEE, hello), (0x04, bytes(300)))
    name, s = "proxy-protocol-v2-hello-inside", ctx.stacks
    with s.openssl_server(certificate="server-p256", ask="optional", port=9443, address="127.0.0.1") as server, ExitStack() as stack:
        relay = [s.python[0], s.relay]
        for side, arguments in (("server", ("10.0.0.5:443", "127.0.0.1:9443", "without-proxy-v2")),
                                ("client", ("127.0.0.1:9443", "10.0.0.5:443", "prefix", header.hex()))):
            stack.callback(ctx.lab.stop, ctx.lab.start(side, [*relay, *arguments], s.fresh("relay"), ready='"ready"'))
        with ctx.lab.recording(name, "pcap"):
            client = s.openssl_client(*TLS12, certificate=None, host="127.0.0.1", port=9443)
        view = server.view()
    ctx.book.add(name, "pcap", "A PROXY protocol version 2 header in which a vendor TLV (0xEE) holds the ClientHello of another "
                 "connection, and another one padding; then TLS 1.2; declined.", MADE_BY, ctx.names["openssl-client"],
                 ctx.names["openssl-server"], view.quotes, [connection(merged(view, client))])


def proxy_v2(*values):
    """A header of the PROXY protocol version 2 with these TLVs; type 4 is padding."""
    addresses = bytes([203, 0, 113, 7, 192, 0, 2, 9]) + (51234).to_bytes(2, "big") + (443).to_bytes(2, "big")
    body = addresses + b"".join(bytes([kind]) + len(value).to_bytes(2, "big") + value for kind, value in values)
    return bytes.fromhex("0d0a0d0a000d0a515549540a") + b"\x21\x11" + len(body).to_bytes(2, "big") + body


def make(ctx):
    same_port(ctx)
    two_vlans(ctx)
    vxlan(ctx)
    translated(ctx)
    begun_before(ctx)
    talk_before(ctx)
