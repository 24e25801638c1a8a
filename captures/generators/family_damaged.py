"""Broken evidence: files derived from recorded ones. The endpoints' log is that of the recorded connection; `status` and
the rest are what the remaining bytes can still prove."""

import struct
import subprocess

from book import obscured
from packets import ACK, FIN, PSH, RST, SYN, Conversation, Packet, read, write

WHOLE = "tls12-client-certificate-p256"             # the client's flight is one segment
SMALL = "tls12-client-chain-small-segments"         # every message spans several segments; leaf and intermediate
DECLINED = "tls12-declined"
DECLINED_SMALL = "tls12-declined-small-segments"
NOT_REQUESTED = "tls12-not-requested-no-ticket"
NOT_REQUESTED_SMALL = "tls12-not-requested-small-segments"

# No ServerHello and no ClientHello in the file.
NO_HELLOS = {"protocol_version": None, "cipher_suite": None, "server_name": None}
NO_SERVER_HELLO = {"protocol_version": None, "cipher_suite": None}
# Record headers still say 3.3, from which TLS 1.2 may be concluded.
VERSION_FROM_RECORDS = {"protocol_version": ["TLS 1.2"]}


class Maker:
    def __init__(self, ctx):
        self.ctx = ctx

    def base(self, name):
        document = self.ctx.book.read(name)
        return Conversation(read(self.ctx.captures / document["capture"]))

    def save(self, name, base, scenario, packets, kind="pcap", raw=None, connections=None, other_streams=0,
             made_by="family_damaged.py", **changes):
        """Write the packets and the expected file: the base's, with `changes` for its only connection."""
        target = self.ctx.captures / f"{name}.{kind}"
        if raw is not None:
            target.write_bytes(raw)
        else:
            write(target, packets)
        source = self.ctx.book.read(base)
        if connections is None:
            connections = [{**source["connections"][0], **changes}]
        self.ctx.book.add(name, kind, f"{scenario} Derived from {source['capture']}.", made_by, source["client"],
                          source["server"], source["endpoint_log"], connections, other_streams)


def without(conversation, dropped):
    return [p for p in conversation.packets if all(p is not d for d in dropped)]


