"""Files of tensors that only their framework reads: what every reader of them is made of.

A reader is a TensorFile. It never runs what a file holds: no pickle is loaded but by a loader that knows tensors only,
and no layer, object or function is made.
"""

import os

import numpy

from .graphs import BadRequest

TYPES = (
    'bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64 '
    'float8_e4m3fn float8_e5m2 complex64 complex128'
).split()

_MOST_DEPTH = 32
_MOST_IN_A_REPLY = 1000
_MOST_NOTES = 100


class TensorFile(object):
    """Tensors by name, in the file's order; read() gives a part of one."""

    def __init__(self, path):
        self.path = path
        self.tensors = []  # (name, dtype, shape, source)
        self.notes = []
        self._names = set()

    def add(self, name, dtype, shape, source):
        if name in self._names:
            self.refuse('two tensors are called %s' % name)
        self._names.add(name)
        self.tensors.append((name, dtype, [int(n) for n in shape], source))

    def pass_over(self, name, why):
        if len(self.notes) < _MOST_NOTES:
            self.notes.append('%s: %s, passed over' % (name, why))

    def refuse(self, what):
        raise BadRequest(what, self.path)

    def check_depth(self, depth):
        if depth > _MOST_DEPTH:
            self.refuse('is nested more than %d deep' % _MOST_DEPTH)

    def described(self, first):
        """The reply to `tensors`, from tensor `first` on."""
        page = self.tensors[first : first + _MOST_IN_A_REPLY]
        return {
            'of': len(self.tensors),
            'tensors': [{'name': name, 'dtype': dtype, 'shape': shape} for name, dtype, shape, _ in page],
            'notes': self.notes if first == 0 else [],
        }

    def read(self, index, first, count):
        """The bytes of at least one element and at most `count` of them, from element `first` of C order on."""
        name, dtype, shape, source = self.tensors[index]
        where = block(shape, first, count)
        part = self.elements(source, dtype, where)
        return numpy.ascontiguousarray(part).reshape(-1).view(numpy.uint8)

    def elements(self, source, dtype, where):
        """source[where] as an array of NumPy's; what NumPy has no dtype for as unsigned integers of its size."""
        return source[where]


def block(shape, first, count):
    """A subscript that takes neighbouring elements of C order: `first`, and up to `count` in all."""
    inner = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        inner[axis] = inner[axis + 1] * shape[axis + 1]
    index = []
    for axis, size in enumerate(shape):
        at = first // inner[axis] % size
        if inner[axis] <= count and first % inner[axis] == 0:
            return tuple(index) + (slice(at, min(size, at + count // inner[axis])),)
        index.append(at)
    return tuple(index)


def stamp(path):
    """What tells one state of a file from another; None of what is no single file."""
    try:
        about = os.stat(path)
    except OSError:
        return None
    return (about.st_ino, about.st_size, about.st_mtime)


class OpenFiles(object):
    """The file that was opened last: a reader asks for its parts one by one."""

    def __init__(self):
        self.key, self.file = None, None

    def get(self, adapter, request):
        path = request.get('path')
        if not isinstance(path, str) or not os.path.isabs(path):
            raise BadRequest('an absolute path', 'path')
        key = (adapter.framework, path, stamp(path))
        if self.key != key:
            self.key = self.file = None  # first: only one is held in memory
            self.file = adapter.tensor_file(path)
            self.key = key
        return self.file


def number(request, name, least, most):
    value = request.get(name)
    if type(value) is not int or not least <= value <= most:
        raise BadRequest('an integer from %d to %d' % (least, most), name)
    return value


def listed(file, request):
    return file.described(number(request, 'first', 0, len(file.tensors)))


def part_of(file, request):
    """The bytes that a `read` asks for."""
    index = number(request, 'tensor', 0, len(file.tensors) - 1)
    elements = 1
    for size in file.tensors[index][2]:
        elements *= size
    first = number(request, 'first', 0, max(elements - 1, 0))
    count = number(request, 'count', 1, 1 << 40)
    return file.read(index, first, count) if elements else numpy.empty(0, numpy.uint8)
