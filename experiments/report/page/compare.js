// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Simulated beside measured GEMM times: how wrong, where, and against which baselines.
"use strict";

olivine.kinds.compare = (data, page) => {
  const {format, element, palette} = olivine;
  const points = new olivine.ComparePoints(data.comparisons);
  const drawings = olivine.compareDrawings(points);
  const percent = (share) => format.percent(share, 1);
  const isCalibrated = (at) => points.collections[points.collection[at]].calibrated;
  const hasUncalibrated = points.collections.some(({calibrated}) => !calibrated);
  const every = Uint32Array.from({length: points.count}, (_, at) => at);
  const calibrated = every.filter(isCalibrated);

  // ---------------------------------------------------------------------------- errors in short

  const overview = page.section({id: "errors", title: "Errors",
    text: "Errors are simulated over measured time, less one. MAPE is the mean of their sizes, " +
      "p90 what nine in ten stay below. Baselines were fitted to the same measurements, on the " +
      "half of the shapes that is there to fit on."});
  const shown = calibrated.length > 0 ? calibrated : every;
  const [simulated, closedForm, roofline] =
    ["simulated", "closed_form", "roofline"].map((key) => points.summary(shown, key));
  const halves = [...new Set(data.comparisons.map(({half_text: text}) => text))];
  page.headline([
    {label: "Points", value: format.count(shown.length),
      note: calibrated.length > 0 && hasUncalibrated
        ? `and ${format.count(points.count - shown.length)} of formats without fitted constants`
        : `in ${format.count(points.collections.length)} collections`},
    {label: "MAPE", value: percent(simulated.mape), note: `median ${percent(simulated.median)}`},
    {label: "90 % are within", value: percent(simulated.p90),
      note: `bias ${simulated.bias < 0 ? "\u2212" : "+"}${percent(Math.abs(simulated.bias))}`},
    {label: "Closed form, MAPE", value: closedForm ? percent(closedForm.mape) : format.missing,
      note: "16 constants a collection"},
    {label: "Roofline, MAPE", value: roofline ? percent(roofline.mape) : format.missing,
      note: "3 constants a collection"},
  ], overview);
  if (halves.length > 1) page.note(overview, halves.join(" "));
  page.chart(overview, {id: "collections", title: "By collection",
    text: "Mean absolute error of the simulation and of what else could be used in its place. " +
      `Further left is nearer to the measurement.${hasUncalibrated
        ? " \u2020 no constant was fitted to measurements of this format." : ""}`,
    ...drawings.collections()});

  // ---------------------------------------------------------------------------- the choice

  const section = page.section({id: "points", title: "Every point",
    text: "The choice made here holds for all charts from here on."});
  const controls = page.controls(section);
  const choice = {};
  const charts = [];
  const state = element("p", {class: "note", "aria-live": "polite"});
  const choose = () => {
    const allows = (key, value) => !choice[key] || choice[key].value.includes(value);
    const isFit = choice.half && choice.half.value !== "all" ? choice.half.value === "fit" : null;
    points.choose((collection, at) =>
      (choice.uncalibrated?.value !== false || collection.calibrated) &&
      allows("file", collection.fileName) && allows("machine", collection.machine) &&
      allows("scheme", collection.scheme) && allows("library", collection.library) &&
      allows("regime", points.regimes[points.regime[at]]) &&
      (isFit === null || points.isFit[at] === Number(isFit)));
    const summary = points.summary(points.chosen);
    state.textContent = `${format.count(points.chosen.length)} of ${format.count(points.count)} ` +
      `points are shown${summary ? `: MAPE ${percent(summary.mape)}, median ` +
      `${percent(summary.median)}, p90 ${percent(summary.p90)}` : "; choose more above"}.`;
  };
  // What is in sight is drawn at once, the rest when the page has time; a newer choice comes first.
  let turn = 0;
  const apply = () => {
    choose();
    const mine = (turn += 1);
    const isInSight = ({element: figure}) => {
      const {top, bottom} = figure.getBoundingClientRect();
      return bottom > 0 && top < window.innerHeight;
    };
    const rest = charts.filter((chart) => !isInSight(chart));
    charts.filter(isInSight).forEach((chart) => chart.update());
    const next = () => {
      if (mine !== turn || rest.length === 0) return;
      rest.shift().update();
      setTimeout(next);
    };
    setTimeout(next);
  };
  const filter = (key, label, values, name = (value) => value) => {
    const options = [...new Set(values)];
    if (options.length < 2) return;
    choice[key] = controls.multiselect({label, value: options, onChange: apply,
      options: options.map((value) => ({value, label: name(value)}))});
  };
  filter("file", "File", points.collections.map(({fileName}) => fileName));
  filter("machine", "Machine", points.collections.map(({machine}) => machine));
  filter("scheme", "Format", points.collections.map(({scheme}) => scheme));
  filter("library", "Kernels", points.collections.map(({library}) => library));
  filter("regime", "Regime", points.regimes, palette.label.regime);
  if (points.isFit.some(Boolean) && !points.isFit.every(Boolean)) {
    choice.half = controls.select({label: "Half", value: "all", onChange: apply, options: [
      {value: "all", label: "both halves"},
      {value: "held-out", label: "held out: nothing fitted to it"},
      {value: "fit", label: "fitted to"}]});
  }
  if (hasUncalibrated && calibrated.length > 0) {
    choice.uncalibrated = controls.checkbox({label: "with formats that no constant was fitted to",
      value: false, onChange: apply});
  }
  section.append(state);
  choose();

  // ---------------------------------------------------------------------------- one point

  const detail = element("div", {class: "sources", "aria-live": "polite", id: "one-point",
    hidden: true});
  const show = (at) => {
    const collection = points.collections[points.collection[at]];
    const facts = [["Collection", collection.name],
      ["Measured", format.si(points.measured[at], "s")],
      ["Simulated",
        `${format.si(points.simulated[at], "s")} (${drawings.signed(points.error(at))})`],
      ...["closed_form", "roofline", "noise"].filter((key) => !Number.isNaN(points[key][at]))
        .map((key) => [olivine.predictors.find((one) => one.key === key).name,
          `${format.si(points[key][at], "s")} (${drawings.signed(points.error(at, key))})`]),
      ["Regime", palette.label.regime(points.regimes[points.regime[at]])],
      ["Limiter", points.text(at, "limiter")], ["Kernel", points.text(at, "kernel")],
      ["Half", points.isFit[at] ? "fitted to" : "held out"],
      ["Explain", `olivine explain --machine ${collection.machine} --gemm ${points.m[at]}x` +
        `${points.n[at]}x${points.k[at]} --scheme ${collection.scheme}`]];
    detail.hidden = false;
    detail.replaceChildren(element("h3", {}, points.shape(at)), element("dl", {}, ...facts.flatMap(
      ([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))])));
  };
  const chart = (parent, spec) => {
    const onClick = spec.pointAt && ((event) => {
      const at = spec.pointAt(event);
      if (at !== undefined) show(at);
    });
    charts.push(page.chart(parent, {...spec, onClick}));
  };

  chart(section, {id: "scatter", title: "Simulated and measured time",
    text: () => `${drawings.scatterText()} A click, or Enter, shows all of a point below.`,
    ...drawings.scatter()});
  section.append(detail);
  chart(section, {id: "histogram", half: true, title: "Signed error",
    text: "How many points are wrong by how much; the outermost bars hold all beyond.",
    ...drawings.histogram()});
  chart(section, {id: "within", half: true, title: "Share of points within an error",
    text: "Higher is better: read off how many points are within 10 %.",
    ...drawings.cumulative()});

  // ---------------------------------------------------------------------------- where

  const where = page.section({id: "where", title: "Where errors are",
    text: "By what a GEMM's time hangs on, and by size."});
  const whereControls = page.controls(where);
  const metrics = [{value: "mape", label: "MAPE"}, {value: "median", label: "median"},
    {value: "p90", label: "p90"}, {value: "bias", label: "bias (signed median)"}];
  const redraw = () => charts.forEach((one) => ["regimes", "size"].includes(one.element.id) &&
    one.update());
  const metric = whereControls.select({label: "Error", options: metrics, value: "mape",
    onChange: redraw});
  const axis = whereControls.select({label: "Size", options: drawings.sizes, value: "flops",
    onChange: redraw});
  chart(where, {id: "regimes", title: "By regime", text: "Launch: launch and latency take half " +
    "of the time or more. Memory: HBM is waited for. Wave: SMs idle in the last wave. Power: " +
    "the power limit costs 2 % or more. Compute: everything else.",
    ...drawings.regimes(() => metric.value)});
  chart(where, {id: "size", title: "By size", text: "Points in bins of a factor of two; bins of " +
    "under ten points are left out. Grey: how many there are.",
    ...drawings.bySize(() => metric.value, () => axis.value)});
  chart(where, {id: "worst", title: "Worst points",
    text: "The largest errors of the choice, in both directions.", ...drawings.worst()});

  // ---------------------------------------------------------------------------- power

  if (points.has("measured_w")) {
    const power = page.section({id: "power", title: "Power and energy",
      text: "Points whose collection has measured watts of the board. Energy is power times " +
        "time, on both sides."});
    chart(power, {id: "watts", half: true, title: "Power", text: () => drawings.wattsText(),
      ...drawings.watts()});
    chart(power, {id: "joules", half: true, title: "Energy of a GEMM",
      text: () => drawings.joulesText(), ...drawings.joules()});
  }
  olivine.compareLeftOut(data, page);
};

// What was not compared, and why.
olivine.compareLeftOut = (data, page) => {
  const dropped = data.comparisons.flatMap(({file, not_compared: list}) =>
    (Array.isArray(list) ? list : []).map((entry) => [file, entry?.reason, entry?.rows,
      entry?.first_line]));
  const unselected = data.comparisons.reduce((sum, {unselected_rows: rows}) =>
    sum + (Number(rows) || 0), 0);
  if (dropped.length === 0 && unselected === 0) return;
  const section = page.section({id: "left-out", title: "Not compared"});
  if (unselected > 0) {
    page.note(section, `${olivine.format.count(unselected)} rows of other machines, libraries or ` +
      "formats were not selected.");
  }
  if (dropped.length === 0) return;
  section.append(olivine.table({columns: [{name: "File"}, {name: "Reason"},
    {name: "Rows", align: "right"}, {name: "First line", align: "right"}], rows: dropped}));
};
