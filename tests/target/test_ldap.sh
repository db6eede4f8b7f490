#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 600
#
# The kind ldap against a real slapd: what it writes is asked for with ldapsearch.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/slapd.sh"

if ! [ -x /usr/sbin/slapd ] || ! command -v ldapsearch > /dev/null; then
    echo "1..0 # SKIP slapd and ldap-utils are not installed"
    exit 0
fi
dir=$(mktemp -d) || exit 1
silent=
# shellcheck disable=SC2317 # called by the trap
end() {
    slapd_stop
    [ -z "$silent" ] || kill "$silent" 2> /dev/null
    rm -rf "$dir"
}
trap end EXIT
if ! slapd_make "$dir/slapd" || ! slapd_start; then
    echo "Bail out! no slapd"
    exit 1
fi
base=dc=example,dc=com

jq -n --arg dir "$slapd_dir" --arg uri "$slapd_ldap" '{
    uri: $uri, startTls: true, caFile: "\($dir)/ca.crt",
    bindDn: "cn=service,dc=example,dc=com", passwordFile: "\($dir)/password",
    peopleBase: "ou=people,dc=example,dc=com", groupBase: "ou=groups,dc=example,dc=com",
    accountFilter: "(uid={{uid}})", accountDn: "uid={{uid}},ou=people,dc=example,dc=com",
    accountAttributes: {objectClass: ["inetOrgPerson"], uid: "{{uid}}", cn: "{{displayName}}",
        sn: "{{surname}}", mail: "{{mail}}"},
    placeholderMember: "cn=nobody", pageSize: 100,
    disable: {attribute: "pwdAccountLockedTime", value: "000001010000Z"}}' > "$dir/settings.json"

with() { # JQ: the settings, changed; prints the name of a file
    local name
    name=$(mktemp "$dir/XXXXXX.json") && jq "$1" "$dir/settings.json" > "$name" && echo "$name"
}
drive() { # SETTINGS [OPTIONS]: operations on standard input
    "$JML_BUILD/tests/target/drive" ldap "$@"
}
outcomes() { jq -r .outcome | paste -sd ' '; }
op() { # ACTION [JQ of more members]: one operation, of Ada
    jq -nc --arg action "$1" '{action: $action, employeeId: "E1", origin: {group: "app"},
        attributes: {uid: "ada", displayName: "Ada Lovelace", surname: "Lovelace"}} + '"${2:-{\}}"
}
twice() { # ACTION [JQ]: done twice, one after the other
    { op "$@"; op "$@"; } | drive "${settings:-$dir/settings.json}" --serial
}
group() { # NAME [MEMBER...]
    local member
    {
        printf '%s\n' "dn: cn=$1,ou=groups,$base" 'objectClass: groupOfNames' "cn: $1"
        shift
        for member in "${@:-cn=nobody}"; do
            echo "member: $member"
        done
    } | slapd_as_root ldapadd > /dev/null
}
entry() { # DN ATTRIBUTE...: its values, sorted
    local dn=$1
    shift
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -s base -b "$dn" "$@" 2> /dev/null |
        grep -v '^dn:' | grep . | sort | paste -sd '|'
}
members() { entry "cn=$1,ou=groups,$base" member; }
settings=
group app
group other
group closed

# ---- the actions, each twice ----

is "a grant makes the account and the membership, and is read back; a second one finds it so" \
    "$(twice grant | jq -c '[.outcome, .account]' | paste -sd ' ')" \
    "$(printf '["confirmed","uid=ada,ou=people,dc=example,dc=com"] %.0s' 1 2 | sed 's/ $//')"
is "the directory has it once" "$(members app)" "member: cn=nobody|member: uid=ada,ou=people,$base"
is "the account has what there was a value for" \
    "$(entry "uid=ada,ou=people,$base" cn sn mail)" "cn: Ada Lovelace|sn: Lovelace"
is "its groups are listed as the account is called" \
    "$(echo '{"list": {"groupDn": "CN=App, OU=Groups,dc=EXAMPLE,dc=com"}}' |
        drive "$dir/settings.json" | jq -c '[.outcome, .accounts]')" \
    '["done",["uid=ada,ou=people,dc=example,dc=com"]]'
