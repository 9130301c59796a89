# SPDX-License-Identifier: Apache-2.0
"""The ledger's file in the private folder: which folder got which ID, number and names."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path

from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.files.whole import write_whole
from SlicerDeidLib.model.plan import MARK_DIGEST_BYTES, MARK_TAG_BYTES, Ledger
from SlicerDeidLib.output.journal import bound_subjects
from SlicerDeidLib.output.journalfile import has_releases

_FILE = "ledger.json"


def read_ledger(private: Path | None) -> Ledger:
    """Read the ledger of a project; an empty one where there is none yet.

    Folders of which nothing was released, and nothing waits any more, are not among the released ones.

    Raises
    ------
    OutputError
        If the file is there but damaged, or lost although series were released: without it a released ID could
        change.
    """
    if private is None:
        return Ledger()
    try:
        if not (private / _FILE).exists() and not has_releases(private):
            return Ledger()
        data = json.loads((private / _FILE).read_text("utf-8"))
        patients = {key: (str(new), int(scan)) for key, (new, scan) in data["patients"].items()}
        series = {key: {name: int(n) for name, n in numbers.items()} for key, numbers in data["series"].items()}
        folders = {key: dict(names) for key, names in data["folders"].items()}
        people = {key: [str(digest) for digest in digests] for key, digests in data["people"].items()}
        bound = bound_subjects(private)
        released = {key for key in data["released"] if patients[key] and (bound is None or key in bound)}
        names = {key: list(words) for key, words in data["names"].items()}
        over_89 = set(data["over_89"])
        images = {key: {n: list(uids) for n, uids in known.items()} for key, known in data["images"].items()}
        marks = {key: _unpacked(packed) for key, packed in data["marks"].items()}
        return Ledger(patients, series, folders, released, people, names, over_89, images, marks, str(data["owner"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise OutputError(
            "The ledger in the private folder is lost or cannot be read; restore it from a backup, or name another "
            "private and another output folder."
        ) from error


def _unpacked(packed: str) -> frozenset[bytes]:
    """Take marks apart."""
    whole = b64decode(packed, validate=True)
    size = MARK_TAG_BYTES + MARK_DIGEST_BYTES
    return frozenset(whole[at : at + size] for at in range(0, len(whole), size))


def write_ledger(private: Path, ledger: Ledger) -> None:
    """Write the ledger atomically, readable by its owner only."""
    text = json.dumps(
        {
            "patients": ledger.patients,
            "series": ledger.series,
            "folders": ledger.folders,
            "released": sorted(ledger.released),
            "people": ledger.people,
            "names": ledger.names,
            "over_89": sorted(ledger.over_89),
            "images": ledger.images,
            "marks": {key: b64encode(b"".join(sorted(marks))).decode() for key, marks in ledger.marks.items()},
            "owner": ledger.owner,
        },
        indent=1,
    )
    write_whole(private / _FILE, text.encode())
