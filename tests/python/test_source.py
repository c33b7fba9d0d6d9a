"""Every worker file runs on the oldest Python that a framework needs, and shadows no package."""

import os
import subprocess

import harness
import pytest


@pytest.mark.parametrize('environment', sorted(harness.interpreters()))
def test_compiles(environment):
    files = [os.path.join(harness.SOURCE, name) for name in os.listdir(harness.SOURCE) if name.endswith('.py')]
    check = 'import sys\nfor f in sys.argv[1:]:\n    compile(open(f, "rb").read(), f, "exec")'
    subprocess.run([harness.interpreters()[environment], '-c', check] + files, check=True)


def test_no_file_is_named_as_a_package():
    names = [name[:-3] for name in os.listdir(harness.SOURCE) if name.endswith('.py')]
    assert not set(names) & {'numpy', 'tensorflow', 'torch', 'jax', 'numba', 'pytensor', 'scipy'}
