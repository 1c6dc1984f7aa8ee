"""The list of what is in a bundle, as CycloneDX 1.6: packages, what is inside them, models; licence and hash each.

A pure function of its values: the same parts give the same document. A test holds its shape against the schema.
"""

import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Dict, List, Sequence, Tuple

LIBRARY, MODEL, RUNTIME = "library", "machine-learning-model", "application"
_SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")
_WORDS = {"MIT", "ISC", "Zlib", "0BSD", "AND", "OR", "WITH"}


@dataclass(frozen=True)
class Part:
    """One thing in a bundle."""

    ref: str
    """Its name in this document, and its package URL where it has one."""
    name: str
    version: str
    licence: str
    kind: str = LIBRARY
    sha256: str = ""
    home: str = ""
    needs: Tuple[str, ...] = ()
    """The refs it depends on."""
    about: str = ""


def sbom(root: Part, parts: Sequence[Part], time_s: int) -> str:
    """Return the document of ``root``, made of ``parts``, at a time in seconds since the epoch."""
    ordered = sorted(parts, key=lambda part: part.ref)
    known = {part.ref for part in ordered}
    content = [_component(part) for part in ordered]
    digest = hashlib.sha256(json.dumps([_component(root), content], sort_keys=True).encode()).hexdigest()
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_OID, digest).urn,
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(time_s, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": _component(root),
        },
        "components": content,
        "dependencies": [
            {"ref": part.ref, "dependsOn": sorted({ref for ref in part.needs if ref in known})}
            for part in (root, *ordered)
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _component(part: Part) -> Dict[str, Any]:
    told: Dict[str, Any] = {"type": part.kind, "bom-ref": part.ref, "name": part.name}
    if part.version:
        told["version"] = part.version
    if part.about:
        told["description"] = part.about
    if part.sha256:
        told["hashes"] = [{"alg": "SHA-256", "content": part.sha256}]
    licences = _licences(part.licence)
    if licences:
        told["licenses"] = licences
    if part.ref.startswith("pkg:"):
        told["purl"] = part.ref
    if part.home:
        told["externalReferences"] = [{"type": "website", "url": part.home}]
    return told


def _licences(licence: str) -> List[Dict[str, Any]]:
    """An SPDX expression when it can be one, else the words as they are."""
    if not licence:
        return []
    words = licence.split()
    if _SPDX.fullmatch(licence) and all(word in _WORDS or re.search(r"-.*\d|-CMU", word) for word in words):
        return [{"expression": licence}]
    return [{"license": {"name": licence}}]
