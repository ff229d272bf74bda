// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Axes and colours of the charts of a sweep.
"use strict";

// A control that tests and links find by name: [data-sweep="x"].
olivine.sweep.named = (name, control) => {
  control.element.dataset.sweep = name;
  return control;
};

// Logarithmic axes are linear ones over exponents, with ticks of their own: ECharts' logarithmic
// axis has ticks at powers of ten alone, and few spans here hold two of these.
olivine.sweep.toScale = (value, isLog) => (isLog ? Math.log10(value) : value);

olivine.sweep.logTicks = (low, high) => {
  const span = high - low;
  const steps = span > 6 ? [1] : span > 2 ? [1, 3] : span > 0.9 ? [1, 2, 5]
    : [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
  const ticks = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power += 1) {
    if (span > 12 && power % 3 !== 0) continue;
    for (const step of steps) {
      const tick = power + Math.log10(step);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
};

// [lowest, highest] of a column's finite values at these rows.
olivine.sweep.extent = (column, rows) => {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < rows.length; i += 1) {
    const value = column[rows[i]];
    if (value < low && value > -Infinity) low = value;
    if (value > high && value < Infinity) high = value;
  }
  return low <= high ? [low, high] : [];
};

// An axis that holds `values` with some room, in the words of a measure.
olivine.sweep.valueAxis = (measure, values, isLog) => {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    const at = olivine.sweep.toScale(value, isLog);
    if (!Number.isFinite(at)) continue;
    low = Math.min(low, at);
    high = Math.max(high, at);
  }
  if (!(low <= high)) [low, high] = [0, 1];
  const room = (high - low) * 0.04 || Math.abs(high) * 0.05 || 0.5;
  const least = low >= 0 && low < room && !isLog ? 0 : low - room;
  const base = {type: "value", min: least, max: high + room, axisLine: {onZero: false}};
  if (!isLog) {
    return {...base, axisLabel: {hideOverlap: true, showMinLabel: false, showMaxLabel: false,
      formatter: (value) => measure.format(value)}};
  }
  const customValues = olivine.sweep.logTicks(least, high + room);
  return {...base, axisTick: {customValues},
    axisLabel: {customValues, hideOverlap: true,
      formatter: (value) => measure.format(Number((10 ** value).toPrecision(6)))}};
};

// A colour of the sequential palette at 0..1, away from the end that the paper's colour swallows.
olivine.sweep.ramp = (theme, at) => {
  const colours = theme.palette.sequential;
  const [from, to] = theme.dark ? [0.22, 1] : [0, 0.86];
  const place = (from + (to - from) * at) * (colours.length - 1);
  const left = Math.min(Math.floor(place), colours.length - 2);
  const channel = (colour, index) => parseInt(colour.slice(1 + 2 * index, 3 + 2 * index), 16);
  const mixed = [0, 1, 2].map((index) => Math.round(channel(colours[left], index) +
    (channel(colours[left + 1], index) - channel(colours[left], index)) * (place - left)));
  return `rgb(${mixed.join(",")})`;
};

// How points are coloured: {names, bins, colour}: the name of every bin, the bin of every row.
olivine.sweep.colouring = (model, by) => {
  const {ramp} = olivine.sweep;
  const mostCategories = 10;
  const mostSteps = 12;
  if (by === null) {
    return {names: ["Feasible points"], bins: new Uint8Array(model.size),
      colour: (theme) => theme.palette.hues.blue};
  }
  if (by instanceof olivine.sweep.Measure) {
    const bins = new Uint8Array(model.size);
    const count = by.varies ? 8 : 1;
    const scale = (value) => olivine.sweep.toScale(value, by.isWide);
    const [low, high] = [scale(by.low), scale(by.high)];
    by.column.forEach((value, row) => {
      const share = by.varies ? (scale(value) - low) / (high - low) : 0;
      bins[row] = Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    });
    const edge = (bin) => {
      const at = low + (high - low) * (bin / count);
      return by.format(by.isWide ? 10 ** at : at);
    };
    const names = Array.from({length: count}, (_, bin) => `${edge(bin)} \u2013 ${edge(bin + 1)}`);
    return {bins, names,
      colour: (theme, bin) => ramp(theme, count === 1 ? 0.5 : bin / (count - 1))};
  }
  const {labels, positions, numbers} = by;
  if (!numbers && labels.length <= mostCategories) {
    return {names: labels, bins: positions,
      colour: (theme, bin) => theme.palette.categories[bin % theme.palette.categories.length]};
  }
  const count = Math.min(labels.length, mostSteps);
  const binOf = Uint8Array.from(labels, (_, level) => Math.floor(level * count / labels.length));
  const bins = Uint8Array.from(positions, (level) => binOf[level]);
  const names = Array.from({length: count}, (_, bin) => {
    const first = labels[binOf.indexOf(bin)];
    const last = labels[binOf.lastIndexOf(bin)];
    return first === last ? first : `${first} \u2013 ${last}`;
  });
  return {names, bins, colour: (theme, bin) => ramp(theme, count === 1 ? 0.5 : bin / (count - 1))};
};
