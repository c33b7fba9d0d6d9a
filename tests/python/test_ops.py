"""Every op in every framework against float64 references.

A wrong mapping (axis, correction, order of operands) cannot pass; rounding can.
"""

import functools
import math

import harness
import numpy as np
import pytest

rng = np.random.RandomState(7)


def _uniform(low, high, *shape):
    return rng.uniform(low, high, shape).astype('float32')


INPUTS = {
    'unit': _uniform(-0.95, 0.95, 2, 3, 4),
    'wide': np.concatenate([_uniform(-6, 6, 5, 4), np.array([[0.5, 1.5, -0.5, -2.5]], 'float32')]),
    'wide2': _uniform(-6, 6, 6, 4),
    'positive': _uniform(0.1, 8, 3, 5),
    'above1': _uniform(1.05, 9, 3, 5),
    'small': _uniform(0.5, 1.5, 2, 3, 4),
    'row': _uniform(0.5, 3, 4),
    'column': _uniform(0.5, 3, 3, 1),
    'vector': _uniform(-2, 2, 9),
    'vector2': _uniform(-2, 2, 9),
    'short': _uniform(-2, 2, 5),
    'left': _uniform(-1, 1, 3, 4),
    'right': _uniform(-1, 1, 4, 5),
    'stack': _uniform(-1, 1, 2, 3, 4),
    'stack2': _uniform(-1, 1, 2, 4, 5),
    'flags': np.array([True, False, True, True]),
}


def _each(function):
    return np.vectorize(function, otypes=['float64'])


def _digamma(x):
    shift = 0.0
    while x < 10:
        shift -= 1 / x
        x += 1
    return shift + math.log(x) - 1 / (2 * x) - 1 / (12 * x**2) + 1 / (120 * x**4) - 1 / (252 * x**6)


def _logsumexp(x, axis, keepdims):
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def _arg(function):
    def reference(x, axis, keepdims):
        found = function(x, axis=axis)
        return (
            found if not keepdims else np.expand_dims(found, axis) if axis is not None else found.reshape((1,) * x.ndim)
        )

    return reference


def _take(x, starts, stops, steps, drop):
    return x[tuple(s if d else slice(s, e, t) for s, e, t, d in zip(starts, stops, steps, drop))]


_erf = _each(math.erf)
UNARY = {
    'wide': {
        'abs': np.abs,
        'negative': np.negative,
        'square': np.square,
        'exp': np.exp,
        'exp2': np.exp2,
        'expm1': np.expm1,
        'sin': np.sin,
        'cos': np.cos,
        'atan': np.arctan,
        'sinh': np.sinh,
        'cosh': np.cosh,
        'tanh': np.tanh,
        'asinh': np.arcsinh,
        'floor': np.floor,
        'ceil': np.ceil,
        'trunc': np.trunc,
        'round': np.rint,
        'sign': np.sign,
        'sigmoid': lambda x: 1 / (1 + np.exp(-x)),
        'relu': lambda x: np.maximum(x, 0),
        'softplus': lambda x: np.logaddexp(x, 0),
        'erf': _erf,
        'erfc': lambda x: 1 - _erf(x),
    },
    'positive': {
        'sqrt': np.sqrt,
        'rsqrt': lambda x: 1 / np.sqrt(x),
        'reciprocal': lambda x: 1 / x,
        'log': np.log,
        'log2': np.log2,
        'log10': np.log10,
        'log1p': np.log1p,
        'lgamma': _each(math.lgamma),
        'digamma': _each(_digamma),
    },
    'unit': {'asin': np.arcsin, 'acos': np.arccos, 'atanh': np.arctanh, 'tan': np.tan},
    'above1': {'acosh': np.arccosh},
}
BINARY = {
    'add': np.add,
    'subtract': np.subtract,
    'multiply': np.multiply,
    'divide': np.divide,
    'floor_divide': np.floor_divide,
    'atan2': np.arctan2,
    'maximum': np.maximum,
    'minimum': np.minimum,
    'remainder': np.mod,
    'hypot': np.hypot,
    'logaddexp': np.logaddexp,
    'less': np.less,
    'greater': np.greater,
    'less_equal': np.less_equal,
    'greater_equal': np.greater_equal,
    'equal': np.equal,
    'not_equal': np.not_equal,
}
REDUCTIONS = {
    'sum': np.sum,
    'prod': np.prod,
    'mean': np.mean,
    'max': np.max,
    'min': np.min,
    'logsumexp': _logsumexp,
    'argmax': _arg(np.argmax),
    'argmin': _arg(np.argmin),
}


