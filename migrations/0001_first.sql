-- The same text runs on SQLite and PostgreSQL. Columns are TEXT, BIGINT or BOOLEAN only; times that are
-- compared are BIGINT milliseconds since 1970, documents are JSON in TEXT.

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    digested_at BIGINT
);
CREATE INDEX deliveries_to_digest ON deliveries (received_at) WHERE digested_at IS NULL;

CREATE TABLE environments (
    id TEXT PRIMARY KEY,
    repository_id BIGINT NOT NULL,
    repository TEXT NOT NULL,
    installation_id BIGINT NOT NULL,
    phase TEXT NOT NULL,
    ended BOOLEAN NOT NULL,
    queued_at BIGINT,
    opened_at BIGINT NOT NULL,
    document TEXT NOT NULL,
    hinted BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    lease_epoch BIGINT NOT NULL
);
CREATE INDEX environments_due ON environments (due_at);
CREATE INDEX environments_of_installation ON environments (installation_id, repository_id);
CREATE INDEX environments_queue ON environments (queued_at, id) WHERE queued_at IS NOT NULL;

-- A hint stays after it was applied, so that it counts once however often it is given.
CREATE TABLE hints (
    id TEXT NOT NULL,
    environment_id TEXT NOT NULL,
    hint TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    applied BOOLEAN NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX hints_to_apply ON hints (environment_id, ordinal) WHERE NOT applied;

CREATE TABLE timeline (
    environment_id TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (environment_id, ordinal)
);

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    account TEXT UNIQUE,
    state TEXT NOT NULL,
    repository_id BIGINT,
    holder TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    document TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    lease_epoch BIGINT NOT NULL
);
CREATE INDEX accounts_due ON accounts (due_at);
CREATE INDEX accounts_free ON accounts (state, repository_id);

-- A row to lock for decisions that count rows: two replicas that count at the same moment would both find
-- the last place free.
CREATE TABLE turns (
    name TEXT PRIMARY KEY
);
INSERT INTO turns (name) VALUES ('pool');

-- Who held which account, and when. The partial index is the last word on "one at a time".
CREATE TABLE leases (
    incarnation_id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    released_at BIGINT
);
CREATE UNIQUE INDEX leases_live ON leases (account_id) WHERE released_at IS NULL;

CREATE TABLE tokens (
    name TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
