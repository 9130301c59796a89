# SPDX-License-Identifier: Apache-2.0
"""The extension's files: CMake configures them, nothing is left out, the catalog entry is what the index takes."""

from __future__ import annotations

import ast
import json
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[3]
MODULE = REPOSITORY / "SlicerDeid"
STUB = REPOSITORY / "Testing" / "Bench" / "cmake"
GENERATED = {"__pycache__"}
BUNDLED = {
    "numpy",
    "scipy",
    "pydicom",
    "pillow",
    "simpleitk",
    "highdicom",
    "pyjpegls",
    "requests",
    "packaging",
}  # Slicer 5.12
CATEGORIES = {"DICOM", "Informatics", "Neuroimaging", "Utilities"}  # of the index, those that could be ours


@pytest.fixture(scope="module")
def arguments(tmp_path_factory):
    """What the extension's CMake files hand to Slicer's macros: lines of name, key, value."""
    build = tmp_path_factory.mktemp("build")
    true = shutil.which("true")
    compilers = [f"-DCMAKE_{c}_COMPILER{end}" for c in ("C", "CXX") for end in (f"={true}", "_FORCED=ON")]
    command = ["cmake", "-S", str(REPOSITORY), "-B", str(build), "-G", "Unix Makefiles", f"-DCMAKE_MAKE_PROGRAM={true}"]
    command += [*compilers, f"-DSlicer_DIR={STUB}", "-Wno-dev"]  # nothing is compiled
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    lines = (build / "deid-arguments.txt").read_text(encoding="utf-8").splitlines()
    return [line.split(" ", 2) for line in lines]


def listed(arguments, key):
    return {Path(value) for name, its_key, value in arguments if (name, its_key) == ("SlicerDeid", key)}


def in_tree(*folders):
    files = (path for folder in folders for path in (MODULE / folder).rglob("*"))
    return {p.relative_to(MODULE) for p in files if p.is_file() and not GENERATED & set(p.parts) and p.suffix != ".pyc"}


def test_every_python_file_is_installed(arguments):
    wanted = {p for p in in_tree("SlicerDeidLib", "SlicerDeidWidgets") if p.suffix == ".py"}
    assert listed(arguments, "SCRIPTS") == wanted | {Path("SlicerDeid.py")}


def test_every_data_file_is_installed(arguments):
    wanted = {p for p in in_tree("Resources", "SlicerDeidLib") if p.suffix != ".py"}
    assert listed(arguments, "RESOURCES") == wanted
    assert {"Resources/UI/SlicerDeid.ui", "Resources/requirements.txt", "Resources/Icons/SlicerDeid.png"} <= {
        p.as_posix() for p in wanted
    }


def test_the_extension_is_named_as_its_catalog_entry(arguments):
    values = {key: value for name, key, value in arguments if name == "extension"}
    assert (REPOSITORY / "Resources" / f"{values['NAME']}.json").is_file()
    assert not values["NAME"].startswith("Slicer")
    assert values["CATEGORY"] in CATEGORIES
    assert values["PACKAGED"] == "yes"
    assert ["unittest", "SCRIPT", str(MODULE / "SlicerDeid.py")] in arguments


def test_pictures_named_in_the_metadata_are_in_the_repository(arguments):
    values = {key: value for name, key, value in arguments if name == "extension"}
    for address in (values["ICONURL"], *values["SCREENSHOTURLS"].split()):
        assert (REPOSITORY / address.split("/main/", 1)[1]).is_file()


def test_the_catalog_entry_is_what_the_index_takes():
    entry = json.loads((REPOSITORY / "Resources" / "Deid.json").read_text(encoding="utf-8"))
    required = {"$schema", "category", "scm_url"}
    optional = {"scm_revision", "build_dependencies", "build_subdirectory", "enabled", "tier", "dicom_support_rule"}
    assert required <= set(entry) <= required | optional
    assert re.search(r"slicer-extension-catalog-entry-schema-v1\.0\.2\.json#$", entry["$schema"])
    assert entry["category"] in CATEGORIES
    assert entry["scm_url"].startswith("https://")
    assert entry["tier"] in range(1, 6)


@pytest.mark.parametrize("place", ["SlicerDeid.png", "SlicerDeid/Resources/Icons/SlicerDeid.png"])
def test_the_icon_has_the_size_of_an_icon(place):
    data = (REPOSITORY / place).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (128, 128)


def test_requirements_move_no_package_that_slicer_brings():
    lines = (MODULE / "Resources" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert requirements
    for each in requirements:
        assert each.name.lower() not in BUNDLED
        assert {specifier.operator for specifier in each.specifier} == {">="}


def test_requirements_and_what_slicer_brings_are_all_the_library_needs():
    import tomllib

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["text"]]
    needed = {Requirement(line).name.lower() for line in lines}
    lines = (MODULE / "Resources" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = {Requirement(line).name.lower() for line in lines if line and not line.startswith("#")}
    assert needed - BUNDLED == asked


def test_the_module_file_imports_nothing_but_slicer_at_file_scope():
    tree = ast.parse((MODULE / "SlicerDeid.py").read_text(encoding="utf-8"))
    imported = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    assert imported <= set(sys.stdlib_module_names) | {"slicer", "vtk", "qt", "ctk"}


@pytest.mark.parametrize("path", sorted((MODULE / "SlicerDeidWidgets").glob("*.py")), ids=lambda p: p.name)
def test_the_widgets_import_the_library_inside_functions_only(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None) or ""]
        assert not any(name.startswith("SlicerDeidLib") for name in names)


def test_loading_the_module_imports_no_library_and_installs_nothing():
    code = (
        "import sys; from Bench.boot import boot, MODULE_FILE; s = boot();"
        "from Bench.application import load_scripted_module;"
        "s.packaging.pip_ensure = None;"
        "load_scripted_module(s, MODULE_FILE);"
        "print([m for m in sys.modules if m.split('.')[0] in ('SlicerDeidLib', 'pydicom', 'skimage', 'SimpleITK')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY / "Testing", capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip().splitlines()[-1] == "[]"


def test_nothing_is_promised_that_was_not_measured():
    sources = [REPOSITORY / "CMakeLists.txt", MODULE / "SlicerDeid.py", MODULE / "Resources" / "UI" / "SlicerDeid.ui"]
    text = "".join(p.read_text(encoding="utf-8") for p in [*sources, *(MODULE / "SlicerDeidWidgets").glob("*.py")])
    assert not re.search(r"anonymous|anonymi|compliant|guarantee|unrecogni|irreversib", text, re.IGNORECASE)


def test_the_module_says_what_slicer_asks_of_every_module(module):
    parent = module.parent
    for name in ("title", "categories", "contributors", "helpText", "acknowledgementText", "icon"):
        assert getattr(parent, name)
    assert not parent.icon.isNull()


def test_the_readme_names_the_module_as_slicers_menu_does(module):
    place = f"*{module.parent.categories[0]} > {module.parent.title}*"
    assert place in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_the_panel_keeps_no_history_of_paths():
    text = (MODULE / "Resources" / "UI" / "SlicerDeid.ui").read_text(encoding="utf-8")
    assert text.count('class="ctkPathLineEdit"') == text.count('name="showHistoryButton"') == 9
    assert "settingKey" not in text
    sources = [MODULE / "SlicerDeid.py", *(MODULE / "SlicerDeidWidgets").glob("*.py")]
    assert not any("addCurrentPathToHistory" in p.read_text(encoding="utf-8") for p in sources)
