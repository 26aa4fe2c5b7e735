//! Commands as the user would type them: the same context, namespace and spec. Runs nothing.

/// What every command about a cluster has to name.
#[derive(Clone, Debug)]
pub struct Commands {
    /// The spec's files, as the user named them.
    pub files: Vec<String>,
    /// The context.
    pub context: String,
    /// The namespace.
    pub namespace: String,
}

impl Commands {
    /// A command of kubectl.
    pub fn kubectl(&self, words: &str) -> String {
        let (context, namespace) = (quoted(&self.context), quoted(&self.namespace));
        format!("kubectl --context {context} -n {namespace} {words}")
    }

    /// A command of pgherd.
    pub fn pgherd(&self, command: &str) -> String {
        let (context, namespace) = (quoted(&self.context), quoted(&self.namespace));
        let spec = self.spec();
        format!("pgherd {command}{spec} --context {context} -n {namespace}")
    }

    /// One statement in a psql on the primary.
    pub fn sql(&self, statement: &str) -> String {
        let statement = quoted(statement);
        format!("{} -- -c {statement}", self.pgherd("psql"))
    }

    /// The first Secrets, in the namespace and by the context.
    pub fn new_secrets(&self) -> String {
        let (spec, namespace) = (self.spec(), quoted(&self.namespace));
        format!(
            "pgherd keygen{spec} -n {namespace} | {}",
            self.kubectl("create -f -")
        )
    }

    fn spec(&self) -> String {
        let files: Vec<String> = self.files.iter().map(|file| quoted(file)).collect();
        format!(" -f {}", files.join(" -f "))
    }
}

/// A word for a shell, in quotes where it needs them.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The words of a command; a blank in quotes is part of one.
pub(super) fn words(command: &str) -> impl Iterator<Item = &str> {
    let (mut in_quotes, mut escaped) = (false, false);
    command.split(move |character| {
        in_quotes ^= character == '\'' && !escaped;
        escaped = character == '\\' && !in_quotes && !escaped;
        character == ' ' && !in_quotes
    })
}

#[cfg(test)]
mod tests {
    use super::{quoted, words};

    #[test]
    fn words_with_blanks_and_quotes_stay_one_word() {
        assert_eq!(quoted("kind-a"), "kind-a");
        assert_eq!(quoted("my spec.yaml"), "'my spec.yaml'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_command_is_taken_apart_where_a_shell_does_it() {
        let given = [
            "kubectl",
            "it's",
            "my spec.yaml",
            "two  blanks",
            r"a\",
            "",
            "-n",
        ];
        let quoted = given.map(quoted);
        let command = quoted.join(" ");
        assert!(words(&command).eq(&quoted), "{command}");
    }
}
