"""What all tests share. The files they need lie beside them in the source tree; the package is the installed one."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import lastack

# A fixed choice of examples, so that a run says the same twice.
# LASTACK_CASES=10000 tries so many, and others each time.
settings.register_profile(
    "lastack",
    deadline=None,
    max_examples=int(os.environ.get("LASTACK_CASES", "50")),
    derandomize="LASTACK_CASES" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("lastack")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--installed", action="store_true", help="fail unless it is the installed package that is tested")


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("--installed") and "site-packages" not in lastack.__file__:
        pytest.exit(f"lastack comes from {lastack.__file__}, which is no installed package", returncode=1)


@pytest.fixture(scope="session")
def tree() -> Path:
    """The top of the source tree."""
    return Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def captures(tree: Path) -> Path:
    """Captures of real traffic."""
    return tree / "proptests" / "cases" / "captures"
