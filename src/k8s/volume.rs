//! Volumes of a pod and where containers see them.

use super::{Quantity, corev1};
use crate::names::{AUTHORITY_FILE, CERTIFICATE_FILE, CERTIFICATE_KEY_FILE};

/// Mode of files that are only read, such as configuration: the owner and the volume's group.
pub const READ_ONLY: i32 = 0o440;
/// Mode of scripts.
pub const EXECUTABLE: i32 = 0o555;

/// A volume that a container may write to.
pub fn mount(volume: &str, path: &str) -> corev1::VolumeMount {
    corev1::VolumeMount {
        name: volume.into(),
        mount_path: path.into(),
        ..Default::default()
    }
}

/// A volume that a container only reads.
pub fn read_only_mount(volume: &str, path: &str) -> corev1::VolumeMount {
    corev1::VolumeMount {
        read_only: Some(true),
        ..mount(volume, path)
    }
}

/// The files of a ConfigMap, with a mode.
pub fn config(name: &str, config_map: String, mode: i32) -> corev1::Volume {
    corev1::Volume {
        name: name.into(),
        config_map: Some(corev1::ConfigMapVolumeSource {
            name: config_map,
            default_mode: Some(mode),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// The files of a Secret.
pub fn secret(name: &str, secret: String) -> corev1::Volume {
    corev1::Volume {
        name: name.into(),
        secret: Some(corev1::SecretVolumeSource {
            secret_name: Some(secret),
            default_mode: Some(READ_ONLY),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// The files of a Secret with a certificate: those that are served, and the authority that clients check it by.
pub fn certificate(name: &str, secret: String) -> corev1::Volume {
    files_of_secret(
        name,
        secret,
        &[CERTIFICATE_FILE, CERTIFICATE_KEY_FILE, AUTHORITY_FILE],
    )
}

/// The authority by which clients check a certificate, of the Secret that has both.
pub fn authority(name: &str, secret: String) -> corev1::Volume {
    files_of_secret(name, secret, &[AUTHORITY_FILE])
}

/// Some files of a Secret.
pub fn files_of_secret(name: &str, secret: String, files: &[&str]) -> corev1::Volume {
    let item = |file: &&str| corev1::KeyToPath {
        key: (*file).into(),
        path: (*file).into(),
        ..Default::default()
    };
    corev1::Volume {
        name: name.into(),
        secret: Some(corev1::SecretVolumeSource {
            secret_name: Some(secret),
            default_mode: Some(READ_ONLY),
            items: Some(files.iter().map(item).collect()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Some files of a Secret, those that it has; the others come when it has them.
pub fn optional_files_of_secret(name: &str, secret: String, files: &[&str]) -> corev1::Volume {
    let mut volume = files_of_secret(name, secret, files);
    if let Some(source) = &mut volume.secret {
        source.optional = Some(true);
    }
    volume
}

/// An empty folder in memory, for what must not reach a disk. It counts against the container's memory limit.
pub fn memory(name: &str, limit: &str) -> corev1::Volume {
    corev1::Volume {
        name: name.into(),
        empty_dir: Some(corev1::EmptyDirVolumeSource {
            medium: Some("Memory".into()),
            size_limit: Some(Quantity(limit.into())),
        }),
        ..Default::default()
    }
}

/// An empty folder on the node, gone with the pod.
pub fn scratch(name: &str, limit: &str) -> corev1::Volume {
    corev1::Volume {
        name: name.into(),
        empty_dir: Some(corev1::EmptyDirVolumeSource {
            size_limit: Some(Quantity(limit.into())),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// The claim of another pod's volume.
pub fn claim(name: &str, claim: String) -> corev1::Volume {
    corev1::Volume {
        name: name.into(),
        persistent_volume_claim: Some(corev1::PersistentVolumeClaimVolumeSource {
            claim_name: claim,
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// The files by which a container asks the API: a token of its own that is renewed, the authority, the namespace. As the kubelet
/// mounts them by itself, but only where this is mounted.
/// <https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#launch-a-pod-using-service-account-token-projection>
pub fn api_access(name: &str) -> corev1::Volume {
    let item = |key: &str| corev1::KeyToPath {
        key: key.into(),
        path: key.into(),
        ..Default::default()
    };
    let token = corev1::VolumeProjection {
        service_account_token: Some(corev1::ServiceAccountTokenProjection {
            path: "token".into(),
            expiration_seconds: Some(3607),
            ..Default::default()
        }),
        ..Default::default()
    };
    let authority = corev1::VolumeProjection {
        config_map: Some(corev1::ConfigMapProjection {
            name: "kube-root-ca.crt".into(),
            items: Some(vec![item("ca.crt")]),
            ..Default::default()
        }),
        ..Default::default()
    };
    let namespace = corev1::VolumeProjection {
        downward_api: Some(corev1::DownwardAPIProjection {
            items: Some(vec![corev1::DownwardAPIVolumeFile {
                path: "namespace".into(),
                field_ref: Some(corev1::ObjectFieldSelector {
                    field_path: "metadata.namespace".into(),
                    ..Default::default()
                }),
                ..Default::default()
            }]),
        }),
        ..Default::default()
    };
    corev1::Volume {
        name: name.into(),
        projected: Some(corev1::ProjectedVolumeSource {
            default_mode: Some(READ_ONLY),
            sources: Some(vec![token, authority, namespace]),
        }),
        ..Default::default()
    }
}
