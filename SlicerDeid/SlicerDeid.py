# SPDX-License-Identifier: Apache-2.0
"""The Slicer module: module, parameter node, panel, logic and test; the work is done elsewhere."""

import importlib
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Annotated

import slicer
import vtk
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

DEFACE_METHODS = ("auto", "none", "surface")
TEXT_MODES = ("morph", "off")
POLICIES = ("research", "basic")
STRIPE_PX = 2
_POLL_MS = 50


class SlicerDeid(ScriptedLoadableModule):
    """What Slicer's module list shows."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("De-identify DICOM")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Informatics")]
        self.parent.dependencies = []
        self.parent.contributors = ["The SlicerDeid developers"]
        self.parent.helpText = _("""
De-identifies folders of head CTs: headers by DICOM PS3.15, skin and fat of the head, burned-in text.
One folder per patient and a list of new IDs go in, de-identified images in the same structure come out.
What cannot be done safely is refused with its reason. The results stay pseudonymised personal data as long as the
list, the key or the originals exist. See <a href="https://github.com/SlicerDeid/SlicerDeid">the documentation</a>.
""")
        self.parent.acknowledgementText = _("Built on pydicom, NumPy, SciPy, scikit-image and SimpleITK.")


@parameterNodeWrapper
class SlicerDeidParameterNode:
    """The options of a run; never a path, for scenes are saved and shared."""

    policy: Annotated[str, Choice(list(POLICIES))] = "research"
    deface: Annotated[str, Choice(list(DEFACE_METHODS))] = "auto"
    depth: Annotated[float, WithinRange(1.0, 50.0)] = 8.0
    airValue: str = ""
    text: Annotated[str, Choice(list(TEXT_MODES))] = "morph"
    release: str = ""
    workers: Annotated[int, WithinRange(0, 256)] = 0
    keepTimeOfDay: bool = False
    keepImageType: bool = False


class SlicerDeidWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._guiTag = None
        self._worker = None
        self._isPlan = False
        self._startedAt = 0.0
        self._told = []
        self._isShowing = False

    def setup(self):
        """Load the .ui and connect it."""
        from SlicerDeidWidgets.seriestable import SeriesTable

        ScriptedLoadableModuleWidget.setup(self)
        window = slicer.util.loadUI(self.resourcePath("UI/SlicerDeid.ui"))
        self.layout.addWidget(window)
        self.ui = slicer.util.childWidgetVariables(window)
        window.setMRMLScene(slicer.mrmlScene)
        self.logic = SlicerDeidLogic()
        self._table = SeriesTable(self.ui.seriesTable)
        self._fillCombos()
        for line in self._pathLines().values():
            line.connect("currentPathChanged(QString)", self._checkRequest)
        self.ui.planButton.connect("clicked(bool)", self.onPlanButton)
        self.ui.applyButton.connect("clicked(bool)", self.onApplyButton)
        self.ui.cancelButton.connect("clicked(bool)", self.onCancelButton)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self._onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self._onSceneEndClose)
        slicer.app.connect("aboutToQuit()", self._stopWorker)
        self._showIdle()
        self.initializeParameterNode()

    def cleanup(self):
        """End a run that is going on; called when Slicer closes or the module is reloaded."""
        self._stopWorker()
        slicer.app.disconnect("aboutToQuit()", self._stopWorker)
        self._setParameterNode(None)
        self.removeObservers()

    def enter(self):
        """Show the scene's options; called when the user opens the module."""
        self.initializeParameterNode()

    def exit(self):
        """Let go of the scene's options; called when the user opens another module. A run goes on."""
        self._setParameterNode(None)

    def initializeParameterNode(self):
        """Use the parameter node of the scene."""
        self._setParameterNode(self.logic.getParameterNode())

    def request(self):
        """Return what the panel asks for."""
        from SlicerDeidWidgets.request import RunRequest

        lines = {f"{name}Path": line.currentPath for name, line in self._pathLines().items()}
        options = {name: getattr(self._parameterNode, name) for name in SlicerDeidParameterNode.__annotations__}
        return RunRequest(**lines, **options)

    def onPlanButton(self):
        """Show what would happen; nothing is written."""
        if self._canRun():
            self._isPlan = True
            self._start(self.request().planArguments(), _("Looking at the folders..."))

    def onApplyButton(self):
        """Start the run."""
        if self._canRun():
            self._isPlan = False
            self._start(self.request().runArguments(), _("Looking at the folders..."))

    def onCancelButton(self):
        """Ask the run to stop after what it is doing."""
        self.ui.cancelButton.enabled = False
        self.ui.progressLabel.text = _("Stopping: the series at hand is finished or taken back...")
        self._worker.cancel()

    def _pathLines(self):
        ui = self.ui
        return {"input": ui.inputPath, "map": ui.mapPath, "output": ui.outputPath, "private": ui.privatePath}

    def _fillCombos(self):
        """Fill the combo boxes with what can be chosen, in words."""
        words = {
            self.ui.policyCombo: {"research": _("Research: dates shifted"), "basic": _("Basic Profile: dates removed")},
            self.ui.defaceCombo: {
                "auto": _("Automatic: a head in view is refused"),
                "surface": _("Surface: peel skin and fat"),
                "none": _("None: leave heads as they are"),
            },
            self.ui.textCombo: {
                "morph": _("Small bright objects outside the head"),
                "off": _("Off: leave text as it is"),
            },
        }
        for combo, choices in words.items():
            for value, text in choices.items():
                combo.addItem(text, value)
            combo.connect("currentIndexChanged(int)", self._readCombos)

    def _combos(self):
        return {"policy": self.ui.policyCombo, "deface": self.ui.defaceCombo, "text": self.ui.textCombo}

    def _readCombos(self):
        if self._parameterNode is not None and not self._isShowing:
            for name, combo in self._combos().items():
                setattr(self._parameterNode, name, combo.itemData(combo.currentIndex))

    def _setParameterNode(self, node):
        """Show and follow the options of one node, or of none."""
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._guiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._checkRequest)
        self._parameterNode = node
        if node is not None:
            self._guiTag = node.connectGui(self.ui)
            self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._checkRequest)
            self._checkRequest()

    def _onSceneStartClose(self, caller, event):
        self._setParameterNode(None)

    def _onSceneEndClose(self, caller, event):
        if self.parent.visible:
            self.initializeParameterNode()

    def _checkRequest(self, *_arguments):
        """Say at once what is missing or wrong; Apply and Show plan can be pressed only when nothing is."""
        node = self._parameterNode
        if node is None:
            return
        self._isShowing = True  # or the first combo box would write what the others still show into the node
        for name, combo in self._combos().items():
            combo.setCurrentIndex(combo.findData(getattr(node, name)))
        self._isShowing = False
        self.ui.depthSlider.enabled = node.deface == "surface"
        self.ui.defaceHint.text = self._defaceHint(node.deface)
        problems = self.request().problems(isMapRequired=True)
        wrong = [each for each in problems if not each.isEmpty]
        self._markFields({each.field for each in wrong})
        shown = (wrong or problems)[:1]
        self.ui.statusLabel.text = shown[0].message if shown else _("Ready.")
        isIdle = self._worker is None
        self.ui.applyButton.enabled = isIdle and not problems
        self.ui.planButton.enabled = isIdle and not [each for each in problems if each.field != "output"]

    def _markFields(self, names):
        fields = {**self._pathLines(), "airValue": self.ui.airEdit}
        for name, widget in fields.items():
            widget.styleSheet = (
                f"QComboBox, QLineEdit {{ border: {STRIPE_PX}px solid #b3261e; }}" if name in names else ""
            )

    def _defaceHint(self, method):
        return {
            "auto": _("A CT series is released only when its pixels show that no face can be in view."),
            "surface": _("Skin and fat are peeled to this depth. The face may stay recognisable: look at the result."),
            "none": _("Heads are released as they are: the face stays recognisable."),
        }[method]

    def _canRun(self):
        """Ask for what Slicer does not bring, on first use; say why it cannot go on."""
        try:
            self.logic.ensureRequirements(self.resourcePath("requirements.txt"))
        except ImportError:
            self._say(_("Not started: this module needs Slicer 5.12 or newer."))
            return False
        except (RuntimeError, subprocess.CalledProcessError):
            self._say(
                _("Not started: Python packages that are needed were not installed. Press the button again to try.")
            )
            return False
        return True

    def _start(self, arguments, text):
        from SlicerDeidWidgets.worker import Worker

        self._table.clear()
        self.ui.log.clear()
        self._startedAt = time.monotonic()
        self._told = []
        self._worker = Worker(self._onEvent, self._onSentence, self._onFinished, self.logic.program)
        self._showRunning(text)
        self._worker.start(arguments)

    def _onEvent(self, event):
        from SlicerDeidWidgets import messages

        kind = event.get("event")
        self._told.append(messages.eventAsPrinted(event))
        if kind is None:
            self._table.showPlan(event)
            self._say(messages.planSentence(event))
            return
        if kind == "series":
            self._table.addResult(event)
        elif kind == "finding":
            self._table.addFinding(event)
        if "total" in event and "done" in event:
            self.ui.progressBar.setRange(0, max(event["total"], 1))
            self.ui.progressBar.value = event["done"]
            seconds = time.monotonic() - self._startedAt
            self.ui.progressLabel.text = messages.progressText(event["done"], event["total"], seconds)
        sentences = messages.doneSentences(event) if kind == "done" else [messages.eventSentence(event)]
        for sentence in filter(None, sentences):
            self._say(sentence)

    def _onSentence(self, sentence):
        """Say what no event told already; the program repeats refusals for people who watch it in a terminal."""
        from SlicerDeidWidgets.messages import isRepeated

        if not isRepeated(sentence, self._told):
            self._say(sentence)

    def _onFinished(self, outcome):
        from SlicerDeidWidgets import messages

        self._worker = None
        isPlanned = self._isPlan and (outcome.isCancelled or bool(outcome.events))
        sentence = _("Nothing was written.") if isPlanned else messages.outcomeSentence(outcome)
        self._say(sentence)
        self._showIdle()
        done = outcome.lastEvent("done") or {}
        counts = messages.countsSentence(done) if "released" in done else ""
        self.ui.progressLabel.text = f"{sentence} {counts}".strip()
        self._checkRequest()

    def _stopWorker(self):
        if self._worker is not None:
            self._worker.close()

    def _say(self, sentence):
        """Put one line into the panel's log; nowhere else, for Slicer's own log is kept and sent to others."""
        self.ui.log.appendPlainText(sentence)

    def _showIdle(self):
        self.ui.progressBar.setRange(0, 1)
        self.ui.progressBar.value = 0
        self.ui.progressBar.visible = False
        self.ui.progressLabel.text = ""
        self.ui.cancelButton.enabled = False
        self._enableInputs(True)

    def _showRunning(self, text):
        self.ui.progressBar.setRange(0, 0)  # moves until the number of series is known
        self.ui.progressBar.visible = True
        self.ui.progressLabel.text = text
        self.ui.applyButton.enabled = False
        self.ui.planButton.enabled = False
        self.ui.cancelButton.enabled = True
        self._enableInputs(False)

    def _enableInputs(self, enabled):
        for widget in (self.ui.dataSection, self.ui.optionsSection, self.ui.advancedSection):
            widget.enabled = enabled


