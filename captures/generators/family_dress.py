"""The same handshakes in other clothes: link types, tunnels, fragments, file formats, and traffic that is not TLS."""

import gzip
import struct
import subprocess
from dataclasses import replace

from book import connection, merged, obscured
from family_damaged import WHOLE, Maker
from family_presented import TLS12
from lab import CLIENT4, SERVER4, SERVER6, sh, strip_host_description
from packets import checksum, write

DECLINED = "tls12-declined"


# -- recorded ----------------------------------------------------------------------------------------------

def recorded(ctx, name, kind, scenario, host=SERVER4, certificate="client-p256", chain=False, interface="eth0",
             options=(), filter="tcp port 443", side="server", client_side="client", changes=None):
    s = ctx.stacks
    with s.openssl_server(certificate="server-p256", ask="optional" if certificate is None else "require",
                          address=f"[{host}]" if ":" in host else host) as server:
        with ctx.lab.recording(name, kind, interface=interface, options=options, filter=filter):
            client = s.openssl_client(*TLS12, certificate=certificate, chain=chain, host=host, side=client_side)
        view = server.view()
    ctx.book.add(name, kind, scenario, "family_dress.py", ctx.names["openssl-client"], ctx.names["openssl-server"],
                 view.quotes, [connection(merged(view, client), **(changes or {}))])


def links(ctx):
    recorded(ctx, "ipv6", "pcap", "TLS 1.2 over IPv6, client certificate presented.", host=SERVER6)
    recorded(ctx, "linux-cooked-v1", "pcap", "TLS 1.2 recorded on the interface `any` with Linux cooked headers version 1, client "
             "certificate presented.", interface="any", options=("-y", "LINUX_SLL"))
    recorded(ctx, "linux-cooked-v2", "pcap", "TLS 1.2 recorded on the interface `any` with Linux cooked headers version 2, "
             "declined.", interface="any", options=("-y", "LINUX_SLL2"), certificate=None)
    recorded(ctx, "linux-cooked-v2-ipv6", "pcapng", "TLS 1.2 over IPv6 recorded by dumpcap on the interface `any`, client certificate "
             "presented.", interface="any", host=SERVER6)
    recorded(ctx, "loopback", "pcap", "TLS 1.2 on the loopback interface, where a segment may have 64 kB: a chain of about 21 kB in "
             "one packet.", interface="lo", host="127.0.0.1", certificate="client-long-chain", chain=True, client_side="server")
    ctx.lab.offload(True)
    recorded(ctx, "segmentation-offload", "pcap", "TLS 1.2 with segmentation offload: packets larger than the MTU, a chain of about "
             "21 kB.", certificate="client-long-chain", chain=True)
    ctx.lab.offload(False)


def vxlan(ctx):
    """A real VXLAN tunnel between the two namespaces, recorded outside of it."""
    lab = ctx.lab
    for ns, own, peer, inner in ((lab.client_ns, CLIENT4, SERVER4, "10.7.0.4/24"), (lab.server_ns, SERVER4, CLIENT4, "10.7.0.5/24")):
        sh("ip", "-n", ns, "link", "add", "vxlan7", "type", "vxlan", "id", "7", "local", own, "remote", peer, "dstport", "4789")
        sh("ip", "-n", ns, "addr", "add", inner, "dev", "vxlan7")
        sh("ip", "-n", ns, "link", "set", "vxlan7", "up")
        lab.run("client" if ns == lab.client_ns else "server",
                ["ethtool", "-K", "vxlan7", "tx", "off", "gro", "off", "tso", "off", "gso", "off"])
    lab.run("client", ["ping", "-c1", "-W1", "10.7.0.5"])
    recorded(ctx, "vxlan", "pcapng", "TLS 1.2 within VXLAN network 7, recorded outside of the tunnel; client certificate presented.",
             host="10.7.0.5", filter="udp port 4789 and udp[28:2] = 0x0800")  # IPv4 inside, no ARP
    for ns in (lab.client_ns, lab.server_ns):
        sh("ip", "-n", ns, "link", "del", "vxlan7")


# -- derived: frames -----------------------------------------------------------------------------------------

