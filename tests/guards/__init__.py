"""Each guard of the promises is taken out in turn: the tests that speak for it must turn red.

    python -m tests.guards                 every guard
    python -m tests.guards lease held      those whose name has one of these words

Works on a copy of the tree. A guard whose text is no longer found is a failure, too: it has moved,
and this list has to follow it.
"""
