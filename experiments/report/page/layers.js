// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// What the reports of runs share: names for several runs, layers of repeated blocks as one row,
// and charts of a quantity by layer or by run, stacked by its parts.
//
// A quantity is {unit, scale, topic, keys, value(record, key)}: `keys(records)` are its parts in
// drawing order, `value` a part of a layer or of a total in the file's unit, `scale` turns that
// into `unit` ("s", "J", "B", "cycles"), and `topic` names its colours and words in the palette.
"use strict";

olivine.quantities = (() => {
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const keysOf = (record, skip = "total") => Object.keys(record).filter((key) => key !== skip);
  const used = (keys, value, records) =>
    keys.filter((key) => records.some((record) => value(record, key) !== 0));

  const from = (field, topic, unit, scale, tableUnit) => {
    const value = (record, key) => record[field]?.[key] ?? 0;
    const keys = (records) => used(
      [...new Set(records.flatMap((record) => keysOf(record[field] ?? {})))], value, records);
    return {topic, unit, scale, tableUnit, keys, value};
  };

  const causeValue = (record, cause) => {
    if (cause === "work") return record.array_cycles ?? 0;
    if (cause === "vector" || cause === "host" || cause === "idle") {
      return record[`${cause}_cycles`] ?? 0;
    }
    return record.stall_cycles?.[cause] ?? 0;
  };
  const causes = (record) =>
    ["work", "vector", ...keysOf(record.stall_cycles ?? {}), "host", "idle"];

  return {
    sum,
    total: (quantity, record, keys) => sum(keys.map((key) => quantity.value(record, key))),
    // A quantity may write its amounts itself: square units take no decimal prefix.
    text: ({unit, scale, text}, value) => {
      if (text) return text(value);
      if (unit !== "cycles") return olivine.format.si(value * scale, unit);
      const isSmall = Number.isInteger(value) && value < 1000;
      return `${isSmall ? value : olivine.format.si(value)} cycles`;
    },
    cycles: {topic: "cause", unit: "cycles", scale: 1, tableUnit: "cycles", value: causeValue,
      keys: (records) =>
        used([...new Set(records.flatMap(causes))], causeValue, records)},
    energy: from("energy_pj", "energy", "J", 1e-12, "pJ"),
    dram: from("dram_bytes", "operand", "B", 1, "bytes"),
    waterfall: from("waterfall_s", "time", "s", 1, "s"),
  };
})();

