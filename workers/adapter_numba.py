"""Numba: a function generated from the graph, as its users write them (operators and np.* calls), compiled by njit.

What Numba cannot type is unsupported.
"""

import math
import re

import numpy

from .adapter import Adapter, Plan, Unsupported, axes_tuple, compositions, index_of, is_scalar, names_in, one_line
from .adapter_numpy import NumPy

_SYMBOLS = {
    'add': '+',
    'subtract': '-',
    'multiply': '*',
    'divide': '/',
    'floor_divide': '//',
    'remainder': '%',
    'pow': '**',
    'less': '<',
    'less_equal': '<=',
    'greater': '>',
    'greater_equal': '>=',
}

# What is written for an op of x, y, z; %(NAME)s is an attribute.
_CALLS = {
    'where': 'np.where(x, y, z)',
    'matmul': 'x @ y',
    'vecdot': 'np.sum(x * y)',
    'outer': 'np.outer(x, y)',
    'reshape': 'np.ascontiguousarray(x).reshape(%(shape)s)',
    'permute_dims': 'np.transpose(x, %(axes)s)',
    'broadcast_to': 'np.broadcast_to(x, %(shape)s)',
    'astype': 'x.astype(np.%(dtype)s)',
    'softmax': 'np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x)))',
    'log_softmax': '(x - np.max(x)) - np.log(np.sum(np.exp(x - np.max(x))))',
    'logsumexp': 'np.log(np.sum(np.exp(x - np.max(x)))) + np.max(x)',
    'cumulative_sum': 'np.cumsum(x)',
    'cumulative_prod': 'np.cumprod(x)',
}
_REDUCTIONS = ('sum', 'prod', 'mean', 'var', 'std', 'max', 'min', 'argmax', 'argmin', 'logsumexp')
_WHOLE = ('softmax', 'log_softmax', 'cumulative_sum', 'cumulative_prod', 'vecdot')
_TAKE_AXIS = ('sum', 'argmax', 'argmin')
_FROM_MATH = ('erf', 'erfc', 'lgamma')
_WRITTEN = frozenset(_CALLS).union(_REDUCTIONS, _FROM_MATH, ('concat', 'slice', 'flip'))


class Numba(Adapter):
    framework = 'numba'
    package = 'numba'
    distributions = ('numba',)
    modes = ('njit',)
    namespaces = ('numpy',)
    spellings = dict(NumPy.spellings, round='rint')
    composed = compositions('rsqrt', 'sigmoid', 'relu', 'gelu', 'softplus')
    lacks = (
        'nopython mode pipeline',
        'is required for linear algebra',
        'zero-size array to reduction operation',
    )

    def __init__(self):
        Adapter.__init__(self)
        self._functions = {}  # (source, compositions, types) -> njit function

    def modes_of(self, version, gradient=False):
        return () if gradient else self.modes

    def provenance(self):
        numba = self.module
        return {
            'llvmlite': self.find('llvmlite').__version__,
            'cpu': self.find('llvmlite.binding.get_host_cpu_name')(),
            'threads': str(numba.get_num_threads()),
        }

    def tensor(self, array):
        if array.dtype == 'bfloat16':
            raise Unsupported('numba has no bfloat16')
        return array.data

    def _look_for(self, op):
        if op == 'matmul' and self.find('scipy.linalg') is None:
            return None, 'unsupported'  # Numba calls the BLAS that SciPy brings
        if op in _WRITTEN or self.ufunc(op):
            return self.ufunc(op) or op, 'native'
        return self._compose(op)

    def ufunc(self, op):
        """The elementwise function of NumPy by which Numba knows an op, as written; '' where there is none."""
        name = self.spellings.get(op, op)
        is_ufunc = op not in self.composed and isinstance(getattr(numpy, name, None), numpy.ufunc)
        return 'np.' + name if is_ufunc else ''

    def _compiled(self, source, data):
        """The njit function of a source for arguments like these, compiled once."""
        key = (source.text, tuple(source.composed), tuple(str(self.module.typeof(x)) for x in data))
        if key not in self._functions:
            function = self.module.njit(source.function())
            try:
                function(*data)  # compiles
            except self.find('numba.core.errors.NumbaError') as e:
                raise Unsupported('numba cannot compile it: %s' % one_line(e))
            self._functions[key] = function
        return self._functions[key]

    def plan_graph(self, mode, graph, wanted, arrays):
        data = [self.tensor(a) for a in arrays]
        function = self._compiled(_Source(self, graph, wanted), data)
        types = function.nopython_signatures[0].return_type.types

        def read(values):
            return [self.read(_typed(v, t)) for v, t in zip(values, types)]

        return Plan(lambda: function(*data), read, [])


def _typed(value, kind):
    """Numba answers with a Python number where it computed a NumPy scalar."""
    return numpy.array(value, dtype=str(kind)) if is_scalar(value) else value


