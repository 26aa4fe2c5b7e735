#!/bin/bash
# Prints the certificate, in PEM, that the server on the host $1 shows to clients.
# Exit codes: 0; 1 when no certificate was seen within ten seconds.
set -euo pipefail
timeout 10 openssl s_client -starttls postgres -connect "$1:5432" </dev/null 2>/dev/null | openssl x509
