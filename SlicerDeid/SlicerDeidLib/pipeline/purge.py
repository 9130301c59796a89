# SPDX-License-Identifier: Apache-2.0
"""Purge: what identifies goes from the private folder, by kinds; what the project goes on with goes only when named."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from SlicerDeidLib.errors import OutputError, PlanError
from SlicerDeidLib.files.zips import size_of
from SlicerDeidLib.identity.secret import default_private, read_key
from SlicerDeidLib.output.commits import changed_files
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.journalfile import named_output
from SlicerDeidLib.output.locks import locked
from SlicerDeidLib.output.pictures import FOLDER
from SlicerDeidLib.output.staging import disk_error
from SlicerDeidLib.output.strangers import FOREIGN
from SlicerDeidLib.pipeline.drawn import DRAWN_FILE
from SlicerDeidLib.pipeline.masks import FOLDER as HEADS

KINDS = {
    "pictures": (FOLDER,),
    "reports": ("report.json", "report.html", "audit.json", "audit.csv", "audit.html"),
    "masks": (HEADS,),
    "reviews": ("reviews.jsonl",),
    "values": ("values.toml",),
    "regions": (DRAWN_FILE,),
    "journal": ("journal.jsonl",),
    "ledger": ("ledger.json",),
}
"""What can be purged -> its files and folders in the private folder; the key file is named by itself."""
DEFAULT_KINDS = ("pictures", "reports")
KEY = "key"
_MOST_READ = 100  # files, spread over all, by which a copy of an output is known


def purge(
    out: Path | str, private: Path | None = None, kinds: Collection[str] = DEFAULT_KINDS, key: Path | None = None
) -> dict[str, int]:
    """Delete what identifies from the private folder of an output; the output stays as it is.

    Parameters
    ----------
    kinds : collection of str
        Of ``KINDS``, or ``"key"``. Without the masks, series that are found later do not know what other series of
        their head lost; without the journal, or the ledger, the output can be neither resumed nor withdrawn.
    key : Path, optional
        The key file, which must be named to be deleted: others may need it.

    Returns
    -------
    dict of str to int
        How many files of each kind were deleted.

    Raises
    ------
    PlanError
        If a kind is none, or the key's file is not named.
    OutputError
        If there is no private folder, it belongs to another output, another run is at work, or series wait whose
        journal would go.
    DiskError
        If something cannot be deleted.
    """
    unknown = set(kinds) - KINDS.keys() - {KEY}
    if unknown:
        raise PlanError(
            f"Nothing of the kind {', '.join(sorted(unknown))} can be purged; {', '.join(KINDS)} and key can."
        )
    if KEY in kinds and key is None:
        raise PlanError("The key goes only when its file is named with --key: other projects may need it.")
    if KEY in kinds and key is not None:
        read_key(key)  # refuses what is no key, before anything is deleted
    out = Path(out).resolve()
    private = (private or default_private(out)).resolve()
    if not private.is_dir():
        raise OutputError("There is no private folder of this output; name it with --private.")
    if not _is_of(private, out):
        raise OutputError(FOREIGN)
    with locked(private, out):
        if "journal" in kinds and Journal(private, out, is_read_only=True).held:
            raise OutputError("Series wait to be accepted, which only the journal knows; accept or reject them first.")
        try:
            done = {kind: sum(_delete(private / name) for name in KINDS[kind]) for kind in KINDS if kind in kinds}
            if KEY in kinds and key is not None:
                done[KEY] = _delete(key)
        except OSError as error:
            raise disk_error(error, "private") from error
    return done


def _is_of(private: Path, out: Path) -> bool:
    """Tell whether a private folder is that of an output, or of one that this is a copy of: some file is as it was."""
    named = named_output(private)
    if named is None or named == out:
        return True
    released = Journal(private, named, is_read_only=True).released.values()
    there = [file for entry in released for file in entry.files if size_of(out / file[0]) == file[1]]
    looked_at = there[:: len(there) // _MOST_READ + 1]
    return len(changed_files(out, looked_at)) < len(looked_at)


def _delete(path: Path) -> int:
    """Delete a file, or a folder with what is in it; return how many files that were."""
    if path.is_dir() and not path.is_symlink():
        count = sum(entry.is_file() for entry in path.rglob("*"))
        shutil.rmtree(path)
        return count
    if not path.exists():
        return 0
    path.unlink()
    return 1
