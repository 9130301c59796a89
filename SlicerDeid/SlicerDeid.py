# SPDX-License-Identifier: Apache-2.0
"""The Slicer module: module, parameter node, panel, logic and test; the work is done elsewhere."""

import importlib
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

DEFACE_METHODS = ("auto", "none", "surface", "face", "surface+face", "skullstrip")
STRIP_ENGINES, TEXT_MODES = ("own", "synthstrip", "hd-bet"), ("mask", "thorough", "morph", "report", "drop", "off")
MATCHES, PRIVATE_CHOICES = ("folder", "accession", "patient-id"), ("", "remove", "safe", "keep")
TEXT_KEEPS, FACE_ANSWERS = ("", "nothing", "harmless"), ("withhold", "keep", "deface", "leave-out")
POLICIES = ("research", "basic", "safe-harbor", "low", "high", "open-science", "keep-list")
DEPTH_RANGE_MM = (4.0, 50.0)  # mm, what the command line takes for --depth; the slider in the .ui has it too
_POLL_MS = 50


class SlicerDeid(ScriptedLoadableModule):
    """What Slicer's module list shows."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("De-identify DICOM")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Informatics")]
        self.parent.contributors = ["The SlicerDeid developers"]
        self.parent.helpText = _("""
De-identifies folders of DICOM images: headers by PS3.15, faces in CT and MR of the head, burned-in text.
One folder per patient and a list of new IDs go in, de-identified images in the same structure come out.
What cannot be done safely is refused with its reason. The results stay pseudonymised personal data as long as the
list, the key or the originals exist. See <a href="https://github.com/SlicerDeid/SlicerDeid">the documentation</a>.
""")
        self.parent.acknowledgementText = _("Built on pydicom, NumPy, SciPy, scikit-image and SimpleITK.")
        slicer.app.connect("startupCompleted()", self.registerElsewhere)

    def registerElsewhere(self):
        """Offer samples in Sample Data, and an export in the DICOM module."""
        from SlicerDeidWidgets import dicomexport, samples

        samples.register(self.resourcePath(f"Icons/{self.moduleName}.png"))
        dicomexport.register()


@parameterNodeWrapper
class SlicerDeidParameterNode:
    """The options of a run; never a path, for scenes are saved and shared."""

    policy: Annotated[str, Choice(list(POLICIES))] = "research"
    deface: Annotated[str, Choice(list(DEFACE_METHODS))] = "auto"
    depth: Annotated[float, WithinRange(*DEPTH_RANGE_MM)] = 8.0
    airValue: str = ""
    textKeep: Annotated[str, Choice(list(TEXT_KEEPS))] = ""
    faceProtocols: Annotated[str, Choice(list(FACE_ANSWERS))] = "withhold"
    skullstripEngine: Annotated[str, Choice(list(STRIP_ENGINES))] = "own"
    noCsf: bool = False
    options: str = ""
    privateAttributes: Annotated[str, Choice(list(PRIVATE_CHOICES))] = ""
    mapColumns: str = ""
    match: Annotated[str, Choice(list(MATCHES))] = "folder"
    keepFreeText: bool = True
    text: Annotated[str, Choice(list(TEXT_MODES))] = "mask"
    release: str = ""
    workers: Annotated[int, WithinRange(0, 256)] = 0
    keepTimeOfDay: bool = False
    keepImageType: bool = False
    maskSeg: bool = False


class SlicerDeidWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = self._parameterNode = self._guiTag = self._worker = None

    def setup(self):
        """Load the .ui and connect it."""
        from SlicerDeidWidgets.applying import Applying
        from SlicerDeidWidgets.folderdrop import FolderDrop
        from SlicerDeidWidgets.optionsform import OptionsForm
        from SlicerDeidWidgets.previewview import PreviewView
        from SlicerDeidWidgets.reviewsection import ReviewSection
        from SlicerDeidWidgets.runview import RunView
        from SlicerDeidWidgets.scenesection import SceneSection

        ScriptedLoadableModuleWidget.setup(self)
        window = slicer.util.loadUI(self.resourcePath("UI/SlicerDeid.ui"))
        self.layout.addWidget(window)
        self.ui = slicer.util.childWidgetVariables(window)
        window.setMRMLScene(slicer.mrmlScene)
        self.logic = SlicerDeidLogic()
        self.form = OptionsForm(self.ui)
        self.view = RunView(self.ui, self._checkTable)
        self.preview = PreviewView(self.ui, lambda: self.request().withDecisions(), lambda: self.view.isWriting)
        start, program = (lambda *task: self._start(*task)), (lambda: self.logic.program)
        self.applying = Applying(self.view, self.form, self.request, self._canRun, start, self.preview)
        told = self._startRun, self._checkRequest, self.view.showDecided, self.preview.follow
        self.review = ReviewSection(self.ui, self.request, self._canRun, program, self.preview.openFinished, *told)
        self.scene = SceneSection(self.ui, self._canRun, self.preview.close)
        self.drop = FolderDrop(window, self.form)
        self.form.connect(self._onPath, self._keepChoices, self._checkRequest)
        importlib.import_module("SlicerDeidWidgets.fulltext").wrapTips(self.ui)
        for name in ("Plan", "Preview", "Trial", "Apply", "Cancel"):
            getattr(self.ui, f"{name.lower()}Button").connect("clicked(bool)", getattr(self, f"on{name}Button"))
        self.ui.seriesTree.connect("itemSelectionChanged()", self._checkTable)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self._onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self._onSceneEndClose)
        slicer.app.connect("aboutToQuit()", self._onQuit)
        self.initializeParameterNode()

    def cleanup(self):
        """End a run that is going on; called when Slicer closes or the module is reloaded."""
        self._onQuit()
        self.preview.end()
        self.review.close()
        self.scene.close()
        self.form.close()
        slicer.app.disconnect("aboutToQuit()", self._onQuit)
        self._setParameterNode(None)
        self.removeObservers()

    def enter(self):
        """Show the scene's options and the preview; called when the user opens the module."""
        self.initializeParameterNode()
        self.preview.enter()

    def exit(self):
        """Let go of the scene's options and the views; called when the user opens another module. A run goes on."""
        self.preview.exit()
        self._setParameterNode(None)

    def initializeParameterNode(self):
        """Use the parameter node of the scene."""
        self._setParameterNode(self.logic.getParameterNode())

    def request(self):
        """Return what the panel asks for."""
        node = self.logic.getParameterNode() if self._parameterNode is None else self._parameterNode  # None: left
        options = {name: getattr(node, name) for name in SlicerDeidParameterNode.__annotations__}
        return self.logic.newRequest(**self.form.paths(), **options, isHeld=self.form.isHeld)

    def _onQuit(self):
        """Leave no process and no layout of ours behind."""
        if self._worker is not None:
            self._worker.close()
        self.review.audit.close()
        self.preview.close()

    def onPlanButton(self):
        """Show what would happen; nothing is written."""
        self.applying.plan()

    def onApplyButton(self):
        """Start the run of what is ticked."""
        self.applying.apply()

    def onTrialButton(self):
        """Run the first ticked patients into folders of their own."""
        self.applying.tryOut()

    def onPreviewButton(self):
        """Show the selected series before and after."""
        row = self.view.table.current()
        if row is not None and self._canRun():
            self.preview.open(row)

    def onCancelButton(self):
        """Ask the run to stop after what it is doing."""
        self.view.showStopping()
        self._worker.cancel()

    def _startRun(self, request, isMeant):
        problems = self.form.wrongIn(request, self._parameterNode)
        if not problems and isMeant() and self._canRun():
            return self.applying.redo(request)
        return problems[0].message if problems else ""

    def _setParameterNode(self, node):
        """Show and follow the options of one node, or of none."""
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._guiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._checkRequest)
        self._parameterNode = node
        if node is not None:
            self.form.mend(node)
            self._guiTag = node.connectParametersToGui(self.form.bound())  # connectGui keeps its tag to itself
            self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._checkRequest)
            self._checkRequest()

    def _onPath(self):
        """Forget a plan that was made for other paths."""
        if self._worker is None:
            self.applying.forget()
            self.review.forget()
        self._checkRequest()

    def _keepChoices(self):
        """Put what the user chose into the scene."""
        if self._parameterNode is not None:
            for name, value in self.form.choices().items():
                setattr(self._parameterNode, name, value)

    def _onSceneStartClose(self, caller, event):
        self.preview.close()
        self.scene.forget()
        self._setParameterNode(None)

    def _onSceneEndClose(self, caller, event):
        if self.parent.visible:
            self.initializeParameterNode()

    def _checkRequest(self, *_arguments):
        """Say at once what is missing or wrong; Apply and Show plan can be pressed only when nothing is."""
        if self._parameterNode is None:
            return
        self.form.showOptions(self._parameterNode)
        problems = self.form.wrongIn(self.request(), self._parameterNode, isMapRequired=True)
        isIdle = self._worker is None and not self.review.isBusy
        self.review.setIdle(isIdle, isIdle and not problems)
        self.form.setEnabled(isIdle)
        self.view.setReady(isIdle and not problems)
        self.ui.planButton.enabled = isIdle and not [each for each in problems if each.field not in ("output", "scene")]
        self._checkTable()
        self.preview.follow()

    def _checkTable(self):
        """Offer what can be done with the table's rows."""
        row = self.view.table.current()
        self.ui.previewButton.enabled = row is not None and bool(row.folder) and self.ui.planButton.enabled
        self.view.offer()
        self.view.showForecast(self.ui.outputPath.currentPath, self.ui.workersSpin.value)

    def _canRun(self):
        """Ask for what Slicer does not bring, on first use; say why it cannot go on."""
        return self.view.canRun(lambda: self.logic.ensureRequirements(self.resourcePath("requirements.txt")))

    def _start(self, arguments, task):
        from SlicerDeidWidgets.worker import Worker

        self._worker = Worker(self.view.showEvent, self.view.showSentence, self._onFinished, self.logic.program)
        self.view.begin(task)
        self._checkRequest()
        self._worker.start(arguments)

    def _onFinished(self, outcome):
        self._worker = None
        self.view.showOutcome(outcome)
        self._checkRequest()
        if self.view.table.rows:
            self.preview.prepare()
        if outcome.isAnyHeld:
            self.review.showWaiting()
        self.applying.goOn(outcome)


