"""TPU, the vendor's package and the models: what computes here, and whether it is whole."""

import grp
import importlib.util
import math
import os
import pwd
import stat
from pathlib import Path
from typing import Iterator, Tuple

from sophon_report.config import Settings
from sophon_report.doctor.finding import Finding, Look, error, ok, warning
from sophon_report.doctor.units import HOME, USER
from sophon_report.errors import ModelError
from sophon_report.ops.data_dir import DataDir
from sophon_report.vision.engines.choose import Tpu, choose, look_at_tpu
from sophon_report.vision.engines.sail.detector import smallest_face_px
from sophon_report.vision.engines.sail.probe import probe_input_hw
from sophon_report.vision.models.attribute_card import MASK
from sophon_report.vision.models.card import ATTRIBUTES, card_beside, chip_card_beside
from sophon_report.vision.models.library import BMODEL, ModelLibrary

FULL_HD_HW = (1080, 1920)
FETCH = (
    "run `sophon-report models fetch`; without a network `models fetch --from DIR`, DIR being the bundle's models"
)


def _engine(settings: Settings, place: DataDir) -> Iterator[Finding]:
    tpu = look_at_tpu(demanded=settings.engine.kind == "sail")
    yield from _tpu(tpu)
    try:
        choice = choose(settings, ModelLibrary(place.models), tpu)
    except ModelError as fault:
        to_do = 'mend what it names, or set engine.kind = "cpu"; models: ' + FETCH
        yield error("engine", "engine", str(fault), to_do)
        return
    text = f"{choice.kind} (engine.kind = {settings.engine.kind}): {choice.reason}"
    if choice.kind == "cpu" and tpu.node is not None and settings.engine.kind == "auto":
        yield warning("engine", "engine", text, "the TPU does nothing: mend what keeps it from being used")
    else:
        yield ok("engine", "engine", text)
    if choice.kind == "sail":
        yield ok("chip_models", "chip models", ", ".join(file.path.name for file in choice.models))
        yield from _smallest_face(choice.detector[0].path, settings.match.min_face_px)
    elif importlib.util.find_spec("onnxruntime") is not None:
        yield ok("cpu_engine", "CPU engine", "onnxruntime is installed")
    else:
        yield error("cpu_engine", "CPU engine", "onnxruntime is missing", "pip install 'sophon-report[cpu]'")


def _smallest_face(detector: Path, wanted_px: int) -> Iterator[Finding]:
    try:
        input_hw = probe_input_hw(detector)
    except ModelError as fault:
        yield error("smallest_face", "smallest face", str(fault), FETCH)
        return
    found_px = math.ceil(smallest_face_px(*FULL_HD_HW, *input_hw))
    words = f"in 1080p pictures faces are found from {found_px} px on (match.min_face_px = {wanted_px})"
    if found_px <= wanted_px:
        yield ok("smallest_face", "smallest face", words)
    else:
        to_do = f"set match.min_face_px = {found_px}, or a detector of a larger input in models.detector"
        yield warning("smallest_face", "smallest face", words, to_do)


def _tpu(tpu: Tpu) -> Iterator[Finding]:
    if tpu.node is None:
        yield ok("tpu", "TPU", "none: models run on the CPU")
    elif not tpu.permitted:
        text = f"{tpu.node}: this user may not open it"
        yield error("tpu", "TPU", text, f"add the user to the group that owns it: {_group_of(tpu.node)}")
    elif not _may_open(USER, tpu.node):
        text = f"{tpu.node}: the service's user {USER} may not open it"
        to_do = (
            f"`sudo /{HOME}/restore` puts the rule of udev back; without an installation "
            f"`sudo usermod -aG {_group_of(tpu.node)} {USER}`, then restart the service"
        )
        yield error("tpu", "TPU", text, to_do)
    else:
        yield ok("tpu", "TPU", str(tpu.node))
    if not tpu.has_sail:
        text = "the vendor's sophon-sail is not installed for this Python; only a box needs it"
        to_do = "install the wheel that came with the SDK into the Python that runs the service"
        yield warning("sail", "SAIL", text, to_do) if tpu.node else ok("sail", "SAIL", text)
    elif tpu.chip is None:
        text = f"installed, not usable: {tpu.missing}"
        to_do = "restart the box when the TPU does not answer; else install the SAIL of this SDK"
        yield warning("sail", "SAIL", text, to_do) if tpu.node else ok("sail", "SAIL", text)
    elif not tpu.chip.errors_raise:
        words = "ends the process on errors: 3.9.1 or newer is better"
        text = f"{tpu.chip.version} on a {tpu.chip.target}; {words}"
        yield warning("sail", "SAIL", text, "update the SDK when you can")
    else:
        yield ok("sail", "SAIL", f"{tpu.chip.version} on a {tpu.chip.target}")


def _group_of(node: Path) -> str:
    try:
        return grp.getgrgid(node.stat().st_gid).gr_name
    except (OSError, KeyError):
        return "its group"


def _may_open(user: str, node: Path) -> bool:
    """Whether the service's user may; ``True`` where there is no such user, or nothing is known."""
    try:
        account, of_node = pwd.getpwnam(user), node.stat()
        groups = os.getgrouplist(user, account.pw_gid)
    except (KeyError, OSError):
        return True
    if of_node.st_uid == account.pw_uid:
        wanted = stat.S_IRUSR | stat.S_IWUSR
    elif of_node.st_gid in groups:
        wanted = stat.S_IRGRP | stat.S_IWGRP
    else:
        wanted = stat.S_IROTH | stat.S_IWOTH
    return of_node.st_mode & wanted == wanted


def _models(settings: Settings, place: DataDir) -> Iterator[Finding]:
    for row in ModelLibrary(place.models).list(settings.models):
        subject, text = f"model {row.role}", f"{row.name} {row.state}"
        own = row.source == "own file"
        if row.state in ("ok", "own"):
            yield ok("model", subject, text)
        elif own:
            told = warning if row.role == "attributes" else error
            yield told("model", subject, f"{text}: models.{row.role}", "put the file back, or set another")
        elif row.role != "attributes":
            yield error("model", subject, text, FETCH)
        elif settings.engine.attributes:
            yield warning("model", subject, text, FETCH)
        else:
            yield ok("model", subject, f"{text}; nobody wants attributes")


def _masks(settings: Settings, _place: DataDir) -> Iterator[Finding]:
    """What has to be there for masks to be told, where somebody wants them."""
    mark_pct, wanted = settings.match.masked_pass_pct, settings.engine.mask
    if mark_pct and not wanted:
        text = "match.masked_pass_pct does nothing while engine.mask is off"
        yield warning("masks", "masks", text, "switch engine.mask on, or set match.masked_pass_pct = 0")
    paths = [Path(path).expanduser() for path in settings.models.attributes]
    cards = [(chip_card_beside if path.suffix == BMODEL else card_beside)(path, ATTRIBUTES) for path in paths]
    if wanted and not any(each.attribute == MASK for card in cards for each in card.attributes.outputs):
        text = "engine.mask is on, and no model of models.attributes tells them"
        yield warning("masks", "masks", text, "add a model that does, or switch engine.mask off")


LOOKS: Tuple[Look, ...] = (_engine, _models, _masks)
