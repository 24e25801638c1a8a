#!/bin/sh
# Makes the certificates (*.der) and signatures.txt beside this script with openssl 3.
#
#   sh src/certificate/testdata/generate.sh
#
# Keys are made for the run and thrown away, so every run gives other bytes. message.txt is what
# is signed. signatures.txt has one line per signature: certificate, algorithm, signature in hex.
# openssl-fields.txt is what openssl prints of every certificate, to compare with.
# Needs openssl and xxd; takes about a minute, most of it for the 16384-bit key.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -f ./*.der signatures.txt

printf 'The quick brown fox presents its certificate.' > message.txt

# certify NAME [req options]: a self-signed certificate of $work/NAME.key.
certify() {
    name=$1; shift
    openssl req -x509 -new -key "$work/$name.key" -days 3650 -subj "/CN=$name" \
        -outform DER -out "$name.der" "$@" 2>/dev/null
}

# genkey NAME [genpkey options]
genkey() {
    name=$1; shift
    openssl genpkey -out "$work/$name.key" "$@" 2>/dev/null
}

# record NAME ALGORITHM: appends the signature in $work/sig.
record() {
    echo "$1 $2 $(xxd -p -c 100000 "$work/sig")" >> signatures.txt
}

# sign NAME ALGORITHM HASH [dgst options]
sign() {
    name=$1 algorithm=$2 hash=$3; shift 3
    openssl dgst "-$hash" -sign "$work/$name.key" -out "$work/sig" "$@" message.txt
    record "$name" "$algorithm"
}

pss() {
    sign "$1" "rsa-pss-$2" "$2" -sigopt rsa_padding_mode:pss -sigopt "rsa_pss_saltlen:$3"
}

# RSA. 2041 bits: EM of PSS is one octet shorter than the modulus.
for bits in 512 1024 2041 2048 4096; do
    genkey "rsa-$bits" -algorithm RSA -pkeyopt "rsa_keygen_bits:$bits"
done
# Several primes only because such a large key is found sooner.
genkey rsa-16384 -algorithm RSA -pkeyopt rsa_keygen_bits:16384 -pkeyopt rsa_keygen_primes:5
genkey rsa-exponent-3 -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3
for name in rsa-512 rsa-1024 rsa-2041 rsa-2048 rsa-4096 rsa-16384 rsa-exponent-3; do
    certify "$name" -sha256
    sign "$name" rsa-pkcs1-sha256 sha256
done
for hash in md5 sha1 sha224 sha384 sha512; do
    sign rsa-2048 "rsa-pkcs1-$hash" "$hash"
done
sign rsa-512 rsa-pkcs1-sha1 sha1
sign rsa-512 rsa-pkcs1-md5-sha1 md5-sha1
sign rsa-2048 rsa-pkcs1-md5-sha1 md5-sha1
for hash in sha1 sha224 sha256 sha384 sha512; do
    pss rsa-2048 "$hash" digest
done
pss rsa-2041 sha256 digest
pss rsa-1024 sha256 digest
pss rsa-512 sha1 digest
pss rsa-2048 sha256 0
pss rsa-2048 sha256 max

# A signature that begins with a zero octet: salts are random, one in 256 does.
until [ "$(xxd -p -l 1 "$work/sig")" = 00 ]; do
    openssl dgst -sha1 -sign "$work/rsa-512.key" -out "$work/sig" -sigopt rsa_padding_mode:pss \
        -sigopt rsa_pss_saltlen:digest message.txt
done
record rsa-512 rsa-pss-sha1

# PKCS #1 v1.5 with a DigestInfo that leaves the NULL parameters out: signed as raw data.
{
    printf '\060\057\060\013\006\011\140\206\110\001\145\003\004\002\001\004\040'
    openssl dgst -sha256 -binary message.txt
} > "$work/digest-info"
openssl pkeyutl -sign -inkey "$work/rsa-2048.key" -in "$work/digest-info" -out "$work/sig"
record rsa-2048 rsa-pkcs1-sha256

# id-RSASSA-PSS keys: without parameters, and restricted to SHA-256.
genkey rsassa-pss -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048
genkey rsassa-pss-restricted -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 \
    -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 \
    -pkeyopt rsa_pss_keygen_saltlen:32
for name in rsassa-pss rsassa-pss-restricted; do
    certify "$name" -sha256 -sigopt rsa_pss_saltlen:32
    pss "$name" sha256 digest
done
pss rsassa-pss sha384 digest
pss rsassa-pss sha512 digest

