#!/bin/sh
# Certificates to expect of captures/tls12-declined.pcap, each with one thing that stands in its way. Their issuer has
# the name of the authority in that request and a key of its own, which is thrown away.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj "/O=Witness Tests/CN=root" -days 7300 2>/dev/null
: > index.txt
cat > ca.cnf <<CNF
[ca]
default_ca = own
[own]
database = $work/index.txt
new_certs_dir = $work
certificate = $work/ca.pem
private_key = $work/ca.key
rand_serial = yes
policy = any
unique_subject = no
[any]
organizationName = optional
commonName = supplied
CNF

# issue NAME DIGEST EXTENSIONS
issue() {
    openssl req -newkey rsa:2048 -nodes -keyout key -out csr -subj "/O=Witness Tests/CN=$1.example" 2>/dev/null
    printf '%b' "$3" > extensions
    openssl ca -batch -config ca.cnf -in csr -md "$2" -notext -startdate 20200101000000Z -enddate 20460101000000Z \
        -extfile extensions -out "$here/$1.pem" 2>/dev/null
}

issue server-auth-only sha256 'extendedKeyUsage=serverAuth\nkeyUsage=digitalSignature,keyEncipherment\n'
issue key-encipherment-only sha256 'extendedKeyUsage=clientAuth\nkeyUsage=keyEncipherment\n'
issue any-usage sha256 'extendedKeyUsage=anyExtendedKeyUsage\nkeyUsage=digitalSignature\n'
issue signed-with-sha1 sha1 'extendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\n'
