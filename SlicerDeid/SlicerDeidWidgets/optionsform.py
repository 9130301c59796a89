# SPDX-License-Identifier: Apache-2.0
"""OptionsForm: the upper half of the panel, where paths and options are chosen and problems are said."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import qt
from slicer.i18n import tr as _

from SlicerDeidWidgets.broughtoptions import BroughtOptions
from SlicerDeidWidgets.fulltext import showText, tip
from SlicerDeidWidgets.optionwords import choicesByParameter, headerOptions
from SlicerDeidWidgets.places import asPath, isEmpty
from SlicerDeidWidgets.request import PEELING, RunRequest
from SlicerDeidWidgets.requestproblems import MAP_SUFFIXES, RequestProblem

_PARAMETER = "SlicerParameterName"  # the property by which Slicer binds a widget to a parameter
_SEGMENTATIONS = "highdicom"  # the package that writes DICOM Segmentation, which the library does not ask for
_LOOK_AGAIN_MS = 2000  # until wrong paths are looked at again: a drive may have been connected
_FILES = ("map", "key", "policyFile", "rules", "regions")  # lines that name no folder
_MOST_FOLDERS = 2  # that are dropped at once: input and output; more are the patients' own, and their folder is meant
_MARK = "QComboBox, QLineEdit { border: 2px solid #b3261e; }"


class OptionsForm:
    """Shows options and problems.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    """

    def __init__(self, ui: object) -> None:
        self._ui = ui
        self._isShowing = False
        self.pathLines = {
            "input": ui.inputPath,
            "map": ui.mapPath,
            "output": ui.outputPath,
            "private": ui.privatePath,
            "key": ui.keyPath,
            "policyFile": ui.policyPath,
            "rules": ui.rulesPath,
            "regions": ui.regionsPath,
        }
        self.combos = {
            "policy": ui.policyCombo,
            "deface": ui.defaceCombo,
            "text": ui.textCombo,
            "match": ui.matchCombo,
            "textKeep": ui.textKeepCombo,
            "faceProtocols": ui.faceProtocolsCombo,
            "skullstripEngine": ui.skullstripEngineCombo,
            "privateAttributes": ui.privateAttributesCombo,
        }
        named = {each.property(_PARAMETER): each for each in vars(ui).values()}
        self._bound = {name: each for name, each in named.items() if name}
        self._pathTips = {name: line.toolTip for name, line in self.pathLines.items()}
        self._canMakeSegmentations = importlib.util.find_spec(_SEGMENTATIONS) is not None
        if not self._canMakeSegmentations:
            missing = _("{what}: the Python package {package} is missing")
            ui.maskSegCheck.text = missing.format(what=ui.maskSegCheck.text, package=_SEGMENTATIONS)
        self._options = []  # Python keeps them, whoever owns them
        for value, text in headerOptions().items():
            item = qt.QListWidgetItem(text)
            item.setData(qt.Qt.UserRole, value)
            item.setCheckState(qt.Qt.Unchecked)
            ui.optionsList.addItem(item)
            self._options.append(item)
        for name, choices in choicesByParameter().items():
            for value, text in choices.items():
                self.combos[name].addItem(text, value)
        self._again = qt.QTimer()
        self._again.setSingleShot(True)
        self._again.setInterval(_LOOK_AGAIN_MS)

    def connect(
        self, onPath: Callable[[], None], onChoice: Callable[[], None], onLookAgain: Callable[[], None]
    ) -> None:
        """Let things be called when something changes.

        Parameters
        ----------
        onPath : callable
            When a path changes.
        onChoice : callable
            When the user chooses in a combo box.
        onLookAgain : callable
            When a wrong path may be right by now, or a scene was opened.
        """
        self._again.connect("timeout()", onLookAgain)
        self._brought = BroughtOptions(self._ui, self._wordOf, onLookAgain)
        for line in self.pathLines.values():
            line.connect("currentPathChanged(QString)", self._showWhole)
            line.connect("currentPathChanged(QString)", onPath)
        for combo in self.combos.values():
            combo.connect("currentIndexChanged(int)", lambda: None if self._isShowing else onChoice())
        self._ui.optionsList.connect("itemChanged(QListWidgetItem*)", lambda: None if self._isShowing else onChoice())

    def close(self) -> None:
        """Look at nothing any more."""
        self._again.stop()
        self._brought.close()

    def _showWhole(self) -> None:
        """Let a path be read as a whole where its line is too short for it."""
        for name, line in self.pathLines.items():
            line.toolTip = tip("\n".join(filter(None, [line.currentPath, self._pathTips[name]])))

    def bound(self) -> dict[str, object]:
        """Return the widgets that show a parameter by themselves, by parameter, as the .ui says."""
        return dict(self._bound)

    def paths(self) -> dict[str, str]:
        """Return the paths as fields of a ``RunRequest``."""
        return {f"{name.removesuffix('File')}Path": line.currentPath for name, line in self.pathLines.items()}

    def showPaths(self, paths: dict[str, object]) -> None:
        """Fill in paths, by the names of ``pathLines``."""
        for name, path in paths.items():
            self.pathLines[name].currentPath = str(path)

    def undecided(self, node: object) -> list[RequestProblem]:
        """Return what is to be decided about a parameter node's options before anything is written."""
        self.mend(node)  # the export asks while the panel may follow no scene
        self._brought.follow(node)
        sentence = _("The scene changed the options: keep them, or go back to yours.")
        return [RequestProblem("scene", sentence)] if self._brought.isUndecided else []

    @property
    def isOverwrite(self) -> bool:
        """Whether the user wants to start anew; kept nowhere."""
        return self._ui.overwriteCheck.checked

    @isOverwrite.setter
    def isOverwrite(self, isOverwrite: bool) -> None:
        self._ui.overwriteCheck.checked = isOverwrite

    @property
    def isHeld(self) -> bool:
        """Whether what is finished waits to be accepted; kept nowhere: a scene of somebody else would turn it off."""
        return self._ui.holdCheck.checked

    def take(self, paths: list[str], name: str = "") -> bool:
        """Put dropped paths where they belong, a single one into the line of that name; say what was not taken.

        Files are lists, of which there is one; a folder is the input, where there is one the output; of two the empty
        one is the output. Where neither is, there is none: the second may hold somebody's originals. More folders are
        the patients' own.

        Returns
        -------
        bool
            Whether anything was taken.
        """
        folders, files = ([path for path in paths if Path(path).is_file() == isFile] for isFile in (False, True))
        if len(folders) > _MOST_FOLDERS:
            showText(self._ui.statusLabel, _tooMany(len(folders)))
            return False
        files.sort(key=lambda path: Path(path).suffix.lower() not in MAP_SUFFIXES)  # else in the order they came
        sentences = [_oneOf(len(files))] if len(files) > 1 else []
        if len(folders) == 2:
            folders.sort(key=isEmpty)
            isUnclear = not isEmpty(folders[1])
            self.pathLines["input"].currentPath = folders[0]
            self.pathLines["output"].currentPath = "" if isUnclear else folders[1]
            unclear = _("Both folders hold files: the first is the input now. Choose the output yourself.")
            sentences = [unclear] * isUnclear + sentences
            folders = []
        for path in (*folders, *files[:1]):
            self._takeOne(path, name if len(paths) == 1 else "")
        if sentences:
            showText(self._ui.statusLabel, " ".join(sentences))
        return True

    def _takeOne(self, path: str, name: str) -> None:
        isFile = Path(path).is_file()
        isMisplaced = isFile != (name in _FILES)  # a list on a folder's line, or the other way round
        isInput = (
            not self.pathLines["input"].currentPath or not Path(asPath(self.pathLines["input"].currentPath)).is_dir()
        )
        usual = "map" if isFile else "input" if isInput else "output"
        self.pathLines[usual if isMisplaced or not name else name].currentPath = path

    def choices(self) -> dict[str, str]:
        """Return what is chosen in combo boxes and list, by parameter."""
        chosen = {name: combo.itemData(combo.currentIndex) for name, combo in self.combos.items()}
        ticked = [item for item in self._options if item.checkState() == qt.Qt.Checked]
        return {**chosen, "options": " ".join(item.data(qt.Qt.UserRole) for item in ticked)}

    def mend(self, node: object) -> None:
        """Put the default in place of what the panel cannot show: a scene may bring anything."""
        for each in fields(RunRequest):
            if each.name not in type(node).__annotations__:
                continue
            try:
                isShown = self._isShown(each.name, getattr(node, each.name))
            except ValueError:  # what is no number
                isShown = False
            if not isShown:
                setattr(node, each.name, each.default)

    def _isShown(self, name: str, value: object) -> bool:
        if name == "options":
            options = value.split()
            return set(options) <= set(headerOptions()) and len(options) == len(set(options))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            widget = self._bound[name]
            return widget.minimum <= value <= widget.maximum
        return name not in self.combos or self.combos[name].findData(value) >= 0

    def showOptions(self, node: object) -> None:
        """Show the choices of a parameter node and what they mean; say which of them a scene brought."""
        self.mend(node)
        self._isShowing = True  # what the other boxes still show is no choice of the user's
        for name, combo in self.combos.items():
            combo.setCurrentIndex(combo.findData(getattr(node, name)))
        options = node.options.split()
        for item in self._options:
            item.setCheckState(qt.Qt.Checked if item.data(qt.Qt.UserRole) in options else qt.Qt.Unchecked)
        self._isShowing = False
        self._ui.policyCombo.enabled = not self._ui.policyPath.currentPath
        self._ui.depthSlider.enabled = node.deface in PEELING
        for widget in (self.combos["skullstripEngine"], self._ui.noCsfCheck):
            widget.enabled = node.deface == "skullstrip"
        self._ui.maskSegCheck.enabled = self._canMakeSegmentations or node.maskSeg  # a scene's tick can be taken away
        showText(self._ui.defaceHint, _hint(node.deface))

    def wrongIn(self, request: RunRequest, node: object, isMapRequired: bool = False) -> list[RequestProblem]:
        """Return what keeps a request from being run, options that nobody agreed to before all; say the first of it."""
        problems = [*self.undecided(node), *request.problems(isMapRequired)]
        self._showProblems(problems)
        return problems

    def _showProblems(self, problems: list[RequestProblem]) -> None:
        """Say the first problem, wrong entries before missing ones, and mark the fields."""
        wrong = [each for each in problems if not each.isEmpty]
        names = {each.field for each in wrong}
        others = {"airValue": self._ui.airEdit, "mapColumns": self._ui.mapColumnsEdit}
        for name, widget in {**self.pathLines, **others}.items():
            widget.styleSheet = _MARK if name in names else ""
        shown = (wrong or problems)[:1]
        showText(self._ui.statusLabel, shown[0].message if shown else _("Ready."))
        if not names.isdisjoint(self.pathLines):
            self._again.start()

    def _wordOf(self, name: str, value: object) -> str:
        """Return how an option's value is shown, in short."""
        combo = self.combos.get(name)
        if combo is not None:
            return combo.itemText(combo.findData(value)).partition(":")[0]
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if name == "options":
            return ", ".join(headerOptions()[each] for each in value.split()) or _("none")
        if name == "workers" and not value:
            return self._ui.workersSpin.specialValueText
        return f"{value:g}" if isinstance(value, float) else str(value) or _("none")

    @property
    def isEnabled(self) -> bool:
        """Whether the user can change something."""
        return self._ui.dataSection.enabled

    def setEnabled(self, isEnabled: bool) -> None:
        """Let the user change something, or not while a run goes."""
        for widget in (self._ui.dataSection, self._ui.optionsSection, self._ui.advancedSection):
            widget.enabled = isEnabled
        self._brought.setIdle(isEnabled)


def _tooMany(folders: int) -> str:
    """Return what is said of more folders than have a line."""
    return _(
        "Nothing was taken: {count} folders were dropped. Drop the folder that holds those of the patients, or two: "
        "the input, and an empty one for the output."
    ).format(count=folders)


def _oneOf(files: int) -> str:
    """Return what is said of several files."""
    return _("{count} files were dropped: one is the list now, the others were not taken.").format(count=files)


def _hint(method: str) -> str:
    """What a method means for the face."""
    return {
        "auto": _(
            "Heads lose their face, in CT with skin and fat; other CT is released only when no face can be in view, "
            "other MR not at all."
        ),
        "surface+face": _("Skin and fat are peeled to this depth, and the face goes, with orbits, sinuses and jaws."),
        "face": _("The face goes, with orbits, sinuses and jaws; ears and scalp stay."),
        "surface": _("Skin and fat are peeled to this depth. The face may stay recognisable: look at the result."),
        "skullstrip": _(
            "Skull, scalp and face go; the brain stays with what lies around it inside the skull. MR needs an engine: "
            "see Advanced."
        ),
        "none": _("Heads are released as they are: the face stays recognisable."),
    }[method]
