# SPDX-License-Identifier: Apache-2.0
"""De-identified export: a plugin of Slicer's DICOM module, offered for volumes whose images its database holds.

What is exported are the images that the volume was loaded from, de-identified with the options of the panel in a run of
its own; what was changed in the scene since is not in them. The DICOM module waits for the answer: files are copied and
moved in a thread meanwhile, and the run is a process, so that Slicer stays usable.
"""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from SlicerDeidWidgets import messages, packages
from SlicerDeidWidgets.background import besideEvents, isFull, reasonOf
from SlicerDeidWidgets.fulltext import isAgreed
from SlicerDeidWidgets.places import asPath, beside, isFolder, liesIn
from SlicerDeidWidgets.request import RunRequest
from SlicerDeidWidgets.task import Task
from SlicerDeidWidgets.worker import Outcome

NAME = "DICOMDeidPlugin"  # under which the DICOM module knows the plugin
_CONFIDENCE = 0.2  # below that of Slicer's own export (0.5), which stays the first in the list
_UIDS = "DICOM.instanceUIDs"  # attribute of nodes that were loaded from the database
_PREFIX, _LOCK = "slicerdeid-", "export.lock"  # of an export's folder, and of who uses it
_going: list[Path] = []  # the folder of the export that is going on: Slicer stays usable meanwhile


class Exporter:
    """What the plugin does; the rest is Slicer's ``DICOMPlugin``."""

    def examineForExport(self, subjectHierarchyItemID: int) -> list[object]:
        """Offer the export of an item of the subject hierarchy whose images are in the database."""
        if not _filesOf(subjectHierarchyItemID):
            return []
        exportable = slicer.qSlicerDICOMExportable()
        exportable.name = _("De-identified export")
        exportable.tooltip = _(
            "The images that this volume was loaded from, de-identified with the options of the module De-identify "
            "DICOM. Tags that are edited here, and what was changed in the volume since, are not used. Every export "
            "makes a new patient with a random ID."
        )
        exportable.subjectHierarchyItemID = subjectHierarchyItemID
        exportable.pluginClass = NAME
        exportable.confidence = _CONFIDENCE
        return [exportable]

    def export(self, exportables: list[object]) -> str:
        """De-identify the images of all items into the first one's directory; returns why not, or an empty text."""
        if not packages.areThere():
            return packages.sentence()
        if _going:
            return _("An export is going on already.")
        sources = [_filesOf(each.subjectHierarchyItemID) for each in exportables]
        if not all(sources):
            return _("The images are not in Slicer's DICOM database any more.")
        try:
            reason = _exported([file for files in sources for file in files], Path(exportables[0].directory))
        except _FullError as full:
            reason = _("the disk of {place} is full; make room there, or choose another folder.").format(place=full)
        except OSError as error:  # its text holds a path
            reason = reasonOf(error)
        return _("Nothing was exported: {reason}").format(reason=reason) if reason else ""


def register() -> None:
    """Make the plugin known to the DICOM module, at every start of Slicer."""
    _clear()
    if not hasattr(slicer.modules, "dicom"):  # an application made of Slicer may leave it out
        return
    from DICOMLib import DICOMPlugin

    def init(self: object) -> None:
        DICOMPlugin.__init__(self)
        self.loadType = _("De-identified export")

    if not hasattr(slicer.modules, "dicomPlugins"):
        slicer.modules.dicomPlugins = {}
    slicer.modules.dicomPlugins[NAME] = type(f"{NAME}Class", (Exporter, DICOMPlugin), {"__init__": init})


def _clear() -> None:
    """Delete the copies of originals that exports left whose Slicer was killed; those of another Slicer are locked.

    Other folders may be called so: only an export's holds its lock.
    """
    folders = [path.parent for path in Path(slicer.app.temporaryPath).glob(f"{_PREFIX}*/{_LOCK}")]
    if not folders or importlib.util.find_spec("filelock") is None:
        return
    from SlicerDeidLib.files.silentlocks import FileLock, Timeout

    for folder in folders:
        try:
            FileLock(folder / _LOCK, timeout=0).acquire().lock.release()
        except (OSError, Timeout):
            continue
        shutil.rmtree(folder, ignore_errors=True)