is "attributes are updated, and read back" \
    "$(twice updateAccount '{arguments: {attributes: {displayName: "Ada King", jobTitle: "Countess",
        businessPhones: ["+44 1", "+44 2"]}}}' | outcomes)" "confirmed confirmed"
is "as they should be" "$(entry "uid=ada,ou=people,$base" displayName title telephoneNumber)" \
    "displayName: Ada King|telephoneNumber: +44 1|telephoneNumber: +44 2|title: Countess"
is "null takes an attribute away" \
    "$(twice updateAccount '{arguments: {attributes: {jobTitle: null, businessPhones: []}}}' | outcomes) $(
        entry "uid=ada,ou=people,$base" title telephoneNumber)" "confirmed confirmed "
is "an attribute without a name in the directory is an error" \
    "$(op updateAccount '{arguments: {attributes: {shoeSize: 43}}}' | drive "$dir/settings.json" |
        jq -r '.outcome + " " + .error')" \
    "failed no_attribute: attributeNames does not say what 'shoeSize' is called"
is "a password is set" "$(twice setPassword '{arguments: {password: "zebra Ö crossing"}}' | outcomes)" \
    "done done"
may_bind() { # PASSWORD [DN]
    LDAPTLS_CACERT=$slapd_dir/ca.crt ldapwhoami -x -ZZ -H "$slapd_ldap" \
        -D "${2:-uid=ada,ou=people,$base}" -w "$1" > /dev/null 2>&1 && echo yes || echo no
}
is "it is the one to log in with" "$(may_bind 'zebra Ö crossing') $(may_bind zebra)" "yes no"
is "an account is disabled" "$(twice disableAccount | outcomes)" "confirmed confirmed"
is "nobody can log in with it" "$(may_bind 'zebra Ö crossing')" no
is "an account is enabled" "$(twice enableAccount | outcomes)" "confirmed confirmed"
is "one can log in with it" "$(may_bind 'zebra Ö crossing')" yes
is "a grant of a second group, by its DN" \
    "$(twice grant "{origin: {groupDn: \"cn=other,ou=groups,$base\"}}" | outcomes) $(members other)" \
    "confirmed confirmed member: cn=nobody|member: uid=ada,ou=people,$base"
is "a revoke takes the one membership" "$(twice revoke | outcomes) $(members app)" \
    "confirmed confirmed member: cn=nobody"
is "the other is still there" "$(members other)" "member: cn=nobody|member: uid=ada,ou=people,$base"
twice grant > /dev/null
is "revokeAll takes all" "$(twice revokeAll | outcomes) $(members app) $(members other)" \
    "confirmed confirmed member: cn=nobody member: cn=nobody"
twice grant > /dev/null
is "an account is deleted" "$(twice deleteAccount | outcomes)" "confirmed confirmed"
is "it is gone, and so is its membership" \
    "$(entry "uid=ada,ou=people,$base" cn)$(members app)" "member: cn=nobody"
is "who has no account loses nothing" \
    "$(for a in revoke revokeAll disableAccount deleteAccount; do op $a; done |
        drive "$dir/settings.json" | outcomes)" "confirmed confirmed confirmed confirmed"
is "enableAccount makes one" "$(twice enableAccount | outcomes) $(entry "uid=ada,ou=people,$base" cn)" \
    "confirmed confirmed cn: Ada Lovelace"
is "what a directory cannot do is said" \
    "$(op revokeTokens | drive "$dir/settings.json" | jq -r '.outcome + " " + .error')" \
    "failed not_supported: a directory has no revokeTokens"

# ---- what is not there ----

