"""Settings by which pip reaches the package index; the user's mirror, proxy and certificates apply to us as well."""

import ast
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from signwild.base.errors import InputError

SECTIONS = ("global", "install", ":env:")
"""Sections where pip looks for an option of `pip install`; later ones override earlier ones."""

WIDTH = 500
"""Columns of pip's help, wide enough that no line is broken."""

NO = {"", "0", "no", "off", "false", "n", "f"}
"""Values by which pip writes that a switch is off."""


@dataclass(frozen=True)
class PipSettings:
    """Settings for finding packages: first in ``indexes``, then in ``find_links``, which are folders or pages.

    ``proxy``, ``certificates`` (a file) and ``client_certificate`` are empty if pip has no such setting.
    """

    indexes: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    proxy: str = ""
    certificates: str = ""
    client_certificate: str = ""
    timeout_s: float = 30.0

    def verification(self, address: str) -> bool | str:
        """Return how ``requests`` should verify the host of an address; False if the user trusts it anyway."""
        parts = urlsplit(address)
        if {parts.hostname, f"{parts.hostname}:{parts.port}"} & set(self.trusted_hosts):
            return False
        return self.certificates or True


def read_pip_settings() -> PipSettings:
    """Read the settings of `pip install` from configuration files and environment; raises InputError without pip."""
    options = _options(_pip("config", "list"))
    offline = options.get("no-index", "").lower() not in NO
    first = options.get("index-url") or ("" if offline else _default_index())
    indexes = [] if offline else [first, *options.get("extra-index-url", "").split()]
    return PipSettings(
        indexes=tuple(indexes),
        find_links=tuple(options.get("find-links", "").split()),
        trusted_hosts=tuple(options.get("trusted-host", "").split()),
        proxy=options.get("proxy", ""),
        certificates=options.get("cert", ""),
        client_certificate=options.get("client-cert", ""),
        timeout_s=float(options.get("timeout") or options.get("default-timeout") or PipSettings.timeout_s),
    )


def _options(listed: str) -> dict[str, str]:
    """Return options by name, from the lines of `pip config list`: section.name='value'."""
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listed.splitlines():
        match = re.fullmatch(r"([^.]+)\.([a-z-]+)=(['\"].*['\"])", line)
        if match and match[1] in found:
            found[match[1]][match[2]] = str(ast.literal_eval(match[3]))
    return {name: value for section in SECTIONS for name, value in found[section].items()}


def _default_index() -> str:
    """Return pip's default index, which only pip's help states publicly."""
    match = re.search(r"--index-url <url>.*?\(default (\S+)\)", _pip("install", "--help"))
    if match is None:
        raise InputError("pip does not say which package index it uses; name one as PIP_INDEX_URL")
    return match[1]


def _pip(*words: str) -> str:
    """Return what pip prints; raises InputError if it cannot be run."""
    command = [sys.executable, "-m", "pip", *words]
    done = subprocess.run(
        command, env=os.environ | {"COLUMNS": str(WIDTH)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        problem = lines[-1] if lines else f"exit code {done.returncode}"
        raise InputError(f"`python -m pip {words[0]}` fails ({problem}); fix pip or its configuration and start again")
    return done.stdout
