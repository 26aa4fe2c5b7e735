#!/bin/bash
# Whether this member does its part with what is mounted: run by `pgherd rotate`. Exit codes: 0 yes; 1 no, with the reason.
set -euo pipefail
exec python3 -B "${0%/*}/ready.py"
