"""Hashes of video files, their cache, and the fingerprint of a folder."""

import hashlib
import os

import pytest

from signwild.base.errors import InputError
from signwild.base.files import read_table
from signwild.video.files import hash_files, listing_fingerprint, named_videos

AWKWARD = ["-abc", "a b", "ħobż", "NA", "007", "Ab", "aB"]


def test_unchanged_files_are_not_read_again(tmp_path):
    video, cache = tmp_path / "v.mp4", tmp_path / "cache.tsv"
    video.write_bytes(b"first")
    status = video.stat()
    assert hash_files([video], cache) == {video: (hashlib.sha256(b"first").hexdigest(), 5)}
    written = cache.stat()
    # Same size and mtime: what is remembered is taken, although the bytes are others.
    video.write_bytes(b"other")
    os.utime(video, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert hash_files([video], cache)[video][0] == hashlib.sha256(b"first").hexdigest()
    assert (cache.stat().st_mtime_ns, cache.stat().st_ino) == (written.st_mtime_ns, written.st_ino)
    os.utime(video, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert hash_files([video], cache)[video][0] == hashlib.sha256(b"other").hexdigest()
    video.write_bytes(b"longer")
    os.utime(video, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert hash_files([video], cache)[video] == (hashlib.sha256(b"longer").hexdigest(), 6)


def test_the_cache_keeps_other_files(tmp_path):
    cache = tmp_path / "cache.tsv"
    videos = [tmp_path / f"{name}.mp4" for name in AWKWARD]
    for video in videos:
        video.write_bytes(video.name.encode())
        hash_files([video], cache)
    assert sorted(read_table(cache)["file"]) == sorted(str(video) for video in videos)


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"nonsense",
        b"\xff\xfe",
        b"file\tbytes\tmtime_ns\tsha256\nv\t1\tx\tabc\n",
        b"file\tbytes\tmtime_ns\tsha256\nv\t1",
    ],
)
def test_a_damaged_cache_is_built_anew(tmp_path, damage, caplog):
    video, cache = tmp_path / "v.mp4", tmp_path / "cache.tsv"
    video.write_bytes(b"x")
    hash_files([video], cache)
    whole = cache.read_bytes()
    cache.write_bytes(damage)
    assert hash_files([video], cache)[video][0] == hashlib.sha256(b"x").hexdigest()
    assert "damaged" in caplog.text
    assert cache.read_bytes() == whole


def test_the_fingerprint_tells_what_changed(tmp_path):
    folder = tmp_path / "videos"
    nothing = listing_fingerprint(folder)
    folder.mkdir()
    assert listing_fingerprint(folder) == nothing
    seen = {nothing}

    def changed() -> bool:
        fingerprint = listing_fingerprint(folder)
        assert fingerprint == listing_fingerprint(folder)
        new = fingerprint not in seen
        seen.add(fingerprint)
        return new

    (folder / "a.mp4").write_bytes(b"1")
    assert changed()
    os.utime(folder / "a.mp4", ns=(1, 1))
    assert changed()
    (folder / "a.mp4").write_bytes(b"22")
    os.utime(folder / "a.mp4", ns=(1, 1))
    assert changed()
    (folder / "a.mp4").rename(folder / "b.mp4")
    assert changed()
    (tmp_path / "elsewhere").mkdir()
    (folder / "sub").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "c.mp4").write_bytes(b"3")
    assert changed()
    (folder / "dangling.mp4").symlink_to(tmp_path / "nowhere")
    (tmp_path / "elsewhere" / "loop").symlink_to(folder)
    assert not changed()


def test_an_address_is_no_pattern():
    with pytest.raises(InputError, match=r"is an address; give it as --url https://example\.org/a"):
        named_videos(["https://example.org/a"])
