#!/bin/bash
# Has Pgpool-II take the owner's new password, without ending a session. Run by `pgherd rotate` in a pooler's container.
# On stdin, a line: the password.
# Exit codes: 0 done; 1 not yet, with the reason as the last line of stderr.
set -euo pipefail
here=/etc/pgherd/config
# shellcheck source-path=SCRIPTDIR/../../component/files source=affixes.sh
. "$here/affixes.sh"
[ -e "$here/pool-passwords.sh" ] || die "this pod's scripts are older than this pgherd: apply the spec first"
# shellcheck source-path=SCRIPTDIR/../../component/pgpool/files source=pool-passwords.sh
. "$here/pool-passwords.sh"

IFS= read -r wanted
[ "$(cat "$credentials/owner")" = "$wanted" ] || die "the kubelet has not brought the new password yet"
write_passwords
# pgpool is process 1. It hands the signal to its children, which read the file before they serve their next client.
kill -HUP 1
