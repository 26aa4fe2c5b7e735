//! The series that alerts and the dashboard are made of, and which members' exporters give them. `pgherd e2e` looks for
//! each; a test holds alerts and dashboard to this list, because a name that nobody gives is an alert that never comes.

/// Which members give a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giver {
    /// Every member.
    Each,
    /// The member that leads.
    Primary,
    /// Members that follow.
    Standby,
}

/// Names of series, by who gives them.
pub const SERIES: [(&str, Giver); 27] = [
    ("pg_up", Giver::Each),
    ("pg_exporter_last_scrape_error", Giver::Each),
    ("pg_stat_activity_count", Giver::Each),
    ("pg_settings_max_connections", Giver::Each),
    ("pg_stat_database_xact_commit", Giver::Each),
    ("pg_stat_database_xact_rollback", Giver::Each),
    ("pg_stat_database_blks_hit", Giver::Each),
    ("pg_stat_database_blks_read", Giver::Each),
    ("pg_database_size_bytes", Giver::Each),
    ("pgherd_spec_members", Giver::Each),
    ("pgherd_member_leads", Giver::Each),
    ("pgherd_member_timeline", Giver::Each),
    ("pgherd_member_position_bytes", Giver::Each),
    ("pgherd_primary_oldest_commit_wait_seconds", Giver::Primary),
    ("pgherd_primary_slot_bound_bytes", Giver::Primary),
    ("pgherd_primary_archiving_fails", Giver::Primary),
    ("pgherd_slot_active", Giver::Primary),
    ("pgherd_slot_lost", Giver::Primary),
    ("pgherd_slot_unreserved", Giver::Primary),
    ("pgherd_slot_kept_bytes", Giver::Primary),
    ("pgherd_slot_safe_bytes", Giver::Primary),
    ("pgherd_sender_lag_bytes", Giver::Primary),
    ("pgherd_sender_lag_seconds", Giver::Primary),
    ("pgherd_sender_confirms", Giver::Primary),
    ("pgherd_standby_streaming", Giver::Standby),
    ("pgherd_standby_replay_lag_seconds", Giver::Standby),
    ("pgherd_standby_paused", Giver::Standby),
];
