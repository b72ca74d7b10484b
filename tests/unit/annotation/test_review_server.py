"""The server of a review: what its page may ask, its videos and clips, and who else may not."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import requests
from made_review import made_review, opened, times
from made_videos import read_numbers

from signwild.annotation.review.clips import clip
from signwild.annotation.review.server import review_server
from signwild.annotation.targets import Target
from signwild.base.errors import InputError


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return made_review(tmp_path / "annotations")


@pytest.fixture
def address(target: Target) -> Iterator[str]:
    """The address of a running server of a review."""
    server, address = review_server(opened(target), port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield address
    server.shutdown()
    server.server_close()


def origin_of(address: str) -> str:
    return "/".join(address.split("/")[:3])


def test_the_page_judges_and_undoes(address: str, target: Target) -> None:
    state = requests.get(f"{address}state.json", timeout=10).json()
    first = state["proposals"][0]
    given = {"file": 0, "name": first["name"], "label": "signing", "start_ms": 12000, "end_ms": 13000}
    headers = {"Origin": origin_of(address)}
    answer = requests.post(f"{address}judge", json=given, headers=headers, timeout=10)
    assert answer.json() == {"name": first["name"], "number": 1, "notice": ""}
    assert times(target, "signing") == [(12000, 13000)]
    taken_back = {"file": 0, "name": first["name"], "number": 1}
    requests.post(f"{address}undo", json=taken_back, headers=headers, timeout=10)
    assert times(target, "signing") == []
    refused = requests.post(f"{address}judge", json=given | {"end_ms": 1}, headers=headers, timeout=10)
    assert refused.status_code == 409
    assert "is no stretch of the video" in refused.json()["error"]
    forever = json.dumps({"file": 0, "seconds": float("inf")})
    as_json = headers | {"Content-Type": "application/json"}
    assert requests.post(f"{address}worked", data=forever, headers=as_json, timeout=10).status_code == 400
    for bad in ({}, given | {"file": "x"}, given | {"file": 7}, given | {"start_ms": "nan"}, []):
        assert requests.post(f"{address}judge", json=bad, headers=headers, timeout=10).status_code in (400, 409)


def test_the_video_can_be_read_in_parts(address: str, target: Target) -> None:
    part = requests.get(f"{address}video/0", headers={"Range": "bytes=10-19"}, timeout=10)
    assert part.status_code == 206
    assert part.content == target.video.read_bytes()[10:20]


def test_a_clip_begins_where_it_is_asked_for(target: Target, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(clip(target.video, 5.0))
    with av.open(str(tmp_path / "clip.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert read_numbers(np.stack(frames[:3])) == [50, 51, 52]
    assert len(frames) == 150
    with pytest.raises(InputError, match="shows nothing from 30 s on"):
        clip(target.video, 30.0)
    target.video.write_bytes(b"no video")
    with pytest.raises(InputError, match=r"interview\.mp4: cannot be shown"):
        clip(target.video, 0.0)


def test_nobody_else_can_read_or_post(address: str, target: Target) -> None:
    before, origin = target.eaf.read_bytes(), origin_of(address)
    given = {"file": 0, "name": "", "label": "other", "start_ms": 0, "end_ms": 10}
    assert requests.get(f"{origin}/wrong/state.json", timeout=10).status_code == 404
    assert requests.get(origin, timeout=10).status_code == 404
    other_name = {"Host": f"evil.example:{origin.rpartition(':')[2]}"}
    assert requests.get(f"{address}state.json", headers=other_name, timeout=10).status_code == 404
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        assert requests.post(f"{address}judge", json=given, headers=headers, timeout=10).status_code == 403
    as_form = {"Origin": origin, "Content-Type": "text/plain"}
    assert requests.post(f"{address}judge", data=json.dumps(given), headers=as_form, timeout=10).status_code == 403
    large = json.dumps(given | {"name": 20_000 * "x"})
    as_json = {"Origin": origin, "Content-Type": "application/json"}
    assert requests.post(f"{address}judge", data=large, headers=as_json, timeout=10).status_code == 413
    assert target.eaf.read_bytes() == before


def test_pages_of_others_may_neither_frame_nor_load_anything(address: str) -> None:
    headers = requests.get(address, timeout=10).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in headers


def test_a_port_in_use_is_one_clear_error(address: str, target: Target) -> None:
    port = int(origin_of(address).rpartition(":")[2])
    with pytest.raises(InputError, match=f"--port {port} cannot be used"):
        review_server(opened(target), port)
    with pytest.raises(InputError, match="--port 70000"):
        review_server(opened(target), 70000)
