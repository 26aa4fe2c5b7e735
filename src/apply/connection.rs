//! Connects to the cluster of a kubeconfig's context. Does not change the kubeconfig.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use super::Error;

/// Which cluster, as the user names it.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// Path of the kubeconfig; by default `$KUBECONFIG`, then `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// The context; by default the current one, if it is a kind cluster.
    pub context: Option<String>,
}

/// A client and what it is connected to.
#[derive(Clone)]
pub struct Connection {
    /// The client.
    pub client: Client,
    /// Name of the context.
    pub context: String,
    /// The context's namespace.
    pub namespace: String,
    /// What it was read from, for programs that connect by themselves.
    pub(crate) kubeconfig: Kubeconfig,
}

/// Connects, and makes sure that the cluster answers.
///
/// # Errors
/// When there is no such context, when it is the current one without being spelled out and not a kind cluster, or when
/// the cluster does not answer.
pub async fn connect(route: &Route) -> Result<Connection, Error> {
    let kubeconfig = match &route.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let kubeconfig = kubeconfig.map_err(|error| Error::Kubeconfig(chain(&error)))?;
    let context = choose_context(&kubeconfig, route.context.as_deref())?;
    connect_to(kubeconfig, &context).await
}

/// Connects to a context of a kubeconfig that is at hand.
pub(crate) async fn connect_to(kubeconfig: Kubeconfig, context: &str) -> Result<Connection, Error> {
    // Another crate may have brought a second provider into the process; naming ours once keeps rustls from guessing.
    // An error says that it is set already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = KubeConfigOptions {
        context: Some(context.into()),
        ..KubeConfigOptions::default()
    };
    let mut config = Config::from_custom_kubeconfig(kubeconfig.clone(), &options)
        .await
        .map_err(|error| Error::Kubeconfig(chain(&error)))?;
    config.connect_timeout = Some(Duration::from_secs(10));
    let namespace = config.default_namespace.clone();
    let unreachable = |error: kube::Error| Error::Unreachable {
        context: context.into(),
        reason: chain(&error),
    };
    let client = Client::try_from(config).map_err(unreachable)?;
    client.apiserver_version().await.map_err(unreachable)?;
    Ok(Connection {
        client,
        context: context.into(),
        namespace,
        kubeconfig,
    })
}

/// A connection that leads nowhere, for who goes through what would be asked without asking it.
pub(crate) fn nowhere() -> Result<Connection, Error> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let nowhere = |reason: String| Error::Unreachable {
        context: String::new(),
        reason,
    };
    // No server listens on the port of `discard`, and nothing is sent to it.
    let address = "http://127.0.0.1:9".parse();
    let config = Config::new(address.map_err(|error| nowhere(chain(&error)))?);
    let client = Client::try_from(config).map_err(|error| nowhere(chain(&error)))?;
    Ok(Connection {
        client,
        context: String::new(),
        namespace: String::new(),
        kubeconfig: Kubeconfig::default(),
    })
}

fn choose_context(kubeconfig: &Kubeconfig, asked: Option<&str>) -> Result<String, Error> {
    let known: Vec<String> = kubeconfig
        .contexts
        .iter()
        .map(|context| context.name.clone())
        .collect();
    let name = match (asked, &kubeconfig.current_context) {
        (Some(name), _) => name.to_owned(),
        (None, Some(name)) if name.starts_with("kind-") => name.clone(),
        (None, Some(name)) if !name.is_empty() => {
            return Err(Error::NotSpelledOut {
                context: name.clone(),
            });
        }
        (None, _) => return Err(Error::Kubeconfig("it has no current context".into())),
    };
    if known.contains(&name) {
        Ok(name)
    } else {
        Err(Error::UnknownContext { name, known })
    }
}

/// An error and its causes in one line, each said once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(current: &str) -> Kubeconfig {
        let text = format!(
            "current-context: {current}\ncontexts: [{{name: kind-a}}, {{name: production}}]\nclusters: []\nusers: []\n"
        );
        Kubeconfig::from_yaml(&text).expect("a kubeconfig")
    }

    #[test]
    fn a_context_that_is_not_kind_has_to_be_spelled_out() {
        let production = kubeconfig("production");
        assert!(matches!(
            choose_context(&production, None),
            Err(Error::NotSpelledOut { .. })
        ));
        assert_eq!(
            choose_context(&production, Some("production")).expect("spelled out"),
            "production"
        );
        assert_eq!(
            choose_context(&kubeconfig("kind-a"), None).expect("kind"),
            "kind-a"
        );
    }

    #[test]
    fn an_unknown_context_is_named_beside_the_known_ones() {
        let error = choose_context(&kubeconfig("kind-a"), Some("kind-b"))
            .expect_err("unknown")
            .to_string();
        assert!(
            error.contains("kind-b") && error.contains("production"),
            "{error}"
        );
    }
}
