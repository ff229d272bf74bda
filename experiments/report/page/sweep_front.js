// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The plane of two measures with the exact front of the visible points, and the front as a table.
"use strict";

olivine.sweep.Plane = class {
  // With more points, those that would cover each other are drawn once.
  static #mostDrawn = 4000;
  #watched = new WeakSet();
  #isWaiting = false;
  #scaled = {x: null, y: null};

  constructor(model, page, section, selection) {
    Object.assign(this, {model, page, section, selection, extents: {}});
    const shown = model.objectives.filter(({varies}) => varies);
    this.x = shown[0] ?? model.objectives[0];
    const others = model.measures.filter((measure) => measure !== this.x);
    this.y = shown[1] ?? others.find(({varies}) => varies) ?? others[0] ?? this.x;
    this.hasRings = model.objectives.length > 1;
    this.isLog = {x: this.x.isWide, y: this.y.isWide};
    this.by = this.#firstColouring();
    this.colouring = olivine.sweep.colouring(model, this.by);
    this.#controls();
    this.refresh();
    selection.row = olivine.sweep.compromise(model, this.specFront);
    this.#chart();
  }

  // Colours tell most where few values do: the first axis with at most ten.
  #firstColouring() {
    const {axes} = this.model;
    return axes.find(({labels}) => labels.length > 1 && labels.length <= 10) ?? axes[0];
  }

  #controls() {
    const {named} = olivine.sweep;
    const controls = this.page.controls(this.section);
    controls.row.id = "plane-controls";
    const measures = this.model.measures.map((measure) =>
      ({value: measure, label: `${measure.label} ${measure.arrow}`}));
    const choose = (which) => (measure) => {
      this[which] = measure;
      this.isLog[which] = measure.isWide;
      boxes[which].value = measure.isWide;
      this.update();
    };
    const log = (which) => (isLog) => {
      this.isLog[which] = isLog && this[which].mayBeLog;
      boxes[which].value = this.isLog[which];
      this.update();
    };
    const boxes = {};
    for (const which of ["x", "y"]) {
      named(`${which}-measure`, controls.select({label: which.toUpperCase(), options: measures,
        value: this[which], onChange: choose(which)}));
      boxes[which] = named(`${which}-log`, controls.checkbox({label: `log ${which.toUpperCase()}`,
        value: this.isLog[which], onChange: log(which)}));
    }
    const colours = [{value: null, label: "one colour"},
      ...this.model.axes.map((axis) => ({value: axis, label: axis.name})),
      ...(this.model.groups.names.length > 1
        ? [{value: this.#groupColouring(), label: this.model.groups.by.join(", ")}] : []),
      ...this.model.measures.filter(({varies}) => varies).map((measure) =>
        ({value: measure, label: measure.label}))];
    named("colour", controls.select({label: "Colour", options: colours, value: this.by,
      onChange: (by) => {
        this.by = by;
        this.colouring = olivine.sweep.colouring(this.model, by);
        this.update();
      }}));
    if (this.hasRings) {
      named("rings", controls.checkbox({label: "rings", value: true, onChange: (isOn) => {
        this.hasRings = isOn;
        this.chart.update();
      }}));
    }
    if (this.model.data.counts.infeasible === 0) return;
    named("show-infeasible", controls.checkbox({label: "infeasible points", value: false,
      onChange: (isOn) => {
        this.model.showsInfeasible = isOn;
        this.update();
      }}));
  }

  #groupColouring() {
    const {names, positions} = this.model.groups;
    return {labels: names, positions};
  }

  // What the drawing, the table and the pointer need of the visible points.
  refresh() {
    const {model} = this;
    this.front = model.front([this.x, this.y]);
    this.onFront = new Set(this.front);
    this.specFront = model.front(model.objectives);
    const rows = model.showsInfeasible ? [model.infeasible, model.visible] : [model.visible];
    this.drawn = rows.length === 1 ? rows[0] : Uint32Array.from([...rows[0], ...rows[1]]);
    for (const which of ["x", "y"]) {
      this.#scaled[which] = this[which].scaled(this.isLog[which]);
      this.extents[which] = olivine.sweep.extent(this[which].column, this.drawn);
    }
  }

  update() {
    this.refresh();
    this.chart.update();
    this.onUpdate?.();
  }

  #chart() {
    this.chart = this.page.chart(this.section, {
      id: "pareto",
      title: () => `${this.y.label} against ${this.x.label.toLowerCase()}`,
      text: () => this.#text(),
      height: (theme) => (theme.print ? 420 : theme.narrow ? 400 : 520),
      option: (theme) => this.#option(theme),
      onClick: ({seriesIndex, dataIndex}) =>
        this.selection.select(this.rows[seriesIndex][dataIndex]),
      events: {rendered: (_, chart) => this.#watch(chart.instance)},
      table: () => olivine.sweep.pointTable(this.model, this.drawn),
    });
  }

  #text() {
    const {count} = olivine.format;
    const each = this.model.groups.names.length > 1
      ? `, one for each ${this.model.groups.by.join(", ")}` : "";
    const rings = (this.hasRings
      ? ` Rings: the front of all ${this.model.objectives.length} objectives.` : "") +
      (this.drawn.length > olivine.sweep.Plane.#mostDrawn
        ? " Of points on the same spot one is drawn." : "");
    const word = (measure) => `${measure.label.toLowerCase()} (${measure.better})`;
    return `The line is the exact front of ${word(this.x)} and ${word(this.y)}${each}: ` +
      `${count(this.front.length)} of ${count(this.model.visible.length)} visible points.` +
      `${rings} Click a point for its machine file.`;
  }

  // Flat x, y pairs: what ECharts draws fastest.
  #pairs(rows) {
    const {x, y} = this.#scaled;
    const pairs = new Float64Array(2 * rows.length);
    for (let i = 0; i < rows.length; i += 1) {
      pairs[2 * i] = x[rows[i]];
      pairs[2 * i + 1] = y[rows[i]];
    }
    return pairs;
  }

  // One point of each pixel, at random but always the same: no level hides the others.
  #thinned(rows, theme) {
    if (rows.length <= olivine.sweep.Plane.#mostDrawn) return rows;
    const {toScale} = olivine.sweep;
    const steps = {x: Math.ceil(theme.width), y: 600};
    const [x, y] = ["x", "y"].map((which) => {
      const [low, high] = this.extents[which].map((at) => toScale(at, this.isLog[which]));
      return {column: this.#scaled[which], low, scale: (steps[which] - 1) / (high - low || 1)};
    });
    const chosen = new Int32Array(steps.x * steps.y).fill(-1);
    const rank = (row) => Math.imul(row + 1, 0x9e3779b1) >>> 0;
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i];
      const at = Math.floor((x.column[row] - x.low) * x.scale) * steps.y +
        Math.floor((y.column[row] - y.low) * y.scale);
      if (chosen[at] === -1 || rank(row) < rank(chosen[at])) chosen[at] = row;
    }
    return chosen.filter((row) => row >= 0);
  }

  #clouds(theme) {
    const {model, colouring} = this;
    const many = this.drawn.length;
    const symbolSize = many > 20000 ? 2.5 : many > 4000 ? 4 : many > 800 ? 6 : 8;
    const cloud = (name, rows, color, opacity) => ({name, type: "scatter", color, symbolSize,
      data: this.#pairs(rows), rows, large: rows.length > 2000, largeThreshold: 2000,
      progressive: 20000, itemStyle: {color, opacity}, emphasis: {disabled: true}, silent: true,
      z: 2});
    const clouds = [];
    if (model.showsInfeasible && model.infeasible.length > 0) {
      clouds.push(cloud("infeasible", this.#thinned(model.infeasible, theme), theme.axis, 0.4));
    }
    const shown = this.#thinned(model.visible, theme);
    const counts = new Uint32Array(colouring.names.length);
    for (const row of shown) counts[colouring.bins[row]] += 1;
    const rows = Array.from(counts, (size) => new Uint32Array(size));
    counts.fill(0);
    for (const row of shown) {
      const bin = colouring.bins[row];
      rows[bin][counts[bin]++] = row;
    }
    rows.forEach((part, bin) => {
      if (part.length === 0) return;
      clouds.push(cloud(colouring.names[bin], part, colouring.colour(theme, bin),
        many > 4000 ? 0.65 : 0.8));
    });
    return clouds;
  }

  #lines(theme) {
    const {model} = this;
    const lines = [];
    model.groups.names.forEach((name, group) => {
      const rows = this.front.filter((row) => model.groups.positions[row] === group)
        .sort((a, b) => this.x.column[a] - this.x.column[b]);
      if (rows.length === 0) return;
      // What the front dominates begins after a point where less is better, before where more is.
      lines.push({name: `front${name ? ` ${name}` : ""}`, type: "line", rows, z: 4,
        step: this.x.sign > 0 ? "end" : "start", data: this.#flat(rows), symbol: "circle",
        symbolSize: 7, silent: true, color: theme.text,
        itemStyle: {color: theme.text, borderColor: theme.surface, borderWidth: 1},
        lineStyle: {width: 2, color: theme.text}});
    });
    if (!this.hasRings) return lines;
    const isCrowded = this.specFront.length > 200;
    lines.push({name: "front of all objectives", type: "scatter", rows: this.specFront, z: 3,
      silent: true, data: this.#flat(this.specFront), symbolSize: isCrowded ? 5.5 : 9,
      color: theme.muted, itemStyle: {color: "transparent", borderColor: theme.text,
        borderWidth: isCrowded ? 0.9 : 1.2, opacity: isCrowded ? 0.5 : 0.75}});
    return lines;
  }

  #flat(rows) {
    return Array.from(rows, (row) => [this.#scaled.x[row], this.#scaled.y[row]]);
  }

  #option(theme) {
    const clouds = this.#clouds(theme);
    const {row} = this.selection;
    const chosen = row === null ? [] : [row];
    const parts = [...clouds, ...this.#lines(theme),
      {name: "selected", type: "scatter", rows: chosen, silent: true, z: 6, symbolSize: 20,
        color: theme.palette.hues.red, data: this.#flat(chosen),
        itemStyle: {color: "transparent", borderColor: theme.palette.hues.red, borderWidth: 3}}];
    this.rows = parts.map(({rows}) => rows);
    this.clouds = clouds.length;
    const axis = (which) => {
      const measure = this[which];
      return {...olivine.sweep.valueAxis(measure, this.extents[which], this.isLog[which]),
        name: `${measure.label} ${measure.arrow}`, nameLocation: "middle",
        nameGap: which === "x" ? 28 : 12, nameMoveOverlap: false,
        nameTextStyle: {color: theme.text, fontSize: 12.5}};
    };
    return {
      grid: {left: 30, right: 18, top: this.colouring.names.length > 1 ? 40 : 18, bottom: 34,
        containLabel: true},
      legend: this.colouring.names.length > 1 ? {top: 0, left: 0, type: "scroll", icon: "circle",
        selectedMode: false, itemWidth: 10, itemHeight: 10, data: clouds.map(({name}) => name)}
        : undefined,
      tooltip: {trigger: "item", triggerOn: "none",
        formatter: ({seriesIndex, dataIndex}) => this.#tip(this.rows[seriesIndex][dataIndex])},
      xAxis: axis("x"), yAxis: {...axis("y"), nameGap: 56},
      series: parts.map(({rows, ...series}) => series),
    };
  }

  #tip(row) {
    const {model} = this;
    const measures = [...new Set([this.x, this.y, ...model.objectives])];
    const why = model.reasons[row];
    return olivine.tip(`Point ${row}${this.onFront.has(row) ? ", on the front" : ""}`, [
      ...measures.map((measure) => [null, measure.label, measure.format(measure.column[row])]),
      ...model.axes.map((axis) => [null, axis.name, axis.labels[axis.positions[row]]]),
      ...(why > 0 ? [[null, "not feasible", model.data.verdicts.reasons[why - 1]]] : []),
    ]);
  }

  // ------------------------------------------------------------------------------- the pointer

  // The nearest drawn point, of the front first: symbols of large clouds are too small to hit.
  #nearest(instance, x, y) {
    const origin = [0, 1].map((at) => instance.convertToPixel("grid", [at, at]));
    const slope = [0, 1].map((dimension) => origin[1][dimension] - origin[0][dimension]);
    const reach = 14;
    let best = null;
    let least = reach * reach;
    this.rows.forEach((rows, seriesIndex) => {
      const bonus = seriesIndex >= this.clouds ? 16 : 0;
      for (let dataIndex = 0; dataIndex < rows.length; dataIndex += 1) {
        const row = rows[dataIndex];
        const dx = origin[0][0] + slope[0] * this.#scaled.x[row] - x;
        const dy = origin[0][1] + slope[1] * this.#scaled.y[row] - y;
        const distance = dx * dx + dy * dy - bonus;
        if (distance >= least) continue;
        least = distance;
        best = {row, seriesIndex, dataIndex};
      }
    });
    return best;
  }

  #watch(instance) {
    if (this.#watched.has(instance)) return;
    this.#watched.add(instance);
    const pointer = instance.getZr();
    pointer.on("click", ({offsetX, offsetY}) => {
      if (!instance.containPixel("grid", [offsetX, offsetY])) return;
      const point = this.#nearest(instance, offsetX, offsetY);
      if (point) this.selection.select(point.row);
    });
    pointer.on("mousemove", ({offsetX, offsetY}) => {
      if (this.#isWaiting) return;
      this.#isWaiting = true;
      requestAnimationFrame(() => {
        this.#isWaiting = false;
        if (!instance.isDisposed()) this.#hover(instance, offsetX, offsetY);
      });
    });
    pointer.on("globalout", () => instance.dispatchAction({type: "hideTip"}));
  }

  #hover(instance, x, y) {
    const isInside = instance.containPixel("grid", [x, y]);
    const point = isInside ? this.#nearest(instance, x, y) : null;
    instance.getZr().setCursorStyle(point ? "pointer" : "default");
    if (!point) {
      instance.dispatchAction({type: "hideTip"});
      return;
    }
    const {seriesIndex, dataIndex} = point;
    instance.dispatchAction({type: "showTip", seriesIndex, dataIndex});
  }
};

// Points with all their parameters and measures, as the CSV has them.
olivine.sweep.pointTable = (model, rows) => ({
  columns: [{name: "point", align: "right"}, ...model.parameters.map(({name}) => ({name})),
    ...model.measures.map(({name}) => ({name, align: "right"})), {name: "not feasible because"}],
  rows: Array.from(rows, (row) => [row,
    ...model.parameters.map(({labels, positions}) => labels[positions[row]]),
    ...model.measures.map(({column}) => (Number.isNaN(column[row]) ? null : column[row])),
    model.reasons[row] > 0 ? model.data.verdicts.reasons[model.reasons[row] - 1] : ""]),
});