class SlicerDeidLogic(ScriptedLoadableModuleLogic):
    """The module without its panel.

    ::

        logic = SlicerDeidLogic()
        outcome = logic.run(logic.newRequest(inputPath, outputPath, mapPath=mapPath))
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

        options = {name: str(value) if name.endswith("Path") else value for name, value in options.items()}
        return RunRequest(str(inputPath), str(outputPath), **options)

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
        """De-identify headers only and return the ``Outcome``; heads stay recognisable, the files are marked so."""
        options |= {"mapPath": mapPath, "policy": policy, "deface": "none", "text": "off"}
        return self.run(self.newRequest(inputPath, outputPath, **options))

    def defaceVolume(self, volumeNode, method="surface+face", depth=8.0, airValue=None, kind=""):
        """Deface a loaded head in CT or MR; return the new volume node and the segmentation of what was replaced.

        ``kind`` is ``"CT"``, ``"MR"``, or empty for what the node or its values say.

        Raises
        ------
        ValueError
            If the volume cannot be used.
        SlicerDeidLib.DeidError
            If it cannot be defaced safely; nothing is added to the scene.
        """
        from SlicerDeidWidgets import volumes

        defaced = volumes.deface(volumes.loadedFrom(volumeNode, kind), method, depth, airValue)
        return volumes.addDefaced(volumeNode, defaced)

    def maskText(self, volumeNode, airValue=None):
        """Mask small bright objects outside the head of a loaded CT; return the new volume node and their number."""
        from SlicerDeidWidgets.volumes import addTextMasked

        return addTextMasked(volumeNode, airValue)


class SlicerDeidTest(ScriptedLoadableModuleTest):
    """The self test inside Slicer, on what the program makes itself; see ``SlicerDeidWidgets.selftest``."""

    def setUp(self):
        slicer.mrmlScene.Clear()
        packaging = importlib.import_module("slicer.packaging")
        requirements = Path(slicer.util.modulePath("SlicerDeid")).parent / "Resources" / "requirements.txt"
        if not all(map(packaging.pip_check, packaging.load_requirements(requirements))):
            self.skipTest("Python packages are missing: press Apply once in the module and let it install them.")

    def runTest(self):
        """Run all tests."""
        for test in (self.test_WholeRun, self.test_Preview, self.test_LoadedVolume, self.test_Scene):
            self.setUp()
            self.delayDisplay(test.__doc__)
            test()
            self.delayDisplay("Test passed")

    def test_WholeRun(self):
        """A made study goes in, a de-identified one comes out."""
        importlib.import_module("SlicerDeidWidgets.selftest").wholeRun(SlicerDeidLogic())

    def test_Preview(self):
        """The panel plans a made study and shows its series before and after."""
        panel = slicer.modules.slicerdeid.widgetRepresentation().self()
        importlib.import_module("SlicerDeidWidgets.selftest").preview(panel)

    def test_LoadedVolume(self):
        """A made head that is loaded loses its face and keeps its brain."""
        importlib.import_module("SlicerDeidWidgets.selftest").loadedVolume(SlicerDeidLogic())

    def test_Scene(self):
        """What a scene tells of a patient is found, taken out and put back."""
        importlib.import_module("SlicerDeidWidgets.selftest").scene()
