# shellcheck shell=bash
# Whose WAL continues whose: what has to be known before a member's data may follow, or lead, after the lead has moved.
# Sourced. Reads; changes the data directory only where `become_standby` says so.
# Needs: PGDATA, names.sh data.sh connect.sh, `member`
: "${member:?}"

# A line of pg_controldata.
control() { pg_controldata "$PGDATA" | sed -n "s/^$1: *//p"; }

# A place in WAL, such as 0/3000060, as a number.
lsn_number() { echo $((16#${1%/*} * 0x100000000 + 16#${1#*/})); }

# The newest timeline that this directory knows: after a promotion the file of its history is there before the control
# file says so.
own_timeline() {
  local timeline file
  timeline=$(control "Latest checkpoint's TimeLineID")
  [[ $timeline =~ ^[1-9][0-9]*$ ]] || die "pg_controldata does not tell the timeline of $PGDATA"
  for file in "$PGDATA"/pg_wal/????????.history; do
    [ -e "$file" ] || continue
    file=${file##*/}
    ((16#${file%.history} <= timeline)) || timeline=$((16#${file%.history}))
  done
  echo "$timeline"
}

# Fills a folder with links to the WAL from the segment of the place $2, a number, on timeline $1, and prints it.
# pg_waldump takes the size of segments from whichever file it finds first, which may be one that was made ahead and is
# still empty. Segments have 16 MB.
written_wal() {
  local folder=${TMPDIR:-/tmp}/pgherd-wal.$$ first file byte
  rm -rf "$folder"
  mkdir "$folder"
  first=$(printf '%08X%08X%08X' "$1" $(($2 >> 32)) $((($2 & 0xFFFFFFFF) >> 24)))
  for file in "$PGDATA"/pg_wal/????????????????????????; do
    if [[ ! -e $file || ${file##*/} < $first ]]; then continue; fi
    byte=
    IFS= read -r -d '' -n 1 byte <"$file" || true
    [ -z "$byte" ] || ln -s "$file" "$folder/"
  done
  echo "$folder"
}

# Where the last record in this directory's WAL begins. A server that was stopped in order ends with its checkpoint;
# after a crash WAL is read from the last checkpoint to the record that is not whole, where pg_waldump ends with an error.
# A crash between a promotion and the first checkpoint after it leaves nothing to begin from on the new timeline.
last_record() {
  local last folder timeline start end
  last=$(control 'Latest checkpoint location')
  if [ "$(control 'Database cluster state')" != 'shut down' ]; then
    timeline=$(control "Latest checkpoint's TimeLineID")
    [ "$timeline" = "$(own_timeline)" ] ||
      die "the data here was promoted and then crashed before a checkpoint: cannot tell where its WAL ends"
    start=$(control "Latest checkpoint's REDO location")
    folder=$(written_wal "$timeline" "$(lsn_number "$start")")
    last=$(pg_waldump --path "$folder" --timeline "$timeline" --start "$start" 2>"$folder.end" |
      sed -n 's/.* lsn: \([0-9A-F]*\/[0-9A-F]*\),.*/\1/p' | tail -n 1) || true
    end=$(cat "$folder.end")
    rm -rf "$folder" "$folder.end"
    [[ $end =~ (invalid|incorrect)\ (record\ length|magic\ number|prev-link|resource\ manager)|unexpected\ pageaddr|record\ with\ incorrect|(no|invalid)\ contrecord|could\ not\ find\ file ]] ||
      die "cannot tell where the WAL in $PGDATA ends: ${end##*$'\n'}"
  fi
  [[ $last =~ ^[0-9A-F]+/[0-9A-F]+$ ]] || die "cannot tell where the WAL in $PGDATA ends"
  echo "$last"
}

# How far a standby's data goes at least, and on which timeline: what it needs next begins there or behind.
# Two words.
standby_end() {
  local at timeline
  at=$(control 'Minimum recovery ending location')
  timeline=$(control "Min recovery ending loc's timeline")
  # A server that stopped as a primary, and one that has replayed nothing yet, tell of no recovery.
  if [ "$timeline" = 0 ]; then
    at=$(control 'Latest checkpoint location')
    timeline=$(control "Latest checkpoint's TimeLineID")
  fi
  [[ $timeline =~ ^[1-9][0-9]*$ && $at =~ ^[0-9A-F]+/[0-9A-F]+$ ]] ||
    die "pg_controldata does not tell how far the data here goes"
  echo "$at $timeline"
}

# Where the last record begins that is here behind the place $1 on timeline $2; nothing where there is none. What a standby
# has received it need not have replayed, and a commit may have waited for it all the same.
last_received() {
  local folder
  folder=$(written_wal "$2" "$(lsn_number "$1")")
  pg_waldump --path "$folder" --timeline "$2" --start "$1" 2>/dev/null |
    sed -n 's/.* lsn: \([0-9A-F]*\/[0-9A-F]*\),.*/\1/p' | tail -n 1 || true
  rm -rf "$folder"
}

# A standby that has records which its primary never had is not copied over: they may be acknowledged writes.
refuse_diverged() {
  local primary theirs ours at left last
  primary=$(primary_member) || exit 1
  theirs=$(timeline_of "$primary") || theirs=
  [[ $theirs =~ ^[1-9][0-9]*$ ]] || die "$(pod_of "$primary") does not tell its timeline: not copying over the data here"
  at=$(standby_end) || exit 1
  ours=${at#* } at=${at% *}
  ((theirs != ours)) || return 0
  left=
  ((theirs < ours)) || left=$(left_timeline "$primary" "$theirs" "$ours")
  last=$(last_received "$at" "$ours")
  if [ -z "$left" ] || { [ -n "$last" ] && (($(lsn_number "$last") >= $(lsn_number "$left"))); } || (($(lsn_number "$at") > $(lsn_number "$left"))); then
    die "the data here goes to ${last:-$at} on timeline $ours, which $(pod_of "$primary") left at ${left:-no place}: it is left \
alone, because it may hold writes that no other member has. If nothing of it is needed, delete this member's volume \
claim and pod: it then copies the primary"
  fi
}

# Whether the primary has removed WAL that comes after the data here: it may where it kept no slot for this member, and a
# slot that is there now may have been made since. What was received is here, replayed or not.
wal_after_data_is_gone() {
  local end last
  end=$(standby_end) || exit 1
  wal_is_gone "${end% *}" "${end#* }" || return 1
  last=$(last_received "${end% *}" "${end#* }")
  [ -z "$last" ] || wal_is_gone "$last" "${end#* }"
}

# Where the member $1, on timeline $2, left the timeline $3; nothing where it never was on that.
left_timeline() {
  local timeline lsn rest
  ask_sender "$1" "TIMELINE_HISTORY $2" | sed '1s/^[^|]*|//' | while read -r timeline lsn rest; do
    if [ "$timeline" = "$3" ] && [[ $lsn =~ ^[0-9A-F]+/[0-9A-F]+$ ]]; then echo "$lsn"; fi
  done
}

# A primary that was away while another was promoted must not go on: the facts it was started with may be old. The
# network of a pod that has just come may be a second behind it, so as long as nobody answers, silence is none for some
# seconds; and so is an answer that does not tell the timeline.
refuse_superseded() {
  local ours theirs others other code silent unsure answered='' deadline=$((SECONDS + ${PGHERD_SUPERSEDED_SECONDS:-5}))
  ours=$(own_timeline) || exit 1
  others=$(others_than "$member") || exit 1
  while [ -n "$others" ]; do
    silent='' unsure=''
    for other in $others; do
      code=0
      pg_isready -q -t 1 -d "$(reach "$other")" || code=$?
      theirs=
      ((code > 1)) || theirs=$(timeline_of "$other" 2>/dev/null) || theirs=
      if ((code > 1)); then
        silent+=" $other"
      elif ! [[ $theirs =~ ^[1-9][0-9]*$ ]]; then
        unsure+=" $other"
      elif ((theirs > ours)); then
        die "refusing to lead: $(pod_of "$other") is on timeline $theirs, the data here on $ours: another member was \
promoted. If it leads, name it as \`primary\` in the spec and apply it. If it was promoted by hand, and clients wrote here \
until now, stop its pod first: this member then starts"
      else
        answered=yes
      fi
    done
    if [ -z "$unsure" ] && [ -n "$answered" ]; then return; fi
    others=$silent$unsure
    ((SECONDS < deadline)) || break
    run sleep 0.2
  done
  [ -z "$unsure" ] || log "does not tell whether it was promoted:$unsure. Going on: nothing else says that it was"
}

# Waits until the primary has been promoted past this directory's timeline, and makes the directory a standby's if the
# primary has every record that is in it. Returns 1 when the spec names this member as the primary again meanwhile.
become_standby() {
  local primary ours theirs='' last left deadline=$((SECONDS + ${PGHERD_PROMOTION_SECONDS:-600}))
  ours=$(own_timeline) || exit 1
  last=$(last_record) || exit 1
  log "the data here is a primary's; it can follow once another member has been promoted from timeline $ours"
  while true; do
    primary=$(primary_member) || exit 1
    [ "$primary" != "$member" ] || return 1
    theirs=$(timeline_of "$primary" 2>&1) || true
    if [[ $theirs =~ ^[0-9]+$ ]] && ((theirs > ours)); then break; fi
    ((SECONDS < deadline)) || die "the spec names $(pod_of "$primary") as the primary, which has not been promoted; the \
data here is a primary's and is left alone. Go on with \`pgherd switchover\` or \`pgherd promote\`, or name \
$(pod_of "$member") as the primary again; last seen there: ${theirs:-no answer}"
    run sleep 0.2
    write_passfile # passwords may be changed meanwhile
  done
  left=$(left_timeline "$primary" "$theirs" "$ours")
  [ -n "$left" ] || die "$(pod_of "$primary") never was on timeline $ours, on which the data here is: it is left alone"
  (($(lsn_number "$last") < $(lsn_number "$left"))) ||
    die "the data here has $(($(lsn_number "$last") - $(lsn_number "$left"))) bytes of WAL or more that \
$(pod_of "$primary") never had (timeline $ours, from $left to $last): it is left alone, because it may hold writes that no \
other member has. If nothing of it is needed, delete this member's volume claim and pod: it then copies the primary"
  touch "$PGDATA/standby.signal"
  log "every record here is also on $(pod_of "$primary"), which left timeline $ours at $left: following it"
}

# Replication slots of members have no use on one that follows; they would keep WAL for ever.
remove_member_slots() {
  local all one
  all=$(members)
  for one in $all; do rm -rf "$PGDATA/pg_replslot/$(slot_of "$one")"; done
}
