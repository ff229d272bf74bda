// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// A report of runs on platforms: several accelerators that share a bus and memories.
"use strict";

olivine.kinds.platform = (data, page) => {
  const {format, layers, palette, quantities, runs: shared} = olivine;
  const {sum} = quantities;
  const runs = data.runs.map((run) => ({...run, machine: run.result.platform,
    workload: run.result.workload, scheme: run.result.scheme}));
  const {isSingle, entries, chosen} = shared.setUp(page, runs);
  const joules = (total) => total.energy_pj.total * 1e-12;
  const share = (part, whole) => format.percent(whole > 0 ? part / whole : 0);
  const units = () => chosen.run.result.accelerators;
  const memories = () => chosen.run.result.memories ?? [];
  const stallsOf = (unit) => unit.stall_cycles.total;

  const numbers = ({result: {total, accelerators, config}}) => [
    {label: "Time", value: format.si(total.time_s, "s"),
      note: `${format.si(total.cycles)} cycles at ${format.si(config.clock, "Hz")}`},
    {label: "Throughput", value: `${format.si(total.inputs_per_s)} /s`,
      note: `${format.count(total.inputs)} ${total.inputs === 1 ? "input" : "inputs"} in the run`},
    {label: "Accelerators", value: format.count(accelerators.length),
      note: `${config.partition} partition`},
    {label: "Energy", value: format.si(joules(total), "J"),
      note: `${format.si(joules(total) / total.macs, "J")} a MAC`},
    {label: "PE utilization", value: format.percent(total.utilization),
      note: "useful MACs of all PE cycles"},
    {label: "DRAM traffic", value: format.si(total.dram_bytes.total, "B"),
      note: `${format.si(total.dram_bytes.total / total.time_s, "B/s")} on average`},
    {label: "Mean power", value: format.si(joules(total) / total.time_s, "W")},
  ];

  // A chart with one stacked bar an accelerator of the run shown.
  const byUnit = (section, {id, title, text, quantity, half}) => page.chart(section, {
    id, title: chosen.title(title), text, half,
    height: (theme) => 44 + units().length * (theme.print ? 22 : 32) +
      layers.stackedLegendHeight(theme, quantity, quantity.keys(units())),
    option: (theme) => {
      const keys = quantity.keys(units());
      const rows = units().map((unit) => {
        const parts = keys.map((key) => quantity.value(unit, key));
        return {label: unit.name, parts, total: sum(parts)};
      });
      const option = layers.stacked(theme, quantity, keys, rows,
        {ends: (row) => quantities.text(quantity, row.total)});
      return {...option, grid: {...option.grid, right: 86}};
    },
    table: () => {
      const keys = quantity.keys(units());
      const label = (key) => palette.label[quantity.topic](key);
      return {columns: [{name: "Accelerator"}, {name: "Machine", align: "left"},
        ...keys.map((key) => ({name: label(key), unit: quantity.tableUnit}))],
      rows: units().map((unit) => [unit.name, unit.machine,
        ...keys.map((key) => quantity.value(unit, key))])};
    },
  });

  const cycleText = () => {
    const cycles = sum(units().map((unit) => unit.cycles));
    const part = (value) => share(sum(units().map(value)), cycles);
    return `Of all accelerators' cycles ${part((unit) => unit.array_cycles)} are array work, ` +
      `${part((unit) => unit.vector_cycles)} vector work, ${part(stallsOf)} stalls, ` +
      `${part((unit) => unit.host_cycles)} waiting for the host and ` +
      `${part((unit) => unit.idle_cycles)} waiting for each other or with nothing left to do.`;
  };

  const overview = () => {
    const section = page.section({id: "overview",
      title: isSingle ? "Where time and energy go" : "The runs side by side"});
    if (!isSingle) {
      shared.openTable(section, "comparison", "All runs", {
        columns: [{name: "Run"}, {name: "Accelerators"}, {name: "Time", unit: "s"},
          {name: "Throughput", unit: "inputs/s"}, {name: "Energy", unit: "J"},
          {name: "Utilization", unit: "%"}, {name: "DRAM traffic", unit: "GB"},
          {name: "Busiest memory", unit: "% of cycles"}],
        rows: entries.map(({label, record: total, run: {result}}) => [label,
          result.accelerators.length, total.time_s, total.inputs_per_s, joules(total),
          100 * total.utilization, total.dram_bytes.total * 1e-9,
          100 * Math.max(0, ...(result.memories ?? []).map((memory) => memory.utilization))]),
      });
      // Runs may have different numbers of inputs: a speed-up is of time an input.
      shared.speedUp(page, section, "speed-up", entries.map(({label, run, record: total}) => ({
        label, run, time_s: total.time_s / total.inputs, energy_j: joules(total) / total.inputs})));
    }
    byUnit(section, {id: "cycles-by-accelerator", title: "Cycles of each accelerator by cause",
      text: cycleText, quantity: quantities.cycles});
    layers.byRun(page, section, {id: "energy-parts", title: "Energy by component",
      quantity: quantities.energy, runs: entries,
      text: isSingle ? energyText() : "Of all accelerators together."});
    byUnit(section, {id: "energy-by-accelerator", title: "Energy of each accelerator", half: true,
      quantity: quantities.energy, text: () => {
        const most = units().reduce((a, b) => (b.energy_pj.total > a.energy_pj.total ? b : a));
        return `${most.name} takes the most, ${format.si(joules(most), "J")}.`;
      }});
  };

  const energyText = () => {
    const {energy_pj: energy} = chosen.run.result.total;
    const [[key, amount]] = Object.entries(energy).filter(([name]) => name !== "total")
      .sort((a, b) => b[1] - a[1]);
    return `The largest part is ${palette.label.energy(key)}, ${share(amount, energy.total)}.`;
  };

  // A layer's cycles from its first job to its last; causes are means over all accelerators, and
  // what is left of the layer's cycles an accelerator spends waiting.
  const merged = (layer) => {
    const count = units().length;
    const mean = (value) => sum(layer.accelerators.map(value)) / count;
    const stalls = {};
    for (const key of Object.keys(layer.accelerators[0]?.stall_cycles ?? {})) {
      stalls[key] = mean((part) => part.stall_cycles[key]);
    }
    const work = mean((part) => part.array_cycles);
    const vector = mean((part) => part.vector_cycles);
    const cycles = layer.accelerators.map((part) => part.cycles);
    return {...layer, array_cycles: work, vector_cycles: vector, stall_cycles: stalls,
      idle_cycles: Math.max(0, layer.cycles - work - vector - (stalls.total ?? 0)),
      dram_bytes: addUp(layer.accelerators.map((part) => part.dram_bytes)),
      slowest: Math.max(0, ...cycles), mean: sum(cycles) / count, parts: cycles.length};
  };
  const addUp = (records) => {
    const total = {};
    for (const record of records) {
      for (const [key, value] of Object.entries(record)) total[key] = (total[key] ?? 0) + value;
    }
    return total;
  };
  let mergedOf = null;
  let mergedLayers = [];
  const current = () => {
    if (mergedOf !== chosen.run) {
      mergedOf = chosen.run;
      mergedLayers = (chosen.run.result.layers ?? []).map(merged);
    }
    return mergedLayers;
  };

  const balanceText = () => {
    const worst = current().filter((layer) => layer.mean > 0)
      .reduce((a, b) => (a && a.slowest / a.mean >= b.slowest / b.mean ? a : b), null);
    if (!worst || units().length < 2) return "";
    const excess = worst.slowest / worst.mean - 1;
    return excess < 0.005 ? "In every layer the accelerators that have a part take equally long."
      : `Balance is worst in ${worst.name}: its slowest accelerator takes ` +
        `${format.percent(excess)} longer than the mean.`;
  };

  const byLayer = () => {
    const section = page.section({id: "layers", title: "Layers"});
    layers.byLayer(page, section, {id: "cycles-by-layer", what: "cycles", layers: current,
      title: chosen.title("Cycles by layer, mean of the accelerators by cause"),
      quantity: quantities.cycles, extra: [
        {name: "Accelerators with a part", value: (layer) => layer.parts},
        {name: "Slowest accelerator", unit: "cycles", value: (layer) => layer.slowest,
          text: (value) => `${format.si(value)} cycles`}],
      note: balanceText});
    layers.byLayer(page, section, {id: "dram-by-layer", what: "DRAM traffic", layers: current,
      title: chosen.title("DRAM traffic by layer and operand"), quantity: quantities.dram,
      note: () => {
        const {dram_bytes: bytes, macs} = chosen.run.result.total;
        return bytes.total > 0 ? `A byte serves ${format.si(macs / bytes.total)} MACs.` : "";
      }});
  };

  const fromBus = (topic, unit, parts) => ({topic, unit, scale: 1,
    tableUnit: unit === "B" ? "bytes" : "cycles a packet", keys: () => Object.keys(parts),
    value: ({bus}, key) => parts[key](bus),
    ...(unit === "B" ? {} : {text: (value) => `${format.digits(value)} cycles`,
      tick: (value) => format.tick(value)})});
  const perPacket = (value, {packets}) => (packets > 0 ? value / packets : 0);
  const bytes = fromBus("bus", "B", {read: (bus) => bus.read_bytes,
    write: (bus) => bus.write_bytes});
  const waits = fromBus("bus", "cycles a packet", {
    wait_bus: (bus) => perPacket(bus.wait_bus_cycles, bus),
    wait_self: (bus) => perPacket(bus.wait_self_cycles, bus),
    wait_memory: (bus) => perPacket(bus.wait_memory_cycles, bus),
    latency: (bus) => perPacket(bus.latency_cycles, bus)});

  const shareText = () => {
    const all = units().map(({bus}) => bus.read_bytes + bus.write_bytes);
    const reads = sum(units().map(({bus}) => bus.read_bytes));
    const [least, most] = [Math.min(...all), Math.max(...all)].map((part) =>
      share(part, sum(all)));
    return `${format.si(sum(all), "B")} cross the bus, ${share(reads, sum(all))} of them reads; ` +
      `an accelerator moves ${least === most ? least : `${least} to ${most}`} of them.`;
  };
  const waitText = () => {
    const packets = sum(units().map(({bus}) => bus.packets));
    const mean = (key) => sum(units().map(({bus}) => bus[key])) / Math.max(packets, 1);
    return `A packet waits ${format.digits(mean("wait_bus_cycles"))} cycles for others on the ` +
      `bus, ${format.digits(mean("wait_self_cycles"))} for the accelerator's own packet before ` +
      `it, ${format.digits(mean("wait_memory_cycles"))} for the memory, and takes ` +
      `${format.digits(mean("latency_cycles"))} from grant to response.`;
  };

  const memorySection = () => {
    const section = page.section({id: "bus", title: "Bus and memories"});
    byUnit(section, {id: "bus-traffic", title: "Bus traffic of each accelerator", half: true,
      text: shareText, quantity: bytes});
    byUnit(section, {id: "bus-waits", title: "Waits and latency of a packet (cycles, mean)",
      half: true, text: waitText, quantity: waits});
    page.chart(section, memoryChart);
  };

  const memoryChart = {
    id: "memories", title: chosen.title("Memories: share of the cycles in which they are busy"),
    text: () => memories().map((memory) => {
      const rows = memory.row_hits + memory.row_misses + memory.row_conflicts;
      const hits = rows > 0 ? `, ${format.percent(memory.row_hit_ratio)} of its bursts hit an ` +
        "open row" : "";
      return `${memory.name} is busy in ${format.percent(memory.utilization)} of the ` +
        `cycles${hits}.`;
    }).join(" "),
    height: (theme) => 40 + memories().length * (theme.print ? 24 : 36),
    option: (theme) => ({
      grid: {top: 4, left: 4, right: 64, bottom: 4, containLabel: true},
      xAxis: {type: "value", max: 1, axisLabel: {formatter: (value) => format.percent(value, 0)}},
      yAxis: {type: "category", inverse: true, data: memories().map(({name}) => name),
        axisTick: {show: false}, axisLabel: {color: theme.text}},
      tooltip: {trigger: "axis", axisPointer: {type: "shadow"}, formatter: ([{dataIndex}]) => {
        const memory = memories()[dataIndex];
        return olivine.tip(memory.name, [[theme.palette.energy("dram"), "Busy",
          format.percent(memory.utilization)], [null, "Read", format.si(memory.read_bytes, "B")],
        [null, "Written", format.si(memory.write_bytes, "B")],
        [null, "Row hits", format.percent(memory.row_hit_ratio)]]);
      }},
      series: [{type: "bar", color: theme.palette.energy("dram"), barMaxWidth: 22,
        data: memories().map(({utilization}) => utilization), showBackground: true,
        backgroundStyle: {color: theme.line}, label: {show: true, position: "right",
          color: theme.text, formatter: ({value}) => format.percent(value)}}],
    }),
    table: () => {
      const keys = Object.keys(memories()[0] ?? {}).filter((key) => key !== "name");
      return {columns: [{name: "Memory"}, ...keys.map((key) => ({name: palette.words(key)}))],
        rows: memories().map((memory) => [memory.name, ...keys.map((key) => memory[key])])};
    },
  };

  shared.headline(page, chosen, !isSingle, numbers);
  overview();
  if (current().length > 0) byLayer();
  memorySection();
  const machine = page.section({id: "machine", title: "The platform"});
  shared.settings(machine, chosen);
};
