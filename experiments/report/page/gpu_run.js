// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// A report of runs on GPUs. No areas are published for them, so instead of a floorplan there is
// where the time goes: each part of the waterfall is what it adds to the parts before it.
"use strict";

olivine.kinds.gpu_run = (data, page) => {
  const {format, layers, palette, quantities, runs: shared} = olivine;
  const {sum} = quantities;
  const {runs} = data;
  const words = palette.label.time;
  const share = (part, whole) => format.percent(part / whole);

  // The total with the time of the layers by what limits each of them.
  const recordOf = ({result: {total, layers: all}}) => {
    const limiters = {};
    for (const {limiter, time_s: time} of all) limiters[limiter] = (limiters[limiter] ?? 0) + time;
    return {...total, limiter_s: limiters};
  };
  const {isSingle, entries, chosen} = shared.setUp(page, runs, recordOf);
  const joules = (total) => total.energy_pj.total * 1e-12;

  const numbers = ({result: {total}, clock_hz: highest}) => [
    {label: "Time", value: format.si(total.time_s, "s"),
      note: `${format.count(chosen.run.result.layers.length)} layers, one after the other`},
    {label: "Largest part of it", value: words(total.limiter),
      note: `${share(total.waterfall_s[total.limiter], total.time_s)} of the time`},
    {label: "Energy", value: format.si(joules(total), "J")},
    {label: "Mean power", value: format.si(total.power_w, "W"),
      note: `limit ${format.si(chosen.run.result.config["power.limit_w"], "W")}`},
    {label: "Mean clock", value: format.si(total.clock_hz, "Hz"),
      note: `highest ${format.si(highest, "Hz")}`},
    {label: "Utilization", value: format.percent(total.utilization),
      note: "of the tensor cores' peak"},
    {label: "HBM traffic", value: format.si(total.hbm_bytes, "B"),
      note: `${format.si(total.hbm_bytes / total.time_s, "B/s")} on average`},
  ];

  const waterfall = (section) => page.chart(section, {
    id: "waterfall", title: chosen.title("Where the time goes"),
    text: () => {
      const {waterfall_s: parts, time_s: time} = chosen.run.result.total;
      const [first, second] = Object.entries(parts).sort((a, b) => b[1] - a[1]);
      return `The largest part of ${format.si(time, "s")} is ${words(first[0])}, ` +
        `${share(first[1], time)}, then ${words(second[0])}, ${share(second[1], time)}. ` +
        "Every part is the time it adds to those above it: HBM time is what memory adds beyond " +
        "the tensor cores, shared memory and L2.";
    },
    height: (theme) => 40 + (theme.print ? 19 : 28) * 12,
    option: (theme) => waterfallOption(theme, chosen.run.result.total),
    table: () => {
      const {waterfall_s: parts, time_s: time} = chosen.run.result.total;
      return {columns: [{name: "Part"}, {name: "Time", unit: "s"}, {name: "Share", unit: "%"}],
        rows: [...Object.entries(parts).map(([key, value]) =>
          [words(key), value, 100 * value / time]), ["Total", time, 100]]};
    },
  });

  const waterfallOption = (theme, {waterfall_s: parts, time_s: time}) => {
    let before = 0;
    const rows = Object.entries(parts).map(([key, value]) => {
      const row = {name: words(key), before, value, color: theme.palette.time(key)};
      before += value;
      return row;
    });
    rows.push({name: "Total", before: 0, value: time, color: theme.muted});
    return {
      grid: {top: 4, left: 4, right: 128, bottom: 4, containLabel: true},
      xAxis: {type: "value", splitNumber: layers.ticks(theme), axisLabel: {hideOverlap: true,
        formatter: (value) => format.tick(value, "s")}},
      yAxis: {type: "category", inverse: true, data: rows.map(({name}) => name),
        axisTick: {show: false}, axisLabel: {color: theme.text, interval: 0}},
      tooltip: {trigger: "axis", axisPointer: {type: "shadow"}, formatter: (points) => {
        const {name, color, value} = rows[points[0].dataIndex];
        return olivine.tip(name, [[color, format.si(value, "s"), share(value, time)]]);
      }},
      series: [
        {type: "bar", stack: "time", silent: true, color: "transparent",
          data: rows.map((row) => row.before)},
        {type: "bar", stack: "time", barMaxWidth: 20,
          data: rows.map(({value, color}) => ({value, itemStyle: {color}})),
          label: {show: true, position: "right", color: theme.muted,
            formatter: ({value}) => `${format.si(value, "s")}  ${share(value, time)}`}}],
    };
  };

  const limiters = {...quantities.waterfall, value: (record, key) => record.limiter_s[key] ?? 0,
    keys: (records) => Object.keys(olivine.meanings.time).filter((key) =>
      records.some((record) => record.limiter_s[key] > 0))};
  const limiterText = () => {
    const {layers: all, total} = chosen.run.result;
    const [[key, time]] = Object.entries(recordOf(chosen.run).limiter_s)
      .sort((a, b) => b[1] - a[1]);
    const count = all.filter(({limiter}) => limiter === key).length;
    return `${format.count(count)} of ${format.count(all.length)} layers, with ` +
      `${share(time, total.time_s)} of the time, are limited most by: ${words(key)}.`;
  };

  const overview = () => {
    const section = page.section({id: "overview",
      title: isSingle ? "Where time and energy go" : "The runs side by side"});
    if (!isSingle) {
      shared.openTable(section, "comparison", "All runs", {
        columns: [{name: "Run"}, {name: "Time", unit: "s"}, {name: "Energy", unit: "J"},
          {name: "EDP", unit: "J s"}, {name: "Mean power", unit: "W"},
          {name: "Mean clock", unit: "GHz"}, {name: "Largest part", align: "left"},
          {name: "Utilization", unit: "%"}, {name: "HBM traffic", unit: "GB"}],
        rows: entries.map(({label, record: total}) => [label, total.time_s, joules(total),
          total.time_s * joules(total), total.power_w, total.clock_hz * 1e-9,
          words(total.limiter),
          100 * total.utilization, total.hbm_bytes * 1e-9]),
      });
      shared.speedUp(page, section, "speed-up", entries.map(({label, run, record}) =>
        ({label, run, time_s: record.time_s, energy_j: joules(record)})));
      layers.byRun(page, section, {id: "time-parts", title: "Time by part of the waterfall",
        quantity: quantities.waterfall, runs: entries,
        text: "What each part adds to those before it."});
    }
    if (isSingle) waterfall(section);
    layers.byRun(page, section, {id: "energy-parts", title: "Energy by component",
      quantity: quantities.energy, runs: entries, text: isSingle ? energyText()
        : "Constant power is what the board takes whatever it does, times the time."});
    if (isSingle) {
      layers.byRun(page, section, {id: "limiters", title: "Time of the layers by what limits them",
        quantity: limiters, runs: entries, text: limiterText()});
    }
  };

  const energyText = () => {
    const {energy_pj: energy} = chosen.run.result.total;
    const [[key, amount]] = Object.entries(energy).filter(([name]) => name !== "total")
      .sort((a, b) => b[1] - a[1]);
    return `The largest part is ${palette.label.energy(key)}, ${share(amount, energy.total)}. ` +
      `The tensor cores take ${share(energy.tensor, energy.total)}.`;
  };

  const details = () => {
    const current = () => chosen.run.result.layers;
    const extra = [{name: "Limiter", value: ({limiter}) => words(limiter)},
      {name: "Kernel", value: ({kernel}) => kernel}];
    const time = page.section({id: "time", title: "Time"});
    if (!isSingle) waterfall(time);
    layers.byLayer(page, time, {id: "time-by-layer", what: "time", layers: current, extra,
      title: chosen.title("Time by layer and part of the waterfall"),
      quantity: quantities.waterfall, note: limiterText});
    power(time);
    const energy = page.section({id: "energy", title: "Energy"});
    layers.byLayer(page, energy, {id: "energy-by-layer", what: "energy", layers: current,
      title: chosen.title("Energy by layer and component"), quantity: quantities.energy,
      note: () => (isSingle ? "" : energyText()), extra});
    const roofline = page.section({id: "roofs", title: "Roofline"});
    olivine.roofline.chart(page, roofline, chosen, "HBM");
    const traffic = page.section({id: "traffic", title: "Memory traffic"});
    const bytes = {topic: "time", unit: "B", scale: 1, tableUnit: "bytes", keys: () => ["hbm"],
      value: (record) => record.hbm_bytes};
    layers.byLayer(page, traffic, {id: "hbm-by-layer", what: "HBM traffic", layers: current,
      title: chosen.title("HBM traffic by layer"), quantity: bytes,
      extra: [{name: "L2 traffic", unit: "bytes", value: (layer) => layer.l2_bytes,
        text: (value) => format.si(value, "B")}],
      note: () => {
        const {hbm_bytes: hbm, l2_bytes: l2, macs} = chosen.run.result.total;
        return `L2 serves ${format.ratio(l2 / hbm)} the bytes of HBM; a byte of HBM serves ` +
          `${format.si(macs / hbm)} MACs.`;
      }});
  };

  // Power over the run: the layers in order, each as wide as its time.
  const power = (section) => page.chart(section, {
    id: "power", title: chosen.title("Power over the run"),
    text: () => {
      const {layers: all, total, config} = chosen.run.result;
      const limit = config["power.limit_w"];
      const most = all.reduce((a, b) => (b.power_w > a.power_w ? b : a));
      const slowed = sum(all.filter((layer) => layer.waterfall_s.clock > 0)
        .map((layer) => layer.time_s));
      return `${format.si(total.power_w, "W")} on average; ${most.name} takes the most, ` +
        `${format.si(most.power_w, "W")} of ${format.si(limit, "W")}. Power lowers the clock in ` +
        `${share(slowed, total.time_s)} of the time.`;
    },
    height: 300,
    option: (theme) => powerOption(theme, chosen.run.result),
    table: () => {
      let start = 0;
      return {columns: [{name: "Layer"}, {name: "Start", unit: "s"}, {name: "Time", unit: "s"},
        {name: "Power", unit: "W"}, {name: "Clock", unit: "Hz"}],
      rows: chosen.run.result.layers.map((layer) => {
        const row = [layer.name, start, layer.time_s, layer.power_w, layer.clock_hz];
        start += layer.time_s;
        return row;
      })};
    },
  });

  const powerOption = (theme, {layers: all, total, config}) => {
    let start = 0;
    const points = all.map((layer) => {
      const point = [start, layer.power_w];
      start += layer.time_s;
      return point;
    });
    points.push([start, all.at(-1).power_w]);
    const color = theme.palette.hues.blue;
    const limit = config["power.limit_w"];
    return {
      grid: {top: 24, left: 8, right: 12, bottom: theme.print ? 8 : 42, containLabel: true},
      xAxis: {type: "value", max: total.time_s, splitLine: {show: false}, axisLabel:
        {hideOverlap: true, showMaxLabel: false, formatter: (value) => format.tick(value, "s")}},
      yAxis: {type: "value", max: limit === undefined ? undefined : Math.ceil(limit * 1.12),
        axisLabel: {showMaxLabel: false, formatter: (value) => format.tick(value, "W")}},
      dataZoom: [{type: "slider", height: 22, bottom: 6, brushSelect: false, showDetail: false,
        filterMode: "none"}],
      tooltip: {trigger: "axis", formatter: ([{dataIndex}]) => {
        const layer = all[Math.min(dataIndex, all.length - 1)];
        return olivine.tip(layer.name, [[color, "Power", format.si(layer.power_w, "W")],
          [null, "Time", format.si(layer.time_s, "s")],
          [null, "Clock", format.si(layer.clock_hz, "Hz")],
          [null, "Limiter", words(layer.limiter)]]);
      }},
      series: [{type: "line", step: "end", symbol: "none", color, data: points,
        lineStyle: {width: 1.2}, areaStyle: {opacity: 0.25}, markLine: limit === undefined
          ? undefined : {silent: true, symbol: "none", data: [{yAxis: limit}],
            lineStyle: {color: theme.palette.hues.red, type: "dashed"},
            label: {position: "insideEndTop", color: theme.muted,
              formatter: `Limit ${format.si(limit, "W")}`}}}],
    };
  };

  shared.headline(page, chosen, !isSingle, numbers);
  overview();
  details();
  const machine = page.section({id: "machine", title: "The machine",
    text: "GPU makers publish no areas of their units, so there is no floorplan to scale."});
  shared.settings(machine, chosen);
};
