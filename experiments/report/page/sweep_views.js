// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Parallel coordinates, whose brushes are the filter, and the heat map of two axes.
"use strict";

olivine.sweep.Parallel = class {
  static #mostLines = 1600;
  constructor(model, page, plane) {
    Object.assign(this, {model, plane});
    this.dimensions = this.#allDimensions();
    if (this.dimensions.length < 2) return;
    const section = page.section({id: "parallel", title: "Parallel coordinates",
      text: "A line a point. Drag along an axis to keep the lines that pass there; drag again to " +
        "move or widen it, click beside it to let go. It is the filter of the whole page."});
    this.chart = page.chart(section, {
      id: "parallel-coordinates", title: "Axes and objectives", text: () => this.#text(),
      height: 430,
      option: (theme) => this.#option(theme),
      events: {axisareaselected: (event) => this.#brushed(event),
        finished: () => setTimeout(() => this.#restoreBrushes())},
      table: () => olivine.sweep.pointTable(model, model.visible),
    });
    this.#showBrushes();
  }

  #allDimensions() {
    const {axes, objectives} = this.model;
    return [
      ...axes.filter(({labels}) => labels.length > 1).map((axis) => ({id: `axis:${axis.name}`,
        name: axis.name, axis, isLog: false, at: (row) => axis.positions[row]})),
      ...objectives.filter(({varies}) => varies).map((measure) => ({
        id: `measure:${measure.name}`, name: `${measure.label} ${measure.arrow}`, measure,
        isLog: measure.isWide,
        at: (row) => olivine.sweep.toScale(measure.column[row], measure.isWide)})),
    ];
  }

  update() {
    if (!this.chart) return;
    this.chart.update();
    this.#showBrushes();
  }

  // All of the front, and every so many of the others.
  #lines() {
    const {visible} = this.model;
    const front = this.plane.specFront.slice(0, olivine.sweep.Parallel.#mostLines / 2);
    const step = Math.max(1, Math.ceil(2 * visible.length / olivine.sweep.Parallel.#mostLines));
    return {front, step, others: visible.filter((_, index) => index % step === 0)};
  }

  #text() {
    const {step} = this.#lines();
    const sample = step > 1 ? `One in ${step} of the visible points` : "All visible points";
    return `${sample}, coloured as in the plane; heavy: the front of all objectives.`;
  }

  #option(theme) {
    const {front, others} = this.#lines();
    const {colouring} = this.plane;
    const values = (rows) => Array.from(rows, (row) => this.dimensions.map(({at}) => at(row)));
    const faint = others.length > 400 ? 0.12 : 0.3;
    const heavy = front.length > 200 ? 0.5 : 0.85;
    const series = (rows, opacity, width, z) => colouring.names.map((name, bin) => ({
      type: "parallel", silent: true, z, name, smooth: 0.15, progressive: 500,
      data: values(rows.filter((row) => colouring.bins[row] === bin)),
      inactiveOpacity: opacity, activeOpacity: opacity,
      lineStyle: {width, opacity, color: colouring.colour(theme, bin)}}))
      .filter(({data}) => data.length > 0);
    const room = theme.width / this.dimensions.length;
    return {
      parallel: {left: 60, right: 80, top: 56, bottom: 24, axisExpandable: false},
      parallelAxis: this.dimensions.map((dimension, dim) =>
        this.#axis(dimension, dim, theme, room)),
      series: [...series(others, faint, 1, 1), ...series(front, heavy, 1.6, 2)],
    };
  }

  #axis({id, name, axis, measure, isLog}, dim, theme, room) {
    const base = {id, dim, name, realtime: false, nameGap: dim % 2 === 0 ? 12 : 30,
      nameTextStyle: {color: theme.text, fontSize: 12},
      nameTruncate: {maxWidth: Math.max(60, 1.7 * room)},
      areaSelectStyle: {width: 22, borderWidth: 1.5, borderColor: theme.palette.hues.blue,
        color: theme.palette.hues.blue, opacity: 0.25}};
    const label = {color: theme.text, fontSize: 11, hideOverlap: true, textBorderWidth: 3,
      textBorderColor: theme.surface};
    if (axis) {
      // Numbers, not categories: a brush around one level has an extent.
      const step = Math.ceil(axis.labels.length / 16);
      const customValues = Array.from({length: Math.ceil(axis.labels.length / step)},
        (_, index) => index * step);
      return {...base, type: "value", min: -0.5, max: axis.labels.length - 0.5,
        axisTick: {customValues}, axisLabel: {...label, customValues, overflow: "truncate",
          width: Math.max(40, 0.8 * room), formatter: (level) => axis.labels[level] ?? ""}};
    }
    const {axisTick, axisLabel, min, max} =
      olivine.sweep.valueAxis(measure, [measure.low, measure.high], isLog);
    return {...base, type: "value", min, max, axisTick, axisLabel: {...axisLabel, ...label}};
  }

  // From the filter to the axes, after every drawing.
  #showBrushes() {
    const {instance} = this.chart;
    const brushed = this.dimensions.filter((dimension) => this.#intervals(dimension).length > 0);
    if (brushed.length === 0) return;
    // An axis is not drawn by the action about itself: a last one, about another, draws it.
    const other = this.dimensions.find((dimension) => dimension !== brushed.at(-1));
    for (const dimension of other ? [...brushed, other] : brushed) {
      instance.dispatchAction({type: "axisAreaSelect", parallelAxisId: dimension.id,
        intervals: this.#intervals(dimension)}, {silent: true});
    }
    const {palette} = olivine.drawingTheme(olivine.theme.name(), 0);
    for (const shape of instance.getZr().storage.getDisplayList(true)) {
      if (shape.name !== "main") continue;  // of a brush; there is no option for its colour
      shape.useStyle({fill: palette.hues.blue, stroke: palette.hues.blue, lineWidth: 1.5,
        opacity: 0.3});
      shape.dirty();
    }
  }

  // The frame draws anew for another width or theme, and forgets them.
  #restoreBrushes() {
    if (!this.chart?.instance) return;
    const wanted = this.dimensions.filter((dimension) => this.#intervals(dimension).length > 0);
    const shown = new Set();
    this.chart.instance.getModel().eachComponent("parallelAxis", ({id, activeIntervals}) =>
      activeIntervals.length > 0 && shown.add(id));
    if (wanted.some(({id}) => !shown.has(id))) this.#showBrushes();
  }

  #intervals({axis, measure, isLog}) {
    const {levels, ranges} = this.model;
    if (axis) {
      return levels[axis.index].includes(0) ? olivine.sweep.runs(levels[axis.index]) : [];
    }
    const range = ranges.get(measure);
    return range ? [range.map((value) => olivine.sweep.toScale(value, isLog))] : [];
  }

  // From a drag to the filter.
  #brushed({parallelAxisId, intervals}) {
    const dimension = this.dimensions.find(({id}) => id === parallelAxisId);
    if (!dimension || !intervals) return;
    const {model} = this;
    const {axis, measure, isLog} = dimension;
    if (axis) {
      const levels = model.levels[axis.index];
      // A brush between two levels takes the nearer one.
      const isIn = (at) => intervals.some(([low, high]) =>
        (at >= low && at <= high) || at === Math.round((low + high) / 2));
      levels.forEach((_, at) => (levels[at] = intervals.length === 0 || isIn(at) ? 1 : 0));
    } else if (intervals.length === 0) {
      model.ranges.delete(measure);
    } else {
      const back = (at) => (isLog ? 10 ** at : at);
      model.setRange(measure, back(Math.min(...intervals.map(([low]) => low))),
        back(Math.max(...intervals.map(([, high]) => high))));
    }
    setTimeout(() => model.changed(null));  // the chart is still busy with the drag
  }
};

// [[first, last], ...] of neighbouring ones, as brushes that hold their middle.
olivine.sweep.runs = (levels) => {
  const runs = [];
  levels.forEach((isOn, at) => {
    if (!isOn) return;
    if (at > 0 && levels[at - 1]) runs.at(-1)[1] = at + 0.35;
    else runs.push([at - 0.35, at + 0.35]);
  });
  return runs;
};

olivine.sweep.HeatMap = class {
  #cells = [];

  constructor(model, page, selection) {
    Object.assign(this, {model, selection});
    const axes = model.axes.filter(({labels}) => labels.length > 1);
    if (axes.length < 2) return;
    const section = page.section({id: "heat", title: "Two axes",
      text: "One measure over two axes, of the visible points that share both levels. " +
        "Click a cell for its best point."});
    const effects = model.data.effects.objectives[0].axes.map(({axis}) => model.axes[axis])
      .filter((axis) => axes.includes(axis));
    [this.x, this.y] = effects;
    this.measure = model.objectives.find(({varies}) => varies) ?? model.objectives[0];
    this.how = "best";
    this.#controls(page, section, axes);
    this.chart = page.chart(section, {
      id: "heat-map", title: () => this.#title(), text: () => this.#text(),
      height: () => Math.min(660, 130 + 26 * this.y.labels.length),
      option: (theme) => this.#option(theme),
      onClick: ({dataIndex}) => this.selection.select(this.#cells[dataIndex].best),
      table: () => ({
        columns: [{name: this.x.name}, {name: this.y.name}, {name: "points"},
          {name: `${this.how} ${this.measure.name}`}],
        rows: this.#aggregate().map(({x, y, points, value}) =>
          [this.x.labels[x], this.y.labels[y], points, value]),
      }),
    });
  }

  update() { this.chart?.update(); }

  #controls(page, section, axes) {
    const {named} = olivine.sweep;
    const controls = page.controls(section);
    const select = (name, label, key, options) => named(name, controls.select({label, options,
      value: this[key], onChange: (value) => {
        this[key] = value;
        this.update();
      }}));
    const axisOptions = axes.map((axis) => ({value: axis, label: axis.name}));
    select("heat-x", "Across", "x", axisOptions);
    select("heat-y", "Down", "y", axisOptions);
    select("heat-how", "Show", "how", ["best", "median", "count"]);
    select("heat-measure", "of", "measure", this.model.measures.map((measure) =>
      ({value: measure, label: `${measure.label} ${measure.arrow}`})));
  }

  #title() {
    const what = this.how === "count" ? "Points" : `${this.how === "best" ? "Best" : "Median"} ` +
      this.measure.label.toLowerCase();
    return `${what} by ${this.x.name} and ${this.y.name}`;
  }

  #text() {
    return this.how === "count" ? "" : `${olivine.palette.words(this.measure.better)}.`;
  }

  #aggregate() {
    const {model, measure, x, y} = this;
    const {column, sign} = measure;
    const cells = new Map();
    for (const row of model.visible) {
      if (!Number.isFinite(column[row])) continue;
      const key = x.positions[row] * y.labels.length + y.positions[row];
      const cell = cells.get(key);
      if (cell) cell.push(row);
      else cells.set(key, [row]);
    }
    return Array.from(cells, ([key, rows]) => {
      const at = {x: Math.floor(key / y.labels.length), y: key % y.labels.length,
        points: rows.length};
      at.best = rows.reduce((a, b) => (sign * column[b] < sign * column[a] ? b : a));
      at.value = column[at.best];
      if (this.how === "count") at.value = rows.length;
      if (this.how === "median") {
        const sorted = Float64Array.from(rows, (row) => column[row]).sort();
        const half = sorted.length >> 1;
        at.value = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
      }
      return at;
    });
  }

  #option(theme) {
    const {measure, x, y} = this;
    const cells = this.#cells = this.#aggregate();
    const isCount = this.how === "count";
    const format = (value) => (isCount ? olivine.format.count(value) : measure.format(value));
    const values = cells.map(({value}) => value);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const isLog = low > 0 && high / low > 8;
    const scale = (value) => olivine.sweep.toScale(value, isLog);
    const steps = Array.from({length: 9}, (_, index) => olivine.sweep.ramp(theme, index / 8));
    const isLabelled = cells.length <= 150 && theme.width / x.labels.length > 64;
    const min = values.length > 0 ? scale(low) : 0;
    const max = values.length > 0 ? scale(high) : 1;
    // Text on a cell is dark or light as the cell is: viridis grows lighter all the way.
    const bright = theme.dark ? 0.42 : 0.62;
    const ink = (value) =>
      ((scale(value) - min) / (max - min) > bright ? "#10151a" : "#ffffff");
    return {
      grid: {left: 8, right: 96, top: 12, bottom: 36, containLabel: true},
      tooltip: {formatter: ({dataIndex}) => {
        const cell = this.#cells[dataIndex];
        return olivine.tip(`${x.labels[cell.x]} \u00d7 ${y.labels[cell.y]}`,
          [[null, this.#title().split(" by ")[0], format(cell.value)],
            [null, "Points", olivine.format.count(cell.points)]]);
      }},
      xAxis: {type: "category", data: x.labels, name: x.name, nameLocation: "middle", nameGap: 28,
        axisLabel: {hideOverlap: true}, splitArea: {show: false}},
      yAxis: {type: "category", data: y.labels, name: y.name, nameLocation: "end",
        axisLabel: {hideOverlap: true, width: 150, overflow: "truncate"}},
      visualMap: {type: "continuous", min, max: max > min ? max : min + 1, calculable: false,
        right: 0, top: "middle", itemHeight: 140, itemWidth: 14, inRange: {color: steps},
        text: [values.length > 0 ? format(high) : "", values.length > 0 ? format(low) : ""],
        textStyle: {color: theme.muted}},
      series: [{type: "heatmap", data: cells.map((cell) => ({value: [cell.x, cell.y,
        scale(cell.value)], label: {color: ink(cell.value)}})),
      label: {show: isLabelled, fontSize: 11, formatter: ({dataIndex}) =>
        format(this.#cells[dataIndex].value)},
      itemStyle: {borderWidth: 1, borderColor: theme.surface},
      emphasis: {itemStyle: {borderColor: theme.text, borderWidth: 2}}}],
    };
  }
};
