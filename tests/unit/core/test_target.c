/* SPDX-License-Identifier: MIT
 *
 * Targets and custom task extensions in documents: read, planned, built, printed back.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"
#include "core/governance_check.h"
#include "lib/leak.h"
#include "unit/core/documents.h"

static struct jml_arena a;

static void fini(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(target, .fini = fini);

static const struct jml_value *value(const char *text)
{
    const struct jml_value *v;
    struct jml_err e;
    const char *json = test_json(&a, text);

    cr_assert_eq(jml_value_parse(&a, json, strlen(json), JML_DOCUMENT_MAX_DEPTH, &v, &e), 0, "%s",
                 e.message);
    return v;
}

static struct jml_governance *build(const struct jml_governance_rows *rows)
{
    struct jml_problems problems = {.arena = &a};
    struct jml_governance *g = NULL;
    struct jml_err e;

    cr_assert_eq(jml_governance_build(rows, &problems, &g, &e), 0, "%s",
                 test_problems(&a, &problems));
    return g;
}

/* What is said about a document onto rows, one problem a line; NULL: onto nothing. */
static void says_onto(const struct jml_governance_rows *before, const char *text, const char *wanted)
{
    struct jml_governance_plan plan;
    const char *said = test_plan(&a, before, text, &plan);

    cr_expect_str_eq(said, wanted, "%s\nsaid:   %s\nwanted: %s", text, said, wanted);
}

static void says(const char *text, const char *wanted)
{
    says_onto(NULL, text, wanted);
}

static struct jml_governance_plan plan(const struct jml_governance_rows *before, const char *text)
{
    struct jml_governance_plan p;
    const char *said = test_plan(&a, before, text, &p);

    cr_assert_str_empty(said, "%s", said);
    return p;
}

/* "created", "unchanged", or the keys that changed. */
static const char *what(const struct jml_governance_plan *p, const char *name)
{
    struct jml_str s = JML_STR_INIT(&a);

    for (size_t i = 0; i < p->changes.n; i++) {
        const struct jml_change *c = p->changes.items[i];
        if (!jml_streq(c->name, name))
            continue;
        if (c->act != JML_ACT_CHANGE)
            return c->act == JML_ACT_CREATE ? "created" : "unchanged";
        for (size_t j = 0; j < c->keys.n; j++)
            jml_str_addf(&s, "%s%s", j ? " " : "", c->keys.items[j]);
        return jml_str_text(&s);
    }
    cr_assert_fail("no change of '%s'", name);
    return NULL;
}

#define TARGET(rest) "{'targets':[{'displayName':'T'," rest "}]}"
#define SETTINGS(kind, settings) TARGET("'kind':'" kind "','settings':{" settings "}")
#define AT "/targets/0/settings/"
#define EXTENSION(rest)                                                                          \
    "{'customTaskExtensions':[{'displayName':'X','endpointConfiguration':{'@odata.type':"         \
    "'#microsoft.graph.logicAppTriggerEndpointConfiguration','url':'https://hook.example/x'}"      \
    rest "}]}"
#define RESOURCE(rest)                                                                           \
    "'catalogs':[{'displayName':'C'}],'resources':[{'displayName':'R','catalog':'C'" rest         \
    ",'roles':['User']}]"

Test(target, is_found_by_its_name)
{
    static const char *const names[] = {"b", "Z", "a", "é", "Directory"};
    struct jml_governance_rows rows = {0};
    struct jml_governance *g;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        jml_vec_push(&a, &rows.targets,
                     ((struct jml_target_row){.id = {.bytes = {(uint8_t)(i + 1)}},
                                              .display_name = names[i],
                                              .kind = "null",
                                              .document = jml_value_object()}));
    g = build(&rows);
    cr_assert_eq(g->n_targets, 5);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct jml_target_row *row = jml_governance_find_target(g, names[i]);
        cr_assert_not_null(row, "%s", names[i]);
        cr_expect_str_eq(row->display_name, names[i]);
    }
    cr_expect_null(jml_governance_find_target(g, "record"));
    cr_expect_null(jml_governance_find_target(g, "c"));
    cr_expect_null(jml_governance_find_target(g, NULL));
    jml_governance_free(g);
}

