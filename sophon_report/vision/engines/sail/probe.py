"""Asks the vendor's package which chip there is, in a process of its own: before 3.9.1 errors end the process.

As a program it prints one line of JSON, ``{"target": "BM1684", ...}`` or ``{"error": "..."}``, also of a bmodel
that it is given; other lines are SAIL's.
"""

import json
import math
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Sequence, Tuple

from sophon_report.errors import ModelError
from sophon_report.vision.engines.sail.chip import Chip, errors_raise, import_sail, version_of

TIMEOUT_S = 30.0
"""Opening a chip takes less than a second; one that is stuck takes for ever."""


@dataclass(frozen=True)
class ProbedChip:
    """What a process of its own found."""

    target: str
    version: str
    errors_raise: bool
    """Whether this SAIL's errors can be caught, 3.9.1 or newer."""


def probe_chip() -> ProbedChip:
    """Return which chip this machine has.

    Raises:
        ModelError: none can be opened; the message says why.
    """
    answer = _ask()
    return ProbedChip(str(answer["target"]), str(answer["version"]), bool(answer["errors_raise"]))


def probe_input_hw(bmodel: Path) -> Tuple[int, int]:
    """Return height and width of what a bmodel takes, loaded on the chip for it.

    Raises:
        ModelError: it cannot be loaded; the message says why.
    """
    height, width = _ask(str(bmodel))["input_hw"]
    return int(height), int(width)


def _ask(*bmodel: str) -> Dict[str, Any]:
    command = [sys.executable, "-m", __name__, *bmodel]
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"the TPU did not answer within {TIMEOUT_S:g} s") from error
    except OSError as error:
        raise ModelError(f"the TPU cannot be asked: {error}") from error
    answer = _answer(done.stdout.decode("utf-8", "replace"))
    if "error" in answer:
        raise ModelError(str(answer["error"]))
    if "target" not in answer:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ModelError(
            f"SAIL ended the process with status {done.returncode}" + (f": {said[-1]}" if said else "")
        )
    return answer


def _answer(output: str) -> Dict[str, Any]:
    for line in reversed(output.splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}


def main(arguments: Sequence[str]) -> None:
    """Print what there is."""
    found: Dict[str, Any] = {}
    try:
        sail = import_sail()
        chip = Chip(sail)
        for path in arguments:
            found["input_hw"] = _input_hw(chip, Path(path))
        found.update(target=chip.target, version=version_of(), errors_raise=errors_raise(sail))
    except ModelError as error:
        found = {"error": str(error)}
    print("\n" + json.dumps(found), flush=True)


def _input_hw(chip: Chip, path: Path) -> Tuple[int, int]:
    from sophon_report.vision.engines.sail.model import load  # noqa: PLC0415 - a start asks for the chip only
    from sophon_report.vision.models.card import CARDS, DETECTOR  # noqa: PLC0415 - in the child only
    from sophon_report.vision.models.library import ModelFile  # noqa: PLC0415 - in the child only

    _, height, width = load(chip, ModelFile(DETECTOR, path, "", CARDS[DETECTOR]), "SYSIO").interface.planes
    return height, width


if __name__ == "__main__":
    # A chip that is stuck would keep this process for ever, if the one that asked has ended meanwhile.
    signal.alarm(math.ceil(2 * TIMEOUT_S))
    main(sys.argv[1:])
