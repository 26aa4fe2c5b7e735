#!/bin/bash
# A server's certificate is for *.members, as short names of pods in a namespace are covered, and a client that checks names
# connects to one.members. One would expect every client to say the same. libpq takes the certificate: to it an asterisk
# stands for one label, whatever follows. OpenSSL's own check, which Python's ssl and every client on top of it leave the
# name to, refuses: behind the asterisk it wants two labels at least. With *.members.shop both take it.
# So a certificate that serves both has each short name by itself, or clients use a longer one.
#
# Seen with psycopg-binary 3.2.10 (libpq 17) and the OpenSSL of Python 3.11. Needs python3 with venv, and openssl.
# Exit codes: 0 as described; 1 not, with what was seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet psycopg==3.2.10 psycopg-binary==3.2.10

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=server \
  -addext 'subjectAltName=DNS:*.members,DNS:*.members.shop' \
  -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null

cat >"$folder/try.py" <<'PYTHON'
import socket, ssl, sys, threading
import psycopg

folder = sys.argv[1]
served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
served.load_cert_chain(folder + "/certificate.pem", folder + "/key.pem")


def serve(listener):
    # As a PostgreSQL server does until TLS is there: a client asks for it, and is told S. Then the session ends.
    client, _ = listener.accept()
    try:
        if client.recv(8)[4:] == (80877103).to_bytes(4, "big"):
            client.sendall(b"S")
        with served.wrap_socket(client, server_side=True) as session:
            session.recv(1)
    except OSError:
        pass
    client.close()


def listening():
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    return listener.getsockname()[1]


def by_libpq(name):
    try:
        psycopg.connect(host=name, hostaddr="127.0.0.1", port=listening(), sslmode="verify-full",
                        sslrootcert=folder + "/certificate.pem", connect_timeout=5)
    except psycopg.OperationalError as error:
        return "refuses" if "does not match host name" in str(error) else "takes it"


def by_openssl(name):
    context = ssl.create_default_context(cafile=folder + "/certificate.pem")
    with socket.create_connection(("127.0.0.1", listening())) as plain:
        plain.sendall((8).to_bytes(4, "big") + (80877103).to_bytes(4, "big"))
        plain.recv(1)
        try:
            context.wrap_socket(plain, server_hostname=name).close()
            return "takes it"
        except ssl.SSLCertVerificationError as error:
            return "refuses" if "mismatch" in str(error) else str(error)


for name in ("one.members", "one.members.shop"):
    print(f"{name}: libpq {by_libpq(name)}, OpenSSL {by_openssl(name)}")
PYTHON
seen=$("$folder/venv/bin/python" "$folder/try.py" "$folder")
echo "$seen"
expected="one.members: libpq takes it, OpenSSL refuses
one.members.shop: libpq takes it, OpenSSL takes it"
[ "$seen" = "$expected" ] || { echo "that is not what was seen before:" >&2; echo "$expected" >&2; exit 1; }
