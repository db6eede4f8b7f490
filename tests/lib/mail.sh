# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A mail server of one's own (exim) with an IMAP server (dovecot) to read what arrived; source it after
# tap.sh and story.sh. Needs root: both drop to their own users. They end with the test, or after a quarter
# of an hour, whatever becomes of it.
#
#   mail_server_start        on loopback ports of its own: $smtp_port (STARTTLS and AUTH, user jml,
#                            password secret), $plain_port (neither), $imap_port
#   mail_server_stop         SMTP only; start again with mail_smtp_start
#   $mail_dir/defer          as long as this file is there, d@... is put off with 451
#                            reject@... is refused with 550, slow@... is answered after 20 s; a, b, c, d, m @example.test are people
#   inbox USER               fetches what USER has by IMAP; prints how many
#   mail USER N WHAT         of the Nth: raw, subject, to, cc, text, html, or a header's name
#   person MAIL [ATTRIBUTES], outbox [WHERE]   attributes of somebody; the rows as kind:state:attempts
#   mail_conf NAME [LINE...] writes $work/NAME.conf with a [mail] section and these lines; prints its path
mail_dir=
smtp_port=0 plain_port=0 imap_port=0

mail_needs() {
    if [ "$(id -u)" != 0 ] || ! command -v exim4 > /dev/null || ! command -v dovecot > /dev/null ||
        ! command -v openssl > /dev/null || ! command -v curl > /dev/null; then
        echo '1..0 # SKIP needs root, exim4, dovecot, openssl and curl'
        exit 0
    fi
}

mail_certificate() { # NAME
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
        -subj "/CN=$1" -addext 'subjectAltName=IP:127.0.0.1,DNS:localhost' \
        -keyout "$mail_dir/$1.key" -out "$mail_dir/$1.pem" 2> /dev/null
}

mail_server_start() {
    mail_dir=$(mktemp -d "${TMPDIR:-/tmp}/jmld-mail.XXXXXX")
    trap 'mail_end; rm -rf "$work"' EXIT
    trap 'exit 143' TERM INT HUP
    chmod 755 "$mail_dir"
    mkdir "$mail_dir"/{spool,mail,log,dovecot}
    read -r smtp_port plain_port imap_port <<< "$(python3 -c '
import socket
s = [socket.socket() for _ in range(3)]
for x in s: x.bind(("127.0.0.1", 0))
print(*[x.getsockname()[1] for x in s])')"
    mail_certificate server
    mail_certificate other
    chown -R Debian-exim: "$mail_dir"/{spool,mail,log}
    chgrp Debian-exim "$mail_dir/server.key"
    chmod 640 "$mail_dir/server.key"
    printf '%s\n' 'a: a' 'b: b' 'c: c' 'd: d' 'm: m' > "$mail_dir/users"
    printf 'secret\n' > "$mail_dir/password"
    chmod 600 "$mail_dir/password"
    cat > "$mail_dir/exim.conf" << CONF
primary_hostname = mx.example.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = $smtp_port : $plain_port
smtp_accept_queue_per_connection = 0
spool_directory = $mail_dir/spool
log_file_path = $mail_dir/log/%slog
pid_file_path = $mail_dir/exim.pid
domainlist local_domains = example.test
tls_advertise_hosts = \${if eq{\$received_port}{$smtp_port}{*}{}}
tls_certificate = $mail_dir/server.pem
tls_privatekey = $mail_dir/server.key
auth_advertise_hosts = \${if eq{\$tls_in_cipher}{}{}{*}}
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
never_users = root
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
begin acl
acl_rcpt:
  deny    local_parts = reject
          message = 5.1.1 no such user
  warn    local_parts = slow
          delay = 20s
  defer   local_parts = d
          condition = \${if exists{$mail_dir/defer}}
          message = 4.3.0 try later
  accept  condition = \${if eq{\$received_port}{$plain_port}}
  accept  authenticated = *
  deny    message = 5.7.0 authentication required
acl_data:
  accept
begin routers
people:
  driver = accept
  domains = +local_domains
  local_parts = lsearch;$mail_dir/users
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = $mail_dir/mail/\$local_part_data
  maildir_format
  user = Debian-exim
  group = Debian-exim
  create_directory
  delivery_date_add
  envelope_to_add
  return_path_add
begin authenticators
PLAIN:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{jml}}{eq{\$auth3}{secret}}}}
  server_set_id = \$auth2
CONF
    cat > "$mail_dir/dovecot.conf" << CONF
