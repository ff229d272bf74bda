// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The machine drawn to scale: every block's drawn area is its um2 times one factor. The array lies
// in the middle with its decoders along the two borders operands enter by; activations come from
// the left, weights from above. Where a block lies and how long it is are for the eye.
"use strict";

olivine.floorplan = (() => {
  const {format, palette, svgElement: svg} = olivine;
  const pads = ["activation_buffer", "weight_buffer", "output_buffer"];
  const rect = (key, x, y, width, height) => ({key, x, y, width, height});

  // The array's core and the strips of decoders on its left and top, in um; the origin is the top
  // left corner of the whole.
  const arrayBlocks = (area, rows, cols) => {
    const aspect = Math.min(Math.max(cols / rows, 0.4), 2.5);
    const width = Math.sqrt(area.pe * aspect);
    const height = area.pe / width;
    const strips = Object.keys(area).filter((key) => area[key] > 0 && key !== "pe" &&
      key !== "total" && !pads.includes(key));
    const thick = strips.map((key) => ({key, left: area[key] * rows / (rows + cols) / height,
      top: area[key] * cols / (rows + cols) / width}));
    const left = thick.reduce((sum, strip) => sum + strip.left, 0);
    const top = thick.reduce((sum, strip) => sum + strip.top, 0);
    const blocks = [rect("pe", left, top, width, height)];
    let x = left;
    let y = top;
    for (const strip of thick) {
      x -= strip.left;
      y -= strip.top;
      blocks.push(rect(strip.key, left, y, width, strip.top),
        rect(strip.key, x, top, strip.left, height));
    }
    return {blocks, width: left + width, height: top + height};
  };

  const moved = (blocks, x, y) => blocks.map((block) => ({...block, x: block.x + x,
    y: block.y + y}));

  // Activations | array | outputs in a row, weights above the row.
  const besideOutputs = (array, area) => {
    const left = area.activation_buffer / array.height;
    const right = area.output_buffer / array.height;
    const width = left + array.width + right;
    const top = area.weight_buffer / width;
    return {width, height: top + array.height, blocks: [
      ...moved(array.blocks, left, top), rect("activation_buffer", 0, top, left, array.height),
      rect("output_buffer", left + array.width, top, right, array.height),
      rect("weight_buffer", 0, 0, width, top)]};
  };

  // Activations | array in a row, weights above it, outputs below it.
  const aboveOutputs = (array, area) => {
    const left = area.activation_buffer / array.height;
    const width = left + array.width;
    const top = area.weight_buffer / width;
    const bottom = area.output_buffer / width;
    return {width, height: top + array.height + bottom, blocks: [
      ...moved(array.blocks, left, top), rect("activation_buffer", 0, top, left, array.height),
      rect("weight_buffer", 0, 0, width, top),
      rect("output_buffer", 0, top + array.height, width, bottom)]};
  };

  // Scratchpads in a row of one height beside the array: for an array much smaller than they are.
  const besideAll = (array, area) => {
    const sum = pads.reduce((total, key) => total + area[key], 0);
    const height = Math.max(Math.sqrt(sum / 1.8), array.height);
    let x = array.width + height * 0.02;
    const blocks = moved(array.blocks, 0, height - array.height);
    for (const key of [...pads].sort((a, b) => area[b] - area[a])) {
      blocks.push(rect(key, x, 0, area[key] / height, height));
      x += area[key] / height;
    }
    return {width: x, height, blocks};
  };

  // The plan whose shape suits the page best; area without silicon counts against it.
  const layout = (area, rows, cols, wanted) => {
    const array = arrayBlocks(area, rows, cols);
    const cost = ({width, height}) => Math.abs(Math.log(width / height / wanted)) +
      0.8 * (width * height / area.total - 1);
    return [besideOutputs, aboveOutputs, besideAll].map((place) => place(array, area))
      .reduce((a, b) => (cost(b) < cost(a) ? b : a));
  };

  const areaText = (um2) => (um2 >= 1e5 ? `${format.digits(um2 * 1e-6)} mm\u00b2`
    : `${format.count(um2)} \u00b5m\u00b2`);

  const textLines = (theme, x, y, lines, anchor = "middle") => svg("text",
    {x, y, "text-anchor": anchor, "font-family": theme.font, "font-size": 12.5, fill: theme.text},
    ...lines.map((line, index) => svg("tspan", {x, dy: index === 0 ? 0 : 17,
      "font-weight": index === 0 ? 600 : 400, fill: index === 0 ? theme.text : theme.muted},
    line)));

  // Lines between PEs, or between groups of them where single ones would be too small to see.
  const peGrid = (theme, block, scale, rows, cols) => {
    const cell = Math.min(block.width * scale / cols, block.height * scale / rows);
    let group = 1;
    while (cell * group < 5) group *= 2;
    const lines = [];
    for (let col = group; col < cols; col += group) {
      const x = (block.x + block.width * col / cols) * scale;
      lines.push(`M${x.toFixed(2)} ${block.y * scale}V${(block.y + block.height) * scale}`);
    }
    for (let row = group; row < rows; row += group) {
      const y = (block.y + block.height * row / rows) * scale;
      lines.push(`M${block.x * scale} ${y.toFixed(2)}H${(block.x + block.width) * scale}`);
    }
    return {group, path: svg("path", {d: lines.join(""), stroke: theme.palette.area("pe"),
      "stroke-opacity": 0.45, "stroke-width": 0.7, fill: "none"})};
  };

  const names = (key, rows, cols) =>
    (key === "pe" ? `${rows} \u00d7 ${cols} PEs` : palette.label.area(key));

  // A name, its area and share inside the block, on a plate so that the grid does not cross it.
  const inside = (theme, block, scale, lines) => {
    const [x, y] = [(block.x + block.width / 2) * scale, (block.y + block.height / 2) * scale];
    const top = y - 17 * lines.length / 2;
    const label = textLines(theme, x, top + 13, lines);
    if (block.key !== "pe") return label;
    const width = Math.max(...lines.map((line) => line.length)) * 7.2 + 16;
    return svg("g", {}, svg("rect", {x: x - width / 2, y: top - 4, width, rx: 5,
      height: 17 * lines.length + 8, fill: theme.surface, "fill-opacity": 0.86}), label);
  };

  const scaleBar = (theme, plan, scale) => {
    const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];
    const um = steps.filter((step) => step * scale < 140).at(-1);
    const y = plan.height * scale + 22;
    const text = um >= 1000 ? `${um / 1000} mm` : `${um} \u00b5m`;
    return svg("g", {}, svg("path", {d: `M1 ${y - 5}v10m0 -5h${um * scale}m0 -5v10`,
      stroke: theme.muted, "stroke-width": 1.5, fill: "none"}),
    textLines(theme, um * scale + 10, y + 4, [text], "start"));
  };

  // Blocks too small for words: a dot, a line to the margin, the words there.
  const callouts = (theme, small, scale, planWidth) => {
    const group = svg("g", {});
    let lowest = 0;
    small.forEach(({block, lines}, index) => {
      const x = (block.x + block.width) * scale - 8 - 12 * index;
      const y = (block.y + block.height / 2) * scale;
      const labelY = Math.max(y, lowest + 22);
      lowest = labelY + 26;
      const line = {fill: "none", d: `M${x} ${y}L${x + 10} ${labelY}H${planWidth + 12}`};
      group.append(svg("path", {...line, stroke: theme.surface, "stroke-width": 4}),
        svg("path", {...line, stroke: theme.text, "stroke-width": 1}),
        svg("circle", {cx: x, cy: y, r: 3, fill: theme.text, stroke: theme.surface}),
        textLines(theme, planWidth + 18, labelY - 4, lines, "start"));
    });
    return group;
  };

  // Where there is no margin: a number on the block, its words in a list under the plan.
  const numbered = (theme, small, scale, top) => {
    const badge = (x, y, number) => svg("g", {}, svg("circle", {cx: x, cy: y, r: 8,
      fill: theme.text, stroke: theme.surface}), svg("text", {x, y: y + 4, "text-anchor": "middle",
      "font-family": theme.font, "font-size": 11, fill: theme.surface}, String(number)));
    return svg("g", {}, ...small.flatMap(({block, lines}, index) => {
      const isStrip = Math.min(block.width, block.height) * scale < 24;
      const x = (isStrip ? block.x + block.width - (8 + 18 * index) / scale
        : block.x + block.width / 2) * scale;
      const y = top + 12 + 24 * index;
      return [badge(x, (block.y + block.height / 2) * scale, index + 1), badge(9, y, index + 1),
        textLines(theme, 24, y + 4, [`${lines[0]}: ${lines[1]}`], "start")];
    }));
  };

  const draw = (theme, run) => {
    const {"array.rows": rows, "array.cols": cols} = run.result.config;
    const area = run.result.total.area_um2;
    const margin = theme.narrow ? 0 : 180;
    const room = theme.width - margin - 2;
    const tallest = theme.print ? 330 : 540;
    const plan = layout(area, rows, cols, Math.min(Math.max(room / tallest, 0.6), 1.7));
    const scale = Math.min(room / plan.width, tallest / plan.height);
    const root = svg("svg", {"data-um2-per-px2": 1 / scale ** 2});
    const small = new Map();
    const labels = [];
    for (const block of plan.blocks) {
      const hue = theme.palette.area(block.key);
      const isStrip = Math.min(block.width, block.height) * scale < 24;
      const lines = [names(block.key, rows, cols), areaText(area[block.key]),
        format.percent(area[block.key] / area.total)];
      root.append(svg("rect", {x: block.x * scale, y: block.y * scale, width: block.width * scale,
        height: block.height * scale, fill: hue, "fill-opacity": isStrip ? 1 : 0.24,
        stroke: isStrip ? "none" : hue, "stroke-width": 1.2, "data-block": block.key,
        "data-um2": block.width * block.height}, svg("title", {}, lines.join(", "))));
      if (block.key === "pe") {
        const grid = peGrid(theme, block, scale, rows, cols);
        root.append(grid.path);
        if (grid.group > 1) lines.push(`a square is ${grid.group} \u00d7 ${grid.group} PEs`);
      }
      const wide = Math.max(...lines.map((line) => line.length)) * 6.9;
      const fits = block.width * scale > wide && block.height * scale > 58;
      if (fits) labels.push(inside(theme, block, scale, lines));
      else if (!small.has(block.key)) {
        small.set(block.key, {block, lines: [lines[0], `${lines[1]}, ${lines[2]}`]});
      }
    }
    const byHeight = [...small.values()].sort((a, b) => a.block.y - b.block.y);
    const bottom = plan.height * scale + 36;
    root.append(...labels, scaleBar(theme, plan, scale), theme.narrow
      ? numbered(theme, byHeight, scale, bottom)
      : callouts(theme, byHeight, scale, plan.width * scale));
    const [width, height] = [theme.width, bottom + (theme.narrow ? 24 * byHeight.length : 0)];
    root.setAttribute("viewBox", `-1 -1 ${width} ${height}`);
    root.setAttribute("width", width);
    root.setAttribute("height", height);
    return root;
  };

  const words = ({result: {total: {area_um2: area}}}) => {
    const share = (um2) => format.percent(um2 / area.total);
    const scratchpads = pads.reduce((sum, key) => sum + area[key], 0);
    const decoders = Object.keys(area).filter((key) => key.startsWith("decoder"))
      .reduce((sum, key) => sum + area[key], 0);
    const border = decoders > 0 ? `the decoders on their borders ${share(decoders)}`
      : "decoders nothing, for there are none";
    return `Of ${areaText(area.total)} the PEs take ${share(area.pe)}, the three scratchpads ` +
      `${share(scratchpads)}, ${border}. Areas are exact, places are for the eye; the vector ` +
      "unit, wiring and DRAM have no area in the model and are not drawn.";
  };

  const table = ({result: {total: {area_um2: area}}}) => ({
    columns: [{name: "Block"}, {name: "Area", unit: "\u00b5m\u00b2"}, {name: "Share", unit: "%"}],
    rows: Object.entries(area).map(([key, um2]) =>
      [key === "total" ? "Total" : palette.label.area(key), um2, 100 * um2 / area.total]),
  });

  const chart = (page, section, chosen, entries) => {
    page.chart(section, {id: "floorplan", title: chosen.title("Floorplan by area"),
      text: () => words(chosen.run), svg: (theme) => draw(theme, chosen.run),
      table: () => table(chosen.run)});
    const machines = new Map(entries.map((entry) => [entry.run.machine, entry]));
    if (machines.size < 2) return;
    const area = {topic: "area", unit: "m\u00b2", scale: 1, tableUnit: "\u00b5m\u00b2",
      keys: (records) => Object.keys(records[0].area_um2).filter((key) => key !== "total"),
      value: (record, key) => record.area_um2[key] ?? 0, text: areaText,
      tick: (um2) => `${format.tick(um2 * 1e-6)} mm\u00b2`};
    olivine.layers.byRun(page, section, {id: "area-parts", title: "Area of the machines",
      half: false, quantity: area, text: "The machines of all runs on one scale.",
      runs: [...machines].map(([label, {record}]) => ({label, record}))});
  };

  return {chart, layout};
})();
