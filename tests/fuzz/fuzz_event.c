/* SPDX-License-Identifier: MIT
 *
 * Events: whatever HR sends, it is folded or rejected, and every step keeps the rules of
 * lib/case_check.c. One event a line: KIND DATE EMPLOYMENT SUPERSEDES ATTRIBUTES, "-" for nothing;
 * a line "+" lets days pass.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CONFIG                                                                                     \
    CONFIGURATION(RESOURCE("Base") "," RESOURCE("Sales"),                                          \
                  PACKAGE("Base", POLICY("Always", FOREVER)) ","                                   \
                  PACKAGE("Sales", POLICY("Thirty", FOR("P30D"))),                                 \
                  WORKFLOW("Before", "joiner", ON(HIRE("-7"), ANYBODY),                            \
                           ADD("Base", "Always") "," WELCOME) ","                                  \
                  WORKFLOW("Moved", "mover", ON(CHANGE("department"), "(department eq `Sales`)"),  \
                           ADD("Sales", "Thirty") "," REMOVE("Base")) ","                          \
                  WORKFLOW("In", "mover", ON_GROUP("add", "'g'"), ADD("Sales", "Thirty")) ","      \
                  WORKFLOW("Last day", "leaver", ON(LEAVE("0"), ANYBODY),                          \
                           LAST_DAY "," REMOVE_ALL("3")))

static const char *word(char **line)
{
    char *start = *line, *end = strchr(start, ' ');
    if (end)
        *end++ = '\0';
    else
        end = start + strlen(start);
    *line = end;
    return strcmp(start, "-") == 0 || !*start ? NULL : start;
}

static void one_event(char *line)
{
    struct jml_arena *a = &the_case.arena;
    const char *kind = word(&line), *date = word(&line), *employment = word(&line);
    const char *supersedes = word(&line);
    int known = kind ? jml_event_kind_find(kind) : -1;
    struct jml_event *e = case_event(known < 0 ? JML_MOVER : (enum jml_event_kind)known, NULL, NULL);
    struct jml_err ignored;

    if (date && !jml_date_parse(date, &e->effective_on))
        jml_time_parse(date, &e->effective_at);
    e->employment = employment ? employment : "main";
    e->supersedes = supersedes;
    e->attributes = NULL;
    jml_value_parse(a, line, strlen(line), 128, &e->attributes, &ignored);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text, *line, *rest = NULL;
    int events = 0;

    case_begin("2026-06-01 09:00");
    case_apply(CONFIG);
    text = jml_strndup(&the_case.arena, (const char *)data, size);
    for (line = strtok_r(text, "\n", &rest); line && events < 60; line = strtok_r(NULL, "\n", &rest)) {
        if (strcmp(line, "+") == 0)
            case_clock_to(the_case.world.now + 5 * JML_DAY);
        else
            one_event(line);
        case_step();
        events++;
    }
    for (int i = 0; i < 100 && the_case.s.person.due_at != JML_TIME_NONE; i++) {
        case_clock_to(the_case.s.person.due_at);
        case_step();
    }
    case_end();
    return 0;
}
