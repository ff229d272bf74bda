// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Records of olivine measure: what device, whether outputs were exact, then time and energy.
"use strict";

olivine.kinds.measure = (data, page) => {
  const {format, element} = olivine;
  const {records} = data;
  const several = records.length > 1;
  const cases = records.flatMap((record) => record.results.map((one) => ({...one, record,
    shape: `${one.name} (${one.m}\u00d7${one.n}\u00d7${one.k})`,
    series: several ? `${one.variant} [${record.label}]` : one.variant})));
  const timed = cases.filter(({status}) => status === "timed");
  const unique = (key) => [...new Set(cases.map((one) => one[key]))];
  const choice = {variants: unique("series"), shapes: unique("shape"), quantity: null};
  const drawings = olivine.measureDrawings(cases, choice);

  // ---------------------------------------------------------------------------- device

  const device = page.section({id: "device", title: "Device and run"});
  for (const record of records.filter(({is_measured: isMeasured}) => !isMeasured)) {
    device.append(element("p", {class: "failure", role: "note"}, `${record.file}: not measured. ` +
      "The record names no GPU by its UUID: its times and energies come from a stand-in and say " +
      "nothing about any kernel."));
  }
  for (const record of records.filter(({complete}) => !complete)) {
    device.append(element("p", {class: "failure", role: "note"},
      `${record.file}: not complete${record.incomplete_reason ? `: ${record.incomplete_reason}`
        : ""}. What is here was finished before.`));
  }
  const exact = cases.filter((one) => !["wrong", "refused"].includes(drawings.stateOf(one))).length;
  const wrong = cases.filter((one) => drawings.stateOf(one) === "wrong").length;
  const unsteady = timed.filter(({time_us: time}) => !time.is_steady).length;
  const fastest = timed.reduce((one, other) =>
    (one && one.ops_per_s >= other.ops_per_s ? one : other), null);
  const held = timed.filter(({throttle_reasons: reasons}) => reasons.length > 0).length;
  page.headline([
    {label: several ? "Records" : "Device", value: several ? format.count(records.length)
      : records[0].device?.name ?? "none",
    note: several ? "" : olivine.measureDeviceNote(records[0])},
    {label: "Outputs exact", value: `${format.count(exact)} of ${format.count(exact + wrong)}`,
      note: wrong > 0 ? `${format.count(wrong)} wrong` : "before anything was timed"},
    {label: "Cases timed", value: format.count(timed.length),
      note: `of ${format.count(cases.length)}`},
    ...(fastest ? [{label: "Highest rate", value: format.si(fastest.ops_per_s, "OP/s"),
      note: `${fastest.series}, ${fastest.name}`}] : []),
    {label: "Rounds that disagree", value: format.count(unsteady), note: "by more than 2 %"},
    {label: "Clocks held down", value: format.count(held),
      note: held > 0 ? "cases; see Steadiness" : "in no case"},
  ], device);
  device.append(olivine.table(olivine.measureDeviceTable(records)));
  for (const text of new Set(records.flatMap(({notes}) => notes))) page.note(device, text);

  // ---------------------------------------------------------------------------- exactness

  const exactness = page.section({id: "exactness", title: "Exactness",
    text: "Every output is compared with the models before a kernel is timed, and again after: " +
      "one that is wrong once is not timed."});
  if (cases.length > 0) {
    page.chart(exactness, {id: "cases", title: "By case",
      text: "A row a variant, a column a shape.", ...drawings.exactness()});
  }
  const checks = records.flatMap(({checks: list, label}) => list.map((check) => [check.kernel,
    ...(several ? [label] : []), check.variants.join(", "), check.runs, check.outputs_exact,
    check.failures.join("; ")]));
  if (checks.length > 0) {
    exactness.append(element("h3", {}, "Kernels on shapes of every residue"),
      olivine.table({columns: [{name: "Kernel"}, ...(several ? [{name: "Record"}] : []),
        {name: "As"}, {name: "Outputs compared", align: "right"}, {name: "Exact"},
        {name: "Failures"}], rows: checks}));
  }

  // ---------------------------------------------------------------------------- speed

  const charts = [];
  const redraw = () => charts.forEach((one) => one.update());
  if (timed.length > 0) {
    const speed = page.section({id: "speed", title: "Time and energy",
      text: "By shape and variant. The choice holds for the charts from here on."});
    const controls = page.controls(speed);
    choice.quantity = drawings.quantities[0];
    controls.select({label: "Show", value: choice.quantity, onChange: (quantity) => {
      choice.quantity = quantity;
      redraw();
    }, options: drawings.quantities.map((value) => ({value, label: value.label}))});
    const pick = (label, key, values) => controls.multiselect({label, value: values,
      options: values, onChange: (chosen) => {
        choice[key] = chosen;
        redraw();
      }});
    pick("Variants", "variants", choice.variants);
    pick("Shapes", "shapes", choice.shapes);
    charts.push(page.chart(speed, {id: "quantity", title: () => choice.quantity.label,
      text: () => choice.quantity.text, ...drawings.dots(() => choice.quantity)}));
    const library = drawings.quantities.find(({key}) => key === "baseline");
    if (library) {
      charts.push(page.chart(speed, {id: "library", title: "Against the library",
        text: "Right of the dashed line a kernel is faster than the library's.",
        ...drawings.dots(() => library)}));
    }
    const [energy, power] = ["energy", "power"].map((wanted) =>
      drawings.quantities.find(({key}) => key === wanted));
    if (energy && power) {
      const section = page.section({id: "energy", title: "Energy and power",
        text: "Of the whole board, by its counter, under constant load."});
      for (const quantity of [energy, power]) {
        charts.push(page.chart(section, {id: `${quantity.key}-by-case`, half: true,
          title: quantity.label, text: quantity.text, ...drawings.dots(() => quantity)}));
      }
    }
    const steady = page.section({id: "steadiness", title: "Steadiness",
      text: "A case is timed in rounds with other work between them. Rounds that differ by more " +
        "than 2 % are no one number: something else changed."});
    charts.push(page.chart(steady, {id: "drift", half: true, title: "Spread of the rounds",
      text: "Largest over smallest median of a round, less one.", ...drawings.drift()}));
    if (timed.some(({sm_clock_hz: clock}) => clock)) {
      const clocks = records.map(({device: one}) => one?.max_sm_clock_hz ?? 0);
      charts.push(page.chart(steady, {id: "clocks", half: true, title: "Clock",
        text: "Flagged: the driver held it down. Dashed: the highest that the device has.",
        ...drawings.clocks(Math.max(...clocks) || null)}));
    }
  }
  olivine.measureTables(records, page);
};

