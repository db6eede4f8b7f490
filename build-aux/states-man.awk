# SPDX-License-Identifier: MIT
#
# awk -f states-man.awk src/core/states.h src/core/transitions.def
# prints the part of jmld-states(7) between its marks: the states and the transitions of every
# machine. scripts/refresh-man runs it.

# the lists of states: #define JML_EVENT_STATES(S) \ S(EVENT, PENDING, "pending") ...
/^#define JML_[A-Z]+_STATES\(/ {
    machine = $2
    sub(/^JML_/, "", machine)
    sub(/_STATES.*/, "", machine)
}
{
    rest = $0
    while (match(rest, /S\([A-Z]+, [A-Z_]+, "[A-Za-z]+"\)/)) {
        split(substr(rest, RSTART + 2, RLENGTH - 3), part, /, /)
        gsub(/"/, "", part[3])
        owner = part[1] == "M" ? "RUN" : part[1]
        names[owner, part[2]] = part[3]
        states[owner] = states[owner] (states[owner] == "" ? "" : " , ") part[3]
        if (owner == "RUN") {
            names["TASK", part[2]] = part[3]
            states["TASK"] = states["RUN"]
        }
        rest = substr(rest, RSTART + RLENGTH)
    }
}

# R(number, machine, from, trigger, guard, to, sentence)
/^R\(/ {
    sentence = $0
    sub(/^[^"]*"/, "", sentence)
    sub(/"\)$/, "", sentence)
    line = $0
    sub(/^R\(/, "", line)
    sub(/, ".*/, "", line)
    split(line, r, /, /)
    if (r[2] != last) {
        if (last != "")
            print ".El"
        print ".Ss " tolower(r[2])
        print ".Sy " states[r[2]] " ."
        print ".Bl -tag -width 000 -compact"
        last = r[2]
    }
    print ".It " r[1]
    print name(r[2], r[3]) " \\(-> " name(r[2], r[6]) " on " words(r[4]) condition(r[5]) ":"
    print sentence "."
}
END { print ".El" }

function name(machine, state)
{
    if (state == "NEW")
        return "new"
    if (!((machine, state) in names)) {
        print "states-man.awk: no state " state " of " machine > "/dev/stderr"
        exit 1
    }
    return names[machine, state]
}
function words(symbol)
{
    symbol = tolower(symbol)
    gsub(/_/, " ", symbol)
    return symbol
}
function condition(guard)
{
    return guard == "ALWAYS" ? "" : ", if " words(guard)
}
