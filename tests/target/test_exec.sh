#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Targets of kind exec: what a program gets, what its end means, and which programs are not run.
# timeout: 300
set -u
. "$JML_SRC/tests/lib/tap.sh"

if [ "$(id -u)" != 0 ]; then
    skip "programs belong to root" "needs root"
    finish
fi
umask 022
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
mkdir "$dir/programs"
programs=$dir/programs
export CREDENTIALS_DIRECTORY=$dir

program() { # name; its text from stdin
    { echo '#!/bin/bash'; echo "dir=$dir"; cat; } > "$programs/$1"
    chmod 755 "$programs/$1"
}

# answer SETTINGS INPUT [option...]: what drive says; INPUT is any number of JSON values
answer() {
    printf '%s' "$1" > "$dir/settings.json"
    printf '%s' "$2" | jq -c . > "$dir/input.json"
    shift 2
    "$JML_BUILD/tests/target/drive" exec "$dir/settings.json" --programs "$programs" "$@" \
        < "$dir/input.json" 2>&1
}
# outcome PROGRAM [INPUT [option...]]: outcome and error
grant='{"action":"grant","employeeId":"E1"}'
outcome() {
    local name=$1 input=${2:-$grant}
    shift $(($# > 1 ? 2 : 1))
    answer "{\"program\":\"$name\"}" "$input" "$@" | jq -r '.outcome + "|" + (.error // "")'
}

# ---- what it gets ----

program show << 'SH'
cat > "$dir/stdin"
printf '<%s>\n' "$@" > "$dir/arguments"
env | grep -v -E '^(PWD|SHLVL|_)=' | LC_ALL=C sort > "$dir/environment"
pwd >> "$dir/environment"
echo '{"confirmed":true,"account":"zoë"}'
SH
person='{"action":"grant","employeeId":"E 1","id":"018f2c00-0000-7000-8000-000000000001",
    "personId":"018f2c00-0000-7000-8000-00000000000a",
    "attributes":{"mail":"a@b","name":"-rf $(touch DIR/pwned); `touch DIR/pwned`\n* \"","badge":7,"salary":1},
    "origin":{"group":"Café"},"context":{"role":"User","resource":"CRM","accessPackage":"Sales","manager":"M"},
    "attempt":3}'
person=${person//DIR/$dir}
settings='{"program":"show","environment":{"JML_A":"b c $HOME"},"attributes":["mail","badge","none"],
    "arguments":["{{operation/action}}","{{employeeId}}","x{{name}}","--","{{name}}","{{operation/origin/group}}"]}'
is "an answer may confirm, and name the account" \
    "$(answer "$settings" "$person" | jq -c 'del(.milliseconds)')" \
    '{"outcome":"confirmed","error":null,"account":"zoë","retryAfter":0,"wait":0,"token":null}'
is "standard input is the operation in JSON, with the attributes that are listed" \
    "$(jq -cS . "$dir/stdin")" \
    "$(jq -cnS '{id:"018f2c00-0000-7000-8000-000000000001",action:"grant",employeeId:"E 1",personId:"018f2c00-0000-7000-8000-00000000000a",account:null,
        attributes:{mail:"a@b",badge:7},origin:{group:"Café"},arguments:{},accessPackage:"Sales",
        resource:"CRM",role:"User",attempt:3}')"
name=$(jq -r .attributes.name <<< "$person")
is "hostile values are arguments, whole and as they are" "$(cat "$dir/arguments")" \
    "$(printf '<%s>\n' grant "E 1" "x$name" -- "$name" Café)"
is "nothing of them was executed" "$(ls "$dir"/pwned 2> /dev/null)" ""
is "the environment is what the settings say, and what every script needs" "$(cat "$dir/environment")" \
    "CREDENTIALS_DIRECTORY=$dir
JML_A=b c \$HOME
LC_ALL=C.UTF-8
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
/"
like "a value that would be an option is refused" \
    "$(answer '{"program":"show","arguments":["{{name}}"]}' "$person" | jq -r '.outcome, .error' | tr '\n' ' ')" \
    '^failed bad_value: that of \{\{name\}\} would be an option'
like "a value that is not there is a failure" \
    "$(answer '{"program":"show","arguments":["{{phone}}"]}' "$person" | jq -r '.outcome, .error' | tr '\n' ' ')" \
    '^failed no_value: there is none for \{\{phone\}\}'

# ---- how it ends ----