outcomes_of() { drive "$dir/settings.json" | outcomes; }
said() { drive "${settings:-$dir/settings.json}" | jq -r '.outcome + " " + .error'; }
is "no such group: failed" \
    "$({ op grant '{origin: {group: "nix"}}'; op grant "{origin: {groupDn: \"cn=nix,$base\"}}"
        op revoke "{origin: {groupDn: \"cn=nix,$base\"}}"; echo '{"list": {"group": "nix"}}'
        echo "{\"list\": {\"groupDn\": \"cn=nix,$base\"}}"; } | said | cut -d: -f1 | uniq -c | xargs)" \
    "5 failed no_group"
is "and no account is made for it" \
    "$(op grant "{attributes: {uid: \"new\", displayName: \"N\", surname: \"N\"}, origin: {groupDn: \"cn=nix,$base\"}}" |
        said | cut -d: -f1) $(entry "uid=new,ou=people,$base" cn)" "failed no_group "
like "an origin without a group" "$(op grant '{origin: {}}' | said)" "^failed bad_origin: "
settings=$(with 'del(.accountAttributes)')
like "no account, and nobody to make one" \
    "$(op grant '{attributes: {uid: "nobody"}}' | said)" "^failed no_account: "
settings=
like "no value for the filter" "$(op grant '{attributes: {}}' | said)" \
    "^failed no_value: accountFilter needs 'uid'"
is "a revoke from who has nothing from here, and cannot be looked for, is done" \
    "$(op revoke '{attributes: {}}' | said)" "done "
is "what is about the account as a whole is not: others may have made one" \
    "$(for a in revokeAll disableAccount deleteAccount; do op $a '{attributes: {}}'; done | said | uniq -c | xargs)" \
    "3 failed no_value: accountFilter needs uid, which the person does not have: nobody was looked for"
op grant | drive "$dir/settings.json" > /dev/null
known="{attributes: {}, account: \"uid=ada,ou=people,$base\"}"
is "an account that is known needs no filter" \
    "$(op disableAccount "$known" | outcomes_of) $(op revoke "$known" | outcomes_of) $(members app)" \
    "confirmed confirmed member: cn=nobody"
gone="{attributes: {}, account: \"uid=moved,ou=people,$base\"}"
is "one that is not where it was may have moved" \
    "$(for a in revoke revokeAll disableAccount deleteAccount; do op $a "$gone"; done | said | cut -d: -f1 | uniq -c | xargs)" \
    "4 failed no_value"
like "one of nobody is that name and no other" \
    "$(op deleteAccount "$gone" | jq -c '.employeeId = null' | said)" "^(done|confirmed) "
op enableAccount | drive "$dir/settings.json" > /dev/null
like "the server's words are given on" "$(op grant '{origin: {group: "closed"}}' | said)" \
    "^failed insufficient_access: Insufficient access"
settings=$(with '.accountFilter = "(|(objectClass=*)(uid={{uid}}))" | .peopleBase = "dc=example,dc=com"')
like "a filter that finds several finds none" "$(op grant | said)" "^failed ambiguous_account: "
settings=$(with '.accountFilter = "(employeeNumber={{uid}})"')
like "the name is taken" "$(op grant | said)" "^failed account_taken: "
settings=$(with '.placeholderMember = null')
group last "uid=ada,ou=people,$base"
like "the last member of a group stays without a placeholder" \
    "$(op revoke '{origin: {group: "last"}}' | said)" "^failed last_member: "
settings=
is "the last member goes with one" \
    "$(twice revoke '{origin: {group: "last"}}' | outcomes) $(members last)" \
    "confirmed confirmed member: cn=nobody"

# ---- names that mean harm, and names that are only unusual ----

hostile=0
while IFS= read -r uid; do
    jq -nc --arg uid "$uid" '("grant", "grant") as $a | {action: $a, origin: {group: "app"},
        attributes: {uid: $uid, displayName: $uid, surname: $uid}}' > "$dir/in"
    said=$(drive "$dir/settings.json" --serial < "$dir/in" | outcomes)
    account=$(drive "$dir/settings.json" < <(head -n 1 "$dir/in") | jq -r .account)
    got=$(slapd_as_root ldapsearch -LLL -o ldif-wrap=no -s base -b "$account" uid |
        sed -n 's/^uid: //p; s/^uid:: \(.*\)/echo \1 | base64 -d/ep')
    if [ "$said" != "confirmed confirmed" ] || [ "$got" != "$uid" ]; then
        echo "# $uid: $said; $account has $got"
        hostile=$((hostile + 1))
    fi
