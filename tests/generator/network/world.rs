//! A namespace's pods, Services and policies, made from objects as they are applied: what controllers would do with
//! them.

use std::net::IpAddr;

use pgherd::cluster::Cluster;
use pgherd::k8s::metav1::ObjectMeta;
use pgherd::k8s::{IntOrString, Object, appsv1, batchv1, corev1};
use pgherd::spec::Source;
use pgherd::validate::read;
use pgherd::{names, topology};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::evaluate::{End, Labels, Pod, Rules};

/// The namespace of every object under test.
pub(crate) const HOME: &str = "shop";

pub(crate) struct World {
    pub(crate) rules: Rules,
    pub(crate) pods: Vec<Pod>,
    services: Vec<corev1::ServiceSpec>,
}

/// The cluster of a spec.
pub(crate) fn cluster(spec: &str) -> Cluster {
    let source = Source {
        name: "spec.yaml",
        text: spec,
        folder: None,
    };
    let mut clusters = read(&source).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(clusters.len(), 1);
    clusters.remove(0)
}

/// The objects of a spec, as the API gets them.
pub(crate) fn objects(spec: &str) -> Vec<Value> {
    let manifests = topology::objects(&cluster(spec), None);
    let json = |object: &Object| {
        let mut value = serde_json::to_value(object).unwrap();
        value["kind"] = object.kind().into();
        value
    };
    manifests.iter().map(|one| json(&one.object)).collect()
}

/// What comes of objects that are applied to [`HOME`]. Namespaces have the label that Kubernetes gives them.
pub(crate) fn world(objects: &[Value]) -> World {
    let mut world = World {
        rules: Rules::default(),
        pods: Vec::new(),
        services: Vec::new(),
    };
    for namespace in [HOME, "other", "kube-system", "monitoring"] {
        let label = ("kubernetes.io/metadata.name".into(), namespace.into());
        let labels = Labels::from([label]);
        world.rules.namespaces.insert(namespace.into(), labels);
    }
    for object in objects {
        match object["kind"].as_str().unwrap() {
            "NetworkPolicy" => {
                let mut policy: pgherd::k8s::networkingv1::NetworkPolicy = typed(object);
                policy.metadata.namespace = Some(HOME.into());
                world.rules.policies.push(policy);
            }
            "Service" => world.services.extend(typed::<corev1::Service>(object).spec),
            "StatefulSet" => {
                let set: appsv1::StatefulSet = typed(object);
                let spec = set.spec.unwrap();
                let replicas = spec.replicas.unwrap();
                world.run(&set.metadata, &spec.template, replicas);
            }
            "Deployment" => {
                let deployment: appsv1::Deployment = typed(object);
                let spec = deployment.spec.unwrap();
                let replicas = spec.replicas.unwrap();
                world.run(&deployment.metadata, &spec.template, replicas);
            }
            "Job" => {
                let job: batchv1::Job = typed(object);
                world.run(&job.metadata, &job.spec.unwrap().template, 1);
            }
            _ => {}
        }
    }
    world
}

fn typed<T: DeserializeOwned>(object: &Value) -> T {
    serde_json::from_value(object.clone()).unwrap()
}

impl World {
    fn run(&mut self, of: &ObjectMeta, template: &corev1::PodTemplateSpec, replicas: i32) {
        let metadata = template.metadata.as_ref().unwrap();
        let containers = template.spec.iter().flat_map(|spec| &spec.containers);
        let ports = containers.flat_map(|container| container.ports.iter().flatten());
        let port = |port: &corev1::ContainerPort| {
            let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".into());
            (
                port.name.clone().unwrap_or_default(),
                protocol,
                port.container_port,
            )
        };
        let ports: Vec<_> = ports.map(port).collect();
        for ordinal in 0..replicas {
            let pod = Pod {
                name: format!("{}-{ordinal}", of.name.as_deref().unwrap()),
                namespace: HOME.into(),
                labels: metadata.labels.clone().unwrap(),
                ports: ports.clone(),
                address: address(self.pods.len()),
            };
            self.pods.push(pod);
        }
    }

    /// The pods with a label.
    pub(crate) fn with(&self, key: &str, value: &str) -> Vec<End> {
        let has = |pod: &&Pod| pod.labels.get(key).is_some_and(|found| found == value);
        self.pods
            .iter()
            .filter(has)
            .cloned()
            .map(End::Pod)
            .collect()
    }

    pub(crate) fn members(&self) -> Vec<End> {
        self.with(names::MEMBER_LABEL, "true")
    }

    pub(crate) fn component(&self, component: &str) -> Vec<End> {
        self.with(names::COMPONENT_LABEL, component)
    }

    /// The pods behind every Service, with the port of each to which the Service leads.
    pub(crate) fn endpoints(&self) -> Vec<(End, i32)> {
        let mut endpoints = Vec::new();
        for service in &self.services {
            let selector = service.selector.as_ref().unwrap();
            let chosen = |pod: &&Pod| {
                let mut wanted = selector.iter();
                wanted.all(|(key, value)| pod.labels.get(key) == Some(value))
            };
            for pod in self.pods.iter().filter(chosen) {
                for port in service.ports.iter().flatten() {
                    let number = target(pod, port.target_port.as_ref().unwrap());
                    endpoints.push((End::Pod(pod.clone()), number));
                }
            }
        }
        assert!(endpoints.len() > 3, "Services have lost their pods");
        endpoints
    }
}

fn target(pod: &Pod, port: &IntOrString) -> i32 {
    match port {
        IntOrString::Int(number) => *number,
        IntOrString::String(name) => {
            let mut ports = pod.ports.iter();
            ports.find(|(known, ..)| known == name).unwrap().2
        }
    }
}

fn address(index: usize) -> IpAddr {
    format!("10.244.0.{}", index + 10).parse().unwrap()
}

/// A pod of somebody else.
pub(crate) fn stranger(namespace: &str, labels: &[(&str, &str)]) -> End {
    let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    End::Pod(Pod {
        name: format!("stranger {labels:?}"),
        namespace: namespace.into(),
        labels: labels.iter().map(pair).collect(),
        ports: Vec::new(),
        address: "10.244.7.7".parse().unwrap(),
    })
}

pub(crate) fn outside(address: &str) -> End {
    End::Outside(address.parse().unwrap())
}