olivine.measureDeviceNote = ({device}) => (device === null ? ""
  : [device.sm_count > 0 ? `${device.sm_count} SMs` : null,
    device.max_sm_clock_hz ? olivine.format.si(device.max_sm_clock_hz, "Hz") : null,
    device.power_limit_w ? `${olivine.format.count(device.power_limit_w)} W` : null]
    .filter(Boolean).join(", "));

// A row a fact, a column a record.
olivine.measureDeviceTable = (records) => {
  const {format} = olivine;
  const si = (unit) => (value) => format.si(value, unit);
  const list = (values) => values.join(", ") || "none";
  const facts = [
    ["Device", ({device}) => device?.name], ["UUID", ({device}) => device?.uuid || "none"],
    ["Measured on a GPU", ({is_measured: isMeasured}) => (isMeasured ? "yes" : "no")],
    ["Driver, CUDA runtime", ({device}) => device &&
      [device.driver_version, device.cuda_runtime_version].filter(Boolean).join(", ")],
    ["SMs, compute capability", ({device}) => device &&
      [device.sm_count, device.compute_capability].filter(Boolean).join(", ")],
    ["Highest SM clock", ({device}) => device?.max_sm_clock_hz, si("Hz")],
    ["Highest memory clock", ({device}) => device?.max_memory_clock_hz, si("Hz")],
    ["Power limit", ({device}) => device?.power_limit_w, si("W")],
    ["Idle power", ({idle_power_w: power}) => power, si("W")],
    ["ECC", ({device}) => device?.ecc, (value) => (value ? "on" : "off")],
    ["Temperature at the beginning, \u00b0C", ({device}) => device?.temperature_c],
    ["Clocks held down at the beginning by", ({device}) => device?.throttle_reasons, list],
    ["Libraries", ({libraries}) => libraries, (value) => list(value.map(({name, version}) =>
      `${name} ${version || "(absent)"}`))],
    ["Asked for", ({run}) => run.request], ["Date", ({run}) => run.date_utc],
    ["Revision", ({run}) => run.git_revision], ["Host processor", ({run}) => run.processor],
    ["Took", ({run}) => run.elapsed_s, si("s")]];
  const cell = (record, read, show = String) => {
    const value = read(record);
    return value === null || value === undefined || value === "" ? null : show(value);
  };
  return {columns: [{name: ""}, ...records.map(({label}) => ({name: label}))],
    rows: facts.map(([name, read, show]) =>
      [name, ...records.map((record) => cell(record, read, show))])
      .filter(([, ...values]) => values.some((value) => value !== null))};
};

// Ratios that kernels are accepted by, instructions, and sustained power.
olivine.measureTables = (records, page) => {
  const {format} = olivine;
  const all = (key) => records.flatMap((record) => record[key]);
  const section = (id, title, text, columns, rows) => {
    if (rows.length > 0) page.section({id, title, text}).append(olivine.table({columns, rows}));
  };
  section("acceptance", "Acceptance", "Ratios of speeds that the kernels are accepted by.",
    [{name: "Ratio"}, {name: "Shape"}, {name: "Of"}, {name: "Over"},
      {name: "Value", align: "right"}, {name: "Required", align: "right"}, {name: "Met"},
      {name: "Reason"}],
    all("ratios").map((ratio) => [ratio.ratio, ratio.name, ratio.numerator, ratio.denominator,
      ratio.value, ratio.required, ratio.is_met, ratio.reason ?? ""]));
  section("instructions", "Instructions and memories", "Medians of repeated measurements.",
    [{name: "Quantity"}, {name: "Instruction"}, {name: "Parameters"},
      {name: "Value", align: "right"}, {name: "Unit"},
      {name: "Spread", unit: "%", align: "right"}, {name: "Expected", align: "right"}],
    all("micro").map((one) => [one.name, one.instruction, Object.entries(one.parameters ?? {})
      .map(([name, value]) => `${name} ${value}`).join(", "), one.value, one.unit,
    100 * one.spread_ratio, one.expected]));
  section("sustained", "Sustained power", "One tensor instruction on all SMs.",
    [{name: "Instruction"}, {name: "Data"}, {name: "TOP/s", align: "right"},
      {name: "SM clock", align: "right"}, {name: "Power", align: "right"}, {name: "Held down by"}],
    all("power").map((one) => [one.instruction, one.data, one.tera_ops,
      format.si(one.sm_clock_hz, "Hz"), format.si(one.power_w, "W"),
      one.throttle_reasons.join(", ")]));
};
