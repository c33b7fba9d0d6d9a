"""The parent's side of docs/protocol.md, for tests: a worker over two pipes and a memfd."""

import json
import mmap
import os
import re
import struct
import subprocess
import sys
import tempfile

import numpy as np

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'workers')
FRAMEWORKS = sorted(name[len('adapter_') : -len('.py')] for name in os.listdir(SOURCE) if name.startswith('adapter_'))


def interpreters():
    """ROUNDOFF_TEST_PYTHONS: NAME=PATH pairs, separated by ':' or ';'; without it, the one that runs the tests."""
    said = os.environ.get('ROUNDOFF_TEST_PYTHONS', '')
    pairs = [one.split('=', 1) for one in re.split('[:;]', said) if '=' in one]
    return dict((name, path) for name, path in pairs if os.path.exists(path)) or {'own': sys.executable}


class Refused(Exception):
    def __init__(self, error):
        Exception.__init__(self, error['what'])
        self.kind, self.what, self.place, self.op = (
            error['kind'],
            error['what'],
            error.get('place', ''),
            error.get('op', ''),
        )


class Worker(object):
    def __init__(self, python, frameworks=(), variables=None, arena=1 << 16):
        requests, self.to = os.pipe()
        self.back, replies = os.pipe()
        self.arena = os.memfd_create('arena')
        os.ftruncate(self.arena, arena)
        self.log, self.out = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [python, os.path.join(SOURCE, 'worker.py'), str(requests), str(replies), str(self.arena)]
            + list(frameworks),
            pass_fds=(requests, replies, self.arena),
            stdout=self.out,
            stderr=self.log,
            env=dict(os.environ, **(variables or {})),
        )
        os.close(requests)
        os.close(replies)
        self.number = 0
        self.hello = self.receive()

    def read(self, count):
        data = b''
        while len(data) < count:
            part = os.read(self.back, count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def receive(self):
        return json.loads(self.read(struct.unpack('<I', self.read(4))[0]).decode())

    def send_bytes(self, body):
        os.write(self.to, struct.pack('<I', len(body)) + body)

    def ask(self, do, **fields):
        """The reply as it comes."""
        self.number += 1
        self.send_bytes(json.dumps(dict(fields, id=self.number, do=do)).encode())
        reply = self.receive()
        assert reply['id'] == self.number
        return reply

    def answer(self, do, **fields):
        """The reply; Refused where it is an error."""
        reply = self.ask(do, **fields)
        if 'error' in reply:
            raise Refused(reply['error'])
        return reply

    def put(self, inputs):
        raws, offset = [], 0
        for name, array in inputs.items():
            dtype, data = array if isinstance(array, tuple) else (array.dtype.name, array)
            raws.append({'name': name, 'dtype': dtype, 'shape': list(data.shape), 'offset': offset})
            offset += -(-data.nbytes // 64) * 64
        self.grow(offset)
        with mmap.mmap(self.arena, os.fstat(self.arena).st_size) as memory:
            for raw, array in zip(raws, inputs.values()):
                data = (array[1] if isinstance(array, tuple) else array).tobytes()
                memory[raw['offset'] : raw['offset'] + len(data)] = data
        return raws

    def grow(self, size):
        if size > os.fstat(self.arena).st_size:
            os.ftruncate(self.arena, size)

    def run(self, framework, graph=None, inputs=None, **fields):
        """(reply, arrays in its order)."""
        if graph is not None:
            fields['graph'] = graph
        reply = self.answer('run', framework=framework, inputs=self.put(inputs or {}), **fields)
        return reply, self.fetch(reply)

    def fetch(self, reply):
        places, size = [], 0
        for one in reply['outputs']:
            places.append(size)
            size += -(-one['nbytes'] // 64) * 64
        self.grow(size)
        written = self.answer('fetch', places=places)['written']
        assert written == [one['nbytes'] for one in reply['outputs']]
        with mmap.mmap(self.arena, os.fstat(self.arena).st_size) as memory:
            return [
                np.frombuffer(
                    memory[p : p + one['nbytes']], 'uint16' if one['dtype'] == 'bfloat16' else one['dtype']
                ).reshape(one['shape'])
                for p, one in zip(places, reply['outputs'])
            ]

    def close(self):
        """Ends the requests; the worker's exit status."""
        if self.to is not None:
            os.close(self.to)
            self.to = None
        code = self.process.wait(60)
        os.close(self.back)
        os.close(self.arena)
        return code


_running = {}


def worker(environment, **variables):
    """One worker for each interpreter (and set of variables), kept over the tests."""
    key = environment, tuple(sorted(variables.items()))
    if key not in _running or _running[key].process.poll() is not None:
        _running[key] = Worker(interpreters()[environment], variables=variables)
    return _running[key]


def close_all():
    for one in _running.values():
        os.close(one.to)
        one.to = None
    for one in _running.values():
        one.close()
    _running.clear()


def served():
    """(environment, framework) pairs that the tests can reach."""
    return [(name, framework) for name in interpreters() for framework in sorted(worker(name).hello['frameworks'])]


def backend_parameters():
    """For pytest.mark.parametrize: every pair; a framework that no interpreter has is skipped by name."""
    import pytest

    pairs = served()
    found = [pytest.param(name, framework, id='%s@%s' % (framework, name)) for name, framework in pairs]
    for framework in FRAMEWORKS:
        if framework not in [f for _, f in pairs]:
            found.append(
                pytest.param(
                    '',
                    framework,
                    id=framework,
                    marks=pytest.mark.skip('no interpreter of ROUNDOFF_TEST_PYTHONS has ' + framework),
                )
            )
    return found


class Graph(object):
    """Builds what the program sends: each method call adds a node and answers its index."""

    def __init__(self):
        self.nodes = []

    def _add(self, **node):
        node.setdefault('in', [])
        node.setdefault('attrs', {})
        node.setdefault('dtype', 'float32')
        node.setdefault('shape', [])
        node['shape'] = list(node['shape'])
        self.nodes.append(node)
        return len(self.nodes) - 1

    def input(self, name, array=None):
        given = (
            {}
            if array is None
            else {
                'dtype': 'bfloat16' if isinstance(array, tuple) else array.dtype.name,
                'shape': (array[1] if isinstance(array, tuple) else array).shape,
            }
        )
        return self._add(op='input', name=name, **given)

    def constant(self, value, dtype='float32'):
        return self._add(op='constant', value=float(value).hex(), integral=isinstance(value, int), dtype=dtype)

    def op(self, name, *args, **attrs):
        dtype, shape = attrs.pop('of', ('float32', None))
        if shape is None:
            shape = np.broadcast(*[np.empty(self.nodes[a]['shape'], bool) for a in args]).shape
        return self._add(op=name, attrs=attrs, dtype=dtype, shape=shape, **{'in': list(args)})

    def grad(self, function, x):
        return self._add(op='grad', dtype=self.nodes[x]['dtype'], shape=self.nodes[x]['shape'], **{'in': [function, x]})

    def json(self, output=None):
        return {'nodes': self.nodes, 'output': len(self.nodes) - 1 if output is None else output}
