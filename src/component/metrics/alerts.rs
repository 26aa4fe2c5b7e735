//! What Prometheus watches: for each thing that goes wrong silently, an alert with what to do. Each is a finding of
//! `pgherd status`, whose section in docs/operations.md it names.

/// An alert.
#[derive(Clone, Copy, Debug)]
pub struct Alert {
    /// Its name.
    pub name: &'static str,
    /// What has to have a value, in PromQL; `$one` stands for the labels of this cluster's series, `$volumes` for those of
    /// its members' volumes, which the kubelet gives.
    pub expr: &'static str,
    /// For how long.
    pub lasting: &'static str,
    /// Whether somebody has to get up.
    pub severity: &'static str,
    /// What is wrong, in a line.
    pub summary: &'static str,
    /// What to do first.
    pub advice: &'static str,
    /// The section of docs/operations.md: an id of `pgherd status`.
    pub section: &'static str,
}

const CRITICAL: &str = "critical";
const WARNING: &str = "warning";

/// Every alert, the worst first. Times are longer than a restart of a member takes, and than Prometheus takes for two looks.
pub const ALERTS: [Alert; 14] = [
    Alert {
        name: "PgherdTwoPrimaries",
        expr: "sum by (namespace, pgherd_cluster) (pgherd_member_leads{$one}) > 1",
        lasting: "1m",
        severity: CRITICAL,
        summary: "{{ $value }} members of {{ $labels.pgherd_cluster }} take writes",
        advice: "stop the one that must not lead: what it takes is lost to the others",
        section: "two-primaries",
    },
    Alert {
        name: "PgherdNoPrimary",
        // Who was there within a day is remembered by namespace: another may have a cluster of this name. Only one that
        // nobody has seen for a day is absent altogether, so that no cluster is told of twice.
        expr: "group by (namespace, pgherd_cluster) (present_over_time(pgherd_member_leads{$one}[1d])) \
               unless max by (namespace, pgherd_cluster) (pgherd_member_leads{$one}) == 1 \
               or absent_over_time(pgherd_member_leads{$one}[1d])",
        lasting: "1m",
        severity: CRITICAL,
        summary: "no member of {{ $labels.pgherd_cluster }} takes writes, or none can be asked",
        advice: "pgherd status says why; if the primary is lost, and is sure not to come back, pgherd promote",
        section: "primary-not-answering",
    },
    Alert {
        name: "PgherdCommitsWaiting",
        expr: "pgherd_primary_oldest_commit_wait_seconds{$one} > 30",
        lasting: "0s",
        severity: CRITICAL,
        summary: "a commit on {{ $labels.pod }} has waited for a standby for {{ $value | humanizeDuration }}",
        advice: "bring back a standby that commits wait for; cancel no session and restart nothing",
        section: "commits-waiting",
    },
    Alert {
        name: "PgherdVolumeNearlyFull",
        expr: "kubelet_volume_stats_used_bytes{$volumes} / kubelet_volume_stats_capacity_bytes{$volumes} > 0.8",
        lasting: "5m",
        severity: CRITICAL,
        summary: "volume {{ $labels.persistentvolumeclaim }} is filled to {{ $value | humanizePercentage }}",
        advice: "find out what grows before it is full: data, or WAL that a slot or the archive keeps",
        section: "volume-nearly-full",
    },
    Alert {
        name: "PgherdSlotLost",
        expr: "pgherd_slot_lost{$one} == 1",
        lasting: "1m",
        severity: CRITICAL,
        summary: "{{ $labels.pod }} has removed WAL that slot {{ $labels.slot }} needed",
        advice: "bring the standby back: it copies the primary anew, beside its old data",
        section: "slot-lost",
    },
    Alert {
        name: "PgherdSlotNearlyLost",
        expr: "pgherd_slot_unreserved{$one} == 1 or on (namespace, pod, slot) \
               pgherd_slot_safe_bytes{$one} / on (namespace, pod) group_left pgherd_primary_slot_bound_bytes{$one} < 0.2",
        lasting: "1m",
        severity: WARNING,
        summary: "slot {{ $labels.slot }} may soon be given up by {{ $labels.pod }}",
        advice: "bring the standby back now, or find out why it is slow",
        section: "slot-nearly-lost",
    },
    Alert {
        // Pods are counted, not series: two Prometheus may have asked one. What is wanted comes from the members, too, not
        // from this object: another namespace may have a cluster of this name with more of them, or fewer.
        name: "PgherdMemberMissing",
        expr: "count by (namespace, pgherd_cluster) (group by (namespace, pgherd_cluster, pod) (pg_up{$one})) \
               < max by (namespace, pgherd_cluster) (pgherd_spec_members{$one})",
        lasting: "10m",
        severity: WARNING,
        summary: "{{ $value }} of the members of {{ $labels.pgherd_cluster }} can be asked, fewer than its spec has",
        advice: "pgherd status names the one that is not there: its pod may wait for a node, or for a volume on a lost one",
        section: "pod-missing",
    },
    Alert {
        name: "PgherdStandbyNotStreaming",
        expr: "pgherd_standby_streaming{$one} == 0 and on (namespace, pgherd_cluster) pgherd_member_leads{$one} == 1",
        lasting: "1m",
        severity: WARNING,
        summary: "{{ $labels.pod }} does not stream from the primary, which answers",
        advice: "its log says why: a network that is shut, a password, a certificate, a slot",
        section: "standby-not-streaming",
    },
    Alert {
        name: "PgherdSlotInactive",
        expr: "pgherd_slot_active{$one} == 0",
        lasting: "5m",
        severity: WARNING,
        summary: "nobody receives through slot {{ $labels.slot }} of {{ $labels.pod }}, which keeps WAL",
        advice: "bring its standby back, or drop the slot if it is nobody's",
        section: "slot-inactive",
    },
    Alert {
        name: "PgherdStandbyLagging",
        expr: "pgherd_standby_replay_lag_seconds{$one} > 30 or pgherd_sender_lag_bytes{$one} > 268435456",
        lasting: "5m",
        severity: WARNING,
        summary: "{{ if $labels.standby }}{{ $labels.standby }}{{ else }}{{ $labels.pod }}{{ end }} is behind the primary",
        advice: "look whether its volume, its processors or a long query hold replay up",
        section: "standby-lagging",
    },
    Alert {
        name: "PgherdTimelinesDiffer",
        expr: "max by (namespace, pgherd_cluster) (pgherd_member_timeline{$one}) \
               != min by (namespace, pgherd_cluster) (pgherd_member_timeline{$one})",
        lasting: "5m",
        severity: WARNING,
        summary: "members of {{ $labels.pgherd_cluster }} are on different timelines",
        advice: "a member does not follow the one that was promoted: pgherd status names it",
        section: "standby-timeline-differs",
    },
    Alert {
        name: "PgherdStandbyPaused",
        expr: "pgherd_standby_paused{$one} == 1",
        lasting: "15m",
        severity: WARNING,
        summary: "replay on {{ $labels.pod }} was paused",
        advice: "resume it: what it receives fills its volume, and its reads grow old",
        section: "standby-paused",
    },
    Alert {
        name: "PgherdArchivingFails",
        expr: "pgherd_primary_archiving_fails{$one} == 1",
        lasting: "5m",
        severity: WARNING,
        summary: "{{ $labels.pod }} cannot archive its WAL, and keeps it",
        advice: "the server's log has what archive_command says",
        section: "archiving-failing",
    },
    Alert {
        name: "PgherdServerNotAnswering",
        expr: "pg_up{$one} == 0",
        lasting: "1m",
        severity: WARNING,
        summary: "the server of {{ $labels.pod }} does not let its exporter in",
        advice: "if pgherd status finds it well, the exporter's log tells what is missing, most often its password",
        section: "standby-not-answering",
    },
];
