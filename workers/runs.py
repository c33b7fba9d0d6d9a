"""A run: as shipped and repeated, timed, then traced."""

import itertools
import traceback
import warnings

import numpy

from . import frameworks, measure, ports, surroundings
from .adapter import Array, Unsupported, one_line
from .graphs import BadRequest, Graph

_probed = {}  # (framework, mode) -> what it does with subnormals


def run(adapter, request, arrays):
    """(the reply, the arrays that it describes)."""
    before = surroundings.floating_point()
    if 'port' in request:
        reply, results = _port(adapter, request, arrays)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            reply, results = _graph(adapter, request, arrays)
    after = surroundings.floating_point()
    reply['notes'] += surroundings.changes(before, after)
    reply['version'] = adapter.version()
    reply['provenance'] = surroundings.common()
    reply['provenance'].update((name, value) for name, value in adapter.provenance().items() if value)
    return reply, results


def mode_of(adapter, request, gradient=False, usual=None):
    """The mode asked for, else the usual one."""
    modes = adapter.modes_of(adapter.version(), gradient)
    if not modes:
        raise Unsupported('%s does not differentiate' % adapter.framework, 'grad')
    mode = request.get('mode') or usual or modes[0]
    if mode not in modes:
        raise Unsupported(
            '%s %s has no mode %s%s; it has %s'
            % (
                adapter.framework,
                adapter.version(),
                mode,
                ' for gradients' if gradient else '',
                ', '.join(m or '(plain)' for m in modes),
            )
        )
    return mode


def _graph(adapter, request, arrays):
    graph = Graph(request.get('graph'))
    mode = mode_of(adapter, request, graph.has_gradient)
    for i in graph.inputs:
        if graph.nodes[i].name not in arrays:
            raise BadRequest('no array for the input %s' % graph.nodes[i].name, 'inputs')
    adapter.used.clear()
    for op in graph.ops():
        adapter.resolve(op)
    given = [arrays[graph.nodes[i].name] for i in graph.inputs]
    nodes = graph.traceable() if request.get('trace') else []

    def planned(wanted):
        return adapter.plan_graph(mode, graph, wanted, given)

    with _kernels_missing(adapter):
        reply, results = _measured(request, itertools.repeat(planned([graph.output])), graph.output)
        if request.get('trace'):
            plan = planned([graph.output] + nodes)
            traced = plan.read(plan.call())
            reply['traced_output_identical'] = not numpy.any(measure.differing(results[0], traced[0]))
            reply['outputs'] += [_claim('trace', node, array) for node, array in zip(nodes, traced[1:])]
            results += traced[1:]
    reply['mode'] = mode
    reply['notes'] += ['%s composed of %s' % (op, adapter.used[op]) for op in sorted(adapter.used)]
    reply['notes'] += _subnormals(adapter, mode)
    return reply, results


def _port(adapter, request, arrays):
    mode = mode_of(adapter, request, usual=adapter.port_mode)
    function, arguments = ports.load(request['port'], adapter.framework, mode, frameworks.known())
    missing = [name for name in arguments if name not in arrays]
    if missing:
        raise BadRequest('`%s` takes %s: no such input' % (function.__name__, ', '.join(missing)), request['port'])
    given = [arrays[name] for name in arguments]
    if request.get('float64'):
        given = [_widened(a) for a in given]
    with _kernels_missing(adapter):
        reply, results = _measured(request, ports.plans(adapter, mode, function, given), -1)
    reply['mode'] = mode
    return reply, results


def _measured(request, plans, output):
    """Calls a plan for each repeat, compares bits, and times the last."""
    repeats = request.get('repeats', 2)
    if type(repeats) is not int or repeats < 1:
        raise BadRequest('a number of runs, at least 1', 'repeats')
    plan = next(plans)
    # Copies: a function may write its next answer over the last one.
    results = [Array(a.dtype, a.data.copy()) for a in plan.read(plan.call())]
    changed = numpy.zeros(results[0].data.size, dtype=bool)
    for plan in itertools.islice(plans, repeats - 1):
        changed = changed | measure.differing(results[0], plan.read(plan.call())[0])
    seconds = measure.median_seconds(plan.call) if request.get('timing') else 0
    reply = {
        'outputs': [_claim('output', output, results[0])],
        'repeats': repeats,
        'seconds': seconds,
        'unstable': int(numpy.count_nonzero(changed)),
        'notes': list(plan.notes),
    }
    return reply, results


def _claim(what, node, array):
    data = array.data
    return {'what': what, 'node': node, 'dtype': array.dtype, 'shape': list(data.shape), 'nbytes': int(data.nbytes)}


class _kernels_missing(object):
    """What the framework raises where it has no kernel for a dtype (or for empty arrays) is no failure: `unsupported`."""

    def __init__(self, adapter):
        self.adapter = adapter

    def __enter__(self):
        pass

    def __exit__(self, kind, error, trace):
        says_so = isinstance(error, Exception) and any(part in str(error) for part in self.adapter.lacks)
        if says_so or isinstance(error, NotImplementedError):
            raise Unsupported(one_line(error)) from error


def _widened(array):
    """Floating arrays as float64."""
    if array.dtype == 'bfloat16':
        return Array('float64', (array.data.astype(numpy.uint32) << 16).view(numpy.float32).astype(numpy.float64))
    return Array('float64', array.data.astype(numpy.float64)) if array.data.dtype.kind == 'f' else array


def _subnormals(adapter, mode):
    """What this framework does with subnormals in this mode: found once, by feeding it some."""
    key = adapter.framework, mode
    if key not in _probed:
        try:
            arguments, results = _products(adapter, mode)
            _probed[key] = (['takes subnormal arguments for 0'] if not numpy.any(arguments) else []) + (
                ['flushes subnormal results to 0'] if not numpy.any(results) else []
            )
        except Exception:
            traceback.print_exc()
            _probed[key] = []
    return _probed[key]


def _products(adapter, mode):
    """float32 products in vectors long enough for SIMD: of subnormal arguments, and with subnormal results."""
    nodes = [{'op': 'input', 'name': 'x'}, {'op': 'input', 'name': 'y'}, {'op': 'multiply', 'in': [0, 1]}]
    graph = Graph({'nodes': [dict(node, dtype='float32', shape=[128]) for node in nodes], 'output': 2})
    pairs = numpy.repeat(numpy.array([[1e-40, 1e20], [1e-20, 1e-20]], dtype=numpy.float32), 64, axis=0)
    plan = adapter.plan_graph(mode, graph, [2], [Array('float32', pairs[:, i].copy()) for i in (0, 1)])
    product = plan.read(plan.call())[0].data
    return product[:64], product[64:]
