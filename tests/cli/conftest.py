"""What the tests of the command share."""

import pytest

from hirise.__main__ import run


@pytest.fixture
def check(capsys):
    """`check(path, …)` gives the status, what was printed, and the line of failure."""

    def check(path, *options):
        status = run(["check", str(path), *options])
        return status, *capsys.readouterr()

    return check
