//! What a reviewer sees, and that it means what the objects say.

use pgherd::output::{json, yaml};
use serde::Deserialize as _;
use serde_json::{Value, json as value};

use super::samples::{SCRIPT, manifest, manifests};

#[test]
fn manifests_read_from_top_to_bottom() {
    insta::assert_snapshot!(yaml::render(&manifests()), @r#"
    ---
    # Configuration and scripts
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: shop-config
      namespace: database
      labels:
        app.kubernetes.io/name: postgresql
    data:
      image: not a field
      name: nor this
      postgresql.conf: |
        archive_mode = on
      start.sh: |
        #!/bin/sh
        set -eu

        if [ -s "$PGDATA/PG_VERSION" ]; then
        	exec postgres # on: tab
        fi
    ---
    # Passwords
    apiVersion: v1
    kind: Secret
    metadata:
      name: shop-credentials
      namespace: database
    type: Opaque
    data:
      superuser: c2VjcmV0
    ---
    # For writing
    apiVersion: v1
    kind: Service
    metadata:
      name: shop-primary
      namespace: database
    spec:
      type: NodePort
      selector:
        app.kubernetes.io/instance: shop
      ports:
        - name: postgresql
          port: 5432
          targetPort: postgresql
          nodePort: 32000
    ---
    # The standbys
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: shop-standby
      namespace: database
    spec:
      serviceName: shop-primary
      replicas: 2
      podManagementPolicy: Parallel
      updateStrategy:
        type: RollingUpdate
      selector:
        matchLabels:
          app.kubernetes.io/instance: shop
      template:
        metadata:
          labels:
            app.kubernetes.io/instance: shop
          annotations:
            pgherd/checksum: "0123"
        spec:
          securityContext:
            runAsNonRoot: true
            runAsUser: 999
            seccompProfile:
              type: RuntimeDefault
          tolerations:
            - key: dedicated
              operator: Equal
              value: "yes"
              effect: NoSchedule
          containers:
            - name: postgres
              image: postgres:17
              imagePullPolicy: IfNotPresent
              command:
                - /etc/pgherd/scripts/start.sh
              args:
                - "-c"
                - archive_mode=on
              env:
                - name: POD_NAME
                  valueFrom:
                    fieldRef:
                      fieldPath: metadata.name
                - name: HOT
                  value: "on"
              ports:
                - name: postgresql
                  containerPort: 5432
              readinessProbe:
                exec:
                  command:
                    - pg_isready
                    - "-q"
                periodSeconds: 5
                timeoutSeconds: 3
              resources:
                requests:
                  cpu: 100m
                  memory: 256Mi
                limits:
                  memory: 256Mi
              securityContext:
                allowPrivilegeEscalation: false
                capabilities:
                  drop:
                    - ALL
              volumeMounts:
                - name: config
                  mountPath: /etc/pgherd/config
                  readOnly: true
          volumes:
            - name: config
              configMap:
                name: shop-config
                defaultMode: 365
            - name: run
              emptyDir: {}
      volumeClaimTemplates:
        - apiVersion: v1
          kind: PersistentVolumeClaim
          metadata:
            name: data
          spec:
            accessModes:
              - ReadWriteOnce
            resources:
              requests:
                storage: 10Gi
    "#);
}

#[test]
fn documents_are_the_objects() {
    let manifests = manifests();
    let text = yaml::render(&manifests);
    let read: Vec<Value> = serde_yaml::Deserializer::from_str(&text)
        .map(|document| Value::deserialize(document).unwrap())
        .collect();
    let objects: Vec<Value> = manifests
        .iter()
        .map(|manifest| serde_json::to_value(&manifest.object).unwrap())
        .collect();
    assert_eq!(read, objects);
    assert_eq!(
        serde_saphyr::from_multiple::<Value>(&text).unwrap(),
        objects
    );
    let list: Value = serde_json::from_str(&json::render(&manifests)).unwrap();
    assert_eq!(
        list,
        value!({"apiVersion": "v1", "kind": "List", "items": objects})
    );
}

#[test]
fn texts_are_blocks() {
    let texts = value!({
        "script": SCRIPT,
        "no newline at the end": "a\nb",
        "newlines at the end": "a\n\n",
        "begins with blanks": "  a\nb\n",
        "carriage returns": "a\r\nb\r\n",
        "in a list": ["a\nb\n", [["a\nb\n"]]],
    });
    insta::assert_snapshot!(yaml::document(&texts), @r#"
    script: |
      #!/bin/sh
      set -eu

      if [ -s "$PGDATA/PG_VERSION" ]; then
      	exec postgres # on: tab
      fi
    no newline at the end: |-
      a
      b
    newlines at the end: |+
      a

    begins with blanks: |2
        a
      b
    carriage returns: "a\r\nb\r\n"
    in a list:
      - |
        a
        b
      - - - |
            a
            b
    "#);
}

#[test]
fn empty_lines_have_no_blanks() {
    assert!(
        yaml::render(&manifests())
            .lines()
            .all(|line| !line.ends_with(' '))
    );
}

#[test]
fn quotes_only_where_needed() {
    let words = value!([
        "postgres:17",
        "/etc/pgherd",
        "app.kubernetes.io/name",
        "10Gi",
        "100m",
        "10.0.0.0/8",
        "select on x",
        "it's",
        "on",
        "1e3",
        "2026-11-21",
        "10.0.0.1",
        "a: b",
        "a #b",
        "*",
        "",
        "say \"on\"",
        "C:\\",
        "tab\there",
        "日本語",
        "\u{feff}",
    ]);
    insta::assert_snapshot!(yaml::document(&words), @r#"
    - postgres:17
    - /etc/pgherd
    - app.kubernetes.io/name
    - 10Gi
    - 100m
    - 10.0.0.0/8
    - select on x
    - it's
    - "on"
    - "1e3"
    - "2026-11-21"
    - "10.0.0.1"
    - "a: b"
    - "a #b"
    - "*"
    - ""
    - 'say "on"'
    - 'C:\'
    - "tab\there"
    - "日本語"
    - "\uFEFF"
    "#);
}

#[test]
fn numbers_and_empty_things() {
    let things = value!({
        "one": 1, "most": u64::MAX, "large": 1e300, "small": 1.5e-9, "none": null, "yes": true,
        "map": {}, "list": [], "nested": [[1, [2, {}]], [], {"a": {"b": []}}],
    });
    insta::assert_snapshot!(yaml::document(&things), @r#"
    one: 1
    most: 18446744073709551615
    large: 1.0e+300
    small: 1.5e-9
    "none": null
    "yes": true
    map: {}
    list: []
    nested:
      - - 1
        - - 2
          - {}
      - []
      - a:
          b: []
    "#);
}

#[test]
fn comments_stay_on_their_line() {
    let object = manifests().remove(0).object;
    let text = yaml::render(&[
        manifest("two\nlines: \u{2028}\u{feff}x", object.clone()),
        manifest(" \n", object),
    ]);
    assert!(
        text.starts_with("---\n# two lines: x\napiVersion: v1\n"),
        "{text}"
    );
    assert!(text.contains("\n---\napiVersion: v1\n"), "{text}");
}
