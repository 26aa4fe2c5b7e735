# shellcheck shell=bash
# The file by which Pgpool-II knows its clients' passwords, derived from the mounted Secret. Sourced at the start, and by
# `pgherd rotate` where the Secret has changed: pgpool reads the file again on SIGHUP.
# Needs: PGHERD_OWNER, affixes.sh
credentials=/etc/pgherd/credentials
run=/run/pgherd
# What pgpool reads of a password before it cuts the rest off without a word: a token of 128 bytes, less `TEXT`.
longest_password=124
# Lengths are counted in bytes, as pgpool does.
export LC_ALL=C

# Pgpool-II logs in to the servers on the client's behalf and needs the password itself, not a verifier. It stays
# as TEXT in memory: a key to an AES entry would lie in the same folder, as the Secret does. printf is a builtin, so
# that the password is on no command line.
write_passwords() {
    local password
    password=$(<"$credentials/owner")
    [[ -n $password ]] || die "the password of '$PGHERD_OWNER' is empty
hint: fill 'owner' in the Secret"
    [[ $password != *[[:cntrl:]]* ]] || die \
        "the password of '$PGHERD_OWNER' has a line break or another control character
hint: change 'owner' in the Secret"
    ((${#password} <= longest_password)) || die \
        "the password of '$PGHERD_OWNER' has ${#password} bytes
hint: Pgpool-II reads $longest_password of them; choose a shorter one"
    # In this file, as in libpq's .pgpass, a colon separates and a backslash escapes.
    password=${password//\\/\\\\}
    password=${password//:/\\:}
    (umask 077 && printf '%s:TEXT%s\n' "$PGHERD_OWNER" "$password" >"$run/pool_passwd.new")
    mv "$run/pool_passwd.new" "$run/pool_passwd"
}
