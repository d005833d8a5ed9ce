#!/bin/sh
# Makes the certificates of this folder anew. They are checked in because not every machine has openssl; their keys protect nothing.
# Valid from 2000 to 2999, whatever the machine's clock says.
set -e
cd "$(dirname "$0")"
work=$(mktemp -d)
cat > "$work/conf" <<END
[ca]
default_ca = own
[own]
database = $work/index
new_certs_dir = $work
serial = $work/serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:true
subjectKeyIdentifier = hash
[leaf]
subjectAltName = \${ENV::NAMES}
END
export NAMES=DNS:localhost
key() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$work/$1.csr" -subj "/CN=$2" 2>/dev/null
}
sign() { # name, what signs, section
  : > "$work/index"
  printf '%s\n' "$4" > "$work/serial"
  openssl ca -batch -config "$work/conf" -notext -startdate 20000101000000Z -enddate 29991231000000Z \
    -in "$work/$1.csr" -out "$1.crt" $2 -extensions "$3" 2>/dev/null
}
for name in authority stranger; do
  key $name "predraft tests $name"
  sign $name "-selfsign -keyfile $name.key" authority 01
done
key server localhost
sign server "-cert authority.crt -keyfile authority.key" leaf 02
key client carder
sign client "-cert authority.crt -keyfile authority.key" leaf 03
rm -r authority.key stranger.key "$work"