Test(target, has_defaults_for_what_its_document_does_not_say)
{
    struct jml_governance_rows rows = {0};
    struct jml_governance *g;
    const struct jml_target_row *t;

    jml_vec_push(&a, &rows.targets,
                 ((struct jml_target_row){.id = {.bytes = {1}}, .display_name = "T", .kind = "null",
                                          .document = value("{'kind':'null'}")}));
    jml_vec_push(&a, &rows.targets,
                 ((struct jml_target_row){
                     .id = {.bytes = {2}}, .display_name = "U", .kind = "null",
                     .document = value("{'isEnabled':false,'isOwned':true,'concurrency':3,'ratePerSecond':7,"
                                       "'deadline':'PT2S','giveUpAfter':'PT1H','settings':{'failEvery':2}}")}));
    g = build(&rows);
    t = jml_governance_find_target(g, "T");
    cr_expect(t->enabled);
    cr_expect_not(t->owned);
    cr_expect_eq(t->concurrency, 16);
    cr_expect_eq(t->rate, 0);
    cr_expect_eq(t->deadline, 30 * JML_SECOND);
    cr_expect_eq(t->give_up, JML_DAY);
    cr_expect_eq(t->settings->n, 0);
    t = jml_governance_find_target(g, "U");
    cr_expect_not(t->enabled);
    cr_expect(t->owned);
    cr_expect_eq(t->concurrency, 3);
    cr_expect_eq(t->rate, 7);
    cr_expect_eq(t->deadline, 2 * JML_SECOND);
    cr_expect_eq(t->give_up, JML_HOUR);
    cr_expect_not_null(jml_value_find(t->settings, "failEvery"));
    jml_governance_free(g);
}

Test(target, is_of_a_kind_and_says_how_much_at_a_time)
{
    says(TARGET("'kind':'null'"), "");
    says(TARGET("'kind':'manual','description':'Tickets','isEnabled':false,'isOwned':true,"
                "'concurrency':1024,'ratePerSecond':10000,'deadline':'PT10M','giveUpAfter':'P30D'"),
         "");
    says("{'targets':[{}]}", "/targets/0/displayName: missing\n/targets/0/kind: missing");
    says(TARGET("'kind':'pigeon'"),
         "/targets/0/kind: must be one of null, manual, exec, sql, webhook, scim, ldap");
    says(TARGET("'kind':'extension'"),
         "/targets/0/kind: must be one of null, manual, exec, sql, webhook, scim, ldap");
    says(TARGET("'kind':'null','concurrency':0,'ratePerSecond':10001,'deadline':'PT0.5S',"
                "'giveUpAfter':'P31D','colour':'red'"),
         "/targets/0/colour: unknown property\n"
         "/targets/0/concurrency: must be 1 to 1024\n"
         "/targets/0/ratePerSecond: must be 0 to 10000\n"
         "/targets/0/deadline: must be PT1S to PT10M\n"
         "/targets/0/giveUpAfter: must be PT1M to P30D");
    says(TARGET("'kind':'null','concurrency':1.5,'isOwned':'yes','settings':[]"),
         "/targets/0/concurrency: must be a whole number\n"
         "/targets/0/isOwned: must be true or false, is a string\n"
         "/targets/0/settings: must be an object, is an array");
    says(TARGET("'kind':'null','deadline':'30s'"),
         "/targets/0/deadline: \"30s\" is no ISO 8601 duration, such as P30D");
    says("{'targets':[{'displayName':'record','kind':'null'}]}",
         "/targets/0/displayName: 'record' is the record here, and always there: take another name");
}

