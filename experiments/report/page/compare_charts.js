// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Drawings of the chosen points of a comparison: each has option, table, height and, where points
// stand alone, pointAt(event). Errors are drawn in percent.
"use strict";

olivine.compareDrawings = (points) => {
  const {format, tip} = olivine;
  const {quantile} = olivine.statistics;
  const label = (regime) => olivine.palette.label.regime(regime);
  const percent = (share) => format.percent(share, 1);
  const signed = (share) => `${share < 0 ? "\u2212" : "+"}${percent(Math.abs(share))}`;
  const colour = (theme, predictor) => theme.palette.hues[predictor.hue];
  const axisPercent = (value) => `${String(value).replace("-", "\u2212")} %`;
  const present = (indices) => olivine.predictors.filter(({key}) =>
    indices.some((at) => !Number.isNaN(points[key][at])));
  const drawings = {signed};

  // Largest regimes first, so that the small ones lie on top.
  const stacked = () => points.byRegime().sort((a, b) => b.indices.length - a.indices.length);

  drawings.pointTip = (at) => tip(points.shape(at), [
    [null, points.collections[points.collection[at]].name, ""],
    [null, "Measured", format.si(points.measured[at], "s")],
    [null, "Simulated", format.si(points.simulated[at], "s")],
    [null, "Error", signed(points.error(at))],
    [null, "Regime", label(points.regimes[points.regime[at]])],
    [null, "Limiter", points.text(at, "limiter")],
    [null, "Kernel", points.text(at, "kernel")]]);

  drawings.pointTable = (indices) => ({
    columns: [{name: "Collection"}, {name: "m"}, {name: "n"}, {name: "k"},
      {name: "measured", unit: "s"}, {name: "simulated", unit: "s"}, {name: "error", unit: "%"},
      {name: "closed form", unit: "s"}, {name: "roofline", unit: "s"}, {name: "half"},
      {name: "regime"}, {name: "limiter"}, {name: "kernel"}],
    rows: Array.from(indices, (at) => [points.collections[points.collection[at]].name,
      points.m[at], points.n[at], points.k[at], points.measured[at], points.simulated[at],
      100 * points.error(at), points.closed_form[at], points.roofline[at],
      points.isFit[at] ? "fit" : "held-out", points.regimes[points.regime[at]],
      points.text(at, "limiter"), points.text(at, "kernel")]
      .map((value) => (Number.isNaN(value) ? null : value)))});

  // ------------------------------------------------------------------------- by collection

  drawings.collections = () => {
    const rows = points.collections.map((one) => {
      const indices = Uint32Array.from({length: one.points.m.length}, (_, row) => one.first + row);
      return {one, sums: Object.fromEntries(olivine.predictors.map(({key}) =>
        [key, points.summary(indices, key)]))};
    }).sort((a, b) => Number(b.one.calibrated) - Number(a.one.calibrated) ||
      a.sums.simulated.mape - b.sums.simulated.mape);
    const name = ({one}) => one.name + (one.calibrated ? "" : " \u2020");
    const shown = olivine.predictors.filter(({key}) => rows.some(({sums}) => sums[key]));
    const option = (theme) => {
      const most = Math.max(...rows.map(({sums}) =>
        Math.max(...shown.map(({key}) => sums[key]?.mape ?? 0))));
      const spans = rows.map(({sums}, row) => {
        const values = shown.map(({key}) => sums[key]?.mape).filter((value) => value !== undefined);
        return [100 * Math.min(...values), 100 * Math.max(...values), row];
      });
      return {
        grid: {left: 8, right: 24, top: 40, bottom: 40, containLabel: true},
        legend: {top: 0, itemWidth: 14, itemHeight: 12, data: shown.map((one) => one.name)},
        tooltip: {trigger: "item", formatter: ({seriesIndex, dataIndex}) => {
          if (seriesIndex === 0) return "";
          const {sums} = rows[dataIndex];
          return tip(name(rows[dataIndex]), [[null, "Points", format.count(sums.simulated.points)],
            ...shown.filter(({key}) => sums[key]).map((one) => [colour(theme, one), one.name,
              `${percent(sums[one.key].mape)}, p90 ${percent(sums[one.key].p90)}`])]);
        }},
        xAxis: {type: "value", min: 0, max: Math.ceil(100 * most / 5) * 5, name: "MAPE",
          nameLocation: "middle", nameGap: 26, axisLabel: {formatter: axisPercent}},
        yAxis: {type: "category", data: rows.map(name), inverse: true, axisTick: {show: false},
          axisLabel: {width: theme.narrow ? 130 : 330, overflow: "truncate", color: theme.text}},
        series: [
          {type: "custom", silent: true, z: 1, data: spans, encode: {x: [0, 1], y: 2},
            renderItem: (_, api) => {
              const [from, to] = [0, 1].map((column) =>
                api.coord([api.value(column), api.value(2)]));
              return {type: "line", shape: {x1: from[0], y1: from[1], x2: to[0], y2: to[1]},
                style: {stroke: theme.axis, lineWidth: 2}};
            }},
          ...shown.map((one) => ({type: "scatter", name: one.name, symbol: one.symbol,
            symbolSize: one.key === "simulated" ? 15 : 11, z: one.key === "simulated" ? 4 : 3,
            itemStyle: {color: colour(theme, one), opacity: 1},
            data: rows.map(({sums}, row) =>
              [sums[one.key] ? 100 * sums[one.key].mape : null, row])})),
        ],
      };
    };
    const cells = (sum) => ["mape", "median", "p90"].map((key) => (sum ? 100 * sum[key] : null));
    const heads = (one) => ["MAPE", "median", "p90"].map((kind) =>
      ({name: `${one.name}, ${kind}`, unit: "%", align: "right"}));
    return {option, height: 34 * rows.length + 96, table: () => ({
      columns: [{name: "Collection"}, {name: "Device"}, {name: "Measured library"},
        {name: "Fitted constants"}, {name: "Points", align: "right"},
        {name: "Bias", unit: "%", align: "right"}, ...shown.flatMap(heads)],
      rows: rows.map(({one, sums}) => [one.name, one.device, one.measured_library, one.calibrated,
        sums.simulated.points, 100 * sums.simulated.bias,
        ...shown.flatMap(({key}) => cells(sums[key]))])})};
  };

  // ------------------------------------------------------------------------- every point

  // Errors beyond this many percent are drawn on the edge.
  const errorLimit = () => {
    const sizes = Float64Array.from(points.errors(points.chosen), Math.abs).sort();
    if (sizes.length === 0) return 20;
    return Math.min(Math.max(Math.ceil(110 * quantile(sizes, 0.995) / 10) * 10, 20), 100);
  };
  const decades = (values) => {
    let [low, high] = [Infinity, 0];
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
    if (!(low < Infinity)) return [1e-6, 1];
    return [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high))];
  };

  drawings.scatterText = () => {
    const limit = errorLimit();
    const beyond = points.errors(points.chosen).filter((error) => Math.abs(error) * 100 > limit);
    return "On the diagonal the simulation is right; dashed lines enclose nine in ten points of " +
      "a regime. Right: the same as an error. Click a name to hide a regime." +
      (beyond.length > 0 ? ` ${format.count(beyond.length)} points beyond \u00b1${limit} % are ` +
        "drawn on the edge." : "");
  };

  drawings.scatter = () => {
    let groups = [];
    const option = (theme) => {
      groups = stacked();
      const limit = errorLimit();
      const edge = (at) => Math.max(-limit, Math.min(limit, 100 * points.error(at)));
      const both = [...points.chosen].flatMap((at) => [points.measured[at], points.simulated[at]]);
      const [low, high] = decades(both);
      const time = {type: "log", min: low, max: high, minorSplitLine: {show: false},
        axisLabel: {formatter: (value) => format.si(value, "s", 1), hideOverlap: true},
        nameLocation: "middle"};
      const grids = theme.narrow
        ? [{left: 64, right: 12, top: 64, height: 300},
          {left: 64, right: 12, top: 430, height: 260}]
        : [{left: 70, right: "56%", top: 44, bottom: 50},
          {left: theme.width < 800 ? "59%" : "54%", right: 28, top: 44, bottom: 50}];
      const dots = (group, panel, data) => ({type: "scatter", name: label(group.name),
        xAxisIndex: panel, yAxisIndex: panel, data, symbolSize: 3.5, large: true,
        largeThreshold: 2000, progressive: 0,
        itemStyle: {color: theme.palette.regime(group.name), opacity: theme.dark ? 0.6 : 0.45}});
      const band = (group, panel, data) => ({type: "line", name: label(group.name), silent: true,
        xAxisIndex: panel, yAxisIndex: panel, data, symbol: "none", z: 4, tooltip: {show: false},
        lineStyle: {color: theme.palette.regime(group.name), type: "dashed", width: 1.5}});
      const bands = groups.flatMap((group) => {
        const p90 = points.summary(group.indices).p90;
        return [1, -1].flatMap((side) => [
          band(group, 0, [[low, low * (1 + side * p90)], [high, high * (1 + side * p90)]]),
          band(group, 1, [[low, side * 100 * p90], [high, side * 100 * p90]])]);
      });
      const ideal = (panel, data) => ({type: "line", silent: true, xAxisIndex: panel,
        yAxisIndex: panel, symbol: "none", data, z: 5, tooltip: {show: false},
        lineStyle: {color: theme.text, width: 1.2}});
      return {
        legend: {top: 0, data: groups.map(({name}) => label(name)), itemWidth: 12,
          icon: "circle", itemStyle: {opacity: 1}},
        grid: grids,
        tooltip: {trigger: "item", formatter: (event) => {
          const at = drawings.pick(groups, event);
          return at === undefined ? "" : drawings.pointTip(at);
        }},
        xAxis: [0, 1].map((panel) => ({...time, gridIndex: panel, name: "Measured", nameGap: 28})),
        yAxis: [
          {...time, gridIndex: 0, name: "Simulated", nameGap: 50},
          {type: "value", gridIndex: 1, min: -limit, max: limit, name: "Error", nameGap: 44,
            nameLocation: "middle", axisLabel: {formatter: axisPercent}}],
        series: [
          ...groups.map((group) => dots(group, 0,
            group.indices.map((at) => [points.measured[at], points.simulated[at]]))),
          ...groups.map((group) => dots(group, 1,
            group.indices.map((at) => [points.measured[at], edge(at)]))),
          ...bands, ideal(0, [[low, low], [high, high]]), ideal(1, [[low, 0], [high, 0]])],
      };
    };
    return {option, height: (theme) => (theme.narrow ? 760 : 520),
      pointAt: (event) => drawings.pick(groups, event),
      table: () => drawings.pointTable(points.chosen)};
  };

  // The point behind a mark of one of the series that stand for `groups`, panel by panel.
  drawings.pick = (groups, {seriesIndex, dataIndex}) =>
    (groups.length === 0 || seriesIndex >= 2 * groups.length ? undefined
      : groups[seriesIndex % groups.length].indices[dataIndex]);

  // ------------------------------------------------------------------------- distributions

  const binWidth = () => (points.chosen.length < 300 ? 5 : 2);
  const histogramLimit = 40;  // percent
  const binned = (errors) => {
    const width = binWidth();
    const bins = new Array(2 * histogramLimit / width + 2).fill(0);
    for (const error of errors) {
      const bin = Math.floor((100 * error + histogramLimit) / width) + 1;
      bins[Math.min(Math.max(bin, 0), bins.length - 1)] += 1;
    }
    return bins;
  };
  const binNames = () => {
    const width = binWidth();
    const count = 2 * histogramLimit / width;
    const edge = (bin) => `${bin * width - histogramLimit}`.replace("-", "\u2212");
    return [`below ${edge(0)} %`, ...Array.from({length: count}, (_, bin) =>
      `${edge(bin)} to ${edge(bin + 1)} %`), `above ${edge(count)} %`];
  };

  drawings.histogram = () => {
    const baselines = () => present([...points.chosen]).filter(({key}) => key !== "simulated");
    const option = (theme) => {
      const names = binNames();
      const every = Math.round(20 / binWidth());
      return {
        legend: {top: 0, itemWidth: 14, itemHeight: 10},
        grid: {left: 8, right: 14, top: 76, bottom: 26, containLabel: true},
        tooltip: {trigger: "axis", axisPointer: {type: "shadow"}, formatter: (rows) =>
          (rows.length === 0 ? "" : tip(rows[0].name, rows.filter(({value}) => value > 0)
            .map(({color, seriesName, value}) => [color, seriesName, format.count(value)])))},
        xAxis: {type: "category", data: names, name: "Simulated over measured, less one",
          nameLocation: "middle", nameGap: 28, axisTick: {show: false},
          axisLabel: {interval: (bin) => (bin - 1) % every === 0, formatter: (name) =>
            (name.startsWith("above") ? name.slice(6) : `${name.split(" to ")[0]} %`)}},
        yAxis: {type: "value", name: "Points", nameGap: 8, minInterval: 1},
        series: [
          ...points.byRegime().map((group) => ({type: "bar", stack: "simulated",
            name: label(group.name), barCategoryGap: "8%",
            data: binned(points.errors(group.indices)),
            itemStyle: {color: theme.palette.regime(group.name)}})),
          ...baselines().map((one) => ({type: "line", step: "middle", symbol: "none",
            name: one.name, data: binned(points.errors(points.chosen, one.key)),
            itemStyle: {color: colour(theme, one)},
            lineStyle: {width: 1.6, type: one.key === "noise" ? "dotted" : "solid"}}))],
      };
    };
    const table = () => {
      const groups = points.byRegime();
      const lines = baselines();
      const counts = [...groups.map(({indices}) => binned(points.errors(indices))),
        ...lines.map(({key}) => binned(points.errors(points.chosen, key)))];
      return {columns: [{name: "Error"}, ...groups.map(({name}) => ({name: label(name)})),
        ...lines.map(({name}) => ({name}))],
      rows: binNames().map((name, bin) => [name, ...counts.map((bins) => bins[bin])])};
    };
    return {option, table, height: 380};
  };

  drawings.cumulative = () => {
    const steps = Array.from({length: 101}, (_, step) => step / 2);  // percent
    const shares = (key) => {
      const sizes = Float64Array.from(points.errors(points.chosen, key), Math.abs).sort();
      let at = 0;
      return steps.map((step) => {
        while (at < sizes.length && 100 * sizes[at] <= step) at += 1;
        return 100 * at / sizes.length;
      });
    };
    const curves = () => present([...points.chosen]).map((one) => ({one, values: shares(one.key)}));
    const option = (theme) => ({
      legend: {top: 0, itemWidth: 18},
      grid: {left: 8, right: 22, top: 76, bottom: 26, containLabel: true},
      tooltip: {trigger: "axis", formatter: (rows) => (rows.length === 0 ? "" :
        tip(`Within ${format.fixed(rows[0].value[0], 1)} %`,
          rows.map(({color, seriesName, value}) =>
            [color, seriesName, `${format.fixed(value[1], 1)} %`])))},
      xAxis: {type: "value", min: 0, max: 50, name: "Size of the error", nameLocation: "middle",
        nameGap: 28, axisLabel: {formatter: "{value} %"}},
      yAxis: {type: "value", min: 0, max: 100, axisLabel: {formatter: "{value} %"},
        name: "Points", nameGap: 8},
      series: curves().map(({one, values}) => ({type: "line", symbol: "none", name: one.name,
        data: values.map((value, step) => [steps[step], value]),
        itemStyle: {color: colour(theme, one)},
        lineStyle: {width: one.key === "simulated" ? 3 : 1.8,
          type: one.key === "noise" ? "dotted" : "solid"}})),
    });
    return {option, height: 380, table: () => {
      const found = curves();
      return {columns: [{name: "within", unit: "%"},
        ...found.map(({one}) => ({name: one.name, unit: "% of points"}))],
      rows: steps.map((step, row) => [step, ...found.map(({values}) => values[row])])};
    }};
  };

  Object.assign(drawings, olivine.compareBreakdowns(points, {present, colour, signed, decades,
    pointTable: drawings.pointTable, pointTip: drawings.pointTip}));
  return drawings;
};
