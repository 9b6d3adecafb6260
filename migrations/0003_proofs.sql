-- When an account was proven empty, for the pool's forecast.

ALTER TABLE scrubs ADD COLUMN proven_at BIGINT;
CREATE INDEX scrubs_proven ON scrubs (proven_at) WHERE proven_at IS NOT NULL;
CREATE INDEX leases_taken ON leases (taken_at);