# shellcheck disable=SC2016
printf '%s\n' 'input=$(cat)' 'eval "$(jq -r .origin.do <<< "$input")"' | program does
ends() { # sentence, what to do, outcome|error [drive options]
    local sentence=$1 wanted=$3 input
    input=$(jq -cn --arg work "$2" '{action:"grant",employeeId:"E1",origin:{do:$work}}')
    shift 3
    is "$sentence" "$(outcome does "$input" "$@")" "$wanted"
}
ends "0 is done" 'exit 0' 'done|'
ends "talk on standard output is no answer" 'echo All is well; echo "{"' 'done|'
ends "75 is to be tried later" 'echo busy >&2; exit 75' 'later|exit_status: 75: busy'
ends "69 is out of reach" 'exit 69' 'unreachable|exit_status: 69'
ends "any other status is a failure, with the first line of stderr" \
    'printf "\n no such group: \033[31mb\200\n second" >&2; exit 1' \
    'failed|exit_status: 1: no such group: ?[31mb?'
ends "also 127, of a shell" 'exec /no/such 2>/dev/null' 'failed|exit_status: 127'
ends "an error is cut at 200 characters" 'printf "ö%.0s" {1..500} >&2; exit 2' \
    "failed|exit_status: 2: $(printf 'ö%.0s' {1..200})..."
ends "what a signal ends is to be tried later" 'kill -SEGV $$' \
    'later|signal: 11 ended the program'
is "the answer says when to come again" \
    "$(answer '{"program":"does"}' '{"action":"revoke","origin":{"do":"echo {\\\"retryAfter\\\":90}; exit 75"}}' |
        jq -c '[.outcome, .retryAfter]')" '["later",90]'
is "an account that nobody can print is none" \
    "$(answer '{"program":"does"}' '{"action":"grant","origin":{"do":"echo {\\\"account\\\":\\\"a\\\\u0007\\\"}"}}' |
        jq -c '[.outcome, .account]')" '["done",null]'
is "a password that the program repeats is not kept" \
    "$(outcome does '{"action":"setPassword","arguments":{"password":"s3cret!"},
        "origin":{"do":"echo bad password s3cret! >&2; exit 1"}}')" \
    'failed|exit_status: 1: (not shown: it holds the password)'
ends "10 MB on both outputs are read and dropped" \
    'head -c 10000000 /dev/zero; head -c 10000000 /dev/zero | tr "\0" y >&2; exit 3' \
    "failed|exit_status: 3: $(printf 'y%.0s' {1..200})..."
ends "what hangs is ended at the deadline, and out of reach" 'echo waiting >&2; sleep 60.0417' \
    'unreachable|no_answer: the program did not end in time: waiting' --deadline 4000
is "also what ignores SIGTERM, within the deadline of the call" \
    "$(answer '{"program":"does"}' \
        '{"action":"grant","origin":{"do":"trap \"\" TERM; sleep 60.0417; sleep 60.0417"}}' --deadline 10000 |
        jq -c '[.outcome, .error, .milliseconds > 9000 and .milliseconds < 10000]')" \
    '["unreachable","no_answer: the program did not end in time",true]'
is "a deadline too short for that cancels the call" \
    "$(outcome does '{"action":"grant","origin":{"do":"trap \"\" TERM; sleep 60.0417; sleep 60.0417"}}' --deadline 3000)" \
    'deadline|'
started=$SECONDS
ends "a grandchild that holds the pipes is not waited for" 'sleep 60.0417 & setsid sleep 20 & exit 0' 'done|'
ok "not for a moment" test $((SECONDS - started)) -lt 15
is "nothing is left of the groups" "$(pgrep -f 'sleep 60.0417' | wc -l)" 0

program deaf << 'SH'
exec < /dev/null
exit 4
SH
long=$(head -c 1000000 /dev/zero | tr '\0' x)
printf '{"action":"grant","attributes":{"long":"%s"}}\n' "$long" > "$dir/long.json"
is "1 MB that is not read is nobody's trouble" \
    "$(answer '{"program":"deaf","attributes":["long"]}' "$(cat "$dir/long.json")" | jq -r .error)" \
    'exit_status: 4'
is "1 MB that is read arrives" \
    "$(answer '{"program":"show","attributes":["long"]}' "$(cat "$dir/long.json")" | jq -r .outcome
        jq -r '.attributes.long | length' "$dir/stdin")" "$(printf 'confirmed\n1000000')"
like "a value too long for an argument is a failure" \
    "$(answer '{"program":"show","arguments":["{{long}}"]}' "$(cat "$dir/long.json")" |
        jq -r '.outcome + " " + .error')" '^failed .*Argument list too long'

for _ in {1..50}; do echo '{"action":"grant","origin":{"do":"read -t 0.01 < <(sleep 1); exit 0"}}'; done > "$dir/fifty"
is "fifty at once" \
    "$(answer '{"program":"does"}' "$(cat "$dir/fifty")" --concurrency 16 --deadline 60000 |
        jq -r .outcome | sort | uniq -c | tr -s ' ')" ' 50 done'

# ---- which are not run ----

