-- SPDX-License-Identifier: MIT
-- First passwords that could not be made, for health; mails that wait for the digest of their day.

SET LOCAL ROLE jml_owner;

CREATE INDEX delivery_password_failed ON jml.delivery (id) WHERE action = 'setPassword' AND state = 'failed';

ALTER TABLE jml.notification ADD COLUMN digest_on date;
COMMENT ON COLUMN jml.notification.digest_on IS
    'Day, in the zone of the recipient, whose digest it goes out with; empty: it goes by itself';
CREATE INDEX notification_digest ON jml.notification (recipient, digest_on, id)
    WHERE state = 'pending' AND digest_on IS NOT NULL;

SET LOCAL ROLE NONE;
