// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The points of all comparisons in typed columns, the ones a reader chose, and their statistics:
// tens of thousands of points are filtered and summed up at every change of a control.
"use strict";

// What predicts a time: the simulation, two baselines fitted to the same measurements, and a second
// measurement of the same shape. Their hues are none of those of regimes.
olivine.predictors = [
  {key: "simulated", name: "Simulation", hue: "green", symbol: "circle"},
  {key: "closed_form", name: "Closed form, 16 constants", hue: "pink", symbol: "diamond"},
  {key: "roofline", name: "Roofline, 3 constants", hue: "brown", symbol: "triangle"},
  {key: "noise", name: "Second measurement", hue: "slate", symbol: "rect"},
];

olivine.ComparePoints = class {
  // In the order of the regimes of experiments/compare/regime.h, others behind.
  static #regimeOrder = ["launch", "memory", "wave", "compute", "power"];

  constructor(comparisons) {
    this.collections = comparisons.flatMap((comparison, file) =>
      comparison.collections.map((collection) => ({...collection, file, half: comparison.half,
        fileName: comparison.file})));
    this.count = this.collections.reduce((sum, {points}) => sum + points.m.length, 0);
    const seen = new Set(this.collections.flatMap(({points}) => points.regime.names));
    const known = olivine.ComparePoints.#regimeOrder.filter((name) => seen.has(name));
    this.regimes = [...known, ...[...seen].filter((name) => !known.includes(name))];
    const numbers = () => new Float64Array(this.count).fill(NaN);
    Object.assign(this, {m: numbers(), n: numbers(), k: numbers(), measured: numbers(),
      simulated: numbers(), roofline: numbers(), closed_form: numbers(), noise: numbers(),
      flops: numbers(), measured_w: numbers(), simulated_w: numbers(),
      regime: new Uint8Array(this.count), isFit: new Uint8Array(this.count),
      collection: new Uint16Array(this.count), row: new Uint32Array(this.count)});
    let at = 0;
    this.collections.forEach((collection, index) => {
      collection.first = at;
      at = this.#append(collection, index, at);
    });
    this.#pairNoise();
    this.#nameCollections(comparisons.length > 1);
    this.chosen = Uint32Array.from({length: this.count}, (_, index) => index);
  }

  #append({points}, collection, first) {
    const codes = points.regime.names.map((name) => this.regimes.indexOf(name));
    const isFit = points.half.names.map((name) => (name === "fit" ? 1 : 0));
    const size = points.m.length;
    for (let row = 0; row < size; row += 1) {
      const at = first + row;
      for (const key of ["m", "n", "k"]) this[key][at] = points[key][row];
      this.measured[at] = points.measured_s[row];
      this.simulated[at] = points.simulated_s[row];
      this.roofline[at] = points.roofline_s[row] ?? NaN;
      this.closed_form[at] = points.closed_form_s[row] ?? NaN;
      this.measured_w[at] = points.measured_power_w?.[row] ?? NaN;
      this.simulated_w[at] = points.simulated_power_w?.[row] ?? NaN;
      this.flops[at] = 2 * points.m[row] * points.n[row] * points.k[row];
      this.regime[at] = codes[points.regime.codes[row]];
      this.isFit[at] = isFit[points.half.codes[row]];
      this.collection[at] = collection;
      this.row[at] = row;
    }
    return first + size;
  }

  // The time that the second collection of a device, format and library has for the same shape.
  #pairNoise() {
    const key = (at) => `${this.m[at]}x${this.n[at]}x${this.k[at]}`;
    for (const one of this.collections) {
      if (!one.noise_source) continue;
      const second = this.collections.find((other) => other !== one && other.file === one.file &&
        other.source === one.noise_source && other.device === one.device &&
        other.scheme === one.scheme && other.library === one.library);
      if (!second) continue;
      const times = new Map();
      for (let row = second.points.m.length - 1; row >= 0; row -= 1) {
        times.set(key(second.first + row), this.measured[second.first + row]);
      }
      for (let row = 0; row < one.points.m.length; row += 1) {
        this.noise[one.first + row] = times.get(key(one.first + row)) ?? NaN;
      }
    }
  }

  // As short as tells collections apart.
  #nameCollections(hasFiles) {
    const short = (one) => `${one.machine}, ${one.scheme}, ${one.library}`;
    for (const one of this.collections) {
      const twins = this.collections.filter((other) => short(other) === short(one));
      const sources = new Set(twins.map(({source}) => source)).size;
      const source = one.source.split("/").slice(-2).join(" ");
      one.name = short(one) + (sources > 1 ? ` (${source})` : "") +
        (hasFiles ? ` [${one.fileName}]` : "");
    }
  }

  has(predictor) {
    return this[predictor].some((value) => !Number.isNaN(value));
  }

  // Keeps the points for which `accepts(collection, at)` holds.
  choose(accepts) {
    const kept = [];
    for (let at = 0; at < this.count; at += 1) {
      if (accepts(this.collections[this.collection[at]], at)) kept.push(at);
    }
    this.chosen = Uint32Array.from(kept);
  }

  error(at, predictor = "simulated") {
    return this[predictor][at] / this.measured[at] - 1;
  }

  // Relative errors of the points that the predictor has a time for.
  errors(indices, predictor = "simulated") {
    const found = [];
    for (const at of indices) {
      const error = this.error(at, predictor);
      if (!Number.isNaN(error)) found.push(error);
    }
    return found;
  }

  summary(indices, predictor = "simulated") {
    return olivine.statistics.errors(this.errors(indices, predictor));
  }

  // Chosen points by regime, regimes without any left out.
  byRegime() {
    const groups = this.regimes.map((name) => ({name, indices: []}));
    for (const at of this.chosen) groups[this.regime[at]].indices.push(at);
    return groups.filter(({indices}) => indices.length > 0);
  }

  text(at, column) {
    const {names, codes} = this.collections[this.collection[at]].points[column];
    return names[codes[this.row[at]]];
  }

  shape(at) {
    return `${this.m[at]}\u00d7${this.n[at]}\u00d7${this.k[at]}`;
  }
};
