#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
# alone: a second before midnight must not have become midnight when jmld has started
#
# T2 around the world: one date, and everybody's own midnight; days without a midnight and with two;
# people who move to the other side.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"

# The first instant of a civil day somewhere, by the system's own zones: of two midnights the first,
# of none the first instant after it. As seconds since the epoch.
starts() { # ZONE DATE
    local hour t
    for hour in 00:00 00:30 01:00; do
        t=$(TZ=$1 date -d "$2 $hour" +%s 2> /dev/null) || continue
        # is there the same wall clock an hour before?
        [ "$(TZ=$1 date -d "@$((t - 3600))" +%F)" != "$2" ] || t=$((t - 3600))
        echo "$t"
        return
    done
}
utc() { date -u -d "@$1" '+%F %T'; }
hired() { q "SELECT extract(epoch FROM hired_at)::bigint FROM jml.person WHERE employee_id = '$1'"; }
leaves() { q "SELECT extract(epoch FROM leaves_at)::bigint FROM jml.person WHERE employee_id = '$1'"; }
who() { q "SELECT coalesce(string_agg(employee_id, ' ' ORDER BY employee_id), '') FROM jml.assignments WHERE state <> 'expired'"; }
join() { event joiner "$1" "$2" "{\"department\":\"A\",\"timeZone\":\"$3\"}" "${@:4}" > "$work/id"; }

# ---- one date around the world

world around
{
    package P none
    workflow Give hire:0 "(department eq 'A')" request:P/none
    workflow Ahead hire:-7 "(department eq 'A')" mail:reminder
} | company
zones=(Pacific/Kiritimati America/Sao_Paulo Pacific/Honolulu)
for zone in "${zones[@]}"; do
    join "${zone#*/}" "$(day 10)" "$zone"
    event leaver "${zone#*/}" "$(day 20)" > "$work/id"
