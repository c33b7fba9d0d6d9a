"""How frameworks are driven: modes, gradients, traces, dtypes, constants."""

import functools

import harness
import numpy as np
import pytest

PAIRS = harness.backend_parameters()


@functools.lru_cache(None)
def modes(environment, framework, gradient=False):
    said = harness.worker(environment).answer('coverage', framework=framework, ops=[])
    return said['gradient_modes' if gradient else 'modes']


def version(environment, framework):
    return harness.worker(environment).hello['frameworks'][framework]


def chain(x):
    graph = harness.Graph()
    node = graph.input('x', x)
    for op in ('exp', 'sin'):
        node = graph.op(op, node)
    graph.op('cumulative_sum', node, axis=0)
    return graph.json()


def cubic(x, times=1):
    """d/dx of x**3 + 2*x."""
    graph = harness.Graph()
    at = graph.input('x', x)
    node = graph.op('add', graph.op('pow', at, graph.constant(3)), graph.op('multiply', graph.constant(2), at))
    for _ in range(times):
        node = graph.grad(node, at)
    return graph.json()


@pytest.mark.parametrize('environment, framework', PAIRS)
def test_every_mode_runs_the_chain_with_a_trace(environment, framework):
    x = np.random.RandomState(1).rand(1000).astype('float32')
    wide = x.astype('float64')
    want = [np.exp(wide), np.sin(np.exp(wide)), np.cumsum(np.sin(np.exp(wide)))]
    for mode in modes(environment, framework):
        try:
            reply, arrays = harness.worker(environment).run(
                framework, chain(x), {'x': x}, mode=mode, trace=True, timing=True
            )
        except harness.Refused as e:
            assert mode == 'compile' and e.kind == 'unsupported'
            continue
        assert reply['mode'] == mode and reply['version'] and reply['seconds'] > 0
        assert reply['repeats'] == 2 and reply['unstable'] == 0
        assert [(one['what'], one['node']) for one in reply['outputs']] == [
            ('output', 3),
            ('trace', 1),
            ('trace', 2),
            ('trace', 3),
        ]
        for got, exact in zip(arrays[1:], want):
            assert got.dtype == 'float32' and np.allclose(got, exact, rtol=1e-4, atol=1e-3)
        assert reply['traced_output_identical'] == (arrays[0].tobytes() == arrays[3].tobytes())
        assert {'python', 'numpy', 'rounding', 'ftz'} <= set(reply['provenance'])
        assert all(isinstance(value, str) for value in reply['provenance'].values())


@pytest.mark.parametrize('environment, framework', PAIRS)
def test_a_mode_that_is_not_there(environment, framework):
    x = np.ones(3, 'float32')
    with pytest.raises(harness.Refused) as caught:
        harness.worker(environment).run(framework, chain(x), {'x': x}, mode='sideways')
    assert caught.value.kind == 'unsupported' and 'sideways' in caught.value.what


@pytest.mark.parametrize('environment, framework', PAIRS)
def test_gradient(environment, framework):
    x = np.array(2, 'float32')
    available = modes(environment, framework, True)
    if not available:
        with pytest.raises(harness.Refused) as caught:
            harness.worker(environment).run(framework, cubic(x), {'x': x})
        assert caught.value.kind == 'unsupported' and caught.value.op == 'grad'
    for mode in available:
        reply, arrays = harness.worker(environment).run(framework, cubic(x), {'x': x}, mode=mode, trace=True)
        assert arrays[0].shape == () and reply['mode'] == mode
        assert [one['node'] for one in reply['outputs'][1:]] == [2, 4, 5]  # what depends on no gradient
        if framework != 'numpy':
            assert arrays[0] == 14 and arrays[0].dtype == 'float32'


@pytest.mark.parametrize('environment, framework', [p for p in PAIRS if p.values[1] == 'numpy'])
def test_central_difference_is_the_seeds_own_line(environment, framework):
    x = np.array(2, 'float32')
    worker = harness.worker(environment)
    (_, scalar), (_, scalar32) = [
        worker.run('numpy', cubic(x), {'x': x}, mode=mode) for mode in ('difference', 'difference32')
    ]
    _, vector = worker.run('numpy', cubic(np.array([2, 2], 'float32')), {'x': np.array([2, 2], 'float32')})
    if version(environment, 'numpy').startswith('1.'):
        assert scalar[0].dtype == 'float64' and float(scalar[0]) == 14.000000001068713
    else:
        assert scalar[0].dtype == 'float32' and scalar[0] == np.float32(13.35144)
    assert np.float32(scalar32[0]) == np.float32(13.35144)
    assert vector[0].dtype == 'float32' and (vector[0] == np.float32(13.35144)).all()
    graph = harness.Graph()
    node = graph.input('x', np.ones(4, 'float32'))
    graph.grad(graph.op('sum', node, axis=None, keepdims=False, of=('float32', ())), node)
    with pytest.raises(harness.Refused) as caught:
        worker.run('numpy', graph.json(), {'x': np.ones(4, 'float32')})
    assert caught.value.kind == 'unsupported' and 'single elements' in caught.value.what


