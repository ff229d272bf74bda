// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The page of a sweep: one filter, and every view follows it. Ids and data attributes that stay:
//   #visible-count [data-visible]  number of visible feasible points      #reset  clears the filter
//   .sweep-bar li button           one a filter; removes it
//   #filter [data-sweep="axis:NAME"], [data-sweep="range:MEASURE"]        controls of the filter
//   #plane-controls [data-sweep="x-measure" | "x-log" | "y-measure" | "y-log" | "colour" |
//   "rings" | "show-infeasible"]   controls of the plane
//   #pareto                        the plane of two measures with its front
//   #front-table tr[data-point]    the front, row by row; [data-sweep="front-of" | "front-csv"]
//   #point [data-point]            the chosen point: #point-parameters and #point-metrics
//                                  dd[data-name][data-value], #machine-file, #machine-command,
//                                  #copy-machine, #download-machine, #copy-command,
//                                  #machine-problem
//   #parallel-coordinates, #heat-map [data-sweep="heat-x" | "heat-y" | "heat-how" |
//   "heat-measure"], #effect-shares, #effect-levels [data-sweep="effects-objective" |
//   "effects-axis"], #hypervolume, #failures
// olivine.page.sweep is {model, plane, selection}: what is drawn, for tests.
"use strict";

olivine.kinds.sweep = (data, page) => {
  const {element, format, sweep} = olivine;
  document.head.append(element("style", {}, sweep.style));
  const model = new sweep.Model(data);
  const selection = new sweep.Selection(model);
  sweep.addHeadline(model, page);

  const section = page.section({id: "explore", title: "Explore",
    text: "Everything below shows the points that pass this filter."});
  const filter = new sweep.Filter(model, page, section);
  page.main.insertBefore(filter.bar, section);
  const plane = new sweep.Plane(model, page, section, selection);
  selection.describe = (row) => sweep.describe(plane, row);
  selection.addPanel(section);
  const table = new sweep.FrontTable(plane, page, section, selection);
  const parallel = new sweep.Parallel(model, page, plane);
  const heat = new sweep.HeatMap(model, page, selection);
  const updateEffects = sweep.addEffects(model, page);
  sweep.addGrowth(model, page);
  sweep.addMissing(model, page);

  page.sweep = {model, plane, selection};
  plane.onUpdate = () => {
    table.update();
    parallel.update();
  };
  selection.onChange(() => plane.chart.update());
  // What is below the fold follows when the browser has time; a newer filter overtakes.
  let turn = 0;
  model.onChange(async () => {
    const mine = (turn += 1);
    plane.refresh();
    plane.chart.update();
    table.update();
    await new Promise((resolve) => requestAnimationFrame(resolve));
    for (const update of [() => parallel.update(), () => heat.update(), updateEffects]) {
      await new Promise((resolve) => setTimeout(resolve));
      if (mine !== turn) return;
      update();
    }
    document.documentElement.dataset.filtered = String(mine);
  });
};

// The point of the front that is nearest to the best of every objective, each between its best
// and worst (of the logarithm where that is how it is shown).
olivine.sweep.compromise = (model, front) => {
  const measures = model.objectives.filter(({varies}) => varies);
  const {toScale} = olivine.sweep;
  const distance = (row) => measures.reduce((sum, {column, sign, low, high, isWide}) => {
    const [from, to] = [toScale(low, isWide), toScale(high, isWide)];
    const share = (toScale(column[row], isWide) - from) / (to - from);
    return sum + (sign > 0 ? share : 1 - share) ** 2;
  }, 0);
  let best = null;
  let least = Infinity;
  for (const row of front) {
    const here = distance(row);
    if (here < least) [best, least] = [row, here];
  }
  return best;
};

olivine.sweep.describe = (plane, row) => {
  const fronts = [];
  if (plane.onFront.has(row)) fronts.push("the front of the plane");
  if (plane.specFront.includes(row)) fronts.push("the front of all objectives");
  const group = plane.model.groups.names[plane.model.groups.positions[row]];
  return (fronts.length > 0 ? `On ${fronts.join(" and ")}.` : "Other points dominate it.") +
    (group ? ` Group: ${group}.` : "");
};

olivine.sweep.addHeadline = (model, page) => {
  const {count} = olivine.format;
  const {counts, fronts, search} = model.data;
  const front = fronts.reduce((sum, {rows}) => sum + rows.length, 0);
  const share = (part) => olivine.format.percent(part / Math.max(1, counts.stored));
  const items = [
    {label: "Feasible points", value: count(counts.feasible),
      note: counts.expected > 0 ? `of ${count(counts.expected)} that the sweep asks for` : ""},
    {label: "On the front", value: count(front),
      note: `of ${model.objectives.map(({label}) => label.toLowerCase()).join(", ")}`},
  ];
  if (fronts.length === 1) {
    items.push({label: "Hypervolume", value: fronts[0].hypervolume.toFixed(4),
      note: "share of the box between best and worst"});
  } else {
    items.push({label: "Groups", value: count(fronts.length),
      note: `a front for each ${model.groups.by.join(", ")}`});
  }
  for (const measure of model.objectives.slice(0, 3)) {
    if (!measure.varies) continue;
    items.push({label: `Best ${measure.label.toLowerCase()}`,
      value: measure.format(measure.sign > 0 ? measure.low : measure.high),
      note: `worst ${measure.format(measure.sign > 0 ? measure.high : measure.low)}`});
  }
  if (counts.infeasible + counts.failed > 0) {
    items.push({label: "Not on any front", value: count(counts.infeasible + counts.failed),
      note: `${count(counts.infeasible)} infeasible, ${count(counts.failed)} failed ` +
        `(${share(counts.infeasible + counts.failed)})`});
  }
  page.headline(items);
  const method = search.method.replaceAll("_", " ");
  const notes = [`Model version ${model.data.model_version}; ${method} search.`];
  if (counts.outside > 0) {
    notes.push(`${count(counts.outside)} stored points are of other values of the axes and not ` +
      "shown.");
  }
  for (const {version, points} of model.data.other_models) {
    notes.push(`${count(points)} points of model version ${version} are not shown.`);
  }
  page.note(page.main, notes.join(" ")).id = "sweep-notes";
};

// Points that did not run, and those that miss a constraint or an objective.
olivine.sweep.addMissing = (model, page) => {
  const {element} = olivine;
  const {failures, verdicts, constraints} = model.data;
  const counts = new Array(verdicts.reasons.length).fill(0);
  for (const reason of model.reasons) if (reason > 0) counts[reason - 1] += 1;
  const rows = [
    ...failures.map(({reason, points}) => ["failed", reason, points]),
    ...verdicts.reasons.map((reason, index) => ["infeasible", reason, counts[index]]),
  ].sort((a, b) => b[2] - a[2]);
  if (rows.length === 0 && constraints.length === 0) return;
  const section = page.section({id: "failures", title: "Constraints and failures",
    text: rows.length > 0 ? "Why points are on no front." : "Every point that ran is feasible."});
  if (constraints.length > 0) {
    const items = constraints.map((text) => element("li", {}, element("code", {}, text)));
    section.append(element("div", {class: "chart"}, element("h3", {}, "Constraints"),
      element("ul", {}, ...items)));
  }
  if (rows.length === 0) return;
  section.append(element("div", {class: "chart"}, element("h3", {}, "Reasons"),
    olivine.table({columns: [{name: "what"}, {name: "reason"}, {name: "points"}], rows})));
};
