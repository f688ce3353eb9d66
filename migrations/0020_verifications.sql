-- When the ledger was verified last, for the page of the ledger.
CREATE INDEX audit_record_verified ON audit_record (last_updated) WHERE interaction = '$ledger-verify';