def gaps(m):
    c = m.base(WHOLE)
    flight = c.carrying("client", c.message("client", 11))
    m.save("tls12-gap-client-flight", WHOLE, "The only segment of the client's flight, with its Certificate, is missing.",
           without(c, flight), **obscured("gap"), alternatives={"outcome": ["unknown"]})

    c = m.base(SMALL)
    places = c.message("client", 11)
    carrying = c.carrying("client", places)
    leaf_length = int.from_bytes(bytes(c.stream("client")[p] for p in places[7:10]), "big")
    leaf_end = places[10 + leaf_length - 1]
    in_leaf = [p for p in carrying if c.offset(p) > places[10] and c.offset(p) + len(p.payload) <= leaf_end][:1]
    m.save("tls12-gap-in-client-certificate", SMALL, "One segment inside the client's end-entity certificate is missing.",
           without(c, in_leaf), "pcapng", **obscured("gap"), alternatives={"outcome": ["unknown"]})
    after_leaf = [p for p in carrying if leaf_end < c.offset(p) and c.offset(p) + len(p.payload) <= places[-1]][:1]
    m.save("tls12-gap-after-leaf", SMALL, "One segment of the client's Certificate is missing, after the complete "
           "end-entity certificate: the rest of the chain is cut.", without(c, after_leaf), chain_length=1,
           chain_complete=False, possession="not_checkable",
           alternatives={"outcome": ["unknown"], "possession": ["not_seen"], "chain_length": [2, None]})

    lost = c.carrying("server", c.message("server", 13))
    m.save("tls12-gap-certificate-request", SMALL, "The segments that hold the server's CertificateRequest are missing; the "
           "client's Certificate is there.", without(c, lost), certificate_request_seen=False, possession="not_checkable",
           alternatives={"outcome": ["unknown"], "possession": ["not_seen"]})
    c = m.base(WHOLE)
    lost = c.carrying("server", c.message("server", 13))
    m.save("tls12-gap-server-flight", WHOLE, "The whole flight of the server, ServerHello to ServerHelloDone, is missing; the "
           "client's Certificate is there.", without(c, lost), "pcapng", certificate_request_seen=False,
           possession="not_checkable", protocol_version=None, cipher_suite=None,
           alternatives={"outcome": ["unknown"], **VERSION_FROM_RECORDS, "possession": ["not_seen"]})
    c = m.base(DECLINED)
    lost = c.carrying("server", c.message("server", 13))
    m.save("tls12-gap-server-flight-declined", DECLINED, "The whole flight of the server is missing; the client's empty "
           "Certificate message, which answers a request, is there.", without(c, lost), certificate_request_seen=False,
           protocol_version=None, cipher_suite=None, alternatives={"outcome": ["unknown"], **VERSION_FROM_RECORDS})
    c = m.base(DECLINED_SMALL)
    lost = c.carrying("client", c.message("client", 11))
    m.save("tls12-gap-declined", DECLINED_SMALL, "The segment with the client's empty Certificate message is missing: declined "
           "cannot be told from presented.", without(c, lost), **obscured("gap"), alternatives={"outcome": ["unknown"]})
    c = m.base(NOT_REQUESTED)
    lost = c.carrying("server", c.message("server", 14))
    m.save("tls12-gap-server-flight-not-requested", NOT_REQUESTED, "The whole flight of the server is missing: whether it asked "
           "is not in the file. (The client answers without a Certificate message, as one that was not asked does.)",
           without(c, lost), **obscured("gap"), protocol_version=None, cipher_suite=None,
           alternatives={"outcome": ["unknown"], **VERSION_FROM_RECORDS})
    c = m.base(NOT_REQUESTED_SMALL)
    places = c.message("server", 11)
    lost = [p for p in c.carrying("server", places)
            if places[20] < c.offset(p) and c.offset(p) + len(p.payload) <= places[-1]][:1]
    m.save("tls12-gap-in-server-certificate-not-requested", NOT_REQUESTED_SMALL, "One segment inside the server's own Certificate "
           "message is missing; its record and message lengths bridge the gap, and what follows up to ServerHelloDone holds no "
           "request.", without(c, lost), alternatives={"status": ["obscured"], "reason": ["gap"], "outcome": ["unknown"]})
    c = m.base(NOT_REQUESTED)
    lost = [p for p in c.packets if c.side(p) == "client" and p.payload and p.payload[0] == 23][:1]
    m.save("tls12-gap-in-application-data", NOT_REQUESTED, "Only a segment of the client's application data is missing; the "
           "handshake is complete and held no request.", without(c, lost))


def snap_length(m):
    for name, base, length, what, changes in (
        ("tls12-snap-length-96", "tls12-client-certificate", 96, "Recorded with a snap length of 96 bytes: every TLS message is cut.",
         dict(**obscured("truncated_packets"), **NO_HELLOS, certificate_request_seen=False, outcome="unknown",
              alternatives={"handshakes": [0], "protocol_version": ["TLS 1.2"], "outcome": ["completed"]})),
        ("tls12-snap-length-96-declined", DECLINED, 96, "Recorded with a snap length of 96 bytes, so that even the client's empty "
         "Certificate message of 7 bytes can be read, at the start of its segment.",
         dict(**NO_HELLOS, certificate_request_seen=False, outcome="unknown",
              alternatives={"status": ["obscured"], "reason": ["truncated_packets"], "chain_length": [None], "handshakes": [0],
                            "protocol_version": ["TLS 1.2"], "outcome": ["completed"]})),
        ("tls12-snap-length-600-leaf-complete", WHOLE, 600, "Recorded with a snap length of 600 bytes: the request is cut off, "
         "the client's leaf is complete, its CertificateVerify is cut off.",
         dict(certificate_request_seen=False, possession="not_seen", outcome="unknown",
              alternatives={"possession": ["not_checkable"], "outcome": ["completed"]})),
        ("tls12-snap-length-400", WHOLE, 400, "Recorded with a snap length of 400 bytes: the client's leaf certificate is cut.",
         dict(**obscured("truncated_packets"), certificate_request_seen=False, outcome="unknown",
              alternatives={"outcome": ["completed"]})),
    ):
        document = m.ctx.book.read(base)
        source, target = m.ctx.captures / document["capture"], m.ctx.captures / f"{name}.pcap"
        subprocess.run(["editcap", "-F", "pcap", "-s", str(length), source, target], check=True, capture_output=True)
        m.save(name, base, what, None, raw=target.read_bytes(), **changes)


