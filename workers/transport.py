"""Frames on pipes and arrays in shared memory: docs/protocol.md."""

import json
import mmap
import os
import struct

import numpy

from .adapter import DTYPES, Array
from .graphs import BadRequest

_LONGEST_FRAME = 16 << 20
_MOST_ELEMENTS = 1 << 48
_ALIGNMENT = 64


class Pipes(object):
    """Requests in, replies out; a frame is a 4-byte little-endian length and as many bytes of JSON."""

    def __init__(self, requests, replies):
        self.requests, self.replies = requests, replies

    def _read(self, count):
        parts = []
        while count:
            part = os.read(self.requests, min(count, 1 << 20))
            if not part:
                return None
            parts.append(part)
            count -= len(part)
        return b''.join(parts)

    def receive(self):
        """The next request's bytes; None at the end of file."""
        head = self._read(4)
        if head is None:
            return None
        (length,) = struct.unpack('<I', head)
        if length > _LONGEST_FRAME:
            raise BadRequest('a frame of %d bytes is longer than %d' % (length, _LONGEST_FRAME))
        return self._read(length)

    def send(self, reply):
        body = json.dumps(reply, separators=(',', ':'), allow_nan=False).encode('utf-8')
        data = memoryview(struct.pack('<I', len(body)) + body)
        while data:
            data = data[os.write(self.replies, data) :]


class Arena(object):
    """The shared file of arrays; the parent alone resizes it."""

    def __init__(self, descriptor):
        self.descriptor, self.map = descriptor, None

    def _bytes(self, offset, count, place):
        if type(offset) is not int or offset < 0 or offset % _ALIGNMENT:
            raise BadRequest('an offset is a multiple of %d' % _ALIGNMENT, place)
        size = os.fstat(self.descriptor).st_size
        if offset + count > size:
            raise BadRequest('%d bytes at %d pass the end of the arena, %d bytes' % (count, offset, size), place)
        if count == 0:
            return numpy.empty(0, numpy.uint8)
        if self.map is None or len(self.map) < size:
            self.map = mmap.mmap(self.descriptor, size)
        return numpy.frombuffer(self.map, numpy.uint8, count, offset)

    def get(self, raw, place):
        """An array of the request, copied to memory of our own."""
        if not isinstance(raw, dict) or not {'dtype', 'shape', 'offset'} <= set(raw):
            raise BadRequest('an input has name, dtype, shape and offset', place)
        dtype, shape = raw['dtype'], raw['shape']
        if dtype not in DTYPES:
            raise BadRequest('no such dtype: %s' % (dtype,), place + '.dtype')
        if not isinstance(shape, list) or len(shape) > 32 or any(type(n) is not int or n < 0 for n in shape):
            raise BadRequest('a shape is a list of at most 32 sizes', place + '.shape')
        count = 1
        for n in shape:
            count *= n
        if count > _MOST_ELEMENTS:
            raise BadRequest('%d elements are too many' % count, place + '.shape')
        held = numpy.dtype('uint16' if dtype == 'bfloat16' else dtype)
        source = self._bytes(raw['offset'], count * held.itemsize, place + '.offset')
        data = aligned(source.size)
        data[:] = source
        return Array(dtype, data.view(held).reshape(shape))

    def put(self, array, offset, place):
        """Copies an array's elements there; the number of bytes."""
        return self.put_bytes(array.data.reshape(-1).view(numpy.uint8), offset, place)

    def put_bytes(self, data, offset, place):
        self._bytes(offset, data.size, place)[:] = data
        return int(data.size)


def aligned(count):
    """Bytes at an address that is always a multiple of 64: some kernels add up in an order that depends on it."""
    memory = numpy.empty(count + _ALIGNMENT, numpy.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + count]
