"""The float32 sweeps against `ulp`, the error checker of Arm's optimized-routines, on the same glibc functions.

No package registry has it: ROUNDOFF_OPTIMIZED_ROUTINES names a checkout of https://github.com/ARM-software/optimized-routines. It is built below the
build folder with its own makefile and options, and linked against this machine's glibc instead of Arm's functions. Without the variable the rows
are left out. x86-64 only: elsewhere `ulp` is bound to Arm's functions.
"""
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

INPUTS = 1 << 29  # what a sweep of sweep_bench.cc judges: the rows are scaled to it

# (mode, options, inputs of each sign that are measured)
MODES = [("ulp", ["-q", "-f"], 1 << 24), ("ulp_default", ["-q"], 1 << 20), ("ulp_mpfr", ["-q", "-f", "-m"], 1 << 17)]
FUNCTIONS = ["exp", "log", "sin"]
VECTORS = {"exp": "SLEEF's expf8_u10", "log": "SLEEF's logf8_u10", "erf": "libmvec's erff on eight lanes"}  # against the check of the scalar one


def build_ulp(checkout, folder):
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(checkout / "config.mk.dist", folder / "config.mk")
    parts = ["build/math/test/ulp.o", "build/math/math_err.o"]
    subprocess.run(["make", "-s", "-f", str(checkout / "Makefile"), "srcdir=" + str(checkout), "ARCH=x86_64", "SUBS=math", "USE_MPFR=1", "WANT_SVE_TESTS=0"]
                   + parts, cwd=folder, check=True, stdout=sys.stderr)
    subprocess.run(["cc", "-o", "ulp"] + parts + ["-lmpfr", "-lgmp", "-lm"], cwd=folder, check=True)
    return folder / "ulp"


def ms_of(ulp, options, function, count):
    """Both signs, as a sweep has them; the least of three."""
    pin = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for low, high in (("0", "inf"), ("-0", "-inf")):
            subprocess.run(pin + [str(ulp), *options, function + "f", low, high, str(count)], check=True, stdout=subprocess.DEVNULL)
        best = min(best, time.perf_counter() - start)
    return best * 1000 * INPUTS / (2 * count)


def measure(build):
    """Milliseconds by row."""
    checkout = os.environ.get("ROUNDOFF_OPTIMIZED_ROUTINES")
    if not checkout or platform.machine() != "x86_64":
        print("arm_ulp: left out (ROUNDOFF_OPTIMIZED_ROUTINES names no checkout, or this is no x86-64)", file=sys.stderr)
        return {}
    ulp = build_ulp(pathlib.Path(checkout).resolve(), pathlib.Path(build).resolve() / "peers" / "optimized-routines")
    return {"%s_%s" % (function, mode): ms_of(ulp, options, function, count) for mode, options, count in MODES for function in sorted({*FUNCTIONS, *VECTORS})}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1]), indent=2))