Test(target, settings_are_those_of_the_kind)
{
    says(SETTINGS("null", "'delayMilliseconds':50,'failEvery':3"), "");
    says(SETTINGS("null", "'delayMilliseconds':-1,'url':'https://x.example/'"),
         AT "url: unknown property\n" AT "delayMilliseconds: must be 0 to 600000");
    says(SETTINGS("manual", "'instructions':'Call'"), "");
    says(SETTINGS("manual", "'instructions':''"), AT "instructions: is empty");
    says(SETTINGS("manual", "'remindAfter':'P2D','remindTo':['desk@example.com','E9']"), "");
    says(SETTINGS("manual", "'remindAfter':'PT1M','remindTo':['E9']"),
         AT "remindAfter: must be PT1H to P365D");
    says(SETTINGS("manual", "'remindAfter':'P2D'"), AT "remindTo: missing: remindAfter needs it");
    says(SETTINGS("manual", "'remindAfter':'P2D','remindTo':[]"), AT "remindTo: names nobody");
    says(SETTINGS("manual", "'remindAfter':'P2D','remindTo':['a@b@c']"),
         AT "remindTo/0: is no mail address, and no employee_id");
    says(SETTINGS("manual", "'remindAfter':'P2D','remindTo':[1]"), AT "remindTo/0: must be a string");
    says(SETTINGS("exec", "'program':'grant','arguments':['a',1],'environment':{'JML_LANG':true}"),
         AT "arguments/1: must be a string\n" AT "environment/JML_LANG: must be a string");
    says(TARGET("'kind':'exec'"), AT "program: missing");
    says(SETTINGS("exec", "'program':'/bin/sh'"),
         AT "program: must be the name of a file in the directory of programs, without a path");
    says(SETTINGS("sql", "'conninfo':'host=x dbname=y user=z','function':'apps.access','listFunction':'f()'"),
         AT "listFunction: must be schema.name as PostgreSQL keeps it, of letters, digits and _");
    says(SETTINGS("webhook", ""),
         AT "url: missing: say the address here, or in a file that urlFile names");
    says(SETTINGS("webhook", "'url':'https://x.example/','urlFile':'hook'"),
         AT "url: stands beside urlFile: leave one of them out");
    says(SETTINGS("webhook", "'url':'https://x.example:8443/a?b=c','secretFile':'hook','wait':true,"
                             "'callbackTimeout':'PT1H','headers':{'X-From':'jmld'}"),
         "");
    says(SETTINGS("webhook", "'url':'https://x.example/','secretFile':'../hook'"),
         AT "secretFile: must be an absolute path, or a name within the credentials directory "
            "(LoadCredential= in the unit)");
    says(SETTINGS("scim", "'url':'https://x.example/scim','clientKeyFile':'/etc/k'"),
         AT "clientCertificateFile: missing: clientKeyFile needs it");
#define LDAP(uri, rest) SETTINGS("ldap", "'uri':'" uri "','peopleBase':'ou=people'," rest)
    says(LDAP("ldapi:///", "'sasl':'EXTERNAL'"), "");
    says(LDAP("ldaps://a.example ldaps://b.example",
              "'bindDn':'cn=x','passwordFile':'p','attributeNames':{'mail':null},'accountDn':'uid={{uid}}',"
              "'accountAttributes':{'objectClass':['person'],'cn':'{{displayName}}'}"),
         "");
    says(LDAP("ldapi:///", "'sasl':'GSSAPI'"), AT "sasl: must be one of: EXTERNAL");
    says(LDAP("ldaps://a.example", "'startTls':true,'accountAttributes':{'sn':1}"),
         AT "accountAttributes/sn: must be a string or an array of strings\n"
         AT "bindDn: missing: with passwordFile, or \"sasl\": \"EXTERNAL\"\n"
         AT "startTls: is for ldap://; the others are private from the start\n"
         AT "accountDn: missing: what accounts that are made are called");
    says(LDAP("ldaps://a.example http://b.example", "'sasl':'EXTERNAL'"),
         AT "uri: must begin with ldaps://, ldap:// or ldapi://");
#undef LDAP
    says(SETTINGS("scim", "'url':'https://x.example','dialect':'entra','etag':false,'listBy':'pigeon'"),
         AT "listBy: must be one of: group users");
}

/* Some are obeyed by the shell, some by the loader, some by other programs: none is let through. */
Test(target, programs_are_given_variables_of_their_own_only)
{
    static const char *const names[] = {"BASH_ENV", "LD_PRELOAD", "PATH", "IFS", "LC_ALL", "HOME",
                                        "PERL5OPT", "JML_", "JML_a", "JML_A B", "XJML_A", ""};

    says(SETTINGS("exec", "'program':'p','environment':{'JML_ZONE_2':'$(id)'}"), "");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        says(jml_printf(&a, SETTINGS("exec", "'program':'p','environment':{'%s':'x'}"), names[i]),
             jml_printf(&a,
                        AT "environment/%s: must begin with JML_, and go on with A to Z, 0 to 9 and _: "
                           "other variables could make the program run something else; whatever it "
                           "needs of them it sets itself",
                        names[i]));
}

