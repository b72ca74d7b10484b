"""Layout of scripts/signwild: packages import in one direction, stages are the rule files, no package contains code."""

import ast
from pathlib import Path

import pytest
from places import ROOT

LIBRARY = ROOT / "scripts/signwild"

PACKAGES = ["base", "cli", "video", "drawing", "configuration", "predictions", "exported", "keys", "demo", "stages"]
PACKAGES += ["annotation", "plan", "upkeep", "api"]
"""From the one that imports no other to those that may import all before them."""

STAGES = ["weights", "dataset", "download", "alignment", "resample", "streams", "features", "faces", "descriptors"]
STAGES += ["segments", "training", "classification", "detector", "detection", "statistics", "tables", "signers"]
STAGES += ["learning_curve", "illustration", "figures", "tracking", "report", "takedown"]
"""The same within ``stages``: the order of the workflow, but for takedown, which knows them all."""

PROGRAMS = {path.stem for path in (ROOT / "scripts").glob("*.py")}

MODULES = sorted(path for path in LIBRARY.rglob("*.py") if path.name != "__init__.py")


def place(module: str) -> tuple[int, int]:
    """Return a module's place in the order of imports; ``module``: its dotted name below signwild."""
    package, _, rest = module.partition(".")
    return PACKAGES.index(package), STAGES.index(rest.partition(".")[0]) if package == "stages" else 0


def name_of(path: Path) -> str:
    """Return the dotted name of a module below signwild."""
    return ".".join(path.relative_to(LIBRARY).with_suffix("").parts)


def imported(code: str) -> set[str]:
    """Return the project's modules, packages and programs that code imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names |= {f"{base}.{alias.name}" if is_module(f"{base}.{alias.name}") else base for alias in node.names}
    return {name.removeprefix("signwild.") for name in names if name.split(".")[0] in {"signwild", "", *PROGRAMS}}


def is_module(name: str) -> bool:
    return (LIBRARY.parent / f"{name.replace('.', '/')}.py").is_file()


def wrong_imports(module: str, code: str) -> list[str]:
    """Return the imports of a module that are not of a module at or below its place, by their full names."""
    allowed = {name_of(path) for path in MODULES if place(name_of(path)) <= place(module)}
    return sorted(imported(code) - allowed)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_down_one_list(path: Path) -> None:
    assert not wrong_imports(name_of(path), path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        "from signwild.plan.run import Plan",
        "from signwild.plan import run",
        "from signwild import plan",
        "from signwild.stages import report",
        "from signwild.stages.report.tables import shown",
        "import signwild.plan.run",
        "from . import labels",
        "from ..report import tables",
        "import verify_results",
        "from verify_results import verify_results",
    ],
)
def test_every_form_of_a_wrong_import_is_seen(line: str) -> None:
    assert wrong_imports("stages.dataset.labels", f"def late():\n    {line}\n")
    assert not wrong_imports("stages.dataset.labels", "import numpy\nfrom signwild.base.files import read_table\n")


def test_packages_and_stages_are_those_that_there_are() -> None:
    packages = {path.parent.name for path in LIBRARY.glob("*/__init__.py")}
    packages |= {path.stem for path in LIBRARY.glob("*.py")}
    packages.remove("__init__")
    assert packages == set(PACKAGES)
    assert len(packages) <= 15
    stages = {path.parent.name for path in LIBRARY.glob("stages/*/__init__.py")}
    assert stages == set(STAGES)
    # The detector for any video is not a stage of the workflow.
    assert {path.stem for path in (ROOT / "rules").glob("*.smk")} - {"common"} == stages - {"detector"}


def test_no_package_is_too_large_and_none_holds_code() -> None:
    for init in LIBRARY.rglob("__init__.py"):
        names = {path.stem for path in init.parent.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
        assert len(names - {"__init__", "__pycache__"}) <= 28, init.parent
        body = ast.parse(init.read_text(encoding="utf-8")).body
        assert len(body) == 1, f"{init}: holds code, which every module below it would depend on"
        assert isinstance(body[0], ast.Expr), init
        assert isinstance(body[0].value.value, str), init


def test_no_module_imports_itself_by_way_of_others() -> None:
    # `python -m` would run it as the program and import it again by its name.
    imports = {name_of(path): imported(path.read_text(encoding="utf-8")) for path in MODULES}
    for module in imports:
        reached, waiting = set(), list(imports[module])
        while waiting:
            name = waiting.pop()
            if name in imports and name not in reached:
                reached.add(name)
                waiting += imports[name]
        assert module not in reached