done
once
for zone in "${zones[@]}"; do
    name=${zone#*/}
    start=$(starts "$zone" "$(day 10)") end=$(starts "$zone" "$(day 21)")
    is "$name: hired at its own midnight" "$(hired "$name")" "$start"
    is "$name: the end of the last day is the start of the next" "$(leaves "$name")" "$end"
    is "$name: a week before is a midnight, too" "$(q "SELECT extract(epoch FROM due_at)::bigint FROM jml.runs WHERE employee_id = '$name' AND workflow = 'Ahead'")" "$(starts "$zone" "$(day 3)")"
done
# in the order in which midnight reaches them
at "$(utc $(($(starts Pacific/Kiritimati "$(day 10)") - 1)))"
is "nobody has anything a second before the first midnight" "$(who)" ''
at "$(utc "$(starts Pacific/Kiritimati "$(day 10)")")"
is "the day begins in Kiritimati" "$(who)" Kiritimati
at "$(utc $(($(starts America/Sao_Paulo "$(day 10)") - 1)))"
is "a second before Sao Paulo" "$(who)" Kiritimati
at "$(utc "$(starts America/Sao_Paulo "$(day 10)")")"
is "then there" "$(who)" 'Kiritimati Sao_Paulo'
at "$(utc $(($(starts Pacific/Honolulu "$(day 10)") - 1)))"
is "a second before Honolulu" "$(who)" 'Kiritimati Sao_Paulo'
at "$(utc "$(starts Pacific/Honolulu "$(day 10)")")"
is "then there, a day after the first" "$(who)" 'Honolulu Kiritimati Sao_Paulo'
at "$(utc $(($(starts Pacific/Kiritimati "$(day 21)") - 1)))"
is "the last day lasts to its last second" "$(who)" 'Honolulu Kiritimati Sao_Paulo'
at "$(utc "$(starts Pacific/Kiritimati "$(day 21)")")"
is "it ends in Kiritimati" "$(who)" 'Honolulu Sao_Paulo'
at "$(utc "$(starts America/Sao_Paulo "$(day 21)")")"
is "in Sao Paulo" "$(who)" Honolulu
at "$(utc $(($(starts Pacific/Honolulu "$(day 21)") - 1)))"
is "not yet in Honolulu" "$(who)" Honolulu
at "$(utc "$(starts Pacific/Honolulu "$(day 21)")")"
is "and there" "$(who)" ''
like "jmlctl tells the story in the person's zone" "$(jmlctl person timeline Honolulu)" "$(day 10) 00:00"
ok "the audit verifies around the world" jmlctl audit verify

# ---- a day without midnight, a day with two

world odd
{
    package P none
    package D P1D
    workflow Give hire:0 "(department eq 'A')" request:P/none request:D/P1D
} | company
# What was: Havana skipped 2018-03-11 00:00 to 01:00 and had 2018-11-04 00:00 to 01:00 twice; Sao Paulo
# skipped midnight on 2018-11-04; Beirut, on 2018-03-25.
join none_havana 2018-03-11 America/Havana
join twice_havana 2018-11-04 America/Havana
join none_saopaulo 2018-11-04 America/Sao_Paulo
join none_beirut 2018-03-25 Asia/Beirut
event leaver none_havana 2018-11-03 > "$work/id"
event leaver twice_havana 2019-03-09 > "$work/id"
once
is "a midnight that is skipped: the first instant after it" "$(hired none_havana)" "$(date -u -d 2018-03-11T05:00Z +%s)"
is "in Sao Paulo, too" "$(hired none_saopaulo)" "$(date -u -d 2018-11-04T03:00Z +%s)"
is "and in Beirut" "$(hired none_beirut)" "$(date -u -d 2018-03-24T22:00Z +%s)"
is "of two midnights the first begins the day" "$(hired twice_havana)" "$(date -u -d 2018-11-04T04:00Z +%s)"
is "and ends the one before" "$(leaves none_havana)" "$(date -u -d 2018-11-04T04:00Z +%s)"
is "a last day before a day without midnight ends when that begins" "$(leaves twice_havana)" "$(date -u -d 2019-03-10T05:00Z +%s)"

# What will be, where a zone still does so within the next year.
declare -A ahead
for ((i = 20; i < 400; i++)); do
    d=$(day $i)
    if ! TZ=America/Havana date -d "$d 00:00" > "$work/x" 2>&1; then
        ahead[skipped]=$i
    elif t=$(TZ=America/Havana date -d "$d 00:00" +%s) &&
        { [ "$(TZ=America/Havana date -d "@$((t - 3600))" '+%F %R')" = "$d 00:00" ] ||
          [ "$(TZ=America/Havana date -d "@$((t + 3600))" '+%F %R')" = "$d 00:00" ]; }; then
        ahead[doubled]=$i
    fi
done
for which in "${!ahead[@]}"; do # one who begins on that day, one whose last day is the one before
    join "begins_$which" "$(day "${ahead[$which]}")" America/Havana
    join "ends_$which" "$(day 2)" America/Havana
    event leaver "ends_$which" "$(day $((ahead[$which] - 1)))" > "$work/id"
done
once
[ ${#ahead[@]} = 2 ] || skip "days without midnight to come" "the zones of this system know of none"
for which in $(for w in "${!ahead[@]}"; do echo "${ahead[$w]} $w"; done | sort -n | cut -d' ' -f2); do
    n=${ahead[$which]}
    t=$(starts America/Havana "$(day "$n")")
    at "$(utc $((t - 1)))"
    is "$which: a second before, the one is not yet here" "$(state_of "begins_$which"):$(holds "begins_$which")" prehire:
    is "$which: and the other still is" "$(state_of "ends_$which"):$(holds "ends_$which")" active:P
    at "$(utc "$t")"
    is "$which: then the one is" "$(state_of "begins_$which"):$(holds "begins_$which")" 'active:D P'
    is "$which: and the other is not" "$(state_of "ends_$which"):$(holds "ends_$which")" left:
    # civil days keep the time of day: of a day that begins at one, the next one's one
    is "$which: a day later is the same time of day" \
        "$(q "SELECT extract(epoch FROM ends_at)::bigint FROM jml.assignments WHERE employee_id = 'begins_$which' AND access_package = 'D'")" \
        "$(TZ=America/Havana date -d "$(day $((n + 1))) $(TZ=America/Havana date -d "@$t" +%R)" +%s)"
done
ok "the audit verifies on odd days" jmlctl audit verify

# ---- from Lisbon to Melbourne

world moved
{
    package P none
    package B P30D
    workflow Give hire:0 "(department eq 'A')" request:P/none request:B/P30D
    workflow 'Ten days' hire:10 "(department eq 'A')" mail:reminder
} | company
join E "$(day 1)" Europe/Lisbon
event mover E "$(day 5)" '{"timeZone":"Australia/Melbourne"}' > "$work/id"
join stays "$(day 1)" Europe/Lisbon
for name in E stays; do event leaver $name "$(day 40)" > "$work/id"; done
at "$(utc "$(starts Europe/Lisbon "$(day 1)")")"
b_ends() { q "SELECT extract(epoch FROM ends_at)::bigint FROM jml.assignments WHERE employee_id = '$1' AND access_package = 'B'"; }
is "she begins at midnight in Lisbon" "$(hired E):$(holds E)" "$(starts Europe/Lisbon "$(day 1)"):B P"
is "her thirty days end at one there" "$(b_ends E)" "$(starts Europe/Lisbon "$(day 31)")"
at "$(utc $(($(starts Australia/Melbourne "$(day 5)") + 1)))"
is "she is in Melbourne when the day begins there" "$(q "SELECT attributes ->> 'timeZone' FROM jml.person WHERE employee_id = 'E'")" Australia/Melbourne
is "and keeps the day she was hired" "$(hired E)" "$(starts Europe/Lisbon "$(day 1)")"
is "and the end that was set" "$(b_ends E)" "$(starts Europe/Lisbon "$(day 31)")"
is "and the day ten days after her hire" "$(q "SELECT extract(epoch FROM due_at)::bigint FROM jml.runs WHERE employee_id = 'E' AND workflow = 'Ten days'")" \
    "$(starts Europe/Lisbon "$(day 11)")"
is "no run is made twice" "$(q "SELECT count(*) FROM jml.runs WHERE employee_id = 'E'")" 2
is "her last day is one of Melbourne, the other's one of Lisbon" "$(leaves E) $(leaves stays)" \
    "$(starts Australia/Melbourne "$(day 41)") $(starts Europe/Lisbon "$(day 41)")"
at "$(utc $(($(starts Australia/Melbourne "$(day 41)") - 1)))"
is "to its last second" "$(holds E) $(holds stays)" 'P P'
at "$(utc "$(starts Australia/Melbourne "$(day 41)")")"
is "she has left, the other has not" "$(holds E):$(holds stays)" ':P'
at "$(utc "$(starts Europe/Lisbon "$(day 41)")")"
is "now both have" "$(holds E):$(holds stays)" ':'
# said in the other order
world moved_back
package P none | company
event leaver E "$(day 40)" > "$work/id"
once
event mover E "$(day 5)" '{"timeZone":"Australia/Melbourne"}' > "$work/id"
once
join E "$(day 1)" Europe/Lisbon
once
is "in whatever order it is told" "$(hired E) $(leaves E)" "$(starts Europe/Lisbon "$(day 1)") $(starts Australia/Melbourne "$(day 41)")"
ok "the audit verifies after the move" jmlctl audit verify
finish
