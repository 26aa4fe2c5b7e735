-- What a server knows of itself and of those that follow it: one row, one JSON object, read by status::server::Server.
-- For PostgreSQL 15 and newer; columns that only newer versions have are read through to_jsonb.
with here as (
  select pg_is_in_recovery() as in_recovery,
         case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as at_lsn
)
select json_build_object(
  'version', split_part(current_setting('server_version'), ' ', 1),
  'inRecovery', in_recovery,
  'systemIdentifier', (select system_identifier::text from pg_control_system()),
  -- What was replayed may be further than the last restartpoint says. Its files tell: of a timeline that left this one
  -- before the place that is replayed here, a standby has the history, but receives no segment; and of one that a promotion
  -- has not completed there is a segment, but no history.
  'timeline', case when in_recovery then greatest(
      (select timeline_id from pg_control_checkpoint()),
      (select min_recovery_end_timeline from pg_control_recovery()),
      (select received_tli from pg_stat_wal_receiver),
      (select max(('x' || left(segment.name, 8))::bit(32)::int)
        from pg_ls_waldir() as segment join pg_ls_waldir() as history
          on segment.name ~ '^[0-9A-F]{24}$' and history.name = left(segment.name, 8) || '.history'))
    else ('x' || left(pg_walfile_name(at_lsn), 8))::bit(32)::int end,
  'position', (at_lsn - '0/0'::pg_lsn)::bigint,
  'received', (pg_last_wal_receive_lsn() - '0/0'::pg_lsn)::bigint,
  'replayAge', extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8,
  'paused', case when in_recovery then pg_is_wal_replay_paused() else false end,
  'receiver', (select status from pg_stat_wal_receiver),
  'senders', coalesce((
    select json_agg(json_build_object(
      'name', application_name, 'state', state, 'sync', sync_state,
      'lagBytes', (at_lsn - replay_lsn)::bigint, 'lagSeconds', extract(epoch from replay_lag)::float8)
      order by application_name, pid)
    from pg_stat_replication), '[]'),
  'copies', coalesce((
    select json_agg(json_build_object(
      'name', application_name, 'phase', phase, 'bytes', backup_streamed, 'ofBytes', backup_total)
      order by application_name, pid)
    from pg_stat_progress_basebackup join pg_stat_replication using (pid)), '[]'),
  'slots', coalesce((
    select json_agg(json_build_object(
      'name', slot_name, 'type', slot_type, 'active', active, 'walStatus', wal_status,
      'keptBytes', (at_lsn - restart_lsn)::bigint, 'safeBytes', safe_wal_size,
      'inactiveSince', to_char((to_jsonb(slot) ->> 'inactive_since')::timestamptz at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
      order by slot_name)
    from pg_replication_slots slot where not temporary), '[]'),
  'slotBound', (
    select nullif(setting::bigint, -1) * 1024 * 1024 from pg_settings where name = 'max_slot_wal_keep_size'),
  'syncNames', current_setting('synchronous_standby_names'),
  -- What takes back what the cluster promises: of this server alone, and on a primary of a role or a database. A bool may be
  -- spelled in many ways. https://www.postgresql.org/docs/current/config-setting.html
  'taken', coalesce((
    select json_agg(json_build_object('setting', name || ' = ' || value, 'by', made_by) order by name, made_by)
    from (
      select name, setting as value, coalesce(sourcefile, source) as made_by from pg_settings
        where name in ('fsync', 'full_page_writes') and setting = 'off'
      union all
      select name, setting, sourcefile from pg_file_settings
        where applied and not in_recovery
          and (name = 'synchronous_commit' or name = 'default_transaction_read_only' and sourcefile ~ 'auto.conf$')
      union all
      select split_part(entry, '=', 1), substr(entry, strpos(entry, '=') + 1), coalesce(nullif(concat_ws(' in ',
          'role ' || nullif(setrole, 0)::regrole,
          'database ' || (select quote_ident(datname) from pg_database where oid = setdatabase)), ''), 'every role')
        from pg_db_role_setting, unnest(setconfig) as entry
        where not in_recovery and (entry ~ '^synchronous_commit=' or entry ~ '^default_transaction_read_only=' and setrole = 0)
    ) as made
    where name in ('fsync', 'full_page_writes')
       or name = 'synchronous_commit' and value ~* '^(off|false|no|0|local)$'
       or name = 'default_transaction_read_only' and value ~* '^(on|t(r(ue?)?)?|y(es?)?|1)$'), '[]'),
  -- Commits that wait for a standby, other than for a moment.
  'waitingCommits', (
    select count(*) from pg_stat_activity
    where wait_event = 'SyncRep' and clock_timestamp() - state_change > interval '10 s'),
  'archivingFails', (
    select current_setting('archive_mode') <> 'off'
           and coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)
    from pg_stat_archiver),
  'archivingError', (select last_failed_wal from pg_stat_archiver)
) from here;
