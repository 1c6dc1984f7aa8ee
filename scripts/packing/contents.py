"""What a bundle holds besides wheels: default models, chip models, what the native core carries; and licences.

Model files come without the archives they were published in: one of these holds photographs of people, which have
no place on a box.
"""

import shutil
from pathlib import Path
from typing import Dict, Iterator, List, Sequence, Tuple

from sbom import MODEL, Part
from wheel_file import WheelFile

from sophon_report.ops.licences import INSIDE, OF_PAGE, required_names
from sophon_report.vision.models.card import card_path
from sophon_report.vision.models.catalog import CATALOG
from sophon_report.vision.models.chip_files import chip_files, record_path
from sophon_report.vision.models.files import sha256_of

PACKAGE = "sophon-report"
EXTRAS = ("cpu",)
LIBCXX = ("libc++, libc++abi, libunwind", "Apache-2.0 WITH LLVM-exception", "https://libcxx.llvm.org")
"""Inside the native core: Zig's compiler links them in."""
COPYRIGHT = {
    "YuNet 2023mar": "Copyright (c) 2020 Shiqi Yu <shiqi.yu@gmail.com>",
    "faceres": "Copyright (c) Vladimir Mandic",
}
"""Of models under the MIT licence, as the texts beside them say: its terms are that this line goes along."""
MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def copy_models(models_dir: Path, into: Path) -> List[Part]:
    """Copy the default models, published and made ready, into ``into``; returns them as parts.

    Raises:
        ValueError: one is not there.
    """
    parts = []
    for model in CATALOG:
        name = f"{model.identity}-r{model.recipe}.onnx"
        wanted = [models_dir / "sources" / member.name for member in model.members]
        wanted += [models_dir / "ready" / name, models_dir / "ready" / f"{name}.sha256"]
        missing = [path for path in wanted if not path.is_file()]
        if missing:
            raise ValueError(f"{missing[0]} is not there: ./scripts/setup fetches the models")
        for path in wanted:
            _copy(path, into / path.parent.name / path.name)
        about = f"{model.role}; licence read at: {model.licence_source}"
        ready_hash = sha256_of(models_dir / "ready" / name)
        parts.append(
            Part(f"model:{model.identity}", model.name, "", model.licence, MODEL, ready_hash, about=about),
        )
    return parts


def copy_chip_models(compiled: Path, into: Path) -> List[Part]:
    """Copy compiled models, each with its card and record, into ``into``; returns them as parts.

    Raises:
        ValueError: one is not whole, or there is none.
    """
    parts = []
    for file in chip_files(compiled):
        if file.state() != "ok":
            raise ValueError(f"{file.path} is {file.state()}")
        for path in (file.path, card_path(file.path), record_path(file.path)):
            _copy(path, into / file.chip / path.name)
        name = f"{file.chip}/{file.path.name}"
        model = next(model for model in CATALOG if model.role == file.role)
        about = f"{model.name} compiled for the {file.chip}, {file.precision}, {file.batch} a run"
        digest = sha256_of(file.path)
        of = (f"model:{model.identity}",)
        parts.append(Part(f"chip-model:{name}", name, "", model.licence, MODEL, digest, needs=of, about=about))
    if not parts:
        raise ValueError(f"{compiled} holds no compiled models")
    return parts


def parts_of_wheels(wheels: Sequence[WheelFile]) -> List[Part]:
    """Return the packages of a wheelhouse and what is known to lie inside them."""
    refs = {wheel.plain_name: f"pkg:pypi/{wheel.plain_name}@{wheel.version}" for wheel in wheels}
    parts = []
    for wheel in wheels:
        inside = list(_inside(wheel.plain_name))
        extras = EXTRAS if wheel.plain_name == PACKAGE else ()
        needs = [refs[name] for name in required_names(wheel.requires, extras) if name in refs]
        parts.append(
            Part(
                ref=refs[wheel.plain_name],
                name=wheel.plain_name,
                version=wheel.version,
                licence=wheel.licence,
                sha256=wheel.sha256,
                home=wheel.home,
                needs=(*needs, *(part.ref for part in inside)),
            )
        )
        parts += inside
    return parts


def _inside(name: str) -> Iterator[Part]:
    for label, licence in INSIDE.get(name, ()):
        yield Part(f"inside:{name}/{label.split()[0].lower()}", label, "", licence)
    if name == PACKAGE:
        yield Part(f"inside:{name}/libc++", LIBCXX[0], "", LIBCXX[1], home=LIBCXX[2])
        for label, (version, licence, home) in OF_PAGE.items():
            yield Part(f"pkg:npm/{label}@{version}", label, version, licence, home=home)


def licence_texts(wheels: Sequence[WheelFile], own_licence: bytes, libcxx: bytes) -> Dict[str, bytes]:
    """Return every licence text of a bundle by its path in the folder of licences; one page says what is where."""
    texts: Dict[str, bytes] = {}
    rows: List[Tuple[str, str, str]] = []
    for wheel in wheels:
        label = f"{wheel.plain_name}-{wheel.version}"
        for path, text in wheel.texts.items():
            inside = path.split(".dist-info/", 1)[-1]
            texts[f"{label}/{inside.replace('licenses/', '', 1)}"] = text
        rows.append((label, wheel.licence or "does not say", "its texts" if wheel.texts else "brings no text"))
    texts["libcxx/LICENSE.TXT"] = libcxx
    rows.append(("libcxx", LIBCXX[1], "inside the native core of sophon-report"))
    for model in CATALOG:
        label = f"model-{model.name.replace(' ', '-')}"
        text = (
            f"MIT License\n\n{COPYRIGHT[model.name]}\n\n{MIT}".encode() if model.licence == "MIT" else own_licence
        )
        texts[f"{label}/LICENSE"] = text
        rows.append((label, model.licence, f"read at: {model.licence_source}"))
    page = "".join(f"{label}\n    {licence}; {where}\n" for label, licence, where in rows)
    texts["README"] = (
        "Each package, library and model of this bundle, with the licence it states of itself.\n\n" + page
    ).encode()
    return texts


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(str(source), str(target))
