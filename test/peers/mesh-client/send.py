"""Sends summaries with the official Python client of MESH (PyPI mesh-client) and reads Homeward's reports.

    python send.py URL SHARED_KEY FROM PASSWORD TO WORKFLOW FILE...

Each file is sent three times: as it is, compressed, and in compressed chunks. The second and the third are resends of
the first. Prints a line for each report, and ends with 0 when every message has one.
"""

import json
import sys
import time

from mesh_client import Endpoint, MeshClient

WAITS_SECONDS = 60
CHUNK_BYTES = 10_000
WAYS = {
    "plain": {"compress": False},
    "compressed": {"compress": True},
    "chunks": {"compress": True, "max_chunk_size": CHUNK_BYTES},
}


def main(url, shared_key, sender, password, recipient, workflow, *files):
    endpoint = Endpoint(url, None, None, False, False)
    with MeshClient(endpoint, sender, password, shared_key=shared_key.encode()) as client:
        client.handshake()
        for path in files:
            with open(path, "rb") as file:
                content = file.read()
            for way, options in WAYS.items():
                message_id = client.send_message(
                    recipient, content, workflow_id=workflow, content_type="application/fhir+json", **options
                )
                # One after the other, so that the second and the third are resends of the first.
                report = wait_for(client, message_id)
                if report is None:
                    print(f"{path} {way}: no report")
                    return 1
                print(f"{path} {way}: {report}")
    return 0


def wait_for(client, message_id):
    """The report about a message, as a line; it is taken out of the inbox."""
    until = time.monotonic() + WAITS_SECONDS
    while time.monotonic() < until:
        for received_id in client.list_messages():
            message = client.retrieve_message(received_id)
            if not (message.filename or "").startswith(f"{message_id}."):
                continue
            outcome = json.loads(message.read())
            message.acknowledge()
            issues = [issue["details"]["coding"][0]["code"] for issue in outcome["issue"]]
            return f"{message.subject}, workflow {message.workflow_id}, {outcome['resourceType']} {issues}"
        time.sleep(0.2)
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
