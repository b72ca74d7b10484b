"""Digests of code: which edits change them and which do not, on copies of scripts."""

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from places import SCRIPTS

from signwild.base.digests import file_sha256, result_key

DIGEST = "import sys; from signwild.base.digests import code_digest; print(*map(code_digest, sys.argv[1:]), sep='\\n')"

SYNTAX = """
class Made(list):
    def show(self, *, width=3, **rest):
        return f"{self[0]:>{width}}" + f"{rest}"
"""

LOADERS = {
    "import_module",
    "spec_from_file_location",
    "__import__",
    "exec",
    "eval",
    "run_path",
    "run_module",
    "modules",
}

MADE = {
    "program.py": '"""A program."""\n\nimport argparse\n\nfrom lib import tools\nfrom lib.top import value\n\n\n'
    'def work():\n    """Work."""\n    from lib.late import later\n\n    return tools.add(value, later())  # sum\n',
    "other.py": "print(1)\n",
    "lib/__init__.py": '"""A library."""\n',
    "lib/top.py": "value = 1\n",
    "lib/late.py": "from . import deep\n\n\ndef later():\n    return deep.deep\n",
    "lib/deep.py": "from .deeper.deepest import deep\n",
    "lib/deeper/__init__.py": "",
    "lib/deeper/deepest.py": "from ..root import deep\n",
    "lib/root.py": "deep = 3\n",
    "lib/tools.py": "import lib.dotted\n\n\ndef add(a, b):\n    return a + b + lib.dotted.one\n",
    "lib/dotted.py": "one = 1\n",
    "lib/unused.py": "two = 2\n",
}


class Code:
    """A folder of scripts to edit, and its digests by a new process each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def digests(self, *names: str) -> list[str]:
        """Return the digests of programs or modules."""
        environment = {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", DIGEST, *names]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text in a file."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        (self.folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def made(tmp_path) -> Code:
    """A small program with its own library."""
    for name, text in MADE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "signwild/base").mkdir(parents=True)
    for name in ("__init__.py", "base/__init__.py", "base/digests.py", "base/project.py"):
        shutil.copy(SCRIPTS / "signwild" / name, tmp_path / "signwild" / name)
    return Code(tmp_path)


@pytest.fixture
def shipped(tmp_path) -> Code:
    """A copy of the project's scripts."""
    return Code(shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__")))


def test_files_that_no_program_imports_may_be_broken(shipped: Code) -> None:
    """Editors and disks leave such files; reading all code beforehand passes over them."""
    before = shipped.digests("run_workflow")
    (shipped.folder / "signwild/base/.#files.py").symlink_to("nowhere")
    (shipped.folder / "signwild/base/half.py").write_text("def half(")
    (shipped.folder / "signwild/base/._files.py").write_bytes(b"\xff\xfe")
    (shipped.folder / "signwild/unread.py").mkdir()
    environment = {"PYTHONPATH": str(shipped.folder), "PYTHONDONTWRITEBYTECODE": "1"}
    reading = "from signwild.base.digests import read_all_code; read_all_code()"
    done = subprocess.run([sys.executable, "-c", reading], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert shipped.digests("run_workflow") == before


def test_what_is_no_code_changes_nothing(made):
    before = made.digests("program")
    later = time.time() + 100
    os.utime(made.folder / "program.py", (later, later))
    made.edit("program.py", "  # sum", "  # the sum of all")
    made.edit("program.py", '"""Work."""', '"""Work, and more."""')
    made.edit("program.py", '"""A program."""', '"""The\nprogram."""\n')
    made.edit("program.py", "tools.add(value, later())", "(\n        tools.add( value,later() )\n    )")
    made.edit("lib/__init__.py", '"""A library."""', "")
    made.edit("lib/top.py", "value = 1", 'value = 1\n"""What a value is."""')
    assert made.digests("program") == before


def test_every_version_of_python_gives_the_same_digest(made):
    (made.folder / "syntax.py").write_text(SYNTAX)
    assert made.digests("syntax") == ["6a648bfc780261b40708"]


def test_an_edit_of_the_program_itself_counts(made):
    before = made.digests("program")
    made.edit("program.py", "(value, later())", "(later(), value)")
    assert made.digests("program") != before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("lib/top.py", "1", "2"),  # from lib.top import value
        ("lib/tools.py", "+ b", "- b"),  # from lib import tools
        ("lib/dotted.py", "1", "2"),  # import lib.dotted, in an imported module
        ("lib/late.py", "return", "return 1 +"),  # imported inside a function
        ("lib/deep.py", "deep\n", "deep\nx = 1\n"),  # from . import deep
        ("lib/deeper/deepest.py", "deep\n", "deep\nx = 1\n"),  # from .deeper.deepest import deep
        ("lib/root.py", "3", "4"),  # from ..root import deep
        ("lib/__init__.py", '"""A library."""', "x = 1"),  # runs when lib.top is imported
        ("lib/deeper/__init__.py", "", "x = 1"),
    ],
)
def test_an_edit_of_what_is_imported_counts(made, name, old, new):
    before = made.digests("program", "other")
    made.edit(name, old, new)
    program, other = made.digests("program", "other")
    assert program != before[0]
    assert other == before[1]


