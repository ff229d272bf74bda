// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The frame of every report: numbers as text, the page's header and sections, the theme, and the
// start. A kind of report registers itself in olivine.kinds; README.md in this folder has the
// contract. Data are not trusted: text enters the page through textContent alone.
"use strict";

const olivine = {kinds: {}};

// ---------------------------------------------------------------------------------- numbers

olivine.format = (() => {
  const prefixes = ["a", "f", "p", "n", "\u00b5", "m", "", "k", "M", "G", "T", "P", "E"];
  const missing = "\u2013";
  const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

  // Three significant digits, with no exponent: 1.23, 12.3, 123.
  const digits = (value, significant = 3) => {
    if (value === 0) return "0";
    const rounded = Math.abs(Number(value.toPrecision(significant)));
    const magnitude = Math.floor(Math.log10(rounded));
    return value.toFixed(Math.min(Math.max(significant - 1 - magnitude, 0), 20));
  };

  // A value with a decimal prefix: si(0.00123, "s") is "1.23 ms".
  const si = (value, unit = "", significant = 3) => {
    if (!isNumber(value)) return missing;
    if (value === 0) return unit === "" ? "0" : `0 ${unit}`;
    const rounded = Math.abs(Number(value.toPrecision(significant)));
    if (unit === "" && rounded < 1 && rounded >= 1e-4) return digits(value, significant);
    const step = Math.min(Math.max(Math.floor(Math.log10(rounded) / 3 + 1e-12), -6), 6);
    const suffix = prefixes[step + 6] + unit;
    const text = digits(value / 1000 ** step, significant);
    return suffix === "" ? text : `${text} ${suffix}`;
  };

  // The same for the ticks of an axis, where zeros after the point say nothing.
  const tick = (value, unit = "") => si(value, unit).replace(/(\.\d*?)0+(?=\D*$)/, "$1")
    .replace(/\.(?=\D*$)/, "");

  const fixed = (value, decimals = 2) => (isNumber(value) ? value.toFixed(decimals) : missing);

  const count = (value) =>
    isNumber(value) ? Math.round(value).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",") : missing;

  // A share as text; a small one keeps two significant digits so that it does not read as nothing.
  const percent = (share, decimals) => {
    if (!isNumber(share)) return missing;
    const value = share * 100;
    if (decimals !== undefined) return `${value.toFixed(decimals)} %`;
    const size = Math.abs(value);
    if (size === 0 || size === 100) return `${value} %`;
    if (size < 1e-4) return "under 0.0001 %";
    if (size >= 99.95 && size < 100) return value >= 99.995
      ? "over 99.99 %" : `${value.toFixed(2)} %`;
    return `${size >= 10 ? value.toFixed(1) : digits(value, 2)} %`;
  };

  const ratio = (value) => (isNumber(value) ? `${digits(value)}\u00d7` : missing);

  // A cell of a table: whole numbers in full, others to five significant digits.
  const cell = (value) => {
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (value === null || value === undefined) return missing;
    if (typeof value !== "number") return String(value);
    if (!Number.isFinite(value)) return missing;
    if (Number.isInteger(value) && Math.abs(value) < 1e15) {
      return (value < 0 ? "\u2212" : "") + count(Math.abs(value));
    }
    const size = Math.abs(value);
    return size >= 1e9 || size < 1e-4 ? value.toExponential(4) : digits(value, 5);
  };

  return {si, tick, fixed, count, percent, ratio, cell, digits, missing};
})();

olivine.escape = (text) =>
  String(text).replace(/[&<>"']/g, (character) =>
    ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})[character]);

// RFC 4180, with full-precision numbers and the unit in the column's name.
olivine.csv = (table) => {
  const quote = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const heads = table.columns.map(({name, unit}) => (unit ? `${name} (${unit})` : name));
  return [heads, ...table.rows].map((row) => row.map(quote).join(",")).join("\r\n") + "\r\n";
};

// ---------------------------------------------------------------------------------- elements

// element("p", {class: "note", onclick: f}, "text", child): text is never parsed as HTML.
olivine.element = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

olivine.svgElement = (tag, attributes = {}, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};

olivine.slug = (text) =>
  String(text).toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "") || "item";

