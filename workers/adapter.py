"""What every framework's adapter is made of.

An adapter is a subclass of Adapter in adapter_FRAMEWORK.py. It states what its framework is called and how it is
driven, and lists only the exceptions: an op is looked for under its own name (that of the Python array API standard)
in the framework's namespaces.
"""

import ast
import collections
import importlib
import inspect
import operator
import warnings

import numpy

# An array as it travels: a dtype's name and the elements; bfloat16 as its 16-bit patterns (uint16).
Array = collections.namedtuple('Array', 'dtype data')

# A function made ready in one mode: call() computes and answers when the results are there, read(results) makes Arrays
# of them; notes is what the report should say.
Plan = collections.namedtuple('Plan', 'call read notes')

DTYPES = (
    'bool',
    'int8',
    'int16',
    'int32',
    'int64',
    'uint8',
    'uint16',
    'uint32',
    'uint64',
    'float16',
    'bfloat16',
    'float32',
    'float64',
)


class Unsupported(Exception):
    """The framework has no such op, dtype or mode."""

    def __init__(self, what, op=''):
        Exception.__init__(self, what)
        self.op = op


# What a user writes with a constant: `x * 2`, so that its promotion is the framework's own. Without ==, which compares
# identities in TensorFlow 1.
OPERATORS = {
    'add': operator.add,
    'subtract': operator.sub,
    'multiply': operator.mul,
    'divide': operator.truediv,
    'floor_divide': operator.floordiv,
    'remainder': operator.mod,
    'pow': operator.pow,
    'negative': operator.neg,
    'less': operator.lt,
    'less_equal': operator.le,
    'greater': operator.gt,
    'greater_equal': operator.ge,
}

# What users write where their framework has no function for an op: expressions over ops, arguments (x, y, z) and
# attributes. They are evaluated in the framework, so that the text is what was computed.
COMPOSITIONS = {
    'rsqrt': '1 / sqrt(x)',
    'reciprocal': '1 / x',
    'exp2': '2 ** x',
    'log2': 'log(x) / 0.6931471805599453',
    'log10': 'log(x) / 2.302585092994046',
    'trunc': 'where(less(x, 0), ceil(x), floor(x))',
    'hypot': 'sqrt(x * x + y * y)',
    'sigmoid': '1 / (1 + exp(-x))',
    'relu': 'maximum(x, 0)',
    'softplus': 'logaddexp(x, 0)',
    'gelu': "0.5 * x * (1 + erf(x * 0.7071067811865476)) if approximate == 'none' else "
    "0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x ** 3)))",
    'logaddexp': 'maximum(x, y) + log1p(exp(-abs(x - y)))',
    'logsumexp': 'log(sum(exp(x - max(x, axis, True)), axis, keepdims)) + max(x, axis, keepdims)',
    'softmax': 'exp(x - max(x, axis, True)) / sum(exp(x - max(x, axis, True)), axis, True)',
    'log_softmax': '(x - max(x, axis, True)) - log(sum(exp(x - max(x, axis, True)), axis, True))',
    'var': 'sum(square(x - mean(x, axis, True)), axis, keepdims) / (count - correction)',
    'std': 'sqrt(var(x, axis, correction, keepdims))',
    'vecdot': 'sum(x * y, axis, False)',
    'outer': 'reshape(x, (-1, 1)) * reshape(y, (1, -1))',
}

_ARGUMENTS = ('x', 'y', 'z')
_ALONG = ('axis', 'keepdims')
_POSITIONAL = {
    'sum': _ALONG,
    'max': _ALONG,
    'mean': _ALONG,
    'var': ('axis', 'correction', 'keepdims'),
    'reshape': ('shape',),
}


def one_line(error):
    """What an exception says, on one line."""
    lines = [line.strip() for line in str(error).split('\n') if line.strip()]
    return '%s: %s' % (type(error).__name__, lines[0][:500]) if lines else type(error).__name__


def is_scalar(value):
    """Whether a value is a constant of the expression, still the Python number that the user wrote."""
    return type(value) in (int, float, bool)


def compositions(*ops):
    return dict((op, COMPOSITIONS[op]) for op in ops)


def names_in(expression):
    """The ops that a composition calls."""
    calls = [node.func for node in ast.walk(ast.parse(expression, mode='eval')) if isinstance(node, ast.Call)]
    return sorted(set(called.id for called in calls if isinstance(called, ast.Name)))