def reframed(m, name, scenario, change, base=WHOLE, kind="pcap", link_type=1, order="<", nanoseconds=False, **changes):
    """Every frame changed by `change(frame bytes) -> frame bytes or a list of them`."""
    c = m.base(base)
    packets = []
    for p in c.packets:
        frames = change(p.data)
        for frame in frames if isinstance(frames, list) else [frames]:
            packets.append(replace(p, data=frame, length=len(frame)))
    write(m.ctx.captures / f"{name}.{kind}", packets, link_type=link_type, order=order, nanoseconds=nanoseconds)
    m.save(name, base, scenario, None, kind, raw=(m.ctx.captures / f"{name}.{kind}").read_bytes(), made_by="family_dress.py",
           **changes)


def ipv4(payload, protocol, source, target):
    header = bytearray(struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0, source, target))
    struct.pack_into(">H", header, 10, checksum(bytes(header)))
    return bytes(header) + payload


def outer(frame, payload, protocol):
    """The frame's Ethernet header, an outer IPv4 header between two tunnel ends, and the payload."""
    return frame[:14] + ipv4(payload, protocol, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]))


def udp(payload, port):
    return struct.pack(">HHHH", 49152, port, 8 + len(payload), 0) + payload


def link_layers(m):
    tag = lambda frame, *tags: frame[:12] + b"".join(tags) + frame[12:]
    reframed(m, "vlan", "Every frame carries the VLAN tag 12.", lambda f: tag(f, b"\x81\x00\x00\x0c"))
    reframed(m, "qinq", "Every frame carries a service tag 100 (802.1ad) and the VLAN tag 12.",
             lambda f: tag(f, b"\x88\xa8\x00\x64", b"\x81\x00\x00\x0c"), base=DECLINED)
    reframed(m, "qinq-old-ethertype", "Two VLAN tags that both use EtherType 0x8100.",
             lambda f: tag(f, b"\x81\x00\x00\x64", b"\x81\x00\x20\x0c"), kind="pcapng")
    reframed(m, "mpls", "IPv4 behind two MPLS labels.",
             lambda f: f[:12] + b"\x88\x47" + b"\x00\x01\x00\x40" + b"\x00\x02\x01\x40" + f[14:])
    reframed(m, "null-loopback", "BSD loopback link type (NULL), address family in the order of the recording machine.",
             lambda f: b"\x02\0\0\0" + f[14:], link_type=0)
    reframed(m, "openbsd-loopback", "OpenBSD loopback link type (LOOP), address family in network order.",
             lambda f: b"\0\0\0\x02" + f[14:], link_type=108)
    reframed(m, "raw-ip", "Link type RAW: packets begin with the IP header.", lambda f: f[14:], link_type=101)
    reframed(m, "raw-ipv4", "Link type IPV4: packets begin with the IPv4 header.", lambda f: f[14:], link_type=228, base=DECLINED)
    reframed(m, "ppp-over-ethernet", "IPv4 in PPP over Ethernet.",
             lambda f: f[:12] + b"\x88\x64\x11\x00\x00\x07" + struct.pack(">H", len(f) - 14 + 2) + b"\x00\x21" + f[14:])
    reframed(m, "ethernet-padding", "Short frames are padded to 60 bytes and every frame carries a 4-byte trailer after the IP packet.",
             lambda f: f + bytes(max(0, 60 - len(f))) + b"\xde\xad\xbe\xef")
    reframed(m, "ip-total-length-zero", "Segmentation offload: the IP total length of every packet with data is 0.", zero_length)
    reframed(m, "ip-options", "The IPv4 headers carry options.", ip_options)
    reframed(m, "bad-tcp-checksums", "The TCP checksums are wrong, as recorded on a sender with checksum offload.", wrong_checksum,
             base=DECLINED)


def zero_length(frame):
    frame = bytearray(frame)
    header = (frame[14] & 15) * 4
    if len(frame) > 14 + header + (frame[14 + header + 12] >> 4) * 4:
        frame[16:18] = b"\0\0"
    return bytes(frame)


def ip_options(frame):
    header = bytearray(frame[14:34])
    header[0] = 0x47
    struct.pack_into(">H", header, 2, struct.unpack_from(">H", header, 2)[0] + 8)
    header[10:12] = b"\0\0"
    whole = bytes(header) + b"\x94\x04\0\0" + b"\x01\x01\x01\x00"
    whole = whole[:10] + struct.pack(">H", checksum(whole)) + whole[12:]
    return frame[:14] + whole + frame[34:]


def wrong_checksum(frame):
    tcp = 14 + (frame[14] & 15) * 4
    return frame[:tcp + 16] + b"\xba\xad" + frame[tcp + 18:]


