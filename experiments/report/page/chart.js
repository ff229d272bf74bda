// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The frame around every chart: caption, drawing, the table behind it, downloads, the keyboard,
// the theme and paper. The drawing is an ECharts option or a hand-made SVG element.
"use strict";

// What a chart's option or svg function may depend on.
olivine.drawingTheme = (name, width, print = false) => {
  const dark = name === "dark";
  return {
    name, dark, print, width,
    narrow: width < 560,
    text: dark ? "#e6e9ec" : "#1b2127",
    muted: dark ? "#a9b2bb" : "#55606b",
    line: dark ? "#2d353c" : "#dfe3e7",
    axis: dark ? "#5d6873" : "#a8b0b8",
    surface: dark ? "#171c21" : "#ffffff",
    font: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
    palette: olivine.palette(name),
  };
};

// The same look for every ECharts drawing.
olivine.echartsTheme = (theme) => {
  const label = {color: theme.muted, fontSize: 12};
  const axis = {
    axisLine: {lineStyle: {color: theme.axis}}, axisTick: {lineStyle: {color: theme.axis}},
    axisLabel: label, nameTextStyle: label, splitLine: {lineStyle: {color: theme.line}},
    splitArea: {show: false},
  };
  return {
    color: theme.palette.categories, backgroundColor: "transparent",
    textStyle: {fontFamily: theme.font, color: theme.text},
    legend: {textStyle: {color: theme.text, fontSize: 12}, pageTextStyle: label,
      inactiveColor: theme.axis, pageIconColor: theme.text, pageIconInactiveColor: theme.line},
    tooltip: {backgroundColor: theme.surface, borderColor: theme.axis,
      textStyle: {color: theme.text, fontSize: 13}, className: "tip", confine: true},
    categoryAxis: {...axis, splitLine: {show: false}}, valueAxis: axis, logAxis: axis,
    dataZoom: {borderColor: theme.line, fillerColor: theme.dark ? "#ffffff18" : "#0b6bb018",
      handleStyle: {color: theme.surface, borderColor: theme.muted}, textStyle: label,
      moveHandleStyle: {color: theme.axis},
      dataBackground: {lineStyle: {color: theme.axis}, areaStyle: {color: theme.line}},
      selectedDataBackground: {lineStyle: {color: theme.muted}, areaStyle: {color: theme.axis}}},
    visualMap: {textStyle: {color: theme.text}},
    parallel: {parallelAxisDefault: axis},
  };
};

// A tooltip's body: a bold head, then [colour or null, label, value] lines; all text escaped.
olivine.tip = (head, lines) => {
  const {escape} = olivine;
  const row = ([colour, label, value]) => `<tr><td>${colour
    ? `<span class="key" style="background:${escape(colour)}"></span>` : ""}${escape(label)}</td>` +
    `<td class="number">${escape(value)}</td></tr>`;
  return `<strong>${escape(head)}</strong><table>${lines.map(row).join("")}</table>`;
};

