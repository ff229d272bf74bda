// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Main effects of the axes over the visible points, and how the search grew the hypervolume.
"use strict";

// As experiments/sweep/effects.h, over the visible points: share of the variance (of the logarithm
// where all are positive) that each axis alone explains, and the mean at each of its levels.
olivine.sweep.effects = (model, measure) => {
  const {visible} = model;
  const [low] = olivine.sweep.extent(measure.column, visible);
  const isLog = low > 0;
  const column = isLog ? measure.naturalLogarithms() : measure.column;
  const back = (value) => (isLog ? Math.exp(value) : value);
  let points = 0;
  let mean = 0;
  let total = 0;
  for (let i = 0; i < visible.length; i += 1) {
    const value = column[visible[i]];
    if (!(Math.abs(value) < Infinity)) continue;
    const before = value - mean;
    points += 1;
    mean += before / points;
    total += before * (value - mean);
  }
  const axes = model.axes.map((axis) => {
    const {positions} = axis;
    const counts = new Float64Array(axis.labels.length);
    const sums = new Float64Array(axis.labels.length);
    for (let i = 0; i < visible.length; i += 1) {
      const value = column[visible[i]];
      if (!(Math.abs(value) < Infinity)) continue;
      counts[positions[visible[i]]] += 1;
      sums[positions[visible[i]]] += value - mean;
    }
    let between = 0;
    const levels = [];
    counts.forEach((count, position) => {
      if (count === 0) return;
      between += sums[position] ** 2 / count;
      levels.push({position, points: count, mean: back(mean + sums[position] / count)});
    });
    return {axis: axis.index, share: total > 0 ? Math.min(1, between / total) : 0, levels};
  });
  return {isLog, points, axes};
};

olivine.sweep.addEffects = (model, page) => {
  const {named} = olivine.sweep;
  const section = page.section({id: "effects", title: "Main effects",
    text: "How much of an objective each axis alone explains, and where its levels lie. " +
      "Of the visible points." +
      (model.data.effects.is_balanced ? "" : " Not every combination of levels is there equally " +
        "often, so effects of different axes mix.")});
  const shown = model.objectives.filter(({varies}) => varies);
  const measures = shown.length > 0 ? shown : model.objectives;
  let chosen = measures[0];
  let axis = 0;
  let all = null;
  const effects = () => (all ??= new Map(measures.map((measure) =>
    [measure, olivine.sweep.effects(model, measure)])));
  const ranked = () => model.axes.map(({index}) => index).sort((a, b) =>
    Math.max(...measures.map((m) => effects().get(m).axes[b].share)) -
    Math.max(...measures.map((m) => effects().get(m).axes[a].share)));
  [axis] = ranked();

  const height = Math.max(220, 90 + 26 * model.axes.length * Math.min(measures.length, 4) ** 0.6);
  const shares = page.chart(section, {
    id: "effect-shares", half: true, title: "Share of the variance",
    text: "Longest bar: the axis that decides most. Click one for its levels.",
    height,
    option: (theme) => ({
      grid: {left: 8, right: 50, top: 34, bottom: 8, containLabel: true},
      legend: {top: 0, left: 0, type: "scroll"},
      tooltip: {trigger: "axis", axisPointer: {type: "shadow"}, formatter: (items) =>
        olivine.tip(items[0].name, items.map(({color, seriesName, value}) =>
          [color, seriesName, olivine.format.percent(value)]))},
      xAxis: {type: "value", min: 0, max: ({max}) => (max > 0 ? Math.min(1, 1.1 * max) : 1),
        splitNumber: 4,
        axisLabel: {hideOverlap: true, formatter: (v) => `${Math.round(v * 100)} %`}},
      yAxis: {type: "category", inverse: true, axisTick: {show: false},
        data: ranked().map((index) => model.axes[index].name),
        axisLabel: {width: Math.min(170, theme.width * 0.36), overflow: "truncate"}},
      series: measures.map((measure, index) => ({
        name: measure.label, type: "bar", barMaxWidth: 18,
        color: theme.palette.categories[index % theme.palette.categories.length],
        label: {show: measures.length <= 3, position: "right", color: theme.muted, fontSize: 11,
          formatter: ({value}) => olivine.format.percent(value)},
        data: ranked().map((at) => effects().get(measure).axes[at].share)})),
    }),
    onClick: ({dataIndex}) => {
      axis = ranked()[dataIndex];
      axisSelect.value = axis;
      means.update();
    },
    table: () => ({
      columns: [{name: "axis"}, ...measures.map(({name}) => ({name: `share of ${name}`,
        align: "right"}))],
      rows: ranked().map((index) => [model.axes[index].name,
        ...measures.map((measure) => effects().get(measure).axes[index].share)]),
    }),
  });

  const levels = () => effects().get(chosen).axes[axis].levels;
  const means = page.chart(section, {
    id: "effect-levels", half: true,
    title: () => `${chosen.label} by ${model.axes[axis].name}`,
    text: () => `${effects().get(chosen).isLog ? "Geometric" : "Arithmetic"} mean at each level; ` +
      `${chosen.better}.`,
    height,
    option: (theme) => ({
      grid: {left: 8, right: 30, top: 18, bottom: 8, containLabel: true},
      tooltip: {trigger: "axis", formatter: ([{dataIndex}]) => {
        const {position, points, mean} = levels()[dataIndex];
        return olivine.tip(model.axes[axis].labels[position],
          [[theme.palette.hues.blue, `Mean ${chosen.label.toLowerCase()}`, chosen.format(mean)],
            [null, "Points", olivine.format.count(points)]]);
      }},
      xAxis: {type: "category", data: levels().map((l) => model.axes[axis].labels[l.position]),
        axisLabel: {hideOverlap: true, width: 110, overflow: "truncate"}},
      yAxis: olivine.sweep.valueAxis(chosen, levels().map(({mean}) => mean),
        effects().get(chosen).isLog && chosen.isWide),
      series: [{type: "line", symbol: "circle", symbolSize: 8, color: theme.palette.hues.blue,
        lineStyle: {width: 2, type: model.axes[axis].numbers ? "solid" : "dotted"},
        data: levels().map(({mean}) => olivine.sweep.toScale(mean,
          effects().get(chosen).isLog && chosen.isWide))}],
    }),
    table: () => ({
      columns: [{name: model.axes[axis].name}, {name: "points"},
        {name: `mean ${chosen.name}`}],
      rows: levels().map(({position, points, mean}) =>
        [model.axes[axis].labels[position], points, mean]),
    }),
  });
  const controls = page.controls(section);
  section.insertBefore(controls.row, shares.element);
  const options = (entries) => entries.map(([value, label]) => ({value, label}));
  named("effects-objective", controls.select({label: "Levels of", value: chosen,
    options: options(measures.map((measure) => [measure, measure.label])),
    onChange: (value) => { chosen = value; means.update(); }}));
  const axisSelect = named("effects-axis", controls.select({label: "by axis", value: axis,
    options: options(model.axes.map(({index, name}) => [index, name])),
    onChange: (value) => { axis = value; means.update(); }}));
  return () => {
    all = null;
    shares.update();
    means.update();
  };
};

