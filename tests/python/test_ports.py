"""A user's files: described without running them, called with tensors or arrays, in every framework."""

import os
import textwrap

import harness
import numpy as np
import pytest

PAIRS = harness.backend_parameters()
EXAMPLES = os.path.join(harness.SOURCE, '..', 'examples')


@pytest.fixture
def port(tmp_path):
    def write(text, name='port.py'):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return str(path)

    return write


def any_worker():
    return harness.worker(next(iter(harness.interpreters())))


def refused(path):
    with pytest.raises(harness.Refused) as caught:
        any_worker().answer('describe', port=path)
    assert caught.value.kind == 'request'
    return caught.value


# ---- describe -------------------------------------------------------------------------------------------------------


def test_describe_does_not_run_the_file(port, tmp_path):
    path = port('''
        import no_such_module
        open(%r, 'w').close()
        expression = "exp(x) " \\
                     "+ y"
        inputs = {"x": "arange(3)", "y": "constant(1)"}
        def helper(v): pass
        def numpy(x, y, scale=2): pass
        def tensorflow_session(y): pass
        def torch(): pass
        ''' % str(tmp_path / 'ran'))
    said = any_worker().answer('describe', port=path)
    assert [(f['framework'], f['mode'], f['arguments']) for f in said['functions']] == [
        ('numpy', '', ['x', 'y']),
        ('tensorflow', 'session', ['y']),
        ('torch', '', []),
    ]
    assert said['expression'] == 'exp(x) + y' and said['inputs'] == {'x': 'arange(3)', 'y': 'constant(1)'}
    assert not (tmp_path / 'ran').exists()


def test_describe_without_expression(port):
    said = any_worker().answer('describe', port=port('def numpy(x): return x\n'))
    assert said['expression'] is None and said['inputs'] == {}


@pytest.mark.parametrize(
    'text, line, what',
    [
        ('def numpy(x):\n    return (\n', 2, 'not Python'),
        ('def helper(x):\n    return x\n', None, 'no function named after a framework'),
        ('expression = "a" + str(1)\ndef numpy(x): pass\n', 1, 'expression'),
        ('def numpy(x): pass\nexpression = 3\n', 2, 'expression'),
        ('def numpy(x): pass\n\ninputs = {"x": 3}\n', 3, 'inputs'),
        ('def numpy(x): pass\ninputs = dict(x="arange(3)")\n', 2, 'inputs'),
        ('def numpy(*x): pass\n', 1, 'named arguments'),
        ('def numpy(x): pass\ndef numpy(x): pass\n', 2, 'twice'),
        ('x = ' + '(' * 3000 + ')' * 3000, None, ''),
    ],
)
def test_describe_names_what_is_wrong_and_where(port, text, line, what):
    path = port(text)
    error = refused(path)
    assert what in error.what
    assert error.place.startswith(path) and (
        line is None or error.place == '%s:%d' % (path, line) or what == 'not Python'
    )


def test_describe_of_what_is_no_file(tmp_path):
    os.mkfifo(str(tmp_path / 'fifo'))
    (tmp_path / 'large').write_bytes(b'#' * (2 << 20))
    (tmp_path / 'binary').write_bytes(b'\0\xff\xfe' * 10)
    for path in (
        str(tmp_path),
        str(tmp_path / 'fifo'),
        str(tmp_path / 'none'),
        str(tmp_path / 'large'),
        str(tmp_path / 'binary'),
    ):
        assert refused(path).place.startswith(path)
    assert refused(None)


# ---- run ------------------------------------------------------------------------------------------------------------


def test_results_of_every_kind(port):
    path = port('''
        def numpy(x, kind):
            k = int(kind)
            return [x.sum().item(), x.sum(), x > 0, [x, x], None, "text", x + 1j, x.tolist(), x[::-2]][k]
        ''')
    x = np.arange(4, dtype='float32')
    for kind, want in ((0, np.float64(6)), (1, np.float32(6)), (2, x > 0), (8, x[::-2])):
        _, arrays = any_worker().run('numpy', None, {'x': x, 'kind': np.array(kind)}, port=path)
        assert arrays[0].dtype == want.dtype and (arrays[0] == want).all()
    for kind in (3, 4, 5, 6, 7):
        with pytest.raises(harness.Refused) as caught:
            any_worker().run('numpy', None, {'x': x, 'kind': np.array(kind)}, port=path)
        assert caught.value.kind == 'failed'


def test_each_repeat_gets_fresh_inputs(port):
    path = port('''
        def numpy(x):
            x += 1
            return x
        ''')
    x = np.arange(4, dtype='float32')
    reply, arrays = any_worker().run('numpy', None, {'x': x}, port=path, repeats=3)
    assert reply['unstable'] == 0 and (arrays[0] == x + 1).all()