olivine.download = (name, type, text) => {
  const address = URL.createObjectURL(new Blob([text], {type}));
  const link = olivine.element("a", {href: address, download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
};

// A table element of {columns, rows}; at most `limit` rows, since a browser chokes on many.
olivine.table = (table, limit = 500) => {
  const {element, format} = olivine;
  const isNumeric = table.columns.map(
    ({align}, index) => (align ? align === "right" : typeof table.rows[0]?.[index] === "number"));
  const side = (index) => (isNumeric[index] ? "number" : undefined);
  const head = element("tr", {}, ...table.columns.map(({name, unit}, index) =>
    element("th", {scope: "col", class: side(index)}, name,
      unit ? element("span", {class: "unit"}, ` ${unit}`) : null)));
  const body = table.rows.slice(0, limit).map((row) => element("tr", {}, ...row.map(
    (value, index) => element(index === 0 ? "th" : "td",
      {scope: index === 0 ? "row" : undefined, class: side(index)}, format.cell(value)))));
  const box = element("div", {class: "table-box", tabindex: 0, role: "region",
    "aria-label": "Table, scrollable"},
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
  if (table.rows.length <= limit) return box;
  return element("div", {}, box, element("p", {class: "note"},
    `The first ${format.count(limit)} of ${format.count(table.rows.length)} rows; ` +
    "the CSV has all."));
};

// ---------------------------------------------------------------------------------- theme

// The page follows the system until the reader presses the button; paper is always light.
olivine.theme = (() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const listeners = [];
  let chosen = null;
  const name = () => chosen ?? (system.matches ? "dark" : "light");
  const apply = () => {
    document.documentElement.dataset.theme = name();
    for (const listener of listeners) listener();
  };
  system.addEventListener("change", () => chosen === null && apply());
  return {
    name,
    onChange: (listener) => listeners.push(listener),
    start: () => (document.documentElement.dataset.theme = name()),
    toggle: () => {
      chosen = name() === "dark" ? "light" : "dark";
      apply();
    },
  };
})();

// ---------------------------------------------------------------------------------- the page

olivine.Page = class {
  constructor(data) {
    this.data = data;
    this.charts = [];
    this.main = document.getElementById("content");
    this.nav = olivine.element("ul");
    this.#masthead();
  }

  #masthead() {
    const {element, theme} = olivine;
    const {title, subtitle, origin, report} = this.data;
    document.title = title;
    const badge = origin ? element("span", {class: `badge ${olivine.slug(origin)}`}, origin) : null;
    document.getElementById("masthead").append(
      element("div", {class: "brand"}, element("span", {class: "mark"}), "Olivine", badge),
      element("h1", {}, title), element("p", {class: "subtitle"}, subtitle ?? ""));
    const toggle = element("button", {type: "button", class: "theme", id: "theme-toggle"});
    const label = () => {
      toggle.textContent = theme.name() === "dark" ? "Light" : "Dark";
      toggle.setAttribute("aria-label", `Switch to ${toggle.textContent.toLowerCase()} colours`);
    };
    label();
    theme.onChange(label);
    toggle.addEventListener("click", theme.toggle);
    document.getElementById("sections").append(this.nav, toggle);
    const written = report
      ? `Written by Olivine ${report.version} (${report.revision}), ${report.date_utc}.` : "";
    document.getElementById("colophon").append(this.#sources(), element("p", {},
      `${written} This file needs no network. Charts: Apache ECharts, Apache-2.0.`));
  }

  #sources() {
    const {element} = olivine;
    const terms = (value) => element("dl", {}, ...Object.entries(value ?? {}).flatMap(
      ([key, entry]) => [element("dt", {}, key), element("dd", {}, typeof entry === "object"
        ? JSON.stringify(entry) : String(entry))]));
    return element("details", {class: "sources"},
      element("summary", {}, "Where these numbers come from"),
      ...(this.data.sources ?? []).map((source) => element("section", {},
        element("h3", {}, source.file ?? "", element("span", {class: "unit"},
          ` ${source.schema ?? ""}`)),
        terms(source.provenance))));
  }

  // A section with its entry in the navigation; returns the element charts go into.
  section({id, title, text}) {
    const {element} = olivine;
    const node = element("section", {id, "aria-labelledby": `${id}-title`},
      element("h2", {id: `${id}-title`, tabindex: -1}, title),
      text ? element("p", {class: "lead"}, text) : null);
    this.main.append(node);
    const link = element("a", {href: `#${id}`}, title);
    this.nav.append(element("li", {}, link));
    this.observer ??= new IntersectionObserver((entries) => {
      for (const {target, isIntersecting} of entries) {
        const entry = this.nav.querySelector(`a[href="#${CSS.escape(target.id)}"]`);
        if (isIntersecting) entry?.setAttribute("aria-current", "true");
        else entry?.removeAttribute("aria-current");
      }
    }, {rootMargin: "-25% 0px -65% 0px"});
    this.observer.observe(node);
    return node;
  }

  // Big numbers under the header, or under a section if one is given.
  headline(items, section) {
    const {element} = olivine;
    const list = element("dl", {class: "headline"}, ...items.map(({label, value, note}) =>
      element("div", {}, element("dt", {}, label), element("dd", {}, value),
        note ? element("dd", {class: "note"}, note) : null)));
    (section ?? this.main).append(list);
    return list;
  }

  note(section, text) {
    const node = olivine.element("p", {class: "note"}, text);
    section.append(node);
    return node;
  }

  chart(section, spec) {
    const chart = new olivine.Chart(this, section, spec);
    this.charts.push(chart);
    return chart;
  }

  // Controls for the whole page, in the navigation so that they stay in reach.
  toolbar() {
    if (!this.bar) {
      this.bar = new olivine.Controls(document.getElementById("sections"));
      this.nav.after(this.bar.row);
    }
    return this.bar;
  }

  controls(section) {
    return new olivine.Controls(section);
  }
};

// ---------------------------------------------------------------------------------- start

olivine.start = async () => {
  olivine.theme.start();
  let failure = null;
  try {
    const data = JSON.parse(document.getElementById("data").textContent);
    const page = new olivine.Page(data);
    const kind = olivine.kinds[data.kind];
    if (!kind) throw new Error(`this page has no script for a report of kind "${data.kind}"`);
    olivine.page = page;
    await kind(data, page);
    olivine.theme.onChange(() => page.charts.forEach((chart) => chart.redraw()));
    window.addEventListener("beforeprint", () => {
      page.charts.forEach((chart) => chart.toPaper());
      document.querySelector(".sources").open = true;
    });
    await Promise.all(page.charts.map((chart) => chart.drawn));
  } catch (error) {
    failure = error;
    document.getElementById("content").append(olivine.element("p",
      {class: "failure", role: "alert"}, `This report cannot be drawn: ${error.message}`));
  }
  document.documentElement.dataset.ready = failure ? "failed" : "true";
  if (failure) throw failure;
};

document.addEventListener("DOMContentLoaded", () => olivine.start());