base_dir = $mail_dir/dovecot
protocols = imap
first_valid_uid = 1
listen = 127.0.0.1
ssl = required
ssl_cert = <$mail_dir/server.pem
ssl_key = <$mail_dir/server.key
log_path = $mail_dir/dovecot.log
mail_location = maildir:$mail_dir/mail/%n
default_internal_user = dovecot
default_login_user = dovenull
service imap-login {
  inet_listener imap {
    port = $imap_port
  }
  inet_listener imaps {
    port = 0
  }
}
passdb {
  driver = static
  args = password=pw
}
userdb {
  driver = static
  args = uid=Debian-exim gid=Debian-exim home=$mail_dir/mail/%n
}
CONF
    mail_smtp_start
    timeout 900 dovecot -F -c "$mail_dir/dovecot.conf" > "$mail_dir/dovecot.said" 2>&1 &
    mail_wait_port "$imap_port" up || { echo 'Bail out! no dovecot'; exit 99; }
}

mail_smtp_start() {
    timeout 900 exim4 -C "$mail_dir/exim.conf" -bdf -q1m > "$mail_dir/exim.said" 2>&1 &
    mail_wait_port "$smtp_port" up || { echo 'Bail out! no exim'; exit 99; }
}

mail_wait_port() { # PORT up|down
    local i is
    for ((i = 0; i < 200; i++)); do
        is=down
        (: > "/dev/tcp/127.0.0.1/$1") 2> /dev/null && is=up
        [ "$is" = "$2" ] && return 0
        sleep 0.05
    done
    return 1
}

mail_end_of() { # pid file
    [ ! -s "$1" ] || kill "$(cat "$1")" 2> /dev/null
}

mail_server_stop() {
    mail_end_of "$mail_dir/exim.pid"
    mail_wait_port "$smtp_port" down
}

mail_end() {
    mail_end_of "$mail_dir/exim.pid"
    mail_end_of "$mail_dir/dovecot/master.pid"
    rm -rf "$mail_dir"
}

inbox() { # exim delivers within a moment: $2 says how many are waited for
    local user=$1 wanted=${2:-0} i n=0
    rm -rf "$work/inbox.$user"
    mkdir "$work/inbox.$user"
    for ((i = 0; i < 100; i++)); do
        n=$(find "$mail_dir/mail/$user/new" "$mail_dir/mail/$user/cur" -type f 2> /dev/null | wc -l)
        [ "$n" -lt "$wanted" ] || [ -n "$(find "$mail_dir/spool/input" -type f 2> /dev/null)" ] || break
        sleep 0.05
    done
    for ((n = 0; ; n++)); do
        curl -s --ssl-reqd --cacert "$mail_dir/server.pem" -u "$user:pw" \
            "imap://127.0.0.1:$imap_port/INBOX;MAILINDEX=$((n + 1))" > "$work/inbox.$user/$((n + 1))" \
            2> /dev/null || break
        [ -s "$work/inbox.$user/$((n + 1))" ] || break
    done
    echo "$n"
}

mail() {
    python3 - "$work/inbox.$1/$2" "$3" << 'PY'
import email, email.policy, sys
raw = open(sys.argv[1], "rb").read()
what = sys.argv[2]
message = email.message_from_bytes(raw, policy=email.policy.default)
if what == "raw":
    sys.stdout.write(raw.decode("ascii"))
elif what in ("text", "html"):
    part = message.get_body((("plain",) if what == "text" else ("html",)))
    sys.stdout.write(part.get_content().replace("\r\n", "\n"))
elif what in ("to", "cc"):
    print(", ".join(f"{a.display_name}|{a.addr_spec}" for a in message[what].addresses))
else:
    print("\n".join(message.get_all(what, [])))
PY
}

mail_conf() {
    local name=$1 line
    shift
    {
        printf '[database]\nconninfo = %s\n[mail]\n' "$JML_DATABASE"
        for line in "server = smtp://127.0.0.1:$smtp_port" 'username = jml' "password_file = $mail_dir/password" \
            "ca_file = $mail_dir/server.pem" 'from = Access desk <jml@example.test>' \
            "template_directory = $JML_SRC/etc/templates" 'timeout = 2s'; do
            printf '%s\n' "$@" | grep -q "^${line%% =*} =" || echo "$line"
        done
        [ $# = 0 ] || printf '%s\n' "$@"
    } > "$work/$name.conf"
    echo "$work/$name.conf"
}

person() { # mail [more attributes]
    jq -cn --arg mail "$1" --argjson more "${2:-{\}}" \
        '{displayName: "Ana Lima", mail: $mail, department: "Sales"} + $more'
}

outbox() { # [WHERE]: kind:state:attempts of all, in order
    q "SELECT coalesce(string_agg(kind || ':' || state || ':' || attempts, ' ' ORDER BY created_at, kind), '')
       FROM jml.notification WHERE ${1:-true}"
}