def _cases():
    """id -> (op, input names, attributes, reference)."""
    cases = {}

    def add(op, names, attrs, reference, what=''):
        cases[op + (' ' + what if what else '')] = (op, names, attrs, lambda *a: reference(*a, **attrs))

    for name, functions in UNARY.items():
        for op, function in functions.items():
            add(op, [name], {}, function)
    for op, function in BINARY.items():
        add(op, ['wide', 'wide2'], {}, function)
        add(op, ['column', 'row'], {}, function, 'broadcast')
    add('pow', ['positive', 'above1'], {}, np.power)
    add('where', ['flags', 'column', 'row'], {}, np.where)
    add(
        'gelu', ['wide'], {'approximate': 'none'}, lambda x, approximate: 0.5 * x * (1 + _erf(x / math.sqrt(2))), 'none'
    )
    add(
        'gelu',
        ['wide'],
        {'approximate': 'tanh'},
        lambda x, approximate: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
        'tanh',
    )
    for op, function in REDUCTIONS.items():
        for axis, keepdims in ((None, False), (None, True), (1, False), (-1, True), ([0, 2], False)):
            if op.startswith('arg') and isinstance(axis, list):
                continue
            attrs = {'axis': axis, 'keepdims': keepdims}
            add(
                op,
                ['small'],
                attrs,
                lambda x, axis, keepdims, f=function: f(
                    x, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims
                ),
                '%s %s' % (axis, keepdims),
            )
        add(
            op,
            ['vector'],
            {'axis': None, 'keepdims': False},
            lambda x, axis, keepdims, f=function: f(x, axis=axis, keepdims=keepdims),
            'vector',
        )
    for op, function in (('var', np.var), ('std', np.std)):
        for axis, keepdims, correction in (
            (None, False, 0),
            (None, False, 1),
            (1, True, 0),
            (0, False, 1),
            ([0, 2], False, 0.5),
        ):
            attrs = {'axis': axis, 'keepdims': keepdims, 'correction': correction}
            add(
                op,
                ['small'],
                attrs,
                lambda x, axis, keepdims, correction, f=function: f(
                    x, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims, ddof=correction
                ),
                '%s %s %s' % (axis, keepdims, correction),
            )
    for name, axis in (('vector', -1), ('stack', 1), ('stack', 0)):
        add(
            'softmax',
            [name],
            {'axis': axis},
            lambda x, axis: np.exp(x) / np.exp(x).sum(axis, keepdims=True),
            '%s %d' % (name, axis),
        )
        add(
            'log_softmax',
            [name],
            {'axis': axis},
            lambda x, axis: x - np.log(np.exp(x).sum(axis, keepdims=True)),
            '%s %d' % (name, axis),
        )
        add('cumulative_sum', [name], {'axis': axis}, np.cumsum, '%s %d' % (name, axis))
        add('cumulative_prod', [name], {'axis': axis}, np.cumprod, '%s %d' % (name, axis))
    add('cumulative_sum', ['vector'], {'axis': None}, np.cumsum, 'no axis')
    add('matmul', ['left', 'right'], {}, np.matmul)
    add('matmul', ['stack', 'stack2'], {}, np.matmul, 'stacks')
    add('matmul', ['vector', 'vector2'], {}, np.matmul, 'vectors')
    add('matmul', ['left', 'row'], {}, np.matmul, 'matrix vector')
    add('matmul', ['row', 'right'], {}, np.matmul, 'vector matrix')
    add('vecdot', ['vector', 'vector2'], {'axis': -1}, lambda x, y, axis: np.sum(x * y, axis))
    add('vecdot', ['wide', 'wide2'], {'axis': 0}, lambda x, y, axis: np.sum(x * y, axis), 'axis 0')
    add('outer', ['vector', 'short'], {}, np.outer)
    add('reshape', ['stack'], {'shape': [4, 6]}, lambda x, shape: x.reshape(shape))
    add('reshape', ['stack'], {'shape': [3, -1]}, lambda x, shape: x.reshape(shape), 'open')
    add('permute_dims', ['stack'], {'axes': [2, 0, 1]}, lambda x, axes: x.transpose(axes))
    add('concat', ['left', 'left'], {'axis': 0}, lambda x, y, axis: np.concatenate((x, y), axis))
    add(
        'concat',
        ['left', 'column', 'left'],
        {'axis': 1},
        lambda x, y, z, axis: np.concatenate((x, y, z), axis),
        'three',
    )
    add('broadcast_to', ['column'], {'shape': [2, 3, 4]}, lambda x, shape: np.broadcast_to(x, shape))
    add('astype', ['wide'], {'dtype': 'float64'}, lambda x, dtype: x.astype(dtype))
    add('astype', ['wide'], {'dtype': 'int32'}, lambda x, dtype: x.astype(dtype), 'int32')
    for what, lists in {
        'steps': ([1, None], [6, -1], [2, 1], [0, 0]),
        'backwards': ([None, 2], [None, None], [-1, -2], [0, 0]),
        'index': ([-1, 1], [None, 3], [1, 1], [1, 0]),
        'all indices': ([2, 1], [3, 2], [1, 1], [1, 1]),
        'fewer': ([1], [3], [1], [0]),
        'index, backwards': ([1, None], [2, None], [1, -1], [1, 0]),
        'empty': ([3, 0], [3, 4], [1, 1], [0, 0]),
    }.items():
        add('slice', ['wide'], dict(zip(('starts', 'stops', 'steps', 'drop'), lists)), _take, what)
    for axis in (None, 0, [0, 2]):
        add(
            'flip',
            ['stack'],
            {'axis': axis},
            lambda x, axis: np.flip(x, tuple(axis) if isinstance(axis, list) else axis),
            str(axis),
        )
    return cases