olivine.layers = (() => {
  const {format, palette} = olivine;
  const {sum, total, text} = olivine.quantities;
  const mostRows = 20;   // rows of "largest first"; the others are one row
  const tallRows = 40;   // rows in view of "in order"; a slider moves over the others

  const modes = [
    {value: "largest", label: "Repeated blocks as one, largest first"},
    {value: "order", label: "Repeated blocks as one, in order"},
    {value: "each", label: "Each layer, in order"},
  ];

  // encoder.0.query, encoder.1.query, ... of one shape are one row, encoder.*.query.
  const pattern = (layer) =>
    layer.name.split(".").map((part) => (/^\d+$/.test(part) ? "*" : part)).join(".");
  const grouped = (layers) => {
    const rows = new Map();
    layers.forEach((layer, index) => {
      const shape = [layer.kind, layer.m, layer.n, layer.k, layer.batch, layer.vector_elems];
      const key = JSON.stringify([pattern(layer), ...shape]);
      if (!rows.has(key)) rows.set(key, {pattern: pattern(layer), indices: []});
      rows.get(key).indices.push(index);
    });
    return [...rows.values()].map(({pattern: name, indices}) => indices.length === 1
      ? {label: layers[indices[0]].name, indices}
      : {label: `${name} \u00d7${indices.length}`, indices});
  };

  const rowsOf = (layers, quantity, keys, mode) => {
    const rows = mode === "each" ? layers.map(({name}, index) => ({label: name, indices: [index]}))
      : grouped(layers);
    for (const row of rows) {
      row.layer = layers[row.indices[0]];
      row.parts = keys.map((key) =>
        sum(row.indices.map((index) => quantity.value(layers[index], key))));
      row.total = sum(row.parts);
    }
    return mode === "largest"
      ? rows.filter((row) => row.total > 0).sort((a, b) => b.total - a.total) : rows;
  };

  // The long tail of "largest first" as one row.
  const shortened = (rows) => {
    if (rows.length <= mostRows + 1) return rows;
    const tail = rows.slice(mostRows);
    const parts = tail[0].parts.map((_, part) => sum(tail.map((row) => row.parts[part])));
    return [...rows.slice(0, mostRows), {label: `${tail.length} others`, parts,
      total: sum(parts), indices: tail.flatMap((row) => row.indices)}];
  };

  const shapeText = (layer) => (layer === undefined || !layer.m ? null
    : `${layer.batch > 1 ? `${layer.batch} \u00d7 ` : ""}${layer.m} \u00d7 ${layer.n} \u00d7 ` +
      `${layer.k}`);

  // Room for names beside bars. Too long a name loses its beginning: its end tells layers apart.
  const ending = (most) => (label) =>
    (label.length > most ? `\u2026${label.slice(1 - most)}` : label);
  const nameAxis = (theme) => ({color: theme.text, interval: 0,
    formatter: ending(Math.floor(theme.width * (theme.narrow ? 0.42 : 0.27) / 6.7))});
  const ticks = (theme) => Math.max(2, Math.floor(theme.width / 140));

  const legend = (theme, names) => ({data: names, top: 0, left: 0, itemWidth: 12,
    itemHeight: 12, itemGap: 14, icon: "roundRect"});

  // The height a legend needs, which wraps as text does.
  const legendHeight = (theme, names) => {
    let lines = 1;
    let used = 0;
    for (const name of names) {
      const width = 12 + 5 + name.length * 6.9 + 14;
      if (used > 0 && used + width > theme.width) {
        lines += 1;
        used = 0;
      }
      used += width;
    }
    return 10 + 24 * lines;
  };
  const stackedLegendHeight = (theme, quantity, keys) =>
    legendHeight(theme, keys.map(palette.label[quantity.topic]));

  const amountAxis = (quantity) => {
    const isCycles = quantity.unit === "cycles";
    return {type: "value", name: isCycles ? "cycles" : "", nameLocation: "middle", nameGap: 28,
      axisLabel: {hideOverlap: true, formatter: (value) => (quantity.tick ? quantity.tick(value)
        : format.tick(value * quantity.scale, isCycles ? "" : quantity.unit))}};
  };

  // Stacked bars; rows are {label, parts, total, layer}, and `whole` is what 100 % means.
  const stacked = (theme, quantity, keys, rows, {isUpright = false, whole, ends, zoomTo,
    extra = []}) => {
    const names = keys.map(palette.label[quantity.topic]);
    const colour = theme.palette[quantity.topic];
    const labels = rows.map(({label}) => label);
    const end = ends ?? ((row) => format.percent(row.total / whole));
    const series = keys.map((key, part) => ({
      type: "bar", stack: "parts", name: names[part], color: colour(key), barMaxWidth: 26,
      barCategoryGap: rows.length > 60 ? "8%" : "26%", emphasis: {focus: "series"},
      data: rows.map((row) => row.parts[part])}));
    if (!isUpright) {
      series.push({type: "bar", stack: "parts", name: "", silent: true, color: "transparent",
        data: rows.map(() => 0), tooltip: {show: false},
        label: {show: true, position: "right", color: theme.muted, fontSize: 12,
          formatter: ({dataIndex}) => end(rows[dataIndex])}});
    }
    const category = {type: "category", data: labels, inverse: !isUpright, axisTick: {show: false},
      axisLabel: isUpright
        ? {rotate: 50, hideOverlap: true, fontSize: 11, formatter: ending(18)}
        : nameAxis(theme)};
    const zoom = {filterMode: "none", brushSelect: false};
    const zooms = isUpright
      ? [{type: "slider", ...zoom, height: 22, bottom: 6}, {type: "inside", ...zoom,
        zoomOnMouseWheel: "shift"}]
      : [{type: "slider", ...zoom, yAxisIndex: 0, width: 16, right: 0, startValue: 0,
        endValue: zoomTo - 1, showDetail: false, zoomLock: true,
        showDataShadow: false}];
    const above = stackedLegendHeight(theme, quantity, keys);
    const needsZoom = isUpright ? rows.length > 40 : zoomTo && rows.length > zoomTo;
    const value = {...amountAxis(quantity), splitNumber: isUpright ? 5 : ticks(theme)};
    return {
      legend: legend(theme, names),
      grid: isUpright
        ? {top: above + 6, left: 60, right: 8, bottom: needsZoom ? 38 : 8, containLabel: true}
        : {top: above, left: 4, right: needsZoom ? 84 : 64, containLabel: true,
          bottom: quantity.unit === "cycles" ? 22 : 4},
      xAxis: isUpright ? category : value,
      yAxis: isUpright ? {...value, name: "", nameGap: 12} : category,
      dataZoom: needsZoom ? zooms : undefined,
      tooltip: {trigger: "axis", axisPointer: {type: "shadow"},
        formatter: (points) => {
          const row = rows[points[0].dataIndex];
          const shape = shapeText(row.layer);
          const lines = keys.map((key, part) => [colour(key), names[part], row.parts[part]])
            .filter(([, , amount]) => amount !== 0)
            .map(([hue, name, amount]) => [hue, name,
              `${text(quantity, amount)}  (${format.percent(amount / row.total)})`]);
          lines.push([null, "Total", `${text(quantity, row.total)}`]);
          if (whole) lines.push([null, "Share of all", format.percent(row.total / whole)]);
          if (shape) lines.push([null, "m \u00d7 n \u00d7 k", shape]);
          for (const {name, value, text: write = String} of row.layer ? extra : []) {
            lines.push([null, row.indices.length > 1 ? `${name}, each` : name,
              write(value(row.layer))]);
          }
          return olivine.tip(row.label, lines);
        }},
      series,
    };
  };

  // extra: [{name, unit, value(layer), text(value)}], more columns of the table and the tooltip.
  // It has every layer, in the network's order, whatever the chart puts together.
  const layerTable = (layers, quantity, keys, extra) => {
    const rows = rowsOf(layers, quantity, keys, "each");
    const whole = sum(rows.map((row) => row.total));
    const parts = keys.map((key) => ({name: palette.label[quantity.topic](key),
      unit: quantity.tableUnit}));
    return {
      columns: [{name: "Layer"}, {name: "Kind", align: "left"}, {name: "Batch"},
        {name: "m"}, {name: "n"}, {name: "k"}, ...parts, {name: "Total", unit: quantity.tableUnit},
        {name: "Share", unit: "%"}, ...extra.map(({name, unit}) => ({name, unit}))],
      rows: rows.map((row) => [row.label, row.layer.kind, row.layer.batch,
        row.layer.m, row.layer.n, row.layer.k, ...row.parts, row.total,
        whole > 0 ? 100 * row.total / whole : 0,
        ...extra.map(({value}) => value(row.layer))]),
    };
  };

  // "encoder.*.ffn_up x12 takes 23 % of the cycles, and the five largest rows 77 %."
  const largestText = (layers, quantity, what) => {
    const keys = quantity.keys(layers);
    const rows = rowsOf(layers, quantity, keys, "largest");
    const whole = sum(rows.map((row) => row.total));
    if (whole === 0) return `No layer has any ${what}.`;
    const first = `${rows[0].label} takes ${format.percent(rows[0].total / whole)} of the ${what}`;
    if (rows.length < 6) return `${first}.`;
    const five = sum(rows.slice(0, 5).map((row) => row.total));
    return `${first}, and the five largest of ${rows.length} rows ${format.percent(five / whole)}.`;
  };

  // A chart of `quantity` by layer with its own choice of rows; `layers()` are those shown now.
  const byLayer = (page, section, {id, title, what, quantity, layers, note, extra = []}) => {
    const repeats = grouped(layers()).length < layers().length;
    let mode = "largest";
    const keys = () => quantity.keys(layers());
    const shown = (theme) => {
      const wanted = theme?.print && mode === "each" ? "largest" : mode;
      const rows = rowsOf(layers(), quantity, keys(), wanted);
      return {wanted, rows: wanted === "largest" ? shortened(rows) : rows};
    };
    const controls = page.controls(section);
    const chart = page.chart(section, {
      id, title,
      text: () => [largestText(layers(), quantity, what), note?.()].filter(Boolean).join(" "),
      height: (theme) => {
        const {wanted, rows} = shown(theme);
        const above = stackedLegendHeight(theme, quantity, keys());
        if (wanted === "each") return 386 + above;
        const count = theme.print ? rows.length : Math.min(rows.length, tallRows);
        return 38 + above + count * (theme.print ? 15 : 23);
      },
      option: (theme) => {
        const {wanted, rows} = shown(theme);
        const whole = sum(rows.map((row) => row.total));
        return stacked(theme, quantity, keys(), rows, {whole, isUpright: wanted === "each", extra,
          zoomTo: theme.print ? rows.length : tallRows});
      },
      table: () => layerTable(layers(), quantity, keys(), extra),
    });
    controls.select({label: "Layers", value: mode,
      options: repeats ? modes : modes.filter(({value}) => value !== "order").map((entry) =>
        (entry.value === "largest" ? {...entry, label: "Largest first"} : entry)),
      onChange: (value) => {
        mode = value;
        chart.update();
      }});
    return chart;
  };

  // One bar a run, stacked by part; a single run gets one bar a part instead, which reads better.
  const byRun = (page, section, {id, title, text: words, quantity, runs, half = true}) => {
    const records = runs.map(({record}) => record);
    const keys = quantity.keys(records);
    const ordered = [...keys].sort((a, b) =>
      quantity.value(records[0], b) - quantity.value(records[0], a));
    const whole = total(quantity, records[0], keys);
    const single = () => ordered.map((part) => ({label: palette.label[quantity.topic](part),
      parts: ordered.map((key) => (key === part ? quantity.value(records[0], key) : 0)),
      total: quantity.value(records[0], part)}));
    const several = () => runs.map(({label, record}) => ({label,
      parts: keys.map((key) => quantity.value(record, key)),
      total: total(quantity, record, keys)}));
    const isSingle = runs.length === 1;
    const rows = isSingle ? single() : several();
    return page.chart(section, {
      id, title, half, text: words,
      height: (theme) => (isSingle ? 40 : 40 + stackedLegendHeight(theme, quantity, keys)) +
        rows.length * (theme.print ? 20 : 30),
      option: (theme) => {
        const option = stacked(theme, quantity, isSingle ? ordered : keys, rows, {
          whole: isSingle ? whole : undefined,
          ends: (row) => (isSingle
            ? `${format.percent(row.total / whole)}` : text(quantity, row.total))});
        if (!isSingle) return {...option, grid: {...option.grid, right: 76}};
        return {...option, legend: {show: false}, grid: {...option.grid, top: 4, right: 70}};
      },
      table: () => ({
        columns: [{name: "Run"}, ...keys.map((key) => ({name: palette.label[quantity.topic](key),
          unit: quantity.tableUnit})), {name: "Total", unit: quantity.tableUnit}],
        rows: runs.map(({label, record}) => [label,
          ...keys.map((key) => quantity.value(record, key)), total(quantity, record, keys)])}),
    });
  };

  return {grouped, pattern, byLayer, byRun, shapeText, legend, stacked, stackedLegendHeight,
    nameAxis, ticks};
})();
