# SPDX-License-Identifier: MIT
#
# Checks the sources named as arguments (src/FOLDER/...): an include may only point to the same
# folder or down, an outside library may only be used in its folder, and a file has at most 700
# lines (500 is the point to think again, and gets a remark, as do lines over 100 columns).

BEGIN {
    rank["base"] = 0
    rank["core"] = 1
    rank["loop"] = 2
    rank["db"] = rank["target"] = rank["mail"] = 3
    rank["flow"] = 4
    rank["daemon"] = rank["ctl"] = 5

    home["json-c/"] = "src/base/json.c"
    home["pcre2"] = "src/base/pattern.c"
    home["systemd/sd-journal.h"] = "src/base/log.c"
    home["systemd/sd-daemon.h"] = "src/daemon/"
    home["event2/"] = "src/loop/"
    home["libpq-fe.h"] = "src/db/ src/target/sql"
    home["curl/"] = "src/loop/transfer src/target/ src/mail/"
    home["ldap.h"] = home["lber.h"] = "src/target/ldap"
    home["openssl/"] = "src/target/ src/mail/ src/base/password.c"
    home["ini.h"] = "src/daemon/config src/ctl/config_file"
}

function remark(words) {
    printf "%s:%d: remark: %s\n", FILENAME, FNR, words
}

function is_at_home(library,    n, i, place) {
    n = split(home[library], place, " ")
    for (i = 1; i <= n; i++)
        if (index(FILENAME, place[i]) == 1)
            return 1
    return 0
}

function complain(words) {
    printf "%s:%d: %s\n", FILENAME, FNR, words
    bad = 1
}

FNR == 1 {
    finish()
    file = FILENAME
    split(FILENAME, part, "/")
    folder = part[2]
    if (!(folder in rank))
        complain("no such layer: " folder)
    if ($0 !~ /SPDX-License-Identifier: MIT/)
        complain("the first line names the license: SPDX-License-Identifier: MIT")
}

{ lines = FNR }

length($0) > 100 && FILENAME !~ /\.def$/ { remark("longer than 100 columns") }

/^#[ \t]*include[ \t]*"/ {
    path = $0
    sub(/^[^"]*"/, "", path)
    sub(/".*/, "", path)
    other = path
    sub(/\/.*/, "", other)
    if (other == "sql") {
        if (folder != "db" && folder != "ctl")
            complain("SQL text is used in src/db and src/ctl only")
    } else if (!(other in rank))
        complain("include \"" path "\": say folder/file.h")
    else if (rank[other] > rank[folder] || (rank[other] == rank[folder] && other != folder))
        complain("src/" folder " may not include " path)
}

/^#[ \t]*include[ \t]*</ {
    path = $0
    sub(/^[^<]*</, "", path)
    sub(/>.*/, "", path)
    for (library in home)
        if (index(path, library) == 1 && !is_at_home(library))
            complain("<" path "> is used in " home[library] " only")
}

function finish() {
    if (file == "" || file ~ /\.def$/)
        return
    if (lines > 700) {
        printf "%s: %d lines; cut it\n", file, lines
        bad = 1
    } else if (lines > 500)
        printf "%s: %d lines; remark: time to cut it\n", file, lines
}

END {
    finish()
    exit bad
}
