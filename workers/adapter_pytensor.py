"""PyTensor, Theano's living successor: a compiled function of symbolic inputs."""

import os
import sys

from .adapter import Adapter, Plan, Unsupported, compositions, index_of


class PyTensor(Adapter):
    framework = 'pytensor'
    package = 'pytensor'
    distributions = ('pytensor',)
    modes = ('compile',)
    namespaces = ('pytensor.tensor', 'pytensor.tensor.special')
    spellings = {
        'negative': 'neg',
        'asin': 'arcsin',
        'acos': 'arccos',
        'atan': 'arctan',
        'asinh': 'arcsinh',
        'acosh': 'arccosh',
        'atanh': 'arctanh',
        'lgamma': 'gammaln',
        'subtract': 'sub',
        'multiply': 'mul',
        'divide': 'true_div',
        'floor_divide': 'int_div',
        'atan2': 'arctan2',
        'remainder': 'mod',
        'less': 'lt',
        'greater': 'gt',
        'less_equal': 'le',
        'greater_equal': 'ge',
        'equal': 'eq',
        'not_equal': 'neq',
        'square': 'sqr',
    }
    attributes = {'correction': 'ddof'}
    composed = compositions('rsqrt', 'relu', 'gelu', 'hypot')

    def prepare_import(self):
        # What it compiles is kept in the environment, where that is one of its own, and not in the user's home.
        flags = os.environ.get('PYTENSOR_FLAGS', '')
        if 'base_compiledir' not in flags and sys.prefix != sys.base_prefix and os.access(sys.prefix, os.W_OK):
            own = 'base_compiledir=' + os.path.join(sys.prefix, 'var', 'pytensor')
            os.environ['PYTENSOR_FLAGS'] = ','.join(filter(None, (flags, own)))

    def after_import(self):
        self.tensors = self.find('pytensor.tensor')
        self.variable = self.find('pytensor.graph.basic.Variable')

    def provenance(self):
        config = self.module.config
        names = [name for name in ('mode', 'linker', 'floatX', 'cxx') if hasattr(config, name)]
        return {'pytensor': ' '.join('%s=%s' % (name, getattr(config, name)) for name in names)}

    def _check(self, array):
        if array.dtype == 'bfloat16':
            raise Unsupported('pytensor has no bfloat16')
        return array.data

    def tensor(self, array):
        return self.tensors.constant(self._check(array))

    def to_numpy(self, value):
        return value.eval() if isinstance(value, self.variable) else value

    def shape(self, x):
        return x.type.shape

    def dtype_of(self, x):
        return x.dtype

    def op_round(self, x):
        return self.tensors.round(x, mode='half_to_even')

    def op_cumulative_sum(self, x, axis):
        return self.tensors.cumsum(x, axis=axis)

    def op_cumulative_prod(self, x, axis):
        return self.tensors.cumprod(x, axis=axis)

    def op_vecdot(self, x, y, axis):
        if axis != -1:
            x, y = [self.tensors.moveaxis(a, axis, -1) for a in (x, y)]
        return self.tensors.vecdot(x, y)

    def op_permute_dims(self, x, axes):
        return x.transpose(axes)

    def op_reshape(self, x, shape):
        return x.reshape(shape)

    def op_concat(self, *args, **attrs):
        return self.tensors.concatenate(args, axis=attrs['axis'])

    def op_astype(self, x, dtype):
        if dtype == 'bfloat16':
            raise Unsupported('pytensor has no bfloat16')
        return self.tensors.cast(x, dtype)

    def op_slice(self, x, starts, stops, steps, drop):
        return x[index_of(starts, stops, steps, drop)]

    def gradient(self, function, x, nested):
        return self.module.grad(self.tensors.sum(function(x)), x, disconnected_inputs='ignore')

    def plan(self, mode, body, arrays):
        """A port's function that compiles by itself has answers, not variables, and is called each time anew."""
        data = [self._check(a) for a in arrays]
        inputs = [self.tensors.tensor('x%d' % i, dtype=a.dtype.name, shape=a.shape) for i, a in enumerate(data)]
        values = body(*inputs)
        if not all(isinstance(v, self.variable) for v in values):
            return Plan(lambda: body(*inputs), self.read_all, [])
        return self._compiled(inputs, values, data)

    def plan_numpy(self, mode, body):
        return self.plan(mode, body, [])

    def _compiled(self, inputs, values, arrays):
        function = self.module.function(inputs, values, on_unused_input='ignore')
        return Plan(lambda: function(*arrays), self.read_all, [])


ADAPTER = PyTensor
