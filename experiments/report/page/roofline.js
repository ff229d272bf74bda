// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The roofline of a run: speed against arithmetic intensity, both on log axes, with the memory's
// slope and a ceiling for every pair of operand formats.
"use strict";

olivine.roofline = (() => {
  const {format, palette} = olivine;
  const {sum} = olivine.quantities;

  const attainable = (run, {intensity_macs_per_byte: intensity, peak_macs_per_s: peak}) => {
    const bandwidth = run.roofline.bytes_per_s;
    return bandwidth === null ? peak : Math.min(peak, intensity * bandwidth);
  };

  // Layers at the same place (repeated blocks) are one point that carries all their time.
  const pointsOf = (run) => {
    const points = new Map();
    const {layers, total} = run.result;
    run.layers_derived.forEach((derived, index) => {
      const {intensity_macs_per_byte: x, macs_per_s: y} = derived;
      if (!(x > 0) || !(y > 0)) return;
      const layer = layers[index];
      const key = JSON.stringify([olivine.layers.pattern(layer), layer.kind,
        x.toPrecision(9), y.toPrecision(9)]);
      if (!points.has(key)) points.set(key, {x, y, layer, derived, names: [], time: 0});
      const point = points.get(key);
      point.names.push(layer.name);
      point.time += layer.time_s;
    });
    const list = [...points.values()];
    for (const point of list) {
      point.label = point.names.length === 1 ? point.names[0]
        : `${olivine.layers.pattern(point.layer)} \u00d7${point.names.length}`;
      point.share = point.time / total.time_s;
      point.reached = point.y / attainable(run, point.derived);
    }
    return list.sort((a, b) => b.share - a.share);  // small points lie on top
  };

  const decade = (value, round) => 10 ** round(Math.log10(value));

  const extent = (run, points) => {
    const {bytes_per_s: bandwidth, roofs} = run.roofline;
    const peak = Math.max(...roofs.map((roof) => roof.macs_per_s));
    const ridge = bandwidth === null ? points[0].x : peak / bandwidth;
    const xs = [...points.map(({x}) => x), ridge * 4, ridge / 12];
    const lowest = Math.min(...points.map(({y}) => y), peak / 30);
    return {minX: decade(Math.min(...xs), Math.floor), maxX: decade(Math.max(...xs), Math.ceil),
      minY: decade(lowest, Math.floor), maxY: decade(peak * 1.1, Math.ceil), ridge, peak};
  };

  // A label on an invisible point; its halo keeps lines and points from crossing the letters.
  const mark = (theme, coord, text, place) => ({markPoint: {symbol: "rect", symbolSize: 0.1,
    silent: true, z: 5, data: [{coord, label: {show: true, color: theme.text, fontSize: 12,
      formatter: text, textBorderColor: theme.surface, textBorderWidth: 4,
      verticalAlign: "bottom", ...place}}]}});

  const roofLines = (run, range, theme) => {
    const {bytes_per_s: bandwidth, roofs} = run.roofline;
    const line = (name, data, type, label) => ({type: "line", name, data, symbol: "none", z: 1,
      silent: true, lineStyle: {color: theme.muted, width: 2, type}, color: theme.muted,
      tooltip: {show: false}, ...label});
    const ridgeOf = (peak) => (bandwidth === null ? range.minX : peak / bandwidth);
    // Left of its ridge and above the slope no point can lie; small drawings lack the room there.
    const beside = bandwidth !== null && !theme.narrow && range.ridge / range.minX > 9;
    const sorted = [...roofs].sort((a, b) => b.macs_per_s - a.macs_per_s);
    const lines = sorted.map(({label, macs_per_s: peak}, index) => line(`roof ${index}`,
      [[ridgeOf(peak), peak], [range.maxX, peak]],
      index === 0 ? "solid" : "dashed",
      mark(theme, [beside ? ridgeOf(peak) : range.maxX, peak],
        `${label}: ${format.si(peak, "MAC/s")}`, beside
          ? {position: [-8, 0], align: "right", verticalAlign: "middle"}
          : {position: [-2, -9], align: "right"})));
    if (bandwidth === null) return lines;
    const start = Math.max(range.minX, range.minY / bandwidth);
    const middleX = Math.sqrt(start * range.ridge);
    lines.push(line("memory", [[start, start * bandwidth], [range.ridge, range.peak]], "solid",
      mark(theme, [middleX, middleX * bandwidth], `Memory: ${format.si(bandwidth, "B/s")}`,
        theme.narrow ? {position: [10, 14], align: "left"}
          : {position: [-8, -4], align: "right"})));
    return lines;
  };

  const axis = (name, min, max, gap) => ({type: "log", name, min, max, nameLocation: "middle",
    nameGap: gap, minorSplitLine: {show: false}, axisLabel: {hideOverlap: true,
      formatter: (value) => format.tick(value)}});

  const option = (run, theme, memory) => {
    const points = pointsOf(run);
    if (points.length === 0) return {title: {text: "No layer moves bytes and does MACs"}};
    const range = extent(run, points);
    const kinds = [...new Set(points.map(({layer}) => layer.kind))];
    const biggest = theme.narrow ? 34 : 52;
    const scatter = kinds.map((kind) => {
      const mine = points.filter(({layer}) => layer.kind === kind);
      return {type: "scatter", name: palette.label.layer(kind), z: 3,
        color: theme.palette.layer(kind),
        itemStyle: {opacity: 0.75, borderColor: theme.surface, borderWidth: 1},
        data: mine.map((point) => ({value: [point.x, point.y], point})),
        symbolSize: (_, {data}) => 7 + biggest * Math.sqrt(data.point.share)};
    });
    return {
      legend: {...olivine.layers.legend(theme, scatter.map(({name}) => name)), icon: "circle"},
      grid: {top: 40, left: 64, right: 18, bottom: 52},
      xAxis: axis(`Arithmetic intensity (MACs per ${memory} byte)`, range.minX, range.maxX, 30),
      yAxis: axis("Speed (MAC/s)", range.minY, range.maxY, 48),
      tooltip: {trigger: "item", formatter: ({data}) => {
        if (!data?.point) return "";
        const {point} = data;
        return olivine.tip(point.label, [
          [null, "Speed", format.si(point.y, "MAC/s")],
          [null, "Share of its roof", format.percent(point.reached)],
          [null, "Intensity", `${format.si(point.x)} MACs/byte`],
          [null, "Share of the run's time", format.percent(point.share)],
          [null, "m \u00d7 n \u00d7 k", olivine.layers.shapeText(point.layer) ?? format.missing]]);
      }},
      series: [...roofLines(run, range, theme), ...scatter],
    };
  };

  const words = (run, memory) => {
    const points = pointsOf(run);
    const bandwidth = run.roofline.bytes_per_s;
    if (points.length === 0) return "No layer moves bytes and does MACs, so none can be placed.";
    const time = sum(points.map((point) => point.time));
    const reached = sum(points.map((point) => point.time * point.reached)) / time;
    const missing = run.result.layers.length - sum(points.map(({names}) => names.length));
    const bound = points.filter(({derived}) => bandwidth !== null &&
      derived.intensity_macs_per_byte * bandwidth < derived.peak_macs_per_s);
    const under = sum(bound.map((point) => point.time)) / time;
    const memoryText = bandwidth === null ? "The memory is ideal: it has no slope."
      : `Layers under the ${memory} slope take ${format.percent(under)} of that time.`;
    const rest = missing === 0 ? ""
      : ` ${format.count(missing)} layers without MACs or ${memory} bytes have no place here.`;
    return `Weighted by time, the layers reach ${format.percent(reached)} of their roofs. ` +
      `${memoryText} A point's area is its share of the run's time; repeated layers are one ` +
      `point.${rest}`;
  };

  const table = (run) => ({
    columns: [{name: "Layer"}, {name: "Kind", align: "left"},
      {name: "Intensity", unit: "MACs/byte"}, {name: "Speed", unit: "MAC/s"},
      {name: "Peak of its formats", unit: "MAC/s"}, {name: "Share of its roof", unit: "%"},
      {name: "Time", unit: "s"}],
    rows: run.layers_derived.map((derived, index) => {
      const {name, kind, time_s: time} = run.result.layers[index];
      const {intensity_macs_per_byte: x, macs_per_s: y, peak_macs_per_s: peak} = derived;
      const reached = x > 0 && y > 0 ? 100 * y / attainable(run, derived) : null;
      return [name, kind, x, y, peak, reached, time];
    }),
  });

  const chart = (page, section, chosen, memory) => page.chart(section, {
    id: "roofline", title: chosen.title("Roofline: speed against arithmetic intensity"),
    text: () => words(chosen.run, memory),
    height: (theme) => (theme.narrow || theme.print ? 400 : 520),
    option: (theme) => option(chosen.run, theme, memory),
    table: () => table(chosen.run),
  });

  return {chart};
})();
