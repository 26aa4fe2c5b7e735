//! A finding: what is wrong, how one sees it, what to do, and the next command. Its id is what documents link to.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Clients cannot write, or data is in danger.
    Critical,
    /// The cluster is less than the spec promises.
    Warning,
    /// Nothing is known to be wrong, but something could not be seen.
    Note,
}

/// Names of what can be found. They never change: documents and alerts refer to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Id {
    /// None of the cluster's objects is there.
    NothingApplied,
    /// Objects are missing.
    ObjectMissing,
    /// The Secret with the passwords is missing.
    SecretMissing,
    /// The spec names another primary than the cluster was told.
    LeaderDiffers,
    /// Two members take writes.
    TwoPrimaries,
    /// The primary's server does not answer.
    PrimaryNotAnswering,
    /// The primary does not take writes.
    PrimaryInRecovery,
    /// A member has no pod.
    PodMissing,
    /// A pod waits for a node, a volume, an image or a file.
    PodPending,
    /// A container ends again and again.
    PodCrashLooping,
    /// A pod is being deleted, or has ended.
    PodEnding,
    /// A pod runs and is not ready, for no other reason that was found.
    PodNotReady,
    /// A standby's server does not answer.
    StandbyNotAnswering,
    /// A member's server could not be asked.
    ServerNotAsked,
    /// A pod of the cluster is not in the spec.
    MemberUnexpected,
    /// A member has the data of another cluster.
    SystemIdentifierDiffers,
    /// A standby does not receive what the primary writes.
    StandbyNotStreaming,
    /// A standby copies the primary's data.
    StandbyCopying,
    /// A standby follows another history than the primary's.
    StandbyTimelineDiffers,
    /// A standby is far behind.
    StandbyLagging,
    /// A standby does not replay what it receives.
    StandbyPaused,
    /// A standby has no replication slot.
    SlotMissing,
    /// A standby's slot is not in use, and keeps WAL.
    SlotInactive,
    /// A standby's slot has lost WAL that the standby needs.
    SlotLost,
    /// A slot is about to lose WAL.
    SlotNearlyLost,
    /// A slot that belongs to no member is not in use, and keeps WAL.
    SlotUnused,
    /// Commits wait for a synchronous standby.
    CommitsWaiting,
    /// Commits do not wait for standbys as the cluster was told.
    DurabilityDiffers,
    /// It is left to people who leads, where members elect that.
    ElectionPaused,
    /// The members' own settings are not those of the spec.
    SettingsDiffer,
    /// A setting takes back what the cluster promises.
    SettingUnsafe,
    /// WAL is not archived.
    ArchivingFailing,
    /// A volume is nearly full.
    VolumeNearlyFull,
    /// A Service selects other pods than the spec says.
    ServiceSelectorDiffers,
    /// A Service leads to a pod that it must not lead to.
    ServiceWrongPod,
    /// A Service does not lead to a pod that it should lead to.
    ServiceWithoutPod,
    /// A load balancer has no address.
    ServiceWithoutAddress,
    /// The certificate is no longer valid.
    CertificateExpired,
    /// The certificate ends to be valid soon.
    CertificateExpiring,
    /// The certificate is of another authority than clients check it by.
    CertificateNotOfAuthority,
    /// The certificate lacks a name by which clients or standbys come.
    CertificateNamesMissing,
    /// Not every pooler pod is ready.
    PoolerNotReady,
    /// The exporters of metrics have no password.
    MetricsWithoutPassword,
    /// A Job that copies data has failed.
    JobFailed,
    /// Something could not be looked at.
    NotSeen,
}

impl Id {
    /// Every id, in the order in which documents list them.
    pub const ALL: [Id; 45] = [
        Id::NothingApplied,
        Id::ObjectMissing,
        Id::SecretMissing,
        Id::LeaderDiffers,
        Id::TwoPrimaries,
        Id::PrimaryNotAnswering,
        Id::PrimaryInRecovery,
        Id::PodMissing,
        Id::PodPending,
        Id::PodCrashLooping,
        Id::PodEnding,
        Id::PodNotReady,
        Id::StandbyNotAnswering,
        Id::ServerNotAsked,
        Id::MemberUnexpected,
        Id::SystemIdentifierDiffers,
        Id::StandbyNotStreaming,
        Id::StandbyCopying,
        Id::StandbyTimelineDiffers,
        Id::StandbyLagging,
        Id::StandbyPaused,
        Id::SlotMissing,
        Id::SlotInactive,
        Id::SlotLost,
        Id::SlotNearlyLost,
        Id::SlotUnused,
        Id::CommitsWaiting,
        Id::DurabilityDiffers,
        Id::ElectionPaused,
        Id::SettingsDiffer,
        Id::SettingUnsafe,
        Id::ArchivingFailing,
        Id::VolumeNearlyFull,
        Id::ServiceSelectorDiffers,
        Id::ServiceWrongPod,
        Id::ServiceWithoutPod,
        Id::ServiceWithoutAddress,
        Id::CertificateExpired,
        Id::CertificateExpiring,
        Id::CertificateNotOfAuthority,
        Id::CertificateNamesMissing,
        Id::PoolerNotReady,
        Id::MetricsWithoutPassword,
        Id::JobFailed,
        Id::NotSeen,
    ];

    /// The id as it is shown, such as `standby-not-streaming`.
    pub fn text(self) -> String {
        let mut text = String::new();
        for character in format!("{self:?}").chars() {
            if character.is_ascii_uppercase() && !text.is_empty() {
                text.push('-');
            }
            text.push(character.to_ascii_lowercase());
        }
        text
    }
}

/// Something that is wrong, or could not be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of thing it is.
    pub id: Id,
    /// How bad it is.
    pub severity: Severity,
    /// The member or object that it is about.
    pub subject: String,
    /// What is wrong, in one sentence.
    pub wrong: String,
    /// What was seen.
    pub seen: String,
    /// What to do about it, in words.
    pub advice: String,
    /// The next command to type. It never destroys data.
    pub command: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_same_in_tables_and_in_json() {
        for id in Id::ALL {
            assert_eq!(
                serde_json::to_value(id).expect("a string"),
                serde_json::json!(id.text())
            );
        }
        assert_eq!(Id::StandbyNotStreaming.text(), "standby-not-streaming");
    }
}
