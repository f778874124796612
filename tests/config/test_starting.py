"""While a program loads nothing is collected; afterwards all is as usual, whatever came of it."""

import gc

import pytest

from config.starting import loading


def test_nothing_is_collected_while_a_program_loads_and_all_is_afterwards() -> None:
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError), loading():
        raise KeyError
    assert gc.isenabled()
