"""A test of what is refused, and in which words."""

import pytest


def refused(*calls):
    """Return a test that each call ends in ValueError, from pairs of a call and its words."""

    @pytest.mark.parametrize(("call", "words"), calls, ids=range(len(calls)))
    def test(call, words):
        with pytest.raises(ValueError, match=words):
            call()

    return test
