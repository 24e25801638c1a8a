#!/bin/sh
# Makes every test capture again. Must run as root (network namespaces, recording). Arguments: families, see make.py.
#
# Needs (Debian 12): apt-get install tshark tcpdump ethtool iproute2 openssl gnutls-bin nginx-light apache2 golang-go \
#   openjdk-17-jdk-headless python3 zstd lz4 nftables
# and Node.js 20, and cargo for the rustls program.
set -eu
cd "$(dirname "$0")"
for tool in tshark dumpcap editcap mergecap tcpdump ethtool ip ss openssl gnutls-serv gnutls-cli nginx apache2 go javac \
    java node cargo python3 zstd lz4 gzip nft; do
  command -v "$tool" >/dev/null || { echo "make.sh: $tool is not installed" >&2; exit 1; }
done
exec python3 -B make.py "$@"