refused() { # sentence, program, regex
    like "$1" "$(outcome "$2")" "^unreachable\\|no_program: $3"
}
refused "a program that is not there" nothing '.*No such file or directory'
program noexec < /dev/null; chmod 644 "$programs/noexec"
refused "one that is not executable" noexec '.*not executable'
program writable < /dev/null; chmod 757 "$programs/writable"
refused "one that others may write" writable '.*changed by others than root'
program group < /dev/null; chmod 775 "$programs/group"
refused "one that its group may write" group '.*changed by others than root'
program others < /dev/null; chown nobody "$programs/others"
refused "one of somebody else" others '.*does not belong to root'
ln -s /bin/true "$programs/out"
refused "a symbolic link out of the directory" out ".* is /usr/bin/true, which is out of"
ln -s show "$programs/inside"
is "one within it is followed" "$(outcome inside)" 'confirmed|'
mkdir "$programs/folder"
refused "a folder" folder '.*is not a file'
mkfifo "$programs/fifo"; chmod 755 "$programs/fifo"
refused "a fifo" fifo '.*is not a file'
echo '#!/no/such/interpreter' > "$programs/script"; chmod 755 "$programs/script"
refused "a script without its interpreter" script '.*No such file or directory'
printf 'garbage\001' > "$programs/garbage"; chmod 755 "$programs/garbage"
refused "what is no program" garbage '.*Exec format error'
chmod 777 "$programs"
refused "any, when others may write the directory" show '.*changed by others than root'
chmod 1777 "$programs"
refused "also with the sticky bit" show '.*changed by others than root'
chmod 755 "$programs"
chown nobody "$dir"
refused "any, when somebody else may rename the directory" show '.*does not belong to root'
chown root "$dir"
is "and again when all is right" "$(outcome show)" 'confirmed|'

settings_refused() { # sentence, settings, regex [option...]
    like "$1" "$(answer "$2" '' "${@:4}")" "^bad input: target 'driven': $3"
}
settings_refused "a path is no name" '{"program":"../show"}' 'program must be'
settings_refused "nor is nothing" '{}' 'program must be'
settings_refused "arguments are texts" '{"program":"show","arguments":[1]}' 'item 1 of arguments'
settings_refused "an array of them" '{"program":"show","arguments":"a b"}' 'arguments must be an array'
settings_refused "a variable has a text" '{"program":"show","environment":{"JML_A":1}}' "environment: 'JML_A' must be"
for variable in BASH_ENV LD_PRELOAD PATH ENV IFS PYTHONSTARTUP LC_ALL CREDENTIALS_DIRECTORY JML_ JML_a JML_A=B _JML_A \
    'BASH_FUNC_cat%%'; do
    settings_refused "a program is given no $variable" \
        "{\"program\":\"show\",\"environment\":{\"$variable\":\"\$(touch $dir/pwned)\"}}" \
        "environment: '$variable' must begin with JML_, and go on with A to Z"
done
is "nothing of that was executed either" "$(ls "$dir"/pwned 2> /dev/null)" ""
settings_refused "no directory, no programs" '{"program":"show"}' 'programs are run from' --programs ''

# ---- lists ----

list() { # what to do
    answer "{\"program\":\"does\",\"canList\":true,\"listArguments\":[\"-l\"]}" \
        "$(jq -cn --arg work "$1" '{list:{do:$work}}')" --deadline 60000 | jq -c '[.outcome, .error, .accounts]'
}
is "a list is a line an account" "$(list 'printf "zoë\r\n\nb c\nlast"')" '["done",null,["zoë","b c","last"]]'
is "or JSON" "$(list 'echo "[\"a\",\"b\"]"')" '["done",null,["a","b"]]'
is "or nobody" "$(list 'exit 0')" '["done",null,[]]'
is "the program is told" "$(list 'echo "$1"; jq -r .action <<< "$input"')" '["done",null,["-l","list"]]'
is "one that fails is no list" "$(list 'echo a; echo oops >&2; exit 1')" '["failed","exit_status: 1: oops",[]]'
is "nor is half a list" "$(list 'echo a; printf "b\001\n"')" \
    '["failed","bad_list: line 2 is no name of an account",[]]'
like "nor one in broken JSON" "$(list 'echo "[\"a\","')" '^\["failed","bad_list: line'
is "100,000 accounts" "$(list 'seq 100000' | jq -c '[.[0], (.[2] | length)]')" '["done",100000]'
is "nor one that is endless" "$(list 'head -c 70000000 /dev/zero | tr "\0" "\n"')" \
    '["failed","bad_list: it is longer than 64 MB",[]]'
is "who cannot list says so" "$(answer '{"program":"does"}' '{"list":{}}' | jq -r .error)" \
    'not_supported: the setting canList is not true'
finish