def axes_tuple(axis, rank):
    """The attribute `axis` as a sorted tuple of non-negative axes; None is all of them."""
    axes = range(rank) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(sorted(a % rank for a in axes))


def count_along(shape, axis):
    count = 1
    for a in axes_tuple(axis, len(shape)):
        count *= int(shape[a])
    return count


def index_of(starts, stops, steps, drop):
    """The slice op's attributes as a Python subscript."""
    return tuple(starts[a] if dropped else slice(starts[a], stops[a], steps[a]) for a, dropped in enumerate(drop))


class Adapter(object):
    framework = ''  # its name in backend names
    package = ''  # what is imported
    distributions = ()  # what it may be installed as
    modes = ('',)  # how it is driven; the usual one first
    port_mode = None  # how a port's function is called; None: as in the usual mode
    namespaces = ()  # where ops are looked for, in this order
    spellings = {}  # op: its name there
    attributes = {}  # attribute: its name there
    composed = {}  # op: what users write, where no namespace has it (see COMPOSITIONS)
    takes_scalars = True  # whether functions (not operators) take Python numbers
    lacks = ()  # parts of the messages by which it says that it has no kernel for a dtype, or none for empty arrays

    def __init__(self):
        self.module = None
        self.used = {}  # the compositions that were evaluated since somebody emptied it
        self._resolved = {}

    # ---- the framework -------------------------------------------------------------------------------------------

    def load(self):
        """Imports the framework, on the first request that needs it."""
        if self.module is None:
            self.prepare_import()
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                self.module = importlib.import_module(self.package)
            self.after_import()
        return self.module

    def prepare_import(self):
        pass

    def after_import(self):
        pass

    def version(self):
        return str(self.load().__version__)

    def modes_of(self, version, gradient=False):
        """The modes of this version of the framework; `gradient`: for a graph that differentiates."""
        return self.modes

    def provenance(self):
        return {}

    def tensor_file(self, path):
        """The TensorFile of a file in the framework's own format."""
        raise Unsupported('%s has no files of tensors of its own' % self.framework)

    # ---- ops -----------------------------------------------------------------------------------------------------

    def find(self, dotted):
        """What has this dotted name, importing submodules on the way; None where nothing has."""
        parts = dotted.split('.')
        try:
            found = importlib.import_module(parts[0])
            for i, part in enumerate(parts[1:], 1):
                if not hasattr(found, part) and inspect.ismodule(found):
                    importlib.import_module('.'.join(parts[: i + 1]))
                found = getattr(found, part)
        except (ImportError, AttributeError):
            return None
        return found

    def resolve(self, op):
        """(function, kind) for an op: `native` or `composed`; Unsupported where there is neither."""
        if op not in self._resolved:
            self.load()
            self._resolved[op] = self._look_for(op)
        function, kind = self._resolved[op]
        if function is None:
            raise Unsupported('%s has no %s' % (self.framework, op), op)
        return function, kind

    def kind(self, op):
        """`native`, `composed` or `unsupported`."""
        try:
            return self.resolve(op)[1]
        except Unsupported:
            return 'unsupported'

    def _look_for(self, op):
        own = getattr(self, 'op_' + op, None)
        if own is not None:
            return (own, 'native') if self.has(op) else self._compose(op)
        native = self.native(op)
        if native is not None:
            return self._renaming(native), 'native'
        return self._compose(op)

    def native(self, op):
        """The framework's own function for an op, or None."""
        name = self.spellings.get(op, op)
        for candidate in ((name,) if name == op else (name, op)):
            for namespace in self.namespaces:
                found = self.find(namespace + '.' + candidate)
                if callable(found) and not inspect.isclass(found):
                    return found
        return None

    def has(self, op):
        """Whether the method op_NAME has what it needs in this version."""
        return True

    def _renaming(self, function):
        def call(*args, **attrs):
            return function(*args, **dict((self.attributes.get(name, name), value) for name, value in attrs.items()))

        return call

    def _compose(self, op):
        text = self.composed.get(op)
        if text is None:
            return None, 'unsupported'
        try:
            needed = [name for name in names_in(text) if not (op == 'gelu' and name == 'erf')]
            for name in needed:
                self.resolve(name)
        except Unsupported:
            return None, 'unsupported'
        return self.composition(op), 'composed'

    def composition(self, op):
        return _Composition(self, op, self.composed[op])

    def apply(self, op, args, attrs, dtype):
        """One node: a Python operator where a constant takes part, as users write it, else the framework's function."""
        scalars = [is_scalar(a) for a in args]
        if any(scalars) and op in OPERATORS:
            if not all(scalars):
                self.resolve(op)
                return OPERATORS[op](*args)
            try:
                return OPERATORS[op](*args)
            except (ZeroDivisionError, OverflowError, TypeError):
                pass  # an infinity in every framework: let it say so
        if any(scalars) and (all(scalars) or not self.takes_scalars):
            args = [self.constant(a, dtype) if s else a for a, s in zip(args, scalars)]
        function, _ = self.resolve(op)
        try:
            return function(*args, **attrs)
        except Unsupported as e:
            raise Unsupported('%s, which %s needs' % (e, op) if e.op not in ('', op) else str(e), op)

    # ---- arrays --------------------------------------------------------------------------------------------------

    def tensor(self, array):
        """The framework's own tensor with these elements."""
        raise NotImplementedError

    def constant(self, value, dtype):
        """A scalar tensor of that dtype."""
        if dtype == 'bfloat16':
            return self.op_astype(self.constant(value, 'float32'), dtype)
        return self.tensor(Array(dtype, numpy.array(value, dtype=dtype)))

    def read(self, value):
        """The Array of a tensor, a NumPy array or a number."""
        return read_numpy(self.to_numpy(value))

    def to_numpy(self, value):
        return value

    # ---- runs ----------------------------------------------------------------------------------------------------

    def plan(self, mode, body, arrays):
        """`body` takes tensors and returns a list of values; here: called as it is."""
        tensors = [self.tensor(a) for a in arrays]
        return Plan(lambda: self.ready(body(*tensors)), self.read_all, [])

    def plan_graph(self, mode, graph, wanted, arrays):
        """For a graph; frameworks that need more than a body override it."""
        return self.plan(mode, graph.body(self, wanted), arrays)

    def plan_port(self, mode, body, arrays):
        """For a port's function that takes tensors."""
        return self.plan(mode, body, arrays)

    def plan_numpy(self, mode, body):
        """For a port's function that was given NumPy arrays: `body` takes nothing."""
        return Plan(lambda: self.ready(body()), self.read_all, [])

    def ready(self, values):
        return values

    def read_all(self, values):
        return [self.read(v) for v in values]

    def gradient(self, function, x, nested):
        """The derivative of sum(function(x)) by x; `nested`: it will be differentiated again."""
        raise Unsupported('%s does not differentiate' % self.framework, 'grad')