/* What no daemon could ever work with is said when it is applied, not when somebody waits for access. */
Test(target, what_can_never_be_is_refused_at_once)
{
#define HEADERS(headers) SETTINGS("webhook", "'url':'https://x.example/','headers':{" headers "}")
    says(HEADERS("'X-A':'b\\r\\nX-C: d'"), AT "headers/X-A: has control characters, or an end of line");
    says(HEADERS("'X-A':'b\\tc'"), AT "headers/X-A: has control characters, or an end of line");
    says(HEADERS("'X A':'b'"), AT "headers/X A: is no name of a header");
    says(HEADERS("'X-A\\r\\nX-B':'b'"), AT "headers/X-A??X-B: is no name of a header");
#define CONNINFO(rest) SETTINGS("sql", "'function':'a.f','conninfo':'host=x dbname=y user=z " rest "'")
    says(CONNINFO("application_name=\\\"passfile=\\\""), "");
    says(CONNINFO("passfile = /etc/x"),
         AT "conninfo: no passfile here: the password belongs into a file that passwordFile names");
    says(CONNINFO("service=x"), AT "conninfo: no service here: say what it stands for");
    says(CONNINFO("password=x"), AT "conninfo: secrets are in files: passwordFile");
    says(SETTINGS("exec", "'program':'a/b'"),
         AT "program: must be the name of a file in the directory of programs, without a path");
    says(SETTINGS("exec", "'program':'a\\nb'"),
         AT "program: must be the name of a file in the directory of programs, without a path");
#define DIRECTORY(base, rest)                                                                    \
    SETTINGS("ldap", "'uri':'ldapi:///','sasl':'EXTERNAL','peopleBase':'" base "'" rest)
#define NO_DN " is no distinguished name, like \"ou=people,dc=example,dc=com\""
    says(DIRECTORY("dc=x", ",'groupBase':'ou=g,dc=x','accountDn':'uid={{uid}}+cn=a\\\\,b,ou=\\\\c3\\\\ab'"), "");
    says(DIRECTORY("people", ",'groupBase':'ou=g,','accountDn':'{{uid}},dc=x','disabledBase':'=x'"),
         AT "peopleBase:" NO_DN "\n" AT "accountDn:" NO_DN "\n" AT "disabledBase:" NO_DN "\n" AT
            "groupBase:" NO_DN);
#define FILTER(filter) DIRECTORY("dc=x", ",'accountFilter':'" filter "'")
    says(FILTER("(uid={{uid}})"), "");
    says(FILTER("(&(objectClass=person)(|(uid={{uid}})(!(cn=a*b\\\\2a))) (o:dn:2.4.6:={{o}}))"), "");
    says(FILTER("(uid=ada)"),
         AT "accountFilter: has no value of a person in it, like {{employeeId}}: it would find the same "
            "account for everybody");
    static const char *const bad[] = {"uid={{uid}}", "(uid={{uid}}", "(uid={{uid}}))", "((uid={{uid}}))",
                                      "(&(uid={{uid}})", "({{uid}})", "(=x{{uid}})", "(!(a=b)(c={{uid}}))",
                                      "(uid={{uid}}\\\\zz)", "(u d={{uid}})", "()"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        says(jml_printf(&a, FILTER("%s"), bad[i]),
             AT "accountFilter: is no filter in parentheses, like \"(uid={{employeeId}})\"");
#define USER(filter) SETTINGS("scim", "'url':'https://x.example','userFilter':'" filter "'")
    says(USER("(userName eq \\\"{{mail}}\\\") or emails[value eq \\\"{{mail}}\\\"]"), "");
    says(USER("userName eq \\\"ada\\\""),
         AT "userFilter: has no value of a person in it, like {{employeeId}}: it would find the same "
            "account for everybody");
    says(USER("userName eq \\\"{{mail}}"),
         AT "userFilter: is no filter: its quotes, brackets and parentheses have to close");
    says(USER("(userName eq {{mail}}]"),
         AT "userFilter: is no filter: its quotes, brackets and parentheses have to close");
}

/* The problems of the check that comes when all fits together. */
static const char *checked(const struct jml_governance_plan *p)
{
    struct jml_problems problems = {.arena = &a};
    struct jml_governance *g = build(&p->after);
    const char *said;

    jml_governance_check(&p->after, g, &problems);
    said = test_problems(&a, &problems);
    jml_governance_free(g);
    return said;
}

Test(target, directories_know_roles_by_their_group)
{
#define LDAP "{'displayName':'T','kind':'ldap','settings':{'uri':'ldapi:///','sasl':'EXTERNAL','peopleBase':'dc=x'}}"
#define SCIM "{'displayName':'T','kind':'scim','settings':{'url':'https://x.example'}}"
#define ROLE(target, resource, role)                                                             \
    "{'targets':[" target "],'catalogs':[{'displayName':'C'}],'resources':[{'displayName':'R',"  \
    "'catalog':'C','target':'T'" resource ",'roles':[{'displayName':'A'" role "}]}]}"
#define AT_ROLE "/resources/0/roles/0/origin: "
    static const struct {
        const char *document, *said;
    } cases[] = {
        {ROLE(LDAP, "", ",'origin':{'group':'g'}"), ""},
        {ROLE(LDAP, ",'origin':{'groupDn':'cn=g,dc=x'}", ""), ""},
        {ROLE(SCIM, "", ",'origin':{'groupId':'1'}"), ""},
        {ROLE(LDAP, "", ""), AT_ROLE "missing: a target of kind ldap has to know the group, by groupDn or "
                                     "group, of the role or of its resource"},
        {ROLE(SCIM, "", ""), AT_ROLE "missing: a target of kind scim has to know the group, by groupId or "
                                     "group, of the role or of its resource"},
        {ROLE(LDAP, "", ",'origin':{'grup':'g'}"),
         AT_ROLE "grup is unknown to targets of kind ldap: groupDn or group is wanted"},
        {ROLE(LDAP, ",'origin':{'groupId':'1'}", ",'origin':{'group':'g'}"),
         AT_ROLE "groupId is unknown to targets of kind ldap: groupDn or group is wanted"},
        {ROLE(SCIM, "", ",'origin':{'group':7}"), AT_ROLE "group must be a text"},
        {ROLE(LDAP, "", ",'origin':{'groupDn':'staff'}"), AT_ROLE "groupDn is no distinguished name"},
        {ROLE("{'displayName':'T','kind':'null'}", "", ",'origin':{'any':'thing'}"), ""},
    };
    struct jml_governance_plan p;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        p = plan(NULL, cases[i].document);
        cr_expect_str_eq(checked(&p), cases[i].said, "%s\nsaid: %s", cases[i].document, checked(&p));
    }
    p = plan(NULL, ROLE("{'displayName':'T','kind':'null'}", "", ""));
    p = plan(&p.after, "{'targets':[" SCIM "]}");
    cr_expect_str_eq(checked(&p), "/targets/0/origin: missing: a target of kind scim has to know the group, "
                                  "by groupId or group, of the role or of its resource");
#undef LDAP
}

