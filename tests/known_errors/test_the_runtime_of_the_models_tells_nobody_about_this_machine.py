"""Newer onnxruntimes report to their maker unless told otherwise: an id of the machine was kept, and sent.

It happened while the first model was loaded, on machines whose box must speak to nobody but its own receivers.
"""

import os
import subprocess
import sys

LOAD = """
import os
from sophon_report.errors import ModelError
from sophon_report.vision.models.session import OnnxSession
try:
    OnnxSession(b"no model", "nothing")
except ModelError as error:
    print(error)
print(os.environ.get("ORT_DISABLE_TELEMETRY"))
"""


def test_the_runtime_of_the_models_tells_nobody_about_this_machine(tmp_path):
    """Not even where its environment says that it may; it leaves no file of its own."""
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"), str(tmp_path))
    environment = {**os.environ, **places, "ORT_DISABLE_TELEMETRY": "0"}
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert loaded.stdout.splitlines()[-1] == "1"
    assert [path.name for path in tmp_path.rglob("*")] == []
