"""What a result may depend on beside its inputs: processor, threads, libraries, variables, rounding mode."""

import ctypes
import os
import platform
import re
import sys

import numpy

_VARIABLES = (
    'ATEN_',
    'BLIS_',
    'CUDA_VISIBLE_DEVICES',
    'DNNL_',
    'GOTO_',
    'JAX_',
    'KMP_',
    'MKL_',
    'NPY_',
    'NUMBA_',
    'OMP_',
    'ONEDNN_',
    'OPENBLAS_',
    'PYTENSOR_',
    'PYTORCH_',
    'TF2_',
    'TF_DETERMINISTIC_',
    'TF_DISABLE_',
    'TF_ENABLE_',
    'TF_NUM_',
    'TF_XLA_',
    'THEANO_',
    'TORCH_',
    'XLA_',
)

# As they were when the worker started: frameworks set some themselves.
VARIABLES = dict((name, value) for name, value in os.environ.items() if name.startswith(_VARIABLES))


def floating_point():
    """How this thread computes, found by computing: rounding, and whether subnormal results and arguments become 0."""
    # Parsed, so that no compiler folds what follows.
    one, tiny, large = float('1'), float.fromhex('0x1p-60'), float.fromhex('0x1p1000')
    least_normal, least = float.fromhex('0x1p-1022'), float.fromhex('0x1p-1074')
    if one + tiny > one:
        rounding = 'upward'
    elif one - tiny < one:
        rounding = 'downward' if -one - tiny < -one else 'toward zero'
    else:
        rounding = 'nearest'
    return {
        'rounding': rounding,
        'ftz': 'on' if least_normal * 0.5 == 0 else 'off',
        'daz': 'on' if least * large == 0 else 'off',
    }


def changes(before, after):
    return [
        'changed the main thread: %s was %s, is %s' % (name, before[name], after[name])
        for name in sorted(before)
        if before[name] != after[name]
    ]


def processors():
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def variables():
    return ' '.join('%s=%s' % (name, VARIABLES[name]) for name in sorted(VARIABLES))


def _openblas(path):
    """The configuration and the kernels that a loaded OpenBLAS has chosen."""
    library = ctypes.CDLL(path)
    for prefix in ('scipy_', ''):
        for suffix in ('64_', ''):
            said = []
            for name in ('get_config', 'get_corename'):
                function = getattr(library, '%sopenblas_%s%s' % (prefix, name, suffix), None)
                if function is not None:
                    function.argtypes, function.restype = [], ctypes.c_char_p
                    said.append((function() or b'').decode('ascii', 'replace').strip())
            if said:
                return ' '.join(said)
    return 'OpenBLAS'


def blas():
    """The BLAS libraries that this process has loaded."""
    try:
        with open('/proc/self/maps') as maps:
            paths = sorted(set(line.split(None, 5)[5].strip() for line in maps if '.so' in line))
    except (OSError, IndexError):
        return ''
    found = []
    for path in paths:
        base = os.path.basename(path)
        if 'openblas' in base:
            try:
                found.append(_openblas(path))
            except OSError:
                found.append(base)
        elif base.startswith(('libmkl_rt', 'libmkl_core', 'libblis', 'libcblas', 'libblas')):
            found.append(base)
    return '; '.join(found)


def numpy_capability():
    """The instruction sets that NumPy says it uses."""
    core = getattr(numpy, '_core', None) or numpy.core
    umath = getattr(core, '_multiarray_umath', None)
    if not hasattr(umath, '__cpu_features__'):
        return ''
    names = list(getattr(umath, '__cpu_baseline__', [])) + list(getattr(umath, '__cpu_dispatch__', []))
    return ' '.join(name for name in names if umath.__cpu_features__.get(name))


def _normal(distribution):
    return re.sub('[-_.]+', '_', distribution).lower()


def installed_version(distributions):
    """The version of the first of these distributions that is installed, off its metadata folder's name; else ''."""
    pattern = re.compile(r'(.+?)-([^-]+)(-py[^-]*)?\.(dist|egg)-info$')
    for folder in sys.path:
        try:
            entries = os.listdir(folder or '.')
        except OSError:
            continue
        found = [pattern.match(entry) for entry in entries if entry.endswith('-info')]
        versions = dict((_normal(m.group(1)), m.group(2)) for m in found if m)
        for name in distributions:
            if _normal(name) in versions:
                return versions[_normal(name)]
    return ''


def common():
    """What every worker says of itself."""
    said = {
        'python': platform.python_version(),
        'numpy': numpy.__version__,
        'scipy': installed_version(['scipy']),
        'threads': str(processors()),
        'machine': platform.machine(),
        'variables': variables(),
    }
    said.update(floating_point())
    return dict((name, value) for name, value in said.items() if value)
