-- Which submissions found a resource that was there already (0002): by `?|`, for which the index answers for sure. The
-- operators of jsonb_path_ops are always compared with the rows again: each list of thousands with each id.
DROP INDEX submission_found;
CREATE INDEX submission_found ON submission USING gin (
    jsonb_path_query_array(stored, '$[*] ? (@.written == false && @.type != "Patient" && @.type != "Organization").id')
  ) WITH (fastupdate = off)
  WHERE status = 'accepted';