def partial(m):
    """The recording starts late or ends early."""
    c = m.base(WHOLE)
    packets = c.packets
    flight = packets.index(c.carrying("client", c.message("client", 11))[0])
    m.save("tls12-starts-at-client-flight", WHOLE, "The recording starts after the server's flight: the client's Certificate is "
           "there, the request is not.", packets[flight:], certificate_request_seen=False, possession="not_checkable",
           **NO_HELLOS, alternatives={**VERSION_FROM_RECORDS, "outcome": ["unknown"], "possession": ["not_seen"]})
    m.save("tls12-starts-after-client-flight", WHOLE, "The recording starts after the client's flight: the server's "
           "NewSessionTicket and ChangeCipherSpec are the first messages.", packets[flight + 1:], "pcapng",
           **obscured("started_mid_connection"), certificate_request_seen=False, **NO_HELLOS, outcome="unknown",
           handshakes=1, alternatives={**VERSION_FROM_RECORDS, "handshakes": [0], "outcome": ["completed"]})
    data = next(i for i, p in enumerate(packets) if p.payload[:1] == b"\x17")
    m.save("tls12-starts-in-application-data", WHOLE, "The recording starts within the application data.", packets[data:],
           **obscured("started_mid_connection"), certificate_request_seen=False, **NO_HELLOS, outcome="unknown", handshakes=0,
           alternatives={**VERSION_FROM_RECORDS, "outcome": ["completed"]})
    d = m.base(DECLINED)
    flight = d.packets.index(d.carrying("client", d.message("client", 11))[0])
    m.save("tls12-starts-at-client-flight-declined", DECLINED, "The recording starts after the server's flight: the client's "
           "empty Certificate message is there, the request is not.", d.packets[flight:], certificate_request_seen=False,
           **NO_HELLOS, alternatives={**VERSION_FROM_RECORDS, "outcome": ["unknown"]})
    n = m.base(NOT_REQUESTED)
    flight = n.packets.index(n.carrying("client", n.message("client", 16))[0])
    m.save("tls12-starts-at-client-flight-not-requested", NOT_REQUESTED, "The recording starts after the server's flight: no "
           "Certificate of the client is there, and whether one was requested is not in the file.", n.packets[flight:],
           **obscured("started_mid_connection"), certificate_request_seen=False, **NO_HELLOS,
           alternatives={**VERSION_FROM_RECORDS, "outcome": ["unknown"]})

    s = m.base(SMALL)
    end = s.packets.index(next(p for p in s.packets if s.side(p) == "server" and s.offset(p) + len(p.payload) >
                               s.message("server", 2)[-1] and p.payload))
    m.save("tls12-ends-after-server-hello", SMALL, "The recording ends right after the ServerHello.", s.packets[:end + 1],
           **obscured("ended_early"), certificate_request_seen=False, outcome="unfinished",
           alternatives={"outcome": ["unknown"]})
    flight = s.packets.index(s.carrying("client", s.message("client", 11))[0])
    m.save("tls12-ends-after-server-hello-done", SMALL, "The recording ends after the server's flight, before the client answers "
           "the request.", s.packets[:flight], **obscured("ended_early"), outcome="unfinished",
           alternatives={"outcome": ["unknown"]})
    last = s.packets.index(s.carrying("client", s.message("client", 11))[2])
    m.save("tls12-ends-in-client-certificate", SMALL, "The recording ends within the client's end-entity certificate.",
           s.packets[:last], "pcapng", **obscured("ended_early"), outcome="unfinished", alternatives={"outcome": ["unknown"]})

    raw = (m.ctx.captures / f"{WHOLE}.pcap").read_bytes()
    offset = 24
    for p in packets[:packets.index(c.carrying("client", c.message("client", 11))[0])]:
        offset += 16 + len(p.data)
    m.save("tls12-file-truncated-in-client-flight", WHOLE, "The file ends in the middle of the packet with the client's "
           "Certificate.", None, raw=raw[:offset + 16 + 300], **obscured("ended_early"), outcome="unfinished",
           alternatives={"outcome": ["unknown"], "reason": ["truncated_packets"]})
    m.save("tls12-file-truncated-after-handshake", WHOLE, "The file ends in the middle of a packet after the handshake.", None,
           raw=raw[:-40])
    m.save("tls12-file-truncated-in-record-header", WHOLE, "The file ends in the middle of a packet header.", None,
           raw=raw[:offset + 7], **obscured("ended_early"), outcome="unfinished", alternatives={"outcome": ["unknown"]})


