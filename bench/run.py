#!/usr/bin/env python3
"""Runs every benchmark program of a build folder and states the results as ratios against the named peer of the same run.

usage: run.py BUILD_FOLDER
Writes bench/results.json (what was measured, on what) and bench/results.md (the table that bench/README.md refers to).
"""
import json
import pathlib
import subprocess
import sys

# (what, ours, peer, what the peer is)
RATIOS = [
    ("certified exp, float32, with budgets", "exp_truth", "exp_mpfr", "MPFR at 113 bits, one thread, no certificate"),
    ("certified exp, float32, with budgets", "exp_truth", "exp_libm", "glibc expf"),
    ("certified 1000 x 1000 float32 matmul, with budgets", "matmul_truth", "matmul_openblas", "OpenBLAS sgemm"),
    ("certified cumulative_sum(sin(exp(x))), 10,000 float32", "chain_truth", "chain_libm", "glibc and a loop"),
    ("all metrics of 2 x 256 MiB float32, half of it differing", "diff_half_differing", "diff_read", "reading the same memory, one thread"),
    ("all metrics of 2 x 256 MiB float32, identical", "diff_identical", "diff_read", "reading the same memory, one thread"),
]


def measure(folder):
    times, context = {}, {}
    for program in sorted(folder.glob("*_bench")):
        command = [str(program), "--benchmark_format=json", "--benchmark_repetitions=5", "--benchmark_report_aggregates_only=true"]
        result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        context = result["context"]
        for row in result["benchmarks"]:
            if row["aggregate_name"] == "median":
                times[row["run_name"].split("/")[0]] = row["real_time"]
    return times, context


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    here = pathlib.Path(__file__).resolve().parent
    times, context = measure(pathlib.Path(sys.argv[1]))
    machine = {key: context[key] for key in ("num_cpus", "mhz_per_cpu", "library_build_type") if key in context}
    (here / "results.json").write_text(json.dumps({"machine": machine, "median_ms": times}, indent=2) + "\n")
    lines = ["| work | ms | peer | peer ms | ratio |", "| --- | --- | --- | --- | --- |"]
    for what, ours, peer, name in RATIOS:
        if ours in times and peer in times:
            lines.append("| %s | %.2f | %s | %.2f | %.2f |" % (what, times[ours], name, times[peer], times[ours] / times[peer]))
    table = "\n".join(lines) + "\n"
    (here / "results.md").write_text(table)
    print(table, end="")


if __name__ == "__main__":
    main()
