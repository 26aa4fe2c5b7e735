#!/bin/bash
# Prints the certificate, in PEM, that the server on the host $1 shows to clients.
# Exit codes: 0; 1 when no certificate was seen within ten seconds.
set -euo pipefail
# Where names are not known, PGHERD_HOSTS tells addresses.
address=$(awk -v name="$1" '$2 == name { print $1; exit }' "${PGHERD_HOSTS:-/dev/null}")
timeout 10 openssl s_client -starttls postgres -connect "${address:-$1}:5432" </dev/null 2>/dev/null | openssl x509
