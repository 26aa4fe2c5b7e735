//! Commands as the user would type them: the same spec, and the same context and namespace or folder. Runs nothing.

use crate::runtime::processes::Place;

/// What every command about a cluster has to name.
#[derive(Clone, Debug)]
pub struct Commands {
    /// The spec's files, as the user named them.
    pub files: Vec<String>,
    /// Where the cluster is.
    pub located: Located,
}

/// Where a cluster is, as commands name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// In a namespace of a Kubernetes cluster.
    Kubernetes {
        /// The context.
        context: String,
        /// The namespace.
        namespace: String,
    },
    /// As processes of this machine.
    Processes {
        /// Their folder.
        folder: String,
        /// What pods are told as their namespace.
        namespace: String,
    },
}

impl Located {
    /// A place of processes.
    pub(crate) fn of_place(place: &Place) -> Located {
        Located::Processes {
            folder: place.path().display().to_string(),
            namespace: place.namespace().into(),
        }
    }

    /// The namespace, or what pods are told as one.
    pub fn namespace(&self) -> &str {
        match self {
            Located::Kubernetes { namespace, .. } | Located::Processes { namespace, .. } => {
                namespace
            }
        }
    }

    /// The context; none where there is no Kubernetes.
    pub fn context(&self) -> Option<&str> {
        match self {
            Located::Kubernetes { context, .. } => Some(context),
            Located::Processes { .. } => None,
        }
    }

    /// The folder of processes; none where there are none.
    pub fn folder(&self) -> Option<&str> {
        match self {
            Located::Kubernetes { .. } => None,
            Located::Processes { folder, .. } => Some(folder),
        }
    }

    /// The options by which a command of pgherd finds it.
    fn options(&self) -> String {
        match self {
            Located::Kubernetes { context, namespace } => {
                format!("--context {} -n {}", quoted(context), quoted(namespace))
            }
            Located::Processes { folder, .. } => format!("--processes {}", quoted(folder)),
        }
    }
}

impl Commands {
    /// A command of kubectl; nothing where there is no Kubernetes, and what is done there instead is `judge::processes`'.
    pub fn kubectl(&self, words: &str) -> String {
        match &self.located {
            Located::Kubernetes { .. } => format!("kubectl {} {words}", self.located.options()),
            Located::Processes { .. } => String::new(),
        }
    }

    /// A command of pgherd.
    pub fn pgherd(&self, command: &str) -> String {
        format!("pgherd {command}{} {}", self.spec(), self.located.options())
    }

    /// The command that forms the cluster of the spec as processes, in a folder of its own.
    pub fn form(&self) -> String {
        format!("pgherd e2e --on processes --keep{}", self.spec())
    }

    /// One statement in a psql on the primary.
    pub fn sql(&self, statement: &str) -> String {
        let statement = quoted(statement);
        format!("{} -- -c {statement}", self.pgherd("psql"))
    }

    /// The first Secrets, in the namespace and by the context.
    pub fn new_secrets(&self) -> String {
        let (spec, namespace) = (self.spec(), quoted(self.located.namespace()));
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
    use super::{Commands, Located, quoted, words};

    #[test]
    fn a_command_names_where_the_cluster_is() {
        let typed = |located| {
            let files = vec!["my shop.yaml".into()];
            Commands { files, located }.pgherd("status")
        };
        let in_kubernetes = typed(Located::Kubernetes {
            context: "kind-lab".into(),
            namespace: "store".into(),
        });
        assert_eq!(
            in_kubernetes,
            "pgherd status -f 'my shop.yaml' --context kind-lab -n store"
        );
        let as_processes = typed(Located::Processes {
            folder: "/tmp/pgherd-a".into(),
            namespace: "store".into(),
        });
        assert_eq!(
            as_processes,
            "pgherd status -f 'my shop.yaml' --processes /tmp/pgherd-a"
        );
    }

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
