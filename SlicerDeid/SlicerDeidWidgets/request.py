# SPDX-License-Identifier: Apache-2.0
"""RunRequest: the paths and options of one run, checked at once and turned into a command line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from SlicerDeidWidgets.places import asPath, beside, canWrite, isFolder, isInside, isThere, stamp, touches
from SlicerDeidWidgets.requestproblems import (
    RequestProblem,
    airProblem,
    columnsProblem,
    fileProblem,
    inputProblem,
    mapProblem,
)

if TYPE_CHECKING:
    from SlicerDeidLib import SubjectMap
    from SlicerDeidLib.model.policy import Policy

PEELING = frozenset({"auto", "surface", "surface+face"})  # the ways of defacing that a depth belongs to
FILLING = frozenset({"mask", "thorough", "morph"})  # the ways with text by which regions are filled
DECISIONS = "values.toml"  # in the private folder: what was decided about single values, as site rules
DRAWN = "regions.toml"  # beside it: boxes that were drawn in previews
TRIAL = "-trial"  # what a trial's folders are called after those of the run


@dataclass(frozen=True)
class RunRequest:
    """One run as the user asked for it. Paths are text as typed; they stay in this object.

    Attributes
    ----------
    mapPath : str
        Empty: random new IDs are drawn once.
    privatePath, keyPath : str
        Empty: the program's own places.
    policyPath, rulesPath : str
        A policy of the user's own, empty: ``policy``; site rules over it.
    decisionsPath : str
        Site rules over those: what was decided about single values; empty: nothing was.
    regionsPath, drawnPath : str
        Regions of the user's own that are filled, or alone stay; boxes that were drawn in previews.
    privateAttributes : str
        ``"remove"``, ``"safe"``, ``"keep"``, or empty for what the policy says.
    airValue : str
        A number in HU, or empty for air.
    textKeep : str
        ``"nothing"``, ``"harmless"``, or empty for what the kind of image asks for.
    faceProtocols : str
        What happens to series of the face itself: ``"withhold"``, ``"keep"``, ``"deface"`` or ``"leave-out"``.
    skullstripEngine : str
        Who finds the brain for a skull strip: ``"own"``, ``"synthstrip"`` or ``"hd-bet"``.
    noCsf : bool
        Whether a skull strip leaves the fluid around the brain out.
    options : str
        Options of PS3.15 over the policy, with spaces between.
    mapColumns : str
        Other names of the list's two columns, ``"OLD,NEW"``; empty: its own.
    match : str
        What the list's first column names: ``"folder"``, ``"accession"`` or ``"patient-id"``.
    workers : int
        Processes; 0 lets the program choose.
    maskSeg : bool
        Whether the mask of every defaced series is released as DICOM Segmentation too.
    isOverwrite : bool
        Whether what this project wrote into the output is deleted first.
    isHeld : bool
        Whether finished series wait beside the output until they are accepted.
    subjects, leftOut, redone : tuple of str
        Only these new IDs, empty for all; series that stay out, or are the only ones and done again, as the command
        line names them.
    """

    inputPath: str = field(repr=False)
    outputPath: str = field(repr=False)
    mapPath: str = field(default="", repr=False)
    privatePath: str = field(default="", repr=False)
    keyPath: str = field(default="", repr=False)
    policyPath: str = field(default="", repr=False)
    rulesPath: str = field(default="", repr=False)
    decisionsPath: str = field(default="", repr=False)
    regionsPath: str = field(default="", repr=False)
    drawnPath: str = field(default="", repr=False)
    policy: str = "research"
    deface: str = "auto"
    depth: float = 8.0
    airValue: str = ""
    text: str = "mask"
    textKeep: str = ""
    faceProtocols: str = "withhold"
    skullstripEngine: str = "own"
    noCsf: bool = False
    options: str = ""
    privateAttributes: str = ""
    mapColumns: str = ""
    match: str = "folder"
    release: str = ""
    workers: int = 0
    keepFreeText: bool = True
    keepTimeOfDay: bool = False
    keepImageType: bool = False
    maskSeg: bool = False
    isOverwrite: bool = False
    isHeld: bool = False
    subjects: tuple[str, ...] = ()
    leftOut: tuple[str, ...] = ()
    redone: tuple[str, ...] = ()

    def problems(self, isMapRequired: bool = False, isOutputRead: bool = False) -> list[RequestProblem]:
        """Return what is wrong with paths and options, in the order of the panel; reads no file.

        Parameters
        ----------
        isOutputRead : bool
            Whether nothing is written into the output: a finished one may be on a disk that takes nothing.
        """
        found = [
            inputProblem(self.inputPath),
            mapProblem(self.mapPath, isMapRequired),
            self._outputProblem(isOutputRead),
            self._privateProblem(isOutputRead),
            fileProblem(self.keyPath, "key", _("The key file does not exist.")),
            fileProblem(self.policyPath, "policyFile", _("The file of your own header rules does not exist.")),
            fileProblem(self.rulesPath, "rules", _("The file with site rules does not exist.")),
            fileProblem(self.regionsPath, "regions", _("The file with regions does not exist.")),
            airProblem(self.airValue),
            columnsProblem(self.mapColumns),
        ]
        return [each for each in found if each is not None]

    def planArguments(self) -> list[str]:
        """Return the command line that shows what would happen, as JSON, with the folders' names."""
        output = [asPath(self.outputPath)] if self.outputPath.strip() and self._outputProblem() is None else []
        return ["plan", asPath(self.inputPath), *output, *self._choices(), "--json", "--show-originals"]

    def meant(self) -> tuple[list[str], list[tuple[int, int] | None]]:
        """Return what a plan or a preview is made with: the command line, and what the files that it names hold now."""
        files = self.policyPath, self.rulesPath, self.decisionsPath, self.regionsPath, self.drawnPath, self.keyPath
        return self.planArguments(), [stamp(path) for path in files]

    def runArguments(self) -> list[str]:
        """Return the command line of the run."""
        words = ["run", asPath(self.inputPath), asPath(self.outputPath), *self._choices(), "--progress", "json"]
        words += ["--workers", str(self.workers)] if self.workers else []
        words += ["--overwrite"] if self.isOverwrite else []
        words += ["--hold"] if self.isHeld else []
        named = {"--subjects": self.subjects, "--leave-out": self.leftOut, "--redo": self.redone}
        words += [f"{option}={one}" for option, several in named.items() for one in several]  # IDs may begin with "--"
        return words

    def auditArguments(self) -> list[str]:
        """Return the command line that reads the output anew; the input is compared where it is at hand."""
        words = ["audit", asPath(self.outputPath), "--json"]
        words += ["--original", asPath(self.inputPath)] if Path(asPath(self.inputPath)).is_absolute() else []
        for option, path in (("--private", self.privatePath), ("--key", self.keyPath)):
            words += [option, asPath(path)] if path.strip() else []
        return words

    def trial(self, subjects: tuple[str, ...], leftOut: tuple[str, ...] = ()) -> RunRequest:
        """Return the same for some patients, into folders beside the output's that are begun anew every time."""
        private = asPath(self.privatePath).rstrip("/\\") + TRIAL if self.privatePath.strip() else ""
        output = asPath(self.outputPath).rstrip("/\\") + TRIAL
        folders = replace(self, outputPath=output, privatePath=private, isOverwrite=True, isHeld=False)
        return replace(folders, subjects=subjects, leftOut=leftOut)

    def policyChosen(self) -> Policy:
        """Return the policy with the choices over it, for a preview.

        Raises
        ------
        PolicyError
            If the user's own policy cannot be read.
        """
        from SlicerDeidLib import read_policy, read_region_rules, read_rules, with_choices

        regions = [read_region_rules(Path(asPath(path))) for path in self._regions()]
        rules = [read_rules(Path(asPath(path))) for path in (self.rulesPath, self.decisionsPath) if path.strip()]
        name, options = asPath(self.policyPath) or self.policy, self.options.split()
        isOurs = not (asPath(self.policyPath) or rules)  # what the user's files say may change
        read = _ourPolicy if isOurs else read_policy
        return with_choices(
            read(name, tuple(options), tuple(rules), self.privateAttributes or None),
            deface=self.deface,
            depth_mm=self.depth if self.deface in PEELING else None,
            air_value=float(self.airValue) if self.airValue.strip() else None,
            engine=self.skullstripEngine if self._isStripped else None,
            no_csf=self._isStripped and self.noCsf,
            text=self.text,
            text_keep=self.textKeep or None,
            regions=chain(*regions),
            face_protocols=self.faceProtocols if self.faceProtocols != "withhold" else None,
            keep_free_text=self.keepFreeText,
            keep_time_of_day=self.keepTimeOfDay,
            keep_image_type=self.keepImageType,
        )

    def privateChosen(self) -> Path | None:
        """Return the private folder that plan and run use; None for a plan without an output."""
        from SlicerDeidLib import default_private

        if self.privatePath.strip():
            return Path(asPath(self.privatePath))
        return default_private(Path(asPath(self.outputPath))) if self.outputPath.strip() else None

    def keyChosen(self) -> bytes | None:
        """Return the project's secret where the user names a key file; None for the user's own."""
        from SlicerDeidLib import read_key

        return read_key(Path(asPath(self.keyPath))) if self.keyPath.strip() else None

    def mapChosen(self) -> SubjectMap | None:
        """Return the list of patients."""
        from SlicerDeidLib import read_map

        if not self.mapPath.strip():
            return None
        return read_map(Path(asPath(self.mapPath)), self.columnsChosen(), self.match)

    def decisionsFile(self) -> Path | None:
        """Return where decisions about single values are kept; None without a private folder."""
        return self._kept(DECISIONS)

    def drawnFile(self) -> Path | None:
        """Return where boxes that are drawn in previews are kept; None without a private folder."""
        return self._kept(DRAWN)

    def withDecisions(self) -> RunRequest:
        """Return the same with what was decided about single values, and with boxes that were drawn."""
        kept = {"decisionsPath": self.decisionsFile(), "drawnPath": self.drawnFile()}
        return replace(self, **{name: str(path) for name, path in kept.items() if path is not None and isThere(path)})

    def columnsChosen(self) -> tuple[str, str] | None:
        """Return the names of the list's two columns; None for its own."""
        old, _comma, new = self.mapColumns.partition(",")
        return (old.strip(), new.strip()) if self.mapColumns.strip() else None

    def _kept(self, name: str) -> Path | None:
        private = self.privateChosen()
        return None if private is None else private / name

    def _regions(self) -> list[str]:
        return [path for path in (self.regionsPath, self.drawnPath) if path.strip()]

    @property
    def _isStripped(self) -> bool:
        return self.deface == "skullstrip"

    def _choices(self) -> list[str]:
        words = ["--policy", asPath(self.policyPath) or self.policy, "--deface", self.deface, "--text", self.text]
        if self.deface in PEELING:
            words.append(f"--depth={self.depth:g}")
        if self.airValue.strip():
            words.append(f"--air-value={float(self.airValue):g}")
        words += [f"--text-keep={self.textKeep}"] if self.textKeep else []
        words += [f"--face-protocols={self.faceProtocols}"] if self.faceProtocols != "withhold" else []
        if self._isStripped:
            words += [f"--skullstrip-engine={self.skullstripEngine}"] if self.skullstripEngine != "own" else []
            words += ["--no-csf"] if self.noCsf else []
        words += [f"--option={name}" for name in self.options.split()]
        for path in (self.rulesPath, self.decisionsPath):
            words += ["--rules", asPath(path)] if path.strip() else []
        for path in self._regions():
            words += ["--regions", asPath(path)]
        words += [f"--private-attributes={self.privateAttributes}"] if self.privateAttributes else []
        words += [] if self.keepFreeText else ["--keep-free-text=no"]
        if self.release.strip():
            words.append(f"--release={self.release.strip()}")
        if self.mapPath:
            words += ["--map", asPath(self.mapPath)]
            words += [f"--match={self.match}"] if self.match != "folder" else []
        columns = self.columnsChosen()
        words += [f"--map-columns={columns[0]},{columns[1]}"] if columns else []
        for option, path in (("--private", self.privatePath), ("--key", self.keyPath)):
            words += [option, asPath(path)] if path.strip() else []
        words += ["--keep-time-of-day"] if self.keepTimeOfDay else []
        words += ["--keep-imagetype"] if self.keepImageType else []
        words += ["--mask-seg"] if self.maskSeg else []
        return words

    def _outputProblem(self, isRead: bool = False) -> RequestProblem | None:
        if not self.outputPath.strip():
            return RequestProblem("output", _("Choose the folder for the de-identified images."), isEmpty=True)
        path = Path(asPath(self.outputPath))
        if not path.is_absolute():
            return RequestProblem("output", _("Give the whole path of the output folder."))
        if isThere(path) and not isFolder(path):
            return RequestProblem("output", _("The output is a file; choose a folder."))
        if self.inputPath.strip() and touches(path, Path(asPath(self.inputPath))):
            message = _("The output folder must not lie in the input folder, nor the input folder in it.")
            return RequestProblem("output", message)
        if self.inputPath.strip() and any(touches(each, Path(asPath(self.inputPath))) for each in beside(path)):
            message = _(
                "The input folder must not be one beside the output folder where its series are made or wait; name the "
                "output otherwise."
            )
            return RequestProblem("output", message)
        if self.mapPath.strip() and isInside(Path(asPath(self.mapPath)), path):
            message = _(
                "The list lies in the output folder, which will hold nothing but images; choose another folder."
            )
            return RequestProblem("output", message)
        if not (isRead or canWrite(path)):
            return RequestProblem("output", _("You may not write into the output folder; choose another one."))
        if not (isRead or canWrite(path.parent)):
            message = _("You may not write beside the output folder, where series are made; choose one elsewhere.")
            return RequestProblem("output", message)
        return None

    def _privateProblem(self, isRead: bool) -> RequestProblem | None:
        if not self.privatePath.strip():
            return None
        path = Path(asPath(self.privatePath))
        if not path.is_absolute() or (isThere(path) and not isFolder(path)):
            return RequestProblem("private", _("The private folder is no folder; give its whole path."))
        others = [Path(asPath(p)) for p in (self.inputPath, self.outputPath) if p.strip()]
        if any(isInside(path, other) for other in others):
            return RequestProblem("private", _("The private folder must not lie in the input or output folder."))
        if self.outputPath.strip() and any(isInside(path, each) for each in beside(Path(asPath(self.outputPath)))):
            message = _(
                "The private folder must not lie beside the output folder where its series are made or wait; choose "
                "another one."
            )
            return RequestProblem("private", message)
        if not (isRead or canWrite(path)):
            return RequestProblem("private", _("You may not write into the private folder; choose another one."))
        return None


@cache
def _ourPolicy(name: str, options: tuple[str, ...], rules: tuple[()], private: str | None) -> Policy:
    """Read a policy that comes with the program, once: a preview asks for it with every setting."""
    from SlicerDeidLib import read_policy

    return read_policy(name, options, rules, private)