class _Composition(object):
    """An op written in terms of others."""

    def __init__(self, adapter, op, text):
        self.adapter, self.op, self.text = adapter, op, text
        self.code = compile(text, '<%s>' % op, 'eval')

    def __call__(self, *args, **attrs):
        self.adapter.used[self.op] = self.text
        return eval(self.code, {'__builtins__': {}}, _Names(self.adapter, self.op, args, attrs))


class _Names(object):
    """The names in a composition: arguments, attributes, `count` (of the reduced axes) and ops."""

    def __init__(self, adapter, op, args, attrs):
        self.adapter, self.op = adapter, op
        self.known = dict(zip(_ARGUMENTS, args))
        self.known.update(attrs)

    def __getitem__(self, name):
        if name in self.known:
            return self.known[name]
        if name == 'count':
            return count_along(self.adapter.shape(self.known['x']), self.known.get('axis'))
        return lambda *args: self.call(name, args)

    def call(self, op, args):
        names = _POSITIONAL.get(op, ())
        arity = len(args) - len(names)
        dtype = next((self.adapter.dtype_of(a) for a in args[:arity] if not is_scalar(a)), 'float64')
        return self.adapter.apply(op, args[:arity], dict(zip(names, args[arity:])), dtype)


def read_numpy(value):
    """The Array of what NumPy can hold."""
    if isinstance(value, Array):
        return value
    data = numpy.asarray(value)
    if data.dtype.name == 'bfloat16':
        return Array('bfloat16', numpy.ascontiguousarray(data).reshape(data.shape).view(numpy.uint16))
    if data.dtype.name not in DTYPES:
        raise TypeError('the result has dtype %s, which is none of %s' % (data.dtype, ', '.join(DTYPES)))
    shape = data.shape
    return Array(data.dtype.name, numpy.ascontiguousarray(data, dtype=data.dtype.newbyteorder('=')).reshape(shape))
