# SPDX-License-Identifier: MIT
#
# Makes C out of SQL files.
#
#   awk -v what=queries|migrations -v form=c|h -f sql2c.awk FILE.sql...
#
# queries: const char jml_sql_<stem>[], one statement a file; comment and blank lines at its head
# and the last semicolon are left out (prepared statements take neither meaning from them).
# It also makes jml_queries[], which finds a text by its name, in the order of strcmp(3).
# migrations: jml_migrations[], in the order of their numbers, the text byte by byte and its sha256,
# which is recorded in the database, so no byte may depend on this program.
# Plain POSIX awk. A file ends with a newline.

function base(path) {
    sub(/.*\//, "", path)
    sub(/\.sql$/, "", path)
    return path
}

function quoted(line) {
    gsub(/\\/, "&&", line)
    gsub(/"/, "\\\\&", line)
    gsub(/\t/, "\\t", line)
    gsub(/\r/, "\\r", line)
    gsub(/\?/, "\\?", line)
    return "\"" line "\\n\""
}

function fail(path, words) {
    printf "%s: %s\n", path, words > "/dev/stderr"
    failed = 1
    exit 1
}

function sha256(path,    command, line) {
    command = "sha256sum < '" path "'"
    if ((command | getline line) <= 0)
        fail(path, "sha256sum (coreutils) gives no digest")
    close(command)
    return substr(line, 1, 64)
}

function read_file(path, stem,    line, head, n, last, i, status) {
    head = (what == "queries")
    n = 0
    while ((status = (getline line < path)) > 0) {
        if (head && line ~ /^[ \t]*(--.*)?$/)
            continue
        head = 0
        lines[++n] = line
    }
    if (status < 0)
        fail(path, "cannot be read")
    close(path)
    if (what == "queries") {
        while (n > 0 && lines[n] ~ /^[ \t]*$/)
            n--
        sub(/;[ \t]*$/, "", lines[n])
    }
    if (n == 0)
        fail(path, "is empty")
    if (what == "queries")
        printf "\nconst char jml_sql_%s[] =\n", stem
    else
        printf "\n    {%d, \"%s\",\n    \"%s\",\n", substr(stem, 1, 4) + 0, substr(stem, 6), sha256(path)
    for (i = 1; i <= n; i++)
        printf "    %s%s\n", quoted(lines[i]), (i < n ? "" : (what == "queries" ? ";" : "},"))
}

BEGIN {
    if ((what != "queries" && what != "migrations") || (form != "c" && form != "h"))
        fail("sql2c.awk", "needs -v what=queries|migrations -v form=c|h")
    printf "/* Made by build-aux/sql2c.awk from sql/%s; do not edit. */\n", what
    guard = "JML_SQL_" toupper(what) "_H"
    if (form == "h")
        printf "#ifndef %s\n#define %s\n\n", guard, guard
    else
        printf "#include \"sql/%s.h\"\n", what

    if (what == "migrations" && form == "h") {
        print "#include <stddef.h>\n"
        print "struct jml_migration {"
        print "    int number;       /* 1, 2, ...: the order */"
        print "    const char *slug; /* 0001_<slug>.sql */"
        print "    const char *sha256;"
        print "    const char *text; /* the file, byte by byte */"
        print "};\n"
        print "extern const struct jml_migration jml_migrations[];"
        print "extern const size_t jml_migrations_count;"
    }
    if (what == "queries" && form == "h") {
        print "#include <stddef.h>\n"
        print "struct jml_query {"
        print "    const char *name; /* <name>.sql */"
        print "    const char *text;"
        print "};\n"
        print "extern const struct jml_query jml_queries[]; /* by strcmp of their names */"
        print "extern const size_t jml_queries_count;\n"
    }
    if (what == "migrations" && form == "c")
        print "\nconst struct jml_migration jml_migrations[] = {"

    for (i = 1; i < ARGC; i++) {
        stem = base(ARGV[i])
        if (what == "queries" && stem !~ /^[a-z][a-z0-9_]*$/)
            fail(ARGV[i], "the name of a query is noun_verb.sql in lower case")
        if (what == "migrations" && stem !~ /^[0-9][0-9][0-9][0-9]_[a-z0-9_]+$/)
            fail(ARGV[i], "the name of a migration is NNNN_slug.sql")
        if (what == "migrations" && substr(stem, 1, 4) + 0 != i)
            fail(ARGV[i], "migrations are numbered without gaps from 0001")
        if (form == "c")
            read_file(ARGV[i], stem)
        else if (what == "queries")
            printf "extern const char jml_sql_%s[];\n", stem
    }

    if (what == "migrations" && form == "c") {
        print "\n    {0, NULL, NULL, NULL}, /* an array may not be empty */\n};\n"
        print "const size_t jml_migrations_count ="
        print "    sizeof(jml_migrations) / sizeof(jml_migrations[0]) - 1;"
    }
    if (what == "queries" && form == "c") {
        print "\nconst struct jml_query jml_queries[] = {"
        for (i = 1; i < ARGC; i++)
            printf "    {\"%s\", jml_sql_%s},\n", base(ARGV[i]), base(ARGV[i])
        print "    {NULL, NULL}, /* an array may not be empty */\n};\n"
        print "const size_t jml_queries_count = sizeof(jml_queries) / sizeof(jml_queries[0]) - 1;"
    }
    if (form == "h")
        print "\n#endif"
}
