// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Drawings of a quality report. `choice` has what a reader chose: operand, metric and schemes.
"use strict";

olivine.qualityDrawings = (entries, choice) => {
  const {format, tip} = olivine;
  const {quantile} = olivine.statistics;
  const symbols = ["circle", "diamond", "rect", "triangle", "roundRect"];
  const colours = (theme) => theme.palette.categories;
  const colour = (theme, entry) => colours(theme)[entries.indexOf(entry) % colours(theme).length];
  const symbol = (entry) => symbols[entries.indexOf(entry) % symbols.length];
  const manyLayers = 40;
  const drawings = {};

  drawings.metrics = [
    {key: "sqnr_db", label: "SQNR", unit: "dB", scale: "value",
      text: "Higher is better; a gap is a layer without any error.",
      show: (value) => `${format.fixed(value, 1)} dB`},
    {key: "mse", label: "Mean squared error", unit: "", scale: "log",
      text: "Lower is better.", show: (value) => value.toExponential(2)},
    {key: "cosine", label: "Cosine", unit: "", scale: "value",
      text: "Of the original and the quantized tensor; 1 is best.",
      show: (value) => format.fixed(value, 5)}];
  drawings.metric = () => drawings.metrics.find(({key}) => key === choice.metric);

  const layerNames = () => [...new Set(choice.schemes.flatMap(({layers}) =>
    layers.map(({name}) => name)))];
  // null where a layer lacks the operand, or has no error and so no finite ratio.
  const valueOf = (layer, key) => layer?.[choice.operand]?.[key] ?? null;
  const byName = (entry) => new Map(entry.layers.map((layer) => [layer.name, layer]));
  const perLayer = (entry, read) => {
    const found = byName(entry);
    return layerNames().map((name) => {
      const operand = found.get(name)?.[choice.operand];
      return operand ? read(operand) : null;
    });
  };
  const present = (values) => values.filter((value) => value !== null);

  drawings.meanOf = (entry, operand, key) => {
    const values = present(entry.layers.map((layer) => layer[operand]?.[key] ?? null));
    return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
  };
  drawings.hasOutliers = (entry) => entry.layers.some(({weights, activations}) =>
    weights.outliers > 0 || activations?.outliers > 0);

  // ------------------------------------------------------------------------- by layer

  // Lines over the layers, one a scheme.
  const layerLines = ({read, show, axis, chosen, keepZero}) => {
    const lines = () => chosen().map((entry) => ({entry, values: perLayer(entry, read)
      .map((value) => (value === null || (axis().type === "log" && value <= 0 && !keepZero)
        ? null : value))}));
    return {
      keepZoom: true,
      option: (theme) => {
        const names = layerNames();
        const isLong = names.length > manyLayers;
        return {
          legend: {top: 0, type: "scroll"},
          grid: {left: isLong ? 60 : 8, right: 18, top: 44, bottom: isLong ? 44 : 8,
            containLabel: true},
          tooltip: {trigger: "axis", formatter: (rows) => (rows.length === 0 ? "" :
            tip(rows[0].name, [...rows].filter(({value}) => value !== null && value !== undefined)
              .sort((a, b) => b.value - a.value)
              .map(({color, seriesName, value}) => [color, seriesName, show(value)])))},
          dataZoom: isLong ? [{type: "slider", height: 18, bottom: 8}] : [],
          xAxis: {type: "category", data: names, axisLabel: {rotate: isLong ? 0 : 50, fontSize: 11,
            width: 170, overflow: "truncate"},
          axisTick: {alignWithLabel: true}},
          yAxis: {nameGap: 12, ...axis(theme)},
          series: lines().map(({entry, values}) => ({type: "line", name: entry.label, data: values,
            symbol: symbol(entry), symbolSize: isLong ? 4 : 7, connectNulls: false,
            itemStyle: {color: colour(theme, entry)}, lineStyle: {width: 1.8}})),
        };
      },
      table: (unit = axis({}).unit) => {
        const found = chosen().map((entry) => ({entry, values: perLayer(entry, read)}));
        return {columns: [{name: "layer"}, ...found.map(({entry}) =>
          ({name: entry.label, unit, align: "right"}))],
        rows: layerNames().map((name, row) => [name, ...found.map(({values}) => values[row])])};
      },
    };
  };

  drawings.error = () => ({height: 440, ...layerLines({chosen: () => choice.schemes,
    read: (operand) => operand[choice.metric], show: (value) => drawings.metric().show(value),
    axis: () => ({type: drawings.metric().scale, scale: true, unit: drawings.metric().unit,
      name: drawings.metric().unit || drawings.metric().label})})});

  drawings.spread = () => {
    const rows = () => choice.schemes.map((entry) => {
      const values = Float64Array.from(present(entry.layers.map((layer) =>
        valueOf(layer, choice.metric)))).sort();
      return {entry, box: values.length === 0 ? null
        : [0, 0.25, 0.5, 0.75, 1].map((share) => quantile(values, share))};
    }).filter(({box}) => box !== null && (drawings.metric().scale !== "log" || box[0] > 0));
    return {
      height: (theme) => 32 * Math.max(3, choice.schemes.length) + (theme.narrow ? 70 : 60),
      option: (theme) => {
        const found = rows();
        return {
          grid: {left: 8, right: 24, top: 10, bottom: 30, containLabel: true},
          tooltip: {trigger: "item", formatter: ({dataIndex}) => {
            const {entry, box} = found[dataIndex];
            return tip(entry.label, ["highest", "upper quartile", "median", "lower quartile",
              "lowest"].map((name, at) => [null, name, drawings.metric().show(box[4 - at])]));
          }},
          xAxis: {type: drawings.metric().scale, scale: true, name: drawings.metric().unit ||
            drawings.metric().label, nameLocation: "middle", nameGap: 26},
          yAxis: {type: "category", inverse: true, data: found.map(({entry}) => entry.label),
            axisTick: {show: false}, axisLabel: {color: theme.text}},
          series: [{type: "boxplot", layout: "vertical", boxWidth: [8, 18],
            data: found.map(({entry, box}) => ({value: box, itemStyle: {borderWidth: 2,
              color: `${colour(theme, entry)}55`, borderColor: colour(theme, entry)}}))}],
        };
      },
      table: () => ({columns: [{name: "scheme"}, ...["lowest", "lower quartile", "median",
        "upper quartile", "highest"].map((name) =>
        ({name, unit: drawings.metric().unit, align: "right"}))],
      rows: rows().map(({entry, box}) => [entry.label, ...box])}),
    };
  };

  // ------------------------------------------------------------------------- outliers and scales

  drawings.kinds = [
    {key: "outliers", label: "Outliers", text: "Share of elements that are stored as outliers."},
    {key: "victims", label: "Victims", text: "Share of elements that became 0 for an outlier."},
    {key: "outlier_pairs", label: "Outlier\u2013outlier pairs",
      text: "Share of pairs that lost an outlier to another."}];
  drawings.kind = () => drawings.kinds.find(({key}) => key === choice.kind);
  // Schemes without outliers have nothing to show, unless there are no others.
  const withOutliers = () => {
    const found = choice.schemes.filter(drawings.hasOutliers);
    return found.length > 0 ? found : choice.schemes;
  };
  const wholes = (operand, key) => (key === "outlier_pairs" ? operand.elements / 2
    : operand.elements);
  const percentAxis = {type: "value", min: 0, unit: "%", axisLabel: {formatter: "{value} %"}};

  drawings.shares = () => ({height: 400, ...layerLines({chosen: withOutliers,
    read: (operand) => 100 * operand[choice.kind] / wholes(operand, choice.kind),
    show: (value) => format.percent(value / 100), axis: () => percentAxis})});

  drawings.totals = () => {
    const total = (entry, key) => {
      const found = entry.layers.map((layer) => layer[choice.operand]).filter(Boolean);
      const whole = found.reduce((sum, operand) => sum + wholes(operand, key), 0);
      return whole > 0 ? 100 * found.reduce((sum, operand) => sum + operand[key], 0) / whole : null;
    };
    const hues = ["red", "slate", "violet"];
    return {
      height: 320,
      option: (theme) => ({
        legend: {top: 0},
        grid: {left: 8, right: 18, top: 40, bottom: 8, containLabel: true},
        tooltip: {trigger: "axis", axisPointer: {type: "shadow"}, formatter: (rows) =>
          (rows.length === 0 ? "" : tip(rows[0].name, rows.map(({color, seriesName, value}) =>
            [color, seriesName, value === null ? format.missing : format.percent(value / 100)])))},
        xAxis: {type: "category", data: withOutliers().map(({label}) => label),
          axisTick: {show: false}, axisLabel: {color: theme.text, interval: 0,
            rotate: theme.narrow ? 40 : 0}},
        yAxis: percentAxis,
        series: drawings.kinds.map(({key, label}, index) => ({type: "bar", name: label,
          barMaxWidth: 56, barGap: "15%", itemStyle: {color: theme.palette.hues[hues[index]]},
          label: {show: !theme.narrow, position: "top", fontSize: 11, color: theme.muted,
            formatter: ({value}) => (value === null ? "" : format.percent(value / 100))},
          data: withOutliers().map((entry) => total(entry, key))})),
      }),
      table: () => ({columns: [{name: "scheme"}, ...drawings.kinds.map(({label}) =>
        ({name: label, unit: "%", align: "right"}))],
      rows: withOutliers().map((entry) => [entry.label, ...drawings.kinds.map(({key}) =>
        total(entry, key))])}),
    };
  };

  drawings.scales = () => {
    const range = layerLines({chosen: () => choice.schemes, read: (operand) => operand.scale_max,
      show: (value) => format.si(value), axis: () => ({type: "log"})});
    const low = (entry) => perLayer(entry, ({scale_min: least}) => least);
    return {height: 380, keepZoom: true,
      option: (theme) => {
        const option = range.option(theme);
        const lows = choice.schemes.map(low);
        const bars = choice.schemes.map((entry, index) => ({type: "custom", name: entry.label, z: 1,
          silent: true, itemStyle: {color: colour(theme, entry)},
          data: option.series[index].data.map((high, layer) =>
            (high === null ? null : [layer, lows[index][layer], high])).filter(Boolean),
          renderItem: (_, api) => {
            const [x, top] = api.coord([api.value(0), api.value(2)]);
            const bottom = api.coord([api.value(0), api.value(1)])[1];
            return {type: "line", shape: {x1: x, y1: top, x2: x, y2: bottom},
              style: {stroke: colour(theme, entry), lineWidth: 2, opacity: 0.7}};
          }}));
        option.tooltip.formatter = (rows) => {
          const found = rows.filter(({seriesType, value}) => seriesType === "line" && value);
          return found.length === 0 ? "" : tip(found[0].name, found.map((row) =>
            [row.color, row.seriesName, [lows[row.seriesIndex][row.dataIndex], row.value]
              .map((value) => format.digits(value)).join(" to ")]));
        };
        option.yAxis.axisLabel = {formatter: (value) => format.digits(value, 1)};
        option.series = [...option.series.map((one) => ({...one, lineStyle: {width: 1}})), ...bars];
        return option;
      },
      table: () => ({columns: [{name: "layer"}, ...choice.schemes.flatMap(({label}) =>
        ["smallest", "largest"].map((end) => ({name: `${label}, ${end}`, align: "right"})))],
      rows: layerNames().map((name) => [name, ...choice.schemes.flatMap((entry) => {
        const operand = byName(entry).get(name)?.[choice.operand];
        return [operand?.scale_min ?? null, operand?.scale_max ?? null];
      })])})};
  };

  // ------------------------------------------------------------------------- accuracy and cost

  const qualityKeys = [...new Set(entries.flatMap(({quality}) => Object.keys(quality ?? {})))];
  drawings.accuracies = [
    ...qualityKeys.map((key) => ({key: `quality.${key}`, label: olivine.palette.words(key),
      unit: "", read: ({quality}) => quality?.[key] ?? null,
      show: (value) => format.digits(value, 4)})),
    {key: "sqnr", label: "Mean SQNR of weights", unit: "dB",
      read: (entry) => drawings.meanOf(entry, "weights", "sqnr_db"),
      show: (value) => `${format.fixed(value, 1)} dB`}];
  drawings.costs = [
    {key: "energy", label: "Energy of an inference", unit: "J",
      read: ({energy_pj: energy}) => (energy ? energy * 1e-12 : null)},
    {key: "time", label: "Time of an inference", unit: "s", read: ({time_s: time}) => time ?? null},
  ].filter(({read}) => entries.some((entry) => read(entry) !== null));

  drawings.front = (state) => {
    const axes = () => ({cost: drawings.costs.find(({key}) => key === state.cost),
      accuracy: drawings.accuracies.find(({key}) => key === state.accuracy)});
    // Labels go where no near point has one.
    const places = ["right", "left", "top", "bottom"];
    const place = (found) => {
      const span = (read) => Math.max(...found.map(read)) - Math.min(...found.map(read)) || 1;
      const [width, height] = [span(({x}) => x), span(({y}) => y)];
      found.forEach((one, index) => {
        const taken = found.slice(0, index).filter((other) =>
          Math.abs(other.x - one.x) < 0.2 * width && Math.abs(other.y - one.y) < 0.06 * height)
          .map((other) => other.place);
        one.place = places.find((free) => !taken.includes(free)) ?? "right";
      });
      return found;
    };
    const points = () => {
      const {cost, accuracy} = axes();
      const found = entries.map((entry) => ({entry, x: cost.read(entry), y: accuracy.read(entry)}))
        .filter(({x, y}) => x !== null && y !== null);
      for (const one of found) {
        one.isBest = !found.some((other) => other.x <= one.x && other.y >= one.y &&
          (other.x < one.x || other.y > one.y));
      }
      return place(found.sort((a, b) => a.x - b.x || a.y - b.y));
    };
    return {
      height: 430,
      option: (theme) => {
        const {cost, accuracy} = axes();
        const found = points();
        return {
          grid: {left: 20, right: 110, top: 34, bottom: 34, containLabel: true},
          tooltip: {trigger: "item", formatter: ({data}) => tip(data.entry.label, [
            [null, cost.label, format.si(data.value[0], cost.unit)],
            [null, accuracy.label, accuracy.show(data.value[1])],
            [null, "On the front", found.find(({entry}) => entry === data.entry).isBest
              ? "yes" : "no"]])},
          xAxis: {type: "value", scale: true, name: cost.label, nameLocation: "middle", nameGap: 28,
            axisLabel: {formatter: (value) => format.si(value, cost.unit)}},
          yAxis: {type: "value", scale: true, max: ({max}) => (max > 0.5 && max <= 1 ? 1 : null),
            name: accuracy.label +
            (accuracy.unit ? `, ${accuracy.unit}` : ""), nameTextStyle: {align: "left"}},
          series: [
            {type: "line", step: "end", symbol: "none", silent: true, z: 1, tooltip: {show: false},
              data: found.filter(({isBest}) => isBest).map(({x, y}) => [x, y]),
              lineStyle: {color: theme.muted, type: "dashed", width: 1.5}},
            {type: "scatter", z: 3, data: found.map(({entry, x, y, isBest, place: position}) =>
              ({value: [x, y], entry, symbol: symbol(entry), symbolSize: isBest ? 17 : 12,
                itemStyle: {color: colour(theme, entry), opacity: 1,
                  borderColor: isBest ? theme.text : "transparent", borderWidth: 1.5},
                label: {show: true, position, formatter: entry.label, color: theme.text,
                  backgroundColor: theme.surface, padding: [1, 3], fontSize: 12,
                  fontWeight: isBest ? "bold" : "normal"}}))}],
        };
      },
      table: () => {
        const {cost, accuracy} = axes();
        return {columns: [{name: "scheme"}, {name: cost.label, unit: cost.unit, align: "right"},
          {name: accuracy.label, unit: accuracy.unit, align: "right"}, {name: "on the front"}],
        rows: points().map(({entry, x, y, isBest}) => [entry.label, x, y, isBest])};
      },
    };
  };

  drawings.schemeTable = () => {
    const operands = ["weights", "activations"].filter((operand) => entries.some(({layers}) =>
      layers.some((layer) => layer[operand])));
    const share = (entry, operand) => {
      const found = entry.layers.map((layer) => layer[operand]).filter(Boolean);
      const sum = (key) => found.reduce((total, one) => total + one[key], 0);
      return found.length ? 100 * sum("outliers") / sum("elements") : null;
    };
    return {columns: [{name: "Scheme"}, ...drawings.accuracies.filter(({key}) => key !== "sqnr")
      .map(({label}) => ({name: label, align: "right"})),
    ...drawings.costs.map(({label, unit}) => ({name: label, unit, align: "right"})),
    ...operands.flatMap((operand) => [
      {name: `Mean SQNR of ${operand}`, unit: "dB", align: "right"},
      {name: `Mean cosine of ${operand}`, align: "right"},
      {name: `Outliers in ${operand}`, unit: "%", align: "right"}])],
    rows: entries.map((entry) => [entry.label,
      ...drawings.accuracies.filter(({key}) => key !== "sqnr").map(({read}) => read(entry)),
      ...drawings.costs.map(({read}) => read(entry)),
      ...operands.flatMap((operand) => [drawings.meanOf(entry, operand, "sqnr_db"),
        drawings.meanOf(entry, operand, "cosine"), share(entry, operand)])])};
  };
  return drawings;
};
