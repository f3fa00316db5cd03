"""What is packed: the wheel, the source distribution, and what a build asks for."""

import importlib.metadata
import importlib.util
import re
import sys
import sysconfig
import tarfile
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest
from lastack import _core

import lastack

TOP = Path(__file__).parents[3]


def load_backend() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_backend", TOP / "bindings/python/build_backend.py")
    assert spec is not None and spec.loader is not None
    backend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(backend)
    return backend


def test_wheel_is_for_the_python_that_runs() -> None:
    wheel = importlib.metadata.distribution("lastack").read_text("WHEEL")
    assert wheel is not None
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    platform = re.sub("[-.]", "_", sysconfig.get_platform())
    assert re.findall("^Tag: (.+)$", wheel, re.MULTILINE) == [f"{python}-{python}-{platform}"]
    assert Path(_core.__file__).name == "_core" + sysconfig.get_config_var("EXT_SUFFIX")


def test_version_is_that_of_the_project() -> None:
    version = re.search(r"project\(lastack VERSION (\S+)", (TOP / "CMakeLists.txt").read_text())
    assert version is not None
    assert lastack.__version__ == _core.__version__ == importlib.metadata.version("lastack") == version[1]


def test_wheel_has_types_and_data_and_nothing_beside() -> None:
    package = files("lastack")
    for name in ("py.typed", "_core.pyi", "data/requirements.toml"):
        assert package.joinpath(*name.split("/")).is_file(), name
    packed = importlib.metadata.files("lastack")
    assert packed is not None
    ours = [str(file) for file in packed if file.suffix != ".pyc"]
    assert {name.split("/")[0] for name in ours} == {"lastack", f"lastack-{lastack.__version__}.dist-info"}


def test_source_distribution_has_what_it_needs_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TOP)
    name = load_backend().build_sdist(str(tmp_path))
    with tarfile.open(tmp_path / name) as archive:
        packed = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    # Each source that is compiled, each module, and what lies in the package's data.
    needed = {
        path.relative_to(TOP).as_posix()
        for pattern in ("model/*/*.cpp", "model/**/*.hpp", "proptests/support/**/*.?pp", "proptests/cases/*.case",
                        "bindings/python/src/*", "bindings/python/lastack/*.py*", "bindings/python/tests/*.py",
                        "spec/requirements.toml", "LICENSE", "README.md", "pyproject.toml")  # fmt: skip
        for path in TOP.glob(pattern)
        if not path.name.endswith(("_test.cpp", "_bench.cpp"))
    }
    assert len(needed) > 100
    assert needed - packed == set()
    parts = ("captures/", "proptests/live/", "build/", ".git/", "__pycache__/", "fuzz/", "bindings/cli/", "_test.cpp")
    assert [name for name in packed for part in parts if part in f"/{name}"] == []
    assert (tmp_path / name).stat().st_size < 1_000_000


def write(folder: Path, **headers: str) -> Path:
    for name, text in headers.items():
        file = folder / {"boost": "boost/version.hpp", "json": "nlohmann/json.hpp",
                         "abi": "nlohmann/detail/abi_macros.hpp"}[name]  # fmt: skip
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


JSON = "#define NLOHMANN_JSON_VERSION_MAJOR {}   // NOLINT\n#define NLOHMANN_JSON_VERSION_MINOR {}\n"


def test_build_asks_for_headers_that_are_missing_or_too_old(tmp_path: Path) -> None:
    backend = load_backend()

    def asked(*folders: Path) -> list[str]:
        return [library.module for library in backend.missing(list(folders))]

    none = tmp_path / "none"
    old = write(tmp_path / "old", boost="#define BOOST_VERSION 107400\n", json=JSON.format(3, 8))
    new = write(tmp_path / "new", boost="#define BOOST_VERSION 108100\n", json=JSON.format(3, 9))
    newer = write(tmp_path / "newer", boost="#define BOOST_VERSION 108500\n", json="", abi=JSON.format(3, 11))
    both = ["boost_headers", "nlohmann_json"]
    assert asked() == asked(none) == both
    assert asked(old) == both
    assert asked(new) == asked(newer) == asked(none, new) == []
    # A compiler takes the first that it meets.
    assert asked(old, new) == both


def test_build_points_cmake_to_the_headers_of_pypi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = load_backend()
    for library in backend.LIBRARIES:
        (tmp_path / library.module).mkdir()
        (tmp_path / library.module / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("CMAKE_PREFIX_PATH", "/elsewhere")
    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    monkeypatch.setattr(backend, "missing", lambda: list(backend.LIBRARIES[:1]))
    backend._point_to_headers()
    assert backend.os.environ["CMAKE_PREFIX_PATH"] == f"{tmp_path}/boost_headers:/elsewhere"
    assert backend.os.environ["CMAKE_ARGS"] == "--fresh"


def test_build_names_in_one_line_what_pip_cannot_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = load_backend()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(SystemExit, match=r"^lastack: there is no C\+\+ compiler .*\(Debian: g\+\+\)$"):
        backend.get_requires_for_build_wheel()
    monkeypatch.setattr(backend.sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(SystemExit, match=r"^lastack: .*/Python\.h is missing; .*\(Debian: python3-dev\)$"):
        backend.get_requires_for_build_wheel()