def test_an_edit_elsewhere_changes_nothing(made):
    before = made.digests("program")
    made.edit("lib/unused.py", "2", "3")
    made.edit("other.py", "1", "2")
    (made.folder / "lib" / "new.py").write_text("x = 1\n")
    assert made.digests("program") == before


def test_a_moved_function_and_a_renamed_module_count(made):
    before = made.digests("program")
    (made.folder / "lib" / "top.py").rename(made.folder / "lib" / "above.py")
    made.edit("program.py", "lib.top", "lib.above")
    assert made.digests("program") != before


def test_edits_of_the_library_reach_the_programs_that_use_it(shipped):
    programs = ["resample.resample_videos", "streams.compute_stream", "features.extract_features"]
    programs += ["training.train_experiment", "tracking.track_runs"]
    names = [f"signwild.stages.{name}" for name in programs]
    edits = {
        "video/sampling": "resample_videos compute_stream extract_features",
        "stages/features/vgg16": "extract_features",  # imported inside a function, when the first video needs it
        # Snakemake reruns what comes after, and makes its temporary input again.
        "stages/streams/flow": "compute_stream",
        "stages/tracking/track_runs": "track_runs",
        "stages/training/trainer": "train_experiment",
    }
    for module, users in edits.items():
        before = shipped.digests(*names)
        path = shipped.folder / "signwild" / f"{module}.py"
        path.write_text(path.read_text(encoding="utf-8") + "\nADDED = 1\n", encoding="utf-8")
        after = shipped.digests(*names)
        changed = {name.rpartition(".")[2] for name, old, new in zip(names, before, after, strict=True) if old != new}
        assert changed == set(users.split()), module


@pytest.mark.parametrize(
    ("distribution", "users"),
    [
        (
            "opencv-contrib-python-headless",
            ["signwild.stages.streams.flow", "signwild.stages.resample.resample_videos"],
        ),
        ("keras", ["signwild.stages.features.extractor", "signwild.stages.training.trainer"]),
        ("tensorflow", ["signwild.stages.features.extractor", "signwild.stages.training.trainer"]),
        ("av", ["signwild.stages.resample.resample_videos"]),
        ("scikit-learn", ["signwild.stages.classification.classifier"]),
        ("tqdm", []),
    ],
)
def test_a_package_counts_where_the_code_computes_with_it(shipped, distribution, users):
    names = [
        "signwild.stages.streams.flow",
        "signwild.stages.resample.resample_videos",
        "signwild.stages.features.extractor",
        "signwild.stages.training.trainer",
        "signwild.stages.classification.classifier",
    ]
    before = shipped.digests(*names)
    # An installed package is a folder that says so; the first on the path is the one that counts.
    folder = shipped.folder / f"{distribution.replace('-', '_')}-99.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 99.0\n")
    after = shipped.digests(*names)
    assert [name for name, old, new in zip(names, before, after, strict=True) if old != new] == users