# ECDSA, digests shorter and longer than the order.
for curve in P-256 P-384 P-521 brainpoolP256r1 brainpoolP384r1; do
    name=ec-$curve
    genkey "$name" -algorithm EC -pkeyopt "ec_paramgen_curve:$curve" \
        -pkeyopt ec_param_enc:named_curve
    certify "$name" -sha256
    for hash in md5 sha1 sha224 sha256 sha384 sha512; do
        sign "$name" "ecdsa-$hash" "$hash"
    done
done
for form in compressed hybrid; do
    openssl ec -in "$work/ec-P-256.key" -conv_form "$form" -out "$work/ec-P-256-$form.key" \
        2>/dev/null
    certify "ec-P-256-$form" -sha256
    sign "ec-P-256-$form" ecdsa-sha256 sha256
done

# Keys that are described but not checked.
for curve in secp256k1 P-224 brainpoolP512r1; do
    genkey "ec-$curve" -algorithm EC -pkeyopt "ec_paramgen_curve:$curve" \
        -pkeyopt ec_param_enc:named_curve
    certify "ec-$curve" -sha256
    sign "ec-$curve" ecdsa-sha256 sha256
done
genkey ec-explicit -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit
certify ec-explicit -sha256
sign ec-explicit ecdsa-sha256 sha256
openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out "$work/dsa.par" \
    2>/dev/null
genkey dsa -paramfile "$work/dsa.par"
certify dsa -sha256
sign dsa dsa-sha256 sha256

# EdDSA.
for name in ed25519 ed448; do
    genkey "$name" -algorithm "$name"
    certify "$name"
    openssl pkeyutl -sign -rawin -inkey "$work/$name.key" -in message.txt -out "$work/sig"
    record "$name" "$name"
done

# Odd but well-formed certificates, all with the P-256 key.
odd() {
    name=odd-$1; shift
    cp "$work/ec-P-256.key" "$work/$name.key"
    certify "$name" -sha256 "$@"
}
printf '[req]\ndistinguished_name=dn\n[dn]\n' > "$work/plain.cnf"
for mask in teletex:0x4 universal:0x100 bmp:0x800; do
    printf '[req]\ndistinguished_name=dn\nstring_mask=MASK:%s\n[dn]\n' "${mask#*:}" > "$work/$mask.cnf"
    odd "${mask%:*}-subject" -config "$work/$mask.cnf" -utf8 -subj '/CN=Zürich, Müller & Söhne'
done
odd hostile-subject -config "$work/plain.cnf" -utf8 \
    -subj "$(printf '/CN=a\n\033[31mred, CN=admin\\+O=x/O= #"<>;')"
odd no-extensions -config "$work/plain.cnf"
odd usage-any -config "$work/plain.cnf" -addext extendedKeyUsage=anyExtendedKeyUsage
odd usages -config "$work/plain.cnf" -addext extendedKeyUsage=clientAuth,1.2.3.4,serverAuth \
    -addext keyUsage=critical,digitalSignature \
    -addext subjectAltName=DNS:a.example,IP:192.0.2.1,DNS:b.example
odd no-digital-signature -config "$work/plain.cnf" -addext keyUsage=keyCertSign,cRLSign
odd negative-serial -config "$work/plain.cnf" -set_serial -0x1234
odd long-serial -config "$work/plain.cnf" \
    -set_serial 0xf0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0011223344556677
openssl req -new -key "$work/ec-P-256.key" -subj /CN=odd-v1 -out "$work/v1.csr"
openssl x509 -req -in "$work/v1.csr" -key "$work/ec-P-256.key" -days 30 -outform DER \
    -out odd-v1.der 2>/dev/null
: > "$work/index.txt"
printf '[ca]\ndefault_ca=c\n[c]\ndatabase=%s\nnew_certs_dir=%s\nrand_serial=yes\npolicy=p\ndefault_md=sha256\n[p]\ncommonName=supplied\n' \
    "$work/index.txt" "$work" > "$work/ca.cnf"
openssl x509 -in odd-no-extensions.der -inform DER -out "$work/ca.pem"
openssl ca -batch -config "$work/ca.cnf" -keyfile "$work/ec-P-256.key" -cert "$work/ca.pem" \
    -in "$work/v1.csr" -startdate 19500101000000Z -enddate 99991231235959Z -notext \
    -out "$work/year-9999.pem" 2>/dev/null
openssl x509 -in "$work/year-9999.pem" -outform DER -out odd-year-9999.der

for certificate in *.der; do
    echo "$certificate"
    openssl x509 -inform DER -in "$certificate" -noout -subject -issuer -serial -startdate \
        -enddate -dateopt iso_8601 -fingerprint -sha256 \
        -nameopt sep_comma_plus_space,esc_2253,esc_ctrl,utf8,sname,dump_unknown,dump_der
    openssl x509 -inform DER -in "$certificate" -noout -fingerprint -sha1
done > openssl-fields.txt