Test(target, addresses_are_encrypted_unless_they_stay_here)
{
#define URL(url) SETTINGS("webhook", "'url':'" url "'")
    says(URL("https://x.example"), "");
    says(URL("http://localhost:8080/x"), "");
    says(URL("http://127.0.0.1/x"), "");
    says(URL("http://[::1]:81/x"), "");
    says(SETTINGS("webhook", "'url':'http://x.example/','allowHttp':true"), "");
    says(URL("http://x.example/"),
         AT "url: sends secrets and people's data in the clear: say https, or allowHttp");
    says(URL("http://127.evil.example/"),
         AT "url: sends secrets and people's data in the clear: say https, or allowHttp");
    says(URL("http://localhost.evil.example/"),
         AT "url: sends secrets and people's data in the clear: say https, or allowHttp");
    says(URL("ftp://x.example/"), AT "url: must begin with https://");
    says(URL("https:///x"), AT "url: is no address");
    says(URL("https://x.example/#a"), AT "url: has a fragment (#), which is never sent");
}

Test(target, secrets_are_in_files)
{
    says(SETTINGS("ldap", "'uri':'ldap://x.example','peopleBase':'ou=p','sasl':'EXTERNAL','password':'x'"),
         AT "password: secrets are in files: passwordFile");
    says(SETTINGS("webhook", "'url':'https://x.example/','secret':'x','token':'y','apiKey':'z'"),
         AT "secret: secrets are in files: secretFile\n"
         AT "token: secrets are in files: bearerTokenFile\n"
         AT "apiKey: secrets are in files: bearerTokenFile");
    says(SETTINGS("webhook", "'url':'https://x.example/','headers':{'Authorization':'Bearer x',"
                             "'X-Api-Key':'y'}"),
         AT "headers/Authorization: secrets are in files: bearerTokenFile\n"
         AT "headers/X-Api-Key: secrets are in files: bearerTokenFile");
    says(SETTINGS("webhook", "'url':'https://x.example/','headers':{'X-Key-Id':'y','X-Tokens':'z'}"),
         AT "headers/X-Key-Id: is called like a secret, and those are in files: bearerTokenFile, or "
            "secretFile, by which calls are signed\n"
         AT "headers/X-Tokens: is called like a secret, and those are in files: bearerTokenFile, or "
            "secretFile, by which calls are signed");
    says(SETTINGS("sql", "'function':'a.f','conninfo':'host=x password = y'"),
         AT "conninfo: secrets are in files: passwordFile");
    says(SETTINGS("sql", "'function':'a.f','conninfo':'postgres://u:p@x.example/db'"),
         AT "conninfo: secrets are in files: passwordFile");
    says(SETTINGS("sql", "'function':'a.f','conninfo':'postgres://u@x.example:5432/db?sslmode=require'"), "");
    says(URL("https://u:p@x.example/"), AT "url: secrets are in files: passwordFile");
    says(URL("https://x.example/?access_token=y"), AT "url: secrets are in files: urlFile");
    says(URL("https://x.example/?api-version=1&sig=y"), AT "url: secrets are in files: urlFile");
    says(SETTINGS("exec", "'program':'p','arguments':['--token=x'],'environment':{'JML_PASSWORD':'x',"
                          "'JML_TOKEN_FILE':'/y'}"),
         AT "arguments/0: secrets are in files: bearerTokenFile\n"
         AT "environment/JML_PASSWORD: secrets are in files: passwordFile");
    says(EXTENSION(",'clientSecret':'x'"),
         "/customTaskExtensions/0/clientSecret: secrets are in files: secretFile");
#undef URL
}