def tunnels(m):
    reframed(m, "gre", "IPv4 in GRE.", lambda f: outer(f, b"\0\0\x08\0" + f[14:], 47))
    reframed(m, "gre-key-ethernet", "Ethernet in GRE with a key (transparent bridging).",
             lambda f: outer(f, b"\x20\0\x65\x58" + b"\0\0\0\x07" + f, 47), base=DECLINED)
    reframed(m, "ip-in-ip", "IPv4 in IPv4.", lambda f: outer(f, f[14:], 4), kind="pcapng")
    reframed(m, "geneve", "Ethernet in Geneve with an 8-byte option.",
             lambda f: outer(f, udp(b"\x02\x00\x65\x58\x00\x00\x07\x00" + b"\x01\x03\x05\x01\0\0\0\x09" + f, 6081), 17))
    reframed(m, "erspan-2", "A mirrored port: ERSPAN type II (GRE with sequence number).",
             lambda f: outer(f, b"\x10\x00\x88\xbe\0\0\0\x01" + b"\x10\x0c\x00\x07\0\0\0\0" + f, 47))


def fragments(m):
    def cut(frame, size=256):
        header, body = frame[14:34], frame[34:]
        if len(body) <= size:
            return [frame]
        identification = struct.pack(">H", 0x1000 + sum(body) % 0x1000)
        parts = []
        for start in range(0, len(body), size):
            piece = body[start:start + size]
            more = 0x2000 if start + size < len(body) else 0
            new = header[:2] + struct.pack(">H", 20 + len(piece)) + identification + \
                struct.pack(">H", more | start // 8) + header[8:10] + b"\0\0" + header[12:20]
            new = new[:10] + struct.pack(">H", checksum(new)) + new[12:]
            parts.append(frame[:14] + new + piece)
        return parts

    reframed(m, "ipv4-fragments", "The larger IPv4 packets, the client's Certificate among them, arrive as fragments of 256 bytes.", cut)
    reframed(m, "ipv4-fragments-out-of-order", "IPv4 fragments of 256 bytes in reverse order.", lambda f: cut(f)[::-1], kind="pcapng")
    reframed(m, "ipv4-fragment-missing", "IPv4 fragments of 256 bytes; the second one of every packet is missing, so neither the "
             "server's flight nor the client's Certificate is whole.",
             lambda f: [part for i, part in enumerate(cut(f)) if i != 1], **obscured("gap"), protocol_version=None,
             cipher_suite=None, certificate_request_seen=False, outcome="unknown",
             alternatives={"outcome": ["completed"], "protocol_version": ["TLS 1.2"],
                           "cipher_suite": [m.ctx.book.read(WHOLE)["connections"][0]["cipher_suite"]]})


# -- derived: file formats --------------------------------------------------------------------------------------

def formats(m):
    same = lambda f: f
    reframed(m, "pcap-big-endian", "A pcap file in big-endian byte order.", same, order=">")
    reframed(m, "pcap-nanoseconds", "A pcap file with nanosecond timestamps.", same, nanoseconds=True)
    reframed(m, "pcap-nanoseconds-big-endian", "A big-endian pcap file with nanosecond timestamps.", same, base=DECLINED, order=">",
             nanoseconds=True)

    captures, book = m.ctx.captures, m.ctx.book
    one, two = book.read("tls12-client-certificate"), book.read("tls12-not-requested")
    both = [{**one["connections"][0], "stream": 0}, {**two["connections"][0], "stream": 1}]
    sources = [captures / d["capture"] for d in (one, two)]
    m.save("pcapng-two-sections", "tls12-client-certificate", "A pcapng file with two sections, each with one connection: presented, "
           "then not requested (from tls12-not-requested.pcapng).", None, "pcapng", raw=b"".join(p.read_bytes() for p in sources),
           connections=both, made_by="family_dress.py")
    target = captures / "pcapng-two-interfaces.pcapng"
    # Different link types, so that mergecap must keep both interface descriptions.
    raw = captures / "raw-ip.pcap"
    subprocess.run(["mergecap", "-a", "-F", "pcapng", "-I", "none", "-w", target, sources[0], raw], check=True, capture_output=True)
    strip_host_description(target, target)
    m.save("pcapng-two-interfaces", "tls12-client-certificate", "A pcapng file with two interfaces of different link types, Ethernet "
           "and raw IP, with one connection each (the second from raw-ip.pcap).", None, "pcapng", raw=target.read_bytes(),
           connections=[both[0], {**book.read("raw-ip")["connections"][0], "stream": 1}], made_by="family_dress.py")
    m.save("pcapng-big-endian", "tls12-client-certificate", "A pcapng file in big-endian byte order.", None, "pcapng",
           raw=swapped_pcapng(sources[0].read_bytes()), made_by="family_dress.py")
    m.save("pcapng-unknown-blocks", "tls12-client-certificate", "A pcapng file with a name resolution block, a custom block and a "
           "block of unknown type between the packets.", None, "pcapng", raw=with_unknown_blocks(sources[0].read_bytes()),
           made_by="family_dress.py")
    m.save("pcapng-simple-packets", WHOLE, "A pcapng file with Simple Packet Blocks: no timestamps.", None, "pcapng",
           raw=simple_packets(m.base(WHOLE).packets), made_by="family_dress.py")
    plain = (captures / f"{WHOLE}.pcap").read_bytes()
    m.save("compressed-gzip", WHOLE, "A pcap file compressed with gzip.", None, "pcap.gz", raw=gzip.compress(plain, mtime=0),
           made_by="family_dress.py")
    for tool, kind in (("zstd", "pcapng.zst"), ("lz4", "pcapng.lz4")):
        packed = subprocess.run([tool, "-q", "-c", sources[0]], check=True, capture_output=True).stdout
        m.save(f"compressed-{tool}", "tls12-client-certificate", f"A pcapng file compressed with {tool}.", None, kind, raw=packed,
               made_by="family_dress.py")
    m.save("compressed-gzip-truncated", WHOLE, "A pcap file compressed with gzip and cut off before its end: the packets after the "
           "handshake are lost.", None, "pcap.gz", raw=gzip.compress(plain, mtime=0)[:-60], made_by="family_dress.py",
           alternatives={"outcome": ["unknown"]})
    m.save("wrong-file-extension", "tls12-client-certificate", "A pcapng file with the extension .pcap.", None, "pcap",
           raw=sources[0].read_bytes(), made_by="family_dress.py")


def swapped_pcapng(data):
    """The blocks of a little-endian file by dumpcap in big-endian order."""
    out, offset = b"", 0
    while offset < len(data):
        kind, length = struct.unpack_from("<II", data, offset)
        body = data[offset + 8:offset + length - 4]
        if kind == 0x0A0D0D0A:
            fixed = struct.pack(">IHHq", 0x1A2B3C4D, *struct.unpack_from("<HHq", body, 4))
            body = fixed + swapped_options(body[16:])
        elif kind == 1:
            body = struct.pack(">HHI", *struct.unpack_from("<HHI", body)) + swapped_options(body[8:])
        elif kind == 6:
            fields = struct.unpack_from("<IIIII", body)
            padded = (fields[3] + 3) & ~3
            body = struct.pack(">IIIII", *fields) + body[20:20 + padded] + swapped_options(body[20 + padded:])
        else:
            offset += length        # Statistics hold options in other forms; they are not needed.
            continue
        total = 12 + len(body)
        out += struct.pack(">II", kind, total) + body + struct.pack(">I", total)
        offset += length
    return out


def swapped_options(data):
    out, offset = b"", 0
    while offset < len(data):
        code, size = struct.unpack_from("<HH", data, offset)
        padded = (size + 3) & ~3
        out += struct.pack(">HH", code, size) + data[offset + 4:offset + 4 + padded]
        offset += 4 + padded
    return out


def blocks(data):
    offset = 0
    while offset < len(data):
        length = struct.unpack_from("<I", data, offset + 4)[0]
        yield struct.unpack_from("<I", data, offset)[0], data[offset:offset + length]
        offset += length


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))


