// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The points of a sweep as typed arrays, the filter that all views share, and exact fronts.
"use strict";

olivine.sweep = {};

// A packed column (experiments/report/packed_column.h) as a typed array.
olivine.sweep.unpack = ({type, data, values}) => {
  const bytes = Uint8Array.fromBase64?.(data) ?? olivine.sweep.decode(data);
  const kinds = {u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array};
  const numbers = new kinds[type](bytes.buffer);
  if (!values) return numbers;
  const table = Float64Array.from(values, (value) => value ?? NaN);
  return Float64Array.from(numbers, (position) => table[position]);
};

// For browsers without Uint8Array.fromBase64.
olivine.sweep.decode = (base64) => {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
};

olivine.sweep.words = {
  time_s: "Time", energy_pj: "Energy", edp_pj_s: "Energy-delay product", power_w: "Power",
  throughput_per_s: "Throughput", area_um2: "Area", throughput_per_s_mm2: "Throughput per area",
  utilization: "Utilization", macs: "MACs", cycles: "Cycles", stall_cycles: "Stall cycles",
  dram_bytes: "Memory traffic", energy_dram_pj: "DRAM energy", energy_buffers_pj: "Buffer energy",
  energy_leakage_pj: "Leakage energy", pes: "PEs", buffer_bytes: "Buffer size",
};

// A metric or objective: one number a point, NaN where it does not apply.
olivine.sweep.Measure = class {
  constructor(description, isFeasible) {
    const {name, unit, goal, help, is_objective: isObjective, column} = description;
    Object.assign(this, {name, unit, goal, help, isObjective});
    this.label = olivine.sweep.words[name] ?? name;
    this.column = olivine.sweep.unpack(column);
    this.sign = goal === "max" ? -1 : 1;
    this.low = Infinity;
    this.high = -Infinity;
    for (let row = 0; row < this.column.length; row += 1) {
      const value = this.column[row];
      if (!isFeasible[row] || !(Math.abs(value) < Infinity)) continue;
      if (value < this.low) this.low = value;
      if (value > this.high) this.high = value;
    }
    this.varies = this.high > this.low;
    this.mayBeLog = this.low > 0;
    this.isWide = this.mayBeLog && this.high / this.low > 8;
  }

  // The column as a chart shows it; computed once.
  scaled(isLog) {
    if (!isLog) return this.column;
    return (this.logarithms ??= Float64Array.from(this.column, Math.log10));
  }

  naturalLogarithms() {
    return (this.naturals ??= Float64Array.from(this.column, Math.log));
  }

  get arrow() { return this.goal === "max" ? "\u2191" : "\u2193"; }
  get better() { return this.goal === "max" ? "higher is better" : "lower is better"; }

  format(value) {
    const {si, cell, percent, digits, missing, count} = olivine.format;
    if (!Number.isFinite(value)) return missing;
    switch (this.unit) {
      case "B":
        if (this.name !== "buffer_bytes") break;
        return value >= 2 ** 20 ? `${cell(value / 2 ** 20)} MiB` : `${cell(value / 1024)} KiB`;
      case "pJ": return si(value * 1e-12, "J");
      case "pJ s": return si(value * 1e-12, "J s");
      case "um2": return `${value === 0 ? 0 : digits(value * 1e-6)} mm\u00b2`;
      case "mm2": return `${value === 0 ? 0 : digits(value)} mm\u00b2`;
      case "/s/mm2": return `${si(value)} /s/mm\u00b2`;
      case "/s": return `${si(value)} /s`;
      case "cycles": return Math.abs(value) < 1e4 ? count(value) : si(value);
      default: break;
    }
    if (this.name === "utilization") return percent(value);
    if (this.unit) return si(value, this.unit);
    return Math.abs(value) >= 1e5 ? si(value) : cell(value);
  }
};

