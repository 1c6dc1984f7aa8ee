"""What became of a running box's jobs, and what is left in its files."""

from waiting import until


def ended(box, reply):
    """What became of the job that was begun."""
    assert reply.status == 202, reply
    path = f"/api/v1/jobs/{reply.body['job_id']}"
    until(lambda: box.ask("GET", path).body["finished_ms"], "the job's end")
    return box.ask("GET", path).body


def holds(root, words):
    """Files of the data folder that hold ``words``."""
    files = (path for path in root.rglob("*") if path.is_file() and "models" not in path.parts)
    return [path.name for path in files if words in path.read_bytes()]
