// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Drawings of records of olivine measure. A case is a variant on a shape; `choice` has the shapes,
// variants and the quantity a reader chose.
"use strict";

olivine.measureDrawings = (cases, choice) => {
  const {format, tip} = olivine;
  const symbols = ["circle", "diamond", "rect", "triangle", "roundRect"];
  const series = [...new Set(cases.map((one) => one.series))];
  const colour = (theme, name) => {
    const all = theme.palette.categories;
    return all[series.indexOf(name) % all.length];
  };
  const symbol = (name) => symbols[Math.floor(series.indexOf(name) / 2) % symbols.length];
  const per = (value, divisor) => (value > 0 && divisor > 0 ? value / divisor : null);
  const drawings = {};

  drawings.quantities = [
    {key: "time", label: "Time of a launch", unit: "s", scale: "log",
      text: "Median; the bar is from the 10 % to the 90 % quantile of the samples.",
      read: ({time_us: time}) => time.median * 1e-6,
      span: ({time_us: time}) => [time.p10 * 1e-6, time.p90 * 1e-6]},
    {key: "ops", label: "Operations a second", unit: "OP/s", scale: "log",
      text: "Two for a multiplication and an addition; 2:4 counts those of the dense GEMM.",
      read: ({ops_per_s: rate}) => rate},
    {key: "bytes", label: "Bytes a second", unit: "B/s", scale: "log",
      text: "Operands and C, each moved once, by formula.", read: ({bytes_per_s: rate}) => rate},
    {key: "roofline", label: "Share of the roofline", unit: "%", scale: "value",
      text: "Of the device's rates at its highest clocks.",
      read: ({roofline_ratio: ratio}) => (ratio ? 100 * ratio : null)},
    {key: "baseline", label: "Speed over the library", unit: "\u00d7", scale: "value", line: 1,
      text: "Over the library's kernel of the same run that the record names; 1 is as fast.",
      read: ({speed_over_baseline: ratio}) => ratio ?? null},
    {key: "energy", label: "Energy of an operation", unit: "J", scale: "log",
      text: "Of the whole board, by its counter, idle power included.",
      read: ({energy, ops}) => per((energy?.launch_uj ?? 0) * 1e-6, ops)},
    {key: "net", label: "Energy of an operation, less idle power", unit: "J", scale: "log",
      text: "Idle power times time is taken off.",
      read: ({energy, ops}) => per((energy?.net_launch_uj ?? 0) * 1e-6, ops)},
    {key: "power", label: "Power", unit: "W", scale: "value",
      text: "Of the whole board under constant load.", read: ({energy}) => energy?.power_w ?? null},
  ].filter(({read}) => cases.some((one) => one.status === "timed" && read(one) !== null));

  const timed = () => cases.filter((one) => one.status === "timed" &&
    choice.variants.includes(one.series) && choice.shapes.includes(one.shape));
  const show = (quantity, value) => (quantity.unit === "%" ? `${format.fixed(value, 1)} %`
    : quantity.unit === "\u00d7" ? format.ratio(value) : format.si(value, quantity.unit));
  // Ticks are round numbers.
  const tick = (quantity) => (value) => (["%", "\u00d7"].includes(quantity.unit)
    ? `${Number(value.toPrecision(3))} ${quantity.unit}`
    : format.si(value, quantity.unit, quantity.scale === "log" ? 1 : 2));
  const shapesOf = (found) => [...new Set(found.map(({shape}) => shape))];
  const rowHeight = (rows) => 26 * Math.max(3, rows) + 100;

  // ------------------------------------------------------------------------- one quantity

  // A row a shape, a mark a variant.
  drawings.dots = (quantityOf) => {
    const found = () => timed().map((one) => ({one, value: quantityOf().read(one)}))
      .filter(({value}) => value !== null);
    return {
      height: () => rowHeight(shapesOf(timed()).length),
      option: (theme) => {
        const quantity = quantityOf();
        const marks = found();
        const shapes = shapesOf(marks.map(({one}) => one));
        const names = series.filter((name) => marks.some(({one}) => one.series === name));
        const of = (name) => marks.filter(({one}) => one.series === name);
        return {
          grid: {left: 8, right: 26, top: 40, bottom: 34, containLabel: true},
          legend: {top: 0, type: "scroll", data: names, itemWidth: 14, itemHeight: 11},
          tooltip: {trigger: "item", formatter: ({data}) => (data?.one
            ? drawings.caseTip(theme, data.one) : "")},
          xAxis: {type: quantity.scale, scale: quantity.unit !== "W",
            name: quantity.label, nameLocation: "middle", nameGap: 28,
            axisLabel: {formatter: tick(quantity), hideOverlap: true}},
          yAxis: {type: "category", data: shapes, inverse: true, axisTick: {show: false},
            splitLine: {show: true}, axisLabel: {color: theme.text, overflow: "truncate",
              width: theme.width < 400 ? 110 : theme.width < 700 ? 190 : 260}},
          series: [
            ...names.map((name) => ({type: "scatter", name, symbol: symbol(name), symbolSize: 11,
              z: 4, itemStyle: {color: colour(theme, name), opacity: 0.95},
              data: of(name).map(({one, value}) =>
                ({value: [value, shapes.indexOf(one.shape)], one})),
              markLine: quantity.line && name === names[0] ? {silent: true, symbol: "none",
                data: [{xAxis: quantity.line}], label: {show: false},
                lineStyle: {color: theme.text, type: "dashed"}} : undefined})),
            ...(quantity.span ? names.map((name) => ({type: "custom", name, silent: true, z: 3,
              itemStyle: {color: colour(theme, name)},
              data: of(name).map(({one}) => [...quantity.span(one), shapes.indexOf(one.shape)]),
              renderItem: (_, api) => {
                const [from, to] = [0, 1].map((at) => api.coord([api.value(at), api.value(2)]));
                return {type: "line",
                  style: {stroke: colour(theme, name), lineWidth: 3, opacity: 0.5},
                  shape: {x1: from[0], y1: from[1], x2: to[0], y2: to[1]}};
              }})) : [])],
        };
      },
      table: () => {
        const names = series.filter((name) => found().some(({one}) => one.series === name));
        const marks = found();
        return {columns: [{name: "shape"}, ...names.map((name) =>
          ({name, unit: quantityOf().unit, align: "right"}))],
        rows: shapesOf(marks.map(({one}) => one)).map((shape) => [shape, ...names.map((name) =>
          marks.find(({one}) => one.shape === shape && one.series === name)?.value ?? null)])};
      },
    };
  };

  drawings.caseTip = (theme, one) => tip(`${one.series}, ${one.shape}`, [
    [null, "Kernel", one.kernel],
    ...drawings.quantities.map((quantity) => [quantity, quantity.read(one)])
      .filter(([, value]) => value !== null)
      .map(([quantity, value]) => [null, quantity.label, show(quantity, value)]),
    [null, "Rounds differ by", format.percent(one.time_us.round_drift)],
    ...(one.sm_clock_hz ? [[null, "SM clock", format.si(one.sm_clock_hz, "Hz")]] : []),
    [null, "Held down by", one.throttle_reasons.join(", ") || "nothing"]]);

  // ------------------------------------------------------------------------- steadiness and clocks

  const steadyPercent = 2;  // kernels/measure/statistics.h
  // Marks over the time of a case; `limit` is a line across.
  const overTime = ({read, name, label, limit, height, isFlagged, axis}) => ({
    height,
    option: (theme) => ({
      grid: {left: 8, right: 26, top: 40, bottom: 34, containLabel: true},
      legend: {top: 0, icon: "circle", itemStyle: {opacity: 1}},
      tooltip: {trigger: "item", formatter: ({data}) => (data?.one
        ? drawings.caseTip(theme, data.one) : "")},
      xAxis: {type: "log", name: "Time of a launch", nameLocation: "middle", nameGap: 28,
        axisLabel: {formatter: (value) => format.si(value, "s", 1), hideOverlap: true}},
      yAxis: {type: "value", name, nameGap: 12, axisLabel: {formatter: label},
        nameTextStyle: {align: "left"}, ...axis},
      series: [false, true].map((flag) => ({type: "scatter", symbolSize: flag ? 11 : 8,
        name: flag ? "flagged" : "as it should be", symbol: flag ? "diamond" : "circle",
        itemStyle: {color: theme.palette.hues[flag ? "red" : "blue"], opacity: 0.75},
        data: timed().filter((one) => read(one) !== null && isFlagged(one) === flag)
          .map((one) => ({value: [one.time_us.median * 1e-6, read(one)], one})),
        markLine: limit && !flag ? {silent: true, symbol: "none", data: [{yAxis: limit()}],
          label: {show: true, position: "insideEndTop", formatter: label(limit()),
            color: theme.muted},
          lineStyle: {color: theme.text, type: "dashed"}} : undefined})),
    }),
    table: () => drawings.caseTable(timed()),
  });

  drawings.drift = () => overTime({name: "Rounds differ by", height: 320,
    read: ({time_us: time}) => 100 * time.round_drift, label: (value) => `${value} %`,
    isFlagged: ({time_us: time}) => !time.is_steady, limit: () => steadyPercent,
    axis: {min: 0, max: ({max}) => Math.max(1.5 * steadyPercent, Math.ceil(1.1 * max))}});

  drawings.clocks = (highest) => overTime({name: "SM clock under load", height: 320,
    read: ({sm_clock_hz: clock}) => clock ?? null, label: (value) => format.si(value, "Hz"),
    isFlagged: ({throttle_reasons: reasons}) => reasons.length > 0,
    limit: highest ? () => highest : null,
    axis: {scale: true, min: ({min}) => Math.floor(0.98 * min / 1e8) * 1e8,
      max: ({max}) => Math.ceil(1.02 * Math.max(max, highest ?? 0) / 1e8) * 1e8}});

  // ------------------------------------------------------------------------- exactness

  const states = [
    {key: "exact", hue: "green", label: "timed, exact before and after"},
    {key: "timed", hue: "sky", label: "timed, exact before"},
    {key: "checked", hue: "blue", label: "exact, not timed"},
    {key: "refused", hue: "pale", label: "refused"},
    {key: "wrong", hue: "red", label: "wrong"}];
  drawings.stateOf = (one) => {
    if (one.status === "wrong" || one.exact_after_timing === false) return "wrong";
    if (one.status !== "timed") return one.status;
    return one.exact_after_timing ? "exact" : "timed";
  };

  // A cell a case: rows are variants, columns shapes.
  drawings.exactness = () => {
    const shapes = shapesOf(cases);
    return {
      height: (theme) => 26 * series.length + (theme.narrow ? 190 : 170),
      option: (theme) => ({
        grid: {left: 8, right: 14, top: 36, bottom: 8, containLabel: true},
        legend: {top: 0, itemWidth: 14, itemHeight: 12, selectedMode: false},
        tooltip: {trigger: "item", formatter: ({data: {one}}) => tip(`${one.series}, ${one.shape}`,
          [[null, "Outputs", states.find(({key}) => key === drawings.stateOf(one)).label],
            ...(one.kernel ? [[null, "Kernel", one.kernel]] : []),
            ...(one.reason ? [[null, "Reason", one.reason]] : [])])},
        xAxis: {type: "category", data: shapes, axisLabel: {rotate: 50, fontSize: 11, width: 190,
          overflow: "truncate"}, axisTick: {show: false}},
        yAxis: {type: "category", data: series, inverse: true, axisTick: {show: false},
          axisLabel: {color: theme.text}},
        series: states.filter(({key}) => cases.some((one) => drawings.stateOf(one) === key))
          .map((state) => ({type: "custom", name: state.label,
            itemStyle: {color: theme.palette.hues[state.hue]},
            data: cases.filter((one) => drawings.stateOf(one) === state.key).map((one) =>
              ({value: [shapes.indexOf(one.shape), series.indexOf(one.series)], one})),
            renderItem: (_, api) => {
              const [x, y] = api.coord([api.value(0), api.value(1)]);
              const [width, height] = api.size([1, 1]);
              return {type: "rect", style: {fill: theme.palette.hues[state.hue]},
                shape: {x: x - 0.46 * width, y: y - 0.42 * height, width: 0.92 * width,
                  height: 0.84 * height, r: 2}};
            }})),
      }),
      table: () => drawings.caseTable(cases),
    };
  };

  drawings.caseTable = (found) => ({
    columns: [{name: "variant"}, {name: "shape"}, {name: "m"}, {name: "n"}, {name: "k"},
      {name: "scheme"}, {name: "kernel"}, {name: "status"}, {name: "exact"},
      {name: "exact after timing"}, {name: "median", unit: "s", align: "right"},
      {name: "rounds differ by", unit: "%", align: "right"}, {name: "steady"},
      {name: "SM clock", unit: "Hz", align: "right"}, {name: "held down by"},
      ...drawings.quantities.filter(({key}) => key !== "time").map(({label, unit}) =>
        ({name: label, unit, align: "right"})), {name: "reason"}],
    rows: found.map((one) => {
      const isTimed = one.status === "timed";
      return [one.series, one.shape, one.m, one.n, one.k, one.scheme, one.kernel, one.status,
        one.outputs_exact, one.exact_after_timing, isTimed ? one.time_us.median * 1e-6 : null,
        isTimed ? 100 * one.time_us.round_drift : null, isTimed ? one.time_us.is_steady : null,
        one.sm_clock_hz ?? null, (one.throttle_reasons ?? []).join(" "),
        ...drawings.quantities.filter(({key}) => key !== "time").map(({read}) =>
          (isTimed ? read(one) : null)), one.reason ?? ""];
    })});
  return drawings;
};
