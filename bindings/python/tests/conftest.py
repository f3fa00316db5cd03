import pytest
import lastack


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--installed", action="store_true", help="fail unless it is the installed package that is tested")


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("--installed") and "site-packages" not in lastack.__file__:
        pytest.exit(f"lastack comes from {lastack.__file__}, which is no installed package", returncode=1)