def with_unknown_blocks(data):
    name = b"\x0a\x00\x00\x05backend.example\0"
    names = block(4, struct.pack("<HH", 1, len(name)) + name + bytes(-len(name) % 4) + struct.pack("<HH", 0, 0))
    custom = block(0x00000BAD, struct.pack("<I", 32473) + b"custom data")
    unknown = block(0x0000ABCD, bytes(range(40)))
    out, packets = b"", 0
    for kind, content in blocks(data):
        if kind == 6:
            packets += 1
            out += {3: names, 5: custom, 7: unknown}.get(packets, b"")
        out += content
    return out


def simple_packets(packets):
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 262144))
    for p in packets:
        out += block(3, struct.pack("<I", p.length) + p.data)
    return out


# -- traffic that is not TLS ------------------------------------------------------------------------------------

def other_traffic(ctx):
    lab, s = ctx.lab, ctx.stacks
    script = ("import http.server,sys\n"
              "class H(http.server.BaseHTTPRequestHandler):\n"
              "  def do_GET(self):\n"
              "    self.send_response(200); self.send_header('Content-Length','3'); self.end_headers(); self.wfile.write(b'ok\\n')\n"
              "http.server.HTTPServer(('10.0.0.5',443),H).serve_forever()\n")
    log = s.fresh("server")
    web = lab.start("server", [s.python[0], "-c", script], log)
    lab.wait_for_port(443)
    with lab.recording("plain-http-on-443", "pcap"):
        output = lab.run("client", ["curl", "-s", "-v", "http://10.0.0.5:443/"])
    lab.stop(web)
    answer = [line.strip() for line in output.splitlines() if line.startswith(("< HTTP", "> GET"))]
    ctx.book.add("plain-http-on-443", "pcap", "Plain HTTP on port 443: no TLS at all.", "family_dress.py", "curl",
                 "Python http.server", answer, [], other_streams=1)

    scan = ("import socket,sys\n"
            "for port in (80,443,8443,8080):\n"
            "  s=socket.socket(); s.settimeout(0.3)\n"
            "  s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\\1\\0\\0\\0\\0\\0\\0\\0')\n"
            "  print(port, s.connect_ex(('10.0.0.5',port))); s.close()\n")
    with s.openssl_server(*TLS12, certificate="server-p256", ask="require") as server:
        with lab.recording("port-scan", "pcapng", filter="tcp"):
            scanned = lab.run("client", [s.python[0], "-c", scan])
            client = s.openssl_client(*TLS12, certificate="client-p256")
        text = server.messages.read_text()
    from views import openssl_view
    view = openssl_view(text, "server")
    ctx.book.add("port-scan", "pcapng", "A scan of four ports, of which one is open and is reset at once; then a TLS 1.2 connection "
                 "with a client certificate.", "family_dress.py", f"Python socket; {ctx.names['openssl-client']}",
                 ctx.names["openssl-server"], ["connect_ex: " + ", ".join(scanned.split("\n")[:4]), *view.quotes],
                 [connection(merged(view, client), 4)], other_streams=4)

    with s.openssl_server(*TLS12, certificate="server-p256", ask="require") as server:
        with lab.recording("plain-http-to-tls-server", "pcap"):
            lab.run("client", ["curl", "-s", "-m", "3", "http://10.0.0.5:443/"])
        log = server.log.read_text()
    line = next((x for x in log.splitlines() if "error:" in x), "")
    ctx.book.add("plain-http-to-tls-server", "pcap", "An HTTP client speaks to a TLS server without TLS; the server closes the "
                 "connection without a TLS record.", "family_dress.py", "curl", ctx.names["openssl-server"],
                 [line.split(":", 1)[-1]], [], other_streams=1)

    with s.program_server("rustls", ask="require", certificate="server-p256") as server:
        with lab.recording("plain-http-to-tls-server-alert", "pcap"):
            lab.run("client", ["curl", "-s", "-m", "3", "http://10.0.0.5:443/"])
        view = server.view()
    ctx.book.add("plain-http-to-tls-server-alert", "pcap", "An HTTP client speaks to a TLS server without TLS; the server answers "
                 "with a fatal TLS alert, which is the only TLS record.", "family_dress.py", "curl", server.name, view.quotes,
                 [{"stream": 0, "asked": False, "answered": "none", **obscured("ended_early"), "certificate_request_seen": False,
                   "resumed_from_stream": None, "protocol_version": None, "cipher_suite": None, "server_name": None,
                   "outcome": "refused",
                   "alerts": [{"from": "server", "level": "fatal", "description": "decode_error"}], "handshakes": 0,
                   "alternatives": {"reason": ["malformed", "started_mid_connection"], "outcome": ["unknown", "unfinished"]}}])

    # An empty file is a capture too.
    write(ctx.captures / "empty.pcap", [])
    ctx.book.add("empty", "pcap", "A pcap file without a single packet.", "family_dress.py", "none", "none", "", [])


def make(ctx):
    links(ctx)
    vxlan(ctx)
    m = Maker(ctx)
    link_layers(m)
    tunnels(m)
    fragments(m)
    formats(m)
    other_traffic(ctx)
