"""Submits a summary and reads it back, with the client that openapi-python-client makes."""
import json
import os

from homeward_client import AuthenticatedClient
from homeward_client.api.observation import search_by_post_of_observation
from homeward_client.api.submissions import read_submission_as_bundle
from homeward_client.api.submitting import submit_summary
from homeward_client.models import BundleToSubmit, SearchByPostOfObservationBody

with open(os.environ["SUMMARY"], encoding="utf-8") as file:
    summary = BundleToSubmit.from_dict(json.load(file))

client = AuthenticatedClient(base_url=os.environ["BASE"], token=os.environ["TOKEN"], timeout=60)
answer = submit_summary.sync_detailed(client=client, body=summary)
submission = answer.headers["X-Submission-ID"]
read = read_submission_as_bundle.sync(submission, client=client)
asked = {"patient:identifier": os.environ["PATIENT"], "_count": 1000, "_sort": "date"}
found = search_by_post_of_observation.sync(client=client, body=SearchByPostOfObservationBody.from_dict(asked))

print(json.dumps({"status": int(answer.status_code), "id": submission, "read": read.to_dict(), "found": found.to_dict()}))