@pytest.mark.parametrize('environment, framework', [p for p in PAIRS if p.values[1] not in ('numpy', 'numba')])
def test_gradients_of_sums_and_of_gradients(environment, framework):
    worker = harness.worker(environment)
    a, b = np.arange(6, dtype='float32').reshape(2, 3), np.arange(3, dtype='float32')
    graph = harness.Graph()
    x, y = graph.input('a', a), graph.input('b', b)
    graph.grad(
        graph.op('sum', graph.op('multiply', graph.op('square', x), y), axis=1, keepdims=False, of=('float32', (2,))), y
    )
    untouched = harness.Graph()
    u, _ = untouched.input('a', a), untouched.input('b', b)
    untouched.grad(untouched.op('exp', 1), u)
    for mode in modes(environment, framework, True):
        if mode == 'compile' and framework == 'torch':
            continue
        _, arrays = worker.run(framework, graph.json(), {'a': a, 'b': b}, mode=mode)
        assert np.allclose(arrays[0], (a**2).sum(0))  # of the sum over all that depends on it, broadcasting undone
        _, arrays = worker.run(framework, cubic(np.array(2, 'float32'), 2), {'x': np.array(2, 'float32')}, mode=mode)
        assert arrays[0] == 12
        _, arrays = worker.run(framework, untouched.json(), {'a': a, 'b': b}, mode=mode)
        assert arrays[0].shape == a.shape and not arrays[0].any()


def half_bits(values):
    """bfloat16 patterns of numbers that it holds exactly."""
    return ('bfloat16', (np.asarray(values, 'float32').view('uint32') >> 16).astype('uint16'))


@pytest.mark.parametrize('environment, framework', PAIRS)
def test_bfloat16(environment, framework):
    x = half_bits([1.0, 1.5, -2.25, 96.0, float('inf')])
    graph = harness.Graph()
    node = graph.input('x', x)
    graph.op('add', node, node)
    run = functools.partial(harness.worker(environment).run, framework, graph.json(), {'x': x})
    if framework in ('numpy', 'numba', 'pytensor') or version(environment, framework).startswith('1.2.'):
        with pytest.raises(harness.Refused) as caught:
            run()
        assert caught.value.kind == 'unsupported' and 'bfloat16' in caught.value.what
        return
    for mode in modes(environment, framework):
        reply, arrays = run(mode=mode)
        assert reply['outputs'][0]['dtype'] == 'bfloat16' and reply['outputs'][0]['nbytes'] == 10
        assert (arrays[0] == half_bits([2.0, 3.0, -4.5, 192.0, float('inf')])[1]).all()


@pytest.mark.parametrize('environment, framework', PAIRS)
def test_float16(environment, framework):
    x = np.array([1, 1.5, -2, 1000], 'float16')
    graph = harness.Graph()
    graph.op('add', graph.input('x', x), graph.constant(1, 'float16'))
    try:
        _, arrays = harness.worker(environment).run(framework, graph.json(), {'x': x})
    except harness.Refused as e:
        assert e.kind == 'unsupported'
        return
    assert arrays[0].dtype in ('float16', 'float64') and (arrays[0] == [2, 2.5, -1, 1001]).all()
    assert arrays[0].dtype == 'float16' or framework == 'numba'


@pytest.mark.parametrize('environment, framework', PAIRS)
def test_constants_are_the_users_own(environment, framework):
    """Operators with Python numbers on either side, functions with them, and expressions of constants alone."""
    x = np.array([1, 2, 3], 'float32')
    graph = harness.Graph()
    node = graph.input('x', x)
    third = graph.op('divide', graph.constant(1), graph.constant(3), of=('float32', ()))
    parts = [
        graph.op('multiply', node, third),
        graph.op('subtract', graph.constant(1), node),
        graph.op('pow', graph.constant(2.0), node),
        graph.op('maximum', graph.constant(2.5), node),
        graph.op('where', graph.op('less', node, graph.constant(2)), node, graph.constant(0.0)),
        graph.op('multiply', node, graph.op('exp', graph.constant(1), of=('float32', ()))),
    ]
    total = parts[0]
    for part in parts[1:]:
        total = graph.op('add', total, part)
    _, arrays = harness.worker(environment).run(framework, graph.json(), {'x': x})
    wide = x.astype('float64')
    want = wide / 3 + (1 - wide) + 2**wide + np.maximum(2.5, wide) + np.where(wide < 2, wide, 0) + wide * np.e
    assert np.allclose(arrays[0], want, rtol=1e-6)


def test_a_constant_as_the_whole_answer():
    environment = next(iter(harness.interpreters()))
    graph = harness.Graph()
    graph.constant(2.5)
    _, arrays = harness.worker(environment).run('numpy', graph.json(), {})
    assert arrays[0].dtype == 'float32' and arrays[0] == 2.5


@pytest.mark.parametrize('environment, framework', [p for p in PAIRS if p.values[1] == 'jax'])
def test_jax_widens_only_for_wide_inputs(environment, framework):
    worker = harness.worker(environment)
    for dtype in ('float64', 'float32', 'int64', 'float32'):
        x = np.array([1, 2, 3], dtype)
        graph = harness.Graph()
        graph.op('multiply', graph.input('x', x), graph.constant(3))
        reply, arrays = worker.run('jax', graph.json(), {'x': x})
        assert arrays[0].dtype == dtype and reply['provenance']['jax_enable_x64'] == str(dtype.endswith('64'))


@pytest.mark.parametrize('environment, framework', [p for p in PAIRS if p.values[1] == 'tensorflow'])
def test_tensorflow_flushes_subnormals_and_says_so(environment, framework):
    x = np.linspace(0, 1, 100, dtype='float32')
    reply, _ = harness.worker(environment).run('tensorflow', chain(x), {'x': x}, mode='placeholder')
    assert any('subnormal' in note for note in reply['notes'])


@pytest.mark.parametrize('environment, framework', [p for p in PAIRS if p.values[1] == 'numpy'])
def test_numpy_keeps_subnormals(environment, framework):
    x = np.linspace(0, 1, 100, dtype='float32')
    reply, _ = harness.worker(environment).run('numpy', chain(x), {'x': x})
    assert not any('subnormal' in note for note in reply['notes'])