def one_direction(m):
    c = m.base(WHOLE)

    def only(conversation, side):
        return [p for p in conversation.packets if conversation.side(p) == side]

    m.save("tls12-client-direction-only", WHOLE, "Only the packets of the client were recorded: its Certificate is there.",
           only(c, "client"), certificate_request_seen=False, possession="not_checkable", **NO_SERVER_HELLO, outcome="unknown",
           alternatives={**VERSION_FROM_RECORDS, "outcome": ["completed"], "possession": ["not_seen"]})
    m.save("tls12-server-direction-only", WHOLE, "Only the packets of the server were recorded: it asks, the answer is not there.",
           only(c, "server"), "pcapng", **obscured("one_direction"), server_name=None, outcome="unknown",
           alternatives={"outcome": ["completed"]})
    d = m.base(DECLINED)
    m.save("tls12-client-direction-only-declined", DECLINED, "Only the packets of the client were recorded: its empty Certificate "
           "message is there.", only(d, "client"), certificate_request_seen=False, **NO_SERVER_HELLO, outcome="unknown",
           alternatives={**VERSION_FROM_RECORDS, "outcome": ["completed"]})
    n = m.base(NOT_REQUESTED)
    m.save("tls12-client-direction-only-not-requested", NOT_REQUESTED, "Only the packets of the client were recorded: it sends no "
           "Certificate message, and whether the server asked is not there.", only(n, "client"), **obscured("one_direction"),
           certificate_request_seen=False, **NO_SERVER_HELLO, outcome="unknown",
           alternatives={**VERSION_FROM_RECORDS, "outcome": ["completed"]})
    m.save("tls12-server-direction-only-not-requested", NOT_REQUESTED, "Only the packets of the server were recorded: its flight "
           "up to ServerHelloDone is complete and holds no request.", only(n, "server"), server_name=None, outcome="unknown",
           alternatives={"outcome": ["completed"]})


def order_and_copies(m):
    s = m.base(SMALL)
    flight = s.carrying("client", s.message("client", 11))
    shuffled = list(s.packets)
    places = [shuffled.index(p) for p in flight]
    for place, p in zip(places, [flight[i] for i in (1, 0, 4, 2, 3, *range(5, len(flight)))]):
        shuffled[place] = p
    server = s.carrying("server", s.message("server", 11))
    places = [shuffled.index(p) for p in server]
    for place, p in zip(places, reversed(server)):
        shuffled[place] = p
    shuffled = [p.changed(time=t.time) for p, t in zip(shuffled, s.packets)]
    m.save("tls12-out-of-order", SMALL, "Segments of the server's and the client's Certificate arrive out of order.", shuffled)
    m.save("tls12-duplicated-packets", SMALL, "Every packet is in the file twice, as when two interfaces were recorded.",
           [q for p in s.packets for q in (p, p)], "pcapng")
    late = s.packets.index(flight[-1]) + 1
    m.save("tls12-retransmitted", SMALL, "A segment of the client's Certificate is sent again, unchanged.",
           s.packets[:late] + [flight[1]] + s.packets[late:])
    joined = b"".join(p.payload for p in flight[:3])
    again = flight[0].changed(payload=joined[:600])
    m.save("tls12-retransmitted-in-other-segments", SMALL, "The start of the client's Certificate is lost once and sent again in "
           "one larger segment, which overlaps the following one.",
           [p for p in s.packets[:late] if p is not flight[0]] + [again] + s.packets[late:])
    places = s.message("client", 11)
    inside = next(p for p in flight if s.offset(p) > places[10])
    body = bytearray(inside.payload)
    body[100] ^= 0xFF
    conflict = dict(obscured("malformed"), alternatives={"reason": ["gap"], "outcome": ["unknown"]})
    at = s.packets.index(inside) + 1
    m.save("tls12-conflicting-retransmission", SMALL, "A segment inside the client's end-entity certificate is sent again with one "
           "byte changed: the file holds two versions of it.",
           s.packets[:at] + [inside.changed(payload=bytes(body))] + s.packets[at:], "pcapng", **conflict)
    m.save("tls12-conflicting-retransmission-first", SMALL, "Before a segment inside the client's end-entity certificate, a copy "
           "with one byte changed: the file holds two versions of it.",
           s.packets[:at - 1] + [inside.changed(payload=bytes(body))] + s.packets[at - 1:], **conflict)


