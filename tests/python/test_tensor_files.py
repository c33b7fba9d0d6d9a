"""Files that the real frameworks wrote, read back through the worker part by part; and files that would run code."""

import os
import subprocess
import textwrap

import harness
import numpy as np
import pytest

PAIRS = harness.backend_parameters()
TORCH = [p for p in PAIRS if p.values[1] == 'torch']
TENSORFLOW = [p for p in PAIRS if p.values[1] == 'tensorflow']


def make(environment, folder, script):
    """Runs a script of the framework in a folder, where it also leaves what its files hold in expected.npz."""
    subprocess.run(
        [harness.interpreters()[environment], '-c', 'import numpy as np\n' + textwrap.dedent(script)],
        cwd=str(folder),
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    return dict(np.load(os.path.join(str(folder), 'expected.npz')))


def tensors(worker, framework, path):
    reply = worker.answer('tensors', framework=framework, path=str(path), first=0)
    assert reply['of'] == len(reply['tensors'])
    return reply


def read(worker, framework, path, index, one, count):
    """All bytes of a tensor, at most `count` elements at a time."""
    size = {'bfloat16': 2, 'float8_e4m3fn': 1, 'float8_e5m2': 1}.get(one['dtype']) or np.dtype(one['dtype']).itemsize
    total = int(np.prod(one['shape'], dtype=int))
    data, first = b'', 0
    worker.grow(count * size)
    while first < total:
        reply = worker.answer('read', framework=framework, path=str(path), tensor=index, first=first, count=count, place=0)
        assert 0 < reply['bytes'] <= count * size and reply['bytes'] % size == 0
        data += os.pread(worker.arena, reply['bytes'], 0)
        first += reply['bytes'] // size
    assert first == total
    return data


def check(environment, framework, path, expected, counts=(1 << 16, 5, 1)):
    worker = harness.worker(environment)
    reply = tensors(worker, framework, path)
    assert sorted(one['name'] for one in reply['tensors']) == sorted(expected)
    for index, one in enumerate(reply['tensors']):
        want = expected[one['name']]
        assert one['shape'] == list(want.shape), one
        for count in counts:
            assert read(worker, framework, path, index, one, count) == want.tobytes(), one
    return reply


def refused(environment, framework, path):
    with pytest.raises(harness.Refused) as caught:
        harness.worker(environment).answer('tensors', framework=framework, path=str(path), first=0)
    assert caught.value.kind == 'request' and caught.value.place == str(path)
    return caught.value.what


# ---- PyTorch


@pytest.mark.parametrize('environment, framework', TORCH)
def test_torch_files_of_every_kind(environment, framework, tmp_path):
    expected = make(
        environment,
        tmp_path,
        """
        import torch
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
        state = model.state_dict()
        base = torch.arange(24.).reshape(2, 3, 4)
        more = {'view': base.permute(2, 0, 1), 'conj': torch.complex(base, -base).conj(), 'empty': torch.zeros(0, 3),
                'scalar': torch.tensor(7), 'half': torch.tensor([1.5, -2], dtype=torch.float16),
                'flags': torch.tensor([True, False]), 'list': [torch.ones(2), torch.zeros(1, dtype=torch.uint8)]}
        narrow = {'bfloat16': torch.tensor([1., -2.5], dtype=torch.bfloat16)}
        if hasattr(torch, 'float8_e4m3fn'):
            narrow['e4m3'] = torch.tensor([448., 0.0625]).to(torch.float8_e4m3fn)
        whole = {'model': state, 'epoch': 3, 'more': dict(more, **narrow)}
        torch.save(whole, 'new.pt')
        # The layout before 1.6 has no storage for the 8-bit floats.
        old = dict(whole, more={k: v for k, v in whole['more'].items() if k != 'e4m3'})
        torch.save(old, 'old.pth', _use_new_zipfile_serialization=False)
        torch.save(base, 'one.pt')
        flat = {'model/' + k: v.numpy() for k, v in state.items()}
        flat.update({'more/' + k: v.resolve_conj().numpy() for k, v in more.items() if k != 'list'})
        flat.update({'more/list/%d' % i: v.numpy() for i, v in enumerate(more['list'])})
        flat.update({'more/' + k: v.view(torch.int16 if v.element_size() == 2 else torch.uint8).numpy()
                     for k, v in narrow.items()})
        np.savez('expected.npz', **flat)
        """,
    )
    for name in ('new.pt', 'old.pth'):
        here = expected if name == 'new.pt' else dict((k, v) for k, v in expected.items() if k != 'more/e4m3')
        reply = check(environment, framework, tmp_path / name, here)
        assert reply['notes'] == ['epoch: int, passed over']
    assert tensors(harness.worker(environment), framework, tmp_path / 'one.pt')['tensors'] == [
        {'name': '', 'dtype': 'float32', 'shape': [2, 3, 4]}
    ]


@pytest.mark.parametrize('environment, framework', TORCH)
def test_torch_files_that_would_run_code_do_not(environment, framework, tmp_path):
    make(
        environment,
        tmp_path,
        """
        import os, torch
        class Code(object):
            def __reduce__(self):
                return (os.system, ('touch ran',))
        torch.save({'w': torch.ones(2), 'x': Code()}, 'code.pt')
        torch.save(torch.nn.Linear(2, 2), 'module.pt')
        open('cut.pt', 'wb').write(open('code.pt', 'rb').read()[:-100])
        open('text.pt', 'w').write('hello')
        loop = {}
        loop['self'] = loop
        torch.save(loop, 'loop.pt')
        np.savez('expected.npz')
        """,
    )
    assert 'posix.system' in refused(environment, framework, tmp_path / 'code.pt')
    assert 'only running it could load' in refused(environment, framework, tmp_path / 'module.pt')
    for name in ('cut.pt', 'text.pt', 'none.pt'):
        assert 'cannot be read' in refused(environment, framework, tmp_path / name), name
    assert 'nested' in refused(environment, framework, tmp_path / 'loop.pt')
    assert not (tmp_path / 'ran').exists()


# ---- TensorFlow


@pytest.mark.parametrize('environment, framework', TENSORFLOW)
def test_checkpoints_of_sessions(environment, framework, tmp_path):
    expected = make(
        environment,
        tmp_path,
        """
        import os
        import tensorflow as tf
        if hasattr(tf, 'compat') and hasattr(tf.compat, 'v1'):
            tf = tf.compat.v1
            if hasattr(tf, 'disable_eager_execution'):
                tf.disable_eager_execution()
        with tf.Graph().as_default():
            w = tf.Variable(np.arange(12, dtype='float32').reshape(3, 4), name='layer/w')
            n = tf.Variable(np.int64(7), name='step')
            half = tf.Variable(np.array([1.5, -2], 'float16'), name='half')
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                values = dict((v.op.name, session.run(v)) for v in (w, n, half))
                os.mkdir('folder')
                tf.train.Saver().save(session, 'folder/model.ckpt', global_step=3)
        np.savez('expected.npz', **values)
        """,
    )
    for name in ('folder/model.ckpt-3', 'folder/model.ckpt-3.index', 'folder'):
        check(environment, framework, tmp_path / name, expected)


@pytest.mark.parametrize('environment, framework', TENSORFLOW)
def test_checkpoints_that_are_none(environment, framework, tmp_path):
    (tmp_path / 'empty').mkdir()
    assert 'names no checkpoint' in refused(environment, framework, tmp_path / 'empty')
    (tmp_path / 'bad.index').write_bytes(b'no index')
    assert 'cannot be read' in refused(environment, framework, tmp_path / 'bad.index')
    (tmp_path / 'lying').mkdir()
    (tmp_path / 'other').mkdir()
    (tmp_path / 'other' / 'x.index').write_bytes(b'')
    (tmp_path / 'lying' / 'checkpoint').write_text('model_checkpoint_path: "%s/other/x"\n' % tmp_path)
    assert 'another folder' in refused(environment, framework, tmp_path / 'lying')


KERAS = """
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.layers.Dense(4, input_shape=(3,)), tf.keras.layers.BatchNormalization()])
"""


@pytest.mark.parametrize('environment, framework', TENSORFLOW)
def test_keras_weights(environment, framework, tmp_path):
    if harness.worker(environment).hello['frameworks'][framework].startswith('1.2'):
        pytest.skip('TensorFlow 1.2 came without Keras files that name their weights')
    make(
        environment,
        tmp_path,
        KERAS
        + """
model.save_weights('model.weights.h5')
if not tf.__version__.startswith('1.'):
    model.save('model.keras')
    model.save('whole.h5')
else:
    model.save('whole.h5')
np.savez('expected.npz', **dict((str(i), w) for i, w in enumerate(model.get_weights())))
""",
    )
    expected = sorted(w.tobytes() for w in np.load(str(tmp_path / 'expected.npz')).values())
    worker = harness.worker(environment)
    for name in ('model.weights.h5', 'whole.h5', 'model.keras'):
        path = tmp_path / name
        if not path.exists():
            continue
        listed = tensors(worker, framework, path)['tensors']
        assert sorted(read(worker, framework, path, i, one, 7) for i, one in enumerate(listed)) == expected, name


@pytest.mark.parametrize('environment, framework', TENSORFLOW)
def test_saved_models_and_object_checkpoints(environment, framework, tmp_path):
    if harness.worker(environment).hello['frameworks'][framework].startswith('1.'):
        pytest.skip('TensorFlow 1 saves sessions, as tested above')
    expected = make(
        environment,
        tmp_path,
        """
        import tensorflow as tf
        class Model(tf.Module):
            def __init__(self):
                self.w = tf.Variable(np.arange(6, dtype='float32').reshape(2, 3))
                self.b = tf.Variable(tf.cast([1., 2.5], tf.bfloat16))
        model = Model()
        tf.saved_model.save(model, 'saved')
        tf.train.Checkpoint(model=model).write('object.ckpt')
        np.savez('expected.npz', w=model.w.numpy(), b=model.b.numpy().view('uint16'))
        """,
    )
    reply = check(environment, framework, tmp_path / 'saved', expected)
    assert any('string' in note for note in reply['notes'])
    check(environment, framework, tmp_path / 'object.ckpt', dict(('model/' + k, v) for k, v in expected.items()))


@pytest.mark.parametrize('environment, framework', TENSORFLOW)
def test_hdf5_that_reaches_into_other_files(environment, framework, tmp_path):
    if harness.worker(environment).hello['frameworks'][framework].startswith('1.2'):
        pytest.skip('TensorFlow 1.2 brings no h5py')
    expected = make(
        environment,
        tmp_path,
        """
        import h5py
        with h5py.File('links.h5', 'w') as f:
            f['a/w'] = np.arange(24, dtype='>f4').reshape(4, 6)
            f['a/flags'] = np.array([True, False])
            f.create_dataset('a/packed', data=np.arange(100), chunks=(7,), compression='gzip')
            f['text'] = 'hello'
            f['out'] = h5py.ExternalLink('/etc/secret.h5', '/x')
            f['soft'] = h5py.SoftLink('/a/w')
            f['a/again'] = f['a']
        with h5py.File('external.h5', 'w') as f:
            f.create_dataset('w', (4,), 'f4', external=[('/etc/passwd', 0, 16)])
        open('cut.h5', 'wb').write(open('links.h5', 'rb').read()[:500])
        np.savez('expected.npz', **{'a/w': np.arange(24, dtype='f4').reshape(4, 6), 'a/flags': np.array([True, False]),
                                    'a/packed': np.arange(100)})
        """,
    )
    reply = check(environment, framework, tmp_path / 'links.h5', expected)
    assert sorted(note.split(':')[0] for note in reply['notes']) == ['out', 'soft', 'text']
    assert 'another file' in refused(environment, framework, tmp_path / 'external.h5')
    assert 'cannot be read' in refused(environment, framework, tmp_path / 'cut.h5')


# ---- what others collected


@pytest.mark.parametrize('environment, framework', TORCH + TENSORFLOW)
def test_corpora_are_read_or_refused_and_nothing_else(environment, framework, tmp_path):
    """ROUNDOFF_CORPORA: folders, separated by ':' (./dev corpora FOLDER...). Each file is put to the worker."""
    folders = [folder for folder in os.environ.get('ROUNDOFF_CORPORA', '').split(':') if folder]
    if not folders:
        pytest.skip('ROUNDOFF_CORPORA names no folder')
    worker = harness.worker(environment)
    answered = {'tensors': 0, 'request': 0, 'unsupported': 0}
    for folder in folders:
        for where, _, names in os.walk(folder):
            for name in names:
                path = os.path.abspath(os.path.join(where, name))
                reply = worker.ask('tensors', framework=framework, path=path, first=0)
                kind = reply['error']['kind'] if 'error' in reply else 'tensors'
                assert kind in answered, (path, reply)
                answered[kind] += 1
    print(answered)
    assert worker.process.poll() is None


# ---- requests


def test_requests_that_say_nothing_sensible(tmp_path):
    pair = next((p.values for p in TORCH + TENSORFLOW if p.values[0]), None)
    if pair is None:
        pytest.skip('no interpreter of ROUNDOFF_TEST_PYTHONS has a framework with files of its own')
    environment, framework = pair
    worker = harness.worker(environment)
    for do, fields, place in (
        ('tensors', {'path': 'relative.pt', 'first': 0}, 'path'),
        ('tensors', {'path': 5, 'first': 0}, 'path'),
        ('read', {'path': 'relative.pt'}, 'path'),
        ('tensors', {'framework': 'nothing', 'path': '/x.pt', 'first': 0}, 'framework'),
    ):
        with pytest.raises(harness.Refused) as caught:
            worker.answer(do, **dict({'framework': framework}, **fields))
        assert caught.value.place == place


@pytest.mark.parametrize('environment, framework', PAIRS)
def test_frameworks_without_files_say_so(environment, framework):
    if framework in ('torch', 'tensorflow'):
        pytest.skip('has files of its own')
    with pytest.raises(harness.Refused) as caught:
        harness.worker(environment).answer('tensors', framework=framework, path='/x', first=0)
    assert caught.value.kind == 'unsupported'
