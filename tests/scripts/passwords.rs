//! Which passwords a member works with while they are rotated, and how the pooler has them.

use crate::{Lab, ended};

/// A server that lets the superuser in by the password in the file `server`; what else psql is asked for succeeds.
fn server(password: &str) -> Lab {
    let lab = Lab::new();
    lab.write("server", password);
    lab.stub(
        "psql",
        r#"grep -qxF "*:*:*:postgres:$(cat "$LAB/server")" "$PGPASSFILE" || exit 2; echo "$*" >>"$LAB/asked""#,
    );
    lab.write(
        "pgpass",
        "*:*:*:postgres:before\n*:*:*:replicator:before-too\n",
    );
    lab
}

/// The password file after a look at a Secret that also has the next passwords.
fn chosen(lab: &Lab) -> String {
    lab.write("credentials/superuser.next", "super2");
    lab.write("credentials/replication.next", "replica2");
    lab.run("choose_passwords").succeeds();
    let left = std::fs::read_dir(lab.path(".")).expect("the lab");
    let tried = left.filter(|entry| {
        let name = entry.as_ref().expect("a file").file_name();
        name.to_string_lossy().starts_with("pgpass.")
    });
    assert_eq!(tried.count(), 0, "a password file is left behind");
    lab.read("pgpass")
}

#[test]
fn the_passwords_in_use_are_those_by_which_the_server_lets_in() {
    for (server_has, expected) in [
        ("super", "*:*:*:postgres:super\n*:*:*:replicator:replica\n"),
        (
            "super2",
            "*:*:*:postgres:super2\n*:*:*:replicator:replica2\n",
        ),
        // On a standby that has still to replay the change, and after a change of the Secret alone.
        (
            "before",
            "*:*:*:postgres:before\n*:*:*:replicator:replica\n",
        ),
    ] {
        assert_eq!(chosen(&server(server_has)), expected, "{server_has}");
    }
}

#[test]
fn a_changed_secret_that_the_server_does_not_take_ends_nothing() {
    let follow = "sources_now() { echo changed; }; write_member_conf() { :; }; cat() { [ \"$1\" = \"$LAB/sources\" ] || \
                  command cat \"$@\"; }; follow_sources";
    // Its last line writes where only a pod has a folder.
    let follow = follow.to_owned() + " || true";
    let lab = server("before");
    lab.run(&follow);
    assert!(lab.read("asked").contains("pg_reload_conf"));
    assert!(lab.read("pgpass").starts_with("*:*:*:postgres:before\n"));
    let lab = server("super");
    lab.run(&follow);
    assert!(lab.read("pgpass").starts_with("*:*:*:postgres:super\n"));
}

/// Writes the pooler's password file from a Secret with this password.
fn pooled(password: &str) -> (Lab, crate::Ended) {
    let lab = Lab::new();
    lab.write("credentials/owner", password);
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/src/component/pgpool/files");
    let body = format!(
        "set -eu; die() {{ echo \"$*\" >&2; exit 1; }}; . {scripts}/pool-passwords.sh\n\
         credentials=$LAB/credentials run=$LAB; write_passwords"
    );
    let ended = ended(lab.bash().env("PGHERD_OWNER", "keeper").args(["-c", &body]));
    (lab, ended)
}

#[test]
fn the_poolers_password_file_is_escaped_and_refuses_what_pgpool_cuts() {
    let (lab, ended) = pooled("a:b\\c\n");
    ended.succeeds();
    assert_eq!(lab.read("pool_passwd"), "keeper:TEXTa\\:b\\\\c\n");
    for (password, reason) in [
        ("", "is empty"),
        ("two\nlines", "has a line break"),
        (&"x".repeat(125), "has 125 bytes"),
    ] {
        let (lab, ended) = pooled(password);
        ended.dies(reason);
        assert!(!lab.path("pool_passwd").exists());
    }
}