CASES = _cases()


def _run(worker, framework, mode, dtype, names):
    """What a framework answers to these cases in one graph: case -> array, or the Refused. Halves what is refused."""
    used = sorted(set(n for case in names for n in CASES[case][1]))
    inputs = dict((n, INPUTS[n].astype(dtype) if INPUTS[n].dtype.kind == 'f' else INPUTS[n]) for n in used)
    graph = harness.Graph()
    nodes = dict((n, graph.input(n, inputs[n])) for n in used)
    asked = {}
    for case in names:
        op, arguments, attrs, reference = CASES[case]
        wanted = reference(
            *[inputs[a].astype('float64') if inputs[a].dtype.kind == 'f' else inputs[a] for a in arguments]
        )
        asked[graph.op(op, *[nodes[a] for a in arguments], of=(dtype, np.shape(wanted)), **attrs)] = case
    try:
        reply, arrays = worker.run(framework, graph.json(), inputs, mode=mode, repeats=1, trace=True)
    except harness.Refused as e:
        if len(names) == 1:
            return {names[0]: e}
        half = len(names) // 2
        found = _run(worker, framework, mode, dtype, names[:half])
        found.update(_run(worker, framework, mode, dtype, names[half:]))
        return found
    return dict((asked[one['node']], array) for one, array in zip(reply['outputs'], arrays) if one['what'] == 'trace')


# How these find and call an op does not depend on how well they compile it.
_QUICK = {'numba': {'NUMBA_OPT': '0'}, 'pytensor': {'PYTENSOR_FLAGS': 'linker=py,optimizer=fast_compile'}}


@functools.lru_cache(None)
def _answers(environment, framework, mode, dtype):
    worker = harness.worker(environment, **_QUICK.get(framework, {}))
    supported = worker.answer('coverage', framework=framework, mode='', ops=sorted(set(c[0] for c in CASES.values())))[
        'supported'
    ]
    named = sorted(
        (
            name
            for name, case in CASES.items()
            if case[0] in supported and (framework != 'numba' or 'broadcast' not in name.split())
        ),
        key=lambda name: _is_missing(environment, framework, name),
    )
    found, size = {}, 6 if framework == 'numba' else len(named)  # its compiler takes more than linear time
    for start in range(0, len(named), size):
        found.update(_run(worker, framework, mode, dtype, named[start : start + size]))
    return found


