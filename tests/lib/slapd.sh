# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A slapd of the test's own: . "$JML_SRC/tests/lib/slapd.sh"
#
#   slapd_make DIR      certificates and an empty directory, dc=example,dc=com, with ou=people,
#                       ou=groups and ou=left; memberof, refint, ppolicy
#   slapd_start, slapd_stop, slapd_kill         kill: -9, in the middle of whatever it does
#   slapd_log           from now on it keeps a record of what is written to it, refused or not
#   slapd_wrote FILTER  of the record, an entry a line: RESULT reqDN CHANGE CHANGE...
#   $slapd_ldap, $slapd_ldaps, $slapd_ldapi     where it listens
#   $slapd_dir/ca.crt, other-ca.crt             who signed its certificate, and who did not
#   slapd_as_root PROGRAM ARGUMENTS...          ldapadd, ldapsearch, ... over the socket
#
# It listens on 127.0.0.1, on ports that were free, and on a socket in DIR.

slapd_free_port() {
    local port
    for _ in $(seq 50); do
        port=$((20000 + RANDOM % 12000))
        (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || { echo "$port"; return; }
    done
    return 1
}

slapd_certificates() { # DIR
    local name
    for name in ca other-ca; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
            -subj "/CN=$name" -keyout "$1/$name.key" -out "$1/$name.crt" 2> /dev/null || return 1
    done
    for name in server client elsewhere; do
        local san=IP:127.0.0.1
        [ "$name" != elsewhere ] || san=DNS:ldap.example.net
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
            -keyout "$1/$name.key" -out "$1/$name.csr" 2> /dev/null &&
            printf 'subjectAltName=%s\n' "$san" > "$1/$name.ext" &&
            openssl x509 -req -in "$1/$name.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" -CAcreateserial \
                -days 30 -extfile "$1/$name.ext" -out "$1/$name.crt" 2> /dev/null || return 1
    done
}

slapd_make() { # DIR
    slapd_dir=$1
    mkdir -p "$slapd_dir/conf" "$slapd_dir/db" && slapd_certificates "$slapd_dir" || return 1
    slapd_port=$(slapd_free_port) && slapd_tls_port=$(slapd_free_port) || return 1
    slapd_ldap=ldap://127.0.0.1:$slapd_port
    slapd_ldaps=ldaps://127.0.0.1:$slapd_tls_port
    slapd_ldapi=ldapi://$(printf %s "$slapd_dir/socket" | sed 's|/|%2F|g')
    cat > "$slapd_dir/config.ldif" << LDIF
dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: $slapd_dir/pid
olcAuthzRegexp: gidNumber=.*\\+uidNumber=$(id -u),cn=peercred,cn=external,cn=auth cn=admin,dc=example,dc=com
olcAuthzRegexp: cn=client cn=service,dc=example,dc=com
olcTLSCACertificateFile: $slapd_dir/ca.crt
olcTLSCertificateFile: $slapd_dir/server.crt
olcTLSCertificateKeyFile: $slapd_dir/server.key
olcTLSVerifyClient: try

dn: cn=module{0},cn=config
objectClass: olcModuleList
cn: module{0}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb
olcModuleLoad: memberof
olcModuleLoad: refint
olcModuleLoad: ppolicy

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif
include: file:///etc/ldap/schema/nis.ldif

dn: olcDatabase=frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: frontend
olcSizeLimit: 500
olcPasswordHash: {SSHA}

dn: olcDatabase=config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: config
olcAccess: to * by dn.exact=cn=admin,dc=example,dc=com manage by * none

dn: olcDatabase=mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: mdb
olcDbDirectory: $slapd_dir/db
olcSuffix: dc=example,dc=com
olcRootDN: cn=admin,dc=example,dc=com
olcDbIndex: objectClass eq
olcDbIndex: member,memberUid,memberOf,uid,cn eq
olcDbNoSync: TRUE
olcAccess: to dn.subtree="cn=closed,ou=groups,dc=example,dc=com" by * read
olcAccess: to attrs=userPassword by dn.exact="cn=service,dc=example,dc=com" write by * auth
olcAccess: to * by dn.exact="cn=service,dc=example,dc=com" manage by users read by * auth
olcLimits: dn.exact="cn=service,dc=example,dc=com" size.soft=500 size.prtotal=unlimited

dn: olcOverlay=memberof,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcMemberOf
olcOverlay: memberof
olcMemberOfRefint: TRUE

dn: olcOverlay=refint,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcRefintConfig
olcOverlay: refint
olcRefintAttribute: member

dn: olcOverlay=ppolicy,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcPPolicyConfig
olcOverlay: ppolicy
olcPPolicyHashCleartext: TRUE
olcPPolicyDefault: cn=policy,dc=example,dc=com
LDIF
    slapadd -n 0 -F "$slapd_dir/conf" -l "$slapd_dir/config.ldif" || return 1
    cat > "$slapd_dir/base.ldif" << LDIF
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=com
objectClass: organizationalUnit
ou: groups

dn: ou=left,dc=example,dc=com
objectClass: organizationalUnit
ou: left

dn: cn=service,dc=example,dc=com
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: service
userPassword: correct horse

dn: cn=policy,dc=example,dc=com
objectClass: organizationalRole
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdLockout: TRUE
LDIF
    slapadd -n 1 -F "$slapd_dir/conf" -l "$slapd_dir/base.ldif" || return 1
    printf '%s\n' 'correct horse' > "$slapd_dir/password"
    chmod 600 "$slapd_dir/password"
}

slapd_start() {
    rm -f "$slapd_dir/pid"
    /usr/sbin/slapd -F "$slapd_dir/conf" -h "$slapd_ldap $slapd_ldaps $slapd_ldapi" || return 1
    for _ in $(seq 100); do
        [ ! -s "$slapd_dir/pid" ] || return 0
        sleep 0.05
    done
    return 1
}

slapd_stop() {
    local pid
    [ -s "$slapd_dir/pid" ] || return 0
    pid=$(cat "$slapd_dir/pid")
    kill -CONT "$pid" 2> /dev/null
    kill "$pid" 2> /dev/null || return 0
    for _ in $(seq 200); do
        kill -0 "$pid" 2> /dev/null || return 0
        sleep 0.05
    done
    kill -9 "$pid"
}

slapd_kill() {
    local pid
    [ -s "$slapd_dir/pid" ] || return 0
    pid=$(cat "$slapd_dir/pid")
    kill -9 "$pid" 2> /dev/null || return 0
    while kill -0 "$pid" 2> /dev/null; do
        sleep 0.02
    done
}

slapd_log() {
    mkdir "$slapd_dir/log"
    slapd_as_root ldapadd > /dev/null << LDIF
dn: cn=module{1},cn=config
objectClass: olcModuleList
cn: module{1}
olcModulePath: /usr/lib/ldap
olcModuleLoad: accesslog

dn: olcDatabase=mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: mdb
olcDbDirectory: $slapd_dir/log
olcSuffix: cn=log
olcRootDN: cn=admin,dc=example,dc=com
olcDbIndex: objectClass,reqResult eq
olcDbNoSync: TRUE
olcLimits: * size=unlimited

dn: olcOverlay=accesslog,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcAccessLogConfig
olcOverlay: accesslog
olcAccessLogDB: cn=log
olcAccessLogOps: writes
LDIF
}

slapd_wrote() { # FILTER
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b cn=log "$1" reqResult reqDN reqMod |
        awk '/^$/ { if (n) print r, d m; n = 0; m = "" }
             /^reqResult: / { r = $2; n = 1 } /^reqDN: / { d = substr($0, 8) }
             /^reqMod: (member|objectClass):/ { m = m " " substr($0, 9) }'
}

slapd_as_root() { # PROGRAM ARGUMENTS...
    local program=$1
    shift
    "$program" -Q -Y EXTERNAL -H "$slapd_ldapi" "$@"
}