Test(target, extensions_are_as_graph_has_them)
{
    says(EXTENSION(",'clientConfiguration':{'@odata.type':'#microsoft.graph."
                   "customExtensionClientConfiguration','maximumRetries':1,"
                   "'timeoutInMilliseconds':1000},'callbackConfiguration':{'@odata.type':"
                   "'#microsoft.graph.identityGovernance.customTaskExtensionCallbackConfiguration',"
                   "'timeoutDuration':'PT5M','authorizedApps':[]},'secretFile':'hook',"
                   "'createdDateTime':'2026-01-01T00:00:00Z','authenticationConfiguration':null"),
         "");
    says(EXTENSION(",'authenticationConfiguration':{'@odata.type':"
                   "'#microsoft.graph.azureAdPopTokenAuthentication'}"),
         "/customTaskExtensions/0/authenticationConfiguration: nobody here gives out tokens of Microsoft "
         "Entra: leave it out, and say secretFile (each call is signed) or bearerTokenFile beside it");
    says(EXTENSION(",'clientConfiguration':{'maximumRetries':11,'timeoutInMilliseconds':100},"
                   "'callbackConfiguration':{'timeoutDuration':'PT4H','authorizedApps':[{'id':'x'}]}"),
         "/customTaskExtensions/0/clientConfiguration/maximumRetries: must be 0 to 10\n"
         "/customTaskExtensions/0/clientConfiguration/timeoutInMilliseconds: must be 200 to 60000\n"
         "/customTaskExtensions/0/callbackConfiguration/authorizedApps: known, not supported yet: there "
         "are no apps here: who calls back brings the secret of the call\n"
         "/customTaskExtensions/0/callbackConfiguration/timeoutDuration: must be PT5M to PT3H");
    says("{'customTaskExtensions':[{'displayName':'X','endpointConfiguration':{}}]}",
         "/customTaskExtensions/0/endpointConfiguration: says no address: url or targetUrl, or urlFile "
         "when it is a secret");
    says("{'customTaskExtensions':[{'displayName':'X','endpointConfiguration':{'@odata.type':"
         "'#microsoft.graph.httpRequestEndpoint','targetUrl':'https://x.example/'}}]}",
         "");
    says("{'value':[{'displayName':'X','endpointConfiguration':{'url':'https://x.example/'}}]}", "");
    says("{'displayName':'X','endpointConfiguration':{'url':'https://x.example/'}}", "");
}

