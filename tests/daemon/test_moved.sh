#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Roles that lead to another place of their target: who has them gets the new one, and then loses the old one.
# The target is a function of another database, which keeps who is where, and what it was told in which order.
# timeout: 240
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

psql -X -q -d postgres -c 'create database place'
there() { psql -X -q -A -t -d place -c "$1"; }
there "create schema hr;
    create table hr.told (n serial, action text, who text, place text);
    create table hr.member (who text, place text, primary key (who, place));
    create table hr.closed (place text);
    create function hr.f(o jsonb) returns text language plpgsql as \$\$
    declare
        at text := concat_ws('/', o #>> '{origin,base}', o #>> '{origin,group}');
    begin
        if exists (select from hr.closed c where c.place = at) then
            return 'failed';
        end if;
        insert into hr.told (action, who, place) values (o ->> 'action', o ->> 'employeeId', at);
        if o ->> 'action' = 'grant' then
            insert into hr.member values (o ->> 'employeeId', at) on conflict do nothing;
        else
            delete from hr.member m where m.who = o ->> 'employeeId' and m.place = at;
        end if;
        return 'confirmed';
    end \$\$"
members() { there "select coalesce(string_agg(who || ' ' || place, ', ' order by who, place), '') from hr.member"; }
told() { there "select coalesce(string_agg(action || ' ' || who || ' ' || place, ', ' order by n), '') from hr.told; truncate hr.told"; }

# documents BASE GROUP: both packages give the role User; it is GROUP of BASE
documents() {
    { roles='CRM/User' package One none; roles='CRM/User' package Two none; } > "$work/packages.json"
    jq -n --arg base "$1" --arg group "$2" --arg conninfo "host=$PGHOST port=$PGPORT user=$PGUSER dbname=place" \
        --slurpfile p "$work/packages.json" '{
        targets: [{displayName: "Place", kind: "sql", settings: {conninfo: $conninfo, function: "hr.f"}}],
        catalogs: [{displayName: "Company"}],
        resources: [{displayName: "CRM", catalog: "Company", target: "Place", origin: {base: $base},
                     roles: [{displayName: "User", origin: {group: $group}}]}],
        accessPackages: $p}' > "$work/documents.json"
    jmlctl apply "$work/documents.json" 2>&1
}

world moved
documents old a > "$work/said"
for who in E1 E2 E3; do event joiner $who "$(day 0)" > "$work/id"; done
once
add One E1 E2
once
add Two E2
once
is "they are where the role leads" "$(members)" 'E1 old/a, E2 old/a'
told > "$work/x"

said=$(documents old b)
like "apply tells whom it concerns" "$said" "/resources/0/roles/0/origin: 2 people have it: target 'Place' is told to give it at the new place, and then to take it at the old one"
once
is "everybody who has the role is at the new place, and nowhere else" "$(members)" 'E1 old/b, E2 old/b'
is "each was given it there before it was taken" "$(told | tr ',' '\n' | sed 's/^ //' | sort -s -k2,2 | uniq | tr '\n' ' ')" \
    'grant E1 old/b revoke E1 old/a grant E2 old/b revoke E2 old/a '
is "the assignments are delivered" "$(q "select string_agg(distinct state, ' ') from jml.assignments")" delivered
is "with the role of the package alone" "$(q "select bool_and(a.roles = jsonb_build_array(r.id)) from jml.assignment a, jml.resource_role r where r.former_of is null")" t
ok "the audit verifies" jmlctl audit verify
is "roll-outs end" "$(q 'select count(*) from jml.rollout where completed_at is null')" 0
like "the same again changes nothing" "$(documents old b)" '^nothing changed'
is "what is exported has one role" "$(jmlctl export | jq -c '[.resources[].roles[].displayName]')" '["User"]'
is "target show counts one" "$(jmlctl --json target show Place | jq -c '[.[0].resources[].roles]')" '[1]'

documents new b > "$work/said"
once
is "the origin of the resource moves all its roles" "$(members)" 'E1 new/b, E2 new/b'
told > "$work/x"
add One E3
once
is "who comes later knows the new place alone" "$(told)" 'grant E3 new/b'

there "insert into hr.closed values ('new/c')"
documents new c > "$work/said"
once
is "what cannot be given there stays where it was" "$(members)" 'E1 new/b, E2 new/b, E3 new/b'
is "and is told" "$(q "select string_agg(distinct state, ' ') from jml.assignments")" partiallyDelivered
there "truncate hr.closed"
for id in $(q "select id from jml.assignment where state <> 'expired'"); do jmlctl assignment reprocess "$id" > "$work/x"; done
once
is "reprocessed it moves" "$(members)" 'E1 new/c, E2 new/c, E3 new/c'
is "and is delivered" "$(q "select string_agg(distinct state, ' ') from jml.assignments")" delivered

there "insert into hr.closed values ('new/d')"
documents new d > "$work/said"
once
there "truncate hr.closed"
jmlctl assignment remove One --employee E1 > "$work/x"
event leaver E3 none '{"immediate":true}' > "$work/id"
once
is "who loses it before it came loses it where it was" "$(members)" 'E2 new/c'
is "that is known" "$(q "select bool_and(revoked_at is not null) from jml.assignments where state = 'expired'")" t

q "update jml.resource_role set origin = '{\"group\":\"e\"}' where former_of is null; update jml.configuration set revision = revision + 1"
once
is "a change by hand moves people, too" "$(members)" 'E2 new/e'
told > "$work/x"
for package in One Two; do jmlctl assignment remove "$package" --employee E2 > "$work/x"; once; done
is "at the end nobody is anywhere" "$(members)" ''
ok "the audit verifies after it all" jmlctl audit verify
finish