class SlicerDeidLogic(ScriptedLoadableModuleLogic):
    """The module without its panel.

    ::

        logic = SlicerDeidLogic()
        outcome = logic.run(logic.newRequest(inputPath, outputPath, mapPath=mapPath, deface="surface"))
        defaced, mask = logic.defaceVolume(slicer.util.getNode("Head"))

    Attributes
    ----------
    program : list of str, or None
        What is started for a run; None is Slicer's Python with the library.
    """

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self.program = None

    def getParameterNode(self):
        """Return the options in the scene."""
        return SlicerDeidParameterNode(super().getParameterNode())

    def ensureRequirements(self, path):
        """Install what Slicer does not bring, after asking.

        Raises
        ------
        ImportError
            If Slicer is older than 5.12.
        RuntimeError
            If the user declines.
        subprocess.CalledProcessError
            If the installation fails.
        """
        from slicer import packaging

        packaging.pip_ensure(packaging.load_requirements(path), requester="Deid")

    def newRequest(self, inputPath, outputPath, **options):
        """Return a run to ask for; ``options`` are the fields of ``SlicerDeidWidgets.request.RunRequest``."""
        from SlicerDeidWidgets.request import RunRequest

        return RunRequest(
            str(inputPath), str(outputPath), **{k: str(v) if k.endswith("Path") else v for k, v in options.items()}
        )

    def start(self, request, onEvent=None, onSentence=None, onFinished=None):
        """Start a run and return its ``Worker`` at once.

        Raises
        ------
        ValueError
            If a path or option is wrong; the text says what to do.
        """
        from SlicerDeidWidgets.worker import Worker

        problems = request.problems()
        if problems:
            raise ValueError(problems[0].message)
        worker = Worker(onEvent, onSentence, onFinished, self.program)
        worker.start(request.runArguments())
        return worker

    def run(self, request, onEvent=None, onSentence=None):
        """Do a whole run and return its ``Outcome``; Slicer stays usable meanwhile."""
        worker = self.start(request, onEvent, onSentence)
        while not worker.wait(_POLL_MS):
            slicer.app.processEvents()
        return worker.outcome

    def deidentifyHeaders(self, inputPath, outputPath, mapPath="", policy="research", **options):
        """De-identify the headers of a folder's files and leave the pixels as they are; return the ``Outcome``.

        Heads stay recognisable; the files are marked so.
        """
        request = self.newRequest(
            inputPath, outputPath, mapPath=mapPath, policy=policy, deface="none", text="off", **options
        )
        return self.run(request)

    def defaceVolume(self, volumeNode, method="surface", depth=8.0, airValue=None):
        """Deface a loaded head CT; return the new volume node and the mask node (1 where a voxel was replaced).

        Raises
        ------
        ValueError
            If the volume cannot be used.
        SlicerDeidLib.errors.PixelError
            If no plausible head was found; nothing is added to the scene.
        """
        from SlicerDeidWidgets.volumes import addDefaced

        return addDefaced(volumeNode, method, depth, airValue)

    def maskText(self, volumeNode, airValue=None):
        """Mask small bright objects outside the head of a loaded CT; return the new volume node and their number."""
        from SlicerDeidWidgets.volumes import addTextMasked

        return addTextMasked(volumeNode, airValue)


