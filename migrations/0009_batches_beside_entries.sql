-- A batch that is kept whole and an entry of it that is stored may have the very same bytes. They are told apart by
-- content_sha256, which a whole batch has not: its entries are submissions of their own, and some may be refused.

DROP INDEX submission_once;
CREATE UNIQUE INDEX submission_once ON submission (sender, sha256)
  WHERE status = 'accepted' AND content_sha256 IS NOT NULL;
CREATE UNIQUE INDEX submission_batch_once ON submission (sender, sha256)
  WHERE status = 'accepted' AND content_sha256 IS NULL;
