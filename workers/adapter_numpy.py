"""NumPy, called as its users do."""

import numpy

from . import surroundings
from .adapter import Adapter, Unsupported, axes_tuple, compositions, index_of

# Ops that a central difference over a whole array cannot pass through: an element depends on several of the argument's.
_MIXING = frozenset(
    (
        'sum',
        'prod',
        'mean',
        'var',
        'std',
        'max',
        'min',
        'argmax',
        'argmin',
        'logsumexp',
        'softmax',
        'log_softmax',
        'cumulative_sum',
        'cumulative_prod',
        'matmul',
        'vecdot',
        'outer',
        'reshape',
        'permute_dims',
        'concat',
        'broadcast_to',
        'slice',
        'flip',
    )
)
_ELEMENTWISE_ONLY = (
    'a central difference (f(x + h) - f(x - h)) / (2 * h) needs a function of single elements; %s is none'
)


class NumPy(Adapter):
    framework = 'numpy'
    package = 'numpy'
    distributions = ('numpy',)
    modes = ('', 'difference', 'difference32')
    namespaces = ('numpy', 'scipy.special')
    spellings = {
        'asin': 'arcsin',
        'acos': 'arccos',
        'atan': 'arctan',
        'asinh': 'arcsinh',
        'acosh': 'arccosh',
        'atanh': 'arctanh',
        'atan2': 'arctan2',
        'pow': 'power',
        'lgamma': 'gammaln',
        'cumulative_sum': 'cumsum',
        'cumulative_prod': 'cumprod',
        'permute_dims': 'transpose',
    }
    attributes = {'correction': 'ddof'}
    composed = compositions(
        'rsqrt', 'sigmoid', 'relu', 'gelu', 'softplus', 'logsumexp', 'softmax', 'log_softmax', 'vecdot'
    )
    lacks = ('not supported for the input types', 'zero-size array to reduction operation')

    def modes_of(self, version, gradient=False):
        return self.modes[1:] if gradient else self.modes[:1]

    def provenance(self):
        return {'cpu': surroundings.numpy_capability(), 'blas': surroundings.blas()}

    def native(self, op):
        # scipy.special's softmax and logsumexp are Python over NumPy: what NumPy's users write is in `composed`.
        if op in self.composed:
            return None
        found = Adapter.native(self, op)
        name = self.spellings.get(op, op)
        if found is None or hasattr(numpy, name) or hasattr(numpy, op):
            return found

        def from_scipy(*args):
            self.used[op] = 'scipy.special.' + name
            return found(*args)

        return from_scipy

    def tensor(self, array):
        if array.dtype == 'bfloat16':
            raise Unsupported('%s has no bfloat16' % self.framework)
        return array.data

    def shape(self, x):
        return numpy.shape(x)

    def dtype_of(self, x):
        return x.dtype.name

    def op_argmax(self, x, axis, keepdims):
        return self._arg(numpy.argmax, x, axis, keepdims)

    def op_argmin(self, x, axis, keepdims):
        return self._arg(numpy.argmin, x, axis, keepdims)

    def _arg(self, function, x, axis, keepdims):
        found = function(x, axis=axis)
        if not keepdims:
            return found
        return numpy.reshape(found, [1 if a in axes_tuple(axis, x.ndim) else n for a, n in enumerate(x.shape)])

    def op_cumulative_sum(self, x, axis):
        return numpy.cumsum(x, axis=axis)

    def op_cumulative_prod(self, x, axis):
        return numpy.cumprod(x, axis=axis)

    def op_reshape(self, x, shape):
        return numpy.reshape(x, shape)

    def op_permute_dims(self, x, axes):
        return numpy.transpose(x, axes)

    def op_broadcast_to(self, x, shape):
        return numpy.broadcast_to(x, shape)

    def op_concat(self, *args, **attrs):
        return numpy.concatenate(args, axis=attrs['axis'])

    def op_astype(self, x, dtype):
        if dtype == 'bfloat16':
            raise Unsupported('%s has no bfloat16' % self.framework)
        return x.astype(dtype)

    def op_slice(self, x, starts, stops, steps, drop):
        return x[index_of(starts, stops, steps, drop)]

    def op_flip(self, x, axis):
        axes = axes_tuple(axis, x.ndim)
        return x[tuple(slice(None, None, -1) if a in axes else slice(None) for a in range(x.ndim))]

    def gradient(self, function, x, nested):
        return (function(x + self.step) - function(x - self.step)) / (2 * self.step)

    def plan_graph(self, mode, graph, wanted, arrays):
        if graph.has_gradient:
            self._check_elementwise(graph)
            self.step = numpy.float32(1e-6) if mode == 'difference32' else 1e-6
        return self.plan(mode, graph.body(self, wanted), arrays)

    def _check_elementwise(self, graph):
        """One difference of the whole array is the gradient only where an element depends on its own argument alone."""
        for node in graph.nodes:
            if node.op == 'grad':
                function, x = node.inputs
                dependent = graph.depends_on([x])
                for i in graph.needed([function]):
                    if dependent[i] and (graph.nodes[i].op in _MIXING or graph.nodes[i].shape != graph.nodes[x].shape):
                        raise Unsupported(_ELEMENTWISE_ONLY % graph.nodes[i].op, 'grad')


ADAPTER = NumPy
