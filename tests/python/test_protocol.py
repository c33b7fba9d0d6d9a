"""The wire: frames, the arena, errors, and that nothing but replies comes out of the reply pipe."""

import os
import signal
import struct
import subprocess
import sys
import time

import harness
import numpy as np
import pytest


@pytest.fixture
def worker():
    one = harness.Worker(next(iter(harness.interpreters().values())), ['numpy', 'nothing'])
    yield one
    if one.process.poll() is None:
        one.close()


def square(array):
    graph = harness.Graph()
    x = graph.input('x', array)
    graph.op('square', x, of=(array.dtype.name, array.shape))
    return graph.json()


def refused(worker, do, **fields):
    with pytest.raises(harness.Refused) as caught:
        worker.answer(do, **fields)
    return caught.value


def raw_input(**changes):
    return dict({'name': 'x', 'dtype': 'float32', 'shape': [4], 'offset': 0}, **changes)


def test_hello(worker):
    assert worker.hello['id'] == 0 and worker.hello['protocol'] == 1 and worker.hello['pid'] == worker.process.pid
    assert list(worker.hello['frameworks']) == ['numpy']
    assert {'python', 'numpy', 'threads', 'rounding', 'ftz', 'daz'} <= set(worker.hello['provenance'])
    assert all(isinstance(value, str) for value in worker.hello['provenance'].values())


def test_hello_is_quick():
    start = time.time()
    harness.Worker(next(iter(harness.interpreters().values())), ['numpy']).close()
    assert time.time() - start < 5  # a tenth of a second on a free machine


def test_run_and_fetch_again(worker):
    x = np.arange(12, dtype='float32').reshape(3, 4)
    reply, arrays = worker.run('numpy', square(x), {'x': x}, timing=True, repeats=3)
    assert (arrays[0] == x * x).all() and arrays[0].shape == (3, 4)
    assert (
        reply['repeats'] == 3
        and reply['unstable'] == 0
        and reply['seconds'] > 0
        and 'traced_output_identical' not in reply
    )
    assert (worker.fetch(reply)[0] == x * x).all()


def test_scalars_and_empty_arrays(worker):
    for x in (np.array(3, 'float32'), np.zeros((0, 5), 'float64'), np.zeros(0, 'float32')):
        _, arrays = worker.run('numpy', square(x), {'x': x})
        assert arrays[0].shape == x.shape and arrays[0].dtype == x.dtype and (arrays[0] == x * x).all()


def test_arena_grows(worker):
    for size in (10, 1 << 16, 1 << 19, 10):
        x = np.arange(size, dtype='float32')
        _, arrays = worker.run('numpy', square(x), {'x': x})
        assert (arrays[0] == x * x).all()


def test_special_bits_survive(worker):
    x = np.array([0x00000001, 0x80000000, 0x7F800000, 0x7FC00001, 0xFF800000, 0x80000003], 'uint32').view('float32')
    graph = harness.Graph()
    graph.op('reshape', graph.input('x', x), shape=[3, 2])
    _, arrays = worker.run('numpy', graph.json(), {'x': x})
    assert (arrays[0].ravel().view('uint32') == x.view('uint32')).all()


@pytest.mark.parametrize(
    'body',
    [b'', b'{', b'\xff\xfe', b'[]', b'{"do":"run"}', b'{"id":"x"}', b'{"id":true}', b'[' * 200000],
    ids=lambda body: repr(body[:12]),  # a test's name is passed on to the worker in its environment
)
def test_unreadable_requests_are_answered(worker, body):
    worker.send_bytes(body)
    reply = worker.receive()
    assert reply['id'] == -1 and reply['error']['kind'] == 'request'
    assert worker.answer('run', framework='numpy', graph=square(np.zeros(2, 'float32')), inputs=[raw_input(shape=[2])])


def test_too_long_a_frame_ends_the_worker(worker):
    os.write(worker.to, struct.pack('<I', (16 << 20) + 1))
    assert 'longer' in worker.receive()['error']['what']
    assert worker.process.wait(10) == 2


def test_end_of_requests_ends_the_worker(worker):
    assert worker.close() == 0


def test_half_a_frame_ends_the_worker(worker):
    os.write(worker.to, struct.pack('<I', 100) + b'{')
    assert worker.close() == 0