olivine.sweep.Model = class {
  #listeners = [];
  #orders = new Map();

  constructor(data) {
    const {unpack, Measure} = olivine.sweep;
    this.data = data;
    this.size = data.counts.rows;
    this.reasons = unpack(data.verdicts.positions);
    this.isFeasible = Uint8Array.from(this.reasons, (reason) => (reason === 0 ? 1 : 0));
    this.axes = data.axes.map((axis, index) =>
      ({...axis, index, positions: unpack(axis.positions)}));
    this.parameters = data.parameters.map((parameter) => ({...parameter,
      positions: parameter.axis === undefined ? unpack(parameter.positions)
        : this.axes[parameter.axis].positions}));
    this.measures = data.measures.map((measure) => new Measure(measure, this.isFeasible));
    this.objectives = this.measures.filter((measure) => measure.isObjective);
    this.groups = {...data.groups, positions: unpack(data.groups.positions)};
    this.clear();
    this.apply();
  }

  // ------------------------------------------------------------------------------- the filter

  clear() {
    this.levels = this.axes.map(({labels}) => new Uint8Array(labels.length).fill(1));
    this.ranges = new Map();  // measure -> [low, high], both included
    this.showsInfeasible = false;
  }

  get isFiltered() {
    return this.ranges.size > 0 || this.levels.some((levels) => levels.includes(0));
  }

  onChange(listener) { this.#listeners.push(listener); }

  changed(source) {
    this.apply();
    for (const listener of this.#listeners) listener(source);
  }

  setRange(measure, low, high) {
    if (low <= measure.low && high >= measure.high) this.ranges.delete(measure);
    else this.ranges.set(measure, [low, high]);
  }

  // What passes: `visible` rows are feasible, `hidden` ones are not.
  apply() {
    const passes = new Uint8Array(this.size).fill(1);
    this.axes.forEach(({positions}, axis) => {
      const levels = this.levels[axis];
      if (!levels.includes(0)) return;
      for (let row = 0; row < this.size; row += 1) passes[row] &= levels[positions[row]];
    });
    for (const [{column}, [low, high]] of this.ranges) {
      for (let row = 0; row < this.size; row += 1) {
        if (!(column[row] >= low && column[row] <= high)) passes[row] = 0;
      }
    }
    const visible = new Uint32Array(this.size);
    const infeasible = new Uint32Array(this.size);
    let seen = 0;
    let missed = 0;
    for (let row = 0; row < this.size; row += 1) {
      if (!passes[row]) continue;
      if (this.isFeasible[row]) visible[seen++] = row;
      else infeasible[missed++] = row;
    }
    this.visible = visible.subarray(0, seen);
    this.infeasible = infeasible.subarray(0, missed);
    this.passes = passes;
  }

  // ------------------------------------------------------------------------------- fronts

  // Feasible rows by the measures' costs, the first one first; computed once.
  #order(measures) {
    const key = measures.map(({name}) => name).join("\n");
    if (this.#orders.has(key)) return this.#orders.get(key);
    const rows = new Uint32Array(this.size);
    let count = 0;
    for (let row = 0; row < this.size; row += 1) {
      if (this.isFeasible[row] && measures.every(({column}) => Number.isFinite(column[row]))) {
        rows[count++] = row;
      }
    }
    const {column: first, sign: direction} = measures[0];
    const decideTie = (a, b) => {
      for (const {column, sign} of measures) {
        if (column[a] !== column[b]) return sign * (column[a] - column[b]);
      }
      return a - b;
    };
    const order = rows.subarray(0, count).sort((a, b) =>
      direction * (first[a] - first[b]) || decideTie(a, b));
    this.#orders.set(key, order);
    return order;
  }

  // Visible rows that no other visible one of their group dominates: nowhere worse, somewhere
  // better. Exact; equal ones all stay. By the first measure's cost.
  front(measures) {
    const axes = measures.filter((measure, index) => measures.indexOf(measure) === index);
    const order = this.#order(axes);
    const groups = this.groups.names.map(() => new olivine.sweep.Dominance(axes.slice(1)));
    const front = [];
    const same = (a, b) => axes.every(({column}) => column[a] === column[b]);
    const last = new Int32Array(groups.length).fill(-1);  // of equal costs the first one decides
    const wasOn = new Uint8Array(groups.length);
    for (const row of order) {
      if (!this.passes[row]) continue;
      const group = this.groups.positions[row];
      const isTwin = last[group] >= 0 && same(last[group], row);
      if (!isTwin) wasOn[group] = groups[group].add(row) ? 1 : 0;
      last[group] = row;
      if (wasOn[group]) front.push(row);
    }
    return front;
  }
};

// Points come ordered by their first cost, and differ; add() looks at the other measures, and says
// whether no point before is at most as costly in all of them.
olivine.sweep.Dominance = class {
  #isEmpty = true;
  #least = Infinity;
  #steps = [];  // [a, b]: a grows, b falls
  #points = [];

  constructor(measures) { this.measures = measures; }

  add(row) {
    const cost = ({column, sign}) => sign * column[row];
    const [first, second] = this.measures;
    switch (this.measures.length) {
      case 0: return this.#isEmpty && !(this.#isEmpty = false);
      case 1: return this.#addLeast(cost(first));
      case 2: return this.#addStep(cost(first), cost(second));
      default: return this.#addAnywhere(this.measures.map(cost));
    }
  }

  #addLeast(cost) {
    const isLess = cost < this.#least;
    if (isLess) this.#least = cost;
    return isLess;
  }

  #addStep(a, b) {
    const steps = this.#steps;
    let low = 0;
    let high = steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle][0] <= a) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && steps[low - 1][1] <= b) return false;
    const from = low > 0 && steps[low - 1][0] === a ? low - 1 : low;
    let to = low;
    while (to < steps.length && steps[to][1] >= b) to += 1;
    steps.splice(from, to - from, [a, b]);
    return true;
  }

  // Those that dominated others stand in front: found early.
  #addAnywhere(costs) {
    const points = this.#points;
    const at = points.findIndex((point) => point.every((cost, index) => cost <= costs[index]));
    if (at >= 0) {
      points.unshift(...points.splice(at, 1));
      return false;
    }
    points.push(costs);
    return true;
  }
};