done << 'NAMES'
a,ou=groups
*)(uid=*
#411
 blank 
"quoted"+cn=x;<y>=z
back\slash\
Zoë Ångström 李
x)(|(objectClass=*)
{{surname}}
NAMES
is "escaped, every name is a value and no more" "$hostile" 0
is "all of them are members" \
    "$(slapd_as_root ldapsearch -LLL -b "ou=people,$base" "(memberOf=cn=app,ou=groups,$base)" 1.1 |
        grep -c ^dn:)" 9
is "what is listed equals what accounts are called" \
    "$(echo '{"list": {"group": "app"}}' | drive "$dir/settings.json" | jq -r '.accounts[]' | sort)" \
    "$(while IFS= read -r uid; do
        jq -nc --arg uid "$uid" '{action: "grant", origin: {group: "app"}, attributes: {uid: $uid}}'
    done <<< "$(slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b "ou=people,$base" '(memberOf=*)' uid |
        sed -n 's/^uid: //p; s/^uid:: \(.*\)/echo \1 | base64 -d/ep')" |
        drive "$dir/settings.json" | jq -r .account | sort)"
group 'a*)(b'
is "a group's name is a value, too" \
    "$(op grant '{origin: {group: "a*)(b"}}' | drive "$dir/settings.json" | outcomes) $(
        op grant '{origin: {group: "a*"}}' | said | cut -d: -f1)" "confirmed failed no_group"

# ---- accounts that moved ----

slapd_as_root ldapmodrdn -r "uid=ada,ou=people,$base" uid=adele
op grant '{account: "uid=ada,ou=people,dc=example,dc=com", attributes: {uid: "adele"}}' > "$dir/in"
is "an account that was renamed is found by the filter" \
    "$(drive "$dir/settings.json" < "$dir/in" | jq -c '[.outcome, .account]')" \
    '["confirmed","uid=adele,ou=people,dc=example,dc=com"]'
is "a person who was renamed is found by the account" \
    "$(op grant '{account: "UID=adele,ou=people,dc=example,dc=com", attributes: {uid: "eve"}}' |
        drive "$dir/settings.json" | jq -c '[.outcome, .account]')" \
    '["confirmed","uid=adele,ou=people,dc=example,dc=com"]'
settings=$(with '.followAccountDn = true')
is "the account follows accountDn where that is wished" \
    "$(twice updateAccount '{account: "uid=adele,ou=people,dc=example,dc=com", arguments: {attributes: {mail: "ada@example.com"}}}' |
        jq -c '[.outcome, .account]' | uniq)" '["confirmed","uid=ada,ou=people,dc=example,dc=com"]'
settings=$(with '.disabledBase = "ou=left,dc=example,dc=com" | del(.disable)')
is "disabled accounts move where they should" \
    "$(twice disableAccount | jq -c '[.outcome, .account]' | uniq)" \
    '["confirmed","uid=ada,ou=left,dc=example,dc=com"]'
is "and come back" "$(twice enableAccount | jq -c '[.outcome, .account]' | uniq)" \
    '["confirmed","uid=ada,ou=people,dc=example,dc=com"]'
is "their memberships went with them" "$(members app | grep -o "uid=ada,ou=[a-z]*")" "uid=ada,ou=people"
settings=

# ---- groups of other kinds ----

slapd_as_root ldapadd > /dev/null << LDIF
dn: cn=unix,ou=groups,$base
objectClass: posixGroup
cn: unix
gidNumber: 5000
memberUid: ghost
LDIF
settings=$(with '.memberAttribute = "memberUid"')
is "members may be named by uid" "$(twice grant '{origin: {group: "unix"}}' | outcomes) $(
    entry "cn=unix,ou=groups,$base" memberUid)" "confirmed confirmed memberUid: ada|memberUid: ghost"
