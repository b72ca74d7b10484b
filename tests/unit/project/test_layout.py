"""The map of scripts/signwild: packages import in one direction, stages are the rule files, no package holds code."""

import ast
from pathlib import Path

import pytest
from places import ROOT

LIBRARY = ROOT / "scripts/signwild"

PACKAGES = ["base", "video", "drawing", "configuration", "predictions", "exported", "keys", "demo", "stages", "plan"]
PACKAGES += ["upkeep", "api"]
"""From the one that imports no other to those that may import all before them."""

STAGES = ["weights", "dataset", "download", "alignment", "resample", "streams", "features", "faces", "descriptors"]
STAGES += ["segments", "training", "classification", "detector", "detection", "statistics", "tables", "illustration"]
STAGES += ["figures", "tracking", "report", "takedown"]
"""The same within ``stages``: the order of the workflow, but for takedown, which knows them all."""

MODULES = sorted(path for path in LIBRARY.rglob("*.py") if path.name != "__init__.py")


def place(module: str) -> tuple[int, int]:
    """Where a module stands in the order of imports; ``module``: its dotted name below signwild."""
    package, _, rest = module.partition(".")
    return PACKAGES.index(package), STAGES.index(rest.partition(".")[0]) if package == "stages" else 0


def name_of(path: Path) -> str:
    """The dotted name of a module below signwild."""
    return ".".join(path.relative_to(LIBRARY).with_suffix("").parts)


def imported(path: Path) -> set[str]:
    """The modules of signwild that a file imports, anywhere in its code, by their dotted names below signwild."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("signwild."):
            base = node.module.removeprefix("signwild.")
            names |= {f"{base}.{alias.name}" if is_module(f"{base}.{alias.name}") else base for alias in node.names}
    return names


def is_module(name: str) -> bool:
    return (LIBRARY / f"{name.replace('.', '/')}.py").is_file()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_down_one_list(path: Path) -> None:
    above = [name for name in imported(path) if place(name) > place(name_of(path))]
    assert not above, f"{name_of(path)} imports {', '.join(above)}"


def test_imports_are_seen_by_this_test() -> None:
    assert "stages.resample.decoding" in imported(LIBRARY / "stages/resample/resample_videos.py")
    in_order = ["base.files", "stages.dataset.labels", "stages.report.write_report", "plan.run"]
    assert sorted(in_order, key=place) == in_order


def test_packages_and_stages_are_those_that_there_are() -> None:
    packages = {path.stem for path in LIBRARY.iterdir() if path.stem not in ("__init__", "__pycache__")}
    assert packages == set(PACKAGES)
    assert len(packages) <= 15
    stages = {path.name for path in (LIBRARY / "stages").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert stages == set(STAGES)
    # What finds signing in any video is no stage of the workflow.
    assert {path.stem for path in (ROOT / "rules").glob("*.smk")} - {"common"} == stages - {"detector"}


def test_no_package_is_too_large_and_none_holds_code() -> None:
    for init in LIBRARY.rglob("__init__.py"):
        names = {path.stem for path in init.parent.iterdir() if path.suffix == ".py" or path.is_dir()}
        assert len(names - {"__init__", "__pycache__"}) <= 28, init.parent
        body = ast.parse(init.read_text(encoding="utf-8")).body
        assert len(body) == 1, f"{init}: holds code, which every module below it would depend on"
        assert isinstance(body[0], ast.Expr), init
        assert isinstance(body[0].value.value, str), init
