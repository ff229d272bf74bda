# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
# %% One network on one machine, layer by layer.
import olivine

run = olivine.run("olive_64x64", "bert_base", "w4a4-ovp", settings={"array.rows": 32})
layers = run["layers"]
slowest = layers["name"][layers["time_s"].argmax()]
print(f"{1e3 * run['time_s']:.0f} ms, {1e-9 * run['energy_pj']:.0f} mJ,",
      f"{run['energy_pj.dram'] / run['energy_pj']:.0%} of it in DRAM; slowest: {slowest}")

# %% A design space. With a file as database it would go on where it was stopped.
results = olivine.sweep({
    "name": "shapes", "machine": "olive_64x64", "workload": "bert_base", "scheme": "w4a4-ovp",
    "axes": {"array.rows": {"from": 16, "to": 128, "factor": 2},
             "array.cols": {"from": 16, "to": 128, "factor": 2},
             "array.dataflow": ["ws", "os", "is"]},
    "objectives": ["time_s", "area_um2"]})

# %% Its Pareto front, fastest first; pandas.DataFrame(results.to_dict()) has all points.
for row in results.front():
    shape = [results[key][row] for key in ("array.rows", "array.cols", "array.dataflow")]
    print(*shape, f"{1e3 * results['time_s'][row]:.0f} ms,",
          f"{1e-6 * results['area_um2'][row]:.2f} mm2")