is "and are listed as accounts, where they have one" \
    "$(echo '{"list": {"group": "unix"}}' | drive "$settings" | jq -c '.accounts | sort')" \
    '["ghost","uid=ada,ou=people,dc=example,dc=com"]'
is "and taken" "$(twice revokeAll | outcomes) $(entry "cn=unix,ou=groups,$base" memberUid)" \
    "confirmed confirmed memberUid: ghost"
settings=$(with '.permissiveModify = true')
is "with the control for permissive changes" \
    "$(twice grant | outcomes) $(twice revoke | outcomes)" "confirmed confirmed confirmed confirmed"
settings=

# ---- connections ----

settings=$(with ".uri = \"$slapd_ldaps\" | .startTls = false")
is "ldaps" "$(twice grant | outcomes)" "confirmed confirmed"
settings=$(with ".uri = \"$slapd_ldapi\" | del(.startTls, .caFile, .bindDn, .passwordFile) | .sasl = \"EXTERNAL\"")
is "a local socket, as whom the system says it is" "$(twice revoke | outcomes)" "confirmed confirmed"
settings=$(with ".sasl = \"EXTERNAL\" | .certificateFile = \"$slapd_dir/client.crt\" |
    .keyFile = \"$slapd_dir/client.key\" | del(.bindDn, .passwordFile)")
is "a client certificate" "$(twice grant | outcomes)" "confirmed confirmed"
for change in ".caFile = \"$slapd_dir/other-ca.crt\"" \
    ".caFile = \"$slapd_dir/other-ca.crt\" | .uri = \"$slapd_ldaps\" | .startTls = false" \
    ".uri = \"${slapd_ldap/127.0.0.1/127.0.0.2}\""; do
    settings=$(with "$change")
    like "a wrong certificate is never accepted: ${change##*/}" \
        "$(LDAPTLS_REQCERT=never op grant | LDAPTLS_REQCERT=never said)" \
        "^unreachable unreachable: no (TLS by StartTLS|connection): "
done
echo wrong > "$dir/wrong"
chmod 600 "$dir/wrong"
settings=$(with ".passwordFile = \"$dir/wrong\"")
like "a wrong password" "$(op grant | said)" \
    "^unreachable unreachable: the directory refuses bindDn with the password of passwordFile"
settings=$(with ".uri = \"ldap://127.0.0.1:1\"")
like "nobody there" "$(op grant | said)" "^unreachable unreachable: "
settings=
wrong_setting() { # JQ WORDS
    like "settings: $2" "$(op grant | drive "$(with "$1")" 2>&1)" "^bad input: target 'driven': $2"
}
wrong_setting 'del(.uri)' 'uri is missing'
wrong_setting '.uri = "http://x"' 'uri begins with'
wrong_setting '.uri = "ldap://ldap.example.com" | .startTls = false' 'startTls has to be true'
wrong_setting '.peopleBase = "people"' 'peopleBase is no distinguished name'
wrong_setting '.accountFilter = "(uid={{uid}}"' 'accountFilter is a filter in parentheses'
wrong_setting '.accountFilter = "(uid=ada)"' 'accountFilter has no value of a person'
wrong_setting '.accountDn = "{{uid}}"' 'accountDn is no distinguished name'
wrong_setting '.passwordFile = "/nowhere"' 'passwordFile: /nowhere: No such file'
wrong_setting '.sasl = "EXTERNAL"' 'sasl has no bindDn'
wrong_setting '.disable = {attribute: "x"}' 'disable is '
chmod 644 "$dir/wrong"
wrong_setting ".passwordFile = \"$dir/wrong\"" "passwordFile: $dir/wrong can be read by everybody"

# ---- many, and a server that stops ----

group crowd
seq 500 | jq -c '{action: "grant", origin: {group: "crowd"},
    attributes: {uid: "c\(.)", displayName: "C \(.)", surname: "C"}}' > "$dir/crowd"
drive "$dir/settings.json" --concurrency 16 < "$dir/crowd" > "$dir/out" &
pid=$!
for _ in $(seq 200); do
    [ "$(wc -l < "$dir/out")" -lt 100 ] || break
    sleep 0.01