class SlicerDeidTest(ScriptedLoadableModuleTest):
    """The self test inside Slicer: the whole job on a study that the program makes itself."""

    def setUp(self):
        slicer.mrmlScene.Clear()
        packaging = importlib.import_module("slicer.packaging")
        requirements = Path(slicer.util.modulePath("SlicerDeid")).parent / "Resources" / "requirements.txt"
        if not all(map(packaging.pip_check, packaging.load_requirements(requirements))):
            self.skipTest("Python packages are missing: press Apply once in the module and let it install them.")

    def runTest(self):
        """Run all tests."""
        self.setUp()
        self.test_WholeRun()
        self.setUp()
        self.test_DefaceVolume()

    def test_WholeRun(self):
        """A made study goes in, a de-identified one comes out."""
        from SlicerDeidLib.sample.phantom import Lattice
        from SlicerDeidLib.sample.study import write_map, write_study

        self.delayDisplay("De-identifying a made study")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_study(folder / "in" / "A1", lattice=Lattice(rows=128, columns=128, pixel_spacing_mm=2.0))
            write_map(folder / "map.xlsx", [("A1", "HEAD-001")])
            logic = SlicerDeidLogic()
            paths = {"mapPath": folder / "map.xlsx", "privatePath": folder / "private"}
            outcome = logic.run(logic.newRequest(folder / "in", folder / "out", deface="surface", **paths))
            assert outcome.exitCode == 0
            assert len(list((folder / "out" / "HEAD-001").rglob("*.dcm"))) == 48
        self.delayDisplay("Test passed")

    def test_DefaceVolume(self):
        """A made head loses its skin and keeps its brain."""
        from SlicerDeidLib.sample.phantom import Lattice, make_head
        from SlicerDeidWidgets.volumes import addNode

        self.delayDisplay("Defacing a made head")
        head = make_head(Lattice(rows=128, columns=128, pixel_spacing_mm=2.0))
        node = addNode(head.volume, "Head")
        defaced, mask = SlicerDeidLogic().defaceVolume(node)
        before, after = slicer.util.arrayFromVolume(node), slicer.util.arrayFromVolume(defaced)
        assert (before == after)[head.intracranial].all()
        assert (before != after)[head.skin].mean() > 0.5
        assert mask.GetSpacing() == node.GetSpacing()
        self.delayDisplay("Test passed")
