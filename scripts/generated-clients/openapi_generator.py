"""Submits a summary and reads it back, with the client that openapi-generator makes for Python."""
import json
import os

import openapi_client as homeward

configuration = homeward.Configuration(host=os.environ["BASE"], access_token=os.environ["TOKEN"])
with open(os.environ["SUMMARY"], encoding="utf-8") as file:
    summary = homeward.BundleToSubmit.from_dict(json.load(file))

with homeward.ApiClient(configuration) as client:
    answer = homeward.SubmittingApi(client).submit_summary_with_http_info(summary)
    submission = answer.headers["X-Submission-ID"]
    read = homeward.SubmissionsApi(client).read_submission_as_bundle(submission)
    found = homeward.ObservationApi(client).search_by_post_of_observation(
        patient_identifier=os.environ["PATIENT"], count=1000, sort="date"
    )

print(json.dumps({"status": answer.status_code, "id": submission, "read": read.to_dict(), "found": found.to_dict()}))
