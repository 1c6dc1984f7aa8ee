"""A camera tried out by a process of its own, which is ended when it takes too long."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Dict, Sequence, Union

from sophon_report.errors import Unavailable
from sophon_report.model import Device, DeviceType
from sophon_report.vision.camera_found import Trial, of_json

TIMEOUT_S = 45.0
"""Knocking and opening, each with its own bound, some seconds of pictures, and starting Python on a busy box."""
PROGRAM = ("-m", "sophon_report.vision.camera_trial")
MAX_ANSWER_BYTES = 8 << 20


class CameraTest:
    """Tries one camera at a time.

    Args:
        models: folder of the models with which faces are counted.
        timeout_s: for a trial.
        program: arguments of the Python that does it.
    """

    def __init__(self, models: Path, timeout_s: float = TIMEOUT_S, program: Sequence[str] = PROGRAM) -> None:
        self._models, self._timeout_s, self._program = models, timeout_s, program
        self._busy = False

    async def run(self, device: Device) -> Trial:
        """Open ``device`` once; returns what came, or why nothing did.

        Raises:
            Unavailable: another one is being tried, or no process can be started.
        """
        if self._busy:
            raise Unavailable("another camera is being tested: try again in a moment")
        self._busy = True
        try:
            return await self._tried(device)
        finally:
            self._busy = False

    async def _tried(self, device: Device) -> Trial:
        pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        try:
            # Its errors may hold passwords; what they say is not for a log.
            child = await asyncio.create_subprocess_exec(
                sys.executable, *self._program, stdin=pipe, stdout=pipe, stderr=nowhere, limit=MAX_ANSWER_BYTES
            )
        except OSError as error:
            raise Unavailable(f"the test cannot be started: {error.strerror}") from error
        asked: Dict[str, Union[str, int]] = {
            "type": device.type.value,
            "url": device.url,
            "transport": device.transport,
            "models": str(self._models),
        }
        try:
            said, _ = await asyncio.wait_for(child.communicate(json.dumps(asked).encode()), self._timeout_s)
        except asyncio.TimeoutError:
            words = f"{device.safe_url} hangs: its decoder did not end within {self._timeout_s:g} s"
            return Trial(device.safe_url, words, code="decoder_hangs")
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        lines = said.splitlines()
        if child.returncode or not lines:
            words = f"{device.safe_url} ends its decoder (status {child.returncode})"
            return Trial(device.safe_url, words, code="decoder_hangs")
        return of_json(json.loads(lines[-1]))


def device_at(url: str, transport: str = "tcp") -> Device:
    """A device for an address as somebody typed it: a stream when it has a scheme, else a file or a folder."""
    scheme, separator, _rest = url.partition("://")
    kind = DeviceType.FILE
    if separator:
        kind = DeviceType.GB28181 if scheme.lower() in ("gb28181", "gb28281") else DeviceType.RTSP
    return Device("test", "test", kind, url, transport=transport)
