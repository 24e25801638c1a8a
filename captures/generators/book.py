"""Writes `<scenario>.expected.json` and remembers the line of every capture for README.md.

The contract's answer of a reader without keys is derived here from what the endpoints logged, by these rules only:
TLS 1.2 and older: what was exchanged is readable, so status = what happened. TLS 1.3: obscured, encrypted, except
that a PSK in the ServerHello shows in the clear that the session was resumed.
"""

import hashlib
import json

from views import View


def merged(server: View, client: View) -> View:
    """One view of what happened, from both endpoints' logs; they must not contradict each other."""
    result = View()
    if server.resumed or client.resumed:
        server.asked = client.asked = False  # A program's log tells what it is configured for.
    for name in ("asked", "version", "cipher", "server_name"):
        values = [v for v in (getattr(server, name), getattr(client, name)) if v is not None]
        assert len(set(values)) <= 1, f"the endpoints disagree on {name}: {values}"
        setattr(result, name, values[0] if values else None)
    chains = [v.chain for v in (server, client) if v.chain is not None]
    if len(chains) == 2:
        assert chains[0][:1] == chains[1][:1], "the endpoints disagree on the certificate"
    result.chain = max(chains, key=len) if chains else None
    result.leaf_sha1 = server.leaf_sha1 or client.leaf_sha1
    if result.chain and result.leaf_sha1:
        assert hashlib.sha1(result.chain[0]).hexdigest() == result.leaf_sha1
    result.resumed = server.resumed or client.resumed
    result.completed = server.completed or (client.completed and not server.refused)
    result.refused = server.refused or client.refused
    seen = []
    for alert in server.alerts + client.alerts:
        if alert not in seen:
            seen.append(alert)
    result.alerts = seen
    result.handshakes = max(server.handshakes, client.handshakes)
    result.quotes = list(dict.fromkeys(server.quotes + [f"client: {q}" for q in client.quotes]))
    return result


def connection(view: View, stream=0, renegotiated=False, **changes):
    """One element of `connections`; `changes` overrides what a damaged file can no longer prove.

    `renegotiated`: the handshake that decides is an encrypted renegotiation.
    """
    answered = view.answered()
    sha1, sha256 = view.thumbprints()
    presented = answered == "presented"
    stopped_by_client = any(sender == "client" and level == "fatal" for sender, level, *_ in view.alerts)
    stopped = "unfinished" if stopped_by_client else "refused"
    outcome = "completed" if view.completed else stopped if view.refused else "unknown"
    common = {"chain_length": len(view.chain) if view.chain is not None and answered in ("presented", "declined") else None,
              "possession": "verified" if presented else None}
    clear = {"asked": view.asked, "answered": answered,
             "status": {"none": "not_requested"}.get(answered, answered), "reason": None,
             "leaf_sha1": sha1 if presented else None, "leaf_sha256": sha256 if presented else None,
             "chain_length": common["chain_length"], "chain_complete": True if presented else None,
             "possession": common["possession"],
             "certificate_request_seen": bool(view.asked) and answered != "resumed",
             "resumed_from_stream": None}
    if answered == "resumed":
        clear["asked"] = False
    result = {"stream": stream, **clear,
              "protocol_version": view.version, "cipher_suite": view.cipher, "server_name": view.server_name,
              "outcome": outcome,
              "alerts": [{"from": a[0], "level": a[1], "description": a[2]} for a in view.alerts if a[3]],
              "handshakes": view.handshakes}
    if view.version == "TLS 1.3" or renegotiated:
        result["with_keys"] = {key: result[key] for key in
                               ("status", "reason", "leaf_sha1", "chain_length", "possession", "outcome", "handshakes",
                                "certificate_request_seen")}
        if view.version == "TLS 1.3":
            result.update(handshakes=1, outcome="unknown")
        if answered != "resumed" or renegotiated:
            result.update(HIDDEN)
    result.update(changes)
    return result


# What a reader without keys says of an encrypted client authentication.
HIDDEN = {"status": "obscured", "reason": "encrypted", "leaf_sha1": None, "leaf_sha256": None, "chain_length": None,
          "chain_complete": None, "possession": None, "certificate_request_seen": False}


def with_keys(entry, **changes):
    """The element with other values in `with_keys`."""
    return {**entry, "with_keys": {**entry["with_keys"], **changes}}


def unanswered(reason, **changes):
    """The server asked, or had no occasion to, and the connection ended before the client could answer."""
    return obscured(reason, answered="none", **changes)


def obscured(reason, **changes):
    return {"status": "obscured", "reason": reason, "leaf_sha1": None, "leaf_sha256": None, "chain_length": None,
            "chain_complete": None, "possession": None, **changes}


class Book:
    def __init__(self, captures):
        self.captures = captures

    def add(self, name, kind, scenario, made_by, client, server, quotes, connections, other_streams=0, keylog=None):
        document = {"scenario": scenario, "client": client, "server": server,
                    "endpoint_log": shorten(quotes), "connections": connections, "other_streams": other_streams,
                    "capture": f"{name}.{kind}", "made_by": made_by}
        self.write(name, document)
        if keylog:
            text = keylog.read_text()
            assert text.strip(), f"{name}: empty key log"
            lines = list(dict.fromkeys(line for line in text.splitlines() if line and not line.startswith("#")))
            (self.captures / f"{name}.keys").write_text("\n".join(lines) + "\n")
        size = (self.captures / f"{name}.{kind}").stat().st_size
        statuses = ", ".join(str(c["status"]) + (f"/{c['reason']}" if c["reason"] else "") for c in connections)
        print(f"{name}.{kind}: {size} bytes, {statuses}", flush=True)

    def write(self, name, document):
        (self.captures / f"{name}.expected.json").write_text(json.dumps(document, indent=2) + "\n")

    def read(self, name):
        return json.loads((self.captures / f"{name}.expected.json").read_text())


def shorten(quotes, limit=1000):
    text = "\n".join(quotes) if not isinstance(quotes, str) else quotes
    return text if len(text) <= limit else text[:limit] + " ..."
