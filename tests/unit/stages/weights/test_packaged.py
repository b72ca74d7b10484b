"""Download of one pinned file from the package index as data, by pip's settings, completely or not at all."""

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_index import Index, know_only, made_index, source_package

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.stages.weights import distribution
from signwild.stages.weights.distribution import fetch_distribution, read_pin, unpack_distribution
from signwild.stages.weights.index_pages import IndexReader
from signwild.stages.weights.pip_settings import PipSettings, read_pip_settings

NAME = "made_weights-1.2.tar.gz"
PAGE = "/simple/made-weights/"
CONTENT = source_package({"made_weights-1.2/setup.py": b"raise SystemExit('foreign code was run')"})


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index with one source package, and a newer one, known without starting pip, which takes a while."""
    with made_index(tmp_path / "index", monkeypatch) as made:
        look_at(monkeypatch, indexes=(made.address,))
        made.add("made-weights", NAME, CONTENT)
        made.add("made-weights", "made_weights-1.3.tar.gz", b"another version")
        yield made


def look_at(patch: pytest.MonkeyPatch, **settings: tuple[str, ...]) -> None:
    """Replace pip's settings."""
    patch.setattr(distribution, "read_pip_settings", lambda: PipSettings(**settings))


@pytest.fixture
def pinned(index: Index, tmp_path: Path) -> Path:
    """Return the file that pins the package."""
    path = tmp_path / "made.txt"
    digest = file_sha256(index.folder / "files" / NAME)
    path.write_text(f"# what it is\nmade-weights==1.2 \\\n    --hash=sha256:{digest}  # and where from\n")
    return path


def test_the_pinned_file_is_fetched_once_and_none_of_its_code_is_run(
    index: Index, pinned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distribution, "read_pip_settings", read_pip_settings)
    found = fetch_distribution(pinned, tmp_path / "data")
    assert found == tmp_path / "data" / NAME
    assert found.read_bytes() == CONTENT
    assert index.server.requests == [PAGE, f"/files/{NAME}"]
    assert fetch_distribution(pinned, tmp_path / "data") == found
    assert len(index.server.requests) == 2
    assert list((tmp_path / "data").iterdir()) == [found]


def test_a_file_that_was_brought_by_hand_needs_no_index(pinned: Path, tmp_path: Path, index: Index) -> None:
    (tmp_path / "data").mkdir()
    # A source package may be called by either name.
    brought = tmp_path / "data/made-weights-1.2.tar.gz"
    brought.write_bytes(CONTENT)
    assert fetch_distribution(pinned, tmp_path / "data") == brought
    assert index.server.requests == []
    brought.write_bytes(CONTENT[:-1])
    assert fetch_distribution(pinned, tmp_path / "data") == tmp_path / "data" / NAME


def test_a_page_in_json_is_read_as_well(index: Index, pinned: Path, tmp_path: Path) -> None:
    page, digest = index.folder / "simple/made-weights/index.html", read_pin(pinned).sha256
    file = {"filename": NAME, "url": f"../../files/{NAME}", "hashes": {"sha256": digest}}
    page.write_text(json.dumps({"meta": {"api-version": "1.0"}, "name": "made-weights", "files": [file]}))
    index.server.faults[PAGE] = "index"
    assert fetch_distribution(pinned, tmp_path / "data").read_bytes() == CONTENT
    page.write_text('{"files": [{}]}')
    with pytest.raises(InputError, match="its page is not that of a package index"):
        fetch_distribution(pinned, tmp_path / "elsewhere")


def test_what_a_server_calls_an_encoding_is_not_undone(index: Index, pinned: Path, tmp_path: Path) -> None:
    index.server.faults[f"/files/{NAME}"] = "encoded"
    assert fetch_distribution(pinned, tmp_path / "data").read_bytes() == CONTENT


def test_another_process_may_unpack_and_delete_it_in_between(pinned: Path, tmp_path: Path, index: Index) -> None:
    seen = []

    def unpack(package: Path) -> None:
        seen.append(package)
        if len(seen) == 1:
            package.unlink()
        package.read_bytes()

    unpack_distribution(pinned, tmp_path / "data", unpack)
    assert len(seen) == 2
    assert list((tmp_path / "data").iterdir()) == []
    assert index.server.count(f"/files/{NAME}") == 2


def test_a_mirror_without_checksums_serves_as_well(index: Index, pinned: Path, tmp_path: Path) -> None:
    (index.folder / "simple/made-weights/index.html").unlink()
    index.add("made-weights", "made_weights-1.2-py3-none-any.whl", b"the same version in another form", digest="")
    index.add("made-weights", NAME, CONTENT, digest="")
    assert fetch_distribution(pinned, tmp_path / "data").read_bytes() == CONTENT