done
slapd_stop
sleep 0.2
slapd_start
wait "$pid"
is "slapd stops among 500 grants: each is done, or could not reach it" \
    "$(jq -r .outcome "$dir/out" | sort -u | paste -sd ' ')" "confirmed unreachable"
ok "and it goes on by itself when slapd is back" \
    test "$(jq -r .outcome "$dir/out" | tail -n 100 | sort -u)" = confirmed
grep -n . "$dir/out" | grep -c unreachable | sed 's/^/# could not reach it: /'
is "done again, all are there" \
    "$(drive "$dir/settings.json" --concurrency 500 < "$dir/crowd" | jq -r .outcome | sort | uniq -c | xargs)" \
    "500 confirmed"
is "nobody twice" "$(members crowd | tr '|' '\n' | sort -u | grep -c uid=c) $(members crowd | tr '|' '\n' | grep -c uid=c)" \
    "500 500"
is "nobody misses: every account is one entry" \
    "$(slapd_as_root ldapsearch -LLL -b "ou=people,$base" '(uid=c*)' 1.1 | grep -c ^dn:)" 500

slapd_pid=$(cat "$slapd_dir/pid")
kill -STOP "$slapd_pid"
sed 's/"crowd"/"app"/' "$dir/crowd" | head -n 20 > "$dir/in"
(sleep 2.5; kill -CONT "$slapd_pid") &
drive "$dir/settings.json" --concurrency 4 --deadline 1200 < "$dir/in" > "$dir/out"
kill -CONT "$slapd_pid"
is "a server that hangs: deadlines pass, then all goes on" \
    "$(jq -r .outcome "$dir/out" | uniq | paste -sd ' ')" "deadline confirmed"
ok "no call was longer under way than it may" \
    test "$(jq .milliseconds "$dir/out" | sort -n | tail -n 1)" -lt 2000

# ---- lists ----

{
    for i in $(seq 2000); do
        printf '%s\n' "dn: uid=u$i,ou=people,$base" 'objectClass: inetOrgPerson' "uid: u$i" "cn: u$i" 'sn: u' ''
    done
    printf '%s\n' "dn: cn=all,ou=groups,$base" 'objectClass: groupOfNames' 'cn: all' 'member: cn=nobody'
    seq -f "member: UID=U%.0f,ou=People,$base" 2000
} > "$dir/all.ldif"
slapd_as_root ldapadd < "$dir/all.ldif" > /dev/null
list='{"list": {"group": "all"}}'
is "2,000 members are listed" \
    "$(echo "$list" | drive "$dir/settings.json" --deadline 60000 | jq -c '[(.accounts | unique | length), .accounts[0]]')" \
    '[2000,"uid=u1,ou=people,dc=example,dc=com"]'
settings=$(with '.listBy = "memberOf" | .connections = 1')
is "in pages, by memberOf, several lists at once over one connection" \
    "$(for _ in 1 2 3; do echo "$list"; done | drive "$settings" --deadline 60000 |
        jq -c '[.outcome, (.accounts | unique | length)]' | uniq -c | xargs)" '3 [done,2000]'
for i in $(seq 300); do
    printf '%s\n' "dn: cn=g$i,ou=groups,$base" 'objectClass: groupOfNames' "cn: g$i" \
        "member: uid=u1,ou=people,$base" "member: uid=u2,ou=people,$base" ''
done | slapd_as_root ldapadd > /dev/null
settings=$(with '.connections = 1')
is "all groups of two, in pages, at once" \
    "$({ op revokeAll '{attributes: {uid: "u1"}}'; op revokeAll '{attributes: {uid: "u2"}}'; } |
        drive "$settings" --deadline 60000 | outcomes) $(
        slapd_as_root ldapsearch -LLL -b "ou=groups,$base" \
            "(|(member=uid=u1,ou=people,$base)(member=uid=u2,ou=people,$base))" 1.1 | grep -c ^dn:)" \
    "confirmed confirmed 0"
settings=

