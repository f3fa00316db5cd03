"""The package is typed: mypy --strict over its modules and stubs."""

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[3]


def mypy(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", str(TOP / "pyproject.toml"),
         "--cache-dir", str(tmp_path / "cache"), *arguments],  # fmt: skip
        cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_package_is_strictly_typed(tmp_path: Path) -> None:
    status, output = mypy(tmp_path, "-p", "lastack")
    assert status == 0, output


def test_users_get_the_types(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import lastack\nlastack.step(lastack.Config(), 7)\n")
    status, output = mypy(tmp_path, str(program))
    assert status == 1 and "arg-type" in output, output