def _is_missing(environment, framework, case):
    """What a framework lacks, case by case; everything else must be there."""
    op, _, attrs, _ = CASES[case]
    if framework == 'numpy':
        scipy = 'scipy' in harness.worker(environment).hello['provenance']
        return not scipy and (op in ('erf', 'erfc', 'lgamma', 'digamma') or case == 'gelu none')
    if framework == 'tensorflow':
        version = harness.worker(environment).hello['frameworks'][framework]
        return version.startswith('1.2.') and op in ('sinh', 'cosh', 'asinh', 'acosh', 'atanh')
    if framework == 'numba':
        axis = attrs.get('axis') if op in REDUCTIONS or op in ('var', 'std') else None
        takes_none = axis is not None and (isinstance(axis, list) or op not in ('sum', 'argmax', 'argmin'))
        no_blas = op == 'matmul' and 'scipy' not in harness.worker(environment).hello['provenance']
        no_stacks = 'stack ' in case or case == 'matmul stacks'  # its matrix products take one or two dimensions
        return op == 'digamma' or no_blas or no_stacks or attrs.get('keepdims') or takes_none or 'axis 0' in case
    return False


def _known_fault(environment, framework, case, dtype):
    """Answers that are the framework's own mistakes: to be passed on, not mended."""
    version = harness.worker(environment).hello['frameworks'][framework]
    op, _, attrs, _ = CASES[case]
    # PyTensor subtracts the correction from each reduced axis, and not from the count.
    if framework == 'pytensor' and op in ('var', 'std') and attrs['correction'] and attrs['axis'] in (None, [0, 2]):
        return True
    # TensorFlow rounds sqrt(2) to float32 first.
    return framework == 'tensorflow' and case == 'gelu none' and dtype == 'float64' and version.startswith('2.')


# Promotions that are a framework's own: an integer constant beside float32 is float64 in Numba.
_PROMOTED = {
    'pytensor': ('gelu', 'var', 'std'),
    'numba': (
        'relu',
        'softplus',
        'gelu',
        'sigmoid',
        'rsqrt',
        'mean',
        'var',
        'std',
        'logsumexp',
        'softmax',
        'log_softmax',
    ),
}


@pytest.mark.parametrize('dtype', ['float32', 'float64'])
@pytest.mark.parametrize('environment, framework', harness.backend_parameters())
def test_every_op(environment, framework, dtype):
    if framework == 'numba' and (
        dtype == 'float64' or (environment, framework) != next(p for p in harness.served() if p[1] == 'numba')
    ):
        pytest.skip('compiling every op again shows nothing more')
    answers = _answers(environment, framework, '', dtype)
    wrong = []
    for case, (op, arguments, attrs, reference) in CASES.items():
        if framework == 'numba' and 'broadcast' in case.split():
            continue
        got = answers.get(case)
        if got is None or isinstance(got, harness.Refused):
            kind = 'unsupported' if got is None else got.kind
            if kind != 'unsupported' or not _is_missing(environment, framework, case):
                wrong.append('%s: %s' % (case, got))
            continue
        if _is_missing(environment, framework, case):
            wrong.append('%s: answered, and was to be unsupported' % case)
        arrays = [INPUTS[a].astype(dtype) if INPUTS[a].dtype.kind == 'f' else INPUTS[a] for a in arguments]
        want = np.asarray(reference(*[a.astype('float64') if a.dtype.kind == 'f' else a for a in arrays]))
        if got.shape != want.shape:
            wrong.append('%s: shape %s, not %s' % (case, got.shape, want.shape))
            continue
        expected = attrs['dtype'] if op == 'astype' else 'bool' if want.dtype == bool else dtype
        if op.startswith('arg'):
            right = got.dtype.kind in 'iu'
        else:
            right = got.dtype == expected or op in _PROMOTED.get(framework, ()) and got.dtype == 'float64'
        if not right and not (framework == 'jax' and op == 'astype'):
            wrong.append('%s: dtype %s, not %s' % (case, got.dtype, expected))
        if _known_fault(environment, framework, case, dtype):
            continue
        tolerance = 2e-4 if dtype == 'float32' else 1e-9
        if not np.allclose(got.astype('float64'), want.astype('float64'), rtol=tolerance, atol=tolerance):
            wrong.append('%s: %s, not %s' % (case, got.ravel()[:4], want.ravel()[:4]))
    assert not wrong, '\n'.join(wrong)
