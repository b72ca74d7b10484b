"""Identities of code, by what it does, and of results, by what they were made from.

A rule's code digest covers the syntax trees of everything that its program actually imports from the
project, without docstrings, comments, and descriptions of parameters and options. Touching a file, editing
a comment or a git checkout changes nothing; an edit in an imported helper does. The digest also covers the
versions of the installed packages that this code computes with, so a new OpenCV affects the streams but not
the trainings.
"""

import ast
import hashlib
import json
import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from signwild.base.project import SCRIPTS

KEY_LENGTH = 20

CARRIERS = frozenset(
    f"signwild.{name}"
    for name in ("base.digests", "base.errors", "base.files", "base.project", "base.store", "video.notes")
)
"""Modules that carry results but compute none: an edit in them starts jobs, which then find their results stored."""

PARAMETERS = "signwild.configuration.sections"
"""Package of the user's settings. It only carries values, and the values are part of the keys: a new default counts
only where it is used."""

DESCRIPTIONS = {"Field": "description", "add_argument": "help"}
"""Functions, and the argument of each that is text for people, like a docstring."""

TEXTS = frozenset({"signwild.cli.options"})
"""Modules that hold nothing but text for people; they are in no digest."""

STORE_FORMAT = 1
"""Format of the store's files. Raise it when the format changes: every key then changes too."""

TENSORFLOW = ("tensorflow", "tensorflow-cpu")

COMPUTING_PACKAGES = {
    "ai_edge_litert": (("ai-edge-litert",),),
    "av": (("av",),),
    "cv2": (("opencv-contrib-python-headless",),),
    "imageio_ffmpeg": (("imageio-ffmpeg",),),
    "keras": (("keras",), TENSORFLOW),
    "matplotlib": (("matplotlib",),),
    "sklearn": (("scikit-learn",), ("scipy",)),
}
"""Packages whose version affects the results, by import name: the distributions that count, each with the names it may
be installed under. Packages that only carry data (h5py, pandas, pyarrow), communicate (MLflow, requests, yt-dlp) or
check (pydantic) are left out. So is NumPy: its arithmetic is stable; an older release's random draws are as good."""


def result_key(*parts: object) -> str:
    """Return the key of a result: the first 20 hexadecimal digits of a sha256 over ``parts`` as canonical JSON."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def file_sha256(path: Path | str) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal digits."""
    return file_digest(path, "sha256")


def file_digest(path: Path | str, algorithm: str) -> str:
    """Return a digest of a file's bytes, in hexadecimal digits; ``algorithm`` is hashlib's name for it."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


@cache
def code_digest(*names: str) -> str:
    """Return the digest of programs or library modules and all that they import from the project, for a rule.

    The code is read once per process, so an edit while it runs never gives its results the key of other code.
    ``names``: dotted module names below ``scripts/``: ``resample_videos``, ``signwild.stages.streams.flow``.
    """
    return read_code_digest(*names)


@cache
def computing_digest(*names: str) -> str:
    """Return the digest that goes into a result's key: ``code_digest``, but only of the ``computing_modules``."""
    closure = _closure(*names)
    return result_key(STORE_FORMAT, {name: closure[name] for name in computing_modules(*names)})


def computing_modules(*names: str) -> list[str]:
    """Return the modules and packages that a result of these modules depends on, without those that only carry it."""
    return sorted(name for name in _closure(*names) if name not in CARRIERS and not _is_parameters(name))


def _is_parameters(name: str) -> bool:
    return name == PARAMETERS or name.startswith(f"{PARAMETERS}.")


def read_code_digest(*names: str) -> str:
    """Return ``code_digest`` for the code that is on disk now, and the packages that this process started with."""
    return result_key(_closure(*names))


def read_all_code() -> None:
    """Read all modules of the project now: digests in this process and in its forks then only look for changes.

    A file that cannot be read is passed over: it matters only if a program imports it.
    """
    for path in SCRIPTS.rglob("*.py"):
        parts = path.relative_to(SCRIPTS).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        with suppress(OSError, SyntaxError, ValueError):
            text = path.read_text(encoding="utf-8")
            _read_module(".".join(parts[:-1] if is_package else parts), is_package, text)


def _closure(*names: str) -> dict[str, str]:
    closure: dict[str, str] = {}
    for name in names:
        _add_imports(name, closure)
    return closure


def _add_imports(name: str, closure: dict[str, str]) -> None:
    if name in closure or name in TEXTS:
        return
    path = _module_path(name)
    closure[name], imported = _read_module(name, path.name == "__init__.py", path.read_text(encoding="utf-8"))
    for other in imported:
        if other in COMPUTING_PACKAGES:
            closure[other] = package_versions(other)
        else:
            _add_imports(other, closure)


@cache
def package_versions(package: str) -> str:
    """Return the installed versions of the distributions behind one of COMPUTING_PACKAGES."""
    return " ".join(_installed_version(names) for names in COMPUTING_PACKAGES[package])


def _installed_version(names: tuple[str, ...]) -> str:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "none"


@cache
def _read_module(name: str, is_package: bool, text: str) -> tuple[str, tuple[str, ...]]:
    """Return a module's digest, and the project modules and packages that it imports anywhere in its code."""
    tree = ast.parse(text, filename=name)
    nodes = list(ast.walk(tree))
    package = name if is_package else name.rpartition(".")[0]
    imported = {part for node in nodes for part in _imported_names(node, package)}
    imported.update(_parents(name))
    _drop_docstrings(nodes)
    _drop_descriptions(nodes)
    digest = hashlib.sha256(_dump(tree, nodes).encode()).hexdigest()
    packages = {part.partition(".")[0] for part in imported} & COMPUTING_PACKAGES.keys()
    return digest, tuple(sorted(packages.union(part for part in imported if _is_module(part))))


def _imported_names(node: ast.AST, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, node.module] if node.module else above)
        # ``from package import name`` may name a module or a value; values are filtered out later.
        return [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return []


def _parents(name: str) -> list[str]:
    parts = name.split(".")[:-1]
    return [".".join(parts[: end + 1]) for end in range(len(parts))]


def _module_path(name: str) -> Path:
    path = SCRIPTS.joinpath(*name.split("."))
    # A folder without code, such as templates/, may have the name of the module that uses it.
    return path / "__init__.py" if (path / "__init__.py").is_file() else path.with_suffix(".py")


def _is_module(name: str) -> bool:
    return bool(name) and _module_path(name).is_file()


def _drop_docstrings(nodes: list[ast.AST]) -> None:
    """Remove every string that is a statement: docstrings of modules, functions and values."""
    for node in nodes:
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_text(part)] or [ast.Pass()]


def _drop_descriptions(nodes: list[ast.AST]) -> None:
    """Remove the arguments in DESCRIPTIONS that are plain text."""
    for node in nodes:
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            text = DESCRIPTIONS.get(called)
            node.keywords = [part for part in node.keywords if part.arg != text or not _is_string(part.value)]


def _dump(tree: ast.AST, nodes: list[ast.AST]) -> str:
    """Return a tree, of these nodes, as text, the same from Python 3.11 to 3.13; the nodes are changed.

    Python 3.12 adds lists of type parameters, and empty text at the end of a format that has a value in it; 3.13 leaves
    out empty lists unless told not to.
    """
    for node in nodes:
        if getattr(node, "type_params", None) == []:
            del node.type_params
        if isinstance(node, ast.JoinedStr):
            node.values = [part for part in node.values if not (_is_string(part) and part.value == "")]
    return ast.dump(tree, show_empty=True) if sys.version_info >= (3, 13) else ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and _is_string(node.value)


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
