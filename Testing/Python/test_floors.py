# SPDX-License-Identifier: Apache-2.0
"""Size limits, the one broad except, and where an import may stand inside a function.

Who may import whom is a contract of import-linter in pyproject.toml; ``Testing/check.py imports`` runs it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "SlicerDeid"
LIBRARY = SOURCES / "SlicerDeidLib"
FILES = sorted(SOURCES.rglob("*.py"))
LIBRARY_FILES = sorted(LIBRARY.rglob("*.py"))

MOST_LINES = 400
MOST_FUNCTION_LINES = 60
FORBIDDEN_NAMES = re.compile(r"utils?|helpers?|common|misc|manager|processor|data2", re.IGNORECASE)
OTHER_WORDS = re.compile(r"anonymi[sz]e|scrub", re.IGNORECASE)  # the acts are called de-identify, deface, redact

ANYTHING = re.compile("")
LATE_IMPORTS = {  # whose business it is to import at first use, and what
    "__init__.py": ANYTHING,  # public names are resolved lazily
    "__main__.py": ANYTHING,  # a command imports its rooms inside that command
    "formats/registry.py": ANYTHING,
    "pixels/registry.py": ANYTHING,
    "pipeline/series.py": re.compile(
        r"SlicerDeidLib\.(formats\.dicom\.pixels|pipeline\.(repetitions|stacks|texts|regions))$"
    ),  # as voxels.py
    "pipeline/heads.py": re.compile(r"SlicerDeidLib\.pipeline\.lending$"),  # as voxels.py
    "pipeline/masks.py": re.compile(r"SlicerDeidLib\.pixels\."),  # as voxels.py
    "pipeline/texts.py": re.compile(r"SlicerDeidLib\.pixels\."),  # what is not asked for is not imported
    "pipeline/voxels.py": re.compile(r"SlicerDeidLib\.pixels\."),  # a header-only run must not import scipy
    "pipeline/byproducts.py": re.compile(r"SlicerDeidLib\.pipeline\.(masksegs|niftis|pictures)$"),  # as voxels.py
    "pipeline/executors.py": re.compile(r"concurrent\.futures$"),  # only where there is more than one process
}
HEAVY = {  # packages that cost a light command more than it needs: late anywhere
    "SimpleITK",
    "gdcm",
    "highdicom",
    "jpeg_ls",
    "nibabel",
    "nnunetv2",
    "omegaconf",
    "onnxruntime",
    "openjpeg",
    "openpyxl",
    "pebble",
    "pydicom",
    "pytesseract",
    "rapidocr",
    "rich",
    "scipy",
    "torch",
    "skimage",
}


def name_of(path: Path) -> str:
    return path.relative_to(SOURCES).as_posix()


@cache  # several sentences are true of each of hundreds of files
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def broad_excepts(tree: ast.AST) -> Iterator[int]:
    """Line numbers of ``except``, ``except Exception`` and ``suppress(Exception)``, alone or in a tuple."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        elif isinstance(node, ast.Call) and "suppress" in ast.dump(node.func):
            caught = node.args
        else:
            continue
        if any(kind is None or ast.unparse(kind).split(".")[-1] in {"Exception", "BaseException"} for kind in caught):
            yield node.lineno


def late_imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and module of every import inside a function."""
    for function in functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.lineno, node.module or "."


def may_be_late(file: str, module: str) -> bool:
    if file.startswith("commandline/") or module.split(".")[0] in HEAVY:
        return True
    return file in LATE_IMPORTS and LATE_IMPORTS[file].match(module) is not None


def test_there_is_a_library_to_look_at() -> None:
    assert len(LIBRARY_FILES) > 20


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_file_is_longer_than_400_lines_and_no_function_than_60(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MOST_LINES
    long = [node.name for node in functions(tree_of(path)) if node.end_lineno - node.lineno + 1 > MOST_FUNCTION_LINES]
    assert not long


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_begins_with_its_licence_and_its_caption(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# SPDX-License-Identifier: Apache-2.0\n")
    tree = tree_of(path)
    caption = (ast.get_docstring(tree) or "").split("\n")[0]
    assert len(caption) > 10


def test_there_is_exactly_one_broad_except_and_it_stands_in_the_way_of_one_series() -> None:
    found = [name_of(path) for path in FILES for _ in broad_excepts(tree_of(path))]
    assert found == ["SlicerDeidLib/pipeline/series.py"]


@pytest.mark.parametrize("path", LIBRARY_FILES, ids=name_of)
def test_imports_stand_at_the_top(path: Path) -> None:
    name = path.relative_to(LIBRARY).as_posix()
    late = [f"line {line}: {module}" for line, module in late_imports(tree_of(path)) if not may_be_late(name, module)]
    assert not late


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_names_say_what_a_thing_is(path: Path) -> None:
    assert not any(FORBIDDEN_NAMES.fullmatch(word) for word in path.stem.split("_"))
    kinds = ast.FunctionDef | ast.ClassDef
    defined = [node.name for node in ast.walk(tree_of(path)) if isinstance(node, kinds)]
    assert not [name for name in defined if OTHER_WORDS.search(name) or FORBIDDEN_NAMES.fullmatch(name.strip("_"))]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_is_left_for_later(path: Path) -> None:
    left = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert not [n for n, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1) if left.search(line)]
    raised = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Raise) and node.exc is not None]
    assert not [node.lineno for node in raised if "NotImplementedError" in ast.unparse(node.exc)]


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("try: pass\nexcept: pass", 1),
        ("try: pass\nexcept (OSError, Exception): pass", 1),
        ("try: pass\nexcept builtins.BaseException: pass", 1),
        ("with suppress(Exception): pass", 1),
        ("with contextlib.suppress(OSError): pass", 0),
        ("try: pass\nexcept (OSError, ValueError): pass", 0),
    ],
)
def test_a_broad_except_is_seen_in_every_form(code: str, count: int) -> None:
    assert len(list(broad_excepts(ast.parse(code)))) == count
