"""What pip calls to build the package: scikit-build-core, with the headers of Boost and nlohmann-json.

Where the system has them, these are used. Where it has none, or too old ones, the build asks for the packages of PyPI
that carry them, so that a C++ compiler and Python are all that a machine must have.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sysconfig
from pathlib import Path
from typing import NamedTuple

from scikit_build_core import build as _build
from scikit_build_core.build import build_sdist, get_requires_for_build_sdist

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

prepare_metadata_for_build_wheel = _build.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = _build.prepare_metadata_for_build_editable

Settings = dict[str, "list[str] | str"] | None


class Headers(NamedTuple):
    """A library of headers: its files that tell the version, what they define, and where PyPI has it."""

    files: tuple[str, ...]
    macros: tuple[str, ...]
    least: tuple[int, ...]
    """As model/CMakeLists.txt asks for."""
    requirement: str
    module: str


LIBRARIES = (
    Headers(("boost/version.hpp",), ("BOOST_VERSION",), (108100,), "boost-headers>=1.81", "boost_headers"),
    Headers(
        ("nlohmann/json.hpp", "nlohmann/detail/abi_macros.hpp"),
        ("NLOHMANN_JSON_VERSION_MAJOR", "NLOHMANN_JSON_VERSION_MINOR"),
        (3, 9),
        "nlohmann-json>=3.9",
        "nlohmann_json",
    ),
)


def _folders() -> list[Path]:
    """Where CMake looks for headers, in its order."""

    def listed(variable: str) -> list[Path]:
        return [Path(part) for part in os.environ.get(variable, "").split(os.pathsep) if part]

    system = [Path("/usr/local/include"), Path("/usr/include")]
    return [*(prefix / "include" for prefix in listed("CMAKE_PREFIX_PATH")), *listed("CMAKE_INCLUDE_PATH"), *system]


def version(library: Headers, folder: Path) -> tuple[int, ...]:
    """Of the headers in this folder; () where there are none."""
    text = ""
    for file in library.files:
        if (folder / file).is_file():
            text += (folder / file).read_text(encoding="utf-8", errors="replace")
    found = [re.search(rf"^#define {macro} (\d+)", text, re.MULTILINE) for macro in library.macros]
    return tuple(int(match[1]) for match in found if match)


def missing(folders: list[Path] | None = None) -> list[Headers]:
    """The libraries of which the first headers to be found are too old, or of which there are none."""
    result = []
    for library in LIBRARIES:
        versions = filter(None, (version(library, folder) for folder in (_folders() if folders is None else folders)))
        if next(versions, ()) < library.least:
            result.append(library)
    return result


def _complain_of_tools() -> None:
    """One clear line instead of CMake's many, where what pip cannot bring is missing."""
    python_h = Path(sysconfig.get_path("include"), "Python.h")
    if not python_h.is_file():
        raise SystemExit(f"lastack: {python_h} is missing; install the headers of Python (Debian: python3-dev)")
    named = os.environ.get("CXX")
    if not named and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        raise SystemExit("lastack: there is no C++ compiler (c++, g++ or clang++) on PATH; install one (Debian: g++)")


def _point_to_headers() -> None:
    folders = []
    for library in missing():
        spec = importlib.util.find_spec(library.module)
        # Without build isolation nobody may have installed them: CMake says then what is missing.
        if spec is not None and spec.submodule_search_locations:
            folders.append(spec.submodule_search_locations[0])
    if folders:
        here = os.environ.get("CMAKE_PREFIX_PATH")
        os.environ["CMAKE_PREFIX_PATH"] = os.pathsep.join([*folders, here] if here else folders)
        # They lie in a folder that pip removes afterwards: what CMake remembers of an earlier build is wrong.
        os.environ["CMAKE_ARGS"] = f"{os.environ.get('CMAKE_ARGS', '')} --fresh".strip()


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    _complain_of_tools()
    return [*_build.get_requires_for_build_wheel(config_settings), *(library.requirement for library in missing())]


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    _complain_of_tools()
    return [*_build.get_requires_for_build_editable(config_settings), *(library.requirement for library in missing())]


def build_wheel(directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    _point_to_headers()
    return _build.build_wheel(directory, config_settings, metadata_directory)


def build_editable(directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    _point_to_headers()
    return _build.build_editable(directory, config_settings, metadata_directory)