// Of the whole sweep, group by group, whatever is filtered.
olivine.sweep.addGrowth = (model, page) => {
  const curves = model.data.fronts.filter(({growth}) => growth?.length > 1);
  if (curves.length === 0) return;
  const section = page.section({id: "search", title: "How the search went",
    text: "Share of the box between the best and the worst of every objective that the front " +
      "covers, after so many points. Of the whole sweep, whatever the filter."});
  const name = ({group}) => group || "Hypervolume";
  page.chart(section, {
    id: "hypervolume", title: "Hypervolume over points",
    text: () => `${model.data.search.method.replaceAll("_", " ")} search; ` +
      curves.map((curve) => `${curve.group ? `${curve.group}: ` : ""}` +
        `${curve.hypervolume.toFixed(4)}`).slice(0, 4).join(", ") + " at the end.",
    height: 300,
    option: (theme) => ({
      grid: {left: 8, right: 24, top: curves.length > 1 ? 36 : 16, bottom: 28, containLabel: true},
      legend: curves.length > 1 ? {top: 0, left: 0, type: "scroll"} : undefined,
      tooltip: {trigger: "axis", formatter: (items) => olivine.tip(
        `after ${olivine.format.count(items[0].value[0])} points`,
        items.map(({color, seriesName, value}) => [color, seriesName, value[1].toFixed(4)]))},
      xAxis: {type: "log", name: "points", nameLocation: "middle", nameGap: 26,
        axisLabel: {formatter: (v) => olivine.format.si(v)}},
      yAxis: {type: "value", min: 0, max: 1, axisLabel: {formatter: (v) => v.toFixed(1)}},
      series: curves.map((curve, index) => ({name: name(curve), type: "line", symbolSize: 7,
        symbol: "circle", color: theme.palette.categories[index % theme.palette.categories.length],
        lineStyle: {width: 2}, data: curve.growth})),
    }),
    table: () => ({
      columns: [{name: "group"}, {name: "points"}, {name: "hypervolume"}],
      rows: curves.flatMap((curve) => curve.growth.map(([points, share]) =>
        [curve.group, points, share])),
    }),
  });
};
