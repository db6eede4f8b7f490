-- SPDX-License-Identifier: MIT
-- What jmlctl health and status count in tables that only grow: small indexes of the few rows they
-- look for. Their conditions are those of the queries, word for word.

SET LOCAL ROLE jml_owner;

CREATE INDEX notification_failed ON jml.notification (id) WHERE state = 'failed';
CREATE INDEX delivery_revoking ON jml.delivery (person_id) WHERE action = 'revoke' AND state <> 'removed';

SET LOCAL ROLE NONE;