# ---- servers that are none ----

cat > "$dir/silent.py" << 'PY'
import re, socket, sys, threading
def ber(tag, *parts):
    body = b"".join(p if isinstance(p, bytes) else p.encode() for p in parts)
    return bytes([tag, len(body)]) + body
def ranges(c):  # seven members, three at a time; every message is short
    while True:
        m = c.recv(1000)
        if not m:
            return
        number, op = bytes(m[2:5]), m[5]
        done = lambda tag: ber(0x30, number, ber(tag, b"\x0a\x01\x00\x04\x00\x04\x00"))
        if op == 0x60:
            c.send(done(0x61))
        elif op == 0x63:
            asked = re.search(rb"member(?:;range=(\d+)-\*)?$", m.split(b"\xa0")[0])
            first = int(asked.group(1) or 0)
            last = min(first + 2, 6)
            name = "member;range=%d-%s" % (first, "*" if last == 6 else last)
            values = [ber(4, "CN=%d,dc=x" % i) for i in range(first, last + 1)]
            empty = ber(0x30, ber(4, "member"), ber(0x31)) if first == 0 else b""
            c.send(ber(0x30, number, ber(0x64, ber(4, "cn=ranges,dc=x"), ber(0x30, empty,
                ber(0x30, ber(4, name), ber(0x31, *values))))) + done(0x65))
        else:
            return
def serve(port_file, greet):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(50)
    open(port_file, "w").write("%d\n" % s.getsockname()[1])
    keep = []
    while True:
        c, _ = s.accept()
        keep.append(c)
        if greet == "garbage":
            c.recv(1000)
            c.send(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)
        elif greet == "starttls":
            m = c.recv(1000)
            c.send(bytes([0x30, 0x0c, 2, 1, m[4], 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0]))
        elif greet == "ranges":
            threading.Thread(target=ranges, args=(c,), daemon=True).start()
        elif greet == "cut":
            c.recv(10)
            c.close()
for name in ("silent", "garbage", "starttls", "cut", "ranges"):
    threading.Thread(target=serve, args=(sys.argv[1] + "/" + name, name)).start()
PY
python3 "$dir/silent.py" "$dir" &
silent=$!
for _ in $(seq 100); do
    [ ! -s "$dir/ranges" ] || break
    sleep 0.05
done
for name in silent garbage starttls cut; do
    for _ in $(seq 100); do
        [ ! -s "$dir/$name" ] || break
        sleep 0.05
    done
    for way in plain tls; do
        [ "$name:$way" != starttls:plain ] || continue
        start=false
        [ "$way:$name" != tls:starttls ] || start=true
        uri=ldap://127.0.0.1:$(cat "$dir/$name")
        [ "$way" = plain ] || [ "$start" = true ] || uri=ldaps://${uri#ldap://}
        settings=$(with ".uri = \"$uri\" | .startTls = $start | .connectTimeout = \"PT1S\"")
        op grant | drive "$settings" --deadline 9000 > "$dir/out"
        is "a server that is none ($name, $way): unreachable, in time" \
            "$(jq -r .outcome "$dir/out") $(jq '.milliseconds < 4000' "$dir/out")" "unreachable true"
    done
done
settings=$(with ".uri = \"ldap://127.0.0.1:$(cat "$dir/ranges")\" | .startTls = false | .dialect = \"ad\"")
is "members that come in ranges, as of Active Directory, are all read" \
    "$(echo '{"list": {"groupDn": "cn=ranges,dc=x"}}' | drive "$settings" | jq -c '[.outcome, .accounts]')" \
    '["done",["cn=0,dc=x","cn=1,dc=x","cn=2,dc=x","cn=3,dc=x","cn=4,dc=x","cn=5,dc=x","cn=6,dc=x"]]'
settings=$(with ".uri = \"ldaps://127.0.0.1:$(cat "$dir/silent")\" | .startTls = false")
op grant | drive "$settings" --deadline 300 > "$dir/out"
is "a call is canceled, and the target closed, while it connects" "$(outcomes < "$dir/out")" deadline
finish
