-- Each emptying of an account: how far it has come, and in the end its certificate. Both are JSON in TEXT.

CREATE TABLE scrubs (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    serial BIGINT NOT NULL,
    work TEXT NOT NULL,
    certificate TEXT
);
CREATE INDEX scrubs_of_account ON scrubs (account_id, serial);

-- What an admin switched, for all replicas: 'deletes' stops every deletion at once.
CREATE TABLE switches (
    name TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    switched_by TEXT NOT NULL,
    switched_at BIGINT NOT NULL
);
