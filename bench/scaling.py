"""`roundoff sweep` as a command on one thread and on two."""
import json
import os
import pathlib
import subprocess
import sys
import time

COMMAND = ["sweep", "exp", "--backend", "glibc", "--range", "[0x1p-60, 2]", "--quiet", "--json"]  # 512 million inputs


def measure(build, repetitions=3):
    """Milliseconds by row: the least of several."""
    program, times = pathlib.Path(build).resolve() / "roundoff", {}
    for name, threads in (("sweep_one", 1), ("sweep_two", 2)):
        best = float("inf")
        for _ in range(repetitions):
            start = time.perf_counter()
            subprocess.run([str(program), *COMMAND], check=True, env=dict(os.environ, ROUNDOFF_THREADS=str(threads)), stdout=subprocess.DEVNULL)
            best = min(best, time.perf_counter() - start)
        times[name] = best * 1000
    return times


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1]), indent=2))
