"""The process that runs frameworks for roundoff: `python3 worker.py REQUEST_FD REPLY_FD ARENA_FD [FRAMEWORK ...]`.

What is said on the pipes is in docs/protocol.md. Python >= 3.6, the standard library and NumPy; each framework has its
adapter_NAME.py.
"""

import ctypes
import json
import os
import signal
import sys
import traceback
import types

_HERE = os.path.dirname(os.path.abspath(__file__))

if 'roundoff_workers' not in sys.modules:
    # This folder is a package of its own and is not searched, so that no `import NAME` finds a file of it.
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != _HERE]
    sys.modules['roundoff_workers'] = types.ModuleType('roundoff_workers')
    sys.modules['roundoff_workers'].__path__ = [_HERE]

from roundoff_workers import frameworks, ports, runs, surroundings, tensor_files  # noqa: E402
from roundoff_workers.adapter import Unsupported, one_line  # noqa: E402
from roundoff_workers.graphs import BadRequest  # noqa: E402
from roundoff_workers.transport import Arena, Pipes  # noqa: E402


class Worker(object):
    def __init__(self, pipes, arena, served):
        self.pipes, self.arena, self.served = pipes, arena, served
        self.results = []  # of the last run
        self.files = tensor_files.OpenFiles()
        self.answers = {
            'run': self.run,
            'fetch': self.fetch,
            'describe': self.describe,
            'coverage': self.coverage,
            'tensors': self.tensors,
            'read': self.read,
        }

    def serve(self):
        said = surroundings.common()
        self.pipes.send(
            {
                'id': 0,
                'protocol': 1,
                'python': said['python'],
                'pid': os.getpid(),
                'frameworks': self.served.versions,
                'provenance': said,
            }
        )
        for data in iter(self.pipes.receive, None):
            reply = self.answer(data)
            flush_output()
            self.pipes.send(reply)

    def answer(self, data):
        number = -1
        try:
            request = parsed(data)
            number = request['id']
            if request.get('do') not in self.answers:
                raise BadRequest('no such request: %s' % (request.get('do'),), 'do')
            reply = self.answers[request['do']](request)
        except BadRequest as e:
            reply = error('request', str(e), place=e.place)
        except Unsupported as e:
            reply = error('unsupported', str(e), op=e.op)
        except (Exception, SystemExit) as e:
            traceback.print_exc()
            reply = error('failed', one_line(e))
        reply['id'] = number
        return reply

    def run(self, request):
        self.results = []
        adapter = self.served.get(request.get('framework'))
        reply, self.results = runs.run(adapter, request, self.inputs(request))
        return reply

    def inputs(self, request):
        if not isinstance(request.get('inputs'), list):
            raise BadRequest('a list of inputs', 'inputs')
        arrays = {}
        for i, raw in enumerate(request['inputs']):
            place = 'inputs[%d]' % i
            array = self.arena.get(raw, place)
            if not isinstance(raw.get('name'), str) or raw['name'] in arrays:
                raise BadRequest('an input has a name of its own', place + '.name')
            arrays[raw['name']] = array
        return arrays

    def fetch(self, request):
        places = request.get('places')
        if not isinstance(places, list) or len(places) != len(self.results):
            raise BadRequest('a list of offsets, for the %d outputs of the last run' % len(self.results), 'places')
        return {'written': [self.arena.put(array, places[i], 'places[%d]' % i) for i, array in enumerate(self.results)]}

    def describe(self, request):
        return ports.describe(request.get('port'), frameworks.known())

    def coverage(self, request):
        adapter = self.served.get(request.get('framework'))
        ops = request.get('ops')
        if not isinstance(ops, list) or not all(isinstance(op, str) for op in ops):
            raise BadRequest('a list of ops', 'ops')
        modes = adapter.modes_of(adapter.version())
        by_gradient = adapter.modes_of(adapter.version(), gradient=True)
        runs.mode_of(adapter, request, gradient=request.get('mode') in by_gradient)
        kinds = dict((op, adapter.kind(op)) for op in ops)
        return {
            'supported': [op for op in ops if kinds[op] != 'unsupported'],
            'composed': dict((op, adapter.composed[op]) for op in ops if kinds[op] == 'composed'),
            'version': adapter.version(),
            'modes': list(modes),
            'gradient_modes': list(by_gradient),
        }

    def tensors(self, request):
        return tensor_files.listed(self.files.get(self.served.get(request.get('framework')), request), request)

    def read(self, request):
        file = self.files.get(self.served.get(request.get('framework')), request)
        return {'bytes': self.arena.put_bytes(tensor_files.part_of(file, request), request.get('place'), 'place')}


def parsed(data):
    try:
        request = json.loads(data.decode('utf-8'))
    except (ValueError, RecursionError) as e:
        raise BadRequest('not JSON: %s' % one_line(e))
    if not isinstance(request, dict) or type(request.get('id')) is not int:
        raise BadRequest('a request is an object with an integer "id"', 'id')
    return request


def error(kind, what, place='', op=''):
    said = {'kind': kind, 'what': what, 'place': place, 'op': op}
    return {'error': dict((name, value) for name, value in said.items() if value)}


def flush_output():
    """What a request printed, from Python or from C, leaves the process before its reply does."""
    try:
        sys.stdout.flush()
        ctypes.CDLL(None).fflush(None)
    except (OSError, ValueError, AttributeError):
        pass


def die_with_parent():
    """Best effort, on Linux: SIGKILL when the parent ends. The end of the request pipe says the same everywhere."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
    except (OSError, AttributeError):
        pass


def main(arguments):
    if len(arguments) < 3:
        sys.stderr.write('usage: worker.py REQUEST_FD REPLY_FD ARENA_FD [FRAMEWORK ...]\n')
        return 2
    descriptors = [int(a) for a in arguments[:3]]
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    die_with_parent()
    pipes = Pipes(descriptors[0], descriptors[1])
    try:
        Worker(pipes, Arena(descriptors[2]), frameworks.Frameworks(arguments[3:])).serve()
    except BadRequest as e:  # the stream itself is broken: nothing that follows can be read
        pipes.send(dict(error('request', str(e)), id=-1))
        return 2
    except BrokenPipeError:
        pass
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