Test(target, applying_the_same_again_changes_nothing)
{
    const char *text = "{" RESOURCE(",'target':'T','origin':{'dn':'cn=r'}") ",'targets':[{'displayName':'T',"
                       "'kind':'webhook','giveUpAfter':'PT48H','settings':{'url':'https://x.example/',"
                       "'headers':{'A':'b'}}}],'customTaskExtensions':[{'displayName':'X',"
                       "'endpointConfiguration':{'url':'https://x.example/'}}]}";
    struct jml_governance_plan p = plan(NULL, text);

    cr_expect_str_eq(what(&p, "T"), "created");
    cr_expect_str_eq(what(&p, "X"), "created");
    cr_assert_eq(p.after.targets.n, 2);
    cr_expect_str_eq(jml_value_text(&a, p.after.targets.items[0].document),
                     test_json(&a, "{'displayName':'T','kind':'webhook','isEnabled':true,"
                                   "'isOwned':false,'concurrency':16,'ratePerSecond':0,"
                                   "'deadline':'PT30S','giveUpAfter':'P2D','settings':"
                                   "{'url':'https://x.example/','headers':{'A':'b'}}}"));
    p = plan(&p.after, text);
    cr_expect_eq(p.n_changed, 0);
    p = plan(&p.after, "{'targets':[{'displayName':'T','kind':'webhook','description':'Hook',"
                       "'concurrency':2,'settings':{'url':'https://y.example/'}}]}");
    cr_expect_str_eq(what(&p, "T"), "description concurrency giveUpAfter settings");
    p = plan(&p.after, "{'targets':[{'displayName':'T','kind':'null','concurrency':2}]}");
    cr_expect_str_eq(what(&p, "T"), "kind settings description");
}

Test(target, what_is_exported_applies_and_changes_nothing)
{
    struct jml_governance_plan p = plan(
        NULL, "{" RESOURCE(",'target':'T'") ",'targets':[{'displayName':'T','kind':'manual'}],"
              "'customTaskExtensions':[{'displayName':'X','description':'d','secretFile':'s',"
              "'endpointConfiguration':{'@odata.type':'#x.httpRequestEndpoint','targetUrl':'https://x.example/'},"
              "'callbackConfiguration':{'timeoutDuration':'PT30M'}}]}");
    const struct jml_value *v = jml_governance_export(&a, &p.after);
    struct jml_governance_plan again = plan(&p.after, jml_value_text(&a, v));

    cr_expect_eq(again.n_changed, 0);
    cr_expect_eq(again.changes.n, 5);
    cr_expect_str_eq(jml_value_find_string(jml_value_find(v, "targets")->items[0], "kind"), "manual");
    cr_expect_str_eq(jml_value_find_string(jml_value_find(v, "customTaskExtensions")->items[0],
                                           "secretFile"), "s");
}

Test(target, resources_name_one)
{
    struct jml_governance_plan p;

    says("{" RESOURCE("") "}", "");
    says("{" RESOURCE(",'target':'record'") "}", "");
    says("{" RESOURCE(",'target':'T'") "}",
         "/resources/0/target: no target 'T': targets stand in the array targets, and 'record' is the "
         "record here");
    says("{" RESOURCE(",'target':'ldap'") "}",
         "/resources/0/target: no target 'ldap': that is a kind; name a target of it, from the array "
         "targets");
    says("{" RESOURCE(",'target':'X'") ",'customTaskExtensions':[{'displayName':'X',"
         "'endpointConfiguration':{'url':'https://x.example/'}}]}",
         "/resources/0/target: 'X' is a custom task extension, which gives nobody access: name a target");
    p = plan(NULL, TARGET("'kind':'null','id':'11111111-1111-4111-8111-111111111111'"));
    p = plan(&p.after, "{" RESOURCE(",'target':{'id':'11111111-1111-4111-8111-111111111111'}") "}");
    cr_expect_str_eq(p.after.resources.items[0].target, "T");
}

