# SPDX-License-Identifier: Apache-2.0
"""README and manual hold what the program does: commands exist, tables are the policy's, words are measured."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from ctseries import make_patient
from openpyxl import Workbook
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse

REPOSITORY = Path(__file__).resolve().parents[2]
README = REPOSITORY / "README.md"
MANUAL = sorted((REPOSITORY / "Resources" / "Manual").glob("*.md"))
PAGES = [README, *MANUAL]
LIBRARY = REPOSITORY / "SlicerDeid"

# what may not be said of the program: nobody measured it
FORBIDDEN = re.compile(r"\banonymous|\bcompliant|\bguarantee|\bunrecogni[sz]able|\birreversibl", re.IGNORECASE)

QUICK = ["--deface", "none", "--text", "off"]  # what a command does to pixels has tests of its own


def shell_lines(text: str) -> list[str]:
    """Commands in README's fenced blocks, continuation lines joined, comments and prompts taken off."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    spoken = [block for language, block in blocks if language in ("", "sh", "bash", "shell", "console")]
    lines = "\n".join(spoken).replace("\\\n", " ").split("\n")
    return [line.removeprefix("$ ").split("  #")[0].strip() for line in lines if line.strip() and line[0] != "#"]


def commands_of(page: Path, program: str) -> list[list[str]]:
    return [shlex.split(line) for line in shell_lines(page.read_text(encoding="utf-8")) if line.startswith(program)]


def anchors_of(page: Path) -> set[str]:
    """The names by which the headings of a page can be linked to, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def help_of(*words: str) -> str:
    process = subprocess.run(
        [sys.executable, "-m", "SlicerDeidLib", *words, "--help"],
        cwd=LIBRARY,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert process.returncode == 0, f"slicerdeid {' '.join(words)} --help fails"
    return process.stdout


def strings_of(path: Path) -> str:
    """All text of a file that a user may see: for Python its string literals, else everything."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    nodes = ast.walk(ast.parse(text))
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def spoken_files() -> list[Path]:
    suffixes = {".py", ".toml", ".ui", ".txt", ".md", ".cff"}
    tops = [README, REPOSITORY / "pyproject.toml", REPOSITORY / "CITATION.cff", REPOSITORY / "CMakeLists.txt"]
    below = [p for folder in ("SlicerDeid", "Resources") for p in sorted((REPOSITORY / folder).rglob("*"))]
    # what headers and folders may say, not what we say
    words = {"placeholders.py", "vocabulary.py", "folder_words.txt"}
    return tops + [p for p in below if (p.suffix in suffixes or p.name == "Deid.json") and p.name not in words]


def test_readme_begins_with_the_two_commands_of_a_newcomer() -> None:
    lines = shell_lines(README.read_text(encoding="utf-8"))
    assert lines[:2] == ["python3 Testing/setup.py demo", "python3 Testing/setup.py test"]


def test_ci_runs_the_test_command_of_readme_as_it_stands() -> None:
    assert "\npython3 Testing/setup.py test" in (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")


def test_every_command_and_option_that_is_shown_exists() -> None:
    commands = [words for page in PAGES for words in commands_of(page, "slicerdeid")]
    assert commands_of(README, "slicerdeid")
    for _, *words in commands:
        verbs = [word for word in words[:1] if not word.startswith("-")]
        shown = help_of(*verbs)
        options = [word.split("=")[0] for word in words if word.startswith("--")]
        assert not [option for option in options if not re.search(rf"{re.escape(option)}\b", shown)]


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folder and list as the demo makes them, of smaller patients, in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    workbook = Workbook()
    workbook.active.append(["Accession_number", "De-identification_ID"])
    for number, folder in enumerate(("ACC0012345", "ACC0067890"), 1):
        make_patient(tmp_path / "slicerdeid-demo" / "in", folder, number=number)
        workbook.active.append([folder, f"HEAD-{number:03}"])
    workbook.save(tmp_path / "slicerdeid-demo" / "map.xlsx")


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_the_demo_work_in_the_order_in_which_they_are_shown(page: Path) -> None:
    for _, *words in commands_of(page, "slicerdeid"):
        if words[0] not in ("plan", "run", "review", "audit"):
            continue
        settings = [word for word in words if word not in ("--depth", "10")]
        assert execute(parse([*settings, *(QUICK if words[0] == "run" else [])])) == 0, words


def test_every_script_that_is_shown_exists() -> None:
    scripts = [words[1] for page in PAGES for words in commands_of(page, "python") if words[1].endswith(".py")]
    assert scripts
    assert all((REPOSITORY / script).is_file() for script in scripts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_local_link_leads_to_a_page_and_a_heading_of_it(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", page.read_text(encoding="utf-8"))
    local = [a or b for a, b in links if "://" not in (a or b) and not (a or b).startswith("mailto:")]
    parts = [
        (page.parent / name if name else page, anchor) for name, _, anchor in (link.partition("#") for link in local)
    ]
    assert not [target.name for target, _ in parts if not target.exists()]
    assert not [anchor for target, anchor in parts if anchor and anchor not in anchors_of(target)]


def test_readme_leads_to_every_page_of_the_manual() -> None:
    text = README.read_text(encoding="utf-8")
    assert MANUAL
    assert not [page.name for page in MANUAL if f"](Resources/Manual/{page.name})" not in text]


def test_the_rule_table_in_readme_is_what_the_policy_says() -> None:
    from SlicerDeidLib.policies.describe import markdown_table
    from SlicerDeidLib.policies.load import read_policy

    table = markdown_table(read_policy("research")).strip()
    assert table.count("\n") > 5
    assert table in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", spoken_files(), ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_no_word_promises_what_was_not_measured(path: Path) -> None:
    found = FORBIDDEN.findall(strings_of(path))
    assert not found