def test_the_help_of_options_is_in_no_digest(shipped):
    before = shipped.digests("signwild.stages.features.extract_features")
    shipped.edit("signwild/cli/options.py", "name of the run", "the run's name")
    assert shipped.digests("signwild.stages.features.extract_features") == before
    shipped.edit("signwild/cli/signature.py", "MOST_FAULTS = 3", "MOST_FAULTS = 4")
    assert shipped.digests("signwild.stages.features.extract_features") != before


def test_keys_leave_out_the_code_that_only_carries_results(shipped):
    program = "from signwild.base.digests import code_digest, computing_digest as key; names = sys.argv[1:]"
    command = f"import sys; {program}; print(*map(key, names), *map(code_digest, names), sep='\\n')"

    def digests():
        run = [sys.executable, "-c", command, "signwild.stages.features.extractor", "signwild.stages.training.trainer"]
        environment = {"PYTHONPATH": str(shipped.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(run, env=environment, check=True, capture_output=True, text=True).stdout.split()

    before = digests()
    for carrier in ("files", "store", "errors"):
        path = shipped.folder / f"signwild/base/{carrier}.py"
        path.write_text(path.read_text(encoding="utf-8") + "\nADDED = 1\n", encoding="utf-8")
    after = digests()
    assert after[:2] == before[:2]
    assert after[2] != before[2]
    shipped.edit("signwild/stages/features/vgg16.py", "import keras", "import keras\n\nADDED = 1")
    assert [old == new for old, new in zip(after[:2], digests()[:2], strict=True)] == [False, True]


def test_no_module_is_imported_dynamically():
    # What is imported by a name made at run time is in no digest.
    for path in sorted(SCRIPTS.rglob("*.py")):
        assert not dynamic_imports(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    "line",
    [
        "import importlib; importlib.import_module(name)",
        "from importlib import import_module as load; load(name)",
        "from importlib import util; util.spec_from_file_location(name, path)",
        "__import__(name)",
        "exec(text)",
        "import runpy; runpy.run_path(path)",
        "import sys; sys.modules[name]",
    ],
)
def test_a_dynamic_import_is_seen(line):
    assert dynamic_imports(line)


def dynamic_imports(code: str) -> list[str]:
    """Return the lines that load code by a name or path that is made at run time."""
    found = []
    for node in ast.walk(ast.parse(code)):
        names = {
            ast.Name: lambda node: node.id,
            ast.Attribute: lambda node: node.attr,
            ast.alias: lambda node: node.name,
        }.get(type(node), lambda _: "")(node)
        if set(names.split(".")) & LOADERS:
            found.append(ast.unparse(node))
    return found


def test_a_stream_does_not_depend_on_the_other_streams_code(shipped):
    names = [
        "signwild.stages.streams.flow",
        "signwild.stages.streams.mhi",
        "signwild.stages.streams.difference",
        "signwild.stages.resample.resample_videos",
    ]
    before = shipped.digests(*names)
    shipped.edit("signwild/stages/streams/mhi.py", "> parameters", ">= parameters")
    after = shipped.digests(*names)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True, True]


def test_a_key_depends_on_every_part_and_on_nothing_else():
    key = result_key("abc", {"a": 1, "b": 0.5}, ["x"])
    assert len(key) == 20
    assert key == result_key("abc", {"b": 0.5, "a": 1}, ["x"])
    others = [("abd", {"a": 1, "b": 0.5}, ["x"]), ("abc", {"a": 2, "b": 0.5}, ["x"]), ("abc", {"a": 1, "b": 0.5}, [])]
    assert len({key, *(result_key(*parts) for parts in others)}) == 4
    assert result_key("ab", "c") != result_key("a", "bc")


def test_a_files_digest_is_that_of_its_bytes(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * 5000)
    assert file_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()
