"""`roundoff diff` as a command, from the files to the report, against NumPy's and PyTorch's own checks of the same files.

2 x 256 MiB of float32 in .npy files in the page cache, one thread each. The peers read with np.load and then check; a check that fails is timed
up to its exception. Besides: the same arrays as safetensors, on two threads, and 2 x 64 MiB deflated against inflating them and nothing else.
Each answer is the least of several repetitions.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

COUNT = 1 << 26

MAKE = """
import json, struct, sys
import numpy as np
a = np.random.default_rng(1).standard_normal(%d, dtype=np.float32)
def keep(name):
    np.save(sys.argv[1] + '/%%s.npy' %% name, a)
    header = json.dumps({'x': {'dtype': 'F32', 'shape': [a.size], 'data_offsets': [0, a.nbytes]}}).encode()
    with open(sys.argv[1] + '/%%s.safetensors' %% name, 'wb') as file:
        file.write(struct.pack('<Q', len(header)) + header + a.tobytes())
    np.savez_compressed(sys.argv[1] + '/%%s.npz' %% name, x=a[:a.size // 4])
keep('a')
bits = a.view(np.uint32)
bits[::2] ^= 1
keep('close')
a[1::1000] += 1
np.save(sys.argv[1] + '/far.npy', a)
""" % COUNT

TIME = """
import json, sys, time, zipfile
import numpy as np
folder, check, other, repetitions = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
if check == 'assert_close':
    import torch
    torch.set_num_threads(1)
    run = lambda a, b: torch.testing.assert_close(torch.from_numpy(a), torch.from_numpy(b))
elif check == 'assert_allclose':
    run = lambda a, b: np.testing.assert_allclose(a, b, rtol=1.3e-6, atol=1e-5)
else:
    run = lambda a, b: np.testing.assert_array_max_ulp(a, b, maxulp=4)
if check == 'inflate':
    load = lambda name: zipfile.ZipFile(folder + '/%s.npz' % name).read('x.npy')
    run = lambda a, b: None
else:
    load = lambda name: np.load(folder + '/%s.npy' % name)
best = float('inf')
for _ in range(repetitions):
    start = time.perf_counter()
    a, b = load('a'), load(other)
    try:
        run(a, b)
    except AssertionError:
        pass
    best = min(best, time.perf_counter() - start)
print(json.dumps(best * 1000))
"""

# (row, environment, check, file)
PEERS = [
    ("diff_allclose", "numpy", "assert_allclose", "close"),
    ("diff_max_ulp", "numpy", "assert_array_max_ulp", "close"),
    ("diff_assert_close", "torch", "assert_close", "close"),
    ("diff_assert_close_failing", "torch", "assert_close", "far"),
    ("diff_inflate", "numpy", "inflate", "close"),
]
# (row, other file, threads)
COMMANDS = [
    ("diff_command", "close.npy", 1),
    ("diff_command_failing", "far.npy", 1),
    ("diff_command_two", "close.npy", 2),
    ("diff_safetensors", "close.safetensors", 1),
    ("diff_npz", "close.npz", 1),
]


def interpreters(build):
    lines = subprocess.run([str(build / "roundoff"), "env", "list", "--interpreters"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(line.split("=", 1) for line in lines.splitlines() if "=" in line)


def command_ms(build, folder, other, threads):
    start = time.perf_counter()
    command = [str(build / "roundoff"), "diff", "a" + pathlib.Path(other).suffix, other, "--quiet", "--json"]
    code = subprocess.run(command, cwd=folder, env=dict(os.environ, ROUNDOFF_THREADS=str(threads)), stdout=subprocess.DEVNULL).returncode
    assert code in (0, 1, 5), "roundoff diff failed"
    return (time.perf_counter() - start) * 1000


def measure(build, repetitions=3):
    """Milliseconds by row; without an environment its rows are left out, and a line on standard error says so."""
    build, pythons, times = pathlib.Path(build).resolve(), interpreters(pathlib.Path(build)), {}
    if "numpy" not in pythons:
        print("diff_peers: no environment 'numpy': nothing to compare with", file=sys.stderr)
        return times
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([pythons["numpy"], "-c", MAKE, folder], check=True)
        for name, file, threads in COMMANDS:
            times[name] = min(command_ms(build, folder, file, threads) for _ in range(repetitions + 1))
        for name, environment, check, file in PEERS:
            if environment not in pythons:
                print("diff_peers: no environment '%s': %s is left out" % (environment, check), file=sys.stderr)
                continue
            command = [pythons[environment], "-c", TIME, folder, check, file, str(repetitions)]
            times[name] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return times


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1]), indent=2))
