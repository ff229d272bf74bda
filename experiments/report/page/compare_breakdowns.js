// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Errors of the chosen points by regime and by size, the worst of them, and power.
"use strict";

olivine.compareBreakdowns = (points, {present, colour, signed, decades, pointTable, pointTip}) => {
  const {format, tip} = olivine;
  const label = (regime) => olivine.palette.label.regime(regime);
  const percentAxis = {type: "value", axisLabel: {
    formatter: (value) => `${String(value).replace("-", "\u2212")} %`}};
  const metricNames = {mape: "MAPE", median: "median error", p90: "90 % quantile", bias: "bias"};
  const drawings = {};

  const summaryTable = (first, groups) => {
    const predictors = present([...points.chosen]);
    return {
      columns: [...first, {name: "points", align: "right"}, ...predictors.flatMap((one) =>
        Object.values(metricNames).map((metric) =>
          ({name: `${one.name}, ${metric}`, unit: "%", align: "right"})))],
      rows: groups.map(({heads, indices}) => [...heads, indices.length,
        ...predictors.flatMap(({key}) => {
          const sum = points.summary(indices, key);
          return Object.keys(metricNames).map((metric) => (sum ? 100 * sum[metric] : null));
        })])};
  };

  // ------------------------------------------------------------------------- regimes

  drawings.regimes = (metric) => {
    const groups = () => [...points.byRegime(), {name: "all", indices: points.chosen}];
    const name = (group) => (group.name === "all" ? "All" : label(group.name));
    const option = (theme) => {
      const found = points.chosen.length === 0 ? [] : groups();
      const value = (group, key) => {
        const sum = points.summary(group.indices, key);
        return sum ? 100 * sum[metric()] : null;
      };
      return {
        legend: {top: 0},
        grid: {left: 8, right: 16, top: 40, bottom: 8, containLabel: true},
        tooltip: {trigger: "axis", axisPointer: {type: "shadow"}, formatter: (rows) =>
          (rows.length === 0 ? "" : tip(`${name(found[rows[0].dataIndex])}, ` +
            `${format.count(found[rows[0].dataIndex].indices.length)} points`,
          rows.map(({color, seriesName, value: number}) => [color, seriesName,
            number === null ? format.missing : `${format.fixed(number, 1)} %`])))},
        xAxis: {type: "category", data: found.map((group) =>
          `${name(group)}\n${format.count(group.indices.length)}`), axisTick: {show: false},
        axisLabel: {color: theme.text, lineHeight: 17}},
        yAxis: {...percentAxis, name: metricNames[metric()], nameGap: 10},
        series: present([...points.chosen]).map((one) => ({type: "bar", name: one.name,
          barMaxWidth: 38, barGap: "10%",
          itemStyle: {color: colour(theme, one), borderRadius: [2, 2, 0, 0]},
          label: {show: !theme.narrow, position: "top", color: theme.muted, fontSize: 11,
            formatter: ({value: number}) => (number === null ? "" : format.fixed(number, 1))},
          data: found.map((group) => value(group, one.key))})),
      };
    };
    return {option, height: 360, table: () => summaryTable([{name: "regime"}],
      groups().filter(({indices}) => indices.length > 0)
        .map((group) => ({heads: [name(group)], indices: group.indices})))};
  };

  // ------------------------------------------------------------------------- size

  drawings.sizes = [{value: "flops", label: "FLOP"}, {value: "m", label: "m: rows of activations"},
    {value: "n", label: "n: outputs"}, {value: "k", label: "k: reduction"},
    {value: "measured", label: "measured time"}];
  const leastOfBin = 10;
  const bins = (size) => {
    const found = new Map();
    for (const at of points.chosen) {
      const bin = Math.floor(Math.log2(points[size][at]) + 1e-9);
      if (!found.has(bin)) found.set(bin, []);
      found.get(bin).push(at);
    }
    return [...found].sort(([a], [b]) => a - b).map(([bin, indices]) => ({bin, indices}));
  };

  drawings.bySize = (metric, size) => {
    const units = {flops: "FLOP", measured: "s"};
    const text = (value, digits = 3) => (size() in units ? format.si(value, units[size()], digits)
      : format.count(value));
    const option = (theme) => {
      const found = bins(size());
      const full = found.filter(({indices}) => indices.length >= leastOfBin);
      const most = Math.max(0, ...full.map(({indices}) => indices.length));
      const line = (one) => full.map(({bin, indices}) => {
        const sum = points.summary(indices, one.key);
        return [2 ** (bin + 0.5), sum && sum.points >= leastOfBin ? 100 * sum[metric()] : null];
      });
      return {
        legend: {top: 0, itemWidth: 18},
        grid: {left: 8, right: 22, top: 44, bottom: 30, containLabel: true},
        tooltip: {trigger: "axis", formatter: (rows) => {
          const bin = full[rows[0]?.dataIndex];
          if (!bin) return "";
          return tip(`${text(2 ** bin.bin)} to ${text(2 ** (bin.bin + 1))}`, rows.map((row) =>
            [row.color, row.seriesName, row.value[1] === null ? format.missing
              : row.seriesName === "Points" ? format.count(row.value[1])
                : `${format.fixed(row.value[1], 1)} %`]));
        }},
        xAxis: {type: "log", logBase: size() in units ? 10 : 2,
          min: full.length ? 2 ** full[0].bin : 1,
          max: full.length ? 2 ** (full.at(-1).bin + 1) : 2,
          name: drawings.sizes.find((one) => one.value === size()).label, nameLocation: "middle",
          nameGap: 28, splitLine: {show: false},
          axisLabel: {formatter: (value) => text(value, 1), hideOverlap: true, showMinLabel: false,
            showMaxLabel: false}},
        yAxis: [{...percentAxis, name: metricNames[metric()], nameGap: 10},
          {type: "value", show: false, min: 0, max: Math.max(1, 4 * most)}],
        series: [
          {type: "custom", name: "Points", yAxisIndex: 1, z: 1, itemStyle: {color: theme.line},
            data: full.map(({bin, indices}) => [2 ** (bin + 0.5), indices.length]),
            renderItem: (_, api) => {
              const half = Math.SQRT2 * 0.97;
              const [left, top] = api.coord([api.value(0) / half, api.value(1)]);
              const [right, bottom] = api.coord([api.value(0) * half, 0]);
              return {type: "rect", style: {fill: theme.line},
                shape: {x: left, y: top, width: right - left, height: bottom - top}};
            }},
          ...present([...points.chosen]).map((one) => ({type: "line", name: one.name, z: 3,
            symbol: one.symbol, symbolSize: 7, connectNulls: false, data: line(one),
            itemStyle: {color: colour(theme, one)},
            lineStyle: {width: one.key === "simulated" ? 3 : 1.8,
              type: one.key === "noise" ? "dotted" : "solid"}}))],
      };
    };
    return {option, height: 400, table: () => summaryTable(
      [{name: `${size()} from`, align: "right"}, {name: "below", align: "right"}],
      bins(size()).map(({bin, indices}) => ({heads: [2 ** bin, 2 ** (bin + 1)], indices})))};
  };

  // ------------------------------------------------------------------------- worst

  const worstShown = 20;
  drawings.worst = () => {
    const worst = () => [...points.chosen].sort((a, b) =>
      Math.abs(points.error(b)) - Math.abs(points.error(a)) || a - b);
    let rows = [];
    const option = (theme) => {
      rows = worst().slice(0, worstShown);
      const regimes = [...new Set(rows.map((at) => points.regimes[points.regime[at]]))];
      return {
        legend: {top: 0, data: regimes.map(label)},
        grid: {left: 8, right: 24, top: 36, bottom: 8, containLabel: true},
        tooltip: {trigger: "item", formatter: ({dataIndex}) => pointTip(rows[dataIndex])},
        xAxis: {...percentAxis, min: ({min}) => Math.min(0, Math.floor(1.2 * min / 10) * 10),
          max: ({max}) => Math.max(0, Math.ceil(1.2 * max / 10) * 10)},
        yAxis: {type: "category", inverse: true, axisTick: {show: false}, axisLine: {show: false},
          data: rows.map((at) => (theme.narrow ? points.shape(at)
            : `${points.shape(at)}  ${points.collections[points.collection[at]].name}`)),
          axisLabel: {color: theme.text, width: theme.narrow ? 120 : theme.width < 800 ? 250 : 430, overflow: "truncate"}},
        series: regimes.map((regime) => ({type: "bar", name: label(regime), stack: "error",
          barMaxWidth: 14, itemStyle: {color: theme.palette.regime(regime)},
          data: rows.map((at) => (points.regimes[points.regime[at]] !== regime ? null
            : {value: 100 * points.error(at), label: {show: true, color: theme.muted, fontSize: 11,
              position: points.error(at) < 0 ? "left" : "right",
              formatter: signed(points.error(at))}}))})),
      };
    };
    const shown = () => Math.min(worstShown, Math.max(points.chosen.length, 3));
    return {option, height: (theme) => 23 * shown() + (theme.narrow ? 70 : 60),
      pointAt: ({dataIndex}) => rows[dataIndex], table: () => pointTable(worst())};
  };

  // ------------------------------------------------------------------------- power and energy

  const powered = () => points.byRegime().map(({name, indices}) =>
    ({name, indices: indices.filter((at) => !Number.isNaN(points.measured_w[at]))}))
    .filter(({indices}) => indices.length > 0);
  const pairs = (values) => ({
    text: () => {
      const errors = powered().flatMap(({indices}) => indices.map((at) => {
        const [measured, simulated] = values(at);
        return simulated / measured - 1;
      }));
      const sum = olivine.statistics.errors(errors);
      return sum ? `${format.count(sum.points)} points: MAPE ${format.percent(sum.mape, 1)}, p90 ` +
        `${format.percent(sum.p90, 1)}, bias ${signed(sum.bias)}. On the line: equal.`
        : "No point of the choice has measured watts.";
    },
    spec: (unit, axis) => {
      let groups = [];
      const option = (theme) => {
        groups = powered();
        const [low, high] = axis.range(groups.flatMap(({indices}) => indices.flatMap(values)));
        const scale = {type: axis.type, min: low, max: high, nameLocation: "middle",
          axisLabel: {formatter: (value) => format.si(value, unit, 2), hideOverlap: true}};
        return {
          legend: {top: 0, icon: "circle", itemStyle: {opacity: 1}},
          grid: {left: 70, right: 20, top: 36, bottom: 46},
          tooltip: {trigger: "item", formatter: ({seriesIndex, dataIndex}) => {
            const at = groups[seriesIndex]?.indices[dataIndex];
            if (at === undefined) return "";
            const [measured, simulated] = values(at);
            return tip(points.shape(at), [[null, "Measured", format.si(measured, unit)],
              [null, "Simulated", format.si(simulated, unit)],
              [null, "Error", signed(simulated / measured - 1)]]);
          }},
          xAxis: {...scale, name: "Measured", nameGap: 28},
          yAxis: {...scale, name: "Simulated", nameGap: 52},
          series: [...groups.map(({name, indices}) => ({type: "scatter", name: label(name),
            symbolSize: 5, data: indices.map(values),
            itemStyle: {color: theme.palette.regime(name), opacity: 0.6}})),
          {type: "line", silent: true, symbol: "none", data: [[low, low], [high, high]],
            tooltip: {show: false}, lineStyle: {color: theme.text, width: 1.2}}],
        };
      };
      return {option, height: 380,
        pointAt: ({seriesIndex, dataIndex}) => groups[seriesIndex]?.indices[dataIndex],
        table: () => ({columns: [{name: "shape"}, {name: "collection"}, {name: "regime"},
          {name: "measured", unit}, {name: "simulated", unit}, {name: "error", unit: "%"}],
        rows: powered().flatMap(({name, indices}) => indices.map((at) => {
          const [measured, simulated] = values(at);
          return [points.shape(at), points.collections[points.collection[at]].name, name, measured,
            simulated, 100 * (simulated / measured - 1)];
        }))})};
    }});
  const watts = pairs((at) => [points.measured_w[at], points.simulated_w[at]]);
  const joules = pairs((at) => [points.measured_w[at] * points.measured[at],
    points.simulated_w[at] * points.simulated[at]]);
  drawings.wattsText = watts.text;
  drawings.joulesText = joules.text;
  drawings.watts = () => watts.spec("W", {type: "value",
    range: (values) => [0, Math.ceil(Math.max(1, ...values) / 100) * 100]});
  drawings.joules = () => joules.spec("J", {type: "log", range: decades});
  return drawings;
};