olivine.Chart = class {
  // More points than this go to paper as a picture; vectors would take the printer minutes.
  static #mostVectorPoints = 6000;
  static #paperWidth = 690;

  #spec;
  #parts = {};
  #step = -1;
  #echarts = null;

  // spec: {id, title, text, height, half, option | svg, table, onClick, events, keepZoom}; title,
  // text and height may be functions. `half` puts two charts beside each other.
  constructor(page, section, spec) {
    this.page = page;
    this.#spec = {height: 360, ...spec};
    this.#build(section);
    this.drawn = this.#draw();
    let width = this.#parts.plot.clientWidth;
    new ResizeObserver(() => {
      const now = this.#parts.plot.clientWidth;
      if (now === 0 || now === width) return;
      width = now;
      this.update();
    }).observe(this.#parts.plot);
  }

  get instance() { return this.#echarts; }
  get element() { return this.#parts.figure; }

  // Evaluates title, text, option and table again, after the data shown have changed.
  update() {
    this.#caption();
    this.#step = -1;
    if (this.#parts.details.open) this.#showTable();
    if (this.#spec.svg) return void this.#drawSvg();
    const zooms = this.#spec.keepZoom ? this.#echarts.getOption().dataZoom ?? [] : [];
    const theme = this.#theme();
    this.#size(theme);
    this.#fit();
    this.#echarts.setOption(this.#option(theme), {notMerge: true});
    zooms.forEach(({start, end}, dataZoomIndex) =>
      this.#echarts.dispatchAction({type: "dataZoom", dataZoomIndex, start, end}));
  }

  // To the size of its place. A resize draws everything, so there is none without need.
  #fit() {
    const {clientWidth, clientHeight} = this.#parts.plot;
    const chart = this.#echarts;
    if (chart.getWidth() !== clientWidth || chart.getHeight() !== clientHeight) chart.resize();
  }

  // Draws again from nothing, for another theme.
  redraw() {
    this.#echarts?.dispose();
    this.#echarts = null;
    this.#draw();
  }

  // The drawing as SVG text, in the light theme; `width` is in CSS pixels.
  svgText(width, print = false) {
    const theme = olivine.drawingTheme("light", width, print);
    const title = this.#parts.title.textContent;
    if (this.#spec.svg) {
      const svg = this.#spec.svg(theme);
      svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
      return new XMLSerializer().serializeToString(svg);
    }
    const hidden = echarts.init(null, olivine.echartsTheme(theme),
      {renderer: "svg", ssr: true, width, height: this.#height(theme)});
    hidden.setOption(this.#option(theme));
    const text = hidden.renderToSVGString();
    hidden.dispose();
    return text.replace(">", `><title>${olivine.escape(title)}</title>`);
  }

  // Replaces what the screen shows by a drawing that fits a page; CSS shows it in print alone.
  toPaper() {
    const paper = this.#parts.paper;
    const width = this.#spec.half ? olivine.Chart.#paperWidth / 2 - 10 : olivine.Chart.#paperWidth;
    if (this.#pointCount() <= olivine.Chart.#mostVectorPoints) {
      const parsed = new DOMParser().parseFromString(this.svgText(width, true), "image/svg+xml");
      const svg = document.importNode(parsed.documentElement, true);
      svg.removeAttribute("style");
      paper.replaceChildren(svg);
      return;
    }
    const theme = olivine.drawingTheme("light", width, true);
    const box = olivine.element("div");
    Object.assign(box.style, {position: "absolute", left: "-9999px", width: `${width}px`,
      height: `${this.#height(theme)}px`});
    document.body.append(box);
    const hidden = echarts.init(box, olivine.echartsTheme(theme), {devicePixelRatio: 3});
    hidden.setOption({...this.#option(theme), progressive: 0});
    const picture = hidden.getDataURL({pixelRatio: 3, backgroundColor: "#fff"});
    paper.replaceChildren(olivine.element("img", {src: picture, alt: this.#label()}));
    hidden.dispose();
    box.remove();
  }

  #build(section) {
    const {element} = olivine;
    const {id, half, table} = this.#spec;
    const parts = this.#parts;
    parts.title = element("h3");
    parts.text = element("p");
    parts.plot = element("div", {class: "plot", tabindex: 0, role: "img"});
    parts.paper = element("div", {class: "paper"});
    parts.said = element("p", {class: "said", "aria-live": "polite"});
    parts.box = element("div");
    parts.details = element("details", {class: "behind"}, element("summary", {}, "Table"),
      parts.box);
    parts.details.addEventListener("toggle", () => parts.details.open && this.#showTable());
    const save = (label, action) => element("button", {type: "button", onclick: action,
      "data-download": label.toLowerCase()}, label);
    const tools = element("div", {class: "tools"},
      table ? save("CSV", () => this.#saveCsv()) : null, save("SVG", () => this.#saveSvg()));
    parts.figure = element("figure", {id, class: half ? "chart half" : "chart"},
      element("figcaption", {}, parts.title, parts.text), parts.plot, parts.paper, parts.said,
      element("div", {class: "foot"}, table ? parts.details : null, tools));
    parts.plot.addEventListener("keydown", (event) => this.#key(event));
    section.append(parts.figure);
    this.#caption();
  }

  #value(key) {
    const value = this.#spec[key];
    return typeof value === "function" ? value() : value;
  }

  #caption() {
    const {title, text, plot} = this.#parts;
    title.textContent = this.#value("title") ?? "";
    text.textContent = (this.#value("text") ?? "").replace(/(\d) %/g, "$1\u00a0%");
    plot.setAttribute("aria-label", this.#label());
  }

  #label() {
    const hint = this.#spec.svg ? "" : " Arrow keys step through the values.";
    return `${this.#parts.title.textContent}. ${this.#parts.text.textContent}${hint}`;
  }

  #theme() {
    return olivine.drawingTheme(olivine.theme.name(), this.#parts.plot.clientWidth || 800);
  }

  #height(theme) {
    const {height} = this.#spec;
    return typeof height === "function" ? height(theme) : height;
  }

  #size(theme) {
    this.#parts.plot.style.height = `${this.#height(theme)}px`;
  }

  #option(theme) {
    const option = {animation: false, ...this.#spec.option(theme)};
    if (!theme.print || !option.dataZoom) return option;
    const zooms = [option.dataZoom].flat();  // paper has no sliders: all is shown
    return {...option, dataZoom: zooms.map((zoom) => ({...zoom, show: false, start: 0, end: 100,
      startValue: undefined, endValue: undefined}))};
  }

  #draw() {
    if (this.#spec.svg) return Promise.resolve(this.#drawSvg());
    const theme = this.#theme();
    this.#size(theme);
    this.#echarts = echarts.init(this.#parts.plot, olivine.echartsTheme(theme));
    const drawn = new Promise((resolve) => this.#echarts.on("finished", resolve));
    const handlers = {click: this.#spec.onClick, ...this.#spec.events};
    for (const [name, handler] of Object.entries(handlers)) {
      if (handler) this.#echarts.on(name, (event) => handler(event, this));
    }
    this.#echarts.setOption(this.#option(theme));
    return drawn;
  }

  #drawSvg() {
    this.#parts.plot.replaceChildren(this.#spec.svg(this.#theme()));
  }

  #series() {
    return this.#echarts.getModel().getSeries().map((series) =>
      ({index: series.seriesIndex, name: series.name, data: series.getData()}));
  }

  #pointCount() {
    if (this.#spec.svg) return 0;
    return this.#series().reduce((sum, {data}) => sum + data.count(), 0);
  }

  // Left and right step through the points, Home and End jump, Enter clicks, Escape leaves.
  #key(event) {
    if (!this.#echarts || event.target !== this.#parts.plot) return;
    const isAxis = this.#echarts.getOption().tooltip?.[0]?.trigger === "axis";
    const series = this.#series().filter(({data}) => data.count() > 0);
    const points = isAxis ? Math.max(0, ...series.map(({data}) => data.count()))
      : series.reduce((sum, {data}) => sum + data.count(), 0);
    const moves = {ArrowRight: this.#step + 1, ArrowDown: this.#step + 1,
      ArrowLeft: this.#step - 1, ArrowUp: this.#step - 1, Home: 0, End: points - 1};
    if (event.key === "Escape") this.#echarts.dispatchAction({type: "hideTip"});
    if (points === 0 || (!(event.key in moves) && event.key !== "Enter")) return;
    event.preventDefault();
    if (event.key in moves) this.#step = Math.min(Math.max(moves[event.key], 0), points - 1);
    let dataIndex = Math.max(this.#step, 0);
    let at = 0;
    while (!isAxis && dataIndex >= series[at].data.count()) dataIndex -= series[at++].data.count();
    const {index, name, data} = series[at];
    if (event.key === "Enter") {
      this.#spec.onClick?.({seriesIndex: index, seriesName: name, dataIndex,
        name: data.getName(dataIndex), data: data.getRawDataItem(dataIndex),
        value: data.getRawDataItem(dataIndex)?.value ?? data.getRawDataItem(dataIndex)}, this);
      return;
    }
    this.#echarts.dispatchAction({type: "showTip", seriesIndex: index, dataIndex});
    requestAnimationFrame(() => {
      this.#parts.said.textContent = this.#parts.plot.querySelector(".tip")?.innerText ?? "";
    });
  }

  #showTable() {
    this.#parts.box.replaceChildren(olivine.table(this.#spec.table()));
  }

  #fileName(ending) {
    return `${olivine.slug(this.page.data.title)}-${olivine.slug(this.#spec.id)}.${ending}`;
  }

  #saveCsv() {
    olivine.download(this.#fileName("csv"), "text/csv;charset=utf-8",
      olivine.csv(this.#spec.table()));
  }

  #saveSvg() {
    const width = Math.max(this.#parts.plot.clientWidth, 640);
    olivine.download(this.#fileName("svg"), "image/svg+xml", this.svgText(width));
  }
};
