"""TensorFlow 1 (from 1.2) and 2: eager, tf.function, and Session with its inputs as constants (as old code has it; the
whole graph may then be folded before it runs) or fed through placeholders.
"""

import os

import numpy

from . import tensorflow_files
from .adapter import Adapter, Plan, Unsupported, axes_tuple, compositions, index_of

_SESSIONS = ('session', 'placeholder')
_FOLDED = 'the inputs are constants of the graph: what is timed may be a folded result'


def _numbers(version):
    parts = version.split('.')
    return tuple(int(p) for p in parts[:2]) if all(p.isdigit() for p in parts[:2]) else (2, 0)


class TensorFlow(Adapter):
    framework = 'tensorflow'
    package = 'tensorflow'
    distributions = (
        'tensorflow',
        'tensorflow-cpu',
        'tensorflow-gpu',
        'intel-tensorflow',
        'tf-nightly',
        'tf-nightly-cpu',
    )
    modes = ('eager', 'function', 'session', 'placeholder')
    namespaces = ('tensorflow.math', 'tensorflow', 'tensorflow.nn')
    spellings = {
        'floor_divide': 'floordiv',
        'remainder': 'floormod',
        'sum': 'reduce_sum',
        'prod': 'reduce_prod',
        'mean': 'reduce_mean',
        'max': 'reduce_max',
        'min': 'reduce_min',
        'logsumexp': 'reduce_logsumexp',
    }
    composed = compositions(
        'exp2', 'log2', 'log10', 'trunc', 'hypot', 'gelu', 'logaddexp', 'var', 'std', 'vecdot', 'outer'
    )
    takes_scalars = False
    lacks = (
        'No OpKernel was registered',
        'Could not find device for node',
        'Could not find valid device',
        'not in list of allowed values',
        'not in the list of allowed values',
        'for an empty tensor',
    )

    def prepare_import(self):
        os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')

    def after_import(self):
        tf = self.module
        self.numbers = _numbers(tf.__version__)
        self.v1 = tf.compat.v1 if hasattr(tf, 'compat') and hasattr(tf.compat, 'v1') else tf
        self.v1.logging.set_verbosity(self.v1.logging.ERROR)
        self.in_session = False
        self.attributes = {'keepdims': 'keepdims' if self.numbers >= (1, 5) else 'keep_dims'}

    def modes_of(self, version, gradient=False):
        return self.modes if _numbers(version) >= (2, 0) else self.modes[2:]

    def provenance(self):
        config = getattr(self.module, 'config', None)
        if not hasattr(config, 'threading'):
            return {}
        said = {
            'threads intra-op': config.threading.get_intra_op_parallelism_threads(),
            'threads inter-op': config.threading.get_inter_op_parallelism_threads(),
        }
        return dict((name, str(count or 'by TensorFlow')) for name, count in said.items())

    def tensor_file(self, path):
        return tensorflow_files.opened(self.load(), path)

    # ---- arrays --------------------------------------------------------------------------------------------------

    def _numpy(self, array):
        if array.dtype != 'bfloat16':
            return array.data
        held = numpy.dtype(self.module.bfloat16.as_numpy_dtype)
        if held.name != 'bfloat16':
            raise Unsupported('TensorFlow %s has no bfloat16 arrays' % self.version())
        return array.data.view(held)

    def tensor(self, array):
        return self.module.constant(self._numpy(array))

    def to_numpy(self, value):
        return value.numpy() if hasattr(value, 'numpy') else value

    def shape(self, x):
        return tuple(x.get_shape().as_list())

    def dtype_of(self, x):
        return x.dtype.base_dtype.name

    # ---- ops -----------------------------------------------------------------------------------------------------

    def has(self, op):
        tf = self.module
        return {
            'gelu': hasattr(tf.nn, 'gelu'),
            'var': self.find('tensorflow.math.reduce_variance') is not None,
            'std': self.find('tensorflow.math.reduce_std') is not None,
        }.get(op, True)

    def op_where(self, condition, x, y):
        if self.numbers < (2, 0):  # does not broadcast
            shape = tuple(numpy.broadcast(*[numpy.empty(self.shape(a), dtype=bool) for a in (condition, x, y)]).shape)
            condition, x, y = [self.op_broadcast_to(a, shape) for a in (condition, x, y)]
        return self.module.where(condition, x, y)

    def op_broadcast_to(self, x, shape):
        tf = self.module
        if hasattr(tf, 'broadcast_to'):
            return tf.broadcast_to(x, shape)
        sizes = (1,) * (len(shape) - len(self.shape(x))) + self.shape(x)
        return tf.tile(tf.reshape(x, sizes), [n // m if m else 1 for n, m in zip(shape, sizes)]) if shape else x

    def op_gelu(self, x, approximate):
        return self.module.nn.gelu(x, approximate=approximate == 'tanh')

    def op_argmax(self, x, axis, keepdims):
        return self._arg(self.module.argmax, x, axis, keepdims)

    def op_argmin(self, x, axis, keepdims):
        return self._arg(self.module.argmin, x, axis, keepdims)

    def _arg(self, function, x, axis, keepdims):
        shape = self.shape(x)
        found = function(self.module.reshape(x, [-1]) if axis is None else x, axis=0 if axis is None else axis)
        if not keepdims:
            return found
        return self.module.reshape(found, [1 if a in axes_tuple(axis, len(shape)) else n for a, n in enumerate(shape)])

    def op_softmax(self, x, axis):
        return self.module.nn.softmax(x, **{'axis' if self.numbers >= (1, 5) else 'dim': axis})

    def op_log_softmax(self, x, axis):
        return self.module.nn.log_softmax(x, **{'axis' if self.numbers >= (1, 5) else 'dim': axis})

    def op_cumulative_sum(self, x, axis):
        return self.module.cumsum(x, axis=0 if axis is None else axis)

    def op_cumulative_prod(self, x, axis):
        name = 'tensorflow.math.cumprod' if self.numbers >= (2, 0) else 'tensorflow.cumprod'
        return self.find(name)(x, axis=0 if axis is None else axis)

    def op_matmul(self, x, y):
        tf = self.module
        left, right = len(self.shape(x)) == 1, len(self.shape(y)) == 1
        product = tf.matmul(tf.expand_dims(x, 0) if left else x, tf.expand_dims(y, -1) if right else y)
        if left or right:
            product = tf.squeeze(product, ([-2] if left else []) + ([-1] if right else []))
        return product

    def op_reshape(self, x, shape):
        return self.module.reshape(x, shape)

    def op_permute_dims(self, x, axes):
        return self.module.transpose(x, axes)

    def op_concat(self, *args, **attrs):
        return self.module.concat(args, axis=attrs['axis'])

    def op_astype(self, x, dtype):
        return self.module.cast(x, dtype)

    def op_slice(self, x, starts, stops, steps, drop):
        return x[index_of(starts, stops, steps, drop)] if starts else x

    def op_flip(self, x, axis):
        axes = axes_tuple(axis, len(self.shape(x)))
        return self.module.reverse(x, list(axes)) if axes else x

    def op_var(self, x, axis, correction, keepdims):
        return self._spread('reduce_variance', 'var', x, axis, correction, keepdims)

    def op_std(self, x, axis, correction, keepdims):
        return self._spread('reduce_std', 'std', x, axis, correction, keepdims)

    def _spread(self, name, op, x, axis, correction, keepdims):
        function = self.find('tensorflow.math.' + name)
        if function is None or correction != 0:
            return self.composition(op)(x, axis=axis, correction=correction, keepdims=keepdims)
        return function(x, axis=axis, keepdims=keepdims)

    # ---- runs ----------------------------------------------------------------------------------------------------

    def gradient(self, function, x, nested):
        tf = self.module
        if self.in_session:
            result = self.v1.gradients(function(x), [x])[0]
        else:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            result = tape.gradient(y, x)
        return tf.zeros_like(x) if result is None else tf.convert_to_tensor(result)

    def plan(self, mode, body, arrays):
        return self._plan(mode, body, arrays, autograph=False)

    def plan_port(self, mode, body, arrays):
        return self._plan(mode, body, arrays, autograph=True)

    def _plan(self, mode, body, arrays, autograph):
        if mode in _SESSIONS:
            return self._session(mode, body, arrays)
        if mode == 'function':
            body = self.module.function(body, autograph=autograph)
        return Adapter.plan(self, mode, body, arrays)

    def plan_numpy(self, mode, body):
        return self._session(mode, body, []) if mode in _SESSIONS else Adapter.plan_numpy(self, mode, body)

    def _session(self, mode, body, arrays):
        """The graph is built once. A port's function that opens a Session itself gives numbers, and is called again."""
        graph, values, feed = self._build(mode, body, arrays)
        if not all(isinstance(v, (self.module.Tensor, self.module.Variable)) for v in values):
            return Plan(lambda: self._build(mode, body, arrays)[1], self.read_all, [])
        session = self.v1.Session(graph=graph)
        with graph.as_default():
            if self.v1.global_variables():
                session.run(self.v1.global_variables_initializer())
        notes = [_FOLDED] if mode == 'session' and arrays else []
        return Plan(lambda: session.run(values, feed), self.read_all, notes)

    def _build(self, mode, body, arrays):
        graph, feed, tensors = self.module.Graph(), {}, []
        self.in_session = True
        try:
            with graph.as_default():
                for array in arrays:
                    data = self._numpy(array)
                    if mode == 'placeholder':
                        tensors.append(self.v1.placeholder(data.dtype, data.shape))
                        feed[tensors[-1]] = data
                    else:
                        tensors.append(self.module.constant(data))
                return graph, body(*tensors), feed
        finally:
            self.in_session = False


ADAPTER = TensorFlow
