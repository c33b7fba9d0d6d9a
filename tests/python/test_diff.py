"""roundoff diff against NumPy's and PyTorch's own on the same arrays: the same pairs accepted, the same refused."""

import json
import os
import subprocess
import warnings

import harness
import numpy as np
import pytest

PROGRAM = os.environ.get('ROUNDOFF_PROGRAM', os.path.join(os.path.dirname(__file__), '..', '..', 'build', 'roundoff'))
pytestmark = pytest.mark.skipif(not os.path.exists(PROGRAM), reason='the program is not built: ' + PROGRAM)

RTOL, ATOL, MAX_ULP = 1e-3, 1e-5, 4
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-3, 1e-5, 6e-8, 65504.0, 3e38, 1e-40, 1e-45]


def pairs(dtype, count=400, length=11):
    """`count` short pairs, random and special, near and far: each is one question to the peers."""
    random = np.random.default_rng(5)
    with np.errstate(all='ignore'):
        a = random.choice([1e-6, 1.0, 1e4], (count, 1)) * random.standard_normal((count, length))
        a = a.astype(dtype)
        apart = random.choice([0, 1e-7, 1e-5, 9.99e-4, 1.001e-3, 1e-1], (count, 1)) * random.standard_normal((count, length))
        b = (a * (1 + apart) + random.choice([0, 9e-6, 2e-5], (count, 1))).astype(dtype)
        some = random.random((count, length)) < 0.03
        a[some] = random.choice(SPECIAL, some.sum()).astype(dtype)
        b[some] = np.where(random.random(some.sum()) < 0.5, a[some], random.choice(SPECIAL, some.sum()).astype(dtype))
    return a, b


def complex_pairs(dtype, count, length):
    part = 'float32' if dtype == 'complex64' else 'float64'
    return [rows.view(dtype) for rows in pairs(part, count, 2 * length)]


def compared(tmp_path, a, b):
    """Every row of a and b in one run: an archive of as many tensors."""
    for name, rows in (('a', a), ('b', b)):
        np.savez(tmp_path / (name + '.npz'), **{'%06d' % i: row for i, row in enumerate(rows)})
    command = [PROGRAM, 'diff', tmp_path / 'a.npz', tmp_path / 'b.npz', '--json', '--quiet', '--no-findings', '--worst', '0']
    command += ['--rtol', str(RTOL), '--atol', str(ATOL), '--max-ulp', str(MAX_ULP)]
    output = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE).stdout
    return sorted(json.loads(output.decode())['tensors'], key=lambda tensor: tensor['a'])


def accepted(check, *arguments, **keywords):
    with warnings.catch_warnings(), np.errstate(all='ignore'):
        warnings.simplefilter('ignore')
        try:
            check(*arguments, **keywords)
        except AssertionError:
            return False
    return True


@pytest.mark.parametrize('dtype', ['float16', 'float32', 'float64'])
def test_same_rows_accepted_as_numpy(tmp_path, dtype):
    a, b = pairs(dtype, 3400, 3)
    for x, y, tensor in zip(a, b, compared(tmp_path, a, b)):
        assert (tensor['beyond']['numpy'] == 0) == accepted(np.testing.assert_allclose, x, y, rtol=RTOL, atol=ATOL), (x, y)
        assert (tensor['beyond']['ulp'] == 0) == accepted(np.testing.assert_array_max_ulp, x, y, MAX_ULP), (x, y)


# What the interpreter of an environment answers, a character a row: whether the check accepts it.
ACCEPTS = """
import sys, warnings, numpy
warnings.simplefilter('ignore')
numpy.seterr(all='ignore')
{imports}
for x, y in zip(numpy.load(sys.argv[1]), numpy.load(sys.argv[2])):
    try:
        {check}
        print(1, end='')
    except AssertionError:
        print(0, end='')
"""
CHECKS = {
    'numpy': ('', 'numpy.testing.assert_allclose(x, y, rtol=float(sys.argv[3]), atol=float(sys.argv[4]))'),
    'torch': ('import torch', 'torch.testing.assert_close(torch.from_numpy(x), torch.from_numpy(y), rtol=float(sys.argv[3]), '
              'atol=float(sys.argv[4]))'),
}


# Complex numbers in NumPy 2 only: isclose() of NumPy 1 multiplies by 1, which makes infinities NaN.
@pytest.mark.parametrize('library, dtype', [('torch', 'float16'), ('torch', 'float32'), ('torch', 'float64'),
                                            ('torch', 'complex64'), ('torch', 'complex128'),
                                            ('numpy', 'complex64'), ('numpy', 'complex128')])
def test_same_rows_accepted_in_its_environment(tmp_path, library, dtype):
    python = harness.interpreters().get(library)
    if python is None:
        pytest.skip('no environment has ' + library)
    imports, check = CHECKS[library]
    a, b = (complex_pairs if 'complex' in dtype else pairs)(dtype, 3400, 3)
    np.save(tmp_path / 'a.npy', a)
    np.save(tmp_path / 'b.npy', b)
    command = [python, '-c', ACCEPTS.format(imports=imports, check=check), tmp_path / 'a.npy', tmp_path / 'b.npy', RTOL, ATOL]
    answers = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert len(answers) == len(a)
    for x, y, close, tensor in zip(a, b, answers, compared(tmp_path, a, b)):
        assert tensor['beyond']['of'] == len(x)
        assert (tensor['beyond'][library] == 0) == (close == '1'), (x, y)


def test_the_counts_are_numpys(tmp_path):
    a, b = pairs('float32', 20, 5000)
    for x, y, tensor in zip(a, b, compared(tmp_path, a, b)):
        with np.errstate(all='ignore'):
            close = np.isclose(x, y, rtol=RTOL, atol=ATOL, equal_nan=True)
            finite = np.isfinite(x) & np.isfinite(y)
            exact = np.abs(x[finite].astype(float) - y[finite].astype(float))
        assert tensor['beyond']['numpy'] == (~close).sum()
        assert tensor['max_abs'] == exact.max()
        assert tensor['mean_abs'] == pytest.approx(exact.mean(), rel=1e-12)
        assert tensor['numbers'] == finite.sum()


def test_what_a_framework_saved_is_read_by_its_worker(tmp_path):
    python = harness.interpreters().get('torch')
    if python is None:
        pytest.skip('no environment has PyTorch')
    save = 'import sys, torch; torch.save({"w": torch.arange(6.0).reshape(2, 3)}, sys.argv[1])'
    subprocess.run([python, '-c', save, str(tmp_path / 'a.pt')], check=True)
    np.savez(tmp_path / 'b.npz', w=np.arange(6, dtype='float32').reshape(2, 3))
    command = [PROGRAM, 'diff', str(tmp_path / 'a.pt'), str(tmp_path / 'b.npz'), '--json', '--quiet']
    result = subprocess.run(command, stdout=subprocess.PIPE)
    tensors = json.loads(result.stdout.decode())['tensors']
    assert result.returncode == 0 and [(t['a'], t['identical'], t['of']) for t in tensors] == [('w', 6, 6)]
