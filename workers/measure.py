"""Repeats and time: does a plan give the same bits again, and how long does it take."""

import time

import numpy

_UNSIGNED = {1: numpy.uint8, 2: numpy.uint16, 4: numpy.uint32, 8: numpy.uint64}
_WARM_SECONDS = 0.03
_WARM_CALLS = 30


def patterns(array):
    """The elements' bits, every NaN as one pattern."""
    unsigned = _UNSIGNED[array.data.dtype.itemsize]
    bits = array.data.reshape(-1).view(unsigned)
    if array.dtype == 'bfloat16':
        nan = (bits & 0x7FFF) > 0x7F80
    elif array.data.dtype.kind == 'f':
        nan = numpy.isnan(array.data).reshape(-1)
    else:
        return bits
    return numpy.where(nan, unsigned(numpy.iinfo(unsigned).max), bits)


def differing(a, b):
    """A mask of the elements whose bits differ; all of them where dtype or shape do."""
    if a.dtype != b.dtype or a.data.shape != b.data.shape:
        return numpy.ones(a.data.size, dtype=bool)
    return patterns(a) != patterns(b)


def median_seconds(call):
    """The median duration of a call that has been made before: of 30 calls, or of as many as 30 ms hold."""
    taken = []
    while not taken or (len(taken) < _WARM_CALLS and sum(taken) < _WARM_SECONDS):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    taken.sort()
    middle = len(taken) // 2
    return taken[middle] if len(taken) % 2 else (taken[middle - 1] + taken[middle]) / 2
