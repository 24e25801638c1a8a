"""Throw-away keys and certificates for the test captures, made with the openssl command.

Nothing here is kept but the client certificates (captures/certificates/). Every run makes new keys.
"""

import subprocess
from pathlib import Path

# Name of the key kind -> arguments of `openssl genpkey`.
KEYS = {
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa-pss": ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
    "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "p521": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "brainpool-p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"],
    "brainpool-p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1"],
    "ed25519": ["-algorithm", "ED25519"],
    "ed448": ["-algorithm", "ED448"],
}

LEAF_EXTENSIONS = """basicConstraints=critical,CA:false
keyUsage=critical,digitalSignature,keyEncipherment
subjectAltName=DNS:{name}
extendedKeyUsage={usage}
"""
CA_EXTENSIONS = """basicConstraints=critical,CA:true
keyUsage=critical,keyCertSign,cRLSign
"""
# About 6 kB of policy text: a certificate that needs more than one TLS record and many segments.
BULKY_EXTENSION = "1.3.6.1.4.1.32473.1=ASN1:UTF8String:" + "0123456789abcdef" * 400 + "\n"


class Certificates:
    """A folder with `<name>.pem`, `<name>.key`, `<name>.chain.pem` (leaf first) and `<name>.issuers.pem`."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "complete").exists():
            return
        self.authority("root", None)
        self.authority("other-root", None)
        self.authority("intermediate", "root")
        self.leaf("server-rsa", "rsa", "root", usage="serverAuth", host="backend.example")
        self.leaf("server-p256", "p256", "root", usage="serverAuth", host="backend.example")
        for kind in KEYS:
            self.leaf(f"client-{kind}", kind, "root")
        self.leaf("client-intermediate", "p256", "intermediate", chain=["intermediate"])
        self.leaf("client-stranger", "p256", "other-root")
        self.leaf("client-expired", "p256", "root", dates=("20200101000000Z", "20210101000000Z"))
        self.leaf("client-renewed", "p256", "root", key_of="client-p256")
        self.authority("bulky-intermediate-1", "root", extra=BULKY_EXTENSION)
        self.authority("bulky-intermediate-2", "bulky-intermediate-1", extra=BULKY_EXTENSION)
        self.authority("bulky-intermediate-3", "bulky-intermediate-2", extra=BULKY_EXTENSION)
        self.leaf("client-long-chain", "p256", "bulky-intermediate-3",
                  chain=["bulky-intermediate-3", "bulky-intermediate-2", "bulky-intermediate-1"])

        (folder / "complete").touch()

    def publish(self, target: Path):
        """The client certificates, without keys: what a user would compare a capture with; and the key of one server."""
        target.mkdir(exist_ok=True)
        for name in sorted(p.name[:-4] for p in self.folder.glob("client-*.pem") if p.name.count(".") == 1):
            (target / f"{name}.pem").write_text(Path(self.certificate(name)).read_text())
        (target / "client-rsa.der").write_bytes(self.der("client-rsa"))
        (target / "server-rsa.key").write_bytes((self.folder / "server-rsa.key").read_bytes())

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def certificate(self, name: str) -> str:
        return self.path(f"{name}.pem")

    def chain(self, name: str) -> str:
        return self.path(f"{name}.chain.pem")

    def issuers(self, name: str) -> str:
        """The chain without the leaf."""
        return self.path(f"{name}.issuers.pem")

    def key(self, name: str) -> str:
        return self.path(f"{name}.key")

    def der(self, name: str) -> bytes:
        return run(["openssl", "x509", "-in", self.certificate(name), "-outform", "DER"])

    def pkcs12(self, name: str) -> str:
        """PKCS#12 with the whole chain and the password `changeit`, for Java."""
        target = self.folder / f"{name}.p12"
        if not target.exists():
            run(["openssl", "pkcs12", "-export", "-in", self.chain(name), "-inkey", self.key(name),
                 "-name", name, "-passout", "pass:changeit", "-out", str(target)])
        return str(target)

    def ocsp_response(self, name: str) -> str:
        """A fresh OCSP response `good` for the certificate, signed by the root."""
        index, target = Path(self.path("ocsp.index")), self.path(f"{name}.ocsp")
        serial = run(["openssl", "x509", "-in", self.certificate(name), "-noout", "-serial"]).decode().strip()[7:]
        index.write_text(f"V\t361120000000Z\t\t{serial}\tunknown\t/CN={name}\n")
        request = self.path(f"{name}.ocsp-request")
        run(["openssl", "ocsp", "-issuer", self.certificate("root"), "-cert", self.certificate(name), "-no_nonce",
             "-reqout", request])
        run(["openssl", "ocsp", "-index", str(index), "-rsigner", self.certificate("root"), "-rkey", self.key("root"),
             "-CA", self.certificate("root"), "-reqin", request, "-respout", target, "-resp_no_certs", "-ndays", "30"])
        return target

    def authority(self, name: str, issuer: str | None, extra: str = ""):
        self._key(name, "p256")
        self._issue(name, f"/O=Witness Tests/CN={name}", issuer, CA_EXTENSIONS + extra, None)
        self._write_chain(name, [])

    def leaf(self, name, kind, issuer, usage="clientAuth", host=None, chain=(), dates=None, key_of=None):
        if key_of:
            Path(self.key(name)).write_bytes(Path(self.key(key_of)).read_bytes())
        else:
            self._key(name, kind)
        host = host or f"{name}.example"
        extensions = LEAF_EXTENSIONS.format(name=host, usage=usage)
        if kind not in ("rsa",):
            extensions = extensions.replace(",keyEncipherment", "")
        self._issue(name, f"/O=Witness Tests/CN={host}", issuer, extensions, dates)
        self._write_chain(name, chain)

    def _key(self, name, kind):
        run(["openssl", "genpkey", *KEYS[kind], "-out", self.key(name)])

    def _issue(self, name, subject, issuer, extensions, dates):
        request = self.path(f"{name}.csr")
        run(["openssl", "req", "-new", "-key", self.key(name), "-subj", subject, "-out", request])
        extension_file = Path(self.path(f"{name}.ext"))
        extension_file.write_text(extensions)
        signer = issuer or name
        if dates:
            # Only `openssl ca` lets the dates be chosen.
            config = Path(self.path("ca.cnf"))
            config.write_text(
                f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.path('ca.index')}\nnew_certs_dir={self.folder}\n"
                "rand_serial=yes\npolicy=p\nunique_subject=no\n[p]\nO=optional\nCN=supplied\n")
            Path(self.path("ca.index")).write_text("")
            run(["openssl", "ca", "-batch", "-notext", "-config", str(config), "-md", "sha256",
                 "-startdate", dates[0], "-enddate", dates[1], "-in", request,
                 "-cert", self.certificate(signer), "-keyfile", self.key(signer),
                 "-extfile", str(extension_file), "-out", self.certificate(name)])
            return
        command = ["openssl", "x509", "-req", "-in", request, "-sha256", "-days", "3650",
                   "-extfile", str(extension_file), "-out", self.certificate(name)]
        if issuer:
            command += ["-CA", self.certificate(issuer), "-CAkey", self.key(issuer), "-CAcreateserial"]
        else:
            command += ["-signkey", self.key(name)]
        run(command)

    def _write_chain(self, name, chain):
        issuers = "".join(Path(self.certificate(link)).read_text() for link in chain)
        Path(self.issuers(name)).write_text(issuers)
        Path(self.chain(name)).write_text(Path(self.certificate(name)).read_text() + issuers)


def run(command) -> bytes:
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.decode()}")
    return done.stdout
