#!/usr/bin/env python3
"""Runs every benchmark program of a build folder and states the results as ratios against the named peer of the same run.

usage: run.py BUILD_FOLDER
Writes bench/results.json (what was measured, on what) and bench/results.md (the table that bench/README.md refers to).
"""
import json
import pathlib
import shutil
import statistics
import subprocess
import sys

import arm_ulp
import diff_peers
import scaling

ULP_MODES = [("ulp", "ulp -q -f"), ("ulp_default", "ulp -q"), ("ulp_mpfr", "ulp -q -f -m (MPFR)")]
# (what, ours, peer, what the peer is)
RATIOS = [
    ("certified exp, float32, with budgets", "exp_truth", "exp_mpfr", "MPFR at 113 bits, one thread, no certificate"),
    ("certified exp, float32, with budgets", "exp_truth", "exp_libm", "glibc expf"),
    ("certified erf, float64, with budgets", "erf_truth", "erf_mpfr", "MPFR at 113 bits, one thread, no certificate"),
    ("certified 1000 x 1000 float32 matmul, with budgets", "matmul_truth", "matmul_openblas", "OpenBLAS sgemm"),
    ("certified cumulative_sum(sin(exp(x))), 10,000 float32", "chain_truth", "chain_libm", "glibc and a loop"),
    ("truth of a 1024 x 1024 float32 matmul", "matmul32_truth", "matmul32_sgemm", "OpenBLAS sgemm"),
    ("the same, certify() without budgets", "matmul32_certify", "matmul32_sgemm", "OpenBLAS sgemm"),
    ("the same, certify() with budgets", "matmul32_budgets", "matmul32_sgemm", "OpenBLAS sgemm"),
    ("truth of a 1024 x 1024 float64 matmul", "matmul64_truth", "matmul64_dgemm", "OpenBLAS dgemm"),
    ("the same, certify() without budgets", "matmul64_certify", "matmul64_dgemm", "OpenBLAS dgemm"),
    ("the same, certify() with budgets", "matmul64_budgets", "matmul64_dgemm", "OpenBLAS dgemm"),
    ("truth of a sum of 2^23 float64 in memory", "sum_truth", "sum_loop", "the plain loop"),
    ("truth of a running sum of 2^23 float64 in memory", "scan_truth", "scan_loop", "the plain loop"),
    ("truth of exp, 100,000 float64, within 2^-88", "exp64_truth", "exp64_mpfr", "MPFR at 113 bits"),
    ("float32 sweep of glibc expf, an eighth of all inputs", "exp_sweep", "exp_bare", "expf alone over the same inputs"),
    ("float32 sweep of glibc logf, an eighth of all inputs", "log_sweep", "log_bare", "logf alone over the same inputs"),
    ("float32 sweep of glibc sinf, an eighth of all inputs", "sin_sweep", "sin_bare", "sinf alone over the same inputs"),
    *[("float32 sweep of %s, an eighth of all inputs" % vector, "vector_%s_sweep" % f, "vector_%s_bare" % f, "it alone over the same inputs")
      for f, vector in arm_ulp.VECTORS.items()],
    *[("float32 sweep of glibc %sf, an eighth of all inputs" % f, f + "_sweep", f + "_" + mode, "Arm's " + name)
      for mode, name in ULP_MODES for f in arm_ulp.FUNCTIONS],
    *[("float32 sweep of %s, an eighth of all inputs" % vector, "vector_%s_sweep" % f, f + "_" + mode, "Arm's %s of glibc %sf" % (name, f))
      for mode, name in ULP_MODES for f, vector in arm_ulp.VECTORS.items()],
    ("roundoff sweep of glibc expf from 2^-60 to 2, two threads", "sweep_two", "sweep_one", "one thread"),
    ("all metrics of 2 x 256 MiB float32, half of it differing", "diff_half_differing", "diff_read", "reading the same memory, one thread"),
    ("all metrics of 2 x 256 MiB float32, identical", "diff_identical", "diff_read", "reading the same memory, one thread"),
    ("roundoff diff of such files, two threads", "diff_command_two", "diff_command", "one thread"),
    ("roundoff diff of such arrays as safetensors", "diff_safetensors", "diff_command", "as .npy"),
    ("roundoff diff of 2 x 64 MiB in deflated .npz", "diff_npz", "diff_inflate", "inflating them by Python's zipfile, and nothing else"),
    ("roundoff diff of such files, every second element an ulp apart", "diff_command", "diff_allclose", "np.load and assert_allclose"),
    ("the same", "diff_command", "diff_max_ulp", "np.load and assert_array_max_ulp"),
    ("the same", "diff_command", "diff_assert_close", "np.load and torch.testing.assert_close"),
    ("the same, every thousandth beyond", "diff_command_failing", "diff_assert_close_failing", "the same, to its exception"),
]
# Programs of one thread: on one processor, the least CPU time of many repetitions in random order.
ONE_THREAD = {"sweep_bench", "tiers_bench"}


def command_of(program):
    command = [str(program), "--benchmark_format=json"]
    if program.name not in ONE_THREAD:
        return command + ["--benchmark_repetitions=5"]
    pin = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    return pin + command + ["--benchmark_repetitions=9", "--benchmark_min_time=0.1", "--benchmark_enable_random_interleaving=true"]


def measure(folder):
    times, context = {}, {}
    for program in sorted(folder.glob("*_bench")):
        result = json.loads(subprocess.run(command_of(program), check=True, stdout=subprocess.PIPE).stdout)
        context = result["context"]
        rows = {}
        for row in result["benchmarks"]:
            if row["run_type"] == "iteration" and not row.get("error_occurred"):
                rows.setdefault(row["run_name"].split("/")[0], []).append(row)
        for name, repetitions in rows.items():
            if program.name in ONE_THREAD:
                times[name] = min(row["cpu_time"] for row in repetitions)
            else:
                times[name] = statistics.median(row["real_time"] for row in repetitions)
    for peers in (diff_peers, arm_ulp, scaling):
        times.update(peers.measure(folder))
    return times, context


def ratio_text(ratio):
    return "%.2f" % ratio if ratio > 0.5 else "1 / %.1f" % (1 / ratio)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    here = pathlib.Path(__file__).resolve().parent
    times, context = measure(pathlib.Path(sys.argv[1]))
    machine = {key: context[key] for key in ("num_cpus", "mhz_per_cpu", "library_build_type") if key in context}
    (here / "results.json").write_text(json.dumps({"machine": machine, "ms": times}, indent=2) + "\n")
    lines = ["| work | ms | peer | peer ms | ratio |", "| --- | --- | --- | --- | --- |"]
    for what, ours, peer, name in RATIOS:
        if ours in times and peer in times:
            lines.append("| %s | %.2f | %s | %.2f | %s |" % (what, times[ours], name, times[peer], ratio_text(times[ours] / times[peer])))
    table = "\n".join(lines) + "\n"
    (here / "results.md").write_text(table)
    print(table, end="")


if __name__ == "__main__":
    main()
