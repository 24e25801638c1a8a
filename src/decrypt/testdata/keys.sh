#!/bin/sh
# Makes the other forms of server-rsa.key; needs OpenSSL 3. The passphrase is "test".
set -eu
cd "$(dirname "$0")"
openssl pkey -in server-rsa.key -traditional -out server-rsa-pkcs1.key
openssl pkey -in server-rsa.key -outform DER -out server-rsa.der
sed '/-----/d' server-rsa-pkcs1.key | base64 -d > server-rsa-pkcs1.der
openssl pkcs8 -topk8 -in server-rsa.key -passout pass:test -out server-rsa-encrypted.key
openssl pkcs8 -topk8 -in server-rsa.key -passout pass:test -outform DER -out server-rsa-encrypted.der
openssl rsa -in server-rsa.key -traditional -aes128 -passout pass:test -out server-rsa-pkcs1-encrypted.key 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out server-ec.key
chmod 644 server-*
