// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// What quantization costs: error by layer and scheme, outliers, and accuracy against energy.
"use strict";

olivine.kinds.quality = (data, page) => {
  const {format} = olivine;
  const entries = olivine.qualityEntries(data.models);
  const hasActivations = entries.some(({layers}) => layers.some(({activations}) => activations));
  const choice = {operand: "weights", metric: "sqnr_db", kind: "outliers", schemes: entries};
  const drawings = olivine.qualityDrawings(entries, choice);
  const charts = [];
  const chart = (section, spec) => charts.push(page.chart(section, spec));
  const redraw = () => charts.forEach((one) => one.update());

  // ---------------------------------------------------------------------------- in short

  const overview = page.section({id: "overview", title: "Overview",
    text: "Every number is computed from the original and the quantized tensors."});
  const layers = new Set(entries.flatMap((entry) => entry.layers.map(({name}) => name)));
  const best = (metric, isBetter) => entries.map((entry) => ({entry,
    value: drawings.meanOf(entry, "weights", metric)})).filter(({value}) => value !== null)
    .reduce((one, other) => (one && !isBetter(other.value, one.value) ? one : other), null);
  const nearest = best("sqnr_db", (a, b) => a > b);
  const furthest = best("sqnr_db", (a, b) => a < b);
  const decibel = ({value}) => `${format.fixed(value, 1)} dB`;
  const most = entries.flatMap((entry) => entry.layers.map(({name, weights}) =>
    ({name, share: weights.outliers / weights.elements})))
    .reduce((one, other) => (other.share > one.share ? other : one));
  page.headline([
    {label: "Schemes", value: format.count(entries.length)},
    {label: "Layers", value: format.count(layers.size)},
    ...(nearest ? [{label: "Nearest weights, mean SQNR", value: decibel(nearest),
      note: nearest.entry.label},
    {label: "Furthest weights, mean SQNR", value: decibel(furthest),
      note: furthest.entry.label}] : []),
    {label: "Most outliers in a layer", value: format.percent(most.share), note: most.name},
  ], overview);
  if (drawings.costs.length > 0) {
    const state = {cost: drawings.costs[0].key, accuracy: drawings.accuracies[0].key};
    const controls = page.controls(overview);
    controls.select({label: "Accuracy", value: state.accuracy, onChange: (key) => {
      state.accuracy = key;
      front.update();
    }, options: drawings.accuracies.map(({key, label}) => ({value: key, label}))});
    controls.select({label: "Cost", value: state.cost, onChange: (key) => {
      state.cost = key;
      front.update();
    }, options: drawings.costs.map(({key, label}) => ({value: key, label}))});
    const front = page.chart(overview, {id: "front", title: "Accuracy against cost",
      text: "Up and to the left is better. The line joins the schemes that no other beats in both.",
      ...drawings.front(state)});
  }

  // ---------------------------------------------------------------------------- by layer

  const byLayer = page.section({id: "layers", title: "Error by layer",
    text: "SQNR is signal over quantization noise, in decibel: 6 dB more halve the error. " +
      "What 2:4 drops counts as error."});
  const controls = page.controls(byLayer);
  const set = (key) => (value) => {
    choice[key] = value;
    redraw();
  };
  if (hasActivations) {
    controls.select({label: "Operand", value: choice.operand, onChange: set("operand"),
      options: ["weights", "activations"].map((value) =>
        ({value, label: olivine.palette.words(value)}))});
  }
  controls.select({label: "Error as", value: choice.metric, onChange: set("metric"),
    options: drawings.metrics.map(({key, label}) => ({value: key, label}))});
  controls.multiselect({label: "Schemes", value: entries, onChange: set("schemes"),
    options: entries.map((entry) => ({value: entry, label: entry.label}))});
  chart(byLayer, {id: "error", title: () => `${drawings.metric().label} of ${choice.operand}`,
    text: () => `${drawings.metric().text} Schemes with the same format lie on each other.`,
    ...drawings.error()});
  chart(byLayer, {id: "spread", title: "Spread over the layers",
    text: "Box: the middle half of the layers, with the median; whiskers: lowest and highest.",
    ...drawings.spread()});

  // ---------------------------------------------------------------------------- outliers

  if (entries.some(drawings.hasOutliers)) {
    const section = page.section({id: "outliers", title: "Outliers and victims",
      text: "An outlier is stored at the cost of the element beside it, its victim, which " +
        "becomes 0. Where both of a pair are outliers, one of them is the victim."});
    page.controls(section).select({label: "Share of", value: choice.kind, onChange: set("kind"),
      options: drawings.kinds.map(({key, label}) => ({value: key, label}))});
    chart(section, {id: "shares", title: () => `${drawings.kind().label} in ${choice.operand}`,
      text: () => `${drawings.kind().text} Operand and schemes are those chosen above.`,
      ...drawings.shares()});
    chart(section, {id: "totals", title: () => `All layers: ${choice.operand}`,
      text: "Pairs are counted in pairs, the others in elements.", ...drawings.totals()});
  }
  const scales = page.section({id: "scales", title: "Scales",
    text: "What an integer of 1 stands for; from the smallest to the largest of a layer."});
  chart(scales, {id: "scale-range", title: () => `Scales of ${choice.operand}`,
    ...drawings.scales()});

  // ---------------------------------------------------------------------------- everything

  const all = page.section({id: "table", title: "All schemes"});
  all.append(olivine.table(drawings.schemeTable()));
};

// The schemes of all models, with a name that tells them apart.
olivine.qualityEntries = (models) => models.flatMap(({model, file, schemes}, index) =>
  schemes.map((scheme) => {
    const isTwice = models.some((other, at) => at !== index && other.model === model);
    const suffix = models.length === 1 ? "" : isTwice ? ` [${file}]` : `, ${model}`;
    return {...scheme, model, label: `${scheme.scheme}${suffix}`};
  }));