class _Source(object):
    """The Python source of a graph."""

    def __init__(self, adapter, graph, wanted):
        self.adapter, self.graph, self.wanted = adapter, graph, wanted
        self.names = {'np': numpy}
        self.composed = []  # texts of the compositions that the source calls by name
        self.text = self._written()

    def _written(self):
        lines = ['def function(%s):' % ', '.join('v%d' % i for i in self.graph.inputs)]
        for i in self.graph.needed(self.wanted):
            node = self.graph.nodes[i]
            if node.op not in ('input', 'constant'):
                lines.append('    v%d = %s' % (i, self.expression(node)))
        lines.append('    return (%s,)' % ', '.join(self.argument(w) for w in self.wanted))
        return '\n'.join(lines)

    def function(self):
        exec(compile(self.text, '<graph>', 'exec'), self.names)
        return self.names['function']

    def argument(self, i):
        node = self.graph.nodes[i]
        if node.op != 'constant':
            return 'v%d' % i
        text = repr(node.value)
        return text if math.isfinite(node.value) else text.replace('nan', 'np.nan').replace('inf', 'np.inf')

    def expression(self, node):
        args = ['(%s)' % self.argument(k) for k in node.inputs]
        constant = any(self.graph.nodes[k].op == 'constant' for k in node.inputs)
        if node.op == 'concat':
            return 'np.concatenate((%s,), %d)' % (', '.join(args), node.attrs['axis'])
        if node.op in ('slice', 'flip'):
            return self.subscript(node, args[0])
        if node.op in _SYMBOLS and constant:
            return (' %s ' % _SYMBOLS[node.op]).join(args)
        if node.op in _REDUCTIONS or node.op in _WHOLE:
            return self.reduction(node, args)
        if node.op in _CALLS:
            return _filled(_CALLS[node.op] % node.attrs, args)
        if node.op in _FROM_MATH:
            return self.from_math(node.op, args)
        if node.op in self.adapter.composed:
            return self.composition(node, args)
        return '%s(%s)' % (self.adapter.ufunc(node.op), ', '.join(args))

    def subscript(self, node, x):
        rank = len(self.graph.nodes[node.inputs[0]].shape)
        if node.op == 'flip':
            axes = axes_tuple(node.attrs['axis'], rank)
            index = tuple(slice(None, None, -1) if a in axes else slice(None) for a in range(rank))
        else:
            index = index_of(*[node.attrs[name] for name in ('starts', 'stops', 'steps', 'drop')])
        parts = [
            (
                ':'.join('' if bound is None else str(bound) for bound in (part.start, part.stop, part.step))
                if isinstance(part, slice)
                else str(part)
            )
            for part in index
        ]
        return '%s[%s]' % (x, ', '.join(parts)) if parts else x

    def reduction(self, node, args):
        rank = len(self.graph.nodes[node.inputs[0]].shape)
        axis = node.attrs.get('axis')
        if node.attrs.get('keepdims'):
            raise Unsupported('numba reduces without keepdims', node.op)
        if axis is not None and len(axes_tuple(axis, rank)) < rank or node.op in _WHOLE and rank != 1:
            if node.op not in _TAKE_AXIS or len(axes_tuple(axis, rank)) != 1:
                raise Unsupported("numba's %s takes no axis" % node.op, node.op)
            return 'np.%s(%s, %d)' % (node.op, args[0], axes_tuple(axis, rank)[0])
        if node.attrs.get('correction'):
            text = 'np.sum((x - np.mean(x)) ** 2) / (x.size - %r)' % node.attrs['correction']
            return _filled(text if node.op == 'var' else 'np.sqrt(%s)' % text, args)
        return _filled(_CALLS.get(node.op, 'np.%s(x)' % node.op), args)

    def from_math(self, op, args):
        scalar = getattr(math, op)
        self.names['math_' + op] = self.adapter.module.vectorize(_calling(scalar))
        return 'math_%s(%s)' % (op, ', '.join(args))

    def composition(self, node, args):
        """An njit function of its own; its globals are NumPy's functions under the ops' names."""
        text = self.adapter.composed[node.op]
        if node.op == 'gelu':
            exact, by_tanh = text.split(" if approximate == 'none' else ")
            text = exact if node.attrs['approximate'] == 'none' else by_tanh
        names = dict((op, self.adapter.native(op)) for op in names_in(text))
        if 'erf' in names:
            names['erf'] = self.adapter.module.vectorize(_calling(math.erf))
        self.adapter.used[node.op] = text
        self.composed.append(text)
        name = '%s_%d' % (node.op, len(self.names))
        self.names[name] = self.adapter.module.njit(eval('lambda x: ' + text, names))
        return '%s(%s)' % (name, args[0])


def _calling(function):
    return lambda x: function(x)


def _filled(text, args):
    """The text with the arguments in the places of x, y and z."""
    return re.sub(r'\b[xyz]\b', lambda m: args['xyz'.index(m.group())], text)


ADAPTER = Numba