Test(target, keeps_its_name_while_resources_have_it)
{
    struct jml_governance_plan p =
        plan(NULL, TARGET("'kind':'null','id':'11111111-1111-4111-8111-111111111111'"));
    struct jml_governance_rows rows;

    p = plan(&p.after, "{'targets':[{'id':'11111111-1111-4111-8111-111111111111','kind':'null',"
                       "'displayName':'U'}]}");
    cr_expect_str_eq(what(&p, "U"), "displayName");
    p = plan(&p.after, "{" RESOURCE(",'target':'U'") "}");
    rows = p.after;
    says_onto(&rows, "{'targets':[{'id':'11111111-1111-4111-8111-111111111111','kind':'null',"
                     "'displayName':'V'}]}",
              "/targets/0/displayName: target 'U' keeps its name, for it is the target of resource "
              "'R': what was given is known by it");
    says_onto(&rows, "{'customTaskExtensions':[{'displayName':'U','endpointConfiguration':"
                     "{'url':'https://x.example/'}}]}",
              "/customTaskExtensions/0: 'U' is a target: take another name");
    says_onto(&rows, "{'targets':[{'displayName':'W','kind':'null'},{'displayName':'W','kind':'null'}]}",
              "/targets/1: another target is named 'W'");
}

Test(target, tasks_name_targets_and_extensions)
{
#define THINGS                                                                                    \
    "{'targets':[{'displayName':'T','kind':'null','id':'11111111-1111-4111-8111-111111111111'},"  \
    "{'displayName':'U','kind':'null'}],'customTaskExtensions':[{'displayName':'X','id':"         \
    "'22222222-2222-4222-8222-222222222222','endpointConfiguration':{'url':'https://x.example/'}}]}"
#define RUNS(task, argument, value)                                                               \
    "{'workflows':[{'displayName':'W','executionConditions':{'@odata.type':"                      \
    "'#microsoft.graph.identityGovernance.onDemandExecutionOnly'},'tasks':[{'displayName':'K',"   \
    "'taskDefinitionId':'" task "','arguments':[{'name':'" argument "','value':'" value "'}]}]}]}"
#define ENABLE(value) RUNS("6fc52c9d-398b-4305-9763-15f42c1676fc", "target", value)
#define CALL(value)   RUNS("4262b724-8dba-4fad-afc3-43fcbb497a0e", "customTaskExtensionID", value)
    struct jml_governance_plan things = plan(NULL, THINGS), p, q;
    const char *text;

    says_onto(&things.after, ENABLE("T,X"), "/workflows/0/tasks/0/arguments/0/value: no target 'X'");
    says_onto(&things.after, ENABLE("T,"), "/workflows/0/tasks/0/arguments/0/value: no target ''");
    says_onto(&things.after, CALL("T"),
              "/workflows/0/tasks/0/arguments/0/value: no custom task extension 'T'");
    p = plan(&things.after, ENABLE("11111111-1111-4111-8111-111111111111, U"));
    cr_expect_not_null(strstr(jml_value_text(&a, p.after.workflows.items[0].document), "\"T,U\""));
    says_onto(&p.after, "{'targets':[{'displayName':'V','kind':'null','id':"
                        "'11111111-1111-4111-8111-111111111111'}]}",
              "/targets/0/displayName: target 'T' keeps its name, for a task of workflow 'W' names it");
    p = plan(&things.after, CALL("X"));
    text = jml_value_text(&a, p.after.workflows.items[0].document);
    cr_expect_not_null(strstr(text, "22222222-2222-4222-8222-222222222222"), "%s", text);
    q = plan(&p.after, CALL("22222222-2222-4222-8222-222222222222"));
    cr_expect_eq(q.n_changed, 0);
    q = plan(&p.after, jml_value_text(&a, jml_governance_export(&a, &p.after)));
    cr_expect_eq(q.n_changed, 0);
}