def tcp_oddities(m):
    c = m.base(WHOLE)
    hello = next(p for p in c.packets if p.payload)
    flight = c.carrying("client", c.message("client", 11))[0]
    at = c.packets.index(flight)
    probe = hello.changed(seq=hello.seq + len(hello.payload) - 1, payload=b"\0", flags=ACK)
    finished = next(p for p in c.packets if p.payload[:1] == b"\x17")
    probe2 = finished.changed(seq=finished.seq - 1, payload=b"\0", flags=ACK)
    i = c.packets.index(finished)
    m.save("tls12-keep-alive-probes", WHOLE, "Keep-alive probes of one byte, one below the next sequence number, stand before the "
           "client's flight and before the application data.",
           c.packets[:at] + [probe, probe] + c.packets[at:i] + [probe2] + c.packets[i:])

    shift = {"client": (0xFFFFFFFF - 500) - c.start["client"], "server": (0xFFFFFFFF - 700) - c.start["server"]}
    wrapped = [p.changed(seq=p.seq + shift[c.side(p)],
                         ack=p.ack + shift[{"client": "server", "server": "client"}[c.side(p)]] if p.flags & ACK else None)
               for p in c.packets]
    m.save("tls12-sequence-wrap", WHOLE, "The sequence numbers of both directions wrap within the Certificate messages.", wrapped)

    without_syn = [p for p in c.packets if not p.flags & SYN]
    m.save("tls12-no-tcp-handshake", WHOLE, "The recording starts after the TCP handshake: no SYN, everything of TLS is there.",
           without_syn)

    d = m.base(DECLINED)
    first, second = m.ctx.book.read(WHOLE)["connections"][0], m.ctx.book.read(DECLINED)["connections"][0]
    ports = {"client": (c.client_port, c.server_port), "server": (c.server_port, c.client_port)}
    last = c.packets[-1].time

    def reused(gap, initial):
        shift = (initial - d.start["client"]) & 0xFFFFFFFF
        return [p.changed(ports=ports[d.side(p)], time=p.time - d.packets[0].time + last + gap,
                          seq=p.seq + shift if d.side(p) == "client" else None,
                          ack=p.ack + shift if d.side(p) == "server" else None) for p in d.packets]

    both = [{**first, "stream": 0}, {**second, "stream": 1}]
    m.save("tls12-port-reuse-after-fin", WHOLE, "Two connections with the same addresses and ports, the first one closed by FIN: "
           "presented, then declined (from tls12-declined.pcap).",
           c.packets + reused(70 * 10**9, c.start["client"] + 1_000_000), connections=both)
    unclosed = [p for p in c.packets if not p.flags & (FIN | RST)]
    m.save("tls12-port-reuse-by-syn", WHOLE, "Two connections with the same addresses and ports; the first one is never closed, a "
           "new SYN begins the second: presented, then declined (from tls12-declined.pcap).",
           unclosed + reused(90 * 10**9, c.start["client"] - 3_000_000), "pcapng", connections=both)

    end = next(p for p in c.packets if c.side(p) == "server" and p.payload)
    i = c.packets.index(end) + 1
    reset = c.packets[i].changed(flags=RST | ACK, payload=b"")
    m.save("tls12-reset-after-request", WHOLE, "The client resets the TCP connection after the server's request, without an answer.",
           c.packets[:i] + [reset], **obscured("ended_early"), outcome="unfinished", alternatives={"outcome": ["unknown"]})


