"""The rooms of the package: who may import whom, and what pure code may not touch."""

import ast
from pathlib import Path
from typing import List, Set, Tuple

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "sophon_report"
FLOORS = [
    {
        "cli",
        "app",
        "admin",
        "known_destinations",
        "people_erase",
        "people_import",
        "box_backup",
        "served",
        "served_v1",
        "receiver",
        "demo",
        "__main__",
        "watch",
        "doctor",
        "support",
        "terminal",
    },
    {"report"},
    {"api"},
    {"vision", "delivery", "recognition"},
    {"tracking", "store", "wire", "ops", "link"},
    {"model", "condition", "score", "quality_limits", "config", "errors", "_native", "__init__"},
]
"""Top to bottom; a room imports from lower floors only, and from itself. Single modules of one floor may join."""
PURE = ["wire", "tracking", "delivery/hub.py", "recognition/visits.py"]
IMPURE_MODULES = {"asyncio", "socket", "threading", "time", "datetime", "subprocess", "select"}


def modules() -> List[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].replace(".py", "")


def imports(path: Path) -> Set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own_rooms(path: Path) -> List[Tuple[str, str]]:
    names = [name.split(".") for name in imports(path) if name.split(".")[0] == "sophon_report"]
    known = set().union(*FLOORS) | {"testing"}
    return [(part[1], ".".join(part)) for part in names if len(part) > 1 and part[1] in known]


def floor(name: str) -> int:
    return next(level for level, rooms in enumerate(FLOORS) if name in rooms)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downwards_only(path):
    """A room imports itself and lower floors, and nothing but tests imports ``testing``."""
    here = room(path)
    if here == "testing":
        return
    for target, name in own_rooms(path):
        assert target != "testing", f"{path} imports {name}"
        among_themselves = floor(here) == floor(target) and floor(here) in (0, len(FLOORS) - 1)
        assert target == here or among_themselves or floor(target) > floor(here), f"{path} imports {name}"


@pytest.mark.parametrize("place", PURE)
def test_pure_rooms_know_no_socket_thread_or_clock(place):
    """What decides takes values and returns values."""
    root = PACKAGE / place
    for path in [root] if root.suffix else sorted(root.rglob("*.py")):
        assert not {name.split(".")[0] for name in imports(path)} & IMPURE_MODULES, path


def test_every_folder_says_what_lives_there():
    """The ``__init__`` of each room opens with a paragraph."""
    for path in PACKAGE.rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_the_readme_names_every_folder_of_the_package():
    """Its ARCHITECTURE is kept true."""
    text = (PACKAGE.parent / "README.md").read_text().partition("## ARCHITECTURE")[2]
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert {folder for folder in folders if f"  {folder}/" not in text} == set()
