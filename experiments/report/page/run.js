// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// A report of runs on array machines.
"use strict";

olivine.kinds.run = (data, page) => {
  const {format, layers, palette, quantities, runs: shared} = olivine;
  const {sum} = quantities;
  const {runs} = data;
  const {isSingle, entries, chosen} = shared.setUp(page, runs);

  const joules = (total) => total.energy_pj.total * 1e-12;
  const rate = (total) => total.macs / total.time_s;
  const perArea = (total) => rate(total) / (total.area_um2.total * 1e-6);

  const numbers = ({result: {total}, clock_hz: clock}) => [
    {label: "Time", value: format.si(total.time_s, "s"),
      note: `${format.si(total.cycles)} cycles at ${format.si(clock, "Hz")}`},
    {label: "Energy", value: format.si(joules(total), "J"),
      note: `${format.si(joules(total) / total.macs, "J")} a MAC`},
    {label: "Mean power", value: format.si(joules(total) / total.time_s, "W")},
    {label: "PE utilization", value: format.percent(total.utilization),
      note: "useful MACs of all PE cycles"},
    {label: "Speed", value: format.si(rate(total), "MAC/s"),
      note: `${format.si(total.macs, "MACs")} in all`},
    {label: "DRAM traffic", value: format.si(total.dram_bytes.total, "B"),
      note: `${format.si(total.dram_bytes.total / total.time_s, "B/s")} on average`},
    {label: "Area", value: `${format.digits(total.area_um2.total * 1e-6)} mm\u00b2`,
      note: "array, decoders and scratchpads"},
  ];

  const cycleText = (total) => {
    const stalls = total.stall_cycles.total;
    const share = (part) => format.percent(part / total.cycles);
    const causes = Object.entries(total.stall_cycles).filter(([key]) => key !== "total");
    const [worst] = causes.reduce((a, b) => (b[1] > a[1] ? b : a));
    const most = stalls === 0 ? "It never waits for memory."
      : `Stalls are ${share(stalls)} of the cycles, most of them for ` +
        `${palette.words(worst).toLowerCase()}.`;
    return `The array works in ${share(total.array_cycles)} of the cycles, the vector unit in ` +
      `${share(total.vector_cycles)}. ${most}`;
  };

  const largestPart = (record, topic) => {
    const parts = Object.entries(record).filter(([key]) => key !== "total");
    const [key, amount] = parts.reduce((a, b) => (b[1] > a[1] ? b : a));
    return [palette.label[topic](key), amount / record.total];
  };
  const energyText = ({energy_pj: energy}) => {
    const [name, share] = largestPart(energy, "energy");
    const pads = energy.activation_buffer + energy.weight_buffer + energy.output_buffer;
    return `The largest part is ${name}, ${format.percent(share)}. The three scratchpads take ` +
      `${format.percent(pads / energy.total)}, the decoders ` +
      `${format.percent(energy.decoder / energy.total)}.`;
  };

  const fastest = (key) => entries.reduce((a, b) => (key(b.record) < key(a.record) ? b : a));
  const overview = () => {
    const section = page.section({id: "overview",
      title: isSingle ? "Where time and energy go" : "The runs side by side"});
    if (!isSingle) {
      shared.openTable(section, "comparison", "All runs", {
        columns: [{name: "Run"}, {name: "Time", unit: "s"}, {name: "Energy", unit: "J"},
          {name: "EDP", unit: "J s"}, {name: "Utilization", unit: "%"},
          {name: "Stalls", unit: "% of cycles"}, {name: "DRAM traffic", unit: "GB"},
          {name: "Area", unit: "mm\u00b2"}, {name: "Speed per area", unit: "GMAC/s/mm\u00b2"}],
        rows: entries.map(({label, record: total}) => [label, total.time_s, joules(total),
          total.time_s * joules(total), 100 * total.utilization,
          100 * total.stall_cycles.total / total.cycles, total.dram_bytes.total * 1e-9,
          total.area_um2.total * 1e-6, perArea(total) * 1e-9]),
      });
      shared.speedUp(page, section, "speed-up", entries.map(({label, run, record: total}) =>
        ({label, run, time_s: total.time_s, energy_j: joules(total)})));
    }
    const time = {...quantities.cycles, unit: "s", tableUnit: "s", scale: 1,
      value: (record, key) => quantities.cycles.value(record, key) * record.time_s / record.cycles};
    layers.byRun(page, section, {id: "time-parts", title: "Time by cause", quantity: time,
      runs: entries, text: isSingle ? cycleText(entries[0].record)
        : `${fastest((total) => total.time_s).label} takes the least time.`});
    layers.byRun(page, section, {id: "energy-parts", title: "Energy by component",
      quantity: quantities.energy, runs: entries, text: isSingle ? energyText(entries[0].record)
        : `${fastest((total) => total.energy_pj.total).label} takes the least energy.`});
  };

  const details = () => {
    const current = () => chosen.run.result.layers;
    const cycles = page.section({id: "cycles", title: "Cycles"});
    layers.byLayer(page, cycles, {id: "cycles-by-layer", what: "cycles", layers: current,
      title: chosen.title("Cycles by layer and cause"), quantity: quantities.cycles,
      note: () => (isSingle ? "" : cycleText(chosen.run.result.total))});
    const energy = page.section({id: "energy", title: "Energy"});
    layers.byLayer(page, energy, {id: "energy-by-layer", what: "energy", layers: current,
      title: chosen.title("Energy by layer and component"), quantity: quantities.energy,
      note: () => (isSingle ? "" : energyText(chosen.run.result.total))});
    const roofline = page.section({id: "roofs", title: "Roofline"});
    olivine.roofline.chart(page, roofline, chosen, "DRAM");
    traffic(current);
  };

  const pads = ["activation_buffer", "weight_buffer", "output_buffer"];
  const dramText = ({dram_bytes: bytes, macs}) => {
    if (bytes.total === 0) return "The run moves no DRAM bytes.";
    const [name, share] = largestPart(bytes, "operand");
    return `${name} are ${format.percent(share)} of ${format.si(bytes.total, "B")}; a byte ` +
      `serves ${format.si(macs / bytes.total)} MACs.`;
  };
  const memoryText = ({energy_pj: energy}) => {
    const all = sum(pads.map((key) => energy[key]));
    return `The scratchpads take ${format.si(all * 1e-12, "J")}, DRAM access ` +
      `${format.si(energy.dram * 1e-12, "J")}.`;
  };

  const traffic = (current) => {
    const section = page.section({id: "traffic", title: "Memory traffic"});
    const only = (wanted) => ({...quantities.energy, keys: (records) =>
      quantities.energy.keys(records).filter((key) => wanted.includes(key))});
    const scratchpads = only(pads);
    layers.byRun(page, section, {id: "dram-parts", title: "DRAM traffic by operand",
      quantity: quantities.dram, runs: entries,
      text: isSingle ? dramText(entries[0].record) : "All layers of every run."});
    layers.byRun(page, section, {id: "memory-energy", title: "Energy of scratchpads and DRAM",
      quantity: only([...pads, "dram", "dram_background"]), runs: entries,
      text: isSingle ? memoryText(entries[0].record) : "All layers of every run."});
    layers.byLayer(page, section, {id: "dram-by-layer", what: "DRAM traffic", layers: current,
      title: chosen.title("DRAM traffic by layer and operand"), quantity: quantities.dram,
      note: () => (isSingle ? "" : dramText(chosen.run.result.total))});
    layers.byLayer(page, section, {id: "scratchpads-by-layer", what: "scratchpad energy",
      layers: current, title: chosen.title("Scratchpad energy by layer and buffer"),
      quantity: scratchpads,
      note: () => (isSingle ? "" : memoryText(chosen.run.result.total))});
  };

  shared.headline(page, chosen, !isSingle, numbers);
  overview();
  details();
  const machine = page.section({id: "machine", title: "The machine, to scale"});
  olivine.floorplan.chart(page, machine, chosen, entries);
  shared.settings(machine, chosen);
};
