// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Several runs in one page: their short names, the choice of the one that the detailed charts
// show, their comparison, and the tables of settings.
"use strict";

olivine.runs = (() => {
  const {element, format} = olivine;

  // Names that say only what differs: "w4a4-ovp", or "olive_64x64, w4a4-ovp"; unique always.
  const shortLabels = (runs) => {
    const fields = ["workload", "machine", "scheme"].filter((field) =>
      new Set(runs.map((run) => run[field])).size > 1);
    const names = runs.map((run) => fields.map((field) => run[field]).join(", ") || run.file ||
      run.label);
    return names.map((name, index) => (names.indexOf(name) === names.lastIndexOf(name) ? name
      : `${name} (${index + 1})`));
  };

  // The run shown in detail, with a selector in the navigation when there are several.
  const selection = (page, runs, labels) => {
    const state = {run: runs[0], label: labels[0], listeners: []};
    state.onChange = (listener) => state.listeners.push(listener);
    if (runs.length > 1) {
      page.toolbar().select({label: "Run", value: 0,
        options: labels.map((label, value) => ({value, label})),
        onChange: (index) => {
          state.run = runs[index];
          state.label = labels[index];
          for (const listener of state.listeners) listener();
          for (const chart of page.charts) chart.update();
        }});
    }
    // Titles say which run they show as soon as there is a choice.
    state.title = (words) => () => (runs.length > 1 ? `${words}: ${state.label}` : words);
    return state;
  };

  // Big numbers of the run shown, under its name where there are several.
  const headline = (page, chosen, several, numbers) => {
    const name = element("p", {class: "shown"});
    if (several) page.main.append(name);
    const list = page.headline(numbers(chosen.run));
    const show = () => {
      name.textContent = `Shown in detail: ${chosen.label}`;
      list.replaceChildren(...page.headline(numbers(chosen.run), element("div")).children);
    };
    show();
    chosen.onChange(show);
  };

  // A table that is always shown, and its CSV.
  const openTable = (section, id, title, table) => {
    const save = () => olivine.download(`${olivine.slug(id)}.csv`, "text/csv;charset=utf-8",
      olivine.csv(table));
    section.append(element("figure", {class: "chart", id},
      element("figcaption", {}, element("h3", {}, title)), olivine.table(table),
      element("div", {class: "foot"}, element("div", {class: "tools"},
        element("button", {type: "button", onclick: save, "data-download": "csv"}, "CSV")))));
  };

  // Speed and energy of every run against the first, as ratios above one where a run is better.
  // Only runs that do the same work as the first can be faster than it.
  const speedUp = (page, section, id, all) => {
    const [base] = all;
    const work = ({run: {result: {workload, config}}}) => JSON.stringify([workload, config.layers,
      Object.entries(config).filter(([key]) => key.startsWith("workload.")).sort()]);
    const entries = all.filter((entry) => work(entry) === work(base));
    const others = all.length - entries.length;
    const rest = others === 0 ? "" : ` ${others} ${others === 1 ? "run does" : "runs do"} other ` +
      "work and cannot be compared with it.";
    if (entries.length < 2) return void page.note(section, `No speed-up is drawn.${rest}`);
    const rows = entries.map(({label, time_s: time, energy_j: energy}) => ({label,
      speed: base.time_s / time, saving: base.energy_j / energy}));
    const times = (value) => (value > 1 ? `, ${format.ratio(value)} better` : "");
    const best = rows.reduce((a, b) => (b.speed > a.speed ? b : a));
    const thrift = rows.reduce((a, b) => (b.saving > a.saving ? b : a));
    return page.chart(section, {
      id, title: `Speed-up and energy saving against ${base.label}`,
      text: `${best.label} is fastest${times(best.speed)}; ${thrift.label} takes the least ` +
        `energy${times(thrift.saving)}. Above 1 is better than the first run.${rest}`,
      height: (theme) => 80 + rows.length * (theme.print ? 30 : 44),
      option: (theme) => {
        const bar = (name, key, color) => ({type: "bar", name, color, barMaxWidth: 16,
          data: rows.map((row) => row[key]), label: {show: true, position: "right",
            color: theme.text, formatter: ({value}) => format.ratio(value)}});
        const {blue, green} = theme.palette.hues;
        const speed = bar("Speed-up", "speed", blue);
        speed.markLine = {silent: true, symbol: "none", label: {show: false},
          lineStyle: {color: theme.muted, type: "dashed"}, data: [{xAxis: 1}]};
        return {
          legend: olivine.layers.legend(theme, ["Speed-up", "Energy saving"]),
          grid: {top: 34, left: 4, right: 60, bottom: 4, containLabel: true},
          xAxis: {type: "value", axisLabel: {formatter: (value) => `${format.tick(value)}\u00d7`}},
          yAxis: {type: "category", inverse: true, data: rows.map(({label}) => label),
            axisTick: {show: false},
            axisLabel: olivine.layers.nameAxis(theme)},
          tooltip: {trigger: "axis", axisPointer: {type: "shadow"},
            formatter: (points) => olivine.tip(points[0].name, points.map(
              ({color, seriesName, value}) => [color, seriesName, format.ratio(value)]))},
          series: [speed, bar("Energy saving", "saving", green)],
        };
      },
      table: () => ({columns: [{name: "Run"}, {name: "Speed-up"}, {name: "Energy saving"}],
        rows: rows.map(({label, speed, saving}) => [label, speed, saving])}),
    });
  };

  // All settings of the run shown, behind a disclosure.
  const settings = (section, chosen) => {
    const box = element("div");
    const details = element("details", {class: "chart settings"},
      element("summary", {}, "All settings of this run"), box);
    const rows = () => Object.entries(chosen.run.result.config).map(([key, value]) =>
      [key, typeof value === "object" && value !== null ? JSON.stringify(value) : value]);
    const show = () => details.open && box.replaceChildren(olivine.table(
      {columns: [{name: "Setting"}, {name: "Value", align: "left"}], rows: rows()}));
    details.addEventListener("toggle", show);
    chosen.onChange(show);
    section.append(details);
  };

  // What a page of runs begins with. recordOf: what of a run is shown in charts of all of them.
  const setUp = (page, runs, recordOf = (run) => run.result.total) => {
    const labels = shortLabels(runs);
    const isSingle = runs.length === 1;
    const entries = runs.map((run, index) => ({label: isSingle ? run.label : labels[index],
      record: recordOf(run), run}));
    return {isSingle, entries, chosen: selection(page, runs, labels)};
  };

  return {setUp, headline, openTable, speedUp, settings};
})();
