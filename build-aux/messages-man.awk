# SPDX-License-Identifier: MIT
#
# awk -f messages-man.awk systemd/jmld.catalog src/base/messages.def
# prints the part of jmld-messages(7) between its marks: every message with its id, level and what
# the catalog says of it. scripts/refresh-man runs it.

FILENAME ~ /catalog$/ {
    if (/^-- /) {
        id = $2
        text[id] = ""
        body = 0
    } else if (id != "" && /^$/) {
        body = 1
    } else if (id != "" && body && !/^#/) {
        text[id] = text[id] (text[id] == "" ? "" : "\n") $0
    }
    next
}

# M(name, level, id, subject)
/^M\(/ {
    split($0, part, /"/)
    split(part[1], m, /[(, ]+/)
    level = tolower(m[3])
    sub(/^jml_log_/, "", level)
    print ".It Sy \"" part[4] "\""
    print ".Bd -literal -compact"
    print "MESSAGE_ID=" part[2]
    print ".Ed"
    print m[2] ", level " level "."
    print_text(text[part[2]])
}

# One sentence a line, as mdoc has it, and no line longer than 80 bytes. None may begin with a dot
# or a quote, which roff would take for a request.
function print_text(s,    sentences, n, i, line)
{
    gsub(/\\/, "\\e", s)
    gsub(/\n/, " ", s)
    s = without_marks(s)
    n = split(s, sentences, /\. /)
    for (i = 1; i <= n; i++) {
        line = sentences[i] (i < n ? "." : "")
        while (length(line) > 79) {
            match(substr(line, 1, 79), /.* /)
            print safe(substr(line, 1, RLENGTH - 1))
            line = substr(line, RLENGTH + 1)
        }
        print safe(line)
    }
}
# @JML_EMPLOYEE@ is filled in by journalctl.
function without_marks(s)
{
    while (match(s, /@JML_[A-Z]+@/))
        s = substr(s, 1, RSTART - 1) substr(s, RSTART + 1, RLENGTH - 2) substr(s, RSTART + RLENGTH)
    return s
}
function safe(line)
{
    return line ~ /^[.\x27]/ ? "\\&" line : line
}
