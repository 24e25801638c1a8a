#!/bin/sh
# Makes the certificate files beside this script; needs OpenSSL 3. The keys are
# thrown away but for the test key in leaf.pfx and leaf-encrypted.key (password: test).
set -eu
cd "$(dirname "$0")"
keys=$(mktemp -d)
trap 'rm -r "$keys"' EXIT

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$keys/$1.key" 2>/dev/null; }
# issue NAME SUBJECT ISSUER EXTENSIONS: a certificate for NAME.key, signed by ISSUER.
issue() {
    openssl req -new -key "$keys/$1.key" -subj "$2" -out "$keys/$1.csr"
    printf '%s\n' "$4" > "$keys/ext"
    if [ "$3" = "$1" ]; then
        openssl x509 -req -in "$keys/$1.csr" -signkey "$keys/$1.key" -days 36500 -extfile "$keys/ext" -out "$keys/$1.pem" 2>/dev/null
    else
        openssl x509 -req -in "$keys/$1.csr" -CA "$keys/$3.pem" -CAkey "$keys/$3.key" -days 36500 -extfile "$keys/ext" -out "$keys/$1.pem" 2>/dev/null
    fi
}

for name in root intermediate leaf other self; do key $name; done
issue root "/CN=Test Root" root "basicConstraints=critical,CA:TRUE"
issue intermediate "/CN=Test Intermediate" root "basicConstraints=critical,CA:TRUE"
issue leaf "/CN=client.example" intermediate "extendedKeyUsage=clientAuth"
issue other "/CN=other.example" intermediate "extendedKeyUsage=clientAuth"
issue self "/CN=self.example" self "extendedKeyUsage=clientAuth"

for name in root intermediate leaf other self; do cp "$keys/$name.pem" $name.pem; done
openssl x509 -in leaf.pem -outform DER -out leaf.der
openssl x509 -in leaf.pem -trustout -addtrust clientAuth -out leaf-trusted.pem
openssl crl2pkcs7 -nocrl -certfile leaf.pem -certfile intermediate.pem -outform DER -out chain.p7b
openssl crl2pkcs7 -nocrl -certfile leaf.pem -certfile intermediate.pem -out chain-p7b.pem
openssl pkcs12 -export -inkey "$keys/leaf.key" -in leaf.pem -passout pass:test -out leaf.pfx
openssl pkcs12 -export -legacy -inkey "$keys/leaf.key" -in leaf.pem -passout pass:test -out leaf-legacy.pfx
openssl pkcs12 -export -inkey "$keys/leaf.key" -in leaf.pem -certfile intermediate.pem -passout pass:test -out leaf-chain.pfx
openssl pkcs12 -export -nokeys -in leaf.pem -passout pass:test -out leaf-no-key.pfx
# The MAC's iteration count, 2048 in the last four octets, set to 2147483647.
python3 -c '
data = open("leaf.pfx", "rb").read()
assert data.endswith(bytes.fromhex("02020800"))
def grown(data, by):
    length = int.from_bytes(data[2:4], "big") + by
    return data[:2] + length.to_bytes(2, "big") + data[4:]
data = grown(data, 2)[:-4] + bytes.fromhex("02047fffffff")
at = data.rindex(bytes.fromhex("3041"))
data = data[:at + 1] + bytes([0x43]) + data[at + 2:]
open("leaf-iterations.pfx", "wb").write(data)
'
chmod 644 leaf-*.pfx
openssl pkcs8 -topk8 -in "$keys/leaf.key" -passout pass:test -out leaf-encrypted.key
chmod 644 leaf.pfx leaf-encrypted.key
openssl pkey -in "$keys/leaf.key" -pubout -out leaf-public.pem
chmod 644 leaf.pfx leaf-encrypted.key
openssl pkey -in "$keys/leaf.key" -pubout -outform DER -out leaf-public.der
cp "$keys/leaf.csr" leaf.csr
openssl req -in leaf.csr -outform DER -out leaf-csr.der
openssl x509 -in leaf.pem -noout -fingerprint -sha1 > leaf.sha1
openssl x509 -in leaf.pem -noout -fingerprint -sha256 > leaf.sha256
# The identity of a workload (SPIFFE).
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$keys/workload.key" -out workload.pem \
    -days 3650 -subj "/O=Mesh/CN=workload" \
    -addext "subjectAltName=URI:spiffe://mesh.example/ns/shop/sa/orders,DNS:*.orders.example,email:ops@Mesh.example,IP:10.0.0.4"