def _exported(files: list[str], directory: Path) -> str:
    """De-identify images into a directory; returns why not, or an empty text."""
    from SlicerDeidLib.files.silentlocks import FileLock

    asked = _panel().request()
    waiting = map(str, beside(Path(asPath(asked.outputPath)))) if asked.outputPath.strip() else ()
    if liesIn(directory, asked.inputPath, asked.outputPath, asked.privatePath, *waiting):
        return _("that folder is one of the module De-identify DICOM, which holds nothing else; choose another.")
    if not isFolder(directory):
        return _missing()
    if reason := _panel().preview.unkept():
        return reason
    with _writing(_temporary()):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=slicer.app.temporaryPath))
    _going.append(folder)
    try:
        with contextlib.ExitStack() as held:
            with _writing(_temporary()):
                held.enter_context(FileLock(folder / _LOCK))
                (folder / "in").mkdir()
            request = _requestFor(folder)  # now: the scene may be closed while files are copied
            problems = [*_panel().form.undecided(_panel().logic.getParameterNode()), *request.problems()]
            if problems:
                return problems[0].message
            with _writing(_temporary()):
                besideEvents(lambda: _copied(files, folder / "in" / "1"))
            outcome, reasons = _run(request)
            if outcome.exitCode != messages.COMPLETED or reasons:
                return reasons or messages.outcomeSentence(outcome, Task.EXPORT)
            if not _isMeant(outcome):
                return _("a head may be recognisable, and that was not meant.")
            with _writing(_("the folder that was chosen")):
                return besideEvents(lambda: _moved(sorted((folder / "out").rglob("*.dcm")), directory))
    finally:
        besideEvents(lambda: shutil.rmtree(folder, ignore_errors=True))
        _going.remove(folder)


class _FullError(Exception):
    """A disk takes no more; says which."""


@contextlib.contextmanager
def _writing(place: str) -> Iterator[None]:
    """Say of a full disk which it is."""
    try:
        yield
    except OSError as error:
        if isFull(error):
            raise _FullError(place) from error
        raise


def _temporary() -> str:
    """Where an export's copies, its run and what that makes lie until they are moved."""
    return _("Slicer's folder for temporary files (Application Settings, General)")


def _missing() -> str:
    return _("the folder does not exist.")


def _isMeant(outcome: Outcome) -> bool:
    """Ask before a head leaves that may be recognisable: nobody reviews what is exported."""
    count = (outcome.lastEvent("done") or {}).get("recognisable", 0)
    sentence = _(
        "{count} series may show a recognisable face, with the options of the module De-identify DICOM. OK exports "
        "them; Cancel exports nothing."
    )
    return not count or isAgreed(sentence.format(count=count))


def _filesOf(item: int) -> list[str]:
    """Return the files in the database that an item's volume was loaded from; none where one is missing."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    node = hierarchy.GetItemDataNode(item) if hierarchy is not None else None
    database = getattr(slicer, "dicomDatabase", None)
    if node is None or database is None or not node.IsA("vtkMRMLScalarVolumeNode"):
        return []
    files = [database.fileForInstance(uid) for uid in (node.GetAttribute(_UIDS) or "").split()]
    return files if all(files) and all(Path(file).is_file() for file in files) else []


def _panel() -> object:
    """Return the module's panel, also while another module is open."""
    return slicer.modules.slicerdeid.widgetRepresentation().self()


def _requestFor(folder: Path) -> RunRequest:
    """Return what the panel asks for, its files and decisions too, of ``folder/in`` into ``folder/out``."""
    asked = _panel().request().withDecisions()
    places = {f"{name}Path": str(folder / last) for name, last in (("input", "in"), ("output", "out"))}
    places["privatePath"] = str(folder / "private")
    return replace(asked, **places, mapPath="", mapColumns="", match="folder", isHeld=False)


def _run(request: RunRequest) -> tuple[Outcome, str]:
    """De-identify; returns how it ended, and why something was refused, in words.

    Raises
    ------
    _FullError
        If the run ended since the disk took no more: all that it writes lies in the folder for temporary files.
    """
    from SlicerDeid import SlicerDeidLogic

    said: list[str] = []
    outcome = SlicerDeidLogic().run(request, onSentence=said.append)
    refused = [event for event in outcome.events if event.get("event") == "series" and event["status"] != "released"]
    reasons = [event.get("reason", "") for event in refused]
    if not refused and outcome.exitCode != messages.COMPLETED:
        reasons = said[-1:]  # why it could not begin
        if any(map(messages.isDiskFull, reasons)):
            raise _FullError(_temporary())
    again = _("export again")
    sentence = " ".join(dict.fromkeys(messages.panelWords(reason, again) for reason in reasons))
    if sentence and not refused:  # it could not begin, or go on; its output is none that the user knows
        sentence = _("the run into Slicer's folder for temporary files failed. {reason}").format(reason=sentence)
    return outcome, sentence


def _copied(files: list[str], folder: Path) -> None:
    """Copy images to where the run reads them."""
    folder.mkdir(parents=True)
    for n, file in enumerate(files):
        shutil.copyfile(file, folder / f"{n}.dcm")


def _moved(files: list[Path], directory: Path) -> str:
    """Move the images where the user wants them, all or none; returns why not, or an empty text."""
    goals = [directory / file.name for file in files]
    if not isFolder(directory):  # any more
        return _missing()
    if any(goal.exists() for goal in goals):
        return _("the folder has files of these names already.")
    moved: list[Path] = []
    try:
        for file, goal in zip(files, goals, strict=True):
            moved.append(goal)
            shutil.move(file, goal)
    except OSError:
        for goal in moved:
            goal.unlink(missing_ok=True)
        raise
    return ""
