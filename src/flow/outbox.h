/* SPDX-License-Identifier: MIT
 *
 * Outbox: what mail.c, which says when there is something to send and takes it into hand, and
 * mail_send.c, which sends it and writes what became of it, have in common. Private to both.
 *
 *     a slot:  FREE -> SENDING -> DONE -> WRITING -> FREE
 */
#ifndef JML_FLOW_OUTBOX_H
#define JML_FLOW_OUTBOX_H

#include "flow/letters.h"
#include "flow/mail.h"

struct jml_conn;
struct jml_reply;
struct jml_transfers;

enum slot_state { SLOT_FREE, SLOT_SENDING, SLOT_DONE, SLOT_WRITING };

struct slot {
    struct jml_mail *mail;
    enum slot_state state;
    struct jml_letter_row row; /* with an arena of its own */
    struct jml_smtp_sending *sending;
    size_t at; /* which address */
    const char *outcome, *error;
    jml_time delay;
};

struct jml_mail {
    struct jml_loop *loop;
    struct jml_arena arena, next_arena; /* of the options */
    struct jml_mail_options options, next;
    struct jml_mail_callbacks callbacks;
    struct jml_conn *conn;
    struct jml_transfers *transfers;
    struct jml_letters *letters;
    struct slot slots[JML_MAIL_CONCURRENCY];
    struct jml_timer *poll, *again, *pace;
    const char *fault; /* JMLD_FAULT_MAIL */
    bool up, claiming, writing;
    bool puts_off; /* the claim under way does, first */
    bool more;     /* there may be something due */
    bool sweeping; /* idle is to be told */
    bool stopping, changing, reconnect;
    bool away;   /* the server is; `again` runs */
    bool trying; /* one mail tries whether it is back */
    jml_time away_delay;
    double tokens;
    int64_t tokens_at;
};

/* ---- mail.c ---- */

/* Goes on with whatever can be gone on with. */
void jml_mail_work(struct jml_mail *m);
int jml_mail_in_hand(const struct jml_mail *m, enum slot_state state);
/* true: the answer is an error, and it is tried again. The connection's loss is told elsewhere. */
bool jml_mail_failed(struct jml_mail *m, const struct jml_reply *reply);

/* ---- mail_send.c ---- */

/* To the next address that has not got it yet; when there is none, it is done. */
void jml_mail_send_next(struct slot *s);
/* Nothing is sent for a while. */
void jml_mail_server_away(struct jml_mail *m, const char *words);
/* What is DONE. */
void jml_mail_write(struct jml_mail *m);

#endif