def test_wrong_requests(worker):
    x = np.zeros(4, 'float32')
    graph = square(x)
    worker.put({'x': x})
    cases = {
        'do': {'do': 'nothing'},
        'framework': {'framework': 'nothing'},
        'inputs': {'inputs': None},
        'inputs[0]': {'inputs': [{'name': 'x'}]},
        'inputs[0].dtype': {'inputs': [raw_input(dtype='object')]},
        'inputs[0].shape': {'inputs': [raw_input(shape=[-1])]},
        'inputs[0].offset': {'inputs': [raw_input(offset=32)]},
        'inputs[1].name': {'inputs': [raw_input(), raw_input()]},
        'graph': {'graph': None},
        'graph.output': {'graph': dict(graph, output=9)},
        'graph.nodes[1].in': {
            'graph': {'nodes': [graph['nodes'][0], dict(graph['nodes'][1], **{'in': [1]})], 'output': 1}
        },
        'graph.nodes[0].dtype': {'graph': {'nodes': [dict(graph['nodes'][0], dtype='complex64')], 'output': 0}},
        'graph.nodes[0].value': {'graph': {'nodes': [{'op': 'constant', 'value': 'seven'}], 'output': 0}},
        'repeats': {'repeats': 0},
    }
    for place, changes in cases.items():
        fields = dict({'do': 'run', 'framework': 'numpy', 'graph': graph, 'inputs': [raw_input()]}, **changes)
        error = refused(worker, **fields)
        assert (error.kind, error.place) == ('request', place), place
    for changes in (
        {'shape': [1 << 40, 1 << 40]},
        {'shape': [1 << 20]},
        {'offset': 1 << 40},
        {'offset': -64},
        {'offset': 'x'},
        {'shape': [1] * 40},
    ):
        assert refused(worker, 'run', framework='numpy', graph=graph, inputs=[raw_input(**changes)]).kind == 'request'
    assert 'no array' in refused(worker, 'run', framework='numpy', graph=graph, inputs=[]).what
    assert refused(worker, 'fetch', places=[0]).place == 'places'
    worker.run('numpy', graph, {'x': x})
    assert refused(worker, 'fetch', places=[1 << 40]).place == 'places[0]'
    assert refused(worker, 'fetch', places=[]).place == 'places'
    assert worker.answer('fetch', places=[0])['written'] == [16]


def test_unsupported_and_failed_are_told_apart(worker):
    x = np.ones((2, 3), 'float32')
    graph = harness.Graph()
    graph.op('no_such_op', graph.input('x', x))
    error = refused(worker, 'run', framework='numpy', graph=graph.json(), inputs=worker.put({'x': x}))
    assert (error.kind, error.op) == ('unsupported', 'no_such_op')
    graph = harness.Graph()
    node = graph.input('x', x)
    graph.op('matmul', node, node)
    error = refused(worker, 'run', framework='numpy', graph=graph.json(), inputs=worker.put({'x': x}))
    assert error.kind == 'failed' and 'ValueError' in error.what and '\n' not in error.what
    assert (
        refused(worker, 'run', framework='numpy', mode='jit', graph=square(x), inputs=worker.put({'x': x})).kind
        == 'unsupported'
    )
    assert (
        refused(worker, 'run', framework='numpy', graph=square(x), inputs=[raw_input(dtype='bfloat16')]).kind
        == 'unsupported'
    )


def test_composed_ops_are_noted(worker):
    x = np.linspace(-3, 3, 7, dtype='float32')
    graph = harness.Graph()
    graph.op('sigmoid', graph.input('x', x))
    reply, _ = worker.run('numpy', graph.json(), {'x': x})
    assert 'sigmoid composed of 1 / (1 + exp(-x))' in reply['notes']
    coverage = worker.answer('coverage', framework='numpy', ops=['exp', 'sigmoid', 'no_such_op'])
    assert coverage['supported'] == ['exp', 'sigmoid'] and list(coverage['composed']) == ['sigmoid']


def test_a_deep_graph(worker):
    x = np.zeros(3, 'float32')
    graph = harness.Graph()
    node = graph.input('x', x)
    for _ in range(5000):
        node = graph.op('add', node, graph.constant(1))
    _, arrays = worker.run('numpy', graph.json(), {'x': x})
    assert (arrays[0] == 5000).all()


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='prctl')
def test_no_orphan_after_the_parent_is_killed(tmp_path):
    script = tmp_path / 'parent.py'
    script.write_text(
        'import sys, time\nsys.path.insert(0, %r)\nimport harness\n'
        'print(harness.Worker(%r, ["numpy"]).process.pid, flush=True)\ntime.sleep(60)\n'
        % (os.path.dirname(harness.__file__), next(iter(harness.interpreters().values())))
    )
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE)
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    for _ in range(100):
        try:
            with open('/proc/%d/stat' % pid) as stat:
                if stat.read().rsplit(')', 1)[1].split()[0] == 'Z':
                    return
        except OSError:
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError('the worker outlived its parent')