def test_the_second_index_and_a_folder_are_looked_at_too(
    index: Index, pinned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at(monkeypatch, indexes=(f"{index.server.address}/nothing", index.address))
    assert fetch_distribution(pinned, tmp_path / "by index").read_bytes() == CONTENT
    for local in ((index.folder / "simple").as_uri(), str(index.folder / "simple")):
        look_at(monkeypatch, indexes=(local,))
        assert fetch_distribution(pinned, tmp_path / f"by {local[:4]}").read_bytes() == CONTENT
    look_at(monkeypatch, find_links=(str(index.folder / "files"),))
    assert fetch_distribution(pinned, tmp_path / "by folder").read_bytes() == CONTENT
    look_at(monkeypatch, find_links=(f"{index.address}/made-weights/",))
    assert fetch_distribution(pinned, tmp_path / "by page").read_bytes() == CONTENT
    look_at(monkeypatch)
    with pytest.raises(InputError, match=r"from the package index \(pip has none\)"):
        fetch_distribution(pinned, tmp_path / "nowhere")


FAULTS = {
    "no such project": ({PAGE: "404"}, "404 Client Error"),
    "no page": ({PAGE: "page"}, "/simple: has no made-weights 1.2"),
    "no file": ({f"/files/{NAME}": "404"}, "404 Client Error"),
    "broken download": ({f"/files/{NAME}": "cut"}, f"{NAME} was not received completely"),
    "cut connection": ({f"/files/{NAME}": "reset"}, f"{NAME} was not received completely"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_had_is_one_message_and_the_next_start_goes_on(
    name: str, index: Index, pinned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("urllib3.util.Retry.sleep", lambda *_: None)
    faults, message = FAULTS[name]
    index.server.faults = faults
    with pytest.raises(InputError) as caught:
        fetch_distribution(pinned, tmp_path / "data")
    assert str(caught.value).startswith(
        f"made-weights 1.2 could not be fetched from the package index ({index.address}"
    )
    assert message in str(caught.value)
    assert "name an index that has it as PIP_INDEX_URL, or bring the file of sha256" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.glob("data/*")) == []
    index.server.faults = {}
    assert fetch_distribution(pinned, tmp_path / "data").read_bytes() == CONTENT


def test_a_download_that_breaks_once_is_tried_again(index: Index, pinned: Path, tmp_path: Path) -> None:
    index.server.faults[f"/files/{NAME}"] = "cut first"
    assert fetch_distribution(pinned, tmp_path / "data").read_bytes() == CONTENT
    assert index.server.count(f"/files/{NAME}") == 2


@pytest.mark.parametrize("is_said", [True, False])
def test_a_file_of_another_checksum_is_refused(index: Index, pinned: Path, tmp_path: Path, is_said: bool) -> None:
    (index.folder / "simple/made-weights/index.html").unlink()
    index.add("made-weights", NAME, CONTENT + b"changed", digest=None if is_said else "")
    message = "has made-weights 1.2 with another checksum only" if is_said else f"gave another file as {NAME}"
    with pytest.raises(InputError, match=message):
        fetch_distribution(pinned, tmp_path / "data")
    assert list(tmp_path.glob("data/*")) == []
    assert index.server.count(f"/files/{NAME}") == (0 if is_said else 1)


def test_without_a_network_there_is_one_message(pinned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib3.util.Retry.sleep", lambda *_: None)
    look_at(monkeypatch, indexes=("http://name:secret@127.0.0.1:9/simple",))
    with pytest.raises(InputError, match=r"made-weights 1.2 could not be fetched .*refused") as caught:
        fetch_distribution(pinned, tmp_path / "data")
    assert "secret" not in str(caught.value)


def test_a_full_disk_is_said_as_such(pinned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(distribution, "_copy", full)
    with pytest.raises(OSError, match=f"No space left on device: '{tmp_path}/data/{NAME}'"):
        fetch_distribution(pinned, tmp_path / "data")
    assert list(tmp_path.glob("data/*")) == []


def test_user_and_password_go_to_their_host_alone(index: Index) -> None:
    asked = []
    reader = IndexReader(PipSettings())
    reader._session.send = lambda request, **_: asked.append(request) or pytest.fail("enough")
    for read in (
        lambda: reader.of_index("http://name:se%3Acret@127.0.0.1:9/simple", "a"),
        lambda: reader.open(index.address),
    ):
        with pytest.raises(pytest.fail.Exception):
            read()
    assert asked[0].url == "http://127.0.0.1:9/simple/a/"
    assert asked[0].headers["Authorization"].startswith("Basic ")
    assert "Authorization" not in asked[1].headers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a==1",
        "a>=1 --hash=sha256:" + 64 * "0",
        "a==1 --hash=sha256:00",
        2 * f"a==1 --hash=sha256:{64 * '0'}\n",
    ],
)
def test_a_file_that_pins_no_single_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text(text)
    with pytest.raises(InputError, match=f"^{tmp_path}/bad.txt: is not of the form name==version --hash=sha256:"):
        read_pin(tmp_path / "bad.txt")


def test_pips_own_settings_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    know_only("http://127.0.0.1:9/one", monkeypatch, PIP_CONFIG_FILE=str(tmp_path / "pip.conf"), PIP_TIMEOUT="7")
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = http://127.0.0.1:9/hidden\ncert = /general.pem\nproxy = http://127.0.0.1:8\n"
        "[install]\nextra-index-url =\n    http://127.0.0.1:9/two\n    http://127.0.0.1:9/three\ncert = /own.pem\n"
        "trusted-host = 127.0.0.1:9\n[download]\nindex-url = http://127.0.0.1:9/of-another-command\n"
    )
    settings = read_pip_settings()
    assert settings.indexes == tuple(f"http://127.0.0.1:9/{name}" for name in ("one", "two", "three"))
    assert (settings.proxy, settings.certificates, settings.timeout_s) == ("http://127.0.0.1:8", "/own.pem", 7.0)
    assert settings.verification("https://127.0.0.1:9/one") is False
    assert settings.verification("https://127.0.0.1/one") == "/own.pem"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert read_pip_settings().indexes == ()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    (default,) = read_pip_settings().indexes
    assert default.startswith("https://")
    assert default.endswith("/simple")
    (tmp_path / "pip.conf").write_text("no section")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    with pytest.raises(InputError, match=r"`python -m pip config` fails .*fix pip or its configuration"):
        read_pip_settings()