def test_what_differs_between_repeats_is_counted(port):
    path = port('''
        import itertools
        calls = itertools.count()
        answer = None
        def numpy(x):
            global answer
            if answer is None:
                answer = x * 0
            answer[0] = next(calls)
            answer[2] = float('nan')
            return answer
        ''')
    reply, _ = any_worker().run('numpy', None, {'x': np.arange(4, dtype='float32')}, port=path, repeats=3)
    assert reply['unstable'] == 1  # and a NaN is the same as a NaN


def test_float64_is_the_same_function_on_wider_inputs(port):
    path = port('def numpy(x, n):\n    return x * 3 + n\n')
    inputs = {'x': np.array([0.1, 0.2], 'float32'), 'n': np.array([1, 2], 'int32')}
    _, arrays = any_worker().run('numpy', None, inputs, port=path, float64=True)
    assert arrays[0].dtype == 'float64' and (arrays[0] == inputs['x'].astype('float64') * 3 + inputs['n']).all()
    _, arrays = any_worker().run(
        'numpy', None, {'x': ('bfloat16', np.array([0x3FC0], 'uint16')), 'n': inputs['n']}, port=path, float64=True
    )
    assert (arrays[0] == [5.5, 6.5]).all()


@pytest.mark.parametrize(
    'body, kind, what',
    [
        ('raise SystemExit(3)', 'failed', 'SystemExit'),
        ('raise ValueError("wrong\\nsecond line")', 'failed', 'ValueError: wrong'),
        ('return recurse(x)', 'failed', 'RecursionError'),
        ('import no_such_module_at_all', 'failed', 'no_such_module_at_all'),
        ('return undefined', 'failed', 'undefined'),
    ],
)
def test_what_a_function_raises(port, body, kind, what):
    path = port('def recurse(x):\n    return recurse(x)\ndef numpy(x):\n    %s\n' % body)
    with pytest.raises(harness.Refused) as caught:
        any_worker().run('numpy', None, {'x': np.ones(2, 'float32')}, port=path)
    assert caught.value.kind == kind and what in caught.value.what and '\n' not in caught.value.what
    _, arrays = any_worker().run('numpy', None, {'x': np.ones(2, 'float32')}, port=port('def numpy(x): return x\n'))
    assert len(arrays) == 1


def test_missing_inputs_and_functions(port):
    path = port('def numpy(x, y): return x\n')
    for framework, inputs, what in (('numpy', {'x': np.ones(2, 'float32')}, 'takes y'),):
        with pytest.raises(harness.Refused) as caught:
            any_worker().run(framework, None, inputs, port=path)
        assert caught.value.kind == 'request' and what in caught.value.what
    with pytest.raises(harness.Refused) as caught:
        any_worker().run('numpy', None, {}, port=port('def torch(x): return x\n'))
    assert caught.value.kind == 'request' and '`numpy`' in caught.value.what


def test_prints_go_to_the_log_and_neighbours_can_be_imported(port):
    environment = next(iter(harness.interpreters()))
    worker = harness.Worker(harness.interpreters()[environment], ['numpy'])
    port('def double(x): return x * 2\n', 'a_neighbour_of_the_port.py')
    path = port('''
        import ctypes, os, sys
        import a_neighbour_of_the_port
        def numpy(x):
            print('said by python')
            sys.stdout.write('no newline')
            ctypes.CDLL(None).puts(b'said by C')
            os.write(1, b'said to the descriptor')
            return a_neighbour_of_the_port.double(x)
        ''')
    _, arrays = worker.run('numpy', None, {'x': np.ones(2, 'float32')}, port=path, repeats=2)
    assert (arrays[0] == 2).all()
    worker.out.seek(0)
    said = worker.out.read()
    assert all(words in said for words in (b'said by python', b'no newline', b'said by C', b'said to the descriptor'))
    assert not os.path.exists(os.path.join(os.path.dirname(path), '__pycache__', 'port.cpython'))
    assert worker.close() == 0


OWN_TENSORS = '''
    def numpy(x):
        import numpy as np
        assert isinstance(x, np.ndarray)
        return np.exp(x)
    def numba(x):
        import numba, numpy as np
        return numba.njit(lambda v: np.exp(v))(x)
    def torch(x):
        import torch
        assert isinstance(x, torch.Tensor)
        return torch.exp(x)
    def jax(x):
        import jax, jax.numpy as jnp
        assert isinstance(x, jax.Array)
        return jnp.exp(x)
    def jax_jit(x):
        import jax, jax.numpy as jnp
        assert isinstance(x, jax.core.Tracer)
        return jnp.exp(x)
    def tensorflow(x):
        import tensorflow as tf
        assert isinstance(x, tf.Tensor)
        return tf.exp(x)
    def tensorflow_placeholder(x):
        import tensorflow as tf
        assert x.op.type == 'Placeholder'
        return tf.exp(tf.Variable(1.0, dtype=x.dtype) * x)
    def pytensor(x):
        import pytensor.tensor as pt
        assert x.owner is None
        return pt.exp(x)
    '''