def bad_bytes(m):
    c = m.base(WHOLE)
    stream = c.stream("client")
    verify = c.message("client", 15)
    last = verify[-1]
    m.save("tls12-signature-bit-flipped", WHOLE, "One bit of the signature in the client's CertificateVerify is flipped: the "
           "certificate is presented, and the proof of its key does not hold.", c.with_bytes("client", {last: stream[last] ^ 1}),
           possession="failed")
    places = c.message("client", 11)
    middle = places[10 + 60]
    del middle
    bad = dict(obscured("malformed"), alternatives={"outcome": ["unknown"]})
    m.save("tls12-malformed-certificate-list-length", WHOLE, "The list length in the client's Certificate message is 5 larger than "
           "the message holds.", c.with_bytes("client", {places[6]: (stream[places[6]] + 5) & 255}), "pcapng", **bad)
    m.save("tls12-malformed-certificate-length", WHOLE, "The length of the certificate in the client's Certificate message is "
           "larger than the list that holds it.", c.with_bytes("client", {places[8]: stream[places[8]] + 1}), **bad)
    m.save("tls12-malformed-message-length", WHOLE, "The client's Certificate message claims to be 16 MB long; other record types "
           "follow in its middle.", c.with_bytes("client", {places[1]: 0xFF, places[2]: 0xFF, places[3]: 0xFF}),
           **obscured("malformed"), alternatives={"reason": ["limit_reached", "gap", "ended_early"], "outcome": ["unknown"]})
    record = places[0] - 5
    m.save("tls12-malformed-record-type", WHOLE, "The record with the client's Certificate has the unknown content type 99.",
           c.with_bytes("client", {record: 99}), **bad)
    der = places[10]
    replaced = {place: 0xAA for place in places[10:10 + 4]}
    sha = leaf_thumbprints(bytes(replaced.get(p, stream[p]) for p in places[10:]))
    m.save("tls12-certificate-not-der", WHOLE, "The first bytes of the presented certificate are no DER: it cannot be parsed, and "
           "still has a thumbprint.", c.with_bytes("client", replaced), leaf_sha1=sha[0], leaf_sha256=sha[1],
           possession="not_checkable", alternatives={"possession": ["failed"]})
    del der
    request = c.message("server", 13)
    server = c.stream("server")
    m.save("tls12-malformed-certificate-request", WHOLE, "The lengths inside the server's CertificateRequest are wrong; that it is "
           "one, and the client's answer, can be read.",
           c.with_bytes("server", {request[4]: (server[request[4]] + 100) & 255}),
           alternatives={"possession": ["failed", "not_checkable"]}, possession="failed")


def leaf_thumbprints(der):
    import hashlib
    return hashlib.sha1(der).hexdigest(), hashlib.sha256(der).hexdigest()


def sliced(m):
    """Connections cut out of a recording with two."""
    for base, name, kind in (("tls12-resumed-session-id", "tls12-resumed-session-id-original-outside", "pcap"),
                             ("tls12-resumed-ticket", "tls12-resumed-ticket-original-outside", "pcapng")):
        document = m.ctx.book.read(base)
        packets = read(m.ctx.captures / document["capture"])
        second = [i for i, p in enumerate(packets) if p.flags & (SYN | ACK) == SYN][1]
        port = packets[second].ports[0]
        kept = [p for p in packets if port in p.ports]
        m.save(name, base, "TLS 1.2: a resumed session whose original handshake is not in the file.", kept, kind,
               connections=[{**document["connections"][1], "stream": 0, "resumed_from_stream": None}])


def make(ctx):
    m = Maker(ctx)
    gaps(m)
    snap_length(m)
    partial(m)
    one_direction(m)
    order_and_copies(m)
    tcp_oddities(m)
    bad_bytes(m)
    sliced(m)
