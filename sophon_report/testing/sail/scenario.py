"""What the fake chip is and does: one value, written to a file for a process that shall run on it."""

import dataclasses
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Tuple

ENVIRONMENT_VARIABLE = "SOPHON_FAKE_SAIL"
"""Names the scenario's file in a child process."""


@dataclass(frozen=True)
class Spell:
    """When something goes wrong: counted in calls, on one model or camera or on all."""

    after: int = 0
    """So many calls go well first."""
    calls: int = 0
    """So many are hit then; 0: all from there on."""
    of: str = ""
    """Only those whose bmodel path or URL has this in it."""

    def hits(self, number: int, path: str = "") -> bool:
        """Whether call ``number`` (from 0, of those that match) on ``path`` is hit."""
        return self.of in path and self.after <= number and (not self.calls or number < self.after + self.calls)


@dataclass(frozen=True)
class Exit:
    """The process leaves as by C's ``exit()``, before the call that ``when`` hits."""

    status: int = 0
    call: str = "process"
    """``process``, ``read`` or ``open``."""
    when: Spell = field(default_factory=Spell)


@dataclass(frozen=True)
class Camera:
    """What a decoder finds at a URL.

    Without ``play`` the pictures are synthetic and nothing is decoded: grey, with a square that moves. Numbers of
    pictures count from the decoder's opening.
    """

    play: str = ""
    """Video file, decoded by OpenCV."""
    paced: bool = True
    """Pictures come at their times; false: as fast as they are read."""
    loop: bool = False
    """A file begins again at its end; a synthetic camera has none."""
    fps: float = 25.0
    width: int = 1920
    height: int = 1080
    """These three of synthetic pictures; a file has its own."""
    frames: int = 0
    """After so many the stream has ended: 5007 for ever. 0: no end but the file's."""
    compressed: bool = True
    """Frames are FORMAT_COMPRESSED where the caller lets them, as with H.264 and H.265; false: as with MJPEG."""
    refuses: str = ""
    """Opening is a RuntimeError with these words."""
    refused_opens: int = 0
    """So many openings are refused, then they work; 0 with ``refuses``: all."""
    open_s: float = 0.0
    """Opening takes this long."""
    codes: Tuple[int, ...] = ()
    """What further reads return, one each; 0 gives a picture as well. Then all is as before."""
    codes_after: int = 0
    """``codes`` begins after so many pictures."""
    hang_after: Optional[int] = None
    """After so many pictures one read hangs, other threads running."""
    hang_s: float = 1e6
    hangs: int = 1
    """So many decoders of this URL hang, further ones do not; 0: each one."""
    vpu_hung_after: Optional[int] = None
    """After so many pictures reads are a RuntimeError: the VPU is hung."""
    resize_after: Optional[int] = None
    """From there on pictures have another size."""
    resize_to: Tuple[int, int] = (640, 480)
    """Width, height."""


@dataclass(frozen=True)
class Canned:
    """A model that does not compute: it holds the chip for a time and gives prepared outputs."""

    of: str = ""
    """Models whose path has this in it."""
    ms: float = 5.0
    """For a picture of the batch."""
    launch_ms: float = 0.0
    """And for the launch."""
    outputs: str = ""
    """``.npz``: a batch of one by output name, given for each picture; empty: zeros."""


@dataclass(frozen=True)
class Scenario:
    """All that tests steer."""

    version: str = "3.10.7"
    """Which SAIL this is: names and signatures follow the recorded facts; before 3.9.1 errors end the process."""
    target: str = "BM1684"
    tpus: int = 1
    violations: str = ""
    """File that is told, a line each, what no code may do to a chip; it must stay empty."""
    error_status: Optional[int] = None
    """With which status errors end the process; ``None``: one of 1 to 42."""
    launch_fails: Tuple[Spell, ...] = ()
    """Launches that do nothing and return normally."""
    launch_nan: Tuple[Spell, ...] = ()
    """Launches whose outputs are not finite."""
    launch_hangs: Tuple[Spell, ...] = ()
    """Launches that never return; those of the numpy form keep the interpreter to themselves."""
    stale_reads: Tuple[Spell, ...] = ()
    """Launches after which the system copies of the outputs are those of before."""
    exits: Tuple[Exit, ...] = ()
    jpeg_fails: Tuple[Spell, ...] = ()
    cameras: Mapping[str, Camera] = field(default_factory=dict)
    """By URL or file; the longest name that is in the URL counts."""
    other_cameras: Optional[Camera] = None
    """All others; ``None``: files are played, URLs refused."""
    canned: Tuple[Canned, ...] = ()
    differs: Mapping[str, str] = field(default_factory=dict)
    """Behaviours (by id of the facts) or calls that are not as recorded: for tests of ``sail-check``."""

    def write(self, path: Path) -> None:
        """Write it, whole or not at all."""
        temporary = path.with_name(path.name + ".tmp")
        temporary.write_text(json.dumps(dataclasses.asdict(self), indent=1))
        os.replace(str(temporary), str(path))

    @classmethod
    def read(cls, path: Path) -> "Scenario":
        """Return what :meth:`write` wrote."""
        values: Dict[str, Any] = json.loads(path.read_text())
        for name, kind in _LISTS.items():
            values[name] = tuple(kind(**each) for each in values[name])
        values["exits"] = tuple(Exit(**{**each, "when": Spell(**each["when"])}) for each in values["exits"])
        values["cameras"] = {url: _camera(each) for url, each in values["cameras"].items()}
        other = values["other_cameras"]
        values["other_cameras"] = None if other is None else _camera(other)
        return cls(**values)


_LISTS: Dict[str, Any] = {
    "launch_fails": Spell,
    "launch_nan": Spell,
    "launch_hangs": Spell,
    "stale_reads": Spell,
    "jpeg_fails": Spell,
    "canned": Canned,
}


def _camera(values: Dict[str, Any]) -> Camera:
    codes, size = tuple(values["codes"]), tuple(values["resize_to"])
    return Camera(**{**values, "codes": codes, "resize_to": size})