ARRAYS = '''
    def numpy(x):
        import numpy as np
        return np.exp(x)
    def numba(x):
        import numpy as np
        return np.exp(x)
    def torch(x):
        import torch
        return torch.exp(torch.from_numpy(x)).numpy()
    def jax(x):
        import jax.numpy as jnp
        return jnp.exp(jnp.asarray(x.astype('float32').copy()))
    def tensorflow(x):
        import tensorflow as tf
        return tf.exp(tf.constant(x.astype('float32')))
    def tensorflow_session(x):
        import tensorflow as tf
        session = tf.Session if hasattr(tf, 'Session') else tf.compat.v1.Session
        x = tf.constant(x.astype('float32'))
        with session() as sess:
            return sess.run(tf.exp(x))
    def pytensor(x):
        import pytensor, pytensor.tensor as pt
        v = pt.tensor('v', dtype='float32', shape=x.astype('float32').shape)
        return pytensor.function([v], pt.exp(v))(x)
    '''


@pytest.mark.parametrize('environment, framework', PAIRS)
@pytest.mark.parametrize('text', [OWN_TENSORS, ARRAYS], ids=['tensors', 'arrays'])
def test_every_framework_gets_its_own_tensors_or_arrays(environment, framework, text, port):
    path, worker = port(text), harness.worker(environment)
    x = np.linspace(-1, 1, 20, dtype='float32')
    functions = [f for f in worker.answer('describe', port=path)['functions'] if f['framework'] == framework]
    available = worker.answer('coverage', framework=framework, ops=[])['modes']
    for function in functions:
        if function['mode'] and function['mode'] not in available:
            continue
        reply, arrays = worker.run(framework, None, {'x': x}, port=path, mode=function['mode'], timing=True)
        assert arrays[0].dtype == 'float32' and np.allclose(arrays[0], np.exp(x.astype('float64')), rtol=1e-5), function
        assert not function['mode'] or reply['mode'] == function['mode']
        assert reply['unstable'] == 0 and reply['seconds'] > 0
        called_with_arrays = any('NumPy arrays' in note for note in reply['notes'])
        if text is OWN_TENSORS:
            assert not called_with_arrays
        elif framework == 'torch' or framework == 'tensorflow':
            assert called_with_arrays


@pytest.mark.parametrize('environment, framework', PAIRS)
@pytest.mark.parametrize('name', sorted(n for n in os.listdir(EXAMPLES) if n.endswith('.py')))
def test_the_examples_run_everywhere(environment, framework, name):
    worker, path = harness.worker(environment), os.path.abspath(os.path.join(EXAMPLES, name))
    said = worker.answer('describe', port=path)
    assert said['expression'] and set(said['inputs']) == set(a for f in said['functions'] for a in f['arguments'])
    random = np.random.RandomState(5)
    inputs = {
        'chain.py': lambda: {'x': random.rand(1000).astype('float32')},
        'gradient.py': lambda: {'x': np.array(2, 'float32')},
        'matmul.py': lambda: dict((n, random.rand(50, 50).astype('float32')) for n in 'ab'),
        'sqrt.py': lambda: {'x': np.arange(100, dtype='float32')},
    }[name]()
    wide = [inputs[n].astype('float64') for n in sorted(inputs)]
    want = {
        'chain.py': lambda x: np.cumsum(np.sin(np.exp(x))),
        'gradient.py': lambda x: 14.0,
        'matmul.py': np.matmul,
        'sqrt.py': np.sqrt,
    }[name](*wide)
    available = worker.answer('coverage', framework=framework, ops=[])['modes']
    for function in said['functions']:
        if function['framework'] == framework and (not function['mode'] or function['mode'] in available):
            for float64 in (False, True):
                reply, arrays = worker.run(framework, None, inputs, port=path, mode=function['mode'], float64=float64)
                loose = name == 'gradient.py' and framework == 'numpy' and not float64
                assert arrays[0].shape == np.shape(want)
                assert np.allclose(arrays[0], want, rtol=0.1 if loose else 1e-8 if float64 else 1e-4), (function, reply)
                assert arrays[0].dtype == ('float64' if float64 else 'float32') or loose
